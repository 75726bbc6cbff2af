#include "bridge/mqtt/topics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_producers_topic_names_it_and_its_event(void **unused)
{
    struct topic topic;

    (void)unused;
    assert_true(
            topic_parse("main", "dw/1/main/in/pos-1/order.created", &topic));
    assert_int_equal(topic.kind, TOPIC_IN);
    assert_string_equal(topic.client, "pos-1");
    assert_string_equal(topic.event, "order.created");
}

static void a_devices_topic_names_it_and_its_leaf(void **unused)
{
    struct topic topic;

    (void)unused;
    assert_true(topic_parse("main", "dw/1/main/dev/p1/state", &topic));
    assert_int_equal(topic.kind, TOPIC_STATE);
    assert_true(topic_parse("main", "dw/1/main/dev/p1/info", &topic));
    assert_int_equal(topic.kind, TOPIC_INFO);
    assert_true(topic_parse("main", "dw/1/main/dev/p1/ack", &topic));
    assert_int_equal(topic.kind, TOPIC_ACK);
    assert_true(topic_parse("main", "dw/1/main/dev/p1/evt", &topic));
    assert_int_equal(topic.kind, TOPIC_EVT);
    assert_string_equal(topic.client, "p1");
}

static void what_does_not_match_level_by_level_is_no_topic(void **unused)
{
    static const char *const bad[] = {
        "",
        "dw",
        "dw/1/main",
        "dw/1/main/in",
        "dw/1/main/in/pos",
        "dw/1/main/in/pos/",
        "dw/1/main/in//order.created",
        "dw/1/main/in/pos/order.created/x",
        "dw/1/main/in/pos/order created",
        "dw/1/main/in/pos/+",
        "dw/1/main/in/p s/order.created",
        "dw/1/main/in/+/order.created",
        "dw/1/other/in/pos/order.created",
        "dw/1/mainx/in/pos/order.created",
        "dw/2/main/in/pos/order.created",
        "/dw/1/main/in/pos/order.created",
        "dw/1/main/dev/p1",
        "dw/1/main/dev/p1/",
        "dw/1/main/dev/p1/job",
        "dw/1/main/dev/p1/state/x",
        "dw/1/main/dev/p1/1/state",
        "dw/1/main/json/kitchen",
    };
    struct topic topic;

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (topic_parse("main", bad[i], &topic))
            fail_msg("taken: %s", bad[i]);
}

static void an_id_or_a_topic_that_is_too_long_is_refused(void **unused)
{
    char text[256] = "dw/1/main/in/";
    struct topic topic;

    (void)unused;
    memset(text + 13, 'a', ID_CHARS);
    memcpy(text + 13 + ID_CHARS, "/x", 3);
    assert_true(topic_parse("main", text, &topic));
    memset(text + 13, 'a', ID_CHARS + 1);
    memcpy(text + 13 + ID_CHARS + 1, "/x", 3);
    assert_false(topic_parse("main", text, &topic));

    memcpy(text + 13, "pos/", 4);
    memset(text + 17, 'e', 200);
    text[17 + TOPIC_EVENT_CHARS] = '\0';
    assert_true(topic_parse("main", text, &topic));
    text[17 + TOPIC_EVENT_CHARS] = 'e';
    text[17 + TOPIC_EVENT_CHARS + 1] = '\0';
    assert_false(topic_parse("main", text, &topic));
}

static void outgoing_topics_name_the_encoding_before_the_room(void **unused)
{
    const struct room kitchen = { .kind = ROOM_INDEX_KITCHEN };
    const struct room table = { .kind = ROOM_INDEX_TABLE, .id = "5" };
    char topic[TOPIC_CHARS + 1];

    (void)unused;
    assert_true(topic_print_room("main", "json", &kitchen, topic));
    assert_string_equal(topic, "dw/1/main/json/kitchen");
    assert_true(topic_print_room("main", "pb", &table, topic));
    assert_string_equal(topic, "dw/1/main/pb/table/5");
    assert_true(topic_print_id("main", "dev", "p1", "/job", topic));
    assert_string_equal(topic, "dw/1/main/dev/p1/job");
    assert_true(topic_print_id("main", "receipt", "pos", "", topic));
    assert_string_equal(topic, "dw/1/main/receipt/pos");
    assert_true(topic_print("main", "hub/state", topic));
    assert_string_equal(topic, "dw/1/main/hub/state");
}

static void the_longest_ids_fit_an_outgoing_topic(void **unused)
{
    struct room room = { .kind = ROOM_INDEX_STATION };
    char site[ID_CHARS + 1] = { 0 }, topic[TOPIC_CHARS + 1];

    (void)unused;
    memset(site, 's', ID_CHARS);
    memset(room.id, 'r', ID_CHARS);
    assert_true(topic_print_room(site, "state", &room, topic));
    assert_true(topic_print_id(site, "receipt", room.id, "/state", topic));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_producers_topic_names_it_and_its_event),
        cmocka_unit_test(a_devices_topic_names_it_and_its_leaf),
        cmocka_unit_test(what_does_not_match_level_by_level_is_no_topic),
        cmocka_unit_test(an_id_or_a_topic_that_is_too_long_is_refused),
        cmocka_unit_test(outgoing_topics_name_the_encoding_before_the_room),
        cmocka_unit_test(the_longest_ids_fit_an_outgoing_topic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
