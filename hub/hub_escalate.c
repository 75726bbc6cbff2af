/* What nobody notices: said to more and more people until somebody has. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/log.h"
#include "hub/evt/body.h"
#include "hub/hub_watch.h"
#include "schemas/floor.pb-c.h"

#define LOOK_MS      400 /* between looks at who is there */
#define STEPS_A_TICK 500
#define REMIND_MS    1000 /* between two words to buzzers that came up */
#define REASON_CHARS 200

/* --- what is said --- */

static Dw__Person *new_person(const char *id, const char *name)
{
    Dw__Person *person = (void *)body_new(&dw__person__descriptor);

    assert(person);
    body_set_string(&person->id, id);
    if (name)
        body_set_string(&person->name, name);
    return person;
}

/* As it was said last, if the picture has it still. */
static Dw__EscalationStep *last_said(
        const struct hub *hub, const struct watch *watch)
{
    const Dw__Escalation *open =
            shelf_find(&hub->state.escalations, watch->name);
    Dw__EscalationStep *step;

    if (!open)
        return escalate_step(&hub->state, &watch->subject);
    step = (void *)body_copy(&open->last->base);
    assert(step);
    return step;
}

/* Somebody knows, or it is over; `evt` says so (NULL: it was found). */
static void resolve(struct hub *hub, const struct watch *watch,
        const struct evt *evt, struct kinds before)
{
    Dw__EscalationStep *step;
    const char *id, *name;

    if (watch->step < 0 || watch->is_quiet)
        return;
    step = last_said(hub, watch);
    body_set_string(&step->reason, evt ? evt_kinds[evt->what].name : "over");
    if (step->by)
        body_free(&step->by->base);
    step->by =
            evt && escalate_who(evt, &id, &name) ? new_person(id, name) : NULL;
    if (evt)
        hub_queue(hub, evt, before, EVT_ESCALATION_RESOLVED, &step->base);
    else
        hub_say(hub, EVT_ESCALATION_RESOLVED, &step->base, hub->now_ms);
}

/* One step, or all at once up to this one. */
static void say_step(
        struct hub *hub, struct watch *watch, int32_t to, const char *reason)
{
    const struct rung *rung = &watch_ladder(hub, watch)->rungs[to];
    bool is_first = watch->step < 0;
    Dw__EscalationStep *step = escalate_step(&hub->state, &watch->subject);

    step->step = (uint32_t)to;
    step->has_step = 1;
    step->since_at_ms = watch_wall_at(hub, watch->since_ms);
    step->has_since_at_ms = 1;
    body_set_string(&step->target, escalate_targets[rung->target]);
    body_set_string(&step->reason, reason);
    watch->step = to;
    hub_say(hub, is_first ? EVT_ESCALATION_RAISED : EVT_ESCALATION_STEPPED,
            &step->base, hub->now_ms);
}

static void say_room(struct hub *hub, enum evt_id what, const char *room)
{
    Dw__RoomStep *step = (void *)body_new(&dw__room_step__descriptor);

    assert(step);
    body_set_string(&step->room, room);
    hub_say(hub, what, &step->base, hub->now_ms);
}

/* --- who is there --- */

static enum cover_room room_of(const struct watch *watch)
{
    return strcmp(escalate_rooms[watch->subject.about], "kitchen") == 0
                   ? COVER_KITCHEN
                   : COVER_WAITERS;
}

/* A pager on the table is somebody for its page. */
static bool has_own_pager(const struct hub *hub, const struct watch *watch)
{
    const Dw__Page *page =
            watch->subject.about == ESCALATE_READY
                    ? shelf_find(&hub->state.pages, watch->subject.id)
                    : NULL;

    return page && escalate_pager(&hub->state, page->sent);
}

static bool is_alone(const struct hub *hub, const struct watch *watch)
{
    return watch->subject.about != ESCALATE_DEVICE &&
           hub_room_is_empty(hub, room_of(watch)) && !has_own_pager(hub, watch);
}

/* "no output: Soup (bar), Steak" */
static bool has_lost_items(
        const struct hub *hub, const struct watch *watch, char *reason)
{
    const Dw__Order *order = shelf_find(&hub->state.orders, watch->subject.id);
    const size_t size = REASON_CHARS - 3; /* and dots: characters, in bytes */
    bool found = false;

    for (size_t i = 0; order && i < order->n_items; i++) {
        const Dw__Item *item = order->items[i];
        size_t len = found ? strlen(reason) : 0;
        char name[ID_CHARS + 4] = "";

        if (hub_is_served(hub, item->station))
            continue;
        if (item->station)
            snprintf(name, sizeof(name), " (%s)", item->station);
        if (len + 2 + strlen(item->name) + strlen(name) > size) {
            snprintf(reason + len, REASON_CHARS + 1 - len, "%s",
                    found ? "..." : "no output for an item");
            return true;
        }
        snprintf(reason + len, REASON_CHARS + 1 - len, "%s%s%s",
                found ? ", " : "no output: ", item->name, name);
        found = true;
    }
    return found;
}

/* Is there an item that had no output when it was ordered, and has none now
 * that there was time for one to come back? */
static bool is_unrouted(struct hub *hub, struct watch *watch, char *reason)
{
    int64_t now_ms = hub_passed(hub);
    bool was_unserved = watch->is_unserved;

    if (watch->guard_ms == 0 || watch->guard_ms > now_ms)
        return false;
    watch->is_unserved = has_lost_items(hub, watch, reason);
    watch->guard_ms = watch->is_unserved && !was_unserved
                              ? now_ms + hub->escalations.ladders.empty_after_ms
                              : 0;
    return watch->is_unserved && was_unserved;
}

/* Once until somebody is there. */
static void say_empty(struct hub *hub, const char *room)
{
    if (shelf_find(&hub->state.empty_rooms, room) ||
            !hub_takes(hub, EVT_ROOM_EMPTY))
        return;
    log_warn("hub: nobody is in %s, and something waits there; where nobody "
             "ever is, escalation.enabled: no keeps quiet",
            room);
    say_room(hub, EVT_ROOM_EMPTY, room);
}

/* Why everybody is to be told at once; false: no reason to. */
static bool is_hopeless(struct hub *hub, struct watch *watch, char *reason)
{
    const char *room = escalate_rooms[watch->subject.about];

    watch->is_looked_at = true;
    if (is_alone(hub, watch)) {
        snprintf(reason, REASON_CHARS + 1, "nobody is in %s", room);
        say_empty(hub, room);
        return true;
    }
    return is_unrouted(hub, watch, reason);
}

/* --- what an event does to it --- */

struct noting {
    struct hub *hub;
    const struct evt *evt;
    struct kinds before;
    bool has_ended; /* what it is about waits no more */
};

static void end(struct noting *noting, struct watch *watch)
{
    noting->has_ended = true;
    resolve(noting->hub, watch, noting->evt, noting->before);
    watch_forget(noting->hub, watch);
}

static void look_at(void *context, const struct subject *subject)
{
    struct noting *noting = context;
    struct hub *hub = noting->hub;
    struct watch *watch;
    char name[ID_CHARS + 1];
    int64_t since_ms;
    bool waits = escalate_waits(&hub->state, subject, &since_ms);

    if (!waits && !hub->escalations.watches[subject->about])
        return;
    escalate_name(subject, name);
    watch = watch_find(hub, subject->about, name);
    if (waits && !watch)
        watch_begin(hub, subject, hub_passed(hub));
    if (!waits && watch)
        end(noting, watch);
}

/* Somebody knows of it, whatever becomes of it. */
static void hush(struct noting *noting, const char *name)
{
    struct watch *watch = name ? watch_find_any(noting->hub, name) : NULL;

    if (!watch)
        return;
    resolve(noting->hub, watch, noting->evt, noting->before);
    watch->is_quiet = true;
    watch_plan(noting->hub, watch, hub_passed(noting->hub));
}

static void hear(struct noting *noting)
{
    const struct evt *evt = noting->evt;

    switch (evt->what) {
    case EVT_PAGE_SENT:
    case EVT_PAGE_RECEIVED:
    case EVT_PAGE_LOST:
        watch_hear_page(noting->hub, evt);
        break;
    case EVT_PAGE_ACKED: /* of a page, which may be called like one */
        if (!noting->has_ended)
            hush(noting, body_text(evt->body, "page_id"));
        break;
    case EVT_ALERT_ACKNOWLEDGED:
        hush(noting, body_text(evt->body, "alert_id"));
        break;
    case EVT_DEVICE_ONLINE:
        if (strcmp(body_text(evt->body, "kind"), "buzzer") == 0)
            noting->hub->escalations.is_to_remind = true;
        break;
    default:
        break;
    }
}

void hub_note_waiting(
        struct hub *hub, const struct evt *evt, struct kinds before)
{
    struct noting noting = { .hub = hub, .evt = evt, .before = before };

    if (!hub->escalations.is_on || evt->what == EVT_ESCALATION_RAISED ||
            evt->what == EVT_ESCALATION_STEPPED ||
            evt->what == EVT_ESCALATION_RESOLVED)
        return;
    hub_add_kind(&noting.before, evt->what);
    escalate_each_of(&hub->state, evt, look_at, &noting);
    hear(&noting);
}

/* --- time goes by --- */

/* The next step, if its time has come. */
static void climb(struct hub *hub, struct watch *watch)
{
    int32_t top = (int32_t)watch_ladder(hub, watch)->count - 1;
    char reason[REASON_CHARS + 1];

    if (!watch_has_more(hub, watch))
        return;
    if (is_hopeless(hub, watch, reason)) {
        say_step(hub, watch, top, reason);
    } else if (watch_step_due(hub, watch) <= hub_passed(hub)) {
        snprintf(reason, sizeof(reason), "%s for %lld s",
                escalate_whys[watch->subject.about],
                (long long)(hub_passed(hub) - watch->since_ms) / 1000);
        say_step(hub, watch, watch->step + 1, reason);
    }
}

static bool is_found_over(const struct hub *hub, const struct watch *watch)
{
    int64_t since_ms;

    return watch->is_over ||
           (watch->subject.about != ESCALATE_DEVICE &&
                   !escalate_waits(&hub->state, &watch->subject, &since_ms));
}

static void take_turn(struct hub *hub, struct watch *watch)
{
    struct noting noting = { .hub = hub };

    if (is_found_over(hub, watch)) {
        end(&noting, watch);
        return;
    }
    if (watch->offer_ms != 0 && watch->offer_ms <= hub_passed(hub))
        watch_offer_page(hub, watch);
    climb(hub, watch);
    watch_plan(hub, watch, hub_passed(hub) + 1);
}

/* The room has emptied while they wait. */
static void rouse(struct hub *hub, enum cover_room room)
{
    struct watch *watch, *next;

    for (int i = 0; i < ESCALATE_COUNT; i++)
        HASH_ITER(hh, hub->escalations.watches[i], watch, next)
    if (i != ESCALATE_DEVICE && room_of(watch) == room) {
        watch->is_looked_at = false;
        watch_plan(hub, watch, hub_passed(hub));
    }
}

static void look_at_rooms(struct hub *hub)
{
    for (int i = 0; i < COVER_ROOMS; i++) {
        struct cover *cover = &hub->escalations.covers[i];
        bool is_empty = hub_room_is_empty(hub, (enum cover_room)i);

        if (is_empty && !cover->was_empty)
            rouse(hub, (enum cover_room)i);
        cover->was_empty = is_empty;
        if (cover->is_there && hub_takes(hub, EVT_ROOM_COVERED) &&
                shelf_find(&hub->state.empty_rooms, cover_rooms[i]))
            say_room(hub, EVT_ROOM_COVERED, cover_rooms[i]);
    }
}

/* Buzzers that have come up ring for the newest of what is open, but for
 * nothing that they were not to hear any more: what nobody ever ends would make
 * noise each time that one comes up. */
static void remind(struct hub *hub)
{
    struct escalations *all = &hub->escalations;
    const struct shelf_entry *entry = shelf_first(&hub->state.escalations);
    const Dw__Escalation *newest = NULL;
    ProtobufCMessage *again;

    if (!all->is_to_remind ||
            steady_now(&hub->steady) - all->reminded_ms < REMIND_MS)
        return;
    for (; entry; entry = shelf_next(entry))
        newest = shelf_message(entry);
    all->is_to_remind = false;
    all->reminded_ms = steady_now(&hub->steady);
    if (!newest || steady_age(&hub->steady, newest->raised_at_ms) >=
                           1000ll * evt_kinds[EVT_ESCALATION_RAISED].ttl_s)
        return;
    again = body_copy(&newest->last->base);
    assert(again);
    hub_say(hub, EVT_ESCALATION_STEPPED, again, hub->now_ms);
}

static bool is_due(const struct hub *hub)
{
    const struct alarm *first = alarms_first(&hub->escalations.alarms);

    return first && first->at <= steady_now(&hub->steady);
}

/* What a full disk does not take is said when it does. */
static bool may_speak(const struct hub *hub)
{
    return hub->failed == ERR_OK && hub_takes(hub, EVT_ESCALATION_RAISED);
}

/* Nothing escalates any more: what is open would be so for ever. */
static void sweep(struct hub *hub)
{
    const struct shelf_entry *entry = shelf_first(&hub->state.escalations);

    hub->escalations.is_swept = true;
    while (entry && may_speak(hub)) {
        const Dw__Escalation *open = shelf_message(entry);
        Dw__EscalationStep *step = (void *)body_copy(&open->last->base);

        assert(step);
        body_set_string(&step->reason, "switched off");
        entry = shelf_next(entry);
        hub_say(hub, EVT_ESCALATION_RESOLVED, &step->base, hub->now_ms);
    }
    for (int i = 0; i < COVER_ROOMS; i++)
        if (shelf_find(&hub->state.empty_rooms, cover_rooms[i]))
            say_room(hub, EVT_ROOM_COVERED, cover_rooms[i]);
}

void hub_escalate(struct hub *hub)
{
    struct escalations *all = &hub->escalations;
    int64_t now_ms = steady_now(&hub->steady);

    if (!may_speak(hub) || (!all->is_on && all->is_swept))
        return;
    if (!all->is_on) {
        sweep(hub);
        return;
    }
    if (is_due(hub) || now_ms - all->looked_ms >= LOOK_MS) {
        all->looked_ms = now_ms;
        hub_look_around(hub);
        look_at_rooms(hub);
    }
    for (int i = 0; i < STEPS_A_TICK && is_due(hub) && may_speak(hub); i++)
        take_turn(hub, (struct watch *)(void *)alarms_first(&all->alarms));
    if (may_speak(hub))
        remind(hub);
}

/* --- the network and the broker --- */

static struct watch *find_trouble(const struct hub *hub, const char *what)
{
    struct subject subject = { .about = ESCALATE_DEVICE };
    char name[ID_CHARS + 1];

    snprintf(subject.id, sizeof(subject.id), "%s", what);
    escalate_name(&subject, name);
    return watch_find(hub, ESCALATE_DEVICE, name);
}

bool hub_is_in_trouble(const struct hub *hub, const char *what)
{
    return find_trouble(hub, what) != NULL;
}

int64_t hub_trouble_since(const struct hub *hub, const char *what)
{
    const struct watch *watch = find_trouble(hub, what);

    return watch ? watch->since_ms : hub_passed(hub);
}

void hub_begin_trouble(struct hub *hub, const char *what)
{
    struct subject subject = { .about = ESCALATE_DEVICE };

    snprintf(subject.id, sizeof(subject.id), "%s", what);
    watch_begin(hub, &subject, hub_passed(hub));
}

void hub_end_trouble(struct hub *hub, const char *what)
{
    struct noting noting = { .hub = hub };
    struct watch *watch = find_trouble(hub, what);

    if (watch)
        end(&noting, watch);
}
