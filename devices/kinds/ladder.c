#include "devices/kinds/ladder.h"

#include <stdio.h>
#include <string.h>

static struct ladder_open *find(struct ladder *ladder, const char *id)
{
    for (uint32_t i = 0; i < ladder->count; i++)
        if (strcmp(ladder->open[i].id, id) == 0)
            return &ladder->open[i];
    return NULL;
}

static bool has_ended(const struct ladder *ladder, const char *id)
{
    uint8_t name[DEVICE_ID_BYTES];

    done_name(name, id);
    for (uint32_t i = 0; i < LADDER_ENDED; i++)
        if (memcmp(ladder->ended[i], name, sizeof(name)) == 0)
            return true;
    return false;
}

static void remember(struct ladder *ladder, const char *id)
{
    if (has_ended(ladder, id))
        return;
    done_name(ladder->ended[ladder->ended_next], id);
    ladder->ended_next = (ladder->ended_next + 1) % LADDER_ENDED;
}

static void end(struct ladder *ladder, struct ladder_open *open)
{
    size_t index = (size_t)(open - ladder->open);

    remember(ladder, open->id);
    ladder->count--;
    memmove(open, open + 1, (ladder->count - index) * sizeof(*open));
}

/* Full: the oldest makes room. */
static struct ladder_open *add(
        struct ladder *ladder, const Dw__EscalationStep *step)
{
    struct ladder_open *open;

    if (ladder->count == LADDER_OPEN)
        end(ladder, &ladder->open[0]);
    open = &ladder->open[ladder->count++];
    memset(open, 0, sizeof(*open));
    snprintf(open->id, sizeof(open->id), "%s", step->id);
    if (step->order_id && step->order_id[0])
        done_name(open->order, step->order_id);
    return open;
}

/* From when it was said on, not from when it was heard. */
static uint64_t until_ms(
        const struct device *device, const Dw__Notification *note)
{
    uint64_t age_ms = device_age_ms(device, note);
    uint64_t end_ms = device_end_ms(device, note);
    uint64_t own_ms = device->now_ms;

    if (age_ms < LADDER_MS)
        own_ms += LADDER_MS - age_ms;
    return end_ms < own_ms ? end_ms : own_ms;
}

static bool is_for_manager(const Dw__EscalationStep *step)
{
    return step->target && strcmp(step->target, "manager") == 0;
}

/* A step that comes late says nothing new. */
static bool go_on(struct ladder_open *open, const Dw__EscalationStep *step,
        enum ladder_ask ask, uint64_t until)
{
    if (step->step <= open->step)
        return false;
    open->step = step->step;
    open->is_manager = is_for_manager(step);
    if (!open->is_quiet || ask != LADDER_US)
        return false;
    open->is_quiet = false;
    open->until_ms = until;
    return true;
}

static bool step_up(struct ladder *ladder, const struct device *device,
        const Dw__Notification *note, enum ladder_ask ask)
{
    const Dw__EscalationStep *step = ladder_step(note);
    uint64_t until = until_ms(device, note);
    struct ladder_open *open;

    if (strlen(step->id) >= LADDER_ID || has_ended(ladder, step->id))
        return false;
    open = find(ladder, step->id);
    if (open)
        return go_on(open, step, ask, until);
    if (ask != LADDER_US || until <= device->now_ms)
        return false;
    open = add(ladder, step);
    open->step = step->step;
    open->is_manager = is_for_manager(step);
    open->until_ms = until;
    return true;
}

static void resolve(struct ladder *ladder, const char *id)
{
    struct ladder_open *open = find(ladder, id);

    if (open)
        end(ladder, open);
    else
        remember(ladder, id); /* its steps may come late */
}

static void cancel(struct ladder *ladder, const char *order_id)
{
    uint8_t order[DEVICE_ID_BYTES];

    done_name(order, order_id);
    for (uint32_t i = ladder->count; i-- > 0;)
        if (memcmp(ladder->open[i].order, order, sizeof(order)) == 0)
            end(ladder, &ladder->open[i]);
}

const Dw__EscalationStep *ladder_step(const Dw__Notification *note)
{
    switch (note->body_case) {
    case DW__NOTIFICATION__BODY_ESCALATION_RAISED:
        return note->escalation_raised;
    case DW__NOTIFICATION__BODY_ESCALATION_STEPPED:
        return note->escalation_stepped;
    case DW__NOTIFICATION__BODY_ESCALATION_RESOLVED:
        return note->escalation_resolved;
    default:
        return NULL;
    }
}

bool ladder_take(struct ladder *ladder, const struct device *device,
        const Dw__Notification *note, enum ladder_ask ask)
{
    switch (note->body_case) {
    case DW__NOTIFICATION__BODY_ESCALATION_RAISED:
    case DW__NOTIFICATION__BODY_ESCALATION_STEPPED:
        return step_up(ladder, device, note, ask);
    case DW__NOTIFICATION__BODY_ESCALATION_RESOLVED:
        resolve(ladder, note->escalation_resolved->id);
        return false;
    case DW__NOTIFICATION__BODY_ORDER_CANCELLED:
        cancel(ladder, note->order_cancelled->order_id);
        return false;
    default:
        return false;
    }
}

void ladder_expire(struct ladder *ladder, uint64_t now_ms)
{
    for (uint32_t i = ladder->count; i-- > 0;)
        if (ladder->open[i].until_ms <= now_ms)
            end(ladder, &ladder->open[i]);
}

struct ladder_open *ladder_ringing(struct ladder *ladder)
{
    for (uint32_t i = ladder->count; i-- > 0;)
        if (!ladder->open[i].is_quiet)
            return &ladder->open[i];
    return NULL;
}

enum pattern_id ladder_pattern(const struct ladder *ladder)
{
    enum pattern_id pattern = PATTERN_NONE;

    for (uint32_t i = 0; i < ladder->count; i++) {
        if (ladder->open[i].is_quiet)
            continue;
        if (ladder->open[i].is_manager)
            return PATTERN_ESCALATION_MANAGER;
        pattern = PATTERN_ESCALATION;
    }
    return pattern;
}

uint64_t ladder_due_ms(const struct ladder *ladder)
{
    uint64_t due_ms = UINT64_MAX;

    for (uint32_t i = 0; i < ladder->count; i++)
        if (ladder->open[i].until_ms < due_ms)
            due_ms = ladder->open[i].until_ms;
    return due_ms;
}
