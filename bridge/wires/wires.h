/*
 * wires: the tables of all wires, and what they share.
 */
#ifndef BRIDGE_WIRES_WIRES_H
#define BRIDGE_WIRES_WIRES_H

#include "bridge/wire.h"

#define CURSOR_TEXT_CHARS 63 /* longer ones are no cursors of ours */
#define STAGE_CHARS       32 /* longer ones are no words of ours */

#define WIRE(id, table) extern const struct wire table;
#include "bridge/wires.def"
#undef WIRE

/* Add a room to said->rooms, read from text[0..len). */
enum err said_add_room(
        struct said *said, const char *text, size_t len, struct fault *fault);

#endif
