/* The steps of an upgrade, from the first frame of the new socket. */
#include <string.h>

#include "bridge/ws/eio_parts.h"

#define PROBE_WORD "probe"

static bool is_probe(const struct eio_packet *packet)
{
    return packet->type == EIO_PING && packet->len == strlen(PROBE_WORD) &&
           memcmp(packet->data, PROBE_WORD, packet->len) == 0;
}

enum eio_probe_step eio_probe_hear(
        enum eio_probe *probe, const struct eio_packet *packet)
{
    if (*probe == PROBE_OPEN && is_probe(packet)) {
        *probe = PROBE_ANSWERED;
        return PROBE_ANSWER;
    }
    if (*probe == PROBE_ANSWERED && packet->type == EIO_UPGRADE)
        return PROBE_SWITCH;
    return PROBE_REFUSE;
}
