/*
 * jail: what is left to a process once it has started.
 *
 * The tables of jail.def say what it may still do: system calls (seccomp),
 * files (Landlock). Besides, it has no capabilities, can gain none, cannot be
 * traced and leaves no core. What is not there is refused with EPERM or
 * EACCES; what nobody tries by accident ends the process. There is no way out
 * of it, for whoever is started from it either.
 *
 * What the kernel does not offer is left out, and the log says so once.
 */
#ifndef BRIDGE_JAIL_JAIL_H
#define BRIDGE_JAIL_JAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/err.h"

/* Traits of a process; a row of jail.def applies to whoever has one of its. */
enum jail_whom {
    JAIL_DAEMON = 1,
    JAIL_BROKER = 2,
    JAIL_ALL = JAIL_DAEMON | JAIL_BROKER,
    JAIL_TESTED = 4, /* this and those below are found out by jail_enter */
    JAIL_ROOT = 8,
    JAIL_OTHERS = 16,
};

#define JAIL_FILES 64

/* Built with sanitizers? Then a bit less is forbidden; see jail.def. */
extern const bool jail_is_tested;

struct jail {
    enum jail_whom whom; /* JAIL_DAEMON or JAIL_BROKER */
    const char *data;    /* the one folder that may be written; or NULL */
    const char *program; /* the one that may be run, or NULL */
    const char *pages;   /* a folder that may be read, or NULL */
    const char *files[JAIL_FILES]; /* may be read, and found again when they
                                      are replaced: see place_of_file */
    uint32_t file_count;
};

/* One more file to read; "" and what is too many is passed over. */
void jail_add_file(struct jail *jail, const char *path);

/*
 * For good. The process has one thread. ERR_IO: it could not be closed in as
 * far as the kernel allows; the log says why, and how far it went is unknown.
 */
enum err jail_enter(const struct jail *jail);

/*
 * What holds from the very beginning, jail or not: files are for their owner
 * alone, no core, no way up for a child, room for `files` descriptors.
 */
void jail_begin(uint32_t files);

#endif
