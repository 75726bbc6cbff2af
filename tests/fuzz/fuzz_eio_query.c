/*
 * A query: what is accepted says the same when it is written plainly, and a
 * sid is always something that may stand in a log or a header.
 *
 * Inputs start from whole queries: chance alone would hardly find one.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bridge/wires/engineio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max);
size_t LLVMFuzzerCustomMutator(
        uint8_t *data, size_t len, size_t max, unsigned seed);

static const char *const samples[] = {
    "EIO=4&transport=polling",
    "EIO=4&transport=websocket&sid=k3f9.AbZ_-09",
    "t=Pq3x&b64=1&transport=polling&EIO=4&sid=k3f9%2eAb",
    "EIO=4&transport=polling&sid=&x&=&EIO2=4",
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static void write_plainly(struct buf *out, const struct eio_query *query)
{
    buf_printf(out, "EIO=4&transport=%s&sid=%s&b64=%s",
            query->transport == EIO_POLLING ? "polling" : "websocket",
            query->sid, query->is_base64 ? "1" : "");
}

static void check_sid(const char *sid)
{
    assert(memchr(sid, '\0', EIO_SID_CHARS + 1));
    for (; *sid; sid++)
        assert((*sid >= '0' && *sid <= '9') || (*sid >= 'A' && *sid <= 'Z') ||
                (*sid >= 'a' && *sid <= 'z') || strchr("._-", *sid));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *text = (const char *)data;
    enum eio_error error = EIO_ERRORS;
    struct eio_query query, again;
    struct buf plain;

    if (!eio_read_query(text, len, &query, &error)) {
        assert(error == EIO_UNKNOWN_TRANSPORT || error == EIO_UNKNOWN_SID ||
                error == EIO_UNSUPPORTED_VERSION);
        return 0;
    }
    assert(eio_is_query(text, len));
    check_sid(query.sid);
    buf_init(&plain, 1000);
    write_plainly(&plain, &query);
    assert(eio_read_query(plain.data, plain.len, &again, &error));
    assert(query.transport == again.transport);
    assert(strcmp(query.sid, again.sid) == 0);
    assert(query.is_base64 == again.is_base64);
    buf_finish(&plain);
    return 0;
}

size_t LLVMFuzzerCustomMutator(
        uint8_t *data, size_t len, size_t max, unsigned seed)
{
    const char *text = samples[seed / 16 % SAMPLES];

    if ((len <= 1 || seed % 16 == 0) && strlen(text) <= max) {
        len = strlen(text);
        memcpy(data, text, len);
    }
    return LLVMFuzzerMutate(data, len, max);
}
