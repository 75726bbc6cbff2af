/*
 * evt: one event, shared by all who wait for it, never changed once made.
 *
 * Counted by references; a queue or a transport that keeps one holds its own.
 * What an event becomes on a wire (a form) is made once for each format, view
 * and room, and kept with the event for the next recipient.
 */
#ifndef HUB_EVT_EVT_H
#define HUB_EVT_EVT_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/err.h"
#include "hub/evt/principal.h"
#include "hub/evt/ulid.h"
#include "schemas/catalogue.h"
#include "schemas/rooms.h"

/* An event goes to the rooms of an order's stations, and to a few others: the
 * kinds of rooms that a row of the catalogue names, two tables at most. */
#define EVT_STATIONS 16 /* most stations that one order is for */
#define EVT_ROOMS    (EVT_STATIONS + 10)

#define EVT_BODY_BYTES 32768  /* largest packed body */
#define EVT_HEAP_BYTES 262144 /* most memory that unpacking may take */
#define KEY_CHARS      64     /* longest idempotency key */
#define EVT_KEY_CHARS  (ID_CHARS + 1 + ROOM_CHARS)
#define EPOCH_CHARS    7 /* an epoch in base 36 */

/* Bytes of an event on some wire. */
struct evt_form {
    struct evt_form *next;
    uint32_t key;
    uint32_t len;
    uint8_t data[];
};

struct evt {
    uint32_t refs;
    enum evt_id what;
    struct ulid id;
    struct ulid cause;           /* the event it was derived from, or none */
    uint64_t seq;                /* the journal's number; 0: not yet there */
    uint32_t epoch;              /* the journal's epoch */
    uint64_t seal;               /* of both, see cursor.h */
    int64_t ts_ms;               /* when the hub took it in */
    int64_t exp_ms;              /* nobody should act on it after this */
    char src[SUBJECT_CHARS + 1]; /* subject of whoever stated it */
    bool replay;                 /* read back from the journal */
    uint8_t room_count;
    char key[EVT_KEY_CHARS + 1];  /* KEEP_LAST: what it is the state of; "":
                                     there is one of the kind */
    struct room rooms[EVT_ROOMS]; /* where it goes; the transports' room
                                     argument is an index into these */
    ProtobufCMessage *body;       /* evt_kinds[what].body's message */
    uint8_t *packed;              /* the body, encoded */
    size_t packed_len;
    struct evt_form *forms;
    size_t forms_len; /* bytes of all forms */
};

/*
 * Make an event with one reference from a body, which it takes in any case.
 * The caller fills in id, cause, src and times before sharing it.
 * ERR_TOO_LARGE, ERR_NO_MEMORY: the body is released.
 */
enum err evt_create(enum evt_id what, ProtobufCMessage *body, struct evt **evt);

struct evt *evt_ref(struct evt *evt);

/* NULL is fine. */
void evt_unref(struct evt *evt);

/* About how many bytes a queued event stands for; never changes. */
size_t evt_bytes(const struct evt *evt);

/* How much memory it takes by now, with all its forms. */
size_t evt_memory(const struct evt *evt);

/* The form under `key`, or NULL. */
const struct evt_form *evt_form_find(const struct evt *evt, uint32_t key);

/* Keep a copy of data[0..len) under `key`. NULL: out of memory. */
const struct evt_form *evt_form_keep(
        struct evt *evt, uint32_t key, const void *data, size_t len);

/* A key for evt_form_…: `format` 0 to 255 is the caller's own numbering. */
uint32_t evt_form_key(uint32_t format, enum view view, uint32_t room);

/* Which of the event's rooms is `room`; -1: it does not go there. */
int evt_room_index(const struct evt *evt, const struct room *room);

/* Write an epoch in base 36 and a NUL. */
void epoch_print(uint32_t epoch, char out[EPOCH_CHARS + 1]);

#endif
