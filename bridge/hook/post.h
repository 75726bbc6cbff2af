/*
 * post: one HTTP POST at a time, by libcurl on our libuv loop.
 *
 * Knows no events. Follows no redirect, keeps nothing of an answer but what
 * struct post_answer has, and reads no more than POST_ANSWER_BYTES of one.
 * A host's name is looked up by libcurl in a thread that it makes for that
 * and that touches nothing of ours: in the loop, a name server that does not
 * answer would stop everything else.
 */
#ifndef BRIDGE_HOOK_POST_H
#define BRIDGE_HOOK_POST_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "hub/base/err.h"

#define POST_DEADLINE_MS  10000 /* from the name's look-up to the last byte */
#define POST_CONNECT_MS   5000
#define POST_ANSWER_BYTES 65536 /* headers included; the rest is ignored */
#define POST_HEADERS      8     /* most that post_send takes */

struct post;

struct post_answer {
    long status;            /* HTTP's; 0: there was none */
    uint32_t retry_after_s; /* 0: not said */
    const char *reason;     /* why there was none; lives for ever */
};

struct post_options {
    uv_loop_t *loop;
    const char *url; /* http:// or https://; copied */
    /* Called once for each post_send, from the loop; may call post_send, but
     * not post_close. */
    void (*answered)(void *owner, const struct post_answer *answer);
    void *owner;
};

/* ERR_NO_MEMORY; ERR_CONFIG: libcurl does not take the URL. */
enum err post_open(struct post **post, const struct post_options *options);

/*
 * Break off what is under way: `answered` is not called any more. The memory
 * goes as the loop runs. NULL is fine.
 */
void post_close(struct post *post);

/*
 * Send a body with these lines, "name: value", NULL at the end. `body` is
 * borrowed until it is answered. Nothing else may be under way.
 * ERR_NO_MEMORY: it is not.
 */
enum err post_send(struct post *post, const char *const headers[],
        const void *body, size_t len);

#endif
