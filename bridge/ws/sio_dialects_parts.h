/*
 * sio_dialects_parts: what the files of sio_dialects share: one socket, and
 * the steps that need no socket, for tests.
 */
#ifndef BRIDGE_WS_SIO_DIALECTS_PARTS_H
#define BRIDGE_WS_SIO_DIALECTS_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/dialect/dialect.h"
#include "bridge/wire.h"
#include "bridge/ws/asks.h"
#include "bridge/ws/bearers.h"
#include "bridge/ws/rate.h"
#include "bridge/ws/sio_dialects.h"
#include "hub/hub.h"

struct ws;
struct ws_site;

/* Form numbers of packets with their frame around them; the room in the key is
 * the row's number. Behind those of the wires, see session_frame. */
enum {
    FORM_SIO = FORM_FIRST_FREE + WIRE_COUNT,
    FORM_SIO_ASKED,  /* with an id, without an offset */
    FORM_SIO_OFFSET, /* which follows that one */
};

/* Who showed a session's token and nothing else; no token of ours says so. */
#define SESSION_GUEST "(session)"

/* By what it was let in. */
enum standing {
    BY_TOKEN,
    BY_SESSION, /* it will show a session's token */
    BY_PROFILE, /* nobody: it listens, and says nothing */
};

/* Who comes in, and in whose words. */
struct entry {
    enum standing standing;
    enum dialect_id dialect;    /* DIALECT_COUNT: not known yet */
    bool is_asked_for;          /* what becomes of what it is told */
    struct principal principal; /* BY_SESSION: made when it shows the token */
    const struct ws_site *site;
};

#define OFFSET_CHARS 47 /* longest that is read */

/* Where an event stands, as told behind it: "k3f9.4711", or "k3f9.4711.1" for
 * the first of several ways to say it. */
struct offset {
    char text[OFFSET_CHARS + 1]; /* as it came; "": there was none */
    uint64_t seq;                /* everything up to there it has heard … */
    uint64_t part_seq;           /* … and of this one, 0: of none, … */
    uint32_t part;               /* … as many ways to say it */
};

#define NEVER_ASKED UINT64_MAX

/* Is the event being told with a question? */
enum asking {
    NOT_ASKED,
    ASKED,
    TOO_MANY_ASKED, /* it would be, but for those that are open */
};

/* What is kept of a speaker for its return. */
struct memory {
    char sid[SIO_SID_CHARS + 1];
    char nsp[SIO_NSP_CHARS + 1];
    char subject[SUBJECT_CHARS + 1];
    char session[ID_CHARS + 1]; /* whose guest it is by the session's token */
    enum dialect_id dialect;
    bool is_presumed;
    char tried[OFFSET_CHARS + 2]; /* see struct speaker */
    uint64_t settled; /* up to there it has answered, or NEVER_ASKED */
    uint32_t count;
    struct room rooms[CLIENT_ROOMS];
    uint64_t from[CLIENT_ROOMS]; /* events behind it are the room's */
};

struct speaker {
    struct sio_socket *socket;
    const struct sio_dialects *house;
    struct ws *ws;
    struct entry entry;
    bool is_presumed; /* the dialect is a guess: the first verb decides */
    struct hub_client *client;   /* NULL: BY_SESSION, no token shown yet */
    char pid[SIO_PID_CHARS + 1]; /* "": nothing is kept of it */
    bool is_changed;             /* since that was last done */
    bool is_held;                /* it gets what it has missed, up to … */
    uint64_t missed;             /* … this seq, and then CONNECT's answer */
    struct offset heard;         /* before it came back */
    /* After which offset it was given something before the answer, and nothing
     * says that this has arrived: it may have all of it or a part, unheard. It
     * is asked whether it has; "": nothing of that kind. */
    char tried[OFFSET_CHARS + 2];
    bool is_asked;
    bool is_sent_back; /* … and is to come again then */
    struct rate verbs; /* of all that it says */
    struct rate says;  /* of what it states, as its roles have it */
    struct bearer bearer;
    /* The event being told, of which all rows before `row` have been. */
    struct delivery next;
    uint32_t rooms; /* by which it reached the socket */
    uint32_t row;
    bool owes_offset; /* of that row: the packet itself has gone */
    enum asking asking;
    struct asks *asks;  /* owned; NULL: it is never asked */
    bool was_asked;     /* before it came back */
    struct rate late;   /* of answers that nobody waits for any more */
    uint64_t settled;   /* as kept … */
    int64_t settled_ms; /* … at that time, monotonic */
};

/* --- sio_dialects_place.c: where what is spoken --- */

/* The dialects (bits by number) of a namespace; 0: there is no such one. */
uint32_t sio_spoken(bool is_session_path, const char *nsp);

/* The namespace in which a dialect is spoken. */
const char *sio_nsp_of(enum dialect_id dialect);

/*
 * Which of these dialects is it? The only one, or the one `asked` for by name;
 * DIALECT_COUNT where there are several and nothing ("") was asked for.
 * False: what was asked for is not spoken there.
 */
bool sio_choose(uint32_t spoken, const char *asked, enum dialect_id *dialect);

/* Is it a verb by which a client asks for a room, in any of them? */
bool sio_is_verb(uint32_t spoken, const char *name);

/* Which of these dialects has such a word for a client to say? DIALECT_COUNT:
 * none of them. */
enum dialect_id sio_detect(uint32_t spoken, const char *name);

/* --- sio_dialects_auth.c: who comes in --- */

#define SIO_AUTH "auth" /* says a client that has got another token */

/*
 * {"token"} of the same bearer at the same site: from here on its roles, its
 * scope and its end count, and rooms that it does not open are left. Not
 * ERR_OK: nothing has changed.
 */
enum err sio_enter_again(struct speaker *speaker, const char *auth, size_t len);

/* Not ERR_OK: `refusal` says why, as for struct sio_app. */
enum err sio_enter(const struct sio_dialects *house, struct sio_socket *socket,
        const char *auth, size_t len, struct entry *entry, char *refusal);

/* --- sio_dialects_hear.c: what it says --- */

void sio_hear(void *owner, const struct sio_event *event, int64_t ack,
        const struct piece *bytes, uint32_t count);

/* What depends on who it is: how large its messages may be, and how many
 * connections its bearer may have. */
void sio_set_limits(struct speaker *speaker);

/* A listener of the hub, as entry.principal; the one before, if there is one,
 * goes. */
enum err sio_listen(struct speaker *speaker);

/* One more room, from now on; one that it is in already is fine. */
enum err sio_join(
        struct speaker *speaker, const struct room *room, struct fault *fault);

/* --- sio_dialects_say.c: what it is told --- */

/*
 * The event as one row of its dialect says it: the WebSocket frame of the
 * packet 42…, kept with the event. NULL: out of memory.
 */
const struct evt_form *sio_frame(struct evt *evt, const struct say_row *row,
        enum view view, const struct sio_dialects *house);

/* The same as a question: with the event's seq as id, and no offset; and the
 * packet that says the offset then. */
const struct evt_form *sio_frame_asked(struct evt *evt,
        const struct say_row *row, enum view view,
        const struct sio_dialects *house);
const struct evt_form *sio_frame_offset(
        struct evt *evt, const struct say_row *row);

/* The how-manieth way to say its event in its dialect is it, from 1 on? The
 * last one: 0. */
uint32_t sio_part(const struct say_row *row);

/* The packet in such a frame, from its "4" on; its length goes to *len. */
const uint8_t *sio_packet_in(const struct evt_form *frame, size_t *len);

bool sio_pull(void *owner, struct eio_sink *sink);

/* --- sio_dialects_receipt.c: what it says of what it was told --- */

/* Only staff with a token of their own. */
bool sio_may_be_asked(const struct entry *entry);

/* False: no memory. */
bool sio_begin_asking(struct speaker *speaker);

/* In place of one that we have not noticed is gone: what that was asked. */
void sio_take_asks(struct speaker *speaker, struct speaker *before);

/* It has come back: what it was told behind `settled`, before it went, and has
 * not answered. */
void sio_ask_again(struct speaker *speaker, uint64_t settled);

/* Is speaker->next to be told as a question? If it has heard all of it before
 * it came back: no, but as in sio_ask_again. */
void sio_judge_asking(struct speaker *speaker, bool is_heard);

/* All of speaker->next has been told. */
void sio_note_told(struct speaker *speaker);

void sio_acked(void *owner, uint64_t id, const char *args, size_t len,
        const struct piece *bytes, uint32_t count);

/* Who has not answered in time does not answer. */
void sio_sweep_asks(
        struct speaker *speaker, int64_t steady_now_ms, int64_t wall_now_ms);

/* It goes; what is open is not known. */
void sio_end_asking(struct speaker *speaker);

/* --- sio_dialects_recall.c: who comes back --- */

/* Of this journal? "": from the beginning; what it hears is up to its rooms.
 * An offset has no seal, as a cursor has: it counts only beside a pid, which is
 * secret, and not from before what was noted of that one's rooms. Who shows an
 * older one than it has hears again what it was given; who shows a later one
 * does without. */
bool sio_read_offset(
        const struct hub *hub, const char *text, struct offset *offset);

void sio_pack(const struct memory *memory, struct buf *out);
bool sio_unpack(const void *data, size_t len, struct memory *memory);

/* Is it somebody whom we know, with the rights that it had? Then it is in as it
 * was, held until it has heard what it has missed. */
bool sio_recall(struct speaker *speaker, const char *auth, size_t len);

/* It may come back: it gets a pid. */
void sio_begin_memory(struct speaker *speaker);

/* Keep what has changed. */
void sio_keep(struct speaker *speaker);

/* It goes, perhaps for good. */
void sio_end_memory(struct speaker *speaker, enum eio_reason reason);

/* Has what it was given before the answer arrived? */
void sio_look_after(struct speaker *speaker);

#endif
