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

#define MESSAGES          128
#define LAST_HEADER_FIELD 99 /* of an envelope: bodies come after it */
#define EVERYBODY         ((1u << ROLE_COUNT) - 1)

static bool is_word(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!(text[i] >= 'a' && text[i] <= 'z') && text[i] != '_')
            return false;
    return len > 0 && text[0] != '_' && text[len - 1] != '_';
}

/* "order.created", "table.layout.updated", "notification" */
static void every_name_is_up_to_three_words_with_dots_between(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        const char *word = evt_kinds[i].name;
        int words = 0;

        while (word && words < 3) {
            const char *dot = strchr(word, '.');

            if (!is_word(word, dot ? (size_t)(dot - word) : strlen(word)))
                fail_msg("row %d: %s", i, evt_kinds[i].name);
            words++;
            word = dot ? dot + 1 : NULL;
        }
        if (words == 0 || word)
            fail_msg("row %d: %s", i, words ? evt_kinds[i].name : "no name");
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

/* Numbers that are in use somewhere. A new event is free to choose until it is
 * released, and stands here from then on. */
static void no_number_has_changed(void **unused)
{
    static const struct {
        const char *name;
        uint32_t wire;
    } in_use[] = { { "socket.ready", 1 }, { "socket.heartbeat", 2 },
        { "order.created", 10 }, { "order.updated", 11 },
        { "order.status_changed", 12 }, { "order.confirmed", 13 },
        { "order.items_added", 14 }, { "order.cancel_requested", 15 },
        { "order.cancelled", 16 }, { "order.served", 17 },
        { "order.completed", 18 }, { "order.summary.updated", 19 },
        { "order.item_status_changed", 20 }, { "kitchen.acknowledged", 30 },
        { "kitchen.preparing", 31 }, { "kitchen.ready", 32 },
        { "kitchen.completed", 33 }, { "kitchen.cancel_accepted", 34 },
        { "kitchen.cancel_rejected", 35 }, { "kitchen.stats", 36 },
        { "kitchen.priority_changed", 37 }, { "kitchen.station_assigned", 38 },
        { "ticket.recalled", 39 }, { "course.fired", 40 },
        { "table.updated", 45 }, { "table.layout.updated", 46 },
        { "table.activated", 47 }, { "table.checkout_started", 48 },
        { "table.checkout_completed", 49 }, { "table.force_reset", 50 },
        { "table.moved", 51 }, { "table.merged", 52 }, { "alert.created", 55 },
        { "alert.acknowledged", 56 }, { "alert.updated", 57 },
        { "service_call.created", 60 }, { "service_call.handled", 61 },
        { "menu.created", 62 }, { "menu.updated", 63 }, { "menu.deleted", 64 },
        { "item.availability_changed", 65 }, { "print.requested", 70 },
        { "print.printed", 71 }, { "print.failed", 72 }, { "print.sent", 73 },
        { "print.unconfirmed", 74 }, { "print.expired", 75 },
        { "print.rerouted", 76 }, { "print.reprinted", 77 },
        { "page.sent", 80 }, { "page.acked", 81 }, { "page.received", 82 },
        { "page.cleared", 83 }, { "page.lost", 84 }, { "device.online", 90 },
        { "device.offline", 91 }, { "device.degraded", 92 },
        { "device.battery_low", 93 }, { "device.paper_low", 94 },
        { "device.paper_out", 95 }, { "user.created", 100 },
        { "user.deleted", 101 }, { "users.live", 102 },
        { "user.navigated", 103 }, { "user.updated", 104 },
        { "socket.ping", 105 }, { "notification", 106 },
        { "message.created", 110 }, { "message.updated", 111 },
        { "message.pinned", 112 }, { "message.deleted", 113 },
        { "message.all_deleted", 114 }, { "escalation.raised", 120 },
        { "escalation.stepped", 121 }, { "escalation.resolved", 122 },
        { "delivery.receipt", 123 }, { "room.empty", 124 },
        { "room.covered", 125 }, { "client.muted", 126 },
        { "client.unmuted", 127 }, { "drill.passed", 128 },
        { "drill.failed", 129 }, { "command.requested", 140 } };

    (void)unused;
    for (size_t i = 0; i < sizeof(in_use) / sizeof(in_use[0]); i++) {
        enum evt_id what = evt_find(in_use[i].name);

        if (what == EVT_NONE || evt_kinds[what].wire != in_use[i].wire)
            fail_msg("%s is no longer %u", in_use[i].name, in_use[i].wire);
    }
}

static void every_event_has_a_body_somebody_who_says_it_and_an_end(
        void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        const struct evt_kind *kind = &evt_kinds[i];

        assert_non_null(kind->body);
        assert_true((kind->from | kind->from_own) != 0);
        assert_true(((kind->from | kind->from_own) & ~EVERYBODY) == 0);
        assert_int_equal(kind->from & kind->from_own, 0);
        assert_true(kind->keep != KEEP_UNSET);
        assert_true(kind->ttl_s > 0);
    }
}

/* --- where it goes, and who sees it --- */

static uint32_t seen_by(const struct evt_kind *kind)
{
    return kind->full | kind->staff | kind->customer | kind->device;
}

static void what_is_transient_goes_to_no_room_and_all_else_to_some(
        void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        if ((evt_kinds[i].to == 0) != evt_kinds[i].transient)
            fail_msg("%s", evt_kinds[i].name);
        assert_true(evt_kinds[i].to < 1u << ROOM_COUNT);
    }
}

/* What a connection tells the hub, the hub tells nobody. */
static void everything_is_seen_but_what_connections_tell_the_hub(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        const struct evt_kind *kind = &evt_kinds[i];
        bool told = kind->transient && kind->from != ROLE_HUB;

        if ((seen_by(kind) == 0) != told)
            fail_msg("%s: %s", kind->name,
                    told ? "somebody sees it" : "nobody sees it");
    }
}

static void what_is_transient_is_no_command_and_needs_no_place_in_a_queue(
        void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        if (evt_kinds[i].transient &&
                (evt_kinds[i].command || evt_kinds[i].keep != KEEP_NONE))
            fail_msg("%s", evt_kinds[i].name);
}

static void no_role_stands_in_two_views_of_an_event(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        const struct evt_kind *kind = &evt_kinds[i];
        const uint32_t masks[] = { kind->full, kind->staff, kind->customer,
            kind->device };
        uint32_t seen = 0;

        for (size_t n = 0; n < sizeof(masks) / sizeof(masks[0]); n++) {
            if (seen & masks[n])
                fail_msg("%s: roles %#x see it twice", kind->name,
                        seen & masks[n]);
            seen |= masks[n];
        }
        assert_int_equal(seen & ~EVERYBODY, 0);
    }
}

static void the_back_end_and_an_admin_see_all_of_whatever_is_seen(void **unused)
{
    const uint32_t all = ROLE_HUB | ROLE_BACKEND | ROLE_ADMIN;

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        if (seen_by(&evt_kinds[i]) && (evt_kinds[i].full & all) != all)
            fail_msg("%s", evt_kinds[i].name);
}

/* The hub is everywhere, and a back end reads MQTT. Where devices listen is
 * asked below. */
static void whoever_sees_an_event_may_be_in_a_room_that_it_goes_to(
        void **unused)
{
    const uint32_t elsewhere = ROLE_HUB | ROLE_BACKEND | ROLE_DEVICE;

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        const struct evt_kind *kind = &evt_kinds[i];
        uint32_t reached = elsewhere;

        for (int room = 0; room < ROOM_COUNT; room++)
            if (kind->to & 1u << room)
                reached |= room_kinds[room].join | room_kinds[room].join_own;
        if (!kind->transient && (seen_by(kind) & ~reached))
            fail_msg("%s: roles %#x are in none of its rooms", kind->name,
                    seen_by(kind) & ~reached);
    }
}

static void devices_have_the_view_of_devices_and_nobody_else_has(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        const struct evt_kind *kind = &evt_kinds[i];

        if ((kind->device & ~ROLE_DEVICE) ||
                ((kind->full | kind->staff | kind->customer) & ROLE_DEVICE))
            fail_msg("%s", kind->name);
    }
}

static void devices_see_only_what_goes_where_devices_listen(void **unused)
{
    const uint32_t listen =
            ROOM_KITCHEN | ROOM_STATION | ROOM_TABLE | ROOM_DEVICE;

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        if (evt_kinds[i].device && !(evt_kinds[i].to & listen))
            fail_msg("%s", evt_kinds[i].name);
}

static bool is_about(const struct evt_kind *kind, const char *subject)
{
    size_t len = strlen(subject);

    return strncmp(kind->name, subject, len) == 0 &&
           (kind->name[len] == '.' || kind->name[len] == '\0');
}

static void devices_see_nothing_of_people_and_of_what_is_for_screens(
        void **unused)
{
    static const char *const subjects[] = { "socket", "user", "users",
        "notification", "message", "menu", "delivery", "room", "client",
        "drill", "command" };

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        for (size_t n = 0; n < sizeof(subjects) / sizeof(subjects[0]); n++)
            if (is_about(&evt_kinds[i], subjects[n]) && evt_kinds[i].device)
                fail_msg("%s", evt_kinds[i].name);
}

static void guests_see_nothing_of_devices_people_and_the_house(void **unused)
{
    static const char *const subjects[] = { "print", "page", "device", "user",
        "users", "message", "notification", "menu", "escalation", "delivery",
        "room", "client", "drill", "command" };

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        for (size_t n = 0; n < sizeof(subjects) / sizeof(subjects[0]); n++)
            if (is_about(&evt_kinds[i], subjects[n]) &&
                    (seen_by(&evt_kinds[i]) & ROLE_TABLE))
                fail_msg("%s", evt_kinds[i].name);
}

static void guests_have_no_view_but_that_of_customers(void **unused)
{
    const uint32_t guests = ROLE_TABLE | ROLE_USER;

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        if (((evt_kinds[i].full | evt_kinds[i].staff) & guests) ||
                (evt_kinds[i].customer & ~guests))
            fail_msg("%s", evt_kinds[i].name);
}

static void a_user_sees_only_what_goes_to_its_own_room(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        if ((seen_by(&evt_kinds[i]) & ROLE_USER) && !evt_kinds[i].transient &&
                !(evt_kinds[i].to & ROOM_USER))
            fail_msg("%s", evt_kinds[i].name);
}

static void kitchen_and_pool_have_no_view_but_that_of_staff(void **unused)
{
    const uint32_t staff = ROLE_KITCHEN | ROLE_POOL;

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        if ((evt_kinds[i].full | evt_kinds[i].customer) & staff)
            fail_msg("%s", evt_kinds[i].name);
}

/* Whoever decides itself need not be asked. */
static void a_command_is_what_others_than_back_end_and_till_may_say(
        void **unused)
{
    const uint32_t decide = ROLE_HUB | ROLE_BACKEND | ROLE_POS;

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        if (evt_kinds[i].command &&
                !((evt_kinds[i].from | evt_kinds[i].from_own) & ~decide))
            fail_msg("%s", evt_kinds[i].name);
}

/* What devices report has happened: there is nothing to decide. */
static void what_only_devices_and_the_hub_say_is_no_command(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        if (evt_kinds[i].command &&
                !((evt_kinds[i].from | evt_kinds[i].from_own) &
                        ~(ROLE_HUB | ROLE_DEVICE)))
            fail_msg("%s", evt_kinds[i].name);
}

static bool is_one_of(const char *name, const char *const *names)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names;
}

/* Whoever adds an event that must be seen decides: it has receipts, or it
 * stands here. */
static void what_must_be_seen_has_receipts_unless_it_has_others(void **unused)
{
    static const char *const others[] = { "print.requested", "print.printed",
        "print.failed", "print.sent", "print.unconfirmed", "print.expired",
        "print.rerouted", "print.reprinted", "print.accepted", "print.released",
        "page.sent", "page.acked", "page.received", "page.cleared", "page.lost",
        "delivery.receipt", NULL };

    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        const struct evt_kind *kind = &evt_kinds[i];
        bool must = kind->keep == KEEP_ALL && !kind->transient &&
                    !is_one_of(kind->name, others);

        if (evt_is_receiptable((enum evt_id)i) != must)
            fail_msg("%s", kind->name);
    }
    assert_true(evt_is_receiptable(EVT_ORDER_CREATED));
    assert_true(evt_is_receiptable(EVT_SERVICE_CALL_CREATED));
    assert_false(evt_is_receiptable(EVT_KITCHEN_STATS));
    assert_false(evt_is_receiptable(EVT_DEVICE_ONLINE));
    assert_false(evt_is_receiptable(EVT_USER_NAVIGATED));
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

/* "table.layout.updated" is table_layout_updated in the envelope. */
static void a_body_s_field_has_the_name_of_its_event(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        char name[64];

        snprintf(name, sizeof(name), "%s", evt_kinds[i].name);
        for (char *dot = name; (dot = strchr(dot, '.')) != NULL;)
            *dot = '_';
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

/* Else a device would be sent what it must not see, or never hear of it. */
static void a_notification_has_only_bodies_that_devices_see(void **unused)
{
    const ProtobufCMessageDescriptor *small = &dw__notification__descriptor;

    (void)unused;
    for (unsigned i = 0; i < small->n_fields; i++) {
        uint32_t id = small->fields[i].id;
        enum evt_id what;

        if (id <= LAST_HEADER_FIELD)
            continue;
        what = evt_find_wire(id - EVT_FIELD(0));
        assert_true(what != EVT_NONE);
        if (!evt_kinds[what].device)
            fail_msg("%s", evt_kinds[what].name);
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

/* Ask for each field that a view shows of a body, and of its parts. */
static void each_shown(const ProtobufCMessageDescriptor *type, enum view view,
        const char *event, bool (*may_show)(const ProtobufCFieldDescriptor *))
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];

        if (field_rule_find(field->name)->hide & 1u << view)
            continue;
        if (!may_show(field))
            fail_msg("%s: view %d has %s.%s", event, view, type->short_name,
                    field->name);
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            each_shown(field->descriptor, view, event, may_show);
    }
}

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);

    return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

static bool is_no_person(const ProtobufCFieldDescriptor *field)
{
    return strcmp(field->name, "staff_id") != 0 &&
           !(field->type == PROTOBUF_C_TYPE_MESSAGE &&
                   field->descriptor == &dw__person__descriptor);
}

static void guests_at_a_table_never_see_who_cooks_or_serves(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        if (evt_kinds[i].customer & ROLE_TABLE)
            each_shown(evt_kinds[i].body, VIEW_CUSTOMER, evt_kinds[i].name,
                    is_no_person);
}

static bool is_no_reason(const ProtobufCFieldDescriptor *field)
{
    return !ends_with(field->name, "reason");
}

static void guests_never_see_the_reasons_of_staff(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        if (evt_kinds[i].customer)
            each_shown(evt_kinds[i].body, VIEW_CUSTOMER, evt_kinds[i].name,
                    is_no_reason);
}

/* Others could join the sitting with it. */
static bool is_no_key(const ProtobufCFieldDescriptor *field)
{
    return strcmp(field->name, "key") != 0;
}

static void the_key_of_a_sitting_is_in_the_full_view_alone(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        for (int view = VIEW_FULL + 1; view < VIEW_COUNT; view++)
            each_shown(evt_kinds[i].body, (enum view)view, evt_kinds[i].name,
                    is_no_key);
}

static bool is_no_money(const ProtobufCFieldDescriptor *field)
{
    return !ends_with(field->name, "_cents") &&
           strcmp(field->name, "payment_status") != 0;
}

static void kitchen_and_devices_never_see_what_an_order_costs(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        const struct evt_kind *kind = &evt_kinds[i];

        if (kind->staff)
            each_shown(kind->body, VIEW_STAFF, kind->name, is_no_money);
        if (kind->device)
            each_shown(kind->body, VIEW_DEVICE, kind->name, is_no_money);
    }
}

static bool is_no_guest(const ProtobufCFieldDescriptor *field)
{
    return strcmp(field->name, "customer") != 0;
}

static void devices_never_see_the_name_of_a_guest_or_of_staff(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++)
        if (evt_kinds[i].device) {
            each_shown(evt_kinds[i].body, VIEW_DEVICE, evt_kinds[i].name,
                    is_no_guest);
            each_shown(evt_kinds[i].body, VIEW_DEVICE, evt_kinds[i].name,
                    is_no_person);
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

/* What only the hub says is never read from JSON: it may be deeper. */
static void no_body_contains_itself_or_is_too_deep_for_json(void **unused)
{
    (void)unused;
    for (int i = 0; i < EVT_COUNT; i++) {
        unsigned depth = depth_of(evt_kinds[i].body, 1);
        bool is_read = (evt_kinds[i].from | evt_kinds[i].from_own) != ROLE_HUB;

        if (is_read && depth > 7)
            fail_msg("%s has %u levels", evt_kinds[i].name, depth);
    }
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

static const ProtobufCFieldDescriptor *beside(
        unsigned message, const ProtobufCFieldDescriptor *word)
{
    char name[64];

    snprintf(name, sizeof(name), "%.*s",
            (int)(strlen(word->name) - strlen("_word")), word->name);
    return protobuf_c_message_descriptor_get_field_by_name(
            messages[message], name);
}

/* Neither can be asked for, as one of the two is there. */
static void a_word_stands_beside_the_enum_that_does_not_have_it(void **unused)
{
    unsigned seen = 0;

    (void)unused;
    for (unsigned m = 0; m < message_count; m++)
        for (unsigned i = 0; i < messages[m]->n_fields; i++) {
            const ProtobufCFieldDescriptor *word = &messages[m]->fields[i];
            const ProtobufCFieldDescriptor *kind;

            if (!ends_with(word->name, "_word"))
                continue;
            kind = beside(m, word);
            if (word->type != PROTOBUF_C_TYPE_STRING ||
                    word->label != PROTOBUF_C_LABEL_OPTIONAL || !kind ||
                    kind->type != PROTOBUF_C_TYPE_ENUM ||
                    kind->label != PROTOBUF_C_LABEL_OPTIONAL)
                fail_msg("%s.%s", message_name(m), word->name);
            assert_int_equal(field_rule_find(word->name)->hide,
                    field_rule_find(kind->name)->hide);
            seen++;
        }
    assert_true(seen > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_up_to_three_words_with_dots_between),
        cmocka_unit_test(every_name_and_number_stands_once_and_is_found),
        cmocka_unit_test(no_number_has_changed),
        cmocka_unit_test(
                every_event_has_a_body_somebody_who_says_it_and_an_end),
        cmocka_unit_test(
                what_is_transient_goes_to_no_room_and_all_else_to_some),
        cmocka_unit_test(everything_is_seen_but_what_connections_tell_the_hub),
        cmocka_unit_test(
                what_is_transient_is_no_command_and_needs_no_place_in_a_queue),
        cmocka_unit_test(no_role_stands_in_two_views_of_an_event),
        cmocka_unit_test(the_back_end_and_an_admin_see_all_of_whatever_is_seen),
        cmocka_unit_test(
                whoever_sees_an_event_may_be_in_a_room_that_it_goes_to),
        cmocka_unit_test(devices_have_the_view_of_devices_and_nobody_else_has),
        cmocka_unit_test(devices_see_only_what_goes_where_devices_listen),
        cmocka_unit_test(
                devices_see_nothing_of_people_and_of_what_is_for_screens),
        cmocka_unit_test(guests_see_nothing_of_devices_people_and_the_house),
        cmocka_unit_test(guests_have_no_view_but_that_of_customers),
        cmocka_unit_test(a_user_sees_only_what_goes_to_its_own_room),
        cmocka_unit_test(kitchen_and_pool_have_no_view_but_that_of_staff),
        cmocka_unit_test(
                a_command_is_what_others_than_back_end_and_till_may_say),
        cmocka_unit_test(what_only_devices_and_the_hub_say_is_no_command),
        cmocka_unit_test(what_must_be_seen_has_receipts_unless_it_has_others),
        cmocka_unit_test(the_widest_view_of_several_roles_counts),
        cmocka_unit_test(the_envelope_has_exactly_the_bodies_of_the_catalogue),
        cmocka_unit_test(a_body_s_field_has_the_name_of_its_event),
        cmocka_unit_test(a_notification_reads_an_envelope_s_own_numbers),
        cmocka_unit_test(a_notification_has_only_bodies_that_devices_see),
        cmocka_unit_test(every_event_has_vectors),
        cmocka_unit_test(every_field_has_a_rule_that_fits_its_type),
        cmocka_unit_test(only_strings_are_hidden_where_they_are_required),
        cmocka_unit_test(guests_at_a_table_never_see_who_cooks_or_serves),
        cmocka_unit_test(guests_never_see_the_reasons_of_staff),
        cmocka_unit_test(the_key_of_a_sitting_is_in_the_full_view_alone),
        cmocka_unit_test(kitchen_and_devices_never_see_what_an_order_costs),
        cmocka_unit_test(devices_never_see_the_name_of_a_guest_or_of_staff),
        cmocka_unit_test(the_rules_are_sorted_and_each_is_used),
        cmocka_unit_test(no_body_contains_itself_or_is_too_deep_for_json),
        cmocka_unit_test(
                enum_values_have_their_type_s_prefix_and_zero_is_unspecified),
        cmocka_unit_test(every_field_can_be_said_in_json),
        cmocka_unit_test(a_word_stands_beside_the_enum_that_does_not_have_it),
    };

    return cmocka_run_group_tests(tests, collect_all, NULL);
}
