/*
 * tape: a disk in memory below SQLite that remembers the order of things.
 *
 * What is written lies on it only when it has been synced; what lay there at
 * any moment of a run, had the power gone, can be made from its reel: unsynced
 * writes all there, all gone, some of them (which is what reordering comes
 * to), torn at their sectors. A call can be made to fail, too. Whatever is
 * opened after tape_install lies on it; one process, one connection.
 */
#ifndef TESTS_SUPPORT_TAPE_H
#define TESTS_SUPPORT_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAPE_FILES 4

struct tape_image {
    char name[96]; /* "": none */
    uint8_t *data;
    size_t len, size; /* used, allocated */
};

struct tape_step;

/* What happened from tape_record on. Zeroed before its first use. */
struct tape_reel {
    struct tape_step *steps;
    uint32_t count, size;
    uint64_t mark; /* the last one set */
    struct tape_image start[TAPE_FILES];
    /* Where tape_cut is: what is surely on disk before step `at`. */
    struct tape_image synced[TAPE_FILES];
    uint32_t at;
};

enum tape_cut {
    TAPE_DROPPED,   /* nothing that was not synced */
    TAPE_KEPT,      /* all of it */
    TAPE_SOME,      /* each write by chance */
    TAPE_TORN,      /* all, but of the last one some sectors only */
    TAPE_SOME_TORN, /* each write by chance, and of each some sectors */
    TAPE_CUTS
};

struct tape_fault {
    uint32_t at;       /* the call that fails, counted from 1; 0: none */
    bool is_full;      /* where that makes sense the disk is full */
    bool stays;        /* all later ones fail as well */
    bool lies;         /* nothing is synced, and it says that it is */
    uint32_t calls;    /* so far */
    uint32_t failures; /* so far */
};

extern struct tape_fault tape_fault;

/* A group setup of cmocka. */
int tape_install(void **unused);

/* An empty disk. Nothing may be open on it. */
void tape_wipe(void);

/* Record into `reel`, from the disk as it is now; NULL: no more. */
void tape_record(struct tape_reel *reel);

/* Note in the reel that from here on `mark` was promised. */
void tape_mark(uint64_t mark);

/*
 * The disk as it is when the power goes before step `at` (0 to count); the
 * last mark before that. Chance is drawn from *seed, which changes. Fastest
 * when `at` does not go down.
 */
uint64_t tape_cut(
        struct tape_reel *reel, uint32_t at, enum tape_cut how, uint64_t *seed);

/* The file with this end of its name, borrowed; NULL: none. */
struct tape_image *tape_file(const char *end);

/* Keep the disk as it is, put it back, let go of what was kept. */
void tape_keep(struct tape_image kept[TAPE_FILES]);
void tape_put_back(const struct tape_image kept[TAPE_FILES]);
void tape_let_go(struct tape_image kept[TAPE_FILES]);

void tape_finish(struct tape_reel *reel);

#endif
