/*
 * The power goes before each write to the device's store, and again before
 * each write of the start that follows: nothing that a person was shown as done
 * is lost, and nothing is said with two ids.
 */
#include "devices/core/outbox.h"

#include "devices/kinds/kinds.h"
#include "tests/devices/desk.h"

#define NEVER   UINT32_MAX
#define LINES   64
#define OPEN    4
#define WALL_MS 1769882645000u /* 2026-01-31 */

/* A thing that was said: what, and under which id. */
struct saying {
    char what[64];
    uint8_t id[DEVICE_ID_BYTES];
};

/* A device and its hub, through some losses of power. */
struct life {
    struct desk *desk;
    const struct device_kind *kind;
    uint64_t now_ms;
    uint32_t cut; /* writes until the power goes */
    uint32_t writes;
    bool is_off;
    bool hub_hears;        /* else the broker dies with the power */
    uint32_t tries;        /* presses that may be calls */
    uint32_t presses;      /* those that a person was shown as new calls */
    uint32_t waiting;      /* facts, before a press */
    char shown[LINES][64]; /* what a person was told is done */
    uint32_t shown_count;
    struct saying said[LINES]; /* as the hub heard it */
    uint32_t said_count;
    char pages[OPEN][16]; /* that the hub has sent */
    uint32_t page_count;
    uint32_t lives;
    uint32_t boot; /* of the newest that began */
};

/* --- the machine --- */

static struct life life;

static void note_shown(const char *what)
{
    assert_true(life.shown_count < LINES);
    snprintf(life.shown[life.shown_count++], sizeof(life.shown[0]), "%s", what);
}

static bool keep(void *ctx, const char *key, const void *data, size_t len)
{
    if (life.is_off || life.writes == life.cut) {
        life.is_off = true;
        return false;
    }
    life.writes++;
    return desk_keep(ctx, key, data, len);
}

/* What a person reads, and believes. */
static void show(void *ctx, const char *line)
{
    if (life.is_off)
        return;
    desk_show(ctx, line);
    if (strncmp(line, "acked ", 6) == 0 || strncmp(line, "configured", 10) == 0)
        note_shown(line);
    if (strncmp(line, "pressed", 7) == 0)
        life.presses += life.desk->device.outbox.count > life.waiting;
}

/* What was said, as a person was shown it; "": nothing to be counted. */
static void what_is_said(const Dw__Envelope *said, char what[64])
{
    what[0] = '\0';
    if (said->body_case == DW__ENVELOPE__BODY_PAGE_ACKED)
        snprintf(what, 64, "acked %s=%s",
                life.kind == &waiter_kind ? "escalation" : "page",
                said->page_acked->page_id);
    if (said->body_case == DW__ENVELOPE__BODY_SERVICE_CALL_CREATED)
        snprintf(what, 64, "call %.40s",
                said->service_call_created->call->reason);
}

static void hub_hears(const char *what, const uint8_t id[DEVICE_ID_BYTES])
{
    struct saying *saying = life.said;

    for (uint32_t i = 0; i < life.said_count; i++, saying++)
        if (memcmp(saying->id, id, DEVICE_ID_BYTES) == 0)
            return;
    assert_true(life.said_count < LINES);
    life.said_count++;
    snprintf(saying->what, sizeof(saying->what), "%s", what);
    memcpy(saying->id, id, DEVICE_ID_BYTES);
}

static int publish(
        void *ctx, const char *topic, const void *data, size_t len, bool retain)
{
    Dw__Envelope *said;
    char what[64];

    if (life.is_off)
        return 0;
    if (!retain && (life.hub_hears || life.lives > 1)) {
        said = dw__envelope__unpack(NULL, len, data);
        assert_non_null(said);
        what_is_said(said, what);
        if (what[0])
            hub_hears(what, said->id.data);
        dw__envelope__free_unpacked(said, NULL);
    }
    return desk_publish(ctx, topic, data, len, retain);
}

/* --- the hub --- */

static uint32_t times_said(const char *what)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < life.said_count; i++)
        count += strcmp(life.said[i].what, what) == 0;
    return count;
}

static void send_page(const char *page_id)
{
    Dw__PageSent body = DW__PAGE_SENT__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(life.desk, id, DW__ENVELOPE__BODY_PAGE_SENT);

    table.id = (char *)"5";
    body.page_id = (char *)page_id;
    body.order_id = (char *)page_id; /* an order for each */
    body.table = &table;
    body.text = (char *)"ready";
    envelope.page_sent = &body;
    desk_deliver(life.desk, "dev/d1/cmd", &envelope, life.now_ms);
}

static void offer_page(const char *page_id)
{
    assert_true(life.page_count < OPEN);
    snprintf(life.pages[life.page_count++], sizeof(life.pages[0]), "%s",
            page_id);
    send_page(page_id);
}

static void raise_escalation(const char *escalation_id)
{
    Dw__EscalationStep body = DW__ESCALATION_STEP__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(life.desk, id, DW__ENVELOPE__BODY_ESCALATION_RAISED);

    body.id = (char *)escalation_id;
    body.about = (char *)"order";
    body.has_step = true;
    body.step = 1;
    body.target = (char *)"waiters";
    envelope.escalation_raised = &body;
    desk_deliver(life.desk, "pb/waiters", &envelope, life.now_ms);
}

static void configure(uint64_t rev)
{
    Dw__DeviceConfigured body = DW__DEVICE_CONFIGURED__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(life.desk, id, DW__ENVELOPE__BODY_DEVICE_CONFIGURED);

    body.device_id = (char *)"d1";
    body.has_rev = true;
    body.rev = rev;
    envelope.device_configured = &body;
    desk_deliver(life.desk, "dev/d1/cmd", &envelope, life.now_ms);
}

static void assign(const char *order_id)
{
    Dw__DeviceAssigned body = DW__DEVICE_ASSIGNED__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(life.desk, id, DW__ENVELOPE__BODY_DEVICE_ASSIGNED);

    body.device_id = (char *)"d1";
    body.order_id = (char *)order_id;
    envelope.device_assigned = &body;
    desk_deliver(life.desk, "dev/d1/cmd", &envelope, life.now_ms);
}

/* Each of those that it hears is answered. */
static void answer(void)
{
    while (life.hub_hears && !life.is_off && life.desk->device.outbox.count > 0)
        desk_receipt(life.desk, life.now_ms);
}

static void answer_one(void)
{
    if (life.hub_hears && life.desk->device.outbox.count > 0)
        desk_receipt(life.desk, life.now_ms);
}

/* --- stories: each step may be the last --- */

static void link_up(void)
{
    desk_link(life.desk, life.now_ms);
}

static void link_down(void)
{
    device_on_link_lost(&life.desk->device, life.now_ms);
}

static void press(void)
{
    life.tries++;
    life.waiting = life.desk->device.outbox.count;
    device_input(&life.desk->device, INPUT_KEY, life.now_ms);
}

static void press_twice(void)
{
    life.tries++;
    life.waiting = life.desk->device.outbox.count;
    device_input(&life.desk->device, INPUT_DOUBLE, life.now_ms);
}

static void page_1(void)
{
    offer_page("p1");
}

static void page_2(void)
{
    offer_page("p2");
}

static void page_3(void)
{
    offer_page("p3");
}

static void escalation_1(void)
{
    raise_escalation("e1");
}

static void escalation_2(void)
{
    raise_escalation("e2");
}

static void configure_1(void)
{
    configure(1);
}

static void configure_2(void)
{
    configure(2);
}

static void assign_1(void)
{
    assign("o1");
}

static void assign_none(void)
{
    assign("");
}

static void key_word(void)
{
    device_word(&life.desk->device, "bump", life.now_ms);
}

static void (*const pager_story[])(void) = { link_up, configure_1, assign_1,
    page_1, page_2, press, answer_one, link_down, press, link_up, page_3,
    answer, press, configure_2, assign_none, answer, NULL };
static void (*const waiter_story[])(void) = { link_up, escalation_1, press,
    answer, escalation_2, link_down, press, link_up, answer, configure_1,
    NULL };
static void (*const button_story[])(void) = { press, press_twice, link_up,
    configure_1, answer_one, answer, press, link_down, press_twice, link_up,
    answer, NULL };
static void (*const others_story[])(void) = { link_up, configure_1, key_word,
    assign_1, answer, key_word, configure_2, assign_none, NULL };

/* --- power --- */

static const struct device_config config = { .id = "d1",
    .site = "main",
    .table = "5",
    .reason = "waiter",
    .reason_double = "bill" };
static const struct device_config waiter_config = { .id = "d1",
    .site = "main" };

static void power_on(uint32_t cut)
{
    life.lives++;
    life.cut = cut;
    life.writes = 0;
    life.is_off = false;
    life.now_ms += 5000;
    if (!desk_start(life.desk, life.kind,
                life.kind == &waiter_kind ? &waiter_config : &config,
                life.now_ms)) {
        assert_true(life.is_off); /* and it does not go on */
        return;
    }
    assert_true(life.desk->device.boot > life.boot);
    life.boot = life.desk->device.boot;
}

static void play(void (*const *story)(void))
{
    for (; *story && !life.is_off; story++) {
        life.now_ms += 1000;
        life.desk->wall_ms = WALL_MS + life.now_ms;
        (*story)();
    }
}

/* The hub offers what it thinks is open, and who hears it ring answers. */
static void offer_again(void)
{
    for (uint32_t i = 0; i < life.page_count && !life.is_off; i++)
        send_page(life.pages[i]);
    for (uint32_t i = 0; i < life.page_count && !life.is_off; i++)
        if (desk_rings(life.desk))
            press();
}

static void hear_from_now_on(void)
{
    life.hub_hears = true;
}

static void wait_for_resend(void)
{
    life.now_ms += DEVICE_RESEND_MS;
    device_tick(&life.desk->device, life.now_ms);
}

static void (*const recovery[])(void) = { hear_from_now_on, link_up,
    offer_again, answer, wait_for_resend, answer, link_down, link_up, NULL };

/* --- what must hold --- */

static void assert_kept_nothing(void)
{
    assert_int_equal(life.desk->device.outbox.count, 0);
    for (uint32_t i = 0; i < DESK_KEPT; i++)
        if (strncmp(life.desk->kept[i].key, "fact", 4) == 0)
            assert_int_equal(life.desk->kept[i].len, 0);
}

static void assert_shown_is_so(const char *shown)
{
    unsigned long rev = 0;

    if (sscanf(shown, "configured rev=%lu", &rev) == 1)
        assert_true(life.desk->device.settings.rev >= rev);
    else if (times_said(shown) == 0)
        fail_msg("lost: %s", shown);
}

/* Calls are the same but for their ids: as many as there were presses. */
static void assert_all_is_well(void)
{
    uint32_t calls = times_said("call waiter") + times_said("call bill");

    for (uint32_t i = 0; i < life.shown_count; i++)
        assert_shown_is_so(life.shown[i]);
    for (uint32_t i = 0; i < life.said_count; i++)
        if (life.said[i].what[0] == 'a' && times_said(life.said[i].what) > 1)
            fail_msg("two ids: %s", life.said[i].what);
    assert_in_range(calls, life.presses, life.tries);
    assert_kept_nothing();
}

/* Cut at write `first` of the story and at `second` of the start after it;
 * returns whether the story had so many writes (bit 0), and the start (1). */
static uint32_t live(const struct device_kind *kind, void (*const *story)(void),
        bool hub, uint32_t first, uint32_t second)
{
    uint32_t reached = 0;

    memset(&life, 0, sizeof(life));
    life.desk = desk_make();
    life.desk->platform.keep = keep;
    life.desk->platform.publish = publish;
    life.desk->platform.show = show;
    life.kind = kind;
    life.hub_hears = hub;
    life.desk->wall_ms = WALL_MS;

    power_on(first);
    play(story);
    reached |= life.is_off;
    power_on(second);
    play(recovery);
    reached |= life.is_off ? 2u : 0;
    power_on(NEVER);
    play(recovery);
    assert_all_is_well();
    desk_clear(life.desk);
    return reached;
}

static void cut_everywhere(
        const struct device_kind *kind, void (*const *story)(void))
{
    uint32_t cuts = 0;
    uint32_t pairs = 0;

    for (uint32_t hub = 0; hub < 2; hub++) {
        uint32_t first = 0;
        uint32_t second;

        do {
            second = 0;
            while (live(kind, story, hub, first, second) & 2)
                second++;
            pairs += second;
        } while (live(kind, story, hub, first++, NEVER) & 1);
        cuts += first - 1;
    }
    print_message("%s: the power went at %u writes, and at %u pairs of them\n",
            kind == &waiter_kind ? "waiter" : kind->name, cuts, pairs);
    assert_true(cuts > 4);
}

static void a_pagers_answer_outlives_the_power(void **unused)
{
    (void)unused;
    cut_everywhere(&pager_kind, pager_story);
}

static void a_waiters_answer_outlives_the_power(void **unused)
{
    (void)unused;
    cut_everywhere(&waiter_kind, waiter_story);
}

static void a_buttons_call_outlives_the_power(void **unused)
{
    (void)unused;
    cut_everywhere(&button_kind, button_story);
}

static void what_the_hub_wanted_of_the_others_outlives_the_power(void **unused)
{
    (void)unused;
    cut_everywhere(&bumpbar_kind, others_story);
    cut_everywhere(&buzzer_kind, others_story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pagers_answer_outlives_the_power),
        cmocka_unit_test(a_waiters_answer_outlives_the_power),
        cmocka_unit_test(a_buttons_call_outlives_the_power),
        cmocka_unit_test(what_the_hub_wanted_of_the_others_outlives_the_power),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
