#include "devices/kinds/kinds.h"

#include "tests/devices/desk.h"

static struct device_config config = {
    .id = "pg5",
    .site = "main",
    .table = "5",
};

static int start(void **state)
{
    struct desk *desk = desk_make();

    *state = desk;
    config.auto_ack_ms = 0;
    assert_true(desk_start(desk, &pager_kind, &config, 1000));
    desk_link(desk, 1000);
    desk->line_count = 0;
    return 0;
}

static int stop(void **state)
{
    desk_clear(*state);
    return 0;
}

static void page_until(struct desk *desk, const char *page_id,
        const char *order_id, Dw__Priority priority, uint64_t exp_ms,
        uint64_t now_ms)
{
    Dw__PageSent body = DW__PAGE_SENT__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_PAGE_SENT);

    table.id = (char *)"5";
    body.page_id = (char *)page_id;
    body.order_id = (char *)order_id;
    body.table = &table;
    body.text = (char *)"ready";
    body.has_priority = true;
    body.priority = priority;
    envelope.page_sent = &body;
    envelope.has_exp_ms = exp_ms != 0;
    envelope.exp_ms = exp_ms;
    desk_deliver(desk, "pb/table/5", &envelope, now_ms);
}

static void page(struct desk *desk, const char *page_id, const char *order_id,
        uint64_t now_ms)
{
    page_until(
            desk, page_id, order_id, DW__PRIORITY__PRIORITY_NORMAL, 0, now_ms);
}

static void ready_until(struct desk *desk, const char *order_id,
        uint64_t exp_ms, uint64_t now_ms)
{
    Dw__KitchenReady body = DW__KITCHEN_READY__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_KITCHEN_READY);

    body.order_id = (char *)order_id;
    body.order_number = (char *)"41";
    envelope.kitchen_ready = &body;
    envelope.has_exp_ms = exp_ms != 0;
    envelope.exp_ms = exp_ms;
    desk_deliver(desk, "pb/table/5", &envelope, now_ms);
}

static void ready(struct desk *desk, const char *order_id, uint64_t now_ms)
{
    ready_until(desk, order_id, 0, now_ms);
}

static void completed(struct desk *desk, const char *order_id, uint64_t now_ms)
{
    Dw__KitchenCompleted body = DW__KITCHEN_COMPLETED__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_KITCHEN_COMPLETED);

    body.order_id = (char *)order_id;
    envelope.kitchen_completed = &body;
    desk_deliver(desk, "pb/table/5", &envelope, now_ms);
}

static void acked_elsewhere(
        struct desk *desk, const char *page_id, uint64_t now_ms)
{
    Dw__PageAcked body = DW__PAGE_ACKED__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_PAGE_ACKED);

    body.page_id = (char *)page_id;
    envelope.page_acked = &body;
    desk_deliver(desk, "pb/table/5", &envelope, now_ms);
}

static void cleared(struct desk *desk, const char *page_id,
        const char *order_id, uint64_t now_ms)
{
    Dw__PageStep body = DW__PAGE_STEP__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_PAGE_CLEARED);

    body.page_id = (char *)page_id;
    body.order_id = (char *)order_id;
    envelope.page_cleared = &body;
    desk_deliver(desk, "pb/table/5", &envelope, now_ms);
}

static void assert_acked(struct desk *desk, const char *page_id)
{
    Dw__Envelope *envelope = desk_last(desk);

    assert_int_equal(envelope->body_case, DW__ENVELOPE__BODY_PAGE_ACKED);
    assert_string_equal(envelope->page_acked->page_id, page_id);
    assert_string_equal(envelope->page_acked->table->id, "5");
    dw__envelope__free_unpacked(envelope, NULL);
}

/* What was said on dev/pg5/ack since, as "received p1; acked p1". */
static const char *said_since(struct desk *desk, uint32_t from)
{
    static char text[256];
    size_t len = 0;

    text[0] = '\0';
    for (; from < desk->sent_count; from++) {
        const struct desk_sent *sent = &desk->sent[from % DESK_SENT];
        Dw__Envelope *envelope =
                dw__envelope__unpack(NULL, sent->len, sent->bytes);
        bool is_ack = envelope->body_case == DW__ENVELOPE__BODY_PAGE_ACKED;

        assert_string_equal(sent->topic, "dw/1/main/dev/pg5/ack");
        assert_true(is_ack ||
                    envelope->body_case == DW__ENVELOPE__BODY_PAGE_RECEIVED);
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %s",
                len ? "; " : "", is_ack ? "acked" : "received",
                is_ack ? envelope->page_acked->page_id
                       : envelope->page_received->page_id);
        dw__envelope__free_unpacked(envelope, NULL);
    }
    return text;
}

static void a_page_rings_until_the_key_acknowledges_it(void **state)
{
    struct desk *desk = *state;

    page(desk, "p1", "o1", 1000);
    assert_true(desk->buzzing);
    assert_string_equal(desk_last_line(desk), "ring table=5 order=o1 page=p1");
    device_tick(&desk->device, 600000);
    assert_true(desk_rings(desk));
    device_input(&desk->device, INPUT_KEY, 600001);
    assert_false(desk->buzzing);
    assert_int_equal(desk_count(desk, "acked page=p1"), 1);
    assert_string_equal(desk_last_line(desk), "silent");
    assert_acked(desk, "p1");
}

static void a_key_without_a_page_says_nothing(void **state)
{
    struct desk *desk = *state;
    uint32_t before = desk->sent_count;

    device_input(&desk->device, INPUT_KEY, 1000);
    assert_int_equal(desk->sent_count, before);
}

static void ready_and_its_page_ring_once(void **state)
{
    struct desk *desk = *state;

    ready(desk, "o1", 1000);
    page(desk, "p1", "o1", 1010);
    device_tick(&desk->device, 5000);
    assert_int_equal(desk_count(desk, "ring"), 1);
    assert_string_equal(desk_last_line(desk), "ring table=5 order=41 page=p1");
}

static void ready_alone_rings_after_a_moment(void **state)
{
    struct desk *desk = *state;

    ready(desk, "o1", 1000);
    assert_false(desk->buzzing);
    assert_int_equal(desk->device.wake_ms, 2000);
    device_tick(&desk->device, 2000);
    assert_true(desk->buzzing);
    assert_string_equal(desk_last_line(desk), "ring table=5 order=41 page=-");
}

static void a_late_page_of_an_order_acknowledged_is_answered_not_rung(
        void **state)
{
    struct desk *desk = *state;

    ready(desk, "o1", 1000);
    device_tick(&desk->device, 2000);
    device_input(&desk->device, INPUT_KEY, 2100);
    assert_false(desk->buzzing);
    assert_int_equal(desk_count(desk, "acked"), 0);
    page(desk, "p1", "o1", 2200);
    assert_int_equal(desk_count(desk, "ring"), 1);
    assert_int_equal(desk_count(desk, "acked page=p1"), 1);
    assert_acked(desk, "p1");
}

static void a_page_rings_once_however_often_it_is_said(void **state)
{
    struct desk *desk = *state;

    page(desk, "p1", "o1", 1000);
    device_input(&desk->device, INPUT_KEY, 1100);
    page(desk, "p1", "o1", 1200);
    ready(desk, "o1", 1300);
    device_tick(&desk->device, 9000);
    assert_int_equal(desk_count(desk, "ring"), 1);
    assert_false(desk->buzzing);
}

static void pages_of_an_order_that_come_together_ring_once(void **state)
{
    struct desk *desk = *state;

    page(desk, "p1", "o1", 1000);
    page(desk, "p2", "o1", 1100);
    device_input(&desk->device, INPUT_KEY, 1200);
    assert_acked(desk, "p2");
    page(desk, "p1", "o1", 1300);
    page(desk, "p2", "o1", 1400);
    assert_int_equal(desk_count(desk, "ring"), 1);
    assert_false(desk->buzzing);
}

static void a_page_said_again_does_not_take_the_place_of_the_next(void **state)
{
    struct desk *desk = *state;

    page(desk, "p1", "o1", 1000);
    page(desk, "p2", "o1", 1100);
    page(desk, "p1", "o1", 1200);
    device_input(&desk->device, INPUT_KEY, 1300);
    assert_acked(desk, "p2");
}

static void a_page_that_is_cleared_is_silent_and_the_next_one_rings(
        void **state)
{
    struct desk *desk = *state;
    uint32_t before = desk->sent_count;

    page(desk, "p1", "o1", 1000);
    cleared(desk, "p1", "o1", 1100);
    assert_false(desk->buzzing);
    assert_string_equal(desk_last_line(desk), "silent");
    assert_string_equal(said_since(desk, before), "received p1");
    page(desk, "p1", "o1", 1200); /* late */
    assert_false(desk->buzzing);

    ready(desk, "o1", 1300);
    page(desk, "p2", "o1", 1310);
    assert_true(desk->buzzing);
    assert_string_equal(desk_last_line(desk), "ring table=5 order=41 page=p2");
    device_input(&desk->device, INPUT_KEY, 1400);
    assert_false(desk->buzzing);
    assert_acked(desk, "p2");
}

static void ready_alone_rings_again_after_its_page_was_cleared(void **state)
{
    struct desk *desk = *state;

    ready(desk, "o1", 1000);
    cleared(desk, "p1", "o1", 1100);
    device_tick(&desk->device, 2100);
    assert_int_equal(desk_count(desk, "ring"), 0);
    ready(desk, "o1", 3000);
    device_tick(&desk->device, 4000);
    assert_true(desk->buzzing);
}

/* Recalled after the guest has come: there was nothing left to clear. */
static void the_next_page_rings_after_one_that_was_answered(void **state)
{
    struct desk *desk = *state;

    page(desk, "p1", "o1", 1000);
    device_input(&desk->device, INPUT_KEY, 1100);
    ready(desk, "o1", 60000);
    assert_false(desk->buzzing);
    page(desk, "p2", "o1", 60010);
    assert_true(desk->buzzing);
    assert_int_equal(desk_count(desk, "ring"), 2);
}

/* Also if the first one had no id yet when it was answered. */
static void the_next_page_rings_after_one_that_was_answered_late(void **state)
{
    struct desk *desk = *state;

    ready(desk, "o1", 1000);
    device_tick(&desk->device, 2000);
    device_input(&desk->device, INPUT_KEY, 2100);
    page(desk, "p1", "o1", 2200);
    assert_acked(desk, "p1");
    page(desk, "p2", "o1", 60000);
    assert_true(desk->buzzing);
}

static void an_answer_owed_to_a_page_that_is_cleared_is_not_given_to_the_next(
        void **state)
{
    struct desk *desk = *state;

    ready(desk, "o1", 1000);
    device_tick(&desk->device, 2000);
    device_input(&desk->device, INPUT_KEY, 2100);
    cleared(desk, "p1", "o1", 2200);
    page(desk, "p2", "o1", 60000);
    assert_true(desk->buzzing);
    assert_int_equal(desk_count(desk, "acked"), 0);
}

static void what_is_cleared_of_another_order_changes_nothing(void **state)
{
    struct desk *desk = *state;

    page(desk, "p1", "o1", 1000);
    device_input(&desk->device, INPUT_KEY, 1100);
    page(desk, "p2", "o2", 1200);
    cleared(desk, "p3", "o3", 1300);
    cleared(desk, "p4", NULL, 1300);
    assert_true(desk->buzzing);
    assert_string_equal(desk_last_line(desk), "ring table=5 order=o2 page=p2");
    ready(desk, "o1", 1400);
    device_tick(&desk->device, 9000);
    device_input(&desk->device, INPUT_KEY, 9100);
    assert_false(desk->buzzing);
    assert_int_equal(desk_count(desk, "ring"), 2);
    page(desk, "p3", "o3", 9200); /* late */
    assert_false(desk->buzzing);
}

static void an_older_page_that_is_cleared_does_not_silence_the_newer(
        void **state)
{
    struct desk *desk = *state;

    page(desk, "p1", "o1", 1000);
    device_input(&desk->device, INPUT_KEY, 1100);
    page(desk, "p2", "o1", 1200);
    cleared(desk, "p1", "o1", 1300);
    assert_true(desk->buzzing);
    cleared(desk, "p2", "o1", 1400);
    assert_false(desk->buzzing);
}

static void an_acknowledgement_elsewhere_silences_it(void **state)
{
    struct desk *desk = *state;
    uint32_t before = desk->sent_count;

    page(desk, "p1", "o1", 1000);
    acked_elsewhere(desk, "p1", 1100);
    assert_false(desk->buzzing);
    assert_string_equal(desk_last_line(desk), "silent");
    assert_string_equal(said_since(desk, before), "received p1");
}

static void a_completed_order_silences_it_and_never_rings_again(void **state)
{
    struct desk *desk = *state;

    page(desk, "p1", "o1", 1000);
    completed(desk, "o1", 1100);
    assert_false(desk->buzzing);
    completed(desk, "o2", 1200);
    page(desk, "p2", "o2", 1300); /* late */
    assert_false(desk->buzzing);
}

static void the_newest_of_the_highest_priority_is_shown(void **state)
{
    struct desk *desk = *state;

    page_until(desk, "p1", "o1", DW__PRIORITY__PRIORITY_VIP, 0, 1000);
    page(desk, "p2", "o2", 1100);
    assert_string_equal(desk_last_line(desk), "ring table=5 order=o1 page=p1");
    page_until(desk, "p3", "o3", DW__PRIORITY__PRIORITY_VIP, 0, 1200);
    assert_string_equal(desk_last_line(desk), "ring table=5 order=o3 page=p3");
    device_input(&desk->device, INPUT_KEY, 1300);
    assert_string_equal(desk_last_line(desk), "ring table=5 order=o1 page=p1");
    device_input(&desk->device, INPUT_KEY, 1400);
    assert_string_equal(desk_last_line(desk), "ring table=5 order=o2 page=p2");
    device_input(&desk->device, INPUT_KEY, 1500);
    assert_string_equal(desk_last_line(desk), "silent");
}

static void when_its_time_is_over_it_is_silent(void **state)
{
    struct desk *desk = *state;

    desk->wall_ms = 100000;
    page_until(desk, "p1", "o1", DW__PRIORITY__PRIORITY_NORMAL, 160000, 1000);
    device_tick(&desk->device, 60999);
    assert_true(desk_rings(desk));
    assert_int_equal(desk->device.wake_ms, 61000);
    device_tick(&desk->device, 61000);
    assert_false(desk->buzzing);
    assert_string_equal(desk_last_line(desk), "silent");
}

static void the_page_says_how_long_it_rings_not_the_ready_before_it(
        void **state)
{
    struct desk *desk = *state;

    desk->wall_ms = 100000;
    ready_until(desk, "o1", 7300000, 1000);
    page_until(desk, "p1", "o1", DW__PRIORITY__PRIORITY_NORMAL, 160000, 1010);
    device_tick(&desk->device, 61009);
    assert_true(desk_rings(desk));
    /* Offered again after a reconnection: it does not ring for longer. */
    page_until(desk, "p1", "o1", DW__PRIORITY__PRIORITY_NORMAL, 700000, 61009);
    device_tick(&desk->device, 61010);
    assert_false(desk->buzzing);
}

static void more_pages_than_it_holds_give_up_the_oldest(void **state)
{
    struct desk *desk = *state;
    char page_id[8];

    for (int i = 0; i < 9; i++) {
        snprintf(page_id, sizeof(page_id), "p%d", i);
        page(desk, page_id, &page_id[1], 1000);
    }
    for (int i = 0; i < 8; i++)
        device_input(&desk->device, INPUT_KEY, 2000);
    assert_false(desk->buzzing);
    assert_int_equal(desk_count(desk, "acked page=p8"), 1);
    assert_int_equal(desk_count(desk, "acked page=p1"), 1);
    assert_int_equal(desk_count(desk, "acked page=p0"), 0);
}

static void it_can_acknowledge_by_itself(void **state)
{
    struct desk *desk = *state;

    config.auto_ack_ms = 3000;
    assert_true(desk_start(desk, &pager_kind, &config, 1000));
    desk_link(desk, 1000);
    page(desk, "p1", "o1", 2000);
    device_tick(&desk->device, 4999);
    assert_true(desk_rings(desk));
    assert_int_equal(desk->device.wake_ms, 5000);
    device_tick(&desk->device, 5000);
    assert_false(desk->buzzing);
    assert_acked(desk, "p1");
}

/* A table is called for whatever it is called for last. */
static void of_pages_without_an_order_the_newest_rings(void **state)
{
    struct desk *desk = *state;

    page(desk, "p1", NULL, 1000);
    page(desk, "p2", "o2", 1100);
    page(desk, "p3", NULL, 1200);
    assert_string_equal(desk_last_line(desk), "ring table=5 order=- page=p3");
    page(desk, "p1", NULL, 1300);
    device_input(&desk->device, INPUT_KEY, 1400);
    assert_int_equal(desk_count(desk, "acked page=p3"), 1);
    assert_string_equal(desk_last_line(desk), "ring table=5 order=o2 page=p2");
    device_input(&desk->device, INPUT_KEY, 1500);
    assert_false(desk->buzzing);
    assert_int_equal(desk_count(desk, "acked page=p1"), 0);
}

/* The power goes; the hub and the broker may say all of it again. */
static void power_cut(struct desk *desk, uint64_t now_ms)
{
    desk->buzzing = false;
    assert_true(desk_start(desk, &pager_kind, &config, now_ms));
    desk_link(desk, now_ms);
    desk->line_count = 0;
}

static void what_was_acknowledged_does_not_ring_after_a_loss_of_power(
        void **state)
{
    struct desk *desk = *state;
    uint8_t first_ready;

    ready(desk, "o1", 1000);
    first_ready = desk->next_id;
    page(desk, "p1", "o1", 1010);
    device_input(&desk->device, INPUT_KEY, 1100);

    power_cut(desk, 5000);
    desk->next_id =
            (uint8_t)(first_ready - 1); /* the broker, with the old ids */
    ready(desk, "o1", 5000);
    desk->next_id = 100;
    page(desk, "p1", "o1", 5010); /* the hub, in a new message */
    device_tick(&desk->device, 9000);
    assert_false(desk->buzzing);
    assert_int_equal(desk_count(desk, "ring"), 0);
    assert_int_equal(desk->device.counts.copies, 1);

    ready(desk, "o1", 9100); /* recalled, and ready once more */
    page(desk, "p2", "o1", 9110);
    assert_true(desk->buzzing);
}

static void an_old_page_said_again_after_a_loss_of_power_silences_no_newer(
        void **state)
{
    struct desk *desk = *state;

    page(desk, "p1", "o1", 1000);
    device_input(&desk->device, INPUT_KEY, 1100);
    power_cut(desk, 5000);
    desk->next_id = 100;
    page(desk, "p2", "o1", 5000);
    page(desk, "p1", "o1", 5100);
    assert_true(desk->buzzing);
    device_input(&desk->device, INPUT_KEY, 5200);
    assert_acked(desk, "p2");
}

static void a_ready_whose_page_is_over_does_not_ring_after_a_loss_of_power(
        void **state)
{
    struct desk *desk = *state;

    page(desk, "p1", "o1", 1000);
    device_input(&desk->device, INPUT_KEY, 1100);
    power_cut(desk, 5000);
    desk->next_id = 100;
    ready(desk, "o1", 5000);
    page(desk, "p1", "o1", 5100);
    device_tick(&desk->device, 9000);
    assert_false(desk->buzzing);
}

static void what_was_not_acknowledged_rings_again_after_a_loss_of_power(
        void **state)
{
    struct desk *desk = *state;

    page(desk, "p1", "o1", 1000);
    power_cut(desk, 5000);
    desk->next_id = 0;
    page(desk, "p1", "o1", 5000);
    assert_true(desk->buzzing);
}

static void what_ended_elsewhere_does_not_ring_after_a_loss_of_power(
        void **state)
{
    struct desk *desk = *state;

    page(desk, "p1", "o1", 1000);
    page(desk, "p2", "o2", 1000);
    page(desk, "p3", "o3", 1000);
    acked_elsewhere(desk, "p1", 1100);
    cleared(desk, "p2", "o2", 1100);
    completed(desk, "o3", 1100);
    power_cut(desk, 5000);
    desk->next_id = 100;
    page(desk, "p1", "o1", 5000);
    page(desk, "p2", "o2", 5000);
    page(desk, "p3", "o3", 5000);
    assert_false(desk->buzzing);
}

static void an_acknowledgement_is_said_again_after_a_loss_of_power(void **state)
{
    struct desk *desk = *state;

    page(desk, "p1", "o1", 1000);
    desk_receipt(desk, 1050);
    device_input(&desk->device, INPUT_KEY, 1100);
    power_cut(desk, 5000);
    assert_acked(desk, "p1");
    desk_receipt(desk, 5100);
    power_cut(desk, 9000);
    assert_int_equal(desk->device.outbox.count, 0);
}

static void a_page_that_is_offered_to_it_alone_rings_too(void **state)
{
    struct desk *desk = *state;
    Dw__PageSent body = DW__PAGE_SENT__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_PAGE_SENT);

    table.id = (char *)"5";
    body.page_id = (char *)"p1";
    body.table = &table;
    body.text = (char *)"ready";
    envelope.page_sent = &body;
    desk_deliver(desk, "dev/pg5/cmd", &envelope, 1000);
    desk_deliver(desk, "pb/table/5", &envelope, 1000);
    assert_int_equal(desk_count(desk, "ring"), 1);
}

static void that_a_page_has_come_is_said_each_time_that_it_is_offered(
        void **state)
{
    struct desk *desk = *state;
    uint32_t before = desk->sent_count;
    Dw__Envelope *said;

    page(desk, "p1", "o1", 1000);
    said = desk_last(desk);
    assert_string_equal(said->page_received->device_id, "pg5");
    dw__envelope__free_unpacked(said, NULL);
    desk_receipt(desk, 1100);
    page(desk, "p1", "o1", 4000);
    assert_string_equal(said_since(desk, before), "received p1; received p1");
    assert_memory_not_equal(desk->sent[before].bytes,
            desk->sent[before + 1].bytes, desk->sent[before].len);
    assert_int_equal(desk_count(desk, "ring"), 1);
}

/* The hub keeps it for one that sleeps, and hands it over until it hears. */
static void also_the_same_message_once_more(void **state)
{
    struct desk *desk = *state;
    uint32_t before = desk->sent_count;

    page(desk, "p1", "o1", 1000);
    device_tick(&desk->device, 70000); /* nobody has heard it */
    assert_int_equal(desk->device.outbox.count, 0);
    desk->next_id--;
    page(desk, "p1", "o1", 71000);
    assert_int_equal(desk->device.counts.copies, 1);
    assert_string_equal(said_since(desk, before), "received p1; received p1");
    assert_int_equal(desk_count(desk, "ring"), 1);
}

/* … not while it is on its way. */
static void what_waits_to_be_said_is_not_said_twice(void **state)
{
    struct desk *desk = *state;
    uint32_t before = desk->sent_count;

    page(desk, "p1", "o1", 1000);
    page(desk, "p1", "o1", 4000);
    assert_string_equal(said_since(desk, before), "received p1");
    page(desk, "p2", "o1", 5000);
    assert_string_equal(said_since(desk, before), "received p1; received p2");
    device_tick(&desk->device, 70000); /* nobody asks any more */
    assert_int_equal(desk->device.outbox.count, 0);
}

static void a_page_that_is_over_here_has_come_too(void **state)
{
    struct desk *desk = *state;
    uint32_t before;

    page(desk, "p1", "o1", 1000);
    desk_receipt(desk, 1050);
    device_input(&desk->device, INPUT_KEY, 1100);
    before = desk->sent_count;
    page(desk, "p1", "o1", 2000);
    assert_string_equal(said_since(desk, before), "received p1");
    assert_false(desk->buzzing);
    desk_receipt(desk, 2100);
    desk_receipt(desk, 2100);

    power_cut(desk, 5000);
    before = desk->sent_count;
    page(desk, "p1", "o1", 6000);
    assert_string_equal(said_since(desk, before), "received p1");
    assert_false(desk->buzzing);
}

static void a_ready_without_its_page_is_nothing_that_the_hub_waits_for(
        void **state)
{
    struct desk *desk = *state;
    uint32_t before = desk->sent_count;

    ready(desk, "o1", 1000);
    device_tick(&desk->device, 5000);
    assert_true(desk->buzzing);
    assert_string_equal(said_since(desk, before), "");
}

static void what_has_come_leaves_room_for_what_people_answer(void **state)
{
    struct desk *desk = *state;
    char page_id[8];

    for (int i = 0; i < 2 * DEVICE_FACTS; i++) {
        snprintf(page_id, sizeof(page_id), "p%d", i);
        page(desk, page_id, NULL, 1000);
    }
    assert_int_equal(desk->device.outbox.count, DEVICE_FACTS / 2);
    device_input(&desk->device, INPUT_KEY, 1000);
    assert_false(desk->buzzing);
}

static void a_full_outbox_keeps_it_ringing(void **state)
{
    struct desk *desk = *state;
    char page_id[16];

    for (int i = 0; desk->device.outbox.count < DEVICE_FACTS; i++) {
        snprintf(page_id, sizeof(page_id), "p%d", i);
        page(desk, page_id, NULL, 1000);
        device_input(&desk->device, INPUT_KEY, 1000);
    }
    page(desk, "last", NULL, 1000);
    device_input(&desk->device, INPUT_KEY, 1000);
    assert_true(desk->buzzing);
    desk_receipt(desk, 1100);
    device_input(&desk->device, INPUT_KEY, 1200);
    assert_false(desk->buzzing);
}

/* --- handed out --- */

static const struct device_config free_config = { .id = "pg9", .site = "main" };

static void start_free(struct desk *desk)
{
    assert_true(desk_start(desk, &pager_kind, &free_config, 1000));
    desk_link(desk, 1000);
    desk->line_count = 0;
}

static void assign(struct desk *desk, const char *table_id,
        const char *order_id, uint64_t now_ms)
{
    Dw__DeviceAssigned body = DW__DEVICE_ASSIGNED__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_DEVICE_ASSIGNED);

    body.device_id = (char *)"pg9";
    table.id = (char *)table_id;
    body.table = table_id ? &table : NULL;
    body.order_id = (char *)order_id;
    body.order_number = (char *)(order_id ? "41" : NULL);
    envelope.device_assigned = &body;
    desk_deliver(desk, "dev/pg9/cmd", &envelope, now_ms);
}

/* A page for whoever has `device_id`, or for all of a table. */
static void page_for(struct desk *desk, const char *page_id,
        const char *order_id, const char *table_id, const char *device_id,
        uint64_t now_ms)
{
    Dw__PageSent body = DW__PAGE_SENT__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_PAGE_SENT);

    body.page_id = (char *)page_id;
    body.order_id = (char *)order_id;
    body.order_number = (char *)(order_id ? "41" : NULL);
    table.id = (char *)table_id;
    body.table = table_id ? &table : NULL;
    body.device_id = (char *)device_id;
    body.text = (char *)"ready";
    envelope.page_sent = &body;
    desk_deliver(desk, "dev/pg9/cmd", &envelope, now_ms);
}

static void without_a_table_it_hears_no_room_and_is_free(void **state)
{
    struct desk *desk = *state;
    uint32_t before = desk->asked_count;

    start_free(desk);
    assert_int_equal(desk->asked_count, before + 2);
    assert_string_equal(desk->asked[before], "dw/1/main/dev/pg9/cmd");
    assert_string_equal(desk->display[0], "free");
    assert_string_equal(desk->display[1], "pg9");
}

static void handed_out_for_an_order_it_rings_for_that_and_no_other(void **state)
{
    struct desk *desk = *state;

    start_free(desk);
    assign(desk, NULL, "o41", 2000);
    assert_string_equal(desk_last_line(desk), "assigned table=- order=41");
    assert_string_equal(desk->display[0], "41");
    page_for(desk, "p1", "o41", NULL, NULL, 3000);
    assert_true(desk->buzzing);
    assert_string_equal(desk_last_line(desk), "ring table=- order=41 page=p1");
    device_input(&desk->device, INPUT_LONG, 4000);
    assert_false(desk->buzzing);
    page_for(desk, "p2", "o42", NULL, NULL, 5000);
    page_for(desk, "p3", "o41", NULL, "pg8", 5000);
    assert_false(desk_rings(desk));
    assert_int_equal(desk->device.counts.bad, 2);
    page_for(desk, "p4", "o42", NULL, "pg9", 6000);
    assert_true(desk_rings(desk)); /* the hub says that it is */
}

static void handed_out_for_a_table_it_rings_for_its_pages(void **state)
{
    struct desk *desk = *state;

    start_free(desk);
    assign(desk, "7", NULL, 2000);
    page_for(desk, "p1", "o1", "8", NULL, 3000);
    assert_false(desk_rings(desk));
    page_for(desk, "p2", "o1", "7", NULL, 3000);
    assert_true(desk_rings(desk));
    assert_string_equal(desk->display[0], "41");
    assert_string_equal(desk->display[1], "table 7");
}

static void a_pager_that_is_back_rings_no_longer(void **state)
{
    struct desk *desk = *state;

    start_free(desk);
    assign(desk, NULL, "o41", 2000);
    page_for(desk, "p1", "o41", NULL, "pg9", 3000);
    assign(desk, NULL, NULL, 4000);
    assert_false(desk_rings(desk));
    assert_int_equal(desk_count(desk, "free"), 1);
    assert_string_equal(desk->display[0], "free");
    page_for(desk, "p1", "o41", NULL, "pg9", 5000);
    assert_false(desk_rings(desk)); /* offered again: it is over */
}

static void handed_on_it_rings_only_for_whom_it_has_now(void **state)
{
    struct desk *desk = *state;

    start_free(desk);
    assign(desk, NULL, "o41", 2000);
    page_for(desk, "p1", "o41", NULL, "pg9", 3000);
    assign(desk, NULL, "o42", 4000);
    assert_false(desk_rings(desk));
    page_for(desk, "p2", "o42", NULL, "pg9", 5000);
    assign(desk, "3", "o42", 6000);
    assert_true(desk_rings(desk));
}

static void whom_it_has_it_knows_after_a_loss_of_power(void **state)
{
    struct desk *desk = *state;

    start_free(desk);
    assign(desk, NULL, "o41", 2000);
    start_free(desk);
    assert_string_equal(desk->display[0], "41");
    page_for(desk, "p1", "o41", NULL, NULL, 3000);
    assert_true(desk_rings(desk));
}

static void a_table_that_is_not_its_own_does_not_ring_it(void **state)
{
    struct desk *desk = *state;
    Dw__PageSent body = DW__PAGE_SENT__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_PAGE_SENT);

    table.id = (char *)"6";
    body.page_id = (char *)"p1";
    body.table = &table;
    body.text = (char *)"ready";
    envelope.page_sent = &body;
    desk_deliver(desk, "pb/table/5", &envelope, 1000);
    assert_false(desk_rings(desk));
    assert_int_equal(desk->device.counts.bad, 1);
}

/* --- what it looks like --- */

static void on_its_dock_it_does_not_ring_and_says_that_it_charges(void **state)
{
    struct desk *desk = *state;

    desk->has_vitals = true;
    desk->vitals =
            (struct device_vitals){ .battery_percent = 80, .charging = true };
    device_tick(&desk->device, 1500);
    assert_string_equal(desk->display[0], "charging");
    page(desk, "p1", "o1", 2000);
    assert_false(desk_rings(desk));
    device_input(&desk->device, INPUT_KEY, 2100);
    assert_int_equal(desk_count(desk, "acked"), 0);
    desk->vitals.charging = false;
    device_tick(&desk->device, 3000);
    assert_true(desk_rings(desk)); /* somebody took it: it is ready still */
    desk->vitals.charging = true;
    device_tick(&desk->device, 4000);
    assert_false(desk_rings(desk));
}

static void the_more_it_matters_the_more_hurried_it_sounds(void **state)
{
    struct desk *desk = *state;

    page_until(desk, "p1", "o1", DW__PRIORITY__PRIORITY_NORMAL, 0, 1000);
    assert_int_equal(desk->device.signal.lasting.id, PATTERN_PAGE_NORMAL);
    page_until(desk, "p2", "o2", DW__PRIORITY__PRIORITY_VIP, 0, 1100);
    assert_int_equal(desk->device.signal.lasting.id, PATTERN_PAGE_VIP);
    assert_string_equal(desk->display[0], "o2");
    assert_string_equal(desk->display[2], "1 more");
    page_until(desk, "p3", "o3", DW__PRIORITY__PRIORITY_EXPRESS, 0, 1200);
    assert_int_equal(desk->device.signal.lasting.id, PATTERN_PAGE_VIP);
    device_input(&desk->device, INPUT_KEY, 1300);
    assert_int_equal(desk->device.signal.lasting.id, PATTERN_PAGE_EXPRESS);
    assert_string_equal(desk->display[0], "o3");
}

static void its_display_says_what_waits_and_that_it_is_nearly_empty(
        void **state)
{
    struct desk *desk = *state;

    assert_string_equal(desk->display[0], "table 5");
    assert_string_equal(desk->display[1], "pg5");
    page(desk, "p1", "o1", 1000);
    assert_string_equal(desk->display[0], "o1");
    assert_string_equal(desk->display[1], "table 5");
    desk->has_vitals = true;
    desk->vitals.battery_percent = 15;
    device_tick(&desk->device, 2000);
    assert_string_equal(desk->display[3], "battery low");
    device_input(&desk->device, INPUT_KEY, 3000);
    assert_string_equal(desk->display[0], "table 5");
    assert_string_equal(desk->display[3], "battery low");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_page_rings_until_the_key_acknowledges_it),
        TEST(a_key_without_a_page_says_nothing),
        TEST(ready_and_its_page_ring_once),
        TEST(ready_alone_rings_after_a_moment),
        TEST(a_late_page_of_an_order_acknowledged_is_answered_not_rung),
        TEST(a_page_rings_once_however_often_it_is_said),
        TEST(pages_of_an_order_that_come_together_ring_once),
        TEST(a_page_said_again_does_not_take_the_place_of_the_next),
        TEST(a_page_that_is_cleared_is_silent_and_the_next_one_rings),
        TEST(ready_alone_rings_again_after_its_page_was_cleared),
        TEST(the_next_page_rings_after_one_that_was_answered),
        TEST(the_next_page_rings_after_one_that_was_answered_late),
        TEST(an_answer_owed_to_a_page_that_is_cleared_is_not_given_to_the_next),
        TEST(what_is_cleared_of_another_order_changes_nothing),
        TEST(an_older_page_that_is_cleared_does_not_silence_the_newer),
        TEST(an_acknowledgement_elsewhere_silences_it),
        TEST(a_completed_order_silences_it_and_never_rings_again),
        TEST(the_newest_of_the_highest_priority_is_shown),
        TEST(when_its_time_is_over_it_is_silent),
        TEST(the_page_says_how_long_it_rings_not_the_ready_before_it),
        TEST(more_pages_than_it_holds_give_up_the_oldest),
        TEST(it_can_acknowledge_by_itself),
        TEST(of_pages_without_an_order_the_newest_rings),
        TEST(what_was_acknowledged_does_not_ring_after_a_loss_of_power),
        TEST(an_old_page_said_again_after_a_loss_of_power_silences_no_newer),
        TEST(a_ready_whose_page_is_over_does_not_ring_after_a_loss_of_power),
        TEST(what_was_not_acknowledged_rings_again_after_a_loss_of_power),
        TEST(what_ended_elsewhere_does_not_ring_after_a_loss_of_power),
        TEST(an_acknowledgement_is_said_again_after_a_loss_of_power),
        TEST(a_page_that_is_offered_to_it_alone_rings_too),
        TEST(that_a_page_has_come_is_said_each_time_that_it_is_offered),
        TEST(also_the_same_message_once_more),
        TEST(what_waits_to_be_said_is_not_said_twice),
        TEST(a_page_that_is_over_here_has_come_too),
        TEST(a_ready_without_its_page_is_nothing_that_the_hub_waits_for),
        TEST(what_has_come_leaves_room_for_what_people_answer),
        TEST(a_full_outbox_keeps_it_ringing),
        TEST(without_a_table_it_hears_no_room_and_is_free),
        TEST(handed_out_for_an_order_it_rings_for_that_and_no_other),
        TEST(handed_out_for_a_table_it_rings_for_its_pages),
        TEST(a_pager_that_is_back_rings_no_longer),
        TEST(handed_on_it_rings_only_for_whom_it_has_now),
        TEST(whom_it_has_it_knows_after_a_loss_of_power),
        TEST(a_table_that_is_not_its_own_does_not_ring_it),
        TEST(on_its_dock_it_does_not_ring_and_says_that_it_charges),
        TEST(the_more_it_matters_the_more_hurried_it_sounds),
        TEST(its_display_says_what_waits_and_that_it_is_nearly_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
