/* Random stories of orders, printers and lost messages: a ticket comes out
 * once, and what has come out or is said not to have is what was ordered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/hash.h"
#include "hub/evt/body.h"
#include "schemas/order.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/press.h"

#define STORIES  40
#define STEPS    150
#define PRINTERS 4
#define ORDERS   24
#define ITEMS    8
#define NAMES    6
#define JOBS     2048
#define LATE     32
#define NEVER_MS (2 * 60 * 60 * 1000)

/* What a printer has in its spool. */
enum held { NOTHING, STORED, FAILED, PRINTED, UNCERTAIN };

struct job {
    char id[97];
    const Dw__PrintRequested *request; /* its newest */
    enum held held[PRINTERS];
    uint32_t attempt[PRINTERS];
    int released_to; /* or -1; nobody has answered yet that it is not out */
    uint32_t copies; /* that came out */
};

struct order {
    char id[16];
    bool is_cancelled;
    bool is_done; /* served */
    uint32_t items;
};

/* That it has stored an offer, on its way still. */
struct late {
    struct job *job;
    int printer;
    uint32_t attempt;
};

struct scene {
    struct press press;
    struct late late[LATE];
    uint32_t late_count;
    uint64_t seed, count; /* of the random numbers */
    bool has_faults;
    bool is_online[PRINTERS];
    struct job jobs[JOBS];
    uint32_t job_count;
    struct order orders[ORDERS];
    uint32_t order_count;
    uint32_t seen; /* of what was heard */
    uint32_t add_ons;
};

static const char *const printers[PRINTERS] = { "p0", "p1", "p2", "p3" };
static const char *const stations[PRINTERS] = { "grill", "grill", "bar",
    "kitchen" };

static uint32_t below(struct scene *scene, uint32_t n)
{
    struct hash_key key = { scene->seed, 4711 };

    scene->count++;
    return (uint32_t)(hash_sip(key, &scene->count, sizeof(scene->count)) % n);
}

static bool happens(struct scene *scene, uint32_t percent)
{
    return scene->has_faults && below(scene, 100) < percent;
}

/* --- jobs --- */

static struct job *job_of(struct scene *scene, const char *id)
{
    struct job *job = scene->jobs;

    for (; job < scene->jobs + scene->job_count; job++)
        if (strcmp(job->id, id) == 0)
            return job;
    assert_true(scene->job_count < JOBS);
    scene->job_count++;
    snprintf(job->id, sizeof(job->id), "%s", id);
    job->released_to = -1;
    return job;
}

static int printer_of(const char *name)
{
    for (int i = 0; i < PRINTERS; i++)
        if (name && strcmp(printers[i], name) == 0)
            return i;
    return -1;
}

/* Some of what it says is lost on the way. */
static void answer(struct scene *scene, int printer, enum evt_id what,
        struct job *job, const char *reason)
{
    if (!scene->is_online[printer] || happens(scene, 10))
        return;
    if (what == EVT_PRINT_FAILED && strcmp(reason, "uncertain") != 0 &&
            strcmp(reason, "unknown_job") != 0 && job->released_to == printer)
        job->released_to = -1;
    press_answer(&scene->press, printers[printer], what, job->id,
            job->attempt[printer], reason);
}

static void tell_result(struct scene *scene, int printer, struct job *job)
{
    if (job->held[printer] == PRINTED)
        answer(scene, printer, EVT_PRINT_PRINTED, job, NULL);
    if (job->held[printer] == UNCERTAIN)
        answer(scene, printer, EVT_PRINT_FAILED, job, "uncertain");
}

/* --- the printer's side of the protocol --- */

static void hear_offer(
        struct scene *scene, int printer, const Dw__PrintRequested *request)
{
    struct job *job = job_of(scene, request->job_id);

    if (job->held[printer] == PRINTED || job->held[printer] == UNCERTAIN) {
        tell_result(scene, printer, job);
        return;
    }
    if (happens(scene, 5)) {
        job->held[printer] = FAILED;
        answer(scene, printer, EVT_PRINT_FAILED, job, "spool_full");
        return;
    }
    if (request->attempt < job->attempt[printer])
        return;
    job->held[printer] = STORED;
    job->attempt[printer] = request->attempt;
    if (happens(scene, 25) && scene->late_count < LATE)
        scene->late[scene->late_count++] =
                (struct late){ job, printer, request->attempt };
    else
        answer(scene, printer, EVT_PRINT_ACCEPTED, job, NULL);
}

static void print(struct scene *scene, int printer, struct job *job)
{
    if (happens(scene, 10)) {
        job->held[printer] = FAILED;
        answer(scene, printer, EVT_PRINT_FAILED, job, "paper_out");
    } else if (happens(scene, 10)) {
        job->held[printer] = UNCERTAIN;
        job->copies += below(scene, 2);
        tell_result(scene, printer, job);
    } else {
        job->held[printer] = PRINTED;
        job->copies++;
        tell_result(scene, printer, job);
    }
}

static void hear_release(
        struct scene *scene, int printer, const Dw__PrintStep *step)
{
    struct job *job = job_of(scene, step->job_id);

    if (job->held[printer] == STORED && job->attempt[printer] == step->attempt)
        print(scene, printer, job);
    else if (job->held[printer] == NOTHING)
        answer(scene, printer, EVT_PRINT_FAILED, job, "unknown_job");
    else
        tell_result(scene, printer, job);
}

/* Of a job at most one printer may be told to print, until it has said that
 * nothing of it came out. */
static void check_release(struct scene *scene, const Dw__PrintStep *step)
{
    struct job *job = job_of(scene, step->job_id);
    int printer = printer_of(step->printer);

    assert_true(printer >= 0);
    if (job->released_to >= 0 && job->released_to != printer)
        fail_msg("seed %llu: %s is released twice",
                (unsigned long long)scene->seed, job->id);
    job->released_to = printer;
}

static void hear(struct scene *scene, const struct evt *evt)
{
    int printer = printer_of(body_text(evt->body, "printer"));
    bool arrives;

    if (evt->what == EVT_PRINT_REQUESTED)
        job_of(scene, body_text(evt->body, "job_id"))->request =
                (const void *)evt->body;
    else if (evt->what == EVT_PRINT_RELEASED)
        check_release(scene, (const void *)evt->body);
    else
        return;
    if (printer < 0)
        return;
    arrives = scene->is_online[printer] && !happens(scene, 10);
    if (arrives && evt->what == EVT_PRINT_REQUESTED)
        hear_offer(scene, printer, (const void *)evt->body);
    else if (arrives)
        hear_release(scene, printer, (const void *)evt->body);
}

static void deliver_late(struct scene *scene)
{
    struct late late;

    if (scene->late_count == 0 || below(scene, 3) > 0)
        return;
    late = scene->late[--scene->late_count];
    press_answer(&scene->press, printers[late.printer], EVT_PRINT_ACCEPTED,
            late.job->id, late.attempt, NULL);
}

/* All that is under way, and what follows. */
static void run(struct scene *scene)
{
    deliver_late(scene);
    while (scene->seen < scene->press.count)
        hear(scene, scene->press.heard[scene->seen++]);
}

/* --- what happens --- */

static Dw__Item *new_item(struct scene *scene, const char *id)
{
    static const char *const places[] = { "grill", "bar", NULL };
    Dw__Item *item = (void *)body_new(&dw__item__descriptor);
    const char *place = places[below(scene, 3)];
    char name[8];

    snprintf(name, sizeof(name), "D%u", below(scene, NAMES));
    body_set_string(&item->id, id);
    body_set_string(&item->name, name);
    if (place)
        body_set_string(&item->station, place);
    item->quantity = 1 + below(scene, 5);
    item->has_quantity = 1;
    return item;
}

static void add_items(struct scene *scene, struct order *order,
        Dw__Item ***items, size_t *count, uint32_t more)
{
    *items = realloc(*items, (*count + more) * sizeof(**items));
    assert_non_null(*items);
    while (more-- > 0) {
        char id[16];

        snprintf(id, sizeof(id), "i%u", order->items++);
        (*items)[(*count)++] = new_item(scene, id);
    }
}

static void create(struct scene *scene)
{
    Dw__OrderCreated *created =
            (void *)body_new(&dw__order_created__descriptor);
    struct order *order = &scene->orders[scene->order_count];

    if (scene->order_count == ORDERS) {
        body_free(&created->base);
        return;
    }
    snprintf(order->id, sizeof(order->id), "o%u", scene->order_count++);
    created->order = (void *)body_new(&dw__order__descriptor);
    body_set_string(&created->order->id, order->id);
    add_items(scene, order, &created->order->items, &created->order->n_items,
            1 + below(scene, 3));
    assert_int_equal(
            press_say(&scene->press, EVT_ORDER_CREATED, &created->base),
            ERR_OK);
}

static struct order *any_open(struct scene *scene)
{
    struct order *order;

    if (scene->order_count == 0)
        return NULL;
    order = &scene->orders[below(scene, scene->order_count)];
    return order->is_cancelled || order->is_done ? NULL : order;
}

/* As it is now, handed over. */
static Dw__Order *order_now(struct scene *scene, const char *id)
{
    const char *const lists[] = { "orders", NULL };
    Dw__Picture *picture;
    Dw__Order *order = NULL;
    struct room room;

    room_parse("kitchen", strlen("kitchen"), &room);
    picture = hub_picture_of(scene->press.story.hub, ROLE_HUB, &room, 1, lists);
    for (size_t i = 0; i < picture->n_orders; i++)
        if (strcmp(picture->orders[i]->id, id) == 0)
            order = (void *)body_copy(&picture->orders[i]->base);
    hub_picture_free(picture);
    assert_non_null(order);
    return order;
}

/* In any way: more, another dish, another station, notes, gone, new. */
static void mutate(struct scene *scene, struct order *known, Dw__Order *order)
{
    Dw__Item *item = order->items[below(scene, (uint32_t)order->n_items)];

    switch (below(scene, 6)) {
    case 0:
        item->quantity = 1 + below(scene, 5);
        break;
    case 1:
        body_set_string(&item->notes, below(scene, 2) ? "rare" : "no salt");
        break;
    case 2:
        body_set_string(&item->name, below(scene, 2) ? "D1" : "D2");
        break;
    case 3:
        body_set_string(&item->station, below(scene, 2) ? "grill" : "bar");
        break;
    case 4:
        if (order->n_items > 1)
            body_free(&order->items[--order->n_items]->base);
        break;
    default:
        if (order->n_items < ITEMS)
            add_items(scene, known, &order->items, &order->n_items, 1);
    }
}

static void change(struct scene *scene)
{
    struct order *known = any_open(scene);
    Dw__OrderUpdated *updated;

    if (!known)
        return;
    updated = (void *)body_new(&dw__order_updated__descriptor);
    updated->order = order_now(scene, known->id);
    mutate(scene, known, updated->order);
    assert_int_equal(
            press_say(&scene->press, EVT_ORDER_UPDATED, &updated->base),
            ERR_OK);
}

static void end_one(struct scene *scene)
{
    struct order *order = any_open(scene);
    bool is_cancelled = below(scene, 3) > 0;
    enum evt_id what = is_cancelled ? EVT_ORDER_CANCELLED : EVT_ORDER_SERVED;

    if (!order)
        return;
    order->is_cancelled = is_cancelled;
    order->is_done = !is_cancelled;
    assert_int_equal(
            press_say(&scene->press, what, story_about(what, order->id)),
            ERR_OK);
}

static void come_or_go(struct scene *scene)
{
    uint32_t i = below(scene, PRINTERS);

    if (!scene->has_faults)
        return;
    if (scene->is_online[i] && happens(scene, 60)) {
        scene->is_online[i] = false;
        press_down(&scene->press, printers[i]);
    } else {
        scene->is_online[i] = true;
        if (happens(scene, 10)) /* another one in its place */
            for (uint32_t n = 0; n < scene->job_count; n++)
                scene->jobs[n].held[i] = NOTHING;
        press_up(&scene->press, printers[i], stations[i]);
    }
}

static void ask_for_a_copy(struct scene *scene)
{
    struct job *job;

    if (scene->job_count == 0)
        return;
    job = &scene->jobs[below(scene, scene->job_count)];
    if (story_say(&scene->press.story, ROLE_KITCHEN, EVT_PRINT_REPRINTED,
                made_body(EVT_PRINT_REPRINTED, "job_id", job->id, NULL),
                NULL) == ERR_OK)
        press_wait(&scene->press, 100);
}

static void step(struct scene *scene)
{
    uint32_t what = below(scene, 100);

    if (what < 20)
        create(scene);
    else if (what < 45)
        change(scene);
    else if (what < 52)
        end_one(scene);
    else if (what < 65)
        come_or_go(scene);
    else if (what < 70 && scene->has_faults)
        ask_for_a_copy(scene);
    else
        press_wait(&scene->press, 100 + below(scene, 4000));
    run(scene);
}

/* --- what has come of it --- */

/* The first of this job and its copies. */
static void name_base(const struct job *job, char base[97])
{
    char *dash;

    snprintf(base, 97, "%s", job->id);
    dash = strrchr(base, '-');
    if (job->request && job->request->copy_of && dash)
        *dash = '\0';
}

/* It came out, or it stands there as not printed, or as unknown. */
static bool is_known(struct scene *scene, const struct job *job)
{
    return job->copies > 0 || press_job(&scene->press, job->id);
}

static bool is_counted_before(struct scene *scene, uint32_t index)
{
    char base[97], other[97];

    name_base(&scene->jobs[index], base);
    for (uint32_t i = 0; i < index; i++) {
        name_base(&scene->jobs[i], other);
        if (strcmp(base, other) == 0 && is_known(scene, &scene->jobs[i]))
            return true;
    }
    return false;
}

static int name_of(const char *name)
{
    return name[1] - '0';
}

/* What whoever reads all slips of an order takes it for. */
static void read_slip(const Dw__PrintRequested *request, int sums[NAMES])
{
    int sign = request->kind == DW__TICKET_KIND__TICKET_KIND_VOID ? -1 : 1;

    for (size_t i = 0; i < request->order->n_items; i++)
        sums[name_of(request->order->items[i]->name)] +=
                sign * (int)request->order->items[i]->quantity;
    for (size_t i = 0; request->slip && i < request->slip->n_changes; i++) {
        const Dw__ItemChange *change = request->slip->changes[i];

        sums[name_of(change->name)] +=
                (int)change->quantity - (int)change->was_quantity;
    }
}

static void read_paper(struct scene *scene, const char *id, int sums[NAMES])
{
    for (uint32_t i = 0; i < scene->job_count; i++) {
        const struct job *job = &scene->jobs[i];

        if (job->request && strcmp(job->request->order->id, id) == 0 &&
                is_known(scene, job) && !is_counted_before(scene, i))
            read_slip(job->request, sums);
    }
}

static void check_order(struct scene *scene, const struct order *known)
{
    int paper[NAMES] = { 0 }, wanted[NAMES] = { 0 };

    if (known->is_done)
        return; /* nobody cooks it any more */
    read_paper(scene, known->id, paper);
    if (!known->is_cancelled) {
        Dw__Order *order = order_now(scene, known->id);

        for (size_t i = 0; i < order->n_items; i++)
            wanted[name_of(order->items[i]->name)] +=
                    (int)order->items[i]->quantity;
        body_free(&order->base);
    }
    for (int i = 0; i < NAMES; i++)
        if (known->is_cancelled ? paper[i] > 0 : paper[i] != wanted[i])
            fail_msg("seed %llu: order %s has %d of D%d, on paper %d",
                    (unsigned long long)scene->seed, known->id, wanted[i], i,
                    paper[i]);
}

static bool is_on(const Dw__Slip *slip, const char *id)
{
    for (size_t i = 0; slip && i < slip->n_summary_orders; i++)
        if (strcmp(slip->summary_orders[i]->order_id, id) == 0)
            return true;
    return false;
}

/* Some ticket of it came out or stands there, be it as a line of a summary. */
static void check_listed(struct scene *scene, const struct order *known)
{
    for (uint32_t i = 0; i < scene->job_count; i++) {
        const struct job *job = &scene->jobs[i];

        if (job->request && is_known(scene, job) &&
                (strcmp(job->request->order->id, known->id) == 0 ||
                        is_on(job->request->slip, known->id)))
            return;
    }
    if (!known->is_done && !known->is_cancelled)
        fail_msg("seed %llu: order %s is on no paper",
                (unsigned long long)scene->seed, known->id);
}

/* Nothing goes without a word, and nothing comes out twice. */
static void check_job(struct scene *scene, const struct job *job)
{
    const struct press *press = &scene->press;

    if (job->copies > 1)
        fail_msg("seed %llu: %s came out %u times",
                (unsigned long long)scene->seed, job->id, job->copies);
    if (!press_job(&scene->press, job->id) &&
            press_times(press, EVT_PRINT_PRINTED, job->id) == 0 &&
            press_times(press, EVT_PRINT_EXPIRED, job->id) == 0 &&
            press_times(press, EVT_PRINT_REPRINTED, job->id) == 0)
        fail_msg("seed %llu: nothing was said of %s",
                (unsigned long long)scene->seed, job->id);
}

/* All are well again, and have the time that they need. */
static void settle(struct scene *scene)
{
    scene->has_faults = false;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < PRINTERS; i++) {
            scene->is_online[i] = true;
            press_up(&scene->press, printers[i], stations[i]);
            run(scene);
        }
        for (int i = 0; i < 30; i++) {
            press_wait_long(&scene->press, 1000);
            run(scene);
        }
    }
}

static uint32_t play(
        uint64_t seed, bool has_faults, bool copies, int64_t stale_ms)
{
    static struct scene scene;
    uint32_t printed = 0;

    memset(&scene, 0, sizeof(scene));
    scene.seed = seed;
    scene.has_faults = has_faults;
    press_begin(&scene.press, NULL, copies, stale_ms);
    for (int i = 0; i < PRINTERS; i++) {
        scene.is_online[i] = true;
        press_up(&scene.press, printers[i], stations[i]);
    }
    for (int i = 0; i < STEPS; i++)
        step(&scene);
    settle(&scene);
    for (uint32_t i = 0; i < scene.job_count; i++) {
        check_job(&scene, &scene.jobs[i]);
        printed += scene.jobs[i].copies;
    }
    for (uint32_t i = 0; i < scene.order_count; i++)
        if (stale_ms == NEVER_MS)
            check_order(&scene, &scene.orders[i]);
        else
            check_listed(&scene, &scene.orders[i]);
    press_end(&scene.press);
    return printed;
}

static void paper_says_what_was_ordered(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= STORIES; seed++)
        assert_true(play(seed, false, false, NEVER_MS) > 10);
}

static void with_every_fault_a_ticket_comes_out_once_or_is_missed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= STORIES; seed++)
        assert_true(play(1000 + seed, true, seed % 2, NEVER_MS) > 0);
}

static void what_is_late_is_on_a_summary(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= STORIES; seed++)
        assert_true(play(2000 + seed, true, seed % 2, 15000) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paper_says_what_was_ordered),
        cmocka_unit_test(with_every_fault_a_ticket_comes_out_once_or_is_missed),
        cmocka_unit_test(what_is_late_is_on_a_summary),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
