/* What must have come to an end, or be seen: print jobs, escalations. */
#include <string.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "tests/sim/judge_parts.h"
#include "tests/sim/trace.h"
#include "tests/sim/world.h"

/* --- paper --- */

void judge_printed(struct world *world, const char *job_id)
{
    uint64_t *times = table_get(
            &world->judge.jobs, table_hash(0, job_id, strlen(job_id)));

    world->tally.prints++;
    trace_note("job %s comes out, time %llu", job_id, *times + 1, 0, 0);
    if (++*times > 1)
        judge_blame(world, "printed-twice", job_id, *times, 0);
}

/* Is it in the picture, for everybody to see? */
static bool is_visible(const struct judge *judge, const char *job_id)
{
    return shelf_find(&judge->state.jobs, job_id) != NULL;
}

static bool is_word_on_job(enum evt_id what)
{
    return what == EVT_PRINT_PRINTED || what == EVT_PRINT_FAILED ||
           what == EVT_PRINT_EXPIRED || what == EVT_PRINT_UNCONFIRMED ||
           what == EVT_PRINT_REPRINTED;
}

static bool is_end_of_order(enum evt_id what)
{
    return what == EVT_ORDER_COMPLETED || what == EVT_ORDER_CANCELLED;
}

/* Job and order: the seq at which the last word on it was said. */
static void note_ends(const struct judge *judge, struct table *ends)
{
    for (uint64_t seq = 1; seq <= judge->head; seq++) {
        const struct evt *evt = judge->book[seq].evt;
        const char *id = is_word_on_job(evt->what)
                                 ? body_text(evt->body, "job_id")
                         : is_end_of_order(evt->what) ? about_order(evt->body)
                                                      : NULL;

        if (id)
            *table_get(ends, table_hash(0, id, strlen(id))) = seq;
    }
}

static bool has_end_after(
        const struct table *ends, const char *id, uint64_t seq)
{
    const uint64_t *end =
            id ? table_find(ends, table_hash(0, id, strlen(id))) : NULL;

    return end && *end > seq;
}

/* What there is to say of a job has been said, or is to be seen; whose order
 * is over nobody waits for, nor for one of hours ago. */
void ends_expect_jobs(struct world *world)
{
    struct judge *judge = &world->judge;
    struct table ends = { 0 };

    note_ends(judge, &ends);
    for (uint64_t seq = 1; seq <= judge->head && !world->broken; seq++) {
        const struct evt *evt = judge->book[seq].evt;
        const char *id = body_text(evt->body, "job_id");

        if (evt->what == EVT_PRINT_PRINTED &&
                !table_find(&judge->jobs, table_hash(0, id, strlen(id))))
            judge_blame(world, "printed-nothing", id, seq, 0);
        if (evt->what != EVT_PRINT_REQUESTED)
            continue;
        world->tally.jobs++;
        if (!is_visible(judge, id) && evt->exp_ms > world_wall(world) &&
                !has_end_after(&ends, id, seq) &&
                !has_end_after(&ends, body_text(evt->body, "order.id"), seq))
            judge_blame(world, "job", id, seq, 0);
    }
    table_finish(&ends);
}

/* --- escalations --- */

/* One that is raised is resolved before it is raised again, or stands in the
 * picture; and nothing stands there that was not raised. */
void ends_expect_escalations(struct world *world)
{
    struct judge *judge = &world->judge;
    struct table open = { 0 };
    uint32_t count = 0;

    for (uint64_t seq = 1; seq <= judge->head; seq++) {
        const struct evt *evt = judge->book[seq].evt;
        const char *id = body_text(evt->body, "id");
        bool is_raised = evt->what == EVT_ESCALATION_RAISED;
        uint64_t *at;

        if (!id || (!is_raised && evt->what != EVT_ESCALATION_RESOLVED))
            continue;
        at = table_get(&open, table_hash(0, id, strlen(id)));
        if (is_raised == (*at != 0))
            judge_blame(world, "escalation", id, seq, *at);
        *at = is_raised ? seq : 0;
        count += is_raised ? 1u : -1u;
        world->tally.escalations += is_raised;
    }
    if (shelf_count(&judge->state.escalations) != count)
        judge_blame(world, "escalation", "open in the picture",
                shelf_count(&judge->state.escalations), count);
    table_finish(&open);
}
