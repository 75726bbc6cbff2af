#include "devices/kinds/printer.h"

#include <signal.h>
#include <sys/resource.h>

#include "devices/kinds/kinds.h"
#include "devices/paper/escpos.h"
#include "devices/port/posix/spool.h"
#include "tests/devices/desk.h"
#include "tests/devices/kinds/orders.h"
#include "tests/devices/scratch.h"

#define TALES 4

/* What a story knows of a job. */
struct tale {
    uint32_t attempt;  /* of the newest offer that it was sent */
    bool is_released;  /* that one */
    uint32_t released; /* the newest that was */
    uint32_t tickets;  /* begun */
};

/* A printer on the desk, with a real spool and an output with a script. */
struct bench {
    struct desk *desk;
    struct spool spool;
    char path[SCRATCH_BYTES];
    struct print_equipment equipment;
    struct device_config config;

    enum print_out_state opens; /* what open answers */
    enum print_out_state checks;
    struct print_status status;
    int takes; /* bytes that write takes, or what it says */
    enum print_out_state finishes;
    bool asked;      /* finish was told to await an answer */
    uint32_t number; /* that it was told to await */
    uint32_t checked;
    uint8_t paper[512 * 1024];
    size_t paper_len;
    uint32_t closed;
    enum print_stage stage_at_first_byte;
    char job_id[PRINT_JOB_ID_BYTES];
    bool is_story;
    struct tale tales[TALES];
};

static struct bench bench;

static enum print_out_state out_open(void *ctx, const char *job_id)
{
    (void)ctx;
    (void)job_id;
    return bench.opens;
}

static enum print_out_state out_check(void *ctx, struct print_status *status)
{
    (void)ctx;
    *status = bench.status;
    bench.checked++;
    return bench.checks;
}

/* A ticket begins to come out: of which job, and was it released? */
static void note_ticket(void)
{
    struct print_spool *spool = &bench.equipment.spool;
    char job_id[PRINT_JOB_ID_BYTES];
    struct tale *tale;

    assert_true(spool->oldest(spool->ctx, PRINT_STARTED, job_id));
    tale = &bench.tales[job_id[1] - '0'];
    assert_true(tale->is_released);
    assert_int_equal(++tale->tickets, 1);
}

static int out_write(void *ctx, const uint8_t *bytes, size_t len)
{
    size_t some = bench.takes < 0 ? 0 : (size_t)bench.takes;
    struct print_spool *spool = &bench.equipment.spool;

    (void)ctx;
    if (bench.is_story && some > 0 && bytes[0] == 0x1B && bytes[1] == '@')
        note_ticket();
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

static enum print_out_state out_finish(
        void *ctx, enum print_confirm confirm, uint32_t number)
{
    (void)ctx;
    bench.asked = confirm != CONFIRM_DRAINED;
    bench.number = number;
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
    assert_null(spool_open(&bench.spool, bench.path));
    bench.equipment.spool = spool_of(&bench.spool);
    assert_true(desk_start(bench.desk, &printer_kind, &bench.config, now_ms));
    desk_link(bench.desk, now_ms);
}

static int start(void **state)
{
    (void)state;
    memset(&bench, 0, sizeof(bench));
    bench.desk = desk_make();
    bench.equipment.out = (struct print_out){ .open = out_open,
        .check = out_check,
        .write = out_write,
        .finish = out_finish,
        .close = out_close };
    bench.equipment.profile = profile_find("generic-80");
    bench.config = (struct device_config){
        .id = "pr1", .site = "main", .equipment = &bench.equipment
    };
    bench.opens = OUT_DONE;
    bench.checks = OUT_DONE;
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
    scratch_clear(bench.path);
    desk_clear(bench.desk);
    return 0;
}

static enum device_take offer_until(
        const char *job_id, uint32_t attempt, uint64_t exp_ms, uint64_t now_ms)
{
    struct some_job some;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(bench.desk, id, DW__ENVELOPE__BODY_PRINT_REQUESTED);

    make_order(&some);
    some.job.job_id = (char *)job_id;
    some.job.has_attempt = true;
    some.job.attempt = attempt;
    envelope.print_requested = &some.job;
    envelope.has_exp_ms = exp_ms != 0;
    envelope.exp_ms = exp_ms;
    snprintf(bench.job_id, sizeof(bench.job_id), "%s", job_id);
    return desk_deliver(bench.desk, "dev/pr1/job", &envelope, now_ms);
}

static enum device_take offer_attempt(
        const char *job_id, uint32_t attempt, uint64_t now_ms)
{
    return offer_until(job_id, attempt, 0, now_ms);
}

static enum device_take release_until(
        const char *job_id, uint32_t attempt, uint64_t exp_ms, uint64_t now_ms)
{
    Dw__PrintStep step = DW__PRINT_STEP__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(bench.desk, id, DW__ENVELOPE__BODY_PRINT_RELEASED);

    step.job_id = (char *)job_id;
    step.printer = (char *)"pr1";
    step.has_attempt = true;
    step.attempt = attempt;
    envelope.print_released = &step;
    envelope.has_exp_ms = exp_ms != 0;
    envelope.exp_ms = exp_ms;
    return desk_deliver(bench.desk, "dev/pr1/cmd", &envelope, now_ms);
}

static enum device_take release(
        const char *job_id, uint32_t attempt, uint64_t now_ms)
{
    return release_until(job_id, attempt, 0, now_ms);
}

/* Offered, and released as if it had been accepted. */
static enum device_take order(const char *job_id, uint64_t now_ms)
{
    enum device_take take = offer_attempt(job_id, 1, now_ms);

    return take == DEVICE_TAKEN ? release(job_id, 1, now_ms) : take;
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

/* The newest: why, and of which offer. */
static void assert_failed(const char *reason, uint32_t attempt)
{
    Dw__Envelope *said = desk_last(bench.desk);

    assert_int_equal(said->body_case, DW__ENVELOPE__BODY_PRINT_FAILED);
    assert_string_equal(said->print_failed->reason, reason);
    assert_true(said->print_failed->has_attempt);
    assert_int_equal(said->print_failed->attempt, attempt);
    dw__envelope__free_unpacked(said, NULL);
}

/* How often was this said? */
static uint32_t times_said(Dw__Envelope__BodyCase what)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < bench.desk->sent_count && i < DESK_SENT; i++) {
        const struct desk_sent *sent = &bench.desk->sent[i];
        Dw__Envelope *said = dw__envelope__unpack(NULL, sent->len, sent->bytes);

        count += said && said->body_case == what;
        if (said)
            dw__envelope__free_unpacked(said, NULL);
    }
    return count;
}

static void assert_accepted(const char *job_id, uint32_t attempt)
{
    Dw__Envelope *said = desk_last(bench.desk);

    assert_int_equal(said->body_case, DW__ENVELOPE__BODY_PRINT_ACCEPTED);
    assert_string_equal(said->print_accepted->job_id, job_id);
    assert_string_equal(said->print_accepted->order_id, "o41");
    assert_string_equal(said->print_accepted->printer, "pr1");
    assert_int_equal(said->print_accepted->attempt, attempt);
    dw__envelope__free_unpacked(said, NULL);
}

static enum print_stage stage_of(const char *job_id)
{
    return bench.equipment.spool.look(bench.equipment.spool.ctx, job_id).stage;
}

static void an_offer_is_stored_and_accepted_but_not_printed(void **unused)
{
    (void)unused;
    assert_int_equal(offer_attempt("j1", 3, 1000), DEVICE_TAKEN);
    assert_int_equal(stage_of("j1"), PRINT_OFFERED);
    tick(1000);
    assert_accepted("j1", 3);
    for (uint64_t now_ms = 2000; now_ms < 30000; now_ms += 1000)
        tick(now_ms);
    assert_int_equal(bench.paper_len, 0);
    assert_int_equal(times_said(DW__ENVELOPE__BODY_PRINT_ACCEPTED), 1);
}

static void an_offer_that_comes_again_is_accepted_again(void **unused)
{
    (void)unused;
    offer_attempt("j1", 1, 1000);
    tick(1000);
    offer_attempt("j1", 1, 2000);
    assert_accepted("j1", 1);
    assert_int_equal(times_said(DW__ENVELOPE__BODY_PRINT_ACCEPTED), 2);
    offer_attempt("j1", 2, 3000);
    tick(3000);
    assert_accepted("j1", 2);
    offer_attempt("j1", 1, 4000); /* late: what is stored is the newer one */
    assert_accepted("j1", 2);
}

static void what_was_stored_is_accepted_after_a_loss_of_power(void **unused)
{
    (void)unused;
    offer_attempt("j1", 2, 1000); /* and the power goes before it is said */
    power_on(2000);
    tick(2000);
    assert_accepted("j1", 2);
    release("j1", 2, 3000);
    tick(3000);
    assert_int_equal(tickets(), 1);
}

static void a_release_of_an_older_offer_prints_nothing(void **unused)
{
    (void)unused;
    offer_attempt("j1", 1, 1000);
    offer_attempt("j1", 2, 1000);
    assert_int_equal(release("j1", 1, 2000), DEVICE_TAKEN);
    tick(2000);
    assert_int_equal(bench.paper_len, 0);
    assert_int_equal(stage_of("j1"), PRINT_OFFERED);
    release("j1", 2, 3000);
    tick(3000);
    assert_int_equal(tickets(), 1);
    release("j1", 2, 4000);
    tick(4000);
    assert_int_equal(tickets(), 1);
}

/* Another process of the same id has stored that one, or the spool is an older
 * one: somebody else may be printing it. */
static void a_release_of_an_offer_that_is_not_here_prints_nothing(void **unused)
{
    (void)unused;
    offer_attempt("j1", 1, 1000);
    tick(1000);
    assert_int_equal(release("j1", 2, 2000), DEVICE_TAKEN);
    assert_failed("unknown_job", 2);
    tick(2000);
    assert_int_equal(bench.paper_len, 0);
    assert_int_equal(stage_of("j1"), PRINT_OFFERED);
}

static void a_newer_offer_takes_a_release_back_until_its_own(void **unused)
{
    (void)unused;
    bench.opens = OUT_GONE;
    order("j1", 1000);
    tick(1000);
    offer_attempt("j1", 2, 1500);
    bench.opens = OUT_DONE;
    tick(5000);
    assert_int_equal(bench.paper_len, 0);
    release("j1", 2, 6000);
    tick(6000);
    assert_int_equal(tickets(), 1);
}

static void an_offer_is_newer_also_while_the_older_one_is_to_be_sent_next(
        void **unused)
{
    (void)unused;
    bench.opens = OUT_WAIT;
    order("j1", 1000);
    tick(1000);
    offer_attempt("j1", 2, 1100);
    bench.opens = OUT_DONE;
    tick(1200);
    assert_accepted("j1", 2);
    assert_int_equal(bench.paper_len, 0);
    release("j1", 2, 1300);
    tick(1300);
    assert_int_equal(tickets(), 1);
}

/* If it came out later, it would come out twice. */
static void a_newer_offer_that_is_turned_down_ends_the_released_one(
        void **unused)
{
    (void)unused;
    bench.desk->wall_ms = 50000;
    bench.opens = OUT_GONE;
    order("j1", 1000);
    tick(1000);
    offer_until("j1", 2, 49999, 1100);
    assert_int_equal(stage_of("j1"), PRINT_FAILED);
    assert_failed("expired", 2);
    bench.opens = OUT_DONE;
    tick(9000);
    assert_failed("expired", 1);
    assert_int_equal(bench.paper_len, 0);
}

static void what_fails_says_of_which_offer(void **unused)
{
    (void)unused;
    bench.desk->wall_ms = 50000;
    offer_until("j1", 3, 49999, 1000); /* not stored */
    assert_failed("expired", 3);
    release("j1", 7, 1000); /* not known */
    assert_failed("unknown_job", 7);
    offer_until("j2", 4, 50001, 1000);
    release("j2", 4, 1000);
    bench.desk->wall_ms = 50001;
    tick(1000);
    assert_failed("expired", 4);
    power_on(2000); /* also told again by the spool */
    bench.desk->sent_count = 0;
    tick(2000);
    assert_failed("expired", 4);
    bench.takes = 0;
    offer_attempt("j3", 5, 3000);
    release("j3", 5, 3000);
    tick(3000);
    power_on(4000);
    tick(4000);
    assert_failed("uncertain", 5);
}

static void a_release_of_a_job_that_nobody_offered_is_answered(void **unused)
{
    (void)unused;
    assert_int_equal(release("ghost", 1, 1000), DEVICE_TAKEN);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "unknown_job");
}

static void a_release_that_is_late_or_retained_is_none(void **unused)
{
    Dw__PrintStep step = DW__PRINT_STEP__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    uint8_t bytes[256];
    struct part part = { .topic = "dw/1/main/dev/pr1/cmd",
        .topic_len = strlen("dw/1/main/dev/pr1/cmd"),
        .data = bytes,
        .retained = true };
    Dw__Envelope envelope =
            desk_envelope(bench.desk, id, DW__ENVELOPE__BODY_PRINT_RELEASED);

    (void)unused;
    bench.desk->wall_ms = 50000;
    offer_attempt("j1", 1, 1000);
    release_until("j1", 1, 49999, 1000);
    release_until("ghost", 1, 49999, 1000);
    step.job_id = (char *)"j1";
    step.has_attempt = true;
    step.attempt = 1;
    envelope.print_released = &step;
    part.len = part.total = dw__envelope__pack(&envelope, bytes);
    device_receive(&bench.desk->device, &part, 1000);
    tick(1000);
    assert_int_equal(bench.paper_len, 0);
    assert_int_equal(bench.desk->device.counts.late, 2);
    assert_int_equal(times_said(DW__ENVELOPE__BODY_PRINT_ACCEPTED), 1);
    assert_int_equal(times_said(DW__ENVELOPE__BODY_PRINT_FAILED), 0);
}

static uint32_t announcements(void)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < bench.desk->sent_count && i < DESK_SENT; i++)
        count += strcmp(bench.desk->sent[i].topic, "dw/1/main/dev/pr1/info") ==
                 0;
    return count;
}

/* It may lie in the broker since yesterday. */
static void no_release_is_taken_before_somebody_has_said_the_time(void **unused)
{
    (void)unused;
    offer_until("j1", 1, 90000, 1000);
    assert_int_equal(release_until("j1", 1, 60000, 1000), DEVICE_TAKEN);
    assert_int_equal(release_until("ghost", 1, 60000, 1000), DEVICE_TAKEN);
    tick(1000);
    tick(30000);
    assert_accepted("j1", 1);
    assert_int_equal(stage_of("j1"), PRINT_OFFERED);
    assert_int_equal(bench.paper_len, 0);
    assert_int_equal(announcements(), 1); /* when it was switched on */

    desk_tell_time(bench.desk, 50000, 30000);
    tick(30000);
    assert_int_equal(announcements(), 2); /* so that it is said again */
    tick(31000);
    assert_int_equal(announcements(), 2);
    assert_int_equal(bench.paper_len, 0);
    release_until("j1", 1, 50999, 31000); /* late, as the time is known */
    tick(31000);
    assert_int_equal(bench.paper_len, 0);
    release_until("j1", 1, 51001, 31000);
    tick(31000);
    assert_int_equal(tickets(), 1);
}

/* It waited somewhere, or the clock here is wrong: the hub tells both. */
static void a_release_that_was_late_is_asked_for_again(void **unused)
{
    (void)unused;
    bench.desk->wall_ms = 200000; /* a little less than two minutes ahead */
    offer_until("j1", 1, 7200000, 1000);
    release_until("j1", 1, 160000, 1000);
    tick(1000);
    assert_int_equal(stage_of("j1"), PRINT_OFFERED);
    assert_int_equal(announcements(), 2);
    desk_tell_time(bench.desk, 100000, 1000);
    release_until("j1", 1, 99999, 1000); /* late by both clocks */
    tick(2000);
    tick(30999);
    assert_int_equal(bench.paper_len, 0);
    assert_int_equal(announcements(), 2);
    tick(31000);
    assert_int_equal(announcements(), 3);
    release_until("j1", 1, 160000, 31000);
    tick(31000);
    assert_int_equal(tickets(), 1);
    tick(90000);
    assert_int_equal(announcements(), 3);
}

/* Released, and then the power was gone for nobody knows how long. */
static void no_ticket_is_printed_before_somebody_has_said_the_time(
        void **unused)
{
    (void)unused;
    bench.desk->wall_ms = 50000;
    bench.opens = OUT_WAIT;
    offer_until("j1", 1, 60000, 1000);
    offer_until("j2", 1, 90000, 1000);
    release_until("j1", 1, 59000, 1000);
    release_until("j2", 1, 59000, 1000);
    assert_int_equal(stage_of("j2"), PRINT_RELEASED);
    bench.desk->wall_ms = 0;
    bench.opens = OUT_DONE;
    power_on(2000);
    for (uint64_t now_ms = 2000; now_ms < 40000; now_ms += 1000) {
        tick(now_ms);
        assert_true(bench.desk->device.wake_ms > now_ms);
    }
    assert_int_equal(bench.paper_len, 0);
    assert_int_equal(times_said(DW__ENVELOPE__BODY_PRINT_FAILED), 0);

    desk_tell_time(bench.desk, 70000, 40000);
    for (uint64_t now_ms = 40000; now_ms < 42000; now_ms += 100)
        tick(now_ms);
    assert_int_equal(tickets(), 1);
    assert_int_equal(stage_of("j1"), PRINT_FAILED);
    assert_int_equal(stage_of("j2"), PRINT_PRINTED);
}

static void what_the_spool_keeps_is_kept_nowhere_else(void **unused)
{
    uint32_t writes = bench.desk->writes;

    (void)unused;
    order("j1", 1000);
    tick(1000);
    release("ghost", 1, 1000);
    while (bench.desk->device.outbox.count)
        desk_receipt(bench.desk, 1000);
    assert_int_equal(times_said(DW__ENVELOPE__BODY_PRINT_PRINTED), 1);
    assert_int_equal(times_said(DW__ENVELOPE__BODY_PRINT_FAILED), 1);
    assert_int_equal(bench.desk->writes, writes);
}

static void a_released_job_is_told_of_again_but_not_printed_again(void **unused)
{
    (void)unused;
    order("j1", 1000);
    tick(1000);
    assert_told(DW__ENVELOPE__BODY_PRINT_PRINTED, NULL);
    desk_receipt(bench.desk, 1000); /* of "accepted", if that was said */
    while (bench.desk->device.outbox.count)
        desk_receipt(bench.desk, 1000);
    bench.desk->sent_count = 0;
    release("j1", 1, 2000);
    tick(2000);
    assert_told(DW__ENVELOPE__BODY_PRINT_PRINTED, NULL);
    assert_int_equal(tickets(), 1);
}

static void a_job_that_failed_is_new_only_with_a_newer_offer(void **unused)
{
    (void)unused;
    bench.desk->wall_ms = 50000;
    offer_until("j1", 4, 50001, 1000);
    release("j1", 4, 1000);
    bench.desk->wall_ms = 50001;
    tick(1000);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "expired");
    offer_attempt("j1", 4, 2000);
    release("j1", 4, 2000);
    tick(2000);
    assert_int_equal(bench.paper_len, 0);
    offer_attempt("j1", 5, 3000);
    tick(3000);
    assert_accepted("j1", 5);
    release("j1", 5, 3000);
    tick(3000);
    assert_int_equal(tickets(), 1);
}

static void an_offer_over_its_time_is_refused(void **unused)
{
    (void)unused;
    bench.desk->wall_ms = 50000;
    assert_int_equal(offer_until("j1", 1, 49999, 1000), DEVICE_TAKEN);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "expired");
    assert_int_equal(stage_of("j1"), PRINT_UNKNOWN);
}

static void offers_that_nobody_releases_go_when_their_time_is_over(
        void **unused)
{
    (void)unused;
    bench.desk->wall_ms = 50000;
    offer_until("j1", 1, 60000, 1000);
    offer_until("j2", 1, 60000, 1000);
    tick(1000);
    bench.desk->wall_ms = 60000;
    tick(61000);
    assert_int_equal(stage_of("j1"), PRINT_UNKNOWN);
    assert_int_equal(stage_of("j2"), PRINT_UNKNOWN);
    assert_int_equal(times_said(DW__ENVELOPE__BODY_PRINT_FAILED), 0);
}

static void a_job_is_printed_and_told(void **unused)
{
    (void)unused;
    assert_int_equal(order("j1", 1000), DEVICE_TAKEN);
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
    order("j1", 1000);
    tick(1000);
    said = desk_last(bench.desk);
    memcpy(first, said->id.data, sizeof(first));
    dw__envelope__free_unpacked(said, NULL);

    power_on(2000);
    order("j1", 2000);
    tick(2000);
    assert_int_equal(tickets(), 1);
    said = desk_last(bench.desk);
    assert_int_equal(said->body_case, DW__ENVELOPE__BODY_PRINT_PRINTED);
    assert_memory_equal(said->id.data, first, sizeof(first));
    dw__envelope__free_unpacked(said, NULL);
}

static void a_released_job_outlives_a_loss_of_power(void **unused)
{
    (void)unused;
    bench.opens = OUT_WAIT;
    order("j1", 1000);
    tick(1000);
    bench.opens = OUT_DONE;
    power_on(2000);
    tick(2000);
    assert_int_equal(tickets(), 1);
    assert_told(DW__ENVELOPE__BODY_PRINT_PRINTED, NULL);
}

/* One whose name is too long for anybody but the disk. */
static void a_job_that_cannot_be_ended_does_not_stop_the_start(void **unused)
{
    const struct print_spool *spool = &bench.equipment.spool;
    const struct print_mark started = { .stage = PRINT_STARTED };
    char job_id[2 * PRINT_JOB_ID_BYTES];

    (void)unused;
    memset(job_id, 'a', sizeof(job_id) - 1);
    job_id[sizeof(job_id) - 1] = '\0';
    assert_int_equal(spool->put(spool->ctx, job_id, 1, (const uint8_t *)"x", 1),
            PUT_STORED);
    assert_true(spool->mark(spool->ctx, job_id, &started));
    power_on(2000); /* comes back at all */
    order("j1", 3000);
    tick(3000);
    assert_int_equal(tickets(), 1);
}

static void a_job_interrupted_by_a_loss_of_power_is_uncertain(void **unused)
{
    (void)unused;
    bench.takes = 0;
    order("j1", 1000);
    tick(1000); /* started, and not a byte taken yet: who knows */
    bench.takes = 100;
    power_on(2000);
    tick(2000);
    assert_int_equal(bench.paper_len, 0);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "uncertain");
    order("j1", 3000);
    tick(3000);
    assert_int_equal(bench.paper_len, 0);
}

static void a_connection_lost_midway_is_uncertain_and_never_reprinted(
        void **unused)
{
    (void)unused;
    bench.takes = 10;
    bench.finishes = OUT_GONE;
    order("j1", 1000);
    tick(1000);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "uncertain");
    bench.finishes = OUT_DONE;
    order("j1", 2000);
    tick(2000);
    assert_int_equal(tickets(), 1);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "uncertain");
}

static void a_printer_that_takes_no_byte_is_given_up_after_ten_seconds(
        void **unused)
{
    (void)unused;
    bench.takes = 0;
    order("j1", 1000);
    tick(1000);
    tick(10999);
    assert_int_equal(desk_count(bench.desk, "failed"), 0);
    tick(11000); /* not a byte of it has left: it may come out elsewhere */
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "offline");
    assert_int_equal(stage_of("j1"), PRINT_FAILED);
}

static void a_printer_that_stops_taking_bytes_is_given_up_as_uncertain(
        void **unused)
{
    (void)unused;
    bench.takes = 10;
    bench.finishes = OUT_WAIT;
    order("j1", 1000);
    tick(1000);
    tick(30999);
    assert_int_equal(desk_count(bench.desk, "failed"), 0);
    tick(31000);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "uncertain");
}

static void a_printer_away_is_tried_again_and_prints_when_it_is_back(
        void **unused)
{
    uint64_t now_ms = 1000;

    (void)unused;
    bench.opens = OUT_GONE;
    order("j1", now_ms);
    for (int i = 0; i < 5; i++) {
        tick(now_ms);
        assert_true(bench.desk->device.wake_ms > now_ms);
        now_ms = bench.desk->device.wake_ms;
    }
    assert_int_equal(desk_count(bench.desk, "blocked"), 1);
    bench.opens = OUT_DONE;
    tick(now_ms);
    assert_int_equal(tickets(), 1);
    assert_told(DW__ENVELOPE__BODY_PRINT_PRINTED, NULL);
}

/* As the port does it; returns when the first job failed. */
static uint64_t tick_until_failed(uint64_t now_ms)
{
    uint32_t failed = desk_count(bench.desk, "failed");

    for (; desk_count(bench.desk, "failed") == failed && now_ms < 600000;
            now_ms += 100)
        tick(now_ms);
    return now_ms - 100;
}

static void a_printer_away_for_ten_seconds_fails_its_jobs(void **unused)
{
    (void)unused;
    bench.opens = OUT_GONE;
    order("j1", 1000);
    order("j2", 1000);
    assert_in_range(tick_until_failed(1000), 11000, 11100);
    assert_int_equal(stage_of("j1"), PRINT_FAILED);
    assert_int_equal(stage_of("j2"), PRINT_FAILED);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "offline");
    assert_int_equal(times_said(DW__ENVELOPE__BODY_PRINT_FAILED), 2);
}

static void how_long_it_may_be_away_can_be_said(void **unused)
{
    (void)unused;
    bench.equipment.give_up_ms = 3000;
    bench.opens = OUT_WAIT; /* as a cable that is cut */
    order("j1", 1000);
    assert_in_range(tick_until_failed(1000), 7000, 7100); /* 3 s to connect */
}

static void a_printer_that_was_given_up_takes_no_job_until_it_is_well(
        void **unused)
{
    uint64_t now_ms;

    (void)unused;
    bench.opens = OUT_GONE;
    order("j1", 1000);
    now_ms = tick_until_failed(1000);
    offer_attempt("j2", 1, now_ms);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "offline");
    assert_int_equal(stage_of("j2"), PRINT_UNKNOWN);
    assert_int_equal(announcements(), 1); /* when it was switched on */

    bench.opens = OUT_DONE;
    for (uint32_t i = 0; i < 60; i++)
        tick(now_ms += 100);
    assert_told(DW__ENVELOPE__BODY_DEVICE_ONLINE, NULL);
    assert_int_equal(announcements(), 2);
    assert_int_equal(bench.paper_len, 0); /* it was asked, no more */
    offer_attempt("j1", 2, now_ms);       /* as the hub does then */
    release("j1", 2, now_ms);
    order("j2", now_ms);
    tick(now_ms);
    tick(now_ms);
    assert_int_equal(tickets(), 2);
    assert_int_equal(announcements(), 2);
}

static void a_printer_that_is_away_for_a_moment_announces_nothing(void **unused)
{
    (void)unused;
    bench.opens = OUT_GONE;
    order("j1", 1000);
    tick(1000);
    bench.opens = OUT_DONE;
    tick(9000);
    assert_int_equal(tickets(), 1);
    assert_int_equal(announcements(), 1);
}

static void use_epson(void)
{
    bench.equipment.profile = profile_find("epson-tm");
}

static void no_paper_and_an_open_cover_are_noticed_before_a_byte_is_sent(
        void **unused)
{
    uint64_t now_ms;

    (void)unused;
    use_epson();
    bench.status.paper_out = true;
    order("j1", 1000);
    now_ms = tick_until_failed(1000);
    assert_in_range(now_ms, 11000, 11100);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "paper_out");
    assert_int_equal(times_said(DW__ENVELOPE__BODY_DEVICE_PAPER_OUT), 1);

    bench.status.cover_open = true; /* to put the paper in */
    for (uint32_t i = 0; i < 60; i++)
        tick(now_ms += 100);
    offer_attempt("j2", 1, now_ms);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "cover_open");
    bench.status = (struct print_status){ 0 };
    for (uint32_t i = 0; i < 60; i++)
        tick(now_ms += 100);
    assert_told(DW__ENVELOPE__BODY_DEVICE_ONLINE, NULL);
    assert_int_equal(bench.paper_len, 0);
}

/* With the cover open no sensor feels any. */
static void an_open_cover_does_not_mean_that_there_is_no_paper(void **unused)
{
    (void)unused;
    use_epson();
    bench.status =
            (struct print_status){ .cover_open = true, .paper_out = true };
    order("j1", 1000);
    tick(1000);
    assert_string_equal(
            desk_last_line(bench.desk), "blocked reason=cover_open");
    assert_int_equal(times_said(DW__ENVELOPE__BODY_DEVICE_PAPER_OUT), 0);
    bench.status.cover_open = false;
    tick(9000);
    assert_string_equal(desk_last_line(bench.desk), "blocked reason=paper_out");
    assert_int_equal(times_said(DW__ENVELOPE__BODY_DEVICE_PAPER_OUT), 1);
}

static void paper_that_runs_low_is_told_each_time_it_begins_to(void **unused)
{
    (void)unused;
    use_epson();
    bench.status.paper_low = true;
    order("j1", 1000);
    tick(1000);
    order("j2", 2000);
    tick(2000);
    assert_int_equal(tickets(), 2);
    assert_int_equal(times_said(DW__ENVELOPE__BODY_DEVICE_PAPER_LOW), 1);
    bench.status.paper_low = false;
    order("j3", 3000);
    tick(3000);
    bench.status.paper_low = true;
    order("j4", 4000);
    tick(4000);
    assert_int_equal(times_said(DW__ENVELOPE__BODY_DEVICE_PAPER_LOW), 2);
}

static void a_printer_that_does_not_say_how_it_is_counts_as_away(void **unused)
{
    (void)unused;
    use_epson();
    bench.checks = OUT_WAIT;
    order("j1", 1000);
    tick(1000);
    tick(4000);
    assert_string_equal(desk_last_line(bench.desk), "blocked reason=offline");
    tick_until_failed(4000);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "offline");
    assert_int_equal(bench.paper_len, 0);
}

static void a_printer_that_cannot_say_how_it_is_is_not_asked(void **unused)
{
    (void)unused;
    bench.checks = OUT_WAIT;
    order("j1", 1000);
    tick(1000);
    assert_int_equal(tickets(), 1);
}

static void a_released_job_of_a_lost_power_fails_too_while_it_is_away(
        void **unused)
{
    (void)unused;
    bench.opens = OUT_GONE;
    order("j1", 1000);
    tick(1000);
    power_on(2000);
    assert_in_range(tick_until_failed(2000), 12000, 12100);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "offline");
}

static void connecting_has_a_deadline_of_three_seconds(void **unused)
{
    (void)unused;
    bench.opens = OUT_WAIT;
    order("j1", 1000);
    tick(1000);
    tick(3999);
    assert_int_equal(desk_count(bench.desk, "blocked"), 0);
    tick(4000);
    assert_int_equal(desk_count(bench.desk, "blocked"), 1);
}

static void a_job_over_its_time_is_not_printed(void **unused)
{
    (void)unused;
    bench.desk->wall_ms = 50000;
    offer_until("j1", 1, 50001, 1000);
    release("j1", 1, 1000);
    bench.desk->wall_ms = 50001;
    tick(1000);
    assert_int_equal(bench.paper_len, 0);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "expired");
}

static void jobs_are_printed_in_the_order_of_their_arrival(void **unused)
{
    (void)unused;
    bench.opens = OUT_WAIT;
    order("j2", 1000);
    order("j1", 1000);
    order("j3", 1000);
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
    order("j1", 1000);
    tick(1000);
    assert_true(bench.asked);
    assert_int_equal(desk_count(bench.desk, "printed"), 0);
    bench.finishes = OUT_DONE;
    tick(2000);
    assert_int_equal(desk_count(bench.desk, "printed"), 1);
    assert_int_equal(tickets(), 1);

    bench.finishes = OUT_WAIT;
    order("j2", 3000);
    tick(3000);
    tick(33000);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "uncertain");
}

/* The end of the newest ticket asks for an answer with its number. */
static void each_ticket_has_a_number_of_its_own(void **unused)
{
    static const uint8_t question[] = { 0x1D, '(', 'H', 6, 0, '0', '0' };
    struct profile profile = *profile_find("generic-80");
    uint8_t digits[ESCPOS_NUMBER_DIGITS];
    uint32_t before = 0;

    (void)unused;
    profile.confirm = CONFIRM_PROCESS_ID;
    bench.equipment.profile = &profile;
    for (uint64_t n = 1; n <= 3; n++) {
        const char job_id[] = { 'j', (char)('0' + n), '\0' };

        order(job_id, n * 1000);
        tick(n * 1000);
        assert_true(bench.number != before);
        before = bench.number;
        escpos_number_digits(before, digits);
        assert_memory_equal(
                bench.paper + bench.paper_len - 11, question, sizeof(question));
        assert_memory_equal(bench.paper + bench.paper_len - 4, digits, 4);
    }
    power_on(5000);
    order("j4", 5000);
    tick(5000);
    assert_true(bench.number > 100); /* or an answer of before might fit */
}

/* The hub has been told, and somebody may have printed a copy. */
static void what_is_said_after_the_deadline_changes_nothing(void **unused)
{
    (void)unused;
    use_epson();
    bench.finishes = OUT_WAIT;
    order("j1", 1000);
    tick(1000);
    tick(31000);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "uncertain");
    bench.finishes = OUT_DONE;
    tick(31050);
    release("j1", 1, 32000);
    tick(32000);
    assert_int_equal(stage_of("j1"), PRINT_UNCERTAIN);
    assert_int_equal(times_said(DW__ENVELOPE__BODY_PRINT_PRINTED), 0);
    assert_int_equal(tickets(), 1);
}

static void a_way_may_take_longer_than_others(void **unused)
{
    (void)unused;
    bench.equipment.out.finish_ms = 40000;
    bench.finishes = OUT_WAIT;
    order("j1", 1000);
    tick(1000);
    tick(40999);
    assert_int_equal(stage_of("j1"), PRINT_STARTED);
    tick(41000);
    assert_int_equal(stage_of("j1"), PRINT_UNCERTAIN);
}

static void of_what_was_taken_and_never_printed_nobody_has_to_look_for_a_ticket(
        void **unused)
{
    (void)unused;
    bench.finishes = OUT_REFUSED;
    order("j1", 1000);
    tick(1000);
    assert_failed("offline", 1);
    assert_int_equal(stage_of("j1"), PRINT_FAILED);
    bench.finishes = OUT_DONE;
    tick(9000); /* it is well */
    assert_int_equal(announcements(), 2);
    offer_attempt("j1", 2, 9000);
    release("j1", 2, 9000);
    tick(9000);
    assert_int_equal(stage_of("j1"), PRINT_PRINTED);
}

static void a_way_that_knows_how_its_printer_is_is_asked(void **unused)
{
    (void)unused;
    order("j1", 1000);
    tick(1000);
    assert_int_equal(bench.checked, 0);
    bench.equipment.out.knows = true;
    bench.status.cover_open = true;
    order("j2", 2000);
    tick(2000);
    assert_int_equal(bench.checked, 1);
    assert_string_equal(
            desk_last_line(bench.desk), "blocked reason=cover_open");
}

/* --- test pages --- */

static void identify(uint32_t seconds, uint64_t now_ms)
{
    Dw__DeviceIdentify wish = DW__DEVICE_IDENTIFY__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope = desk_envelope(
            bench.desk, id, DW__ENVELOPE__BODY_DEVICE_IDENTIFY_REQUESTED);

    wish.device_id = (char *)"pr1";
    wish.has_seconds = true;
    wish.seconds = seconds;
    envelope.device_identify_requested = &wish;
    assert_int_equal(desk_deliver(bench.desk, "dev/pr1/cmd", &envelope, now_ms),
            DEVICE_TAKEN);
}

static uint32_t test_pages(void)
{
    return desk_count(bench.desk, "printed a test page");
}

static void a_test_page_is_printed_and_is_no_job(void **unused)
{
    char job_id[PRINT_JOB_ID_BYTES];
    struct print_spool *spool = &bench.equipment.spool;
    uint32_t sent;

    (void)unused;
    sent = bench.desk->sent_count;
    identify(10, 1000);
    tick(1000);
    assert_int_equal(test_pages(), 1);
    assert_int_equal(tickets(), 1);
    assert_non_null(memmem(bench.paper, bench.paper_len, "pr1", 3));
    for (int stage = PRINT_OFFERED; stage <= PRINT_FAILED; stage++)
        assert_false(
                spool->oldest(spool->ctx, (enum print_stage)stage, job_id));
    tick(2000);
    assert_int_equal(tickets(), 1);
    assert_int_equal(bench.desk->sent_count, sent);
}

static void a_test_page_waits_for_the_jobs_and_one_at_a_time(void **unused)
{
    (void)unused;
    bench.finishes = OUT_WAIT;
    order("j1", 1000);
    tick(1000);
    order("j2", 1000);
    identify(10, 1000);
    identify(10, 1100);
    tick(1200);
    assert_int_equal(tickets(), 1); /* j1 is under way */
    bench.finishes = OUT_DONE;
    for (uint64_t now_ms = 1300; now_ms < 3000; now_ms += 100)
        tick(now_ms);
    assert_int_equal(stage_of("j2"), PRINT_PRINTED);
    assert_int_equal(tickets(), 3);
    assert_int_equal(test_pages(), 1);
    assert_string_equal(desk_last_line(bench.desk), "printed a test page");
}

static void a_test_page_that_found_no_printer_is_forgotten(void **unused)
{
    (void)unused;
    bench.opens = OUT_GONE;
    identify(10, 1000);
    for (uint64_t now_ms = 1000; now_ms <= 61000; now_ms += 1000)
        tick(now_ms);
    bench.opens = OUT_DONE;
    for (uint64_t now_ms = 62000; now_ms <= 80000; now_ms += 1000)
        tick(now_ms);
    assert_int_equal(bench.paper_len, 0);
    assert_int_equal(times_said(DW__ENVELOPE__BODY_PRINT_FAILED), 0);
    order("j1", 81000); /* it has not given up jobs for that */
    tick(81000);
    assert_int_equal(tickets(), 1);
}

static void a_test_page_can_be_called_off_until_it_begins(void **unused)
{
    (void)unused;
    bench.opens = OUT_WAIT;
    identify(10, 1000);
    tick(1000);
    identify(0, 1100);
    bench.opens = OUT_DONE;
    tick(1200);
    tick(9000);
    assert_int_equal(bench.paper_len, 0);
}

static void a_test_page_that_is_broken_off_is_nobodys_trouble(void **unused)
{
    uint32_t sent;

    (void)unused;
    sent = bench.desk->sent_count;
    bench.takes = 7;
    identify(10, 1000);
    tick(1000);
    bench.takes = -1;
    bench.finishes = OUT_GONE;
    identify(10, 1000);
    tick(1000);
    tick(1100);
    assert_int_equal(bench.desk->sent_count, sent);
    bench.takes = 100;
    bench.finishes = OUT_DONE;
    order("j1", 9000);
    tick(9000);
    assert_string_equal(desk_last_line(bench.desk), "printed job=j1");
}

/* --- what stands on tickets besides text --- */

static enum device_take order_of(
        const char *job_id, Dw__TicketKind kind, bool is_copy, uint64_t now_ms)
{
    struct some_job some;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(bench.desk, id, DW__ENVELOPE__BODY_PRINT_REQUESTED);

    make_order(&some);
    some.job.kind = kind;
    some.job.job_id = (char *)job_id;
    some.job.copy_of = is_copy ? (char *)"j0" : NULL;
    some.job.has_attempt = true;
    some.job.attempt = 1;
    envelope.print_requested = &some.job;
    if (desk_deliver(bench.desk, "dev/pr1/job", &envelope, now_ms) !=
            DEVICE_TAKEN)
        return DEVICE_NOT_NOW;
    return release(job_id, 1, now_ms);
}

static bool has_bytes(const char *bytes, size_t len)
{
    return memmem(bench.paper, bench.paper_len, bytes, len) != NULL;
}

static void a_new_order_sounds_the_buzzer_if_that_is_wanted(void **unused)
{
    static const char buzz[] = "\x1B(A";

    (void)unused;
    use_epson();
    order("j1", 1000);
    tick(1000);
    assert_false(has_bytes(buzz, 3));
    bench.equipment.buzz = true;
    order("j2", 2000);
    tick(2000);
    assert_true(has_bytes(buzz, 3));
    bench.paper_len = 0;
    order_of("j3", DW__TICKET_KIND__TICKET_KIND_ORDER, true, 3000);
    tick(3000);
    order_of("j4", DW__TICKET_KIND__TICKET_KIND_VOID, false, 4000);
    tick(4000);
    assert_int_equal(tickets(), 2);
    assert_false(has_bytes(buzz, 3));
}

static void no_ticket_opens_the_cash_drawer(void **unused)
{
    const struct profile *profile;
    uint64_t now_ms = 1000;
    char job_id[16];

    (void)unused;
    bench.equipment.buzz = true;
    bench.equipment.qr_prefix = ""; /* dots may look like anything */
    for (uint32_t i = 0; (profile = profile_at(i)); i++) {
        bench.equipment.profile = profile;
        for (int kind = DW__TICKET_KIND__TICKET_KIND_ORDER;
                kind <= DW__TICKET_KIND__TICKET_KIND_SUMMARY; kind++) {
            snprintf(job_id, sizeof(job_id), "j-%u-%d", i, kind);
            bench.paper_len = 0;
            order_of(job_id, (Dw__TicketKind)kind, false, ++now_ms);
            tick(now_ms);
            assert_int_equal(stage_of(job_id), PRINT_PRINTED);
            assert_true(bench.paper_len > 0);
            assert_false(has_bytes("\x1Bp", 2));
            assert_false(has_bytes("\x10\x14", 2));
        }
    }
}

/* A full disk, as no file may grow; RLIM_INFINITY: it has room again. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_job_that_cannot_be_stored_is_not_acknowledged(void **unused)
{
    (void)unused;
    limit_files(1);
    assert_int_equal(order("j1", 1000), DEVICE_NOT_NOW);
    tick(1000);
    assert_int_equal(bench.paper_len, 0);
    limit_files(RLIM_INFINITY);
    assert_int_equal(order("j1", 2000), DEVICE_TAKEN);
    tick(2000);
    assert_int_equal(tickets(), 1);
}

static void a_job_whose_start_cannot_be_stored_is_not_begun(void **unused)
{
    (void)unused;
    bench.opens = OUT_WAIT;
    order("j1", 1000);
    tick(1000);
    limit_files(1);
    bench.opens = OUT_DONE;
    tick(1100);
    assert_string_equal(desk_last_line(bench.desk), "blocked reason=spool");
    assert_int_equal(bench.paper_len, 0);
    limit_files(RLIM_INFINITY);
    tick(9000);
    assert_int_equal(tickets(), 1);
    assert_string_equal(desk_last_line(bench.desk), "printed job=j1");
}

static void a_full_spool_says_so(void **unused)
{
    char job_id[16];

    (void)unused;
    bench.opens = OUT_WAIT;
    for (int i = 0; i < SPOOL_JOBS; i++) {
        snprintf(job_id, sizeof(job_id), "j%d", i);
        assert_int_equal(order(job_id, 1000), DEVICE_TAKEN);
    }
    assert_int_equal(offer_attempt("one-more", 1, 1000), DEVICE_TAKEN);
    assert_told(DW__ENVELOPE__BODY_PRINT_FAILED, "spool_full");
}

/* Or the hub would never offer again what there was no room for. */
static void a_spool_that_was_full_says_so_when_it_is_empty(void **unused)
{
    const struct print_mark gone = { .stage = PRINT_UNKNOWN };
    struct print_spool *spool = &bench.equipment.spool;
    char job_id[16];

    a_full_spool_says_so(unused);
    for (int i = 1; i < SPOOL_JOBS; i++) {
        snprintf(job_id, sizeof(job_id), "j%d", i);
        assert_true(spool->mark(spool->ctx, job_id, &gone));
    }
    tick(1000);
    assert_int_equal(announcements(), 1); /* when it was switched on */
    bench.opens = OUT_DONE;
    tick(3000);
    assert_int_equal(tickets(), 1);
    tick(30999);
    assert_int_equal(announcements(), 1);
    tick(31000);
    assert_int_equal(announcements(), 2);
    tick(90000);
    assert_int_equal(announcements(), 2);
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
    some.job.has_attempt = true;
    some.job.attempt = 1;
    envelope.print_requested = &some.job;
    assert_in_range(
            dw__print_requested__get_packed_size(&some.job), 31000, 32768);
    assert_int_equal(desk_deliver(bench.desk, "dev/pr1/job", &envelope, 1000),
            DEVICE_TAKEN);
    release("o41-grill-1", 1, 1000);
    tick(1000);
    assert_string_equal(desk_last_line(bench.desk), "printed job=o41-grill-1");
}

static void an_id_that_is_no_file_name_is_refused(void **unused)
{
    (void)unused;
    assert_int_equal(offer_attempt("../../etc/passwd", 1, 1000), DEVICE_TAKEN);
    assert_int_equal(offer_attempt("", 1, 1000), DEVICE_TAKEN);
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
        order(job_id, 1000);
        tick(1000);
        bench.paper_len = 0;
    }
    power_on(2000);
    bench.desk->sent_count = 0;
    for (int i = 0; i < 100; i++) {
        tick(2000 + (uint64_t)i);
        if (bench.desk->device.outbox.count == 0)
            break;
        desk_receipt(bench.desk, 2000);
        told++;
    }
    /* Some of them in two words: that it was accepted, and printed. */
    assert_true(told >= DEVICE_FACTS + 4);
    for (int i = 0; i < DEVICE_FACTS + 4; i++) {
        snprintf(job_id, sizeof(job_id), "j%d", i);
        assert_int_equal(stage_of(job_id), PRINT_PRINTED);
    }
    power_on(3000);
    tick(3000);
    assert_int_equal(bench.desk->device.outbox.count, 0);
}

/* --- whatever happens --- */

static uint32_t dice;

static uint32_t draw(uint32_t below)
{
    dice = dice * 1664525u + 1013904223u;
    return (dice >> 8) % below;
}

static void vary_output(void)
{
    static const int takes[] = { -1, 0, 7, 100, 100, 100 };
    static const enum print_out_state states[] = { OUT_WAIT, OUT_GONE, OUT_DONE,
        OUT_DONE, OUT_DONE };

    bench.opens = states[draw(5)];
    bench.checks = states[draw(5)];
    bench.finishes = states[draw(5)];
    bench.takes = takes[draw(6)];
    bench.status.paper_out = draw(4) == 0;
}

/* As a hub that offers what it has not released, and what has failed; some of
 * it comes late or twice. */
static void tell_something(uint64_t now_ms)
{
    uint32_t n = draw(TALES);
    struct tale *tale = &bench.tales[n];
    char job_id[3] = { 'j', (char)('0' + n), '\0' };
    bool is_over = tale->is_released && stage_of(job_id) != PRINT_FAILED;

    if (draw(2)) {
        if (!is_over) {
            tale->attempt++;
            tale->is_released = false;
        }
        offer_attempt(job_id, draw(4) ? tale->attempt : 1 + draw(tale->attempt),
                now_ms);
    } else if (draw(4) == 0) {
        release(job_id, tale->released, now_ms);
    } else if (stage_of(job_id) == PRINT_OFFERED &&
               bench.equipment.spool.look(bench.equipment.spool.ctx, job_id)
                               .attempt == tale->attempt) {
        tale->is_released = true;
        tale->released = tale->attempt;
        release(job_id, tale->attempt, now_ms);
    }
}

static void whatever_happens_only_what_is_released_comes_out_and_once(
        void **unused)
{
    uint32_t printed = 0;

    (void)unused;
    use_epson();
    bench.is_story = true;
    for (uint32_t story = 0; story < 40; story++) {
        uint64_t now_ms = 1000;

        dice = story;
        memset(bench.tales, 0, sizeof(bench.tales));
        scratch_clear(bench.path);
        scratch_make(bench.path);
        power_on(now_ms);
        for (int i = 0; i < 100; i++) {
            vary_output();
            tell_something(now_ms);
            if (draw(12) == 0)
                power_on(now_ms);
            tick(now_ms += draw(3000));
            bench.paper_len = 0;
        }
        for (int n = 0; n < TALES; n++)
            printed += bench.tales[n].tickets;
    }
    assert_in_range(printed, 40, 160); /* it is no test if none come out */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(an_offer_is_stored_and_accepted_but_not_printed),
        TEST(an_offer_that_comes_again_is_accepted_again),
        TEST(what_was_stored_is_accepted_after_a_loss_of_power),
        TEST(a_release_of_an_older_offer_prints_nothing),
        TEST(a_release_of_an_offer_that_is_not_here_prints_nothing),
        TEST(a_newer_offer_takes_a_release_back_until_its_own),
        TEST(an_offer_is_newer_also_while_the_older_one_is_to_be_sent_next),
        TEST(a_newer_offer_that_is_turned_down_ends_the_released_one),
        TEST(what_fails_says_of_which_offer),
        TEST(a_release_of_a_job_that_nobody_offered_is_answered),
        TEST(a_release_that_is_late_or_retained_is_none),
        TEST(no_release_is_taken_before_somebody_has_said_the_time),
        TEST(a_release_that_was_late_is_asked_for_again),
        TEST(no_ticket_is_printed_before_somebody_has_said_the_time),
        TEST(what_the_spool_keeps_is_kept_nowhere_else),
        TEST(a_released_job_is_told_of_again_but_not_printed_again),
        TEST(a_job_that_failed_is_new_only_with_a_newer_offer),
        TEST(an_offer_over_its_time_is_refused),
        TEST(offers_that_nobody_releases_go_when_their_time_is_over),
        TEST(a_job_is_printed_and_told),
        TEST(a_job_offered_again_is_told_again_but_not_printed),
        TEST(a_released_job_outlives_a_loss_of_power),
        TEST(a_job_interrupted_by_a_loss_of_power_is_uncertain),
        TEST(a_job_that_cannot_be_ended_does_not_stop_the_start),
        TEST(a_connection_lost_midway_is_uncertain_and_never_reprinted),
        TEST(a_printer_that_takes_no_byte_is_given_up_after_ten_seconds),
        TEST(a_printer_that_stops_taking_bytes_is_given_up_as_uncertain),
        TEST(a_printer_away_is_tried_again_and_prints_when_it_is_back),
        TEST(a_printer_away_for_ten_seconds_fails_its_jobs),
        TEST(how_long_it_may_be_away_can_be_said),
        TEST(a_printer_that_was_given_up_takes_no_job_until_it_is_well),
        TEST(a_printer_that_is_away_for_a_moment_announces_nothing),
        TEST(no_paper_and_an_open_cover_are_noticed_before_a_byte_is_sent),
        TEST(an_open_cover_does_not_mean_that_there_is_no_paper),
        TEST(paper_that_runs_low_is_told_each_time_it_begins_to),
        TEST(a_printer_that_does_not_say_how_it_is_counts_as_away),
        TEST(a_printer_that_cannot_say_how_it_is_is_not_asked),
        TEST(a_released_job_of_a_lost_power_fails_too_while_it_is_away),
        TEST(connecting_has_a_deadline_of_three_seconds),
        TEST(a_job_over_its_time_is_not_printed),
        TEST(jobs_are_printed_in_the_order_of_their_arrival),
        TEST(a_printer_that_answers_is_waited_for),
        TEST(each_ticket_has_a_number_of_its_own),
        TEST(what_is_said_after_the_deadline_changes_nothing),
        TEST(a_way_may_take_longer_than_others),
        TEST(of_what_was_taken_and_never_printed_nobody_has_to_look_for_a_ticket),
        TEST(a_way_that_knows_how_its_printer_is_is_asked),
        TEST(a_test_page_is_printed_and_is_no_job),
        TEST(a_test_page_waits_for_the_jobs_and_one_at_a_time),
        TEST(a_test_page_that_found_no_printer_is_forgotten),
        TEST(a_test_page_can_be_called_off_until_it_begins),
        TEST(a_test_page_that_is_broken_off_is_nobodys_trouble),
        TEST(a_new_order_sounds_the_buzzer_if_that_is_wanted),
        TEST(no_ticket_opens_the_cash_drawer),
        TEST(a_job_that_cannot_be_stored_is_not_acknowledged),
        TEST(a_job_whose_start_cannot_be_stored_is_not_begun),
        TEST(a_full_spool_says_so),
        TEST(a_spool_that_was_full_says_so_when_it_is_empty),
        TEST(the_largest_order_that_the_hub_takes_is_printed),
        TEST(an_id_that_is_no_file_name_is_refused),
        TEST(results_wait_for_the_link_and_outlive_a_loss_of_power),
        TEST(whatever_happens_only_what_is_released_comes_out_and_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
