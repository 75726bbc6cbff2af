#include "devices/core/arena.h"

#include <stdalign.h>

void arena_init(struct arena *arena, void *memory, size_t size)
{
    *arena = (struct arena){ .bytes = memory, .size = size };
}

void arena_reset(struct arena *arena)
{
    arena->used = 0;
}

void *arena_take(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    size_t left = arena->size - arena->used;
    uintptr_t next = (uintptr_t)(arena->bytes + arena->used);
    size_t pad = (size_t)(-next & (align - 1));

    if (pad > left || size > left - pad) {
        arena->refused++;
        return NULL;
    }
    arena->used += pad + size;
    return arena->bytes + arena->used - size;
}

static void *take(void *arena, size_t size)
{
    return arena_take(arena, size);
}

static void give_back(void *arena, void *piece)
{
    (void)arena;
    (void)piece;
}

ProtobufCAllocator arena_allocator(struct arena *arena)
{
    return (ProtobufCAllocator){ take, give_back, arena };
}
