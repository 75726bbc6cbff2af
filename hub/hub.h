/*
 * hub: the walk of an event, and all that transports may ask.
 *
 *     validate -> journal -> state -> derive  ||  route -> lane
 *
 * Left of the bar nobody has been told; at the bar, hub_commit, it is on
 * disk; right of it clients are woken. The hub knows no sockets and reads no
 * clock: time is an argument, in Unix milliseconds. One thread.
 */
#ifndef HUB_HUB_H
#define HUB_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/err.h"
#include "hub/base/space.h"
#include "hub/evt/cursor.h"
#include "hub/evt/evt.h"
#include "hub/evt/principal.h"
#include "hub/outlet.h"

struct hub;
struct hub_client;
struct ladders;
struct Dw__Picture;
struct Dw__OrderDeliveries;

#define CLIENT_ROOMS    64    /* most rooms a client may join */
#define RESUME_DISTANCE 20000 /* a cursor further back gets a snapshot */

struct hub_options {
    const char *path;      /* journal file; ":memory:" for tests and tools */
    uint64_t seed;         /* random, secret: epoch and keys of a new journal */
    uint32_t max_orders;   /* open orders at once; 0: 10000 */
    uint64_t keep_events;  /* journal length; 0: 1000000; oldest go first */
    bool alert_new_orders; /* an alert pedido_entrante follows from each */
    bool print_copies;     /* what may be on paper another printer prints again,
                              marked as a copy; else somebody has to ask */
    int64_t print_stale_ms; /* a ticket that has waited for longer is a line of
                               a summary; 0: 10 minutes */
    int32_t utc_offset_min; /* of the restaurant's clock, for devices; later:
                               hub_tell_zone */
    const struct ladders *ladders; /* escalate.h, borrowed for hub_open; NULL:
                                      nothing escalates */
};

/*
 * Open the journal and rebuild the picture. ERR_RUNNING: another process has
 * it. ERR_IO: cannot be read or written; the log says why.
 */
enum err hub_open(
        struct hub **hub, const struct hub_options *options, int64_t now_ms);

/* Commits what is open, then closes. NULL is fine. Clients must be gone. */
void hub_close(struct hub *hub);

/* --- in --- */

struct submission {
    const struct principal *from; /* borrowed for the call */
    enum evt_id what;
    ProtobufCMessage *body;      /* taken in every case */
    const char *key;             /* idempotency key, or NULL; a ULID is also
                                    the event's id */
    const struct outlet *outlet; /* who is told; NULL: nobody */
    void *owner;                 /* for the outlet's functions */
    uint64_t ticket;
};

/*
 * One event in: checked, appended, applied; what follows from it as well.
 * What was said or derived a moment ago is answered like a key used again.
 * ERR_OK: outlet->settled will be called by hub_commit. Anything else: fault
 * says what is wrong, it is counted, nothing has changed.
 * ERR_UNAVAILABLE: the disk is full or failing; try later. ERR_BUSY: too much
 * in this turn.
 */
enum err hub_submit(struct hub *hub, const struct submission *submission,
        int64_t now_ms, struct fault *fault);

/*
 * May `from` say this, and is it well formed? As hub_submit would find it, but
 * whether it is possible in the picture is not asked. Changes and counts
 * nothing; `body` is borrowed. Not ERR_OK: fault says why.
 */
enum err hub_may_say(struct hub *hub, const struct principal *from,
        enum evt_id what, ProtobufCMessage *body, struct fault *fault);

/*
 * Would such an event be stored at present? False: the disk is full, and it is
 * not one of those for which there is a reserve (`vital` in the catalogue).
 */
bool hub_takes(const struct hub *hub, enum evt_id what);

/*
 * May a bearer of this still come in and speak? ERR_UNAUTHORIZED: expired,
 * revoked, or its table's sitting is over. Looks at the picture; cheap.
 * hub_submit, hub_may_say and all that takes a client ask for themselves.
 */
enum err hub_may_enter(
        const struct hub *hub, const struct principal *principal);

/* Is anything waiting for hub_commit? */
bool hub_is_open(const struct hub *hub);

/*
 * End of a turn: one transaction for all of it; then submitters are told and
 * clients woken. ERR_UNAVAILABLE: disk full; all of the turn is undone and
 * its submitters are told so. ERR_IO: the outcome is unknown; nobody was told
 * anything: acknowledge nothing and stop the process.
 */
enum err hub_commit(struct hub *hub, int64_t now_ms);

/*
 * How far the wall clock is ahead of one that only goes forward and that nobody
 * sets, whatever that one counts from. Call it before each hub_tick: whoever is
 * here stays no longer by a wall clock that is set back, and no less long by
 * one that went ahead and is put right again; and what waits for an answer has
 * waited for what has passed.
 */
void hub_clock(struct hub *hub, int64_t ahead_ms);

/* Call about ten times a second: debounced events, slow clients, upkeep. */
void hub_tick(struct hub *hub, int64_t now_ms);

/* Is the link to the devices' broker up? Say so now and then; until then it is.
 * Who goes while it is down is missed by nobody. */
void hub_tell_link(struct hub *hub, bool is_up);

/* The restaurant's clock is so far ahead of UTC. Say so now and then: devices
 * that keep hours are told of another one. */
void hub_tell_zone(struct hub *hub, int32_t utc_offset_min);

/* --- devices that sleep --- */

/*
 * A device has gone to sleep, and hears nothing until it says device.online
 * again, in about `wake_s` seconds. Twice that and half a minute later it is
 * gone. Of another boot, or of one that is not there: nothing.
 */
void hub_tell_asleep(
        struct hub *hub, const char *device, uint32_t boot, uint32_t wake_s);

/* So many seconds it should sleep next; 0: as it likes. */
uint32_t hub_next_wake(const struct hub *hub, const char *device);

/* Is such an event for it not to be published, because hub_next_mail hands it
 * over when it is awake? */
bool hub_keeps_mail(
        const struct hub *hub, const char *device, enum evt_id what);

/* The owner goes away: drop its unsettled tickets. */
void hub_forget(struct hub *hub, const void *owner);

/* --- out --- */

/*
 * A listener without rooms yet; pair with hub_detach. `principal` is copied.
 * Whether it may be here is asked whenever it wants something, again after
 * each event that may take a right away, and twice a second: it then leaves
 * the rooms that are not open to it any more, or is to be closed
 * (hub_client_state). Guests whose sitting is over are told so before.
 */
enum err hub_attach(struct hub *hub, const struct principal *principal,
        const struct outlet *outlet, void *owner, struct hub_client **client);

void hub_detach(struct hub *hub, struct hub_client *client);

/*
 * The same one with another token: it counts from here on, with its roles and
 * its end; rooms that it does not open are left. ERR_UNAUTHORIZED: it may not
 * enter, or the client may stay no longer. ERR_FORBIDDEN: another subject.
 * Otherwise than ERR_OK nothing has changed.
 */
enum err hub_readmit(struct hub *hub, struct hub_client *client,
        const struct principal *principal);

struct joined {
    uint64_t seq; /* the position: everything after it will be delivered */
    uint32_t epoch;
    bool recovered; /* exactly the missing events follow; else: a snapshot
                       (hub_picture) is needed */
    char cursor[CURSOR_CHARS + 1]; /* of `seq` */
};

/*
 * Join rooms, all or none. `after` is a cursor or NULL; one of another journal,
 * or whose seal is not this one's, is not recovered from. Commits an open turn
 * first, so that no snapshot shows what is not on disk.
 * ERR_FORBIDDEN (uniform, also for rooms that do not exist), ERR_LIMIT,
 * ERR_UNAUTHORIZED.
 */
enum err hub_join(struct hub *hub, struct hub_client *client,
        const struct room *rooms, uint32_t count, const char *after,
        int64_t now_ms, struct joined *joined, struct fault *fault);

/*
 * Join everything there is (the MQTT link), from after_seq on; 0 is the
 * beginning of the journal. Deliveries then carry no room of their own.
 */
enum err hub_join_all(
        struct hub *hub, struct hub_client *client, uint64_t after_seq);

/* The cursor of a position in this journal, sealed. */
void hub_print_cursor(
        const struct hub *hub, uint64_t seq, char out[CURSOR_CHARS + 1]);

/* Rooms that were not joined are ignored. */
void hub_leave(struct hub *hub, struct hub_client *client,
        const struct room *rooms, uint32_t count);

struct delivery {
    struct evt *evt; /* handed over: evt_unref it */
    uint32_t room;   /* index into evt->rooms: by which it reached the client;
                        0 after hub_join_all */
    enum view view;  /* what of it the client may see */
};

/*
 * The next event for the client, from its lane or, while it catches up, from
 * the journal. False: nothing now; ask again after `wake`.
 */
bool hub_next(
        struct hub *hub, struct hub_client *client, struct delivery *delivery);

/*
 * What is to be told to a device that sleeps and is awake now: the newest page
 * that is open for it, and the last word of each other kind that it has not
 * heard. Hands over the event; `room` is the one by which the device hears it.
 * False: nothing now; ask again after each commit. Cheap then.
 */
bool hub_next_mail(
        struct hub *hub, char device[ID_CHARS + 1], struct delivery *delivery);

/* What was handed over may not have arrived: the link is gone. */
void hub_lose_mail(struct hub *hub);

/* Does anything wait for it? Cheap: for deciding whether to ask for POLLOUT */
bool hub_has_next(const struct hub_client *client);

/* The kinds of rooms (room_bit) by which the event is for the client. */
uint32_t hub_rooms_of(const struct hub_client *client, const struct evt *evt);

/*
 * The last events of a kind that the client would have been given, oldest
 * first, at most `max` of the last HISTORY of all; up to hub_head. Hands over
 * the deliveries. They have been told before: say so. Guests are given only
 * what happened since their table was activated.
 */
#define HISTORY 50
uint32_t hub_history(struct hub *hub, struct hub_client *client,
        enum evt_id what, struct delivery *deliveries, uint32_t max);

/*
 * Something between a connection and the hub alone: an event that is
 * `transient` in the catalogue, e.g. which page its user looks at. Takes the
 * body in any case. ERR_FORBIDDEN, ERR_UNAUTHORIZED, or what is wrong with it.
 */
enum err hub_note(struct hub *hub, struct hub_client *client, enum evt_id what,
        ProtobufCMessage *body, int64_t now_ms, struct fault *fault);

/* ERR_OK, or why it must be closed: ERR_TOO_SLOW, ERR_UNAUTHORIZED; ERR_RESYNC:
 * what it was to read is not kept any more; ERR_UNAVAILABLE. */
enum err hub_client_state(const struct hub_client *client);

/* The rooms joined, and for each the seq of its last event handed out. */
uint32_t hub_client_rooms(const struct hub_client *client,
        struct room rooms[CLIENT_ROOMS], uint64_t tops[CLIENT_ROOMS]);

/*
 * The picture as these rooms' listeners of these roles may see it, handed
 * over: release with hub_picture_free. What a role would not be told of by
 * events is not in it either. An order, table or device that is gone leaves an
 * empty picture. It shows what is not committed yet, too: call it when
 * hub_is_open is false, e.g. right after hub_join. NULL: out of memory.
 */
struct Dw__Picture *hub_picture(struct hub *hub, uint32_t mask,
        const struct room *rooms, uint32_t count);

/* The same without the lists that are not named in `lists` (as in
 * picture.proto; NULL at the end): orders are many, and each is copied. */
struct Dw__Picture *hub_picture_of(struct hub *hub, uint32_t mask,
        const struct room *rooms, uint32_t count, const char *const *lists);
void hub_picture_free(struct Dw__Picture *picture);

/* May this principal listen there? As hub_join decides it. */
bool hub_may_join(struct hub *hub, const struct principal *principal,
        const struct room *room);

/* --- what became of it --- */

/*
 * The word that a listener may say of an event that it was handed, as it stands
 * in text[0..len). NULL: it is none of these.
 */
#define HUB_PROGRESSES "received, shown, printed, felt, done, failed"
const char *hub_progress(const char *text, size_t len);

/*
 * The client says what has become of event `seq`, which it was handed, in a
 * room that it is in, since it joined that. A delivery.receipt follows, once
 * for each event, recipient and word, however often, by whatever connection
 * and over whatever restart it is said. `reason` may be NULL.
 * ERR_FORBIDDEN: guests say nothing. ERR_OUT_OF_RANGE, of "progress": no word
 * of a listener's. ERR_NOT_FOUND, of "seq": it was not handed that.
 * ERR_IMPOSSIBLE, of "seq": nobody says that of such an event (see
 * evt_is_receiptable). ERR_UNAVAILABLE, ERR_BUSY: as hub_submit. Nothing is
 * counted as refused.
 */
enum err hub_acknowledge(struct hub *hub, struct hub_client *client,
        uint64_t seq, const char *progress, const char *reason, int64_t now_ms,
        struct fault *fault);

/*
 * The same where the transport knows that the client was handed the event,
 * wherever it listens by now; and of what the transport alone knows: here any
 * word of watch.proto will do.
 */
enum err hub_vouch(struct hub *hub, struct hub_client *client, uint64_t seq,
        const char *progress, const char *reason, int64_t now_ms,
        struct fault *fault);

/*
 * Who was to get what about an order, open or closed not long ago, and what has
 * become of it. False: there is no such order. *found is borrowed until the
 * next event; NULL: nobody was to get anything yet. As hub_picture it shows
 * what is not committed yet, too, and asks nobody who they are.
 */
bool hub_deliveries(const struct hub *hub, const char *order_id,
        const struct Dw__OrderDeliveries **found);

/*
 * It was here before, under another client: of a room that it is in it was
 * handed what came after `seq`, up to the cursor with which it has joined.
 */
void hub_was_handed(
        struct hub_client *client, const struct room *room, uint64_t seq);

/* The seq after which it was handed the events of a room that it is in, as
 * hub_was_handed has it; 0: it is not in it. */
uint64_t hub_handed_from(
        const struct hub_client *client, const struct room *room);

/*
 * What it was handed after `after` and up to `upto`, and of which nobody has
 * said anything yet, though somebody might: oldest first, at most `max`, none
 * further back than UNHEARD_DISTANCE. Hands over the deliveries.
 */
#define UNHEARD_DISTANCE 1024
uint32_t hub_unheard(struct hub *hub, struct hub_client *client, uint64_t after,
        uint64_t upto, struct delivery *deliveries, uint32_t max);

/* --- what a transport keeps over a restart --- */

/* Remember a position under a short name; on disk with the next commit. */
void hub_remember(struct hub *hub, const char *name, uint64_t seq);

/* The position remembered, or 0. */
uint64_t hub_recall(struct hub *hub, const char *name);

/* --- what a transport keeps for who may come back --- */

#define KEEPS_MAX       32768
#define KEEPS_LEFT      64 /* of one owner, that were let go of */
#define KEEP_NAME_CHARS 31
#define KEEP_BYTES      8192 /* of one */

/*
 * Keep a few bytes under a name, in place of what was there; copied. `holder`,
 * not NULL, has them until hub_let_go; from then on, or from the next start
 * on, they last for `lasts_ms`. On disk with the next commit, which does not
 * fail by it: what the disk does not take lasts as long as the process, and
 * hub_kept says so. ERR_LIMIT: too many. ERR_TOO_LARGE, ERR_NO_MEMORY.
 */
enum err hub_keep(struct hub *hub, const char *name, const void *data,
        size_t len, uint32_t lasts_ms, void *holder);

struct hub_kept {
    const void *data; /* borrowed until the next of these calls */
    size_t len;
    void *holder;   /* NULL: it was let go of */
    bool is_stored; /* as it is, it is on disk */
};

/* False: there is nothing under this name, or not any more. */
bool hub_kept(struct hub *hub, const char *name, int64_t now_ms,
        struct hub_kept *kept);

/* Both: of a name that is not there nothing happens. `whose` tells owners from
 * each other: of each one KEEPS_LEFT stay, and the one let go of first goes
 * first, so that nobody's coming and going costs others theirs; 0: it is not
 * counted. What was kept before the last start is not counted until it is held
 * again. */
void hub_let_go(
        struct hub *hub, const char *name, uint64_t whose, int64_t now_ms);
void hub_unkeep(struct hub *hub, const char *name);

/* --- figures --- */

uint32_t hub_epoch(const struct hub *hub);
uint64_t hub_head(const struct hub *hub); /* seq of the last committed event */

struct hub_figures {
    uint64_t head;
    uint32_t clients;
    uint32_t open_orders;
    uint32_t tables;
    uint32_t devices_online;
    uint32_t jobs_waiting; /* print jobs neither printed nor failed */
    uint64_t journal_bytes;
    bool writable;    /* false: publishes are refused at present */
    enum space space; /* all of them, or those for which there is no reserve */
    uint64_t lost;    /* events that were not there any more at the start */
};

void hub_figures(struct hub *hub, struct hub_figures *figures);

#endif
