/*
 * arena: memory for one decoded message, taken from the caller's array.
 *
 * Pieces are handed out one after the other and never given back singly;
 * arena_reset gives back all. So a message can cost the array and no more,
 * whatever it claims to hold.
 */
#ifndef DEVICES_CORE_ARENA_H
#define DEVICES_CORE_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

struct arena {
    uint8_t *bytes;
    size_t size;
    size_t used;
    uint32_t refused; /* pieces asked for that did not fit */
};

/* Use memory[0..size), borrowed for the arena's life. */
void arena_init(struct arena *arena, void *memory, size_t size);

void arena_reset(struct arena *arena);

/* `size` bytes, aligned for anything, or NULL. */
void *arena_take(struct arena *arena, size_t size);

/* protobuf-c's view of the arena; it lives as long as `arena`. */
ProtobufCAllocator arena_allocator(struct arena *arena);

#endif
