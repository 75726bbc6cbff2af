/*
 * device: one device's session with the hub, whatever kind it is.
 *
 * The port owns the link and the clock and tells the core what happened and
 * when; the core says through struct device_platform what to do. It knows the
 * topics, takes messages (each once, none that is too late), keeps what the
 * device says until the hub has it, also through a loss of power, and tells the
 * hub that the device is there. What a message means is the kind's (struct
 * device_kind).
 *
 * What was retained is never acted on. What has an end is acted on before it,
 * by the wall clock, or without one by the hub's, which the hub tells in its
 * answer to dev/<id>/info; until then such a message is held. Times in messages
 * say only that it is that late at least, as they may have waited for hours.
 *
 * What the hub asks of any device is done here and not by its kind: be found
 * (device.identify_requested), behave (device.configured), belong to somebody
 * (device.assigned). Every buzz and light is a pattern (pattern.def), played by
 * the clock: device_play says which. From time to time a device says how it is.
 * One that sleeps hears nothing but at its wakes (device_sleep.c).
 *
 * A life: device_start; device_will; then any of the device_on_… and
 * device_receive, device_input, device_word, device_tick, the last at
 * device->wake_ms, and once a second at least unless the machine rests till
 * then (platform->rest); device_leave. `now_ms` never runs backwards.
 * Nothing is allocated.
 */
#ifndef DEVICES_CORE_DEVICE_H
#define DEVICES_CORE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/core/arena.h"
#include "devices/core/assignment.h"
#include "devices/core/done.h"
#include "devices/core/limits.h"
#include "devices/core/outbox.h"
#include "devices/core/parts.h"
#include "devices/core/pattern.h"
#include "devices/core/platform.h"
#include "devices/core/press.h"
#include "devices/core/seen.h"
#include "devices/core/settings.h"
#include "schemas/notification.pb-c.h"

#define DEVICE_STATE_BYTES 64

struct device;

enum device_stage {
    DEVICE_OFFLINE, /* no link */
    DEVICE_JOINING, /* linked, waiting for the broker to confirm topics */
    DEVICE_ONLINE,  /* hears everything, and has said so */
};

enum device_take {
    DEVICE_TAKEN,   /* dealt with, or refused for good: acknowledge it */
    DEVICE_NOT_NOW, /* could not be stored: do not acknowledge; drop the link
                       so that the broker sends it again */
};

/* The one key of a pager or button. A port with a real key says when it goes
 * down and up, and press.h makes presses of that; one where presses are typed
 * says those. Kinds see presses only. */
enum device_input {
    INPUT_KEY,    /* a short press */
    INPUT_DOUBLE, /* two of them */
    INPUT_LONG,
    INPUT_DOWN,
    INPUT_UP,
};

/* A message that the core has decoded; all borrowed for the call. */
struct device_message {
    const Dw__Notification *note;
    const uint8_t *bytes; /* as it came */
    size_t len;
};

/* A kind of device: rows of devices/kinds/kinds.def. */
struct device_kind {
    const char *name;
    const char *about;     /* a line of help */
    const char *listen[2]; /* topic patterns under the site besides
                              dev/%d/cmd, which every device hears; NULL:
                              none; one with %t only with a table */
    /* What dev/<id>/cmd says comes to on_message once and in time, as what
     * rooms say does. Jobs, and without this commands too, come as often as
     * they are sent: the kind knows what it has done. */
    bool commands_once;
    bool needs_table;
    bool never_sleeps;  /* rings, or prints, for a room: has to listen there */
    bool keeps_light;   /* its light is for patterns alone; the others' shines
                           while the device is online */
    size_t state_bytes; /* what device->state must hold */

    /* Each may be NULL; on_message only where nothing is listened to. What
     * they see when the device starts is device->assigned as it was. */
    void (*on_start)(struct device *device);
    enum device_take (*on_message)(
            struct device *device, const struct device_message *message);
    /* It came once more: an answer to it may have been lost. */
    void (*on_copy)(
            struct device *device, const struct device_message *message);
    void (*on_input)(struct device *device, enum device_input input);
    /* One of several keys, by its word; borrowed. */
    void (*on_word)(struct device *device, const char *word);
    /* "Which of you is it?", for so many seconds, besides ringing, blinking
     * and showing its id; 0: that is over. */
    void (*on_identify)(struct device *device, uint32_t seconds);
    /* device->assigned is another one now. */
    void (*on_assigned)(struct device *device);
    void (*on_tick)(struct device *device);
    /* The hub has the fact with this id, or wants it from nobody. */
    void (*on_told)(struct device *device, const uint8_t id[DEVICE_ID_BYTES]);
    /* The latter, for a kind that has to do something then. */
    void (*on_refused)(
            struct device *device, const uint8_t id[DEVICE_ID_BYTES]);
};

/* Who the device is. Strings are borrowed for its life; NULL: has none. */
struct device_config {
    const char *id;
    const char *site;
    const char *table;
    const char *station;
    const char *firmware;
    const char *reason;        /* button: why the waiter is called; */
    const char *reason_double; /* when it is pressed twice, */
    const char *reason_long;   /* and for long; NULL: that is no call */
    uint32_t auto_ack_ms;  /* pager: acknowledge by itself after; 0: never */
    uint32_t sleep_s;      /* as device.configured says it, until it does */
    const void *equipment; /* what else the kind needs; see its header */
};

struct device_counts {
    uint32_t taken;
    uint32_t copies;  /* seen before */
    uint32_t late;    /* over their time */
    uint32_t bad;     /* not ours, not decodable, in the wrong order */
    uint32_t lost;    /* own facts given up */
    uint32_t refused; /* own facts that the hub does not want */
    uint32_t unkept;  /* own facts that a loss of power would take */
    uint32_t held;    /* had to wait for somebody who knows the time */
};

/* A message whose age nobody knows yet. */
struct device_held {
    uint8_t bytes[DEVICE_HELD_BYTES];
    size_t len;
};

/* A pattern that is played. */
struct device_tune {
    enum pattern_id id; /* PATTERN_NONE: none */
    uint64_t since_ms;
};

/* What is heard, seen and shown: the first of them that there is. */
struct device_signal {
    struct device_tune identify;
    struct device_tune once;    /* over the next, until it is over */
    struct device_tune lasting; /* the kind's */
    struct device_tune battery; /* it is low */
    uint64_t identify_until_ms;
    bool is_buzzing, is_lit; /* as the platform was told */
    uint32_t shown;          /* of what stands on the display */
};

/* When it says how it is. */
struct device_telemetry {
    struct device_vitals vitals; /* as last asked */
    bool is_known;               /* there is somebody to ask */
    uint64_t asked_ms;
    uint64_t said_ms; /* 0: not since the start */
    uint64_t due_ms;  /* UINT64_MAX: not planned */
    uint32_t warned;  /* the percentage that was complained of; 0: none */
};

/* Listening all the time, or now and then; see device_sleep.c. */
struct device_sleep {
    uint32_t hint_s;  /* the hub's; 0: none */
    bool is_narrow;   /* the link hears no rooms */
    bool is_answered; /* the hub has been heard on this link */
    int goodbye;      /* the token of it; 0: not said */
    uint64_t goodbye_ms;
    uint64_t awake_ms; /* since when */
    uint64_t stay_ms;  /* awake until then at least */
};

struct device {
    struct device_config config;
    const struct device_platform *platform;
    const struct device_kind *kind;
    void *state;

    enum device_stage stage;
    uint32_t boot;    /* counts starts; never the same twice */
    uint32_t facts;   /* said since the start */
    uint32_t joining; /* topics not confirmed yet */
    uint64_t now_ms;
    uint64_t wake_ms; /* call device_tick then; UINT64_MAX: nothing due */
    uint64_t server_ahead_ms; /* server's clock minus ours, once heard */
    bool server_heard;        /* in a message: so late at least */
    bool server_sure;         /* in an answer to what was said just now */
    uint8_t info_id[DEVICE_ID_BYTES]; /* of the newest dev/<id>/info */
    uint64_t info_again_ms;           /* the hub could not take it; 0 */
    uint32_t keeps;                   /* writes that the store may take now */
    uint64_t keeps_ms;                /* when they were counted */
    uint64_t asleep_until_ms;         /* 0: awake */
    uint64_t rest_ms;                 /* what platform->rest was told */
    uint64_t start_ms;

    struct arena arena;
    struct parts parts;
    struct seen seen;
    struct done done;
    struct outbox outbox;
    struct device_held held[DEVICE_HELD]; /* oldest first */
    uint32_t held_count;
    struct device_counts counts;
    struct device_settings settings; /* the hub's, kept */
    struct assignment assigned;      /* kept */
    struct device_signal signal;
    struct device_telemetry telemetry;
    struct device_sleep sleep;
    struct press_key key;
};

/* Memory of the device; the caller's, for its life. */
struct device_memory {
    void *message;
    size_t message_bytes;
    void *arena;
    size_t arena_bytes;
    void *state; /* kind->state_bytes, aligned for anything */
};

/*
 * Begin; everything but `config`'s strings is copied or borrowed as said.
 * False: an id that is none, or the boot number could not be kept.
 */
bool device_start(struct device *device, const struct device_kind *kind,
        const struct device_config *config,
        const struct device_platform *platform,
        const struct device_memory *memory, uint64_t now_ms);

/* What the broker shall say when the link breaks: retained, QoS 1. */
void device_will(const struct device *device, char topic[DEVICE_TOPIC_BYTES],
        char state[DEVICE_STATE_BYTES]);

/* The link stands. False: it went again while topics were asked for. */
bool device_on_link(struct device *device, uint64_t now_ms);

/* The broker has confirmed one of the topics asked for. */
void device_on_subscribed(struct device *device, uint64_t now_ms);

void device_on_link_lost(struct device *device, uint64_t now_ms);

/* The broker has what platform->publish called `token`: there may be room for
 * the next. It settles nothing, as a broker may forget. */
void device_on_published(struct device *device, int token, uint64_t now_ms);

/* A message, or a piece of one. */
enum device_take device_receive(
        struct device *device, const struct part *part, uint64_t now_ms);

void device_input(
        struct device *device, enum device_input input, uint64_t now_ms);

/* One of several keys was pressed; its word: see the kind. */
void device_word(struct device *device, const char *word, uint64_t now_ms);

void device_tick(struct device *device, uint64_t now_ms);

/*
 * Shall there be a link? Ask after every turn. While it is false (the device
 * sleeps until device->asleep_until_ms, or wants another link than it has) end
 * the link with a disconnect, so that the will is not sent, tell
 * device_on_link_lost, and make none. A key may make it true at once.
 */
bool device_wants_link(const struct device *device);

/* Shall the broker keep the session of the next link? False: connect with a
 * clean one. */
bool device_keeps_session(const struct device *device);

/* Say goodbye. Returns the token of the goodbye, 0 if there is no link. */
int device_leave(struct device *device, uint64_t now_ms);

/* --- for kinds --- */

/* Something to say. */
struct fact {
    enum fact_topic topic;
    enum fact_class class;
    uint32_t field; /* DW__ENVELOPE__BODY_… */
    const ProtobufCMessage *body;
    uint32_t keep_ms;  /* give up after; 0: after DEVICE_FACT_MS */
    const uint8_t *id; /* of an earlier saying, or NULL: a new one */
};

/*
 * Say it, now or when there is a link, until the hub's receipt. A call that
 * waits already, or a fact with the id of one that does, is not said twice.
 * False: the outbox is full.
 */
bool device_say(struct device *device, const struct fact *fact);

/*
 * A command was acted on to the end; `message`: the id of what it came in,
 * `name`: done_name of its own name; each may be NULL. It is not heard again
 * under that id, also after a loss of power; a name is for the kind to look up.
 */
void device_done(
        struct device *device, const uint8_t *message, const uint8_t *name);

/*
 * Say once more that the device is there, so that the hub offers what waits
 * for it. Without a link nothing happens: the next one begins with it.
 */
void device_announce(struct device *device);

/* Make an id that no message had before. */
void device_make_id(struct device *device, uint8_t id[DEVICE_ID_BYTES]);

/* Play this from now on, until something else is to be played; what is played
 * already goes on as it is. PATTERN_NONE: nothing. */
void device_play(struct device *device, enum pattern_id pattern);

/* Play this over it, from its beginning, until it is over. */
void device_play_once(struct device *device, enum pattern_id pattern);

/* What the display shows, each line cut to its columns; nothing if it stands
 * there already, or while the device shows who it is. Kinds say it at each
 * tick. */
void device_display(
        struct device *device, const char *const *lines, uint32_t count);

/* Does it stand on its dock? */
bool device_is_docked(const struct device *device);

/* Is its battery nearly empty, and nothing charges it? */
bool device_is_low(const struct device *device);

/* One line for a human. What is not printable becomes '?'. */
__attribute__((format(printf, 2, 3))) void device_show(
        struct device *device, const char *format, ...);

/* Can it be told whether a message is late? */
bool device_knows_time(const struct device *device);

/* Is the message's time over, by the best clock there is? */
bool device_is_late(const struct device *device, const Dw__Notification *note);

/* How long ago the hub took the event in, by the best clock there is; 0 where
 * there is none. */
uint64_t device_age_ms(
        const struct device *device, const Dw__Notification *note);

/* The moment, on our clock, at which it is over; UINT64_MAX: never. */
uint64_t device_end_ms(
        const struct device *device, const Dw__Notification *note);

/* Decode stored bytes; what was decoded before is gone. NULL: cannot be. */
const Dw__Notification *device_decode(
        struct device *device, const uint8_t *bytes, size_t len);

/* Call on_tick at `at_ms`, or earlier. */
void device_wake(struct device *device, uint64_t at_ms);

#endif
