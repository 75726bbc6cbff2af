/*
 * What is read as a room is printed as it was written, and its id is one.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "schemas/rooms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *text = (const char *)data;
    struct room room, again;
    char printed[ROOM_CHARS + 1];

    if (id_is_valid(text, len)) {
        assert(len >= 1 && len <= ID_CHARS);
        assert(!memchr(text, '/', len) && !memchr(text, '\0', len));
    }
    if (!room_parse(text, len, &room))
        return 0;
    assert(room_print(&room, printed) == len);
    assert(memcmp(printed, text, len) == 0);
    assert(room_make(room.kind, room.id, &again));
    assert(memcmp(&room, &again, sizeof(room)) == 0);
    assert(room_kinds[room.kind].has_id == (room.id[0] != '\0'));
    return 0;
}
