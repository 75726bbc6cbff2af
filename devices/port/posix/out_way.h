/*
 * out_way: what the files of out.h share, and nobody else includes: a way to a
 * printer, and what all of them keep of the one that is in use.
 */
#ifndef DEVICES_PORT_POSIX_OUT_WAY_H
#define DEVICES_PORT_POSIX_OUT_WAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "devices/kinds/printer.h"
#include "devices/port/posix/out_talk.h"

#define OUT_HOST_BYTES 256
#define OUT_PORT_BYTES 8
#define OUT_FDS        4

struct out;

/* What ways need besides their text; borrowed. */
struct out_with {
    const struct profile *profile;
    const struct glyphs *glyphs; /* NULL: none */
    const char *password;        /* of printers that fetch; NULL: none */
    bool is_open;                /* they may come from elsewhere without one */
    bool is_plain;               /* they get text, not pictures */
};

/* The device's own link to the broker, for printers that hang on it, too. */
struct out_link {
    void *ctx;
    /* False: it is down or does not hear the printer, and nothing was sent. */
    bool (*publish)(void *ctx, const char *topic, const void *data, size_t len);
};

/*
 * One way. Only `prefix` to `about`, `parse`, `open`, `write` and `is_through`
 * must be there. A way for printers that come and fetch their jobs themselves
 * keeps the job's id at `open` (OUT_GONE while none of them calls), takes all
 * bytes at `write`, hands them out in `turn`, and learns there what
 * `is_through` answers; `close` takes back what nobody has fetched.
 */
struct out_way {
    const char *prefix; /* of the text of --out */
    const char *form;   /* the whole of it, for a human */
    const char *about;  /* a line of help */
    bool talks;         /* what it sends back can be read from `fd` */
    uint32_t finish_ms; /* longest wait for is_through; 0: the printer's */
    uint32_t call_ms;   /* as print_out has it */

    /* Read what follows the prefix; borrowed. */
    bool (*parse)(struct out *out, const char *rest);

    /* Begin, before all else but `parse`: out->with is there. Returns what is
     * wrong, or NULL. May be NULL. */
    const char *(*begin)(struct out *out);

    /* As struct print_out says, for out->fd. */
    enum print_out_state (*open)(struct out *out, const char *job_id);
    int (*write)(struct out *out, const uint8_t *bytes, size_t len);

    /* Have all bytes arrived? As print_out.finish says; for a way that talks,
     * where the profile has no answer to wait for. */
    enum print_out_state (*is_through)(struct out *out);

    /* How it is, for a way that knows it without asking the printer: it is
     * called whatever the profile says. */
    enum print_out_state (*check)(struct out *out, struct print_status *status);

    /* Before out->fd is closed, whole or broken off. */
    void (*close)(struct out *out);

    /* See out.h; all of it also without a job. */
    uint32_t (*watch)(const struct out *out, struct pollfd fds[OUT_FDS]);
    void (*turn)(struct out *out, uint64_t now_ms);
    uint64_t (*due_ms)(const struct out *out);
    void (*finish)(struct out *out);

    /* A way over the broker: what it hears there, and what it heard. */
    const char *(*topic)(const struct out *out);
    void (*heard)(
            struct out *out, const char *topic, const void *data, size_t len);
};

extern const struct out_way out_tcp, out_usb, out_serial, out_file, out_stdout,
        out_cups, out_cloudprnt, out_star_mqtt, out_epson_sdp;

enum out_flow {
    FLOW_NONE,
    FLOW_RTS_CTS,
    FLOW_DSR_DTR,
};

struct out {
    const struct out_way *way; /* NULL: none was parsed */
    char host[OUT_HOST_BYTES]; /* or another name, or a path */
    char port[OUT_PORT_BYTES];
    const char *path;
    uint32_t baud;
    enum out_flow flow;
    uint32_t failures; /* to connect: the next one takes the next address */
    int fd;            /* -1: closed */
    bool connecting;
    bool blocked; /* wait until fd can be written to */
    struct out_talk talk;
    struct out_with with;
    struct out_link link;
    void *own; /* of the way, made and freed by it */
};

/* "HOST:PORT", also with a host in brackets, into out->host and out->port. */
bool out_parse_host(struct out *out, const char *text, size_t len);

/* Begin or go on connecting to them. */
enum print_out_state out_connect(struct out *out);

/* Write to out->fd as print_out.write says. */
int out_write_fd(struct out *out, const uint8_t *bytes, size_t len);

/* Read away what was said before this job: a late answer is of another. */
void out_drain(struct out *out);

#endif
