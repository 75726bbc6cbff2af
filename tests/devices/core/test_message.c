#include "devices/core/message.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schemas/envelope.pb-c.h"

static const uint8_t some_id[DEVICE_ID_BYTES] = "0123456789abcdef";

static alignas(max_align_t) uint8_t memory[4096];
static uint8_t bytes[4096];

static size_t pack_ready(size_t id_len, uint32_t event)
{
    Dw__Envelope envelope = DW__ENVELOPE__INIT;
    Dw__KitchenReady ready = DW__KITCHEN_READY__INIT;

    ready.order_id = (char *)"o1";
    envelope.has_id = true;
    envelope.id.data = (uint8_t *)some_id;
    envelope.id.len = id_len;
    envelope.has_event = true;
    envelope.event = event;
    envelope.body_case = DW__ENVELOPE__BODY_KITCHEN_READY;
    envelope.kitchen_ready = &ready;
    return dw__envelope__pack(&envelope, bytes);
}

static const Dw__Notification *decode(size_t len, size_t room)
{
    static struct arena arena;

    arena_init(&arena, memory, room);
    return message_decode(&arena, bytes, len);
}

static void an_envelope_is_read_as_a_notification(void **unused)
{
    const Dw__Notification *note = decode(pack_ready(16, 32), sizeof(memory));

    (void)unused;
    assert_non_null(note);
    assert_int_equal(note->body_case, DW__NOTIFICATION__BODY_KITCHEN_READY);
    assert_string_equal(note->kitchen_ready->order_id, "o1");
}

static void without_an_id_or_with_another_number_it_is_none(void **unused)
{
    (void)unused;
    assert_null(decode(pack_ready(15, 32), sizeof(memory)));
    assert_null(decode(pack_ready(0, 32), sizeof(memory)));
    assert_null(decode(pack_ready(16, 33), sizeof(memory)));
}

static void cut_anywhere_it_is_none(void **unused)
{
    size_t len = pack_ready(16, 32);

    (void)unused;
    for (size_t cut = 0; cut < len; cut++) {
        const Dw__Notification *note = decode(cut, sizeof(memory));

        /* A cut between two fields leaves a message without a body. */
        assert_true(!note || note->body_case == 0);
    }
}

static void larger_than_the_arena_it_is_none(void **unused)
{
    size_t len = pack_ready(16, 32);

    (void)unused;
    for (size_t room = 0; room < 200; room += 8)
        assert_null(decode(len, room));
}

static void a_body_that_devices_do_not_know_is_passed_over(void **unused)
{
    Dw__Envelope envelope = DW__ENVELOPE__INIT;
    Dw__OrderConfirmed body = DW__ORDER_CONFIRMED__INIT;
    const Dw__Notification *note;

    (void)unused;
    body.order_id = (char *)"o1";
    envelope.has_id = true;
    envelope.id.data = (uint8_t *)some_id;
    envelope.id.len = sizeof(some_id);
    envelope.body_case = DW__ENVELOPE__BODY_ORDER_CONFIRMED;
    envelope.order_confirmed = &body;
    note = decode(dw__envelope__pack(&envelope, bytes), sizeof(memory));
    assert_non_null(note);
    assert_int_equal(note->body_case, DW__NOTIFICATION__BODY__NOT_SET);
}

static void what_is_written_is_an_envelope(void **unused)
{
    Dw__PrintFailed body = DW__PRINT_FAILED__INIT;
    Dw__Envelope *envelope;
    size_t len;

    (void)unused;
    body.job_id = (char *)"job-1";
    body.reason = (char *)"uncertain";
    len = message_encode(bytes, sizeof(bytes), some_id,
            DW__ENVELOPE__BODY_PRINT_FAILED, &body.base);
    envelope = dw__envelope__unpack(NULL, len, bytes);
    assert_non_null(envelope);
    assert_int_equal(envelope->v, 1);
    assert_int_equal(envelope->event, 72);
    assert_memory_equal(envelope->id.data, some_id, sizeof(some_id));
    assert_int_equal(envelope->body_case, DW__ENVELOPE__BODY_PRINT_FAILED);
    assert_string_equal(envelope->print_failed->job_id, "job-1");
    dw__envelope__free_unpacked(envelope, NULL);
}

static void what_does_not_fit_is_not_written(void **unused)
{
    Dw__PrintFailed body = DW__PRINT_FAILED__INIT;
    size_t len;

    (void)unused;
    body.job_id = (char *)"job-1";
    body.reason = (char *)"uncertain";
    len = message_encode(bytes, sizeof(bytes), some_id,
            DW__ENVELOPE__BODY_PRINT_FAILED, &body.base);
    for (size_t cap = 0; cap < len; cap++) {
        uint8_t *exact = malloc(cap ? cap : 1); /* ASan watches its end */

        assert_int_equal(message_encode(exact, cap, some_id,
                                 DW__ENVELOPE__BODY_PRINT_FAILED, &body.base),
                0);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_envelope_is_read_as_a_notification),
        cmocka_unit_test(without_an_id_or_with_another_number_it_is_none),
        cmocka_unit_test(cut_anywhere_it_is_none),
        cmocka_unit_test(larger_than_the_arena_it_is_none),
        cmocka_unit_test(a_body_that_devices_do_not_know_is_passed_over),
        cmocka_unit_test(what_is_written_is_an_envelope),
        cmocka_unit_test(what_does_not_fit_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
