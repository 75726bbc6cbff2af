#include "schemas/catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "schemas/envelope.pb-c.h"
#include "schemas/fields.h"
#include "schemas/notification.pb-c.h"
#include "schemas/picture.pb-c.h"
#include "schemas/rooms.h"

#define MESSAGES          64
#define LAST_HEADER_FIELD 99 /* of an envelope: bodies come after it */

static bool is_word(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!(text[i] >= 'a' && text[i] <= 'z') && text[i] != '_')
            return false;
    return len > 0 && text[0] != '_' && text[len - 1] != '_';
}

static void every_name_is_a_subject_and_a_fact_with_a_dot(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        const char *name = evt_kinds[i].name;
        const char *dot = name ? strchr(name, '.') : NULL;

        if (!dot || !is_word(name, (size_t)(dot - name)) ||
                !is_word(dot + 1, strlen(dot + 1)))
            fail_msg("row %d: %s", i, name ? name : "no name");
    }
}

static void every_name_and_number_stands_once_and_is_found(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        assert_true(evt_kinds[i].wire > 0);
        assert_int_equal(evt_find(evt_kinds[i].name), i);
        assert_int_equal(evt_find_wire(evt_kinds[i].wire), i);
    }
    assert_int_equal(evt_find("order.eaten"), EVT_NONE);
    assert_int_equal(evt_find(""), EVT_NONE);
    assert_int_equal(evt_find_wire(0), EVT_NONE);
}

/* Numbers that are in use somewhere: a new one needs a new row here. */
static void no_number_has_changed(void **unused)
{
    static const struct {
        const char *name;
        uint32_t wire;
    } first[] = { { "order.created", 10 }, { "order.updated", 11 },
        { "order.status_changed", 12 }, { "order.confirmed", 13 },
        { "order.items_added", 14 }, { "order.cancel_requested", 15 },
        { "order.cancelled", 16 }, { "order.served", 17 },
        { "order.completed", 18 }, { "kitchen.acknowledged", 30 },
        { "kitchen.preparing", 31 }, { "kitchen.ready", 32 },
        { "kitchen.completed", 33 }, { "kitchen.cancel_accepted", 34 },
        { "kitchen.cancel_rejected", 35 }, { "kitchen.stats", 36 },
        { "table.updated", 45 }, { "alert.created", 55 },
        { "alert.acknowledged", 56 }, { "service_call.created", 60 },
        { "service_call.handled", 61 }, { "print.requested", 70 },
        { "print.printed", 71 }, { "print.failed", 72 }, { "page.sent", 80 },
        { "page.acked", 81 }, { "device.online", 90 },
        { "device.offline", 91 } };

    (void)unused;
    assert_int_equal(sizeof(first) / sizeof(first[0]), EVT_COUNT);
    for (int i = 0; i < EVT_COUNT; i++)
        assert_string_equal(
                evt_kinds[evt_find_wire(first[i].wire)].name, first[i].name);
}

static void everybody_knows_who_says_an_event_and_where_it_goes(void **unused)
{
    const uint32_t all_roles = (1u << ROLE_COUNT) - 1;

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        const struct evt_kind *kind = &evt_kinds[i];

        assert_non_null(kind->body);
        assert_true((kind->from | kind->from_own) != 0);
        assert_true(((kind->from | kind->from_own) & ~all_roles) == 0);
        assert_int_equal(kind->from & kind->from_own, 0);
        assert_true(kind->to != 0 && kind->to < 1u << ROOM_COUNT);
        assert_true(kind->keep != KEEP_UNSET);
        assert_true(kind->ttl_s > 0);
    }
}

/* A role stands in one view of an event. Those who see nothing of it are
 * listed, so that a forgotten role does not go unnoticed. */
static void who_sees_nothing_of_an_event_was_left_out_on_purpose(void **unused)
{
    const uint32_t staff_work = ROLE_TABLE | ROLE_DEVICE;
    const uint32_t figures = ROLE_WAITER | staff_work;
    const uint32_t machines = ROLE_POS | ROLE_WAITER | ROLE_TABLE;
    uint32_t blind[EVT_COUNT] = {
        [EVT_ORDER_UPDATED] = ROLE_DEVICE,
        [EVT_ORDER_STATUS_CHANGED] = ROLE_DEVICE,
        [EVT_ORDER_CONFIRMED] = ROLE_DEVICE,
        [EVT_ORDER_CANCEL_REQUESTED] = ROLE_DEVICE,
        [EVT_ORDER_SERVED] = ROLE_DEVICE,
        [EVT_ORDER_COMPLETED] = ROLE_DEVICE,
        [EVT_KITCHEN_ACKNOWLEDGED] = staff_work,
        [EVT_KITCHEN_PREPARING] = ROLE_DEVICE,
        [EVT_KITCHEN_CANCEL_ACCEPTED] = ROLE_DEVICE,
        [EVT_KITCHEN_CANCEL_REJECTED] = ROLE_DEVICE,
        [EVT_KITCHEN_STATS] = figures,
        [EVT_TABLE_UPDATED] = ROLE_KITCHEN | ROLE_DEVICE,
        [EVT_ALERT_CREATED] = ROLE_KITCHEN,
        [EVT_ALERT_ACKNOWLEDGED] = ROLE_KITCHEN,
        [EVT_SERVICE_CALL_CREATED] = ROLE_KITCHEN,
        [EVT_SERVICE_CALL_HANDLED] = ROLE_KITCHEN,
        [EVT_PRINT_REQUESTED] = machines,
        [EVT_PRINT_PRINTED] = machines | ROLE_DEVICE,
        [EVT_PRINT_FAILED] = machines | ROLE_DEVICE,
        [EVT_PAGE_SENT] = ROLE_KITCHEN | ROLE_TABLE,
        [EVT_PAGE_ACKED] = ROLE_KITCHEN | ROLE_TABLE,
        [EVT_DEVICE_ONLINE] = machines | ROLE_DEVICE,
        [EVT_DEVICE_OFFLINE] = machines | ROLE_DEVICE,
    };

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        const struct evt_kind *kind = &evt_kinds[i];
        const uint32_t masks[] = { kind->full, kind->staff, kind->customer,
            kind->device };
        uint32_t seen = 0;

        for (size_t n = 0; n < 4; n++) {
            assert_int_equal(seen & masks[n], 0);
            seen |= masks[n];
        }
        if ((~seen & ((1u << ROLE_COUNT) - 1)) != blind[i])
            fail_msg("%s: roles %#x see nothing", kind->name,
                    ~seen & ((1u << ROLE_COUNT) - 1));
    }
}

static void the_widest_view_of_several_roles_counts(void **unused)
{
    (void)unused;
    assert_int_equal(
            evt_view(EVT_KITCHEN_READY, ROLE_TABLE | ROLE_KITCHEN), VIEW_STAFF);
    assert_int_equal(evt_view(EVT_KITCHEN_READY, ROLE_TABLE), VIEW_CUSTOMER);
    assert_int_equal(
            evt_view(EVT_KITCHEN_READY, ROLE_DEVICE | ROLE_ADMIN), VIEW_FULL);
    assert_int_equal(evt_view(EVT_KITCHEN_READY, ROLE_DEVICE), VIEW_DEVICE);
    assert_int_equal(evt_view(EVT_KITCHEN_STATS, ROLE_TABLE), VIEW_NONE);
    assert_int_equal(evt_view(EVT_KITCHEN_STATS, 0), VIEW_NONE);
}

static void the_envelope_has_exactly_the_bodies_of_the_catalogue(void **unused)
{
    const ProtobufCMessageDescriptor *envelope = &dw__envelope__descriptor;
    int bodies = 0;

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        const ProtobufCFieldDescriptor *field =
                protobuf_c_message_descriptor_get_field(
                        envelope, EVT_FIELD(evt_kinds[i].wire));

        assert_non_null(field);
        assert_ptr_equal(field->descriptor, evt_kinds[i].body);
        assert_true(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF);
    }
    for (unsigned i = 0; i < envelope->n_fields; i++)
        bodies += envelope->fields[i].id > LAST_HEADER_FIELD;
    assert_int_equal(bodies, EVT_COUNT);
}

/* "order.created" is order_created in the envelope. */
static void a_body_s_field_has_the_name_of_its_event(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        char name[64];

        snprintf(name, sizeof(name), "%s", evt_kinds[i].name);
        *strchr(name, '.') = '_';
        assert_string_equal(
                protobuf_c_message_descriptor_get_field(
                        &dw__envelope__descriptor, EVT_FIELD(evt_kinds[i].wire))
                        ->name,
                name);
    }
}

static void a_notification_reads_an_envelope_s_own_numbers(void **unused)
{
    const ProtobufCMessageDescriptor *small = &dw__notification__descriptor;

    (void)unused;
    assert_true(small->n_fields < dw__envelope__descriptor.n_fields);
    for (unsigned i = 0; i < small->n_fields; i++) {
        const ProtobufCFieldDescriptor *ours = &small->fields[i];
        const ProtobufCFieldDescriptor *theirs =
                protobuf_c_message_descriptor_get_field(
                        &dw__envelope__descriptor, ours->id);

        assert_non_null(theirs);
        assert_string_equal(ours->name, theirs->name);
        assert_int_equal(ours->type, theirs->type);
        assert_int_equal(ours->label, theirs->label);
        assert_ptr_equal(ours->descriptor, theirs->descriptor);
    }
}

static void every_event_has_vectors(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        char path[256];

        snprintf(path, sizeof(path), SOURCE_DIR "/schemas/vectors/%s.json",
                evt_kinds[i].name);
        if (access(path, R_OK) != 0)
            fail_msg("%s is missing", path);
    }
}

/* --- the fields of all bodies and of the picture --- */

/* Every message there is below the bodies and the picture, each once. */
static const ProtobufCMessageDescriptor *messages[MESSAGES];
static unsigned message_count;

static void collect(const ProtobufCMessageDescriptor *type)
{
    for (unsigned i = 0; i < message_count; i++)
        if (messages[i] == type)
            return;
    assert_true(message_count < MESSAGES);
    messages[message_count++] = type;
    for (unsigned i = 0; i < type->n_fields; i++)
        if (type->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            collect(type->fields[i].descriptor);
}

static int collect_all(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        collect(evt_kinds[i].body);
    collect(&dw__picture__descriptor);
    return 0;
}

static const char *message_name(unsigned message)
{
    return messages[message]->short_name;
}

static void every_field_has_a_rule_that_fits_its_type(void **unused)
{
    (void)unused;
    for (unsigned m = 0; m < message_count; m++)
        for (unsigned i = 0; i < messages[m]->n_fields; i++) {
            const ProtobufCFieldDescriptor *field = &messages[m]->fields[i];
            const struct field_rule *rule = field_rule_find(field->name);
            bool fits;

            if (!rule)
                fail_msg("%s.%s has no rule", message_name(m), field->name);
            if (field->label == PROTOBUF_C_LABEL_REPEATED)
                fits = rule->max_items > 0;
            else
                fits = true;
            if (field->type == PROTOBUF_C_TYPE_STRING)
                fits = fits && rule->max_chars > 0;
            else if (field->type != PROTOBUF_C_TYPE_MESSAGE &&
                     field->type != PROTOBUF_C_TYPE_ENUM) /* has its words */
                fits = fits && rule->max > rule->min;
            if (!fits)
                fail_msg("%s.%s: the rule is for another type", message_name(m),
                        field->name);
        }
}

static void only_strings_are_hidden_where_they_are_required(void **unused)
{
    (void)unused;
    for (unsigned m = 0; m < message_count; m++)
        for (unsigned i = 0; i < messages[m]->n_fields; i++) {
            const ProtobufCFieldDescriptor *field = &messages[m]->fields[i];

            if (field->label == PROTOBUF_C_LABEL_REQUIRED &&
                    field_rule_find(field->name)->hide &&
                    field->type != PROTOBUF_C_TYPE_STRING)
                fail_msg("%s.%s cannot be emptied", message_name(m),
                        field->name);
        }
}

static bool is_used(const char *name)
{
    for (unsigned m = 0; m < message_count; m++)
        for (unsigned i = 0; i < messages[m]->n_fields; i++)
            if (strcmp(messages[m]->fields[i].name, name) == 0)
                return true;
    return false;
}

static void the_rules_are_sorted_and_each_is_used(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < field_rule_count; i++) {
        if (i > 0 && strcmp(field_rules[i - 1].name, field_rules[i].name) >= 0)
            fail_msg("%s is out of order", field_rules[i].name);
        if (!is_used(field_rules[i].name))
            fail_msg("no field is called %s", field_rules[i].name);
    }
    assert_null(field_rule_find("no_such_field"));
}

/* protobuf-c has no limit of its own for them, and JSON has 8 levels. */
static unsigned depth_of(const ProtobufCMessageDescriptor *type, unsigned above)
{
    unsigned deepest = above + 1;

    if (above > 16)
        fail_msg("%s contains itself", type->short_name);
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        unsigned list = field->label == PROTOBUF_C_LABEL_REPEATED;
        unsigned depth = above + 1 + list;

        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            depth = depth_of(field->descriptor, above + 1 + list);
        if (depth > deepest)
            deepest = depth;
    }
    return deepest;
}

static void no_body_contains_itself_or_is_too_deep_for_json(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        assert_true(depth_of(evt_kinds[i].body, 1) <= 7);
    depth_of(&dw__picture__descriptor, 0);
}

/* OrderStatus -> ORDER_STATUS_ */
static void print_prefix(const char *type, char out[64])
{
    size_t len = 0;

    for (size_t i = 0; type[i]; i++) {
        if (type[i] >= 'A' && type[i] <= 'Z' && i > 0)
            out[len++] = '_';
        out[len++] = (char)(type[i] & ~0x20);
    }
    snprintf(out + len, 64 - len, "_");
}

static void check_enum(const ProtobufCEnumDescriptor *type)
{
    char prefix[64];

    print_prefix(type->short_name, prefix);
    assert_int_equal(type->values[0].value, 0);
    for (unsigned i = 0; i < type->n_values; i++) {
        const char *name = type->values[i].name;

        if (strncmp(name, prefix, strlen(prefix)) != 0)
            fail_msg("%s does not begin with %s", name, prefix);
        assert_true(strlen(name) - strlen(prefix) <= 31);
    }
    assert_string_equal(type->values[0].name + strlen(prefix), "UNSPECIFIED");
}

static void enum_values_have_their_type_s_prefix_and_zero_is_unspecified(
        void **unused)
{
    unsigned seen = 0;

    (void)unused;
    for (unsigned m = 0; m < message_count; m++)
        for (unsigned i = 0; i < messages[m]->n_fields; i++)
            if (messages[m]->fields[i].type == PROTOBUF_C_TYPE_ENUM) {
                check_enum(messages[m]->fields[i].descriptor);
                seen++;
            }
    assert_true(seen > 0);
}

/* JSON knows a moment by its name, and bodies have neither bytes nor
 * fractions, which JSON could not say exactly. */
static void every_field_can_be_said_in_json(void **unused)
{
    (void)unused;
    for (unsigned m = 0; m < message_count; m++)
        for (unsigned i = 0; i < messages[m]->n_fields; i++) {
            const ProtobufCFieldDescriptor *field = &messages[m]->fields[i];
            size_t len = strlen(field->name);

            assert_true(len <= 47);
            assert_true(field->type != PROTOBUF_C_TYPE_BYTES &&
                        field->type != PROTOBUF_C_TYPE_FLOAT &&
                        field->type != PROTOBUF_C_TYPE_DOUBLE);
            if (len > 6 && strcmp(field->name + len - 6, "_at_ms") == 0)
                assert_int_equal(field->type, PROTOBUF_C_TYPE_INT64);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_a_subject_and_a_fact_with_a_dot),
        cmocka_unit_test(every_name_and_number_stands_once_and_is_found),
        cmocka_unit_test(no_number_has_changed),
        cmocka_unit_test(everybody_knows_who_says_an_event_and_where_it_goes),
        cmocka_unit_test(who_sees_nothing_of_an_event_was_left_out_on_purpose),
        cmocka_unit_test(the_widest_view_of_several_roles_counts),
        cmocka_unit_test(the_envelope_has_exactly_the_bodies_of_the_catalogue),
        cmocka_unit_test(a_body_s_field_has_the_name_of_its_event),
        cmocka_unit_test(a_notification_reads_an_envelope_s_own_numbers),
        cmocka_unit_test(every_event_has_vectors),
        cmocka_unit_test(every_field_has_a_rule_that_fits_its_type),
        cmocka_unit_test(only_strings_are_hidden_where_they_are_required),
        cmocka_unit_test(the_rules_are_sorted_and_each_is_used),
        cmocka_unit_test(no_body_contains_itself_or_is_too_deep_for_json),
        cmocka_unit_test(
                enum_values_have_their_type_s_prefix_and_zero_is_unspecified),
        cmocka_unit_test(every_field_can_be_said_in_json),
    };

    return cmocka_run_group_tests(tests, collect_all, NULL);
}
