/*
 * catalogue: every event there is, as an enum and a table.
 *
 * The rows stand in catalogue.def and nowhere else. Nothing here knows how an
 * event is spelled by anybody but us, nor what it does to the picture.
 */
#ifndef SCHEMAS_CATALOGUE_H
#define SCHEMAS_CATALOGUE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "schemas/roles.h"

enum evt_id {
#define EVT(id, ...) EVT_##id,
#include "schemas/catalogue.def"
#undef EVT
    EVT_COUNT
};

#define EVT_NONE EVT_COUNT

/* A body's field number in envelope.proto, from its .wire. */
#define EVT_FIELD(wire) (100u + (wire))

/* What a client's full queue may do with the event. */
enum keep {
    KEEP_UNSET,
    KEEP_ALL,  /* must be seen: a client that cannot follow is closed */
    KEEP_LAST, /* state: a newer one of the same thing replaces it */
    KEEP_NONE, /* telemetry: only the newest counts, it may be dropped */
};

struct evt_kind {
    const char *name; /* canonical: "order.created" */
    uint32_t wire;    /* number on the wire, unique for ever */
    const ProtobufCMessageDescriptor *body;
    uint32_t from;     /* roles that may state it */
    uint32_t from_own; /* roles that may state it about what is theirs */
    uint32_t scoped;   /* of `from`: if its token names stations or tables, only
                          about those */
    uint32_t to;       /* room_bit: the rooms it goes to */
    uint32_t full;     /* who sees which view; in none of them: nothing */
    uint32_t staff;
    uint32_t customer;
    uint32_t device;
    enum keep keep;
    uint32_t ttl_s; /* after this nobody should act on it any more */
    bool command;   /* with `authority: backend`, what others than the back end
                       say of it is passed to the back end to decide */
    bool vital;     /* moves an order that is there already, or says what has
                       become of something: there is a reserve of the disk for
                       it */
    bool takes;     /* may take somebody's right away: whoever listens is asked
                       again, before it is told more */
    bool transient; /* between one connection and the hub: no journal, no
                       rooms */
};

extern const struct evt_kind evt_kinds[EVT_COUNT];

/* By canonical name, or EVT_NONE. */
enum evt_id evt_find(const char *name);

/* By number on the wire, or EVT_NONE. */
enum evt_id evt_find_wire(uint32_t wire);

/*
 * May who is handed such an event say what has become of it? Of what must be
 * seen, yes; but print jobs and pages have events of their own for that, and
 * of a receipt there is none.
 */
bool evt_is_receiptable(enum evt_id what);

/* The widest view that any role in `mask` has of the event. */
enum view evt_view(enum evt_id what, uint32_t mask);

#endif
