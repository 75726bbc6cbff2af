/*
 * hub_parts: what the sources of the hub itself share: hub.c (the walk),
 * hub_again.c, hub_open.c, hub_recent.c, hub_history.c, hub_keep.c,
 * hub_client.c, hub_doors.c, hub_live.c, hub_deliver.c and hub_receipt.c (the
 * listeners), hub_escalate.c, hub_cover.c and hub_presence.c (who notices),
 * hub_device.c and hub_sleep.c (devices).
 * For these only; everybody else has hub.h.
 */
#ifndef HUB_HUB_PARTS_H
#define HUB_HUB_PARTS_H

#include "hub/base/alarm.h"
#include "hub/base/count.h"
#include "hub/base/steady.h"
#include "hub/derive_overdue.h"
#include "hub/escalate.h"
#include "hub/hub.h"
#include "hub/journal.h"
#include "hub/lane.h"
#include "hub/route.h"
#include "hub/state.h"
#include "hub/validate.h"

#define FOLLOWERS    4    /* clients that may follow everything */
#define RECENT       1024 /* events kept in memory, with their forms */
#define RECENT_BYTES (8u * 1024 * 1024)
#define TURN_MAX     65536 /* events in one turn, derived ones included */
#define TURN_BYTES   (8u * 1024 * 1024) /* of their bodies: then no more */
#define HUB_CHECK_MS                                                           \
    400                  /* between looks at all clients: twice this and a     \
                            tick are less than a second */
#define AGAIN_MS   10000 /* said again within this time it is the same */
#define KIND_WORDS ((EVT_COUNT + 63) / 64)

/* A set of kinds of event. */
struct kinds {
    uint64_t words[KIND_WORDS];
};

/* Something that follows, waiting for its turn. */
struct consequence {
    enum evt_id what;
    ProtobufCMessage *body;
    struct ulid cause;
    struct kinds before; /* kinds that led here: none of them again */
};

/* Who is told what at the commit, and as what it is counted then. */
struct pending {
    const struct outlet *outlet;
    void *owner;
    uint64_t ticket;
    struct settlement settlement;
    enum count as; /* COUNT_COUNT: as nothing of its own */
};

/* A debounced consequence: at `at_ms`, of the last cause. */
struct due {
    int64_t at_ms; /* 0: none */
    const struct derive_row *row;
    struct ulid cause;
    enum evt_id cause_what;
};

/* What an event is about, for those who look for one among the last. */
struct mark {
    uint64_t seq;
    uint32_t what;
    uint32_t subject; /* a hash, of the order or the key; 0: of neither */
};

/* A submission's body as it was handed in: later it is filled in. */
struct given {
    enum evt_id what;
    uint8_t *packed;
    size_t len;
    uint64_t hash;
};

struct history;
struct keepsake;
struct leaver;

/* What is kept for who may come back: hub_keep.c. */
struct keeps {
    struct keepsake *all;     /* by name */
    struct keepsake *changed; /* since they were last written */
    struct leaver *leavers;   /* whose was let go of, and how many */
    uint64_t writings;        /* how often that was */
    int64_t swept_ms;
};

/* Rooms where somebody should be. */
enum cover_room { COVER_KITCHEN, COVER_WAITERS, COVER_ROOMS };
extern const char *const cover_rooms[COVER_ROOMS];

struct cover {
    bool is_there; /* somebody was when it was last looked */
    bool was_empty;
    int64_t seen_ms; /* when somebody was */
};

struct watch;

/* What waits, and who is there. Moments are of hub_passed. */
struct escalations {
    bool is_on;
    bool is_swept; /* off: what was said before is taken back */
    struct ladders ladders;
    int64_t looked_ms;
    int64_t missed_from_ms; /* before that nobody is missed */
    int64_t reminded_ms;
    bool is_to_remind; /* a buzzer has come up */
    bool is_offering;  /* a page is said again by the hub itself */
    struct cover covers[COVER_ROOMS];
    struct watch *watches[ESCALATE_COUNT]; /* by the escalation's name */
    struct alarms alarms;                  /* theirs */
};

struct sleeper;

/* Devices that sleep, and what they are to be told. */
struct sleepers {
    struct sleeper *all; /* by device */
    bool is_to_hand;     /* there may be something for one that is awake */
    bool has_lost;       /* one does not take a page */
};

struct absence;

#define PRESENCE_GOINGS 5

/* Devices that may be gone, and the link to the broker. Moments are of
 * hub_passed. */
struct presence {
    struct absence *absences; /* by device: held back */
    struct alarms alarms;     /* theirs */
    int64_t gone_ms[PRESENCE_GOINGS];
    uint32_t gone;    /* so many have gone */
    bool is_to_count; /* some came back */
    bool is_unlinked;
    int64_t unlinked_ms; /* since, or linked since */
};

struct hub {
    struct hub_options options;
    struct journal *journal;
    struct hash_key cursor_key;
    struct state state;
    struct route route;
    uint64_t head;     /* last committed event */
    uint64_t snapshot; /* seq that the newest snapshot is as of */
    int64_t now_ms;    /* the last moment that was told */
    int64_t upkeep_at_ms;
    struct steady steady;
    int64_t ahead_ms;   /* as hub_clock was told it last */
    bool knows_ahead;   /* it was */
    int64_t checked_ms; /* when clients were last looked at */
    enum err failed;    /* ERR_OK, or why this turn cannot be committed */
    bool writable;      /* did the last transaction succeed? */

    struct evt *recent[RECENT]; /* by seq; a reference each, or NULL */
    struct mark marks[RECENT];  /* by seq; also of the open turn's */
    struct history *histories[EVT_COUNT]; /* of kinds that were asked for */
    struct evt **turn; /* events of the open transaction; a reference each */
    uint32_t turn_count, turn_size;
    uint64_t turn_bytes;
    struct pending *pending;
    uint32_t pending_count, pending_size;
    struct consequence *queue;
    uint32_t queue_first, queue_count, queue_size;
    struct due due[EVT_COUNT]; /* by what follows */

    uint64_t taken; /* seq of the last event committed that may have taken
                       somebody's right away */
    struct {
        int64_t since_ms;
        uint32_t count; /* since then, logged or not */
    } refused;

    struct escalations escalations;
    struct presence presence;
    struct sleepers sleepers;
    bool is_zone_new; /* some devices may have another offset of the clock */
    struct overdue prints;
    int64_t live_at_ms; /* users.live is due; 0: not */
    struct keeps keeps;
    struct hub_client *clients; /* doubly linked */
    uint32_t client_count;
    struct hub_client *followers[FOLLOWERS]; /* of everything */
    struct hub_client *to_wake;              /* linked by next_to_wake */
};

/*
 * A room that a client listens in. Events with seq > from are for it; those
 * up to queued_to have been handed out already. The two differ from the
 * client's own position while it catches up in rooms joined at different
 * times.
 */
struct membership {
    struct room room;
    uint64_t from;
    uint64_t handed_from; /* as `from`, but before it came back with a cursor */
    uint64_t queued_to;
    uint64_t top; /* seq of the last one handed out */
};

#define NOT_LOOKED_AT UINT64_MAX

struct hub_client {
    struct principal principal;
    int64_t set_ms; /* steady_set, when its principal was looked at first */
    const struct outlet *outlet;
    void *owner;
    struct lane lane;
    struct membership *memberships;
    uint32_t membership_count, membership_size;
    bool everything;      /* hub_join_all */
    bool is_live;         /* the lane is fed by commits, not by the journal */
    bool needs_wake;      /* is in hub->to_wake */
    uint64_t cursor;      /* while catching up: read up to here */
    int64_t behind_ms;    /* since when its lane could not take a burst; 0:
                             it could, or it catches up of its own wish */
    uint64_t last_pushed; /* an event in several rooms comes once */
    uint64_t looked_at;   /* the hub's `taken`, when its rights were looked at;
                             NOT_LOOKED_AT: never */
    bool is_leaving;      /* it is told what its lane still has, then closed */
    enum err state;
    int64_t since_ms;   /* it came */
    uint64_t shown_seq; /* the hub's head, when it showed its token */
    int64_t seen_ms;    /* it last said something of itself */
    char *path;         /* the page that its user looks at, or NULL */
    int64_t path_at_ms; /* since when */
    struct hub_client *prev, *next;
    struct hub_client *next_to_wake;
};

/* --- hub_client.c --- */

/* Leave the rooms that are not open to it any more. */
void hub_leave_closed(struct hub *hub, struct hub_client *client);

/* Of what waits, what is not for it by its rooms or its roles goes. */
void hub_filter_lane(struct hub_client *client);

/* An event as the journal has it, handed over; NULL: it cannot be read. */
struct evt *hub_evt_of(const struct hub *hub, const struct record *record);

/* --- hub.c --- */

/* Room for one more in an array that doubles, up to `max`. */
bool hub_reserve(void **array, uint32_t count, uint32_t *size, size_t each,
        uint32_t max);

/* How much time has passed since the hub was opened, whatever was done to the
 * clock. */
int64_t hub_passed(const struct hub *hub);

struct statement hub_statement(const struct hub *hub,
        const struct principal *from, enum evt_id what, ProtobufCMessage *body,
        int64_t now_ms);

/* An event of a checked statement; takes its body in any case. */
enum err hub_make_evt(
        struct hub *hub, const struct statement *statement, struct evt **evt);

/* Journal, state, derive. Takes the event. */
enum err hub_enter(struct hub *hub, struct evt *evt, const char *key,
        uint64_t given_hash, struct kinds before);

/* Is there room for it? Not ERR_OK: ERR_UNAVAILABLE, fault says why. */
enum err hub_expect_space(
        const struct hub *hub, enum evt_id what, struct fault *fault);

/* The transaction cannot be completed any more; hub_commit undoes it. */
enum err hub_fail_turn(struct hub *hub, enum err err);

/* --- hub_again.c --- */

enum again {
    AGAIN_NOT,    /* nothing like it was said: as validate says */
    AGAIN_SAME,   /* it is *known, and nothing happens */
    AGAIN_MORE,   /* it says more of what is known: in with it; nothing
                     follows from it */
    AGAIN_UPDATE, /* it has become an order.updated with what is new */
};

/*
 * Was what validate has answered with `err` said or derived a moment ago?
 * *known is borrowed until the commit, and set for AGAIN_SAME. Only for
 * AGAIN_UPDATE the statement changes; it is valid then.
 */
enum again hub_again(struct hub *hub, struct statement *statement,
        const struct given *given, enum err err, const struct evt **known);

/* Remember what an event is about that has got its number. */
void hub_mark(struct hub *hub, const struct evt *evt);

/* --- hub_follow.c --- */

void hub_add_kind(struct kinds *kinds, enum evt_id what);

/* Queue what follows from an event that has `before` as causes. */
void hub_derive(struct hub *hub, const struct evt *evt, struct kinds before);

/* Enter all that is queued, and what follows from that. */
enum err hub_work_off(struct hub *hub, int64_t now_ms);

/* Enter what the hub says of its own accord. Takes the body. */
void hub_say(struct hub *hub, enum evt_id what, ProtobufCMessage *body,
        int64_t now_ms);

/* Enter what follows from a committed event by what the hub has been told
 * besides; `key` as in a submission of the hub's own. Takes the body. */
enum err hub_say_of(struct hub *hub, const struct evt *cause, enum evt_id what,
        ProtobufCMessage *body, const char *key, int64_t now_ms);

/* Queue one thing more that follows from an event whose causes and own kind are
 * `before`. Takes the body. */
void hub_queue(struct hub *hub, const struct evt *cause, struct kinds before,
        enum evt_id what, ProtobufCMessage *body);

/* The source of what the hub says. */
extern const struct principal the_hub;

/* Of an event from the journal: the figures that follow are due, and it is
 * those that it tells. */
void hub_owe(struct hub *hub, const struct evt *evt);

/* Print jobs that have waited for too long, if any may have by now. */
void hub_watch_prints(struct hub *hub, int64_t now_ms);

/* A debounced consequence's time has come. */
void hub_enter_due(struct hub *hub, struct due *due, int64_t now_ms);

/* --- hub_open.c --- */

/* Make the picture from the journal: snapshot, then tail. */
enum err hub_load(struct hub *hub);

/* Let go of the events and consequences of a turn. */
void hub_forget_turn(struct hub *hub);

/* Is there more room on the disk, or less? Between turns. */
void hub_look_at_space(struct hub *hub);

/* Snapshots and the journal's upkeep, when it is time. */
void hub_keep_up(struct hub *hub, int64_t now_ms);

/* --- hub_recent.c --- */

/* Keep a committed event. Takes the reference. */
void hub_keep_recent(struct hub *hub, struct evt *evt);

/* A committed event that is still in memory, borrowed, or NULL. */
struct evt *hub_recent(const struct hub *hub, uint64_t seq);

/* Let go of what nobody will ask for any more, or what is too much. */
void hub_trim_recent(struct hub *hub, int64_t now_ms);

void hub_finish_recent(struct hub *hub);

/* --- hub_history.c --- */

/* An event is committed: the newest of its kind. Borrowed. */
void hub_keep_history(struct hub *hub, struct evt *evt);

void hub_finish_history(struct hub *hub);

/* --- hub_keep.c --- */

/* What was kept before this start. */
enum err hub_load_kept(struct hub *hub, int64_t now_ms);

/* Into the open transaction, or one of its own; what a full disk refuses is
 * not tried again. Not ERR_OK: the transaction is lost. */
enum err hub_write_kept(struct hub *hub);

/* The transaction is lost in which it was last written. */
void hub_lose_kept(struct hub *hub);

/* What nobody has come back for goes. */
void hub_sweep_kept(struct hub *hub, int64_t now_ms);

void hub_finish_kept(struct hub *hub);

/* --- hub_doors.c --- */

/* Something has happened: who may still be here is looked at from now on. */
void hub_note_taken(struct hub *hub, const struct evt *evt);

/* May it be here, as of the last commit? Leaves rooms that are closed to it.
 * ERR_UNAUTHORIZED: it may not, and nothing more may be done for it. */
enum err hub_admits(struct hub *hub, struct hub_client *client);

/* As hub_admits, after such an event. */
void hub_look_again(struct hub *hub, struct hub_client *client);

/* Is the event for guests who sat at the table before this one, or sit there
 * no longer? Of those of the staff nothing is. */
bool hub_is_of_others(const struct hub *hub, const struct hub_client *client,
        const struct evt *evt);

/* Did it happen before this guest sat down, as far as one can tell? */
bool hub_is_before(const struct hub *hub, const struct hub_client *client,
        const struct evt *evt);

/* A right that somebody has not got: into the log, as far as there is room.
 * `did` and `what` say what it wanted ("say", "order.created"). */
void hub_log_refusal(struct hub *hub, const struct principal *who,
        const char *did, const char *what, enum err err);

/* --- hub_escalate.c --- */

/* An event was applied: what it has set waiting is watched, what it has ended
 * is resolved. `before`: as for hub_derive. */
void hub_note_waiting(
        struct hub *hub, const struct evt *evt, struct kinds before);

/* A tick: say what is due; without ladders, that what was open is over. */
void hub_escalate(struct hub *hub);

/* The picture was made anew: find what waits in it. */
void hub_load_waiting(struct hub *hub);

void hub_begin_escalating(struct hub *hub);
void hub_finish_escalating(struct hub *hub);

/* A trouble that has a name instead of a place in the picture. */
bool hub_is_in_trouble(const struct hub *hub, const char *what);
void hub_begin_trouble(struct hub *hub, const char *what);
void hub_end_trouble(struct hub *hub, const char *what);

/* Since when, by hub_passed. */
int64_t hub_trouble_since(const struct hub *hub, const char *what);

/* --- hub_presence.c --- */

/* Is it a device's going, which is held back for a while? It is valid. */
bool hub_hold_back(struct hub *hub, const struct statement *statement);

/* Is it to be heard whether the device is gone? */
bool hub_may_be_gone(const struct hub *hub, const char *device);

/* The device is back within so long, or it is gone; forget that. */
void hub_expect(
        struct hub *hub, const char *device, uint32_t boot, int64_t wait_ms);
void hub_expect_no_more(struct hub *hub, const char *device);

/* An event was applied: whoever speaks is there. */
void hub_note_presence(struct hub *hub, const struct evt *evt);

/* A tick: who was away for too long is gone. */
void hub_watch_presence(struct hub *hub);

void hub_finish_presence(struct hub *hub);

/* --- hub_page.c --- */

/* Its pager does not take it. */
void hub_lose_page(struct hub *hub, const char *page_id);

/* --- hub_device.c --- */

/* Does a device say what need not be stored? It is valid. If it has woken, its
 * mail is handed over from now on. */
bool hub_is_no_news(struct hub *hub, const struct statement *statement);

/* A tick: devices whose clock is not the restaurant's any more are told. */
void hub_watch_zone(struct hub *hub);

/* --- hub_sleep.c --- */

/* An event is committed: it may be for somebody who sleeps. Borrowed. */
void hub_mail(struct hub *hub, struct evt *evt);

/* Is it known what this one has heard? */
bool hub_knows_sleeper(const struct hub *hub, const char *id);

/* It is there, and it has gone to sleep in peace. Who is not known: nothing. */
void hub_wake_sleeper(struct hub *hub, const char *id);
void hub_lay_sleeper(struct hub *hub, const char *id);

/* Does a page wait for it that it has not said it has? */
bool hub_has_page(const struct hub *hub, const char *id);

/* A tick: pages that were handed over in vain are lost. */
void hub_watch_sleepers(struct hub *hub);

/* After a start: those of the picture that sleep may be awake, and ring. */
void hub_load_sleepers(struct hub *hub);
void hub_finish_sleepers(struct hub *hub);

/* --- hub_cover.c --- */

/* See who is there, at this moment. */
void hub_look_around(struct hub *hub);

/* Has nobody been there for a while, when it was last looked? */
bool hub_room_is_empty(const struct hub *hub, enum cover_room room);

/* Is there a screen or a printer for what this station does (NULL: for what has
 * none)? */
bool hub_is_served(const struct hub *hub, const char *station);

/* --- hub_live.c --- */

/* What it may do has changed. */
void hub_live_change(struct hub *hub, const struct hub_client *client);

/* Somebody has come, or goes: not yet in, or still in, hub->clients. */
void hub_live_come(struct hub *hub, struct hub_client *client);
void hub_live_go(struct hub *hub, struct hub_client *client);

/* It looks at who is there: say so in a moment. */
void hub_live_watch(struct hub *hub, const struct hub_client *client);

/* That moment may have come. */
void hub_live_tick(struct hub *hub, int64_t now_ms);

/* --- hub_deliver.c --- */

/* It can be told nothing more, and is to be closed. */
void hub_give_up(struct hub *hub, struct hub_client *client, enum err err);

/* Its outlet is called at the end of the commit or tick. */
void hub_wake_later(struct hub *hub, struct hub_client *client);

/* The event is committed: into the lanes of all who listen. */
void hub_fan_out(struct hub *hub, struct evt *evt, int64_t now_ms);

/* By which of the client's rooms the event is for it, as an index into the
 * event's; -1: by none. */
int hub_room_of(const struct hub_client *client, const struct evt *evt);

/* Call the outlets of clients for whom something has come up. */
void hub_wake_clients(struct hub *hub);

/* Clients too slow or expired are marked, to be woken. */
void hub_check_clients(struct hub *hub, int64_t now_ms);

#endif
