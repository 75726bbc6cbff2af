/*
 * The golden JSON of schemas/vectors, one file an event. An entry of "pass"
 * has a payload, how we say it in full (left out: as it is), and how a view
 * says it (left out: as in full). An entry of "fail" has a payload, and the
 * code and field of the fault. Everything is compared byte by byte. The first
 * that passes has all fields, in the first element of a list.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "bridge/dialect/dialect.h"
#include "hub/evt/body.h"

#define FILE_BYTES 65536

static cJSON *vectors[EVT_COUNT];

static cJSON *read_vectors(const char *name)
{
    static char text[FILE_BYTES];
    char path[256];
    size_t len;
    FILE *file;

    snprintf(path, sizeof(path), SOURCE_DIR "/schemas/vectors/%s.json", name);
    file = fopen(path, "r");
    if (!file)
        fail_msg("%s has no vectors", name);
    len = fread(text, 1, sizeof(text), file);
    fclose(file);
    assert_true(len < sizeof(text));
    return cJSON_ParseWithLength(text, len);
}

static int read_all(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        vectors[i] = read_vectors(evt_kinds[i].name);
        if (!vectors[i])
            fail_msg("%s: its vectors are no JSON", evt_kinds[i].name);
    }
    return 0;
}

static int release_all(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        cJSON_Delete(vectors[i]);
    return 0;
}

static const cJSON *list(int what, const char *name)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(vectors[what], name);

    assert_true(cJSON_IsArray(found));
    return found;
}

static const char *name_of(const cJSON *vector)
{
    return cJSON_GetStringValue(
            cJSON_GetObjectItemCaseSensitive(vector, "name"));
}

/* The compact text of the first of the members that is there. */
static char *text_of(const cJSON *vector, const char *const names[])
{
    for (; *names; names++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(vector, *names);

        if (item)
            return cJSON_PrintUnformatted(item);
    }
    fail_msg("%s: a member is missing", name_of(vector));
    return NULL;
}

static char *payload_text(const cJSON *vector)
{
    return text_of(vector, (const char *[]){ "payload", NULL });
}

static char *full_text(const cJSON *vector)
{
    return text_of(vector, (const char *[]){ "full", "payload", NULL });
}

static ProtobufCMessage *hear(int what, const cJSON *vector, const char *text)
{
    struct fault fault = { 0 };
    struct heard heard;

    if (dialect_hear(evt_kinds[what].name, text, strlen(text), &heard,
                &fault) != ERR_OK)
        fail_msg("%s, %s: %s, %s: %s", evt_kinds[what].name, name_of(vector),
                err_kinds[fault.code].name, fault.field, fault.text);
    assert_int_equal(heard.what, what);
    return heard.body;
}

static void expect_said(int what, const cJSON *vector,
        const ProtobufCMessage *body, enum view view, const char *text)
{
    struct buf out;

    buf_init(&out, FILE_BYTES);
    dialect_put_json(&out, body, view);
    buf_putc(&out, '\0');
    assert_false(out.failed);
    if (strcmp(out.data, text) != 0)
        fail_msg("%s, %s, view %d:\n%s\nis not\n%s", evt_kinds[what].name,
                name_of(vector), view, out.data, text);
    buf_finish(&out);
}

static void every_event_has_at_least_two_that_pass_and_three_that_fail(
        void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        assert_true(cJSON_GetArraySize(list(i, "pass")) >= 2);
        assert_true(cJSON_GetArraySize(list(i, "fail")) >= 3);
    }
}

/* Each field of the message and of its parts; the word beside an enum has no
 * name of its own in JSON. */
static void expect_all_fields(
        int what, const cJSON *object, const ProtobufCMessageDescriptor *type)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        size_t len = strlen(field->name);
        char name[JSON_NAME_CHARS + 1];
        const cJSON *item;

        if (len > 5 && strcmp(field->name + len - 5, "_word") == 0)
            continue;
        body_json_name(field->name, name);
        item = cJSON_GetObjectItemCaseSensitive(object, name);
        if (cJSON_IsArray(item))
            item = item->child;
        if (!item)
            fail_msg("%s: the first vector has no %s.%s", evt_kinds[what].name,
                    type->short_name, name);
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            expect_all_fields(what, item, field->descriptor);
    }
}

static void the_first_that_passes_has_everything_there_is(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        expect_all_fields(i,
                cJSON_GetObjectItemCaseSensitive(
                        list(i, "pass")->child, "payload"),
                evt_kinds[i].body);
}

static void what_passes_is_said_as_the_vector_has_it(void **unused)
{
    const cJSON *vector;

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        cJSON_ArrayForEach(vector, list(i, "pass"))
        {
            char *payload = payload_text(vector), *full = full_text(vector);
            ProtobufCMessage *body = hear(i, vector, payload), *again;

            expect_said(i, vector, body, VIEW_FULL, full);
            again = hear(i, vector, full);
            expect_said(i, vector, again, VIEW_FULL, full);
            body_free(again);
            body_free(body);
            cJSON_free(payload);
            cJSON_free(full);
        }
    }
}

static void each_view_is_said_as_the_vector_has_it(void **unused)
{
    static const char *const names[VIEW_COUNT] = { [VIEW_STAFF] = "staff",
        [VIEW_CUSTOMER] = "customer",
        [VIEW_DEVICE] = "device" };
    const cJSON *vector;

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        const uint32_t roles_of[VIEW_COUNT] = { [VIEW_STAFF] =
                                                        evt_kinds[i].staff,
            [VIEW_CUSTOMER] = evt_kinds[i].customer,
            [VIEW_DEVICE] = evt_kinds[i].device };

        cJSON_ArrayForEach(vector, list(i, "pass"))
        {
            char *payload = payload_text(vector);
            ProtobufCMessage *body = hear(i, vector, payload);

            for (int view = VIEW_STAFF; view < VIEW_COUNT; view++) {
                char *text = text_of(vector, (const char *[]){ names[view],
                                                     "full", "payload", NULL });

                if (roles_of[view])
                    expect_said(i, vector, body, (enum view)view, text);
                else if (cJSON_GetObjectItemCaseSensitive(vector, names[view]))
                    fail_msg("%s: nobody has the view %s", evt_kinds[i].name,
                            names[view]);
                cJSON_free(text);
            }
            body_free(body);
            cJSON_free(payload);
        }
    }
}

/* JSON, event, envelope in protobuf, and back to the same JSON and bytes. */
static void what_passes_survives_the_way_through_protobuf(void **unused)
{
    const cJSON *vector;

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        cJSON_ArrayForEach(vector, list(i, "pass"))
        {
            char *payload = payload_text(vector), *full = full_text(vector);
            const struct evt_form *form;
            struct fault fault = { 0 };
            struct heard heard;
            struct evt *evt, *again;

            assert_int_equal(
                    evt_create((enum evt_id)i, hear(i, vector, payload), &evt),
                    ERR_OK);
            assert_true(room_make(ROOM_INDEX_KITCHEN, "", &evt->rooms[0]));
            evt->room_count = 1;
            form = dialect_say_envelope(evt, VIEW_FULL, 0);
            assert_non_null(form);
            if (dialect_hear_envelope(form->data, form->len, &heard, &fault) !=
                    ERR_OK)
                fail_msg("%s, %s: %s: %s", evt_kinds[i].name, name_of(vector),
                        fault.field, fault.text);
            assert_int_equal(heard.what, i);
            expect_said(i, vector, heard.body, VIEW_FULL, full);

            assert_int_equal(
                    evt_create(heard.what, heard.body, &again), ERR_OK);
            assert_int_equal(again->packed_len, evt->packed_len);
            assert_memory_equal(again->packed, evt->packed, evt->packed_len);
            evt_unref(again);
            evt_unref(evt);
            cJSON_free(payload);
            cJSON_free(full);
        }
    }
}

static void what_fails_says_what_is_wrong_and_where(void **unused)
{
    const cJSON *vector;

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        cJSON_ArrayForEach(vector, list(i, "fail"))
        {
            const char *code = cJSON_GetStringValue(
                    cJSON_GetObjectItemCaseSensitive(vector, "code"));
            const char *field = cJSON_GetStringValue(
                    cJSON_GetObjectItemCaseSensitive(vector, "field"));
            char *payload = payload_text(vector);
            struct fault fault = { 0 };
            struct heard heard;
            enum err err = dialect_hear(evt_kinds[i].name, payload,
                    strlen(payload), &heard, &fault);

            assert_int_equal(err, fault.code);
            if (strcmp(err_kinds[err].name, code) != 0 ||
                    strcmp(fault.field, field) != 0)
                fail_msg("%s, %s: %s, %s: %s", evt_kinds[i].name,
                        name_of(vector), err_kinds[err].name, fault.field,
                        fault.text);
            assert_null(heard.body);
            assert_true(fault.text[0] != '\0');
            cJSON_free(payload);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
                every_event_has_at_least_two_that_pass_and_three_that_fail),
        cmocka_unit_test(the_first_that_passes_has_everything_there_is),
        cmocka_unit_test(what_passes_is_said_as_the_vector_has_it),
        cmocka_unit_test(each_view_is_said_as_the_vector_has_it),
        cmocka_unit_test(what_passes_survives_the_way_through_protobuf),
        cmocka_unit_test(what_fails_says_what_is_wrong_and_where),
    };

    return cmocka_run_group_tests(tests, read_all, release_all);
}
