/*
 * A polling payload: its packets, put together again, are the payload; what
 * was read before a mistake is a beginning of it; memory has its bound.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bridge/wires/engineio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MOST 500 /* bytes of a packet */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *text = (const char *)data;
    struct eio_payload payload;
    struct eio_packet packet;
    enum eio_next next;
    struct buf out;

    buf_init(&out, 1 << 20);
    eio_payload_init(&payload, text, len, MOST);
    while ((next = eio_payload_next(&payload, &packet)) == EIO_NEXT_PACKET) {
        size_t size = eio_packet_bytes(&out, packet.binary, packet.len);
        size_t before = out.len;

        assert(packet.len <= MOST && packet.data);
        assert(packet.type >= EIO_OPEN && packet.type <= EIO_NOOP);
        eio_put_packet(&out, &packet);
        assert(!out.failed && out.len == before + size);
        assert(out.len <= len && memcmp(out.data, text, out.len) == 0);
    }
    assert(next == eio_payload_next(&payload, &packet));
    assert(next == EIO_NEXT_BAD || out.len == len);
    assert(payload.decoded.size <= MOST);
    eio_payload_finish(&payload);
    buf_finish(&out);
    return 0;
}
