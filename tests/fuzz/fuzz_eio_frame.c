/*
 * A frame of Engine.IO: the first byte says whether it is bytes, text, or text
 * of a client that takes no bytes. What is read is printed as it was written.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bridge/wires/engineio.h"
#include "hub/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum way { WAY_TEXT, WAY_BYTES, WAY_CODED, WAYS };

static void expect_same(
        const struct eio_packet *packet, const char *text, size_t len)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    eio_put_packet(&out, packet);
    assert(!out.failed);
    assert(out.len == len);
    assert(memcmp(out.data, text, len) == 0);
    buf_finish(&out);
}

static void check_text(const char *text, size_t len)
{
    struct eio_packet packet;

    if (!eio_read_frame(text, len, false, &packet)) {
        assert(len == 0 || text[0] < '0' || text[0] > '6' ||
                !utf8_is_valid(text + 1, len - 1));
        return;
    }
    assert(!packet.binary);
    expect_same(&packet, text, len);
}

static void check_bytes(const char *text, size_t len)
{
    struct eio_packet packet;

    assert(eio_read_frame(text, len, true, &packet));
    assert(packet.binary && packet.type == EIO_MESSAGE);
    assert(packet.data == text && packet.len == len);
}

static void check_coded(const char *text, size_t len)
{
    struct eio_packet packet;
    struct buf decoded;

    buf_init(&decoded, 1000);
    if (eio_read_coded(text, len, &decoded, &packet)) {
        assert(packet.binary == (text[0] == 'b'));
        assert(!packet.binary || packet.len <= 1000);
        expect_same(&packet, text, len);
    }
    assert(decoded.size <= 1000);
    buf_finish(&decoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *text = (const char *)data + 1;

    if (len == 0)
        return 0;
    len--;
    switch ((enum way)(data[0] % WAYS)) {
    case WAY_TEXT:
        check_text(text, len);
        break;
    case WAY_BYTES:
        check_bytes(text, len);
        break;
    default:
        check_coded(text, len);
    }
    return 0;
}
