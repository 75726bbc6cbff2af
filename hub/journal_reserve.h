/*
 * journal_reserve: a file of nothing beside the journal, whose blocks are
 * given back to the disk when that is full, so that there is room for what
 * cannot wait.
 *
 * It is held (the blocks are taken) or given up (the file is empty). Where
 * none can be had (a journal in memory, a disk that is none) there is nothing
 * to hold; the file itself is never written to and never removed.
 */
#ifndef HUB_JOURNAL_RESERVE_H
#define HUB_JOURNAL_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/err.h"

/* Or an eighth of a disk that is smaller than eight of these. */
#define RESERVE_BYTES (8ull * 1024 * 1024)

struct reserve {
    int fd;         /* -1: none can be had */
    uint64_t bytes; /* how much it is when it is held */
};

/*
 * The one beside the journal of this path, held if there is room. ERR_FULL:
 * there is not, it is given up. ERR_NOT_FOUND: none can be had, which the log
 * says where it is a surprise. Pair with reserve_close in each case.
 */
enum err reserve_open(struct reserve *reserve, const char *journal_path);
void reserve_close(struct reserve *reserve);

/* Can it be held and given up? */
bool reserve_is_there(const struct reserve *reserve);

void reserve_give_up(struct reserve *reserve);

/*
 * Hold it again. ERR_FULL: there is not room for it and an eighth of it more,
 * so that the next event does not need it at once. Cheap enough for twice a
 * second.
 */
enum err reserve_hold(struct reserve *reserve);

/* It is given up: is there at least that eighth? */
bool reserve_has_some(struct reserve *reserve);

/* Has the disk nothing left but what is held here? Only a hint. */
bool reserve_is_the_last(const struct reserve *reserve);

#endif
