/*
 * Requests to paths: which event each becomes, for whom and in whose words,
 * what is refused, and what of a picture is answered.
 */
#include "bridge/rest/rest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/order.pb-c.h"
#include "schemas/picture.pb-c.h"
#include "tests/support/filled.h"

static struct fault fault;
static struct heard heard;

static enum err hear(enum rest_id what, enum dialect_id dialect, uint32_t mask,
        const char *id, const char *text)
{
    struct principal from = { .roles = mask, .subject = "somebody" };
    const struct rest_asked asked = { .what = what,
        .dialect = dialect,
        .from = &from,
        .id = id,
        .text = text,
        .len = strlen(text) };

    if (mask & ROLE_TABLE)
        memcpy(from.table, "5", 2);
    fault = (struct fault){ 0 };
    return rest_hear(&asked, &heard, &fault);
}

static void assert_heard(enum evt_id what, const char *ours)
{
    struct buf out;

    assert_string_equal(evt_kinds[heard.what].name, evt_kinds[what].name);
    assert_string_equal(heard.key, "");
    buf_init(&out, 65536);
    dialect_put_json(&out, heard.body, VIEW_FULL);
    buf_putc(&out, '\0');
    assert_false(out.failed);
    assert_string_equal(out.data, ours);
    buf_finish(&out);
    body_free(heard.body);
}

static void expect(enum rest_id what, uint32_t mask, const char *id,
        const char *text, enum evt_id event, const char *ours)
{
    if (hear(what, DIALECT_NATIVE, mask, id, text) != ERR_OK)
        fail_msg("%s: %s: %s", text, fault.field, fault.text);
    assert_heard(event, ours);
}

static void refuse(enum rest_id what, uint32_t mask, const char *id,
        const char *text, enum err code, const char *field)
{
    assert_int_equal(hear(what, DIALECT_NATIVE, mask, id, text), code);
    assert_int_equal(fault.code, code);
    assert_string_equal(fault.field, field);
    assert_string_not_equal(fault.text, "");
    assert_null(heard.body);
}

/* --- orders --- */

static void an_order_may_stand_in_a_member_or_alone(void **unused)
{
    const char *ours = "{\"order\":{\"id\":\"41\",\"table\":{\"id\":\"5\"},"
                       "\"items\":[{\"name\":\"Soup\",\"unitPriceCents\":450,"
                       "\"modifiers\":[],\"allergens\":[]}]}}";

    (void)unused;
    expect(REST_ORDER_CREATE, ROLE_BACKEND, "",
            "{\"order\":{\"id\":\"41\",\"table\":{\"id\":\"5\"},\"items\":"
            "[{\"name\":\"Soup\",\"unitPriceCents\":450}]}}",
            EVT_ORDER_CREATED, ours);
    expect(REST_ORDER_CREATE, ROLE_BACKEND, "",
            "{\"id\":\"41\",\"table\":{\"id\":\"5\"},\"items\":"
            "[{\"name\":\"Soup\",\"unitPriceCents\":450}]}",
            EVT_ORDER_CREATED, ours);
}

static void an_order_of_a_guests_page_is_understood_without_a_dialect(
        void **unused)
{
    (void)unused;
    expect(REST_ORDER_CREATE, ROLE_BACKEND, "",
            "{\"items\":[{\"name\":\"Soup\",\"quantity\":2,\"price\":4.5}],"
            "\"totalAmount\":9,\"tableNumber\":5,\"customerName\":\"Ana\"}",
            EVT_ORDER_CREATED,
            "{\"order\":{\"table\":{\"number\":5},\"customer\":{\"name\":"
            "\"Ana\"},\"items\":[{\"name\":\"Soup\",\"quantity\":2,"
            "\"unitPriceCents\":450,\"modifiers\":[],\"allergens\":[]}],"
            "\"totals\":{\"totalCents\":900}}}");
    /* A price alone says whose words these are. */
    expect(REST_ORDER_CREATE, ROLE_BACKEND, "",
            "{\"id\":\"7\",\"items\":[{\"name\":\"Soup\",\"price\":4.5}]}",
            EVT_ORDER_CREATED,
            "{\"order\":{\"id\":\"7\",\"items\":[{\"name\":\"Soup\","
            "\"unitPriceCents\":450,\"modifiers\":[],\"allergens\":[]}]}}");
    /* Words that are both are ours. */
    expect(REST_ORDER_CREATE, ROLE_BACKEND, "",
            "{\"items\":[{\"name\":\"Soup\",\"station\":\"grill\"}],"
            "\"notes\":\"quick\"}",
            EVT_ORDER_CREATED,
            "{\"order\":{\"items\":[{\"name\":\"Soup\",\"modifiers\":[],"
            "\"station\":\"grill\",\"allergens\":[]}],\"notes\":\"quick\"}}");
}

static void a_token_of_a_sitting_becomes_its_key(void **unused)
{
    const Dw__OrderCreated *created;
    char key[ID_CHARS + 1];

    (void)unused;
    dialect_hash_token("abc", key);
    assert_int_equal(hear(REST_ORDER_CREATE, DIALECT_NATIVE, ROLE_BACKEND, "",
                             "{\"items\":[{\"name\":\"Soup\"}],"
                             "\"tableNumber\":5,\"sessionToken\":\"abc\"}"),
            ERR_OK);
    created = (const void *)heard.body;
    assert_string_equal(created->order->session->key, key);
    body_free(heard.body);
}

static void guests_who_name_no_table_are_at_their_own(void **unused)
{
    const char *ours = "{\"order\":{\"table\":{\"id\":\"5\"},\"items\":"
                       "[{\"name\":\"Soup\",\"modifiers\":[],"
                       "\"allergens\":[]}]}}";

    (void)unused;
    expect(REST_ORDER_CREATE, ROLE_TABLE, "",
            "{\"items\":[{\"name\":\"Soup\"}]}", EVT_ORDER_CREATED, ours);
    expect(REST_ORDER_CREATE, ROLE_TABLE, "",
            "{\"order\":{\"table\":null,\"items\":[{\"name\":\"Soup\"}]}}",
            EVT_ORDER_CREATED, ours);
    expect(REST_ORDER_CREATE, ROLE_TABLE, "",
            "{\"items\":[{\"name\":\"Soup\",\"price\":1}]}", EVT_ORDER_CREATED,
            "{\"order\":{\"table\":{\"id\":\"5\"},\"items\":[{\"name\":"
            "\"Soup\",\"unitPriceCents\":100,\"modifiers\":[],"
            "\"allergens\":[]}]}}");
    expect(REST_CALL_CREATE, ROLE_TABLE, "", "{\"reason\":\"water\"}",
            EVT_SERVICE_CALL_CREATED,
            "{\"call\":{\"table\":{\"id\":\"5\"},\"reason\":\"water\"}}");
    expect(REST_ALERT_CREATE, ROLE_TABLE, "",
            "{\"type\":\"cash\",\"message\":\"pays cash\"}", EVT_ALERT_CREATED,
            "{\"alert\":{\"table\":{\"id\":\"5\"},\"type\":\"cash\","
            "\"message\":\"pays cash\"}}");
    /* Another one is for the hub to refuse. */
    expect(REST_CALL_CREATE, ROLE_TABLE, "", "{\"table\":{\"id\":\"6\"}}",
            EVT_SERVICE_CALL_CREATED, "{\"call\":{\"table\":{\"id\":\"6\"}}}");
}

static void an_order_is_heard_in_the_dialect_that_the_query_names(void **unused)
{
    (void)unused;
    assert_int_equal(hear(REST_ORDER_CREATE, DIALECT_KDS, ROLE_BACKEND, "",
                             "{\"orderId\":7,\"tableId\":5,\"orderNumber\":"
                             "\"A7\",\"finalAmount\":12.5,\"items\":"
                             "[{\"itemId\":1,\"name\":\"Soup\"}]}"),
            ERR_OK);
    assert_heard(EVT_ORDER_CREATED,
            "{\"order\":{\"id\":\"7\",\"number\":\"A7\",\"table\":{\"id\":"
            "\"5\"},\"items\":[{\"id\":\"1\",\"name\":\"Soup\","
            "\"modifiers\":[],\"allergens\":[]}],"
            "\"totals\":{\"finalCents\":1250}}}");
    /* Of its two shapes the one that fits. */
    assert_int_equal(hear(REST_ORDER_CREATE, DIALECT_SESSION, ROLE_BACKEND, "",
                             "{\"order\":{\"id\":\"9\",\"totalAmount\":3},"
                             "\"session\":{\"id\":\"s\",\"tableNumber\":5}}"),
            ERR_OK);
    assert_heard(EVT_ORDER_CREATED,
            "{\"order\":{\"id\":\"9\",\"table\":{\"number\":5},\"items\":[],"
            "\"totals\":{\"totalCents\":300},\"session\":{\"id\":\"s\"}}}");
    assert_int_equal(hear(REST_MESSAGE_CREATE, DIALECT_KDS, ROLE_BACKEND, "",
                             "{\"text\":\"x\"}"),
            ERR_BAD_REQUEST);
    assert_string_equal(fault.field, "dialect");
}

static void a_status_becomes_the_step_that_leads_to_it(void **unused)
{
    static const struct {
        const char *word;
        enum evt_id what;
    } steps[] = { { "confirmed", EVT_ORDER_CONFIRMED },
        { "acknowledged", EVT_KITCHEN_ACKNOWLEDGED },
        { "preparing", EVT_KITCHEN_PREPARING },
        { "cooking", EVT_KITCHEN_PREPARING }, { "ready", EVT_KITCHEN_READY },
        { "served", EVT_ORDER_SERVED }, { "completed", EVT_ORDER_COMPLETED },
        { "cancelled", EVT_ORDER_CANCELLED } };
    char text[64];

    (void)unused;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        snprintf(text, sizeof(text), "{\"status\":\"%s\"}", steps[i].word);
        expect(REST_ORDER_CHANGE, ROLE_BACKEND, "41", text, steps[i].what,
                "{\"orderId\":\"41\"}");
    }
}

static void a_status_without_a_step_is_said_as_it_is(void **unused)
{
    (void)unused;
    expect(REST_ORDER_CHANGE, ROLE_BACKEND, "41", "{\"status\":\"pending\"}",
            EVT_ORDER_STATUS_CHANGED,
            "{\"orderId\":\"41\",\"status\":\"pending\"}");
    expect(REST_ORDER_CHANGE, ROLE_KITCHEN, "41", "{\"status\":\"plating\"}",
            EVT_ORDER_STATUS_CHANGED,
            "{\"orderId\":\"41\",\"status\":\"plating\"}");
}

static void a_status_may_be_a_word_of_the_dialect(void **unused)
{
    (void)unused;
    assert_int_equal(hear(REST_ORDER_CHANGE, DIALECT_ENV, ROLE_KITCHEN, "41",
                             "{\"status\":\"preparando\"}"),
            ERR_OK);
    assert_heard(EVT_KITCHEN_PREPARING, "{\"orderId\":\"41\"}");
    assert_int_equal(hear(REST_ORDER_CHANGE, DIALECT_ENV, ROLE_BACKEND, "41",
                             "{\"status\":\"listo\",\"notes\":\"hot\"}"),
            ERR_OK);
    assert_heard(EVT_ORDER_UPDATED,
            "{\"order\":{\"id\":\"41\",\"status\":\"ready\",\"items\":[],"
            "\"notes\":\"hot\"},\"changed\":[]}");
}

static void what_belongs_to_a_step_goes_with_it(void **unused)
{
    (void)unused;
    expect(REST_ORDER_CHANGE, ROLE_KITCHEN, "41",
            "{\"status\":\"acknowledged\",\"chef\":{\"id\":\"ana\"}}",
            EVT_KITCHEN_ACKNOWLEDGED,
            "{\"orderId\":\"41\",\"chef\":{\"id\":\"ana\"}}");
    expect(REST_ORDER_CHANGE, ROLE_BACKEND, "41",
            "{\"id\":41,\"status\":\"cancelled\",\"reason\":\"gone\"}",
            EVT_ORDER_CANCELLED, "{\"orderId\":\"41\",\"reason\":\"gone\"}");
}

static void who_may_not_cancel_asks_for_it_and_says_why(void **unused)
{
    (void)unused;
    expect(REST_ORDER_CHANGE, ROLE_WAITER, "41",
            "{\"status\":\"cancelled\",\"reason\":\"gone\"}",
            EVT_ORDER_CANCEL_REQUESTED,
            "{\"orderId\":\"41\",\"reason\":\"gone\"}");
    refuse(REST_ORDER_CHANGE, ROLE_WAITER, "41", "{\"status\":\"cancelled\"}",
            ERR_MISSING_FIELD, "reason");
}

static void whatever_else_changes_an_order_updates_it(void **unused)
{
    (void)unused;
    expect(REST_ORDER_CHANGE, ROLE_BACKEND, "41",
            "{\"paymentStatus\":\"paid\",\"notes\":\"x\"}", EVT_ORDER_UPDATED,
            "{\"order\":{\"id\":\"41\",\"items\":[],\"notes\":\"x\","
            "\"paymentStatus\":\"paid\"},\"changed\":[]}");
    expect(REST_ORDER_CHANGE, ROLE_BACKEND, "41",
            "{\"status\":\"cooking\",\"notes\":\"x\"}", EVT_ORDER_UPDATED,
            "{\"order\":{\"id\":\"41\",\"status\":\"preparing\",\"items\":[],"
            "\"notes\":\"x\"},\"changed\":[]}");
    expect(REST_ORDER_CHANGE, ROLE_BACKEND, "41",
            "{\"order\":{\"notes\":\"x\"}}", EVT_ORDER_UPDATED,
            "{\"order\":{\"id\":\"41\",\"items\":[],\"notes\":\"x\"},"
            "\"changed\":[]}");
}

/* --- the others --- */

static void each_part_has_its_events(void **unused)
{
    (void)unused;
    expect(REST_TABLE_CHANGE, ROLE_WAITER, "5", "{\"status\":\"occupied\"}",
            EVT_TABLE_UPDATED,
            "{\"table\":{\"id\":\"5\",\"status\":\"occupied\"}}");
    expect(REST_LAYOUT_REPLACE, ROLE_MANAGER, "",
            "{\"zones\":[{\"id\":\"z\"}],\"nodes\":[]}",
            EVT_TABLE_LAYOUT_UPDATED,
            "{\"layout\":{\"zones\":[{\"id\":\"z\"}],\"nodes\":[]},"
            "\"tables\":[]}");
    expect(REST_ALERT_CHANGE, ROLE_WAITER, "alert-3", "{\"acknowledged\":true}",
            EVT_ALERT_ACKNOWLEDGED,
            "{\"alertId\":\"alert-3\",\"acknowledged\":true}");
    expect(REST_CALL_CHANGE, ROLE_WAITER, "call-3", "{\"status\":\"handled\"}",
            EVT_SERVICE_CALL_HANDLED,
            "{\"call\":{\"id\":\"call-3\",\"table\":{},"
            "\"status\":\"handled\"}}");
    expect(REST_MESSAGE_CREATE, ROLE_KITCHEN, "", "{\"text\":\"No more eggs\"}",
            EVT_MESSAGE_CREATED, "{\"message\":{\"text\":\"No more eggs\"}}");
    expect(REST_MESSAGE_CHANGE, ROLE_KITCHEN, "m3", "{\"text\":\"Eggs\"}",
            EVT_MESSAGE_UPDATED,
            "{\"message\":{\"id\":\"m3\",\"text\":\"Eggs\"}}");
    expect(REST_MESSAGE_CHANGE, ROLE_KITCHEN, "m3", "{\"pinned\":false}",
            EVT_MESSAGE_PINNED,
            "{\"message\":{\"id\":\"m3\",\"pinned\":false}}");
    expect(REST_MESSAGE_DELETE, ROLE_KITCHEN, "m3", "", EVT_MESSAGE_DELETED,
            "{\"id\":\"m3\"}");
    expect(REST_MESSAGES_DELETE, ROLE_MANAGER, "", "", EVT_MESSAGE_ALL_DELETED,
            "{}");
}

static void who_may_not_change_the_menu_says_that_a_dish_is_out(void **unused)
{
    (void)unused;
    expect(REST_ITEM_CHANGE, ROLE_MANAGER, "soup", "{\"available\":false}",
            EVT_MENU_UPDATED, "{\"id\":\"soup\",\"available\":false}");
    expect(REST_ITEM_CHANGE, ROLE_KITCHEN, "soup", "{\"available\":false}",
            EVT_ITEM_AVAILABILITY_CHANGED,
            "{\"id\":\"soup\",\"available\":false}");
    /* Who may neither is refused by the hub, as for any event. */
    expect(REST_ITEM_CHANGE, ROLE_WAITER, "soup", "{\"available\":false}",
            EVT_MENU_UPDATED, "{\"id\":\"soup\",\"available\":false}");
}

static void a_device_is_handed_out_found_or_told_how_to_behave(void **unused)
{
    (void)unused;
    expect(REST_DEVICE_CHANGE, ROLE_WAITER, "p1",
            "{\"assigned\":{\"table\":\"5\"}}", EVT_DEVICE_ASSIGNED,
            "{\"deviceId\":\"p1\",\"table\":{\"id\":\"5\"}}");
    expect(REST_DEVICE_CHANGE, ROLE_WAITER, "p1",
            "{\"assigned\":{\"table\":{\"number\":5}}}", EVT_DEVICE_ASSIGNED,
            "{\"deviceId\":\"p1\",\"table\":{\"number\":5}}");
    expect(REST_DEVICE_CHANGE, ROLE_WAITER, "p1",
            "{\"assigned\":{\"orderId\":\"41\"}}", EVT_DEVICE_ASSIGNED,
            "{\"deviceId\":\"p1\",\"orderId\":\"41\"}");
    expect(REST_DEVICE_CHANGE, ROLE_WAITER, "p1", "{\"assigned\":null}",
            EVT_DEVICE_ASSIGNED, "{\"deviceId\":\"p1\"}");
    expect(REST_DEVICE_CHANGE, ROLE_KITCHEN, "p1", "{\"identify\":0}",
            EVT_DEVICE_IDENTIFY_REQUESTED,
            "{\"deviceId\":\"p1\",\"seconds\":0}");
    expect(REST_DEVICE_CHANGE, ROLE_ADMIN, "p1",
            "{\"config\":{\"muteFrom\":\"22:30\",\"muteTo\":\"00:00\","
            "\"sleepSeconds\":30,\"telemetrySeconds\":60}}",
            EVT_DEVICE_CONFIGURED,
            "{\"deviceId\":\"p1\",\"muteFromMin\":1350,\"muteToMin\":0,"
            "\"sleepS\":30,\"telemetryS\":60}");
    expect(REST_DEVICE_CHANGE, ROLE_ADMIN, "p1", "{\"config\":{}}",
            EVT_DEVICE_CONFIGURED, "{\"deviceId\":\"p1\"}");
}

static void refuse_change(const char *text, enum err code, const char *field)
{
    assert_int_equal(
            hear(REST_DEVICE_CHANGE, DIALECT_NATIVE, ROLE_ADMIN, "p1", text),
            code);
    rest_name_fault(REST_DEVICE_CHANGE, &fault);
    assert_string_equal(fault.field, field);
    assert_null(heard.body);
}

static void a_mistake_about_a_device_is_named_as_in_the_request(void **unused)
{
    static const char *const clocks[] = { "\"24:00\"", "\"7:00\"", "\"12:60\"",
        "\"12:0 \"", "\"::::0\"", "\"12:000\"", "450", "\"\"" };

    (void)unused;
    refuse_change("{}", ERR_MISSING_FIELD, "assigned");
    refuse_change("{\"assigned\":\"5\"}", ERR_WRONG_TYPE, "assigned");
    refuse_change(
            "{\"assigned\":{\"table\":null}}", ERR_MISSING_FIELD, "assigned");
    refuse_change("{\"identify\":5,\"config\":{}}", ERR_BAD_REQUEST, "config");
    refuse_change("{\"identify\":true}", ERR_WRONG_TYPE, "identify");
    refuse_change("{\"identify\":301}", ERR_OUT_OF_RANGE, "identify");
    refuse_change("{\"config\":[]}", ERR_WRONG_TYPE, "config");
    refuse_change("{\"config\":{\"sleep\":1}}", ERR_BAD_REQUEST, "config");
    refuse_change("{\"config\":{\"sleepSeconds\":3601}}", ERR_OUT_OF_RANGE,
            "config.sleepSeconds");
    refuse_change("{\"config\":{\"telemetrySeconds\":\"1\"}}", ERR_WRONG_TYPE,
            "config.telemetrySeconds");
    refuse_change("{\"config\":{\"muteTo\":\"07:00\"}}", ERR_MISSING_FIELD,
            "config.muteFrom");
    refuse_change("{\"assigned\":{\"orderId\":5}}", ERR_WRONG_TYPE,
            "assigned.orderId");
    refuse_change("{\"assigned\":{\"table\":{\"id\":5}}}", ERR_WRONG_TYPE,
            "assigned.table.id");
    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        char text[128];

        snprintf(text, sizeof(text),
                "{\"config\":{\"muteFrom\":%s,\"muteTo\":\"07:00\"}}",
                clocks[i]);
        refuse_change(text, ERR_OUT_OF_RANGE, "config.muteFrom");
    }
}

static void what_stands_beside_the_wish_is_not_heard_with_it(void **unused)
{
    (void)unused;
    refuse_change("{\"assigned\":null,\"table\":{\"id\":\"7\"}}",
            ERR_BAD_REQUEST, "assigned");
    refuse_change("{\"assigned\":{\"table\":\"5\"},\"orderId\":\"41\"}",
            ERR_BAD_REQUEST, "assigned");
    refuse_change("{\"config\":{},\"sleepS\":60}", ERR_BAD_REQUEST, "config");
    refuse_change(
            "{\"identify\":5,\"seconds\":9}", ERR_BAD_REQUEST, "identify");
    expect(REST_DEVICE_CHANGE, ROLE_ADMIN, "p1",
            "{\"identify\":5,\"deviceId\":\"p1\"}",
            EVT_DEVICE_IDENTIFY_REQUESTED,
            "{\"deviceId\":\"p1\",\"seconds\":5}");
}

static void a_back_end_may_state_whatever_can_be_requested(void **unused)
{
    static const char *const bodies[REST_COUNT] = {
        [REST_ORDER_CREATE] = "{\"items\":[]}",
        [REST_ORDER_CHANGE] = "{\"status\":\"ready\"}",
        [REST_TABLE_CHANGE] = "{\"seats\":4}",
        [REST_LAYOUT_REPLACE] = "{}",
        [REST_ALERT_CREATE] = "{\"type\":\"cash\",\"message\":\"x\"}",
        [REST_ALERT_CHANGE] = "{\"acknowledged\":true}",
        [REST_CALL_CREATE] = "{\"table\":{\"number\":5}}",
        [REST_CALL_CHANGE] = "{\"status\":\"handled\"}",
        [REST_MESSAGE_CREATE] = "{\"text\":\"x\"}",
        [REST_MESSAGE_CHANGE] = "{\"pinned\":true}",
        [REST_MESSAGE_DELETE] = "",
        [REST_MESSAGES_DELETE] = "",
        [REST_ITEM_CHANGE] = "{\"available\":true}",
        [REST_DEVICE_CHANGE] = "{\"assigned\":null}",
    };

    (void)unused;
    for (int i = REST_NONE + 1; i < REST_COUNT; i++) {
        assert_non_null(bodies[i]);
        if (hear((enum rest_id)i, DIALECT_NATIVE, ROLE_BACKEND, "id",
                    bodies[i]) != ERR_OK)
            fail_msg("%s: %s: %s", bodies[i], fault.field, fault.text);
        assert_true(evt_kinds[heard.what].from & ROLE_BACKEND);
        body_free(heard.body);
    }
}

/* --- refused --- */

static void bad_bodies_are_refused_with_their_field(void **unused)
{
    (void)unused;
    refuse(REST_ORDER_CREATE, ROLE_BACKEND, "", "{", ERR_BAD_JSON, "");
    refuse(REST_ORDER_CREATE, ROLE_BACKEND, "", "[]", ERR_BAD_REQUEST, "");
    refuse(REST_ORDER_CREATE, ROLE_BACKEND, "", "{\"order\":5}", ERR_WRONG_TYPE,
            "order");
    refuse(REST_ORDER_CREATE, ROLE_TABLE, "", "{\"order\":5}", ERR_WRONG_TYPE,
            "order");
    refuse(REST_ORDER_CREATE, ROLE_BACKEND, "", "{\"items\":[{}]}",
            ERR_MISSING_FIELD, "order.items[0].name");
    refuse(REST_ORDER_CREATE, ROLE_BACKEND, "", "{\"id\":\"a/b\"}", ERR_BAD_ID,
            "order.id");
    refuse(REST_ORDER_CHANGE, ROLE_BACKEND, "41", "{}", ERR_MISSING_FIELD,
            "status");
    refuse(REST_ORDER_CHANGE, ROLE_BACKEND, "41", "{\"colour\":\"red\"}",
            ERR_MISSING_FIELD, "status");
    refuse(REST_ORDER_CHANGE, ROLE_BACKEND, "41", "{\"status\":3}",
            ERR_WRONG_TYPE, "status");
    refuse(REST_ALERT_CHANGE, ROLE_WAITER, "a", "{}", ERR_MISSING_FIELD,
            "acknowledged");
    refuse(REST_ALERT_CHANGE, ROLE_WAITER, "a", "{\"acknowledged\":false}",
            ERR_OUT_OF_RANGE, "acknowledged");
    refuse(REST_CALL_CHANGE, ROLE_WAITER, "c", "{\"status\":\"pending\"}",
            ERR_OUT_OF_RANGE, "status");
    refuse(REST_MESSAGE_CHANGE, ROLE_WAITER, "m", "{}", ERR_MISSING_FIELD,
            "message.text");
    refuse(REST_TABLE_CHANGE, ROLE_WAITER, "5", "{\"seats\":\"four\"}",
            ERR_WRONG_TYPE, "table.seats");
}

static void another_id_than_that_of_the_path_is_a_mistake(void **unused)
{
    (void)unused;
    refuse(REST_TABLE_CHANGE, ROLE_WAITER, "5", "{\"id\":\"6\"}",
            ERR_BAD_REQUEST, "table.id");
    refuse(REST_ORDER_CHANGE, ROLE_BACKEND, "41",
            "{\"status\":\"ready\",\"orderId\":\"42\"}", ERR_BAD_REQUEST,
            "orderId");
    refuse(REST_ORDER_CHANGE, ROLE_BACKEND, "41",
            "{\"status\":\"ready\",\"orderId\":\"42\",\"id\":\"41\"}",
            ERR_BAD_REQUEST, "orderId");
    refuse(REST_ORDER_CHANGE, ROLE_BACKEND, "41",
            "{\"status\":\"ready\",\"orderId\":\"41\",\"id\":\"42\"}",
            ERR_BAD_REQUEST, "orderId");
    expect(REST_ORDER_CHANGE, ROLE_BACKEND, "41",
            "{\"status\":\"ready\",\"orderId\":41,\"id\":\"41\"}",
            EVT_KITCHEN_READY, "{\"orderId\":\"41\"}");
    expect(REST_TABLE_CHANGE, ROLE_WAITER, "5", "{\"id\":5,\"seats\":4}",
            EVT_TABLE_UPDATED, "{\"table\":{\"id\":\"5\",\"seats\":4}}");
}

/* --- answers --- */

static void assert_said(struct buf *out, const char *text)
{
    buf_putc(out, '\0');
    assert_false(out->failed);
    assert_string_equal(out->data, text);
    buf_clear(out);
}

static void every_part_is_a_field_of_the_picture(void **unused)
{
    Dw__Picture *picture = (void *)filled_body(&dw__picture__descriptor);
    const struct rest_filter all = { "", "" };
    struct buf out;

    (void)unused;
    buf_init(&out, 1 << 20);
    for (int i = PART_NONE + 1; i < PART_COUNT; i++) {
        buf_clear(&out);
        rest_put_list(&out, (enum part_id)i, picture, VIEW_FULL, &all);
        assert_true(out.len > 20);
        buf_clear(&out);
        assert_true(rest_put_one(
                &out, (enum part_id)i, picture, VIEW_FULL, FILLED_TEXT));
        buf_clear(&out);
        assert_int_equal(rest_put_one(&out, (enum part_id)i, picture, VIEW_FULL,
                                 "another"),
                i == PART_LAYOUT);
    }
    buf_finish(&out);
    body_free(&picture->base);
}

/* Two orders, at tables 5 and 6. */
static Dw__Picture *make_picture(void)
{
    static Dw__TableRef five = DW__TABLE_REF__INIT, six = DW__TABLE_REF__INIT;
    static Dw__Order first = DW__ORDER__INIT, second = DW__ORDER__INIT;
    static Dw__Order *orders[] = { &first, &second };
    static Dw__Picture picture = DW__PICTURE__INIT;

    five.id = (char *)(uintptr_t) "five";
    five.number = 5;
    five.has_number = 1;
    six.id = (char *)(uintptr_t) "6";
    first.id = (char *)(uintptr_t) "a";
    first.table = &five;
    first.status = DW__ORDER_STATUS__ORDER_STATUS_PREPARING;
    first.has_status = 1;
    second.id = (char *)(uintptr_t) "b";
    second.table = &six;
    second.status_word = (char *)(uintptr_t) "plating";
    picture.orders = orders;
    picture.n_orders = 2;
    return &picture;
}

static void assert_listed(
        const char *statuses, const char *table, const char *ids)
{
    const struct rest_filter filter = { statuses, table };
    const char *found;
    char seen[3] = "";
    struct buf out;

    buf_init(&out, 4096);
    rest_put_list(&out, PART_ORDERS, make_picture(), VIEW_FULL, &filter);
    buf_putc(&out, '\0');
    for (found = out.data; (found = strstr(found, "{\"id\":\"")) != NULL;
            found++)
        if (found[8] == '"' && (found[7] == 'a' || found[7] == 'b'))
            strncat(seen, found + 7, 1);
    assert_string_equal(seen, ids);
    buf_finish(&out);
}

static void a_list_is_filtered_by_status_and_table(void **unused)
{
    (void)unused;
    assert_listed("", "", "ab");
    assert_listed("preparing", "", "a");
    assert_listed("cooking", "", "a");
    assert_listed("plating", "", "b");
    assert_listed("ready,plating,preparing", "", "ab");
    assert_listed("ready", "", "");
    assert_listed(",,", "", "");
    assert_listed("", "five", "a");
    assert_listed("", "5", "a");
    assert_listed("", "6", "b");
    assert_listed("plating", "5", "");
    assert_listed("", "7", "");
}

static void what_is_not_there_is_said_so(void **unused)
{
    Dw__Picture empty = DW__PICTURE__INIT;
    const struct rest_filter all = { "", "" };
    struct buf out;

    (void)unused;
    buf_init(&out, 4096);
    rest_put_list(&out, PART_ALERTS, &empty, VIEW_FULL, &all);
    assert_said(&out, "\"alerts\":[]");
    rest_put_list(&out, PART_LAYOUT, &empty, VIEW_FULL, &all);
    assert_said(&out, "\"layout\":null");
    assert_false(rest_put_one(&out, PART_LAYOUT, &empty, VIEW_FULL, ""));
    assert_false(rest_put_one(&out, PART_ORDERS, &empty, VIEW_FULL, "a"));
    assert_int_equal(out.len, 0);
    buf_finish(&out);
}

static bool is_so(enum rest_id what, enum dialect_id dialect, const char *id,
        const char *text, const Dw__Picture *picture)
{
    const struct principal from = { .roles = ROLE_BACKEND };
    const struct rest_asked asked = { .what = what,
        .dialect = dialect,
        .from = &from,
        .id = id,
        .text = text,
        .len = strlen(text) };

    return rest_is_so(&asked, picture);
}

static void a_status_that_an_order_has_is_so_in_anybodys_word_for_it(
        void **unused)
{
    Dw__Order order = DW__ORDER__INIT, *orders[] = { &order };
    Dw__Picture picture = DW__PICTURE__INIT;
    char id[] = "41", word[] = "plating";

    (void)unused;
    order.id = id;
    order.has_status = true;
    order.status = DW__ORDER_STATUS__ORDER_STATUS_PREPARING;
    picture.orders = orders;
    picture.n_orders = 1;
    assert_true(is_so(REST_ORDER_CHANGE, DIALECT_NATIVE, "41",
            "{\"status\":\"preparing\"}", &picture));
    assert_true(is_so(REST_ORDER_CHANGE, DIALECT_NATIVE, "41",
            "{\"status\":\"cooking\",\"reason\":\"x\"}", &picture));
    assert_true(is_so(REST_ORDER_CHANGE, DIALECT_ENV, "41",
            "{\"status\":\"preparando\"}", &picture));
    assert_false(is_so(REST_ORDER_CHANGE, DIALECT_NATIVE, "41",
            "{\"status\":\"confirmed\"}", &picture));
    assert_false(is_so(REST_ORDER_CHANGE, DIALECT_NATIVE, "42",
            "{\"status\":\"preparing\"}", &picture));
    assert_false(is_so(REST_ORDER_CHANGE, DIALECT_NATIVE, "41",
            "{\"notes\":\"preparing\"}", &picture));
    assert_false(
            is_so(REST_ORDER_CHANGE, DIALECT_NATIVE, "41", "[7", &picture));
    assert_false(is_so(REST_CALL_CHANGE, DIALECT_NATIVE, "41",
            "{\"status\":\"preparing\"}", &picture));
    /* What else it says may not have come true. */
    assert_false(is_so(REST_ORDER_CHANGE, DIALECT_NATIVE, "41",
            "{\"status\":\"preparing\",\"notes\":\"x\"}", &picture));
    /* A word that stands beside the status is what is shown. */
    order.status_word = word;
    assert_false(is_so(REST_ORDER_CHANGE, DIALECT_NATIVE, "41",
            "{\"status\":\"preparing\"}", &picture));
    assert_true(is_so(REST_ORDER_CHANGE, DIALECT_NATIVE, "41",
            "{\"status\":\"plating\"}", &picture));
}

static void the_subject_is_what_an_event_has_made(void **unused)
{
    static const struct {
        enum part_id part;
        enum evt_id what;
    } made[] = { { PART_ORDERS, EVT_ORDER_CREATED },
        { PART_ORDERS, EVT_ORDER_UPDATED }, { PART_ALERTS, EVT_ALERT_CREATED },
        { PART_CALLS, EVT_SERVICE_CALL_CREATED },
        { PART_MESSAGES, EVT_MESSAGE_CREATED } };

    (void)unused;
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
        struct evt *evt = filled_evt(made[i].what);

        assert_string_equal(rest_subject(made[i].part, evt), FILLED_TEXT);
        evt_unref(evt);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_may_stand_in_a_member_or_alone),
        cmocka_unit_test(
                an_order_of_a_guests_page_is_understood_without_a_dialect),
        cmocka_unit_test(a_token_of_a_sitting_becomes_its_key),
        cmocka_unit_test(guests_who_name_no_table_are_at_their_own),
        cmocka_unit_test(an_order_is_heard_in_the_dialect_that_the_query_names),
        cmocka_unit_test(a_status_becomes_the_step_that_leads_to_it),
        cmocka_unit_test(a_status_without_a_step_is_said_as_it_is),
        cmocka_unit_test(a_status_may_be_a_word_of_the_dialect),
        cmocka_unit_test(what_belongs_to_a_step_goes_with_it),
        cmocka_unit_test(who_may_not_cancel_asks_for_it_and_says_why),
        cmocka_unit_test(whatever_else_changes_an_order_updates_it),
        cmocka_unit_test(each_part_has_its_events),
        cmocka_unit_test(who_may_not_change_the_menu_says_that_a_dish_is_out),
        cmocka_unit_test(a_device_is_handed_out_found_or_told_how_to_behave),
        cmocka_unit_test(a_mistake_about_a_device_is_named_as_in_the_request),
        cmocka_unit_test(what_stands_beside_the_wish_is_not_heard_with_it),
        cmocka_unit_test(a_back_end_may_state_whatever_can_be_requested),
        cmocka_unit_test(bad_bodies_are_refused_with_their_field),
        cmocka_unit_test(another_id_than_that_of_the_path_is_a_mistake),
        cmocka_unit_test(every_part_is_a_field_of_the_picture),
        cmocka_unit_test(a_list_is_filtered_by_status_and_table),
        cmocka_unit_test(what_is_not_there_is_said_so),
        cmocka_unit_test(
                a_status_that_an_order_has_is_so_in_anybodys_word_for_it),
        cmocka_unit_test(the_subject_is_what_an_event_has_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
