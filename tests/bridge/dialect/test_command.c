#include "bridge/dialect/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/dialect/dialect.h"
#include "hub/evt/body.h"
#include "schemas/watch.pb-c.h"
#include "tests/support/story.h"

static const struct principal everybody = {
    .roles = UINT32_MAX,
    .subject =
            "\"quoted\\, 63 characters are the most that somebody's name has",
};

static void every_command_and_every_role_is_well_formed(void **unused)
{
    struct fault fault;
    int commands = 0;

    (void)unused;
    for (int what = 0; what < EVT_COUNT; what++) {
        ProtobufCMessage *stated, *command;

        if (!evt_kinds[what].command)
            continue;
        stated = body_new(evt_kinds[what].body);
        assert_int_equal(dialect_make_command(&everybody, (enum evt_id)what,
                                 stated, &command),
                ERR_OK);
        assert_int_equal(body_check(command, &fault), ERR_OK);
        assert_string_equal(((Dw__CommandRequested *)command)->command,
                evt_kinds[what].name);
        assert_int_equal(
                ((Dw__CommandRequested *)command)->n_roles, ROLE_COUNT);
        body_free(command);
        body_free(stated);
        commands++;
    }
    assert_true(commands > 20);
}

static void what_was_stated_can_be_heard_again(void **unused)
{
    ProtobufCMessage *stated = story_order("41", "5"), *body;
    char *payload;
    struct heard heard;
    struct fault fault;
    uint8_t first[1024], second[1024];
    size_t len = protobuf_c_message_get_packed_size(stated);

    (void)unused;
    assert_true(len <= sizeof(first));
    assert_int_equal(
            dialect_make_command(&everybody, EVT_ORDER_CREATED, stated, &body),
            ERR_OK);
    payload = ((Dw__CommandRequested *)body)->payload;
    assert_int_equal(dialect_hear("order.created", payload, strlen(payload),
                             &heard, &fault),
            ERR_OK);
    assert_int_equal(protobuf_c_message_get_packed_size(heard.body), len);
    protobuf_c_message_pack(stated, first);
    protobuf_c_message_pack(heard.body, second);
    assert_memory_equal(first, second, len);
    body_free(heard.body);
    body_free(body);
    body_free(stated);
}

static void a_name_cannot_end_its_string(void **unused)
{
    ProtobufCMessage *stated = story_about(EVT_KITCHEN_READY, "41"), *body;
    const struct evt_form *form;
    struct fault fault;
    struct evt *evt;

    (void)unused;
    assert_int_equal(
            dialect_make_command(&everybody, EVT_KITCHEN_READY, stated, &body),
            ERR_OK);
    body_free(stated);
    assert_int_equal(evt_create(EVT_COMMAND_REQUESTED, body, &evt), ERR_OK);
    form = dialect_say_command(evt);
    assert_non_null(form);
    assert_int_equal(
            json_gate((const char *)form->data, form->len, &fault), ERR_OK);
    assert_ptr_equal(dialect_say_command(evt), form); /* made once */
    assert_string_equal(dialect_command_name(evt), "kitchen.ready");
    evt_unref(evt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_and_every_role_is_well_formed),
        cmocka_unit_test(what_was_stated_can_be_heard_again),
        cmocka_unit_test(a_name_cannot_end_its_string),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
