/* What waits for somebody to notice: by its name, with the moment at which it
 * is to be looked at next. */
#include "hub/hub_watch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITED_MS (24ll * 60 * 60 * 1000) /* most before a start */
#define OVER_MS   60000 /* between looks at what has nothing to come */

/* --- time --- */

/* Since so long, but of the time before a start not more than that. */
static int64_t passed_at(const struct hub *hub, int64_t wall_ms)
{
    int64_t waited_ms = steady_age(&hub->steady, wall_ms);

    return steady_now(&hub->steady) -
           (waited_ms < WAITED_MS ? waited_ms : WAITED_MS);
}

int64_t watch_wall_at(const struct hub *hub, int64_t passed_ms)
{
    return hub->now_ms - (hub_passed(hub) - passed_ms);
}

/* --- watches --- */

struct watch *watch_find(
        const struct hub *hub, enum escalate_class about, const char *name)
{
    struct watch *watch;

    HASH_FIND_STR(hub->escalations.watches[about], name, watch);
    return watch;
}

struct watch *watch_find_any(const struct hub *hub, const char *name)
{
    struct watch *watch = NULL;

    for (int i = 0; i < ESCALATE_COUNT && !watch; i++)
        watch = watch_find(hub, (enum escalate_class)i, name);
    return watch;
}

const struct ladder *watch_ladder(
        const struct hub *hub, const struct watch *watch)
{
    return &hub->escalations.ladders.of[watch->subject.about];
}

bool watch_has_more(const struct hub *hub, const struct watch *watch)
{
    return !watch->is_quiet &&
           watch->step + 1 < (int32_t)watch_ladder(hub, watch)->count &&
           !watch_is_beside(hub, watch);
}

/* When its next step is due. */
int64_t watch_step_due(const struct hub *hub, const struct watch *watch)
{
    if (watch->is_lost && watch->step < 0)
        return watch->since_ms;
    return watch->since_ms +
           watch_ladder(hub, watch)->rungs[watch->step + 1].after_ms;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When it is to be looked at next, but not before `from_ms`. */
void watch_plan(struct hub *hub, struct watch *watch, int64_t from_ms)
{
    int64_t at = INT64_MAX;

    if (watch_has_more(hub, watch)) {
        at = watch_step_due(hub, watch);
        if (watch->guard_ms != 0)
            at = sooner(at, watch->guard_ms);
        if (!watch->is_looked_at)
            at = from_ms;
    }
    if (watch->offer_ms != 0)
        at = sooner(at, watch->offer_ms);
    if (watch->is_over)
        at = from_ms;
    if (at == INT64_MAX) /* nobody says of what a full shelf lets go */
        at = from_ms + OVER_MS;
    alarm_set(&hub->escalations.alarms, &watch->alarm,
            at > from_ms ? at : from_ms);
}

/* When to look first whether each item of an order has an output: at once, but
 * after a start there is time for somebody to come back. */
static int64_t guard_at(const struct hub *hub, const struct watch *watch)
{
    const struct escalations *all = &hub->escalations;
    int64_t from_ms = all->missed_from_ms - all->ladders.empty_after_ms;

    if (watch->subject.about != ESCALATE_ORDER)
        return 0;
    if (from_ms < 1)
        from_ms = 1;
    return watch->since_ms > from_ms ? watch->since_ms : from_ms;
}

struct watch *watch_begin(
        struct hub *hub, const struct subject *subject, int64_t since_ms)
{
    struct escalations *all = &hub->escalations;
    struct watch *watch = calloc(1, sizeof(*watch));

    assert(watch);
    watch->subject = *subject;
    escalate_name(subject, watch->name);
    watch->since_ms = since_ms;
    watch->step = -1;
    watch->guard_ms = guard_at(hub, watch);
    HASH_ADD_STR(all->watches[subject->about], name, watch);
    watch_plan(hub, watch, hub_passed(hub));
    return watch;
}

void watch_forget(struct hub *hub, struct watch *watch)
{
    struct escalations *all = &hub->escalations;

    alarm_drop(&all->alarms, &watch->alarm);
    HASH_DEL(all->watches[watch->subject.about], watch);
    free(watch);
}

/* --- from the picture --- */

static void forget_all(struct hub *hub)
{
    struct watch *watch, *next;

    for (int i = 0; i < ESCALATE_COUNT; i++)
        HASH_ITER(hh, hub->escalations.watches[i], watch, next)
    watch_forget(hub, watch);
}

/* The picture has the newest alone: was it said before all of these? */
static bool was_let_go(
        const struct hub *hub, const struct watch *watch, int64_t since_ms)
{
    const struct shelf *open = &hub->state.escalations;
    const struct ladder *ladder = watch_ladder(hub, watch);
    const Dw__Escalation *oldest;

    if (shelf_count(open) < open->max || ladder->count == 0)
        return false;
    oldest = shelf_message(shelf_first(open));
    return since_ms + ladder->rungs[0].after_ms <= oldest->raised_at_ms;
}

static void load_one(void *context, const struct subject *subject)
{
    struct hub *hub = context;
    struct watch *watch;
    int64_t since_ms;

    if (!escalate_waits(&hub->state, subject, &since_ms))
        return;
    watch = watch_begin(hub, subject, passed_at(hub, since_ms));
    if (subject->about == ESCALATE_READY)
        watch_resume_page(hub, watch);
    if (!was_let_go(hub, watch, since_ms))
        return;
    watch->step = (int32_t)watch_ladder(hub, watch)->count - 1;
    watch->guard_ms = 0;
    watch_plan(hub, watch, hub_passed(hub));
}

/* What was said of it. What is open and waits no more is to be resolved. */
static void load_said(struct hub *hub, const Dw__EscalationStep *last)
{
    struct watch *watch = watch_find_any(hub, last->id);
    struct subject subject = { .about = ESCALATE_COUNT };

    if (last->about)
        subject.about = escalate_class_find(last->about);
    if (!watch && subject.about == ESCALATE_COUNT)
        return;
    if (!watch) {
        snprintf(subject.id, sizeof(subject.id), "%s",
                last->device_id ? last->device_id : "");
        watch = watch_begin(hub, &subject, hub_passed(hub));
        HASH_DEL(hub->escalations.watches[subject.about], watch);
        snprintf(watch->name, sizeof(watch->name), "%s", last->id);
        HASH_ADD_STR(hub->escalations.watches[subject.about], name, watch);
        watch->is_over = subject.about != ESCALATE_DEVICE;
    }
    if (last->has_since_at_ms)
        watch->since_ms = passed_at(hub, last->since_at_ms);
    watch->step = (int32_t)last->step;
    watch->guard_ms = 0;
    watch_plan(hub, watch, hub_passed(hub));
}

void hub_load_waiting(struct hub *hub)
{
    const struct shelf_entry *entry = shelf_first(&hub->state.escalations);

    forget_all(hub);
    hub->escalations.is_swept = false;
    if (!hub->escalations.is_on)
        return;
    escalate_each(&hub->state, load_one, hub);
    for (; entry; entry = shelf_next(entry)) {
        const Dw__Escalation *open = shelf_message(entry);

        load_said(hub, open->last);
    }
}

void hub_begin_escalating(struct hub *hub)
{
    struct escalations *all = &hub->escalations;

    all->is_on = hub->options.ladders != NULL;
    if (!all->is_on)
        return;
    all->ladders = *hub->options.ladders;
    hub->options.ladders = NULL; /* it was borrowed */
    all->missed_from_ms = all->ladders.return_ms;
}

void hub_finish_escalating(struct hub *hub)
{
    forget_all(hub);
    alarms_finish(&hub->escalations.alarms);
}
