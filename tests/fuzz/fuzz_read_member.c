/*
 * A member of the body of a link's or claim's exchange: what is found is a
 * text that fits, and nothing is left where nothing is found.
 */
#include <assert.h>

#include "bridge/dialect/dialect.h"
#include "hub/base/utf8.h"

static const char *const samples[] = {
    "{\"code\":\"7GK2M-Q9RTX\"}",
    "{\"link\":\"eyJ.eyJ.x\",\"code\":\"\\u0041\\n\"}",
    "{\"code\":7,\"code \":null}",
    "[\"code\"]",
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

#include "tests/fuzz/samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *text = (const char *)data;
    struct fault fault;
    char code[32];

    memset(code, 'x', sizeof(code));
    if (dialect_read_member(text, len, "code", code, sizeof(code))) {
        assert(json_gate(text, len, &fault) == ERR_OK);
        assert(memchr(code, '\0', sizeof(code)));
        assert(utf8_is_valid(code, strlen(code)));
    } else {
        assert(code[0] == '\0');
    }
    return 0;
}
