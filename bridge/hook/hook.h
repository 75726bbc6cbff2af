/*
 * hook: the webhook of one restaurant: committed events to a back end, by
 * HTTP POST, signed.
 *
 * At least once and in order: one request at a time, again and again until it
 * is answered with 2xx, and only then does the remembered position move. After
 * a crash it goes on from there, with the same ids. Commands that came too
 * late to be acted on are skipped and counted. Nothing leaves but from
 * hook_flush, after hub_commit; nothing of an answer is used but its status.
 * While a request is under way what happens is left in the journal: a back end
 * that is down costs twenty events of memory.
 */
#ifndef BRIDGE_HOOK_HOOK_H
#define BRIDGE_HOOK_HOOK_H

#include <stdint.h>
#include <uv.h>

#include "hub/base/err.h"

struct hook;
struct hub;

enum hook_what {
    HOOK_COMMANDS, /* what the back end has to decide */
    HOOK_ALL,      /* and every event */
};

/* By its word in the configuration: "all", or anything else for commands. */
enum hook_what hook_what_find(const char *word);

struct hook_options {
    uv_loop_t *loop;
    const char *url;         /* http:// or https:// */
    const char *secret_file; /* made where there is none */
    enum hook_what what;
};

/*
 * Begin where the last one ended; the first one begins with what happens from
 * now on. `site` and the options' texts are copied. ERR_CONFIG, ERR_IO: the
 * log says why. ERR_NO_MEMORY.
 */
enum err hook_open(struct hook **hook, struct hub *hub, const char *site,
        const struct hook_options *options);

/* Break off; the memory goes as the loop runs. NULL is fine. */
void hook_close(struct hook *hook);

/* End of a turn, after a successful hub_commit. NULL is fine. */
void hook_flush(struct hook *hook);

#endif
