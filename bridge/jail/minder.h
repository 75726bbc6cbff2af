/*
 * minder: a small process that starts the broker, because the daemon, once it
 * is jailed, can start nothing.
 *
 * It is made before anything else is, and knows one command line, which nobody
 * can change later. It does as it is told, one order at a time, and tells when
 * the broker has ended. Both are jailed: that one program may be run, and only
 * the broker's own folder written; the journal and the keys are out of reach.
 *
 * It ends with the daemon, however that ends; the broker then stays, and is
 * found by its mosquitto.pid.
 */
#ifndef BRIDGE_JAIL_MINDER_H
#define BRIDGE_JAIL_MINDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "bridge/jail/jail.h"
#include "hub/base/err.h"

struct minder {
    pid_t pid;  /* 0: there is none */
    int talk;   /* readable when there is news; -1: none */
    int output; /* what the broker says, as it comes; does not block */
};

struct minder_options {
    const char *program;     /* the broker's, absolute */
    const char *conf;        /* its one argument, after -c */
    const struct jail *jail; /* NULL: neither is jailed */
};

/*
 * Call it before there are threads, handlers of signals, or secrets in memory.
 * `minder` is the caller's; pair with minder_close. ERR_IO: the log says why.
 */
enum err minder_open(
        struct minder *minder, const struct minder_options *options);

/* What can be ordered. None of them is answered but by news. */
enum minder_order {
    MINDER_START = 'S', /* nothing, while one runs */
    MINDER_TERM = 'T',  /* SIGTERM, if one runs */
    MINDER_KILL = 'K',  /* SIGKILL likewise */
};

/* False: the minder is gone. */
bool minder_order(const struct minder *minder, enum minder_order order);

enum minder_what {
    MINDER_NONE,    /* nothing has happened */
    MINDER_STARTED, /* the broker is `pid` */
    MINDER_ENDED,   /* with `status`, or by `signal` */
    MINDER_GONE,    /* the minder itself is, and no more will come */
};

struct minder_news {
    enum minder_what what;
    pid_t pid;
    int status, signal;
};

/* The next news; does not wait. */
struct minder_news minder_hear(const struct minder *minder);

/* Let it end, and wait for that. NULL, zeroed and closed ones are fine. */
void minder_close(struct minder *minder);

#endif
