/*
 * loop_parts: what the daemon is made of, opened in the order in which one
 * part needs the other, and closed in the opposite one.
 */
#ifndef BRIDGE_LOOP_PARTS_H
#define BRIDGE_LOOP_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "bridge/auth.h"
#include "bridge/config.h"
#include "bridge/config_origins.h"
#include "bridge/mqtt/broker_conf.h"
#include "bridge/mqtt/claim_desk.h"
#include "bridge/mqtt/members.h"
#include "bridge/mqtt/tongues.h"
#include "bridge/ws/sio_dialects.h"
#include "hub/base/err.h"

struct broker;
struct buf;
struct demo;
struct hook;
struct hub;
struct minder;
struct mqtt;
struct ws;

/* What every restaurant has for itself. */
struct site {
    const char *name;
    struct hub *hub;   /* with a journal of its own */
    struct mqtt *mqtt; /* and a link of its own */
    struct hook *hook; /* NULL: there is no webhook */
};

/* Where Socket.IO is spoken. */
enum { SIO_SHARED, SIO_SESSION, SIO_PLACES };

struct parts {
    struct sites names;
    struct site sites[SITES_MAX]; /* in the order of `names` */
    uint32_t site_count;
    struct auth auth;
    struct broker *broker; /* NULL: somebody else's */
    struct ws *ws;
    struct origins origins; /* these four are the options of `ws` */
    struct sio_dialects dialects[SIO_PLACES];
    struct sio_service services[SIO_PLACES];
    struct eio_place places[SIO_PLACES];
    struct demo *demo;      /* NULL: none asked for */
    struct tongues tongues; /* of all producers */
    struct members members; /* who has a credential */
    struct claim_desk desk; /* where one can be fetched */
    struct broker_conf lan; /* where devices find the broker */
    int64_t looked_ms;      /* when the members were last looked at */
    uint32_t members_seen;  /* the version that the broker was told of */
    char broker_host[CONFIG_CHARS + 1];
    uint16_t broker_port;
};

/* What the parts need from whoever opens them; see ws.h for the questions. */
struct parts_options {
    uv_loop_t *loop;
    const struct config *config;
    struct minder *minder; /* of the embedded broker, where there is one */
    int64_t now_ms;
    bool demo;
    bool (*is_ready)(void *context, struct buf *why);
    void (*metrics)(void *context, struct buf *out);
    enum err (*claim)(void *context, const char *code, struct buf *answer);
    void *context;
};

/*
 * `parts` zeroed. On failure some of them are open, the log says what is
 * wrong, and both closers take them.
 */
enum err parts_open(struct parts *parts, const struct parts_options *options);

/* About ten times a second. */
void parts_tick(struct parts *parts, int64_t now_ms);

/* As struct ws_options has it; only where the broker is our own. */
enum err parts_claim(struct parts *parts, const char *code, int64_t now_ms,
        struct buf *answer);

/* Let those options take effect that may change while it runs. */
void parts_reload(struct parts *parts, const struct config *config);

/* Close all ways in and the broker; the loop has to run after it. */
void parts_close_ways(struct parts *parts);

/* Close the journals, which nobody can write to any more, and the key. */
void parts_close_core(struct parts *parts);

#endif
