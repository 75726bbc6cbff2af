/*
 * What the gate lets through, cJSON reads to its end.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/dialect/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void read_whole(const char *text, size_t len)
{
    struct fault fault = { 0 };
    const char *end = NULL;
    cJSON *json = cJSON_ParseWithLengthOpts(text, len, &end, 0);

    assert(json && end);
    for (; end < text + len; end++)
        assert(*end == ' ' || *end == '\t' || *end == '\r' || *end == '\n');
    cJSON_Delete(json);

    json = json_read(text, len, &fault);
    assert(json);
    cJSON_Delete(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *text = (const char *)data;
    struct fault fault = { 0 };
    enum err err = json_gate(text, len, &fault);

    assert(err == fault.code);
    if (err == ERR_OK) {
        read_whole(text, len);
    } else {
        assert(err == ERR_BAD_JSON || err == ERR_BAD_UTF8 ||
                err == ERR_DUPLICATE_KEY || err == ERR_TOO_LARGE);
        assert(fault.text[0]);
    }
    return 0;
}
