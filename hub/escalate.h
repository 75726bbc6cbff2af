/*
 * escalate: what should have been noticed and has not, and who is told when.
 *
 * The ladders are data: ladder.def, or a text that replaces one of them. What
 * waits is found in the picture and nowhere else, so that it is found again
 * after a restart. Reads the picture, changes nothing, knows no moment but
 * those that stand there; when which step is due is hub_escalate.c's.
 */
#ifndef HUB_ESCALATE_H
#define HUB_ESCALATE_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/err.h"
#include "hub/evt/evt.h"
#include "hub/evt/shelf.h"
#include "schemas/picture.pb-c.h"
#include "schemas/watch.pb-c.h"

struct state;

enum escalate_target {
#define TARGET(id, name) TARGET_##id,
#define CLASS(id, name, room, why)
#define RUNG(class, target, after_ms)
#include "hub/ladder.def"
#undef TARGET
#undef CLASS
#undef RUNG
    TARGET_COUNT
};

enum escalate_class {
#define TARGET(id, name)
#define CLASS(id, name, room, why) ESCALATE_##id,
#define RUNG(class, target, after_ms)
#include "hub/ladder.def"
#undef TARGET
#undef CLASS
#undef RUNG
    ESCALATE_COUNT
};

/* A word of EscalationStep.about, and the room whose business it is. */
extern const char *const escalate_classes[ESCALATE_COUNT];
extern const char *const escalate_rooms[ESCALATE_COUNT];

/* What is the matter: "not acknowledged". */
extern const char *const escalate_whys[ESCALATE_COUNT];

extern const char *const escalate_targets[TARGET_COUNT];

struct rung {
    enum escalate_target target;
    uint32_t after_ms;
};

/* Without a rung nothing of the class escalates. */
struct ladder {
    uint32_t count;
    struct rung rungs[TARGET_COUNT]; /* rising, in both */
};

struct ladders {
    struct ladder of[ESCALATE_COUNT];
    uint32_t empty_after_ms; /* so long without anybody a room is empty */
    uint32_t return_ms;      /* so long after a start nobody is missed */
};

/* As ladder.def has them; 5 s and 15 s. */
void ladders_init(struct ladders *ladders);

/*
 * Read a ladder as an operator writes it: "station 20, kitchen 45.5", seconds
 * up to a day, or "none". ERR_CONFIG: it is none; the fault has a sentence for
 * it, and the ladder is unchanged.
 */
enum err ladder_read(
        struct ladder *ladder, const char *text, struct fault *fault);

/* --- what waits --- */

/* Something that somebody should notice. */
struct subject {
    enum escalate_class about;
    char id[SHELF_ID_CHARS + 1]; /* of the order, page, call or job; of class
                                    DEVICE a word */
};

typedef void escalate_show(void *context, const struct subject *subject);

/* Show all that waits. */
void escalate_each(
        const struct state *state, escalate_show *show, void *context);

/* Show whatever the event, which was applied last, may have set waiting or
 * brought to its end. Some of it was neither. */
void escalate_each_of(const struct state *state, const struct evt *evt,
        escalate_show *show, void *context);

/* Does it wait still? *since_ms: since when, as far as the picture knows. Of
 * class DEVICE the picture knows nothing: it does not. */
bool escalate_waits(const struct state *state, const struct subject *subject,
        int64_t *since_ms);

/* What the escalation is called: the same whenever it is asked. */
void escalate_name(const struct subject *subject, char out[ID_CHARS + 1]);

/* The class of an escalation that is open; ESCALATE_COUNT: none is known. */
enum escalate_class escalate_class_find(const char *about);

/* --- what is said of it --- */

/* Its name, and what it is about as far as the picture knows. Handed over. */
Dw__EscalationStep *escalate_step(
        const struct state *state, const struct subject *subject);

/* Who the event says has acted: *id and *name (or NULL), borrowed. False: the
 * hub, or nobody whose name is an id. */
bool escalate_who(const struct evt *evt, const char **id, const char **name);

/* --- who is there --- */

/* Does a printer that is online print what is for this station? Of the
 * catch-all's everything; NULL: what has no station. */
bool escalate_is_printed(const struct state *state, const char *station);

/* Is any printer online? */
bool escalate_has_printer(const struct state *state);

/* A pager that is online and rings for this page, or NULL. */
const Dw__Device *escalate_pager(
        const struct state *state, const Dw__PageSent *sent);

#endif
