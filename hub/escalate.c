#include "hub/escalate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/hash.h"
#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "hub/state.h"

#define EMPTY_AFTER_MS 5000
#define RETURN_MS      15000
#define AFTER_MAX_MS   (24 * 60 * 60 * 1000)
#define CATCH_ALL      "kitchen" /* prints what no other printer prints */
#define LADDER_TEXT                                                            \
    "has steps such as \"station 20, kitchen 45.5\", each later "              \
    "and for more than the one before, of screens, station, kitchen, "         \
    "waiters, manager; or is none"

const char *const escalate_targets[TARGET_COUNT] = {
#define TARGET(id, name) [TARGET_##id] = name,
#define CLASS(id, name, room, why)
#define RUNG(class, target, after_ms)
#include "hub/ladder.def"
#undef TARGET
#undef CLASS
#undef RUNG
};

const char *const escalate_classes[ESCALATE_COUNT] = {
#define TARGET(id, name)
#define CLASS(id, name, room, why) [ESCALATE_##id] = name,
#define RUNG(class, target, after_ms)
#include "hub/ladder.def"
#undef TARGET
#undef CLASS
#undef RUNG
};

const char *const escalate_rooms[ESCALATE_COUNT] = {
#define TARGET(id, name)
#define CLASS(id, name, room, why) [ESCALATE_##id] = room,
#define RUNG(class, target, after_ms)
#include "hub/ladder.def"
#undef TARGET
#undef CLASS
#undef RUNG
};

const char *const escalate_whys[ESCALATE_COUNT] = {
#define TARGET(id, name)
#define CLASS(id, name, room, why) [ESCALATE_##id] = why,
#define RUNG(class, target, after_ms)
#include "hub/ladder.def"
#undef TARGET
#undef CLASS
#undef RUNG
};

static const struct {
    enum escalate_class of;
    struct rung rung;
} rows[] = {
#define TARGET(id, name)
#define CLASS(id, name, room, why)
#define RUNG(class, target, after_ms)                                          \
    { ESCALATE_##class, { TARGET_##target, after_ms } },
#include "hub/ladder.def"
#undef TARGET
#undef CLASS
#undef RUNG
};

/* --- ladders --- */

/* Each target once, and later than the one before. */
static bool add_rung(struct ladder *ladder, struct rung rung)
{
    const struct rung *last =
            ladder->count > 0 ? &ladder->rungs[ladder->count - 1] : NULL;

    if (last &&
            (rung.target <= last->target || rung.after_ms <= last->after_ms))
        return false;
    ladder->rungs[ladder->count++] = rung;
    return true;
}

void ladders_init(struct ladders *ladders)
{
    *ladders = (struct ladders){ .empty_after_ms = EMPTY_AFTER_MS,
        .return_ms = RETURN_MS };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (!add_rung(&ladders->of[rows[i].of], rows[i].rung))
            abort(); /* ladder.def is wrong */
}

static const char *skip(const char *text, const char *chars)
{
    return text + strspn(text, chars);
}

/* "20", "0.4": milliseconds; NULL, or what stands behind it. */
static const char *read_seconds(const char *text, uint32_t *ms)
{
    size_t whole = strspn(text, "0123456789"), part = 0;
    uint32_t number = 0, unit = 1000;

    if (whole == 0 || whole > 5)
        return NULL;
    for (size_t i = 0; i < whole; i++)
        number = number * 10 + (uint32_t)(text[i] - '0');
    number *= 1000;
    text += whole;
    if (*text == '.') {
        part = strspn(++text, "0123456789");
        if (part == 0 || part > 3)
            return NULL;
        for (size_t i = 0; i < part; i++)
            number += (uint32_t)(text[i] - '0') * (unit /= 10);
    }
    *ms = number;
    return number <= AFTER_MAX_MS ? text + part : NULL;
}

static const char *read_target(const char *text, enum escalate_target *target)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz");

    for (int i = 0; i < TARGET_COUNT; i++)
        if (strlen(escalate_targets[i]) == len &&
                strncmp(text, escalate_targets[i], len) == 0) {
            *target = (enum escalate_target)i;
            return text + len;
        }
    return NULL;
}

/* One step and the comma behind it; NULL: it is none. */
static const char *read_rung(struct ladder *ladder, const char *text)
{
    struct rung rung;

    text = read_target(text, &rung.target);
    if (!text || *text != ' ')
        return NULL;
    text = read_seconds(skip(text, " "), &rung.after_ms);
    if (!text || !add_rung(ladder, rung))
        return NULL;
    text = skip(text, " ");
    if (*text == '\0')
        return text;
    return *text == ',' && text[1] != '\0' ? skip(text + 1, " ") : NULL;
}

enum err ladder_read(
        struct ladder *ladder, const char *text, struct fault *fault)
{
    struct ladder read = { 0 };
    const char *at = skip(text, " ");

    if (strcmp(at, "none") != 0) {
        do
            at = read_rung(&read, at);
        while (at && *at);
        if (!at)
            return fault_set(fault, ERR_CONFIG, NULL, LADDER_TEXT);
    }
    *ladder = read;
    return ERR_OK;
}

/* --- what waits --- */

static bool order_waits(const struct state *state,
        const struct subject *subject, int64_t *since_ms)
{
    const Dw__Order *order = shelf_find(&state->orders, subject->id);

    if (!order || order->status >= DW__ORDER_STATUS__ORDER_STATUS_ACKNOWLEDGED)
        return false;
    *since_ms = order->created_at_ms;
    return true;
}

static bool cancel_waits(const struct state *state,
        const struct subject *subject, int64_t *since_ms)
{
    const Dw__Order *order = shelf_find(&state->orders, subject->id);

    if (!order || !order->cancel_reason)
        return false;
    *since_ms = order->updated_at_ms;
    return true;
}

static bool page_waits(const struct state *state, const struct subject *subject,
        int64_t *since_ms)
{
    const Dw__Page *page = shelf_find(&state->pages, subject->id);

    if (!page)
        return false;
    *since_ms = page->sent_at_ms;
    return true;
}

static bool call_waits(const struct state *state, const struct subject *subject,
        int64_t *since_ms)
{
    const Dw__ServiceCall *call = shelf_find(&state->calls, subject->id);

    if (!call)
        return false;
    *since_ms = call->created_at_ms;
    return true;
}

static bool job_waits(const struct state *state, const struct subject *subject,
        int64_t *since_ms)
{
    const Dw__PrintJob *job = shelf_find(&state->jobs, subject->id);

    if (!job || (job->stage != DW__JOB_STAGE__JOB_STAGE_FAILED &&
                        job->stage != DW__JOB_STAGE__JOB_STAGE_UNKNOWN))
        return false;
    *since_ms = job->changed_at_ms;
    return true;
}

static bool (*const waits[ESCALATE_COUNT])(const struct state *state,
        const struct subject *subject, int64_t *since_ms) = {
    [ESCALATE_ORDER] = order_waits,
    [ESCALATE_CANCEL] = cancel_waits,
    [ESCALATE_READY] = page_waits,
    [ESCALATE_CALL] = call_waits,
    [ESCALATE_PRINT] = job_waits,
};

bool escalate_waits(const struct state *state, const struct subject *subject,
        int64_t *since_ms)
{
    return waits[subject->about] &&
           waits[subject->about](state, subject, since_ms);
}

struct showing {
    escalate_show *show;
    void *context;
};

static void show(const struct showing *showing, enum escalate_class about,
        const char *id)
{
    struct subject subject;
    size_t len = id ? strlen(id) : 0;

    if (!id || len >= sizeof(subject.id))
        return; /* nothing of such a name is on a shelf */
    subject.about = about;
    memcpy(subject.id, id, len + 1);
    showing->show(showing->context, &subject);
}

static void show_shelf(const struct showing *showing, const struct shelf *shelf,
        enum escalate_class about)
{
    const struct shelf_entry *entry = shelf_first(shelf);

    for (; entry; entry = shelf_next(entry))
        show(showing, about, shelf_id(entry));
}

void escalate_each(
        const struct state *state, escalate_show *show_it, void *context)
{
    struct showing showing = { show_it, context };

    show_shelf(&showing, &state->orders, ESCALATE_ORDER);
    show_shelf(&showing, &state->orders, ESCALATE_CANCEL);
    show_shelf(&showing, &state->pages, ESCALATE_READY);
    show_shelf(&showing, &state->calls, ESCALATE_CALL);
    show_shelf(&showing, &state->jobs, ESCALATE_PRINT);
}

void escalate_each_of(const struct state *state, const struct evt *evt,
        escalate_show *show_it, void *context)
{
    struct showing showing = { show_it, context };
    const char *order = about_order(evt->body);
    const char *call = body_text(evt->body, "call.id");

    show(&showing, ESCALATE_ORDER, order);
    show(&showing, ESCALATE_CANCEL, order);
    show(&showing, ESCALATE_PRINT, body_text(evt->body, "job_id"));
    show(&showing, ESCALATE_READY, body_text(evt->body, "page_id"));
    show_shelf(&showing, &state->cleared, ESCALATE_READY);
    show(&showing, ESCALATE_CALL,
            call ? call : body_text(evt->body, "call_id"));
}

/* --- names --- */

enum escalate_class escalate_class_find(const char *about)
{
    int i = 0;

    while (i < ESCALATE_COUNT && strcmp(escalate_classes[i], about) != 0)
        i++;
    return (enum escalate_class)i;
}

/* "order-41"; what is too long for an id ends in a hash of it. Each event is
 * asked for names: no printf for the usual ones. */
void escalate_name(const struct subject *subject, char out[ID_CHARS + 1])
{
    static const struct hash_key key = { 1, 2 };
    const char *about = escalate_classes[subject->about];
    size_t about_len = strlen(about), id_len = strlen(subject->id);
    int kept = ID_CHARS - (int)about_len - 2 - 16;

    if (about_len + 1 + id_len > ID_CHARS) {
        snprintf(out, ID_CHARS + 1, "%s-%.*s-%016llx", about, kept, subject->id,
                (unsigned long long)hash_sip(key, subject->id, id_len));
        return;
    }
    memcpy(out, about, about_len);
    out[about_len] = '-';
    memcpy(out + about_len + 1, subject->id, id_len + 1);
}

/* --- what is said of it --- */

static void *copy_of(const void *part)
{
    ProtobufCMessage *copy = part ? body_copy(part) : NULL;

    assert(copy || !part);
    return copy;
}

/* The one station of all its items; NULL: there are several, or none. */
static const char *station_of(const Dw__Order *order)
{
    const char *station = order->n_items > 0 ? order->items[0]->station : NULL;

    for (size_t i = 1; i < order->n_items && station; i++)
        if (!order->items[i]->station ||
                strcmp(order->items[i]->station, station) != 0)
            station = NULL;
    return station;
}

static void put_order(
        Dw__EscalationStep *step, const struct state *state, const char *id)
{
    const Dw__Order *order = id ? state_order(state, id) : NULL;
    const char *station = order ? station_of(order) : NULL;

    if (id)
        body_set_string(&step->order_id, id);
    if (order && !step->table)
        step->table = copy_of(order->table);
    if (station && !step->station)
        body_set_string(&step->station, station);
}

static void put_job(
        Dw__EscalationStep *step, const struct state *state, const char *id)
{
    const Dw__PrintJob *job = shelf_find(&state->jobs, id);

    body_set_string(&step->job_id, id);
    if (!job)
        return;
    body_set_string(&step->station, job->request->station);
    put_order(step, state, job->request->order->id);
}

static void put_page(
        Dw__EscalationStep *step, const struct state *state, const char *id)
{
    const Dw__Page *page = shelf_find(&state->pages, id);

    if (!page)
        page = shelf_find(&state->cleared, id);
    if (!page)
        return;
    step->table = copy_of(page->sent->table);
    put_order(step, state, page->sent->order_id);
}

static void put_call(
        Dw__EscalationStep *step, const struct state *state, const char *id)
{
    const Dw__ServiceCall *call = shelf_find(&state->calls, id);

    body_set_string(&step->call_id, id);
    if (call)
        step->table = copy_of(call->table);
}

static void put_device(
        Dw__EscalationStep *step, const struct state *state, const char *id)
{
    (void)state;
    body_set_string(&step->device_id, id);
}

static void (*const puts_of[ESCALATE_COUNT])(
        Dw__EscalationStep *step, const struct state *state, const char *id) = {
    [ESCALATE_ORDER] = put_order,
    [ESCALATE_CANCEL] = put_order,
    [ESCALATE_READY] = put_page,
    [ESCALATE_CALL] = put_call,
    [ESCALATE_PRINT] = put_job,
    [ESCALATE_DEVICE] = put_device,
};

Dw__EscalationStep *escalate_step(
        const struct state *state, const struct subject *subject)
{
    Dw__EscalationStep *step =
            (void *)body_new(&dw__escalation_step__descriptor);
    char name[ID_CHARS + 1];

    assert(step);
    escalate_name(subject, name);
    body_set_string(&step->id, name);
    body_set_string(&step->about, escalate_classes[subject->about]);
    body_set_string(&step->room, escalate_rooms[subject->about]);
    puts_of[subject->about](step, state, subject->id);
    return step;
}

bool escalate_who(const struct evt *evt, const char **id, const char **name)
{
    static const char *const paths[][2] = { { "chef.id", "chef.name" },
        { "actor.id", "actor.name" }, { "by.id", "by.name" },
        { "call.by.id", "call.by.name" } };

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        *id = body_text(evt->body, paths[i][0]);
        *name = body_text(evt->body, paths[i][1]);
        if (*id)
            return true;
    }
    *id = evt->src;
    *name = NULL;
    return ulid_is_none(&evt->cause) && id_is_valid(evt->src, strlen(evt->src));
}

/* --- who is there --- */

typedef bool is_it(const Dw__Device *device, const char *what);

static const Dw__Device *find_online(const struct state *state,
        const char *kind, is_it *is, const char *what)
{
    const struct shelf_entry *entry = shelf_first(&state->devices);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Device *device = shelf_message(entry);

        if (device->online && strcmp(device->kind, kind) == 0 &&
                is(device, what))
            return device;
    }
    return NULL;
}

static bool prints_for(const Dw__Device *device, const char *station)
{
    return device->station &&
           (strcmp(device->station, CATCH_ALL) == 0 ||
                   (station && strcmp(device->station, station) == 0));
}

static bool is_any(const Dw__Device *device, const char *what)
{
    (void)device;
    (void)what;
    return true;
}

bool escalate_is_printed(const struct state *state, const char *station)
{
    return find_online(state, "printer", prints_for, station) != NULL;
}

bool escalate_has_printer(const struct state *state)
{
    return find_online(state, "printer", is_any, NULL) != NULL;
}

const Dw__Device *escalate_pager(
        const struct state *state, const Dw__PageSent *sent)
{
    const struct shelf_entry *entry = shelf_first(&state->devices);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Device *device = shelf_message(entry);

        if (device->online && state_page_is_for(sent, device))
            return device;
    }
    return NULL;
}
