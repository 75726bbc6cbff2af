#include "devices/kinds/printer.h"

#include "devices/kinds/kinds.h"
#include "devices/port/posix/spool.h"
#include "tests/devices/desk.h"
#include "tests/devices/kinds/orders.h"
#include "tests/devices/scratch.h"

/* A printer on the desk, with a real spool and an output with a script. */
struct bench {
    struct desk *desk;
    struct store store;
    struct spool spool;
    char path[SCRATCH_BYTES];
    struct print_equipment equipment;
    struct device_config config;

    enum print_out_state opens; /* what open answers */
    int takes;                  /* bytes that write takes, or what it says */
    enum print_out_state finishes;
    bool asked; /* finish was told to await an answer */
    uint8_t paper[65536];
    size_t paper_len;
    uint32_t closed;
    enum print_stage stage_at_first_byte;
    char job_id[PRINT_JOB_ID_BYTES];
};

static struct bench bench;

static enum print_out_state out_open(void *ctx)
{
    (void)ctx;
    return bench.opens;
}

static int out_write(void *ctx, const uint8_t *bytes, size_t len)
{
    size_t some = bench.takes < 0 ? 0 : (size_t)bench.takes;
    struct print_spool *spool = &bench.equipment.spool;

    (void)ctx;
    if (bench.paper_len == 0)
        bench.stage_at_first_byte = spool->look(spool->ctx, bench.job_id).stage;
    if (bench.takes <= 0)
        return bench.takes;
    some = some < len ? some : len;
    assert_true(bench.paper_len + some <= sizeof(bench.paper));
    memcpy(bench.paper + bench.paper_len, bytes, some);
    bench.paper_len += some;
    return (int)some;
}

static enum print_out_state out_finish(void *ctx, bool answers)
{
    (void)ctx;
    bench.asked = answers;
    return bench.finishes;
}

static void out_close(void *ctx)
{
    (void)ctx;
    bench.closed++;
}

/* Switch on; what is on disk stays, as after a loss of power. */
static void power_on(uint64_t now_ms)
{
    spool_close(&bench.spool);
    store_close(&bench.store);
    assert_int_equal(store_open(&bench.store, bench.path), STORE_OPEN);
    assert_true(spool_open(&bench.spool, &bench.store));
    bench.equipment.spool = spool_of(&bench.spool);
    assert_true(desk_start(bench.desk, &printer_kind, &bench.config, now_ms));
    desk_link(bench.desk, now_ms);
}

static int start(void **state)
{
    (void)state;
    memset(&bench, 0, sizeof(bench));
    bench.desk = desk_make();
    bench.store = (struct store){ -1, -1 };
    bench.spool.ledger = -1;
    bench.equipment.out = (struct print_out){ .open = out_open,
        .write = out_write,
        .finish = out_finish,
        .close = out_close };
    bench.equipment.profile = profile_find("generic-80");
    bench.config = (struct device_config){
        .id = "pr1", .site = "main", .equipment = &bench.equipment
    };
    bench.opens = OUT_DONE;
    bench.takes = 100;
    bench.finishes = OUT_DONE;
    scratch_make(bench.path);
    power_on(1000);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    spool_close(&bench.spool);
    store_close(&bench.store);
    scratch_clear(bench.path);
    desk_clear(bench.desk);
    return 0;
}

static enum device_take offer_until(
        const char *job_id, uint64_t exp_ms, uint64_t now_ms)
{
    struct some_job some;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(bench.desk, id, DW__ENVELOPE__BODY_PRINT_REQUESTED);

    make_order(&some);
    some.job.job_id = (char *)job_id;
    envelope.print_requested = &some.job;
    envelope.has_exp_ms = exp_ms != 0;
    envelope.exp_ms = exp_ms;
    snprintf(bench.job_id, sizeof(bench.job_id), "%s", job_id);
    return desk_deliver(bench.desk, "dev/pr1/job", &envelope, now_ms);
}

static enum device_take offer(const char *job_id, uint64_t now_ms)
{
    return offer_until(job_id, 0, now_ms);
}

static void tick(uint64_t now_ms)
{
    device_tick(&bench.desk->device, now_ms);
}

static uint32_t tickets(void)
{
    uint32_t count = 0;

    for (size_t i = 0; i + 1 < bench.paper_len; i++)
        count += bench.paper[i] == 0x1B && bench.paper[i + 1] == '@';
    return count;
}

static void assert_told(Dw__Envelope__BodyCase what, const char *reason)
{
    Dw__Envelope *said = desk_last(bench.desk);

    assert_int_equal(said->body_case, what);
    if (reason)
        assert_string_equal(said->print_failed->reason, reason);
    dw__envelope__free_unpacked(said, NULL);
}

static void a_job_is_printed_and_told(void **unused)
{
    (void)unused;
    assert_int_equal(offer("j1", 1000), DEVICE_TAKEN);
    tick(1000);
    assert_int_equal(tickets(), 1);
    assert_string_equal(desk_last_line(bench.desk), "printed job=j1");
    assert_told(DW__ENVELOPE__BODY_PRINT_PRINTED, NULL);
    assert_int_equal(bench.closed, 1);
    assert_int_equal(bench.stage_at_first_byte, PRINT_STARTED);
}

static void a_job_offered_again_is_told_again_but_not_printed(void **unused)
{
    uint8_t first[DEVICE_ID_BYTES];
    Dw__Envelope *said;

    (void)unused;
    offer("j1", 1000);
    tick(1000);
    said = desk_last(bench.desk);
    memcpy(first, said->id.data, sizeof(first));
    dw__envelope__free_unpacked(said, NULL);

    power_on(2000);
    offer("j1", 2000);
    tick(2000);
    assert_int_equal(tickets(), 1);
    said = desk_last(bench.desk);
    assert_int_equal(said->body_case, DW__ENVELOPE__BODY_PRINT_PRINTED);
    assert_memory_equal(said->id.data, first, sizeof(first));
    dw__envelope__free_unpacked(said, NULL);
}

static void a_queued_job_outlives_a_loss_of_power(void **unused)
{
    (void)unused;
    bench.opens = OUT_WAIT;
    offer("j1", 1000);
    tick(1000);
    bench.opens = OUT_DONE;
    power_on(2000);
    tick(2000);
    assert_int_equal(tickets(), 1);
    assert_told(DW__ENVELOPE__BODY_PRINT_PRINTED, NULL);
}

static void a_job_interrupted_by_a_loss_of_power_is_uncertain(void **unused)
{
    (void)unused;
    bench.takes = 0;
    offer("j1", 1000);
    tick(1000); /* started, and not a byte taken yet: who knows */
    bench.takes = 100;
    power_on(2000);
    tick(2000);
    assert_int_equal(bench.paper_len, 0);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "uncertain");
    offer("j1", 3000);
    tick(3000);
    assert_int_equal(bench.paper_len, 0);
}

static void a_connection_lost_midway_is_uncertain_and_never_reprinted(
        void **unused)
{
    (void)unused;
    bench.takes = 10;
    bench.finishes = OUT_GONE;
    offer("j1", 1000);
    tick(1000);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "uncertain");
    bench.finishes = OUT_DONE;
    offer("j1", 2000);
    tick(2000);
    assert_int_equal(tickets(), 1);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "uncertain");
}

static void a_printer_that_takes_no_byte_is_given_up_after_ten_seconds(
        void **unused)
{
    (void)unused;
    bench.takes = 0;
    offer("j1", 1000);
    tick(1000);
    tick(10999);
    assert_int_equal(desk_count(bench.desk, "failed"), 0);
    tick(11000);
    assert_string_equal(
            desk_last_line(bench.desk), "failed job=j1 reason=uncertain");
}

static void a_printer_away_is_tried_again_and_prints_when_it_is_back(
        void **unused)
{
    uint64_t now_ms = 1000;

    (void)unused;
    bench.opens = OUT_GONE;
    offer("j1", now_ms);
    for (int i = 0; i < 5; i++) {
        tick(now_ms);
        assert_true(bench.desk->device.wake_ms > now_ms);
        now_ms = bench.desk->device.wake_ms;
    }
    assert_int_equal(desk_count(bench.desk, "printer away"), 1);
    bench.opens = OUT_DONE;
    tick(now_ms);
    assert_int_equal(tickets(), 1);
    assert_told(DW__ENVELOPE__BODY_PRINT_PRINTED, NULL);
}

static void a_printer_away_for_long_is_reported_and_the_job_may_come_again(
        void **unused)
{
    uint64_t now_ms = 1000;

    (void)unused;
    bench.opens = OUT_GONE;
    offer("j1", now_ms);
    while (desk_count(bench.desk, "failed") == 0 && now_ms < 600000) {
        tick(now_ms);
        now_ms += 500;
    }
    assert_in_range(now_ms, 120000, 140000);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "offline");
    tick(now_ms);
    assert_int_equal(bench.paper_len, 0);
    bench.opens = OUT_DONE;
    offer("j1", now_ms);
    tick(now_ms);
    assert_int_equal(tickets(), 1);
    assert_told(DW__ENVELOPE__BODY_DEVICE_ONLINE, NULL);
    bench.desk->sent_count--; /* what was said before that */
    assert_told(DW__ENVELOPE__BODY_PRINT_PRINTED, NULL);
}

static uint32_t announcements(void)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < bench.desk->sent_count && i < DESK_SENT; i++)
        count += strcmp(bench.desk->sent[i].topic, "dw/1/main/dev/pr1/info") ==
                 0;
    return count;
}

static void a_printer_that_prints_again_asks_for_what_it_gave_up(void **unused)
{
    uint64_t now_ms = 1000;

    (void)unused;
    bench.opens = OUT_GONE;
    offer("j1", now_ms);
    for (; desk_count(bench.desk, "failed") == 0 && now_ms < 600000;
            now_ms += 500)
        tick(now_ms);
    tick(now_ms);
    assert_int_equal(announcements(), 1); /* when it was switched on */
    bench.opens = OUT_DONE;
    offer("j2", now_ms);
    tick(now_ms);
    assert_int_equal(announcements(), 2);
    offer("j1", now_ms + 100); /* as the hub does then */
    tick(now_ms + 100);
    assert_int_equal(tickets(), 2);
    assert_int_equal(announcements(), 2);
}

static void connecting_has_a_deadline_of_three_seconds(void **unused)
{
    (void)unused;
    bench.opens = OUT_WAIT;
    offer("j1", 1000);
    tick(1000);
    tick(3999);
    assert_int_equal(desk_count(bench.desk, "printer away"), 0);
    tick(4000);
    assert_int_equal(desk_count(bench.desk, "printer away"), 1);
}

static void a_job_over_its_time_is_not_printed(void **unused)
{
    (void)unused;
    bench.desk->wall_ms = 50000;
    offer_until("j1", 49999, 1000);
    tick(1000);
    assert_int_equal(bench.paper_len, 0);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "expired");
}

static void jobs_are_printed_in_the_order_of_their_arrival(void **unused)
{
    (void)unused;
    bench.opens = OUT_WAIT;
    offer("j2", 1000);
    offer("j1", 1000);
    offer("j3", 1000);
    bench.opens = OUT_DONE;
    power_on(2000);
    for (int i = 0; i < 3; i++)
        tick(2000);
    assert_int_equal(tickets(), 3);
    assert_string_equal(desk_last_line(bench.desk), "printed job=j3");
    assert_int_equal(desk_count(bench.desk, "printed job=j2"), 1);
}

static void a_printer_that_answers_is_waited_for(void **unused)
{
    (void)unused;
    bench.equipment.profile = profile_find("epson-tm");
    bench.finishes = OUT_WAIT;
    offer("j1", 1000);
    tick(1000);
    assert_true(bench.asked);
    assert_int_equal(desk_count(bench.desk, "printed"), 0);
    bench.finishes = OUT_DONE;
    tick(2000);
    assert_int_equal(desk_count(bench.desk, "printed"), 1);
    assert_int_equal(tickets(), 1);

    bench.finishes = OUT_WAIT;
    offer("j2", 3000);
    tick(3000);
    tick(33000);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "uncertain");
}

static void a_job_that_cannot_be_stored_is_not_acknowledged(void **unused)
{
    char no_place[SCRATCH_BYTES + 8];

    (void)unused;
    /* The directory goes away under it, as a disk does. */
    snprintf(no_place, sizeof(no_place), "%s", bench.path);
    scratch_clear(no_place);
    assert_int_equal(offer("j1", 1000), DEVICE_NOT_NOW);
    tick(1000);
    assert_int_equal(bench.paper_len, 0);
}

static void a_full_spool_says_so(void **unused)
{
    char job_id[16];

    (void)unused;
    bench.opens = OUT_WAIT;
    for (int i = 0; i < SPOOL_JOBS; i++) {
        snprintf(job_id, sizeof(job_id), "j%d", i);
        assert_int_equal(offer(job_id, 1000), DEVICE_TAKEN);
    }
    assert_int_equal(offer("one-more", 1000), DEVICE_TAKEN);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "spool_full");
}

/* 32 KiB is the most that the hub takes for one event. */
static void the_largest_order_that_the_hub_takes_is_printed(void **unused)
{
    static const char name[] = "A dish with a name of sixty letters, "
                               "as long as names come...";
    static Dw__Item items[100], *item_list[100];
    Dw__Modifier modifier = DW__MODIFIER__INIT, *modifiers[16];
    char *allergens[16];
    struct some_job some;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(bench.desk, id, DW__ENVELOPE__BODY_PRINT_REQUESTED);

    (void)unused;
    modifier.name = (char *)"modifier";
    for (int i = 0; i < 16; i++) {
        modifiers[i] = &modifier;
        allergens[i] = (char *)"a";
    }
    for (int i = 0; i < 100; i++) {
        dw__item__init(&items[i]);
        items[i].id = (char *)"i";
        items[i].name = (char *)name;
        items[i].has_quantity = 1;
        items[i].quantity = 1;
        items[i].modifiers = modifiers;
        items[i].n_modifiers = 16;
        items[i].allergens = allergens;
        items[i].n_allergens = 16;
        item_list[i] = &items[i];
    }
    make_empty(&some, DW__TICKET_KIND__TICKET_KIND_ORDER);
    some.order.items = item_list;
    some.order.n_items = 100;
    envelope.print_requested = &some.job;
    assert_in_range(
            dw__print_requested__get_packed_size(&some.job), 31000, 32768);
    assert_int_equal(desk_deliver(bench.desk, "dev/pr1/job", &envelope, 1000),
            DEVICE_TAKEN);
    tick(1000);
    assert_string_equal(desk_last_line(bench.desk), "printed job=o41-grill-1");
}

static void an_id_that_is_no_file_name_is_refused(void **unused)
{
    (void)unused;
    assert_int_equal(offer("../../etc/passwd", 1000), DEVICE_TAKEN);
    assert_int_equal(offer("", 1000), DEVICE_TAKEN);
    tick(1000);
    assert_int_equal(bench.desk->device.counts.bad, 2);
    assert_int_equal(bench.paper_len, 0);
}

static void results_wait_for_the_link_and_outlive_a_loss_of_power(void **unused)
{
    char job_id[16];
    uint32_t told = 0;

    (void)unused;
    device_on_link_lost(&bench.desk->device, 1000);
    for (int i = 0; i < DEVICE_FACTS + 4; i++) {
        snprintf(job_id, sizeof(job_id), "j%d", i);
        offer(job_id, 1000);
        tick(1000);
        bench.paper_len = 0;
    }
    power_on(2000);
    bench.desk->sent_count = 0;
    for (int i = 0; i < 100; i++) {
        tick(2000 + (uint64_t)i);
        if (bench.desk->device.outbox.count == 0)
            break;
        device_on_published(&bench.desk->device,
                bench.desk->device.outbox.facts[0].token, 2000);
        told++;
    }
    assert_int_equal(told, DEVICE_FACTS + 4);
    power_on(3000);
    tick(3000);
    assert_int_equal(bench.desk->device.outbox.count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_job_is_printed_and_told),
        TEST(a_job_offered_again_is_told_again_but_not_printed),
        TEST(a_queued_job_outlives_a_loss_of_power),
        TEST(a_job_interrupted_by_a_loss_of_power_is_uncertain),
        TEST(a_connection_lost_midway_is_uncertain_and_never_reprinted),
        TEST(a_printer_that_takes_no_byte_is_given_up_after_ten_seconds),
        TEST(a_printer_away_is_tried_again_and_prints_when_it_is_back),
        TEST(a_printer_away_for_long_is_reported_and_the_job_may_come_again),
        TEST(a_printer_that_prints_again_asks_for_what_it_gave_up),
        TEST(connecting_has_a_deadline_of_three_seconds),
        TEST(a_job_over_its_time_is_not_printed),
        TEST(jobs_are_printed_in_the_order_of_their_arrival),
        TEST(a_printer_that_answers_is_waited_for),
        TEST(a_job_that_cannot_be_stored_is_not_acknowledged),
        TEST(a_full_spool_says_so),
        TEST(the_largest_order_that_the_hub_takes_is_printed),
        TEST(an_id_that_is_no_file_name_is_refused),
        TEST(results_wait_for_the_link_and_outlive_a_loss_of_power),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
