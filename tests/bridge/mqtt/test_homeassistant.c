#include "bridge/mqtt/homeassistant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schemas/picture.pb-c.h"

static const struct home_place place = {
    .prefix = "homeassistant", .site = "main", .client = "ha"
};

static char id[] = "p1", pager[] = "pager", printer[] = "printer";
static char odd[] = "\"},{{ x }}\n";

static void put(struct buf *out, const Dw__Device *device)
{
    buf_init(out, 65536);
    home_put_config(out, &place, device);
    assert_false(out->failed);
    assert_true(home_is_ours(out->data, out->len));
    buf_putc(out, '\0');
}

static void assert_config(const Dw__Device *device, const char *expected)
{
    struct buf out;

    put(&out, device);
    assert_string_equal(out.data, expected);
    buf_finish(&out);
}

#define HUB                                                                    \
    "{\"topic\":\"dw/1/main/hub/state\","                                      \
    "\"value_template\":\"{{ value_json.s }}\"}"
#define READS "\"state_topic\":\"dw/1/main/dev/p1/about\",\"value_template\":"
#define CONNECTED                                                              \
    "\"connected\":{\"p\":\"binary_sensor\","                                  \
    "\"unique_id\":\"dumbwaiter.main.p1.connected\","                          \
    "\"name\":\"Connected\",\"device_class\":\"connectivity\","                \
    "\"entity_category\":\"diagnostic\"," READS                                \
    "\"{{ 'ON' if value_json.online else 'OFF' }}\","                          \
    "\"availability\":[" HUB "]}"
#define IDENTIFY                                                               \
    "\"identify\":{\"p\":\"button\","                                          \
    "\"unique_id\":\"dumbwaiter.main.p1.identify\","                           \
    "\"name\":\"Identify\",\"device_class\":\"identify\","                     \
    "\"entity_category\":\"config\","                                          \
    "\"command_topic\":\"dw/1/main/in/ha/device.identify_requested\","         \
    "\"qos\":1,\"payload_press\":"                                             \
    "\"{\\\"deviceId\\\":\\\"p1\\\",\\\"seconds\\\":10}\"}"
#define AVAILABLE                                                              \
    "\"availability\":[" HUB ",{\"topic\":\"dw/1/main/dev/p1/about\","         \
    "\"value_template\":\"{{ 'online' if value_json.online else 'offline' "    \
    "}}\"}],\"availability_mode\":\"all\""
#define ORIGIN                                                                 \
    "\"o\":{\"name\":\"dumbwaiter\",\"sw\":\"" DUMBWAITER_VERSION "\"}"

static void a_device_is_discovered_with_all_that_it_has(void **unused)
{
    Dw__DeviceTelemetry said = DW__DEVICE_TELEMETRY__INIT;
    Dw__Device device = DW__DEVICE__INIT;

    (void)unused;
    device.id = id;
    device.kind = pager;
    device.firmware = (char[]){ "1.2" };
    device.telemetry = &said;
    said.has_battery_percent = said.has_rssi_dbm = true;
    assert_config(&device,
            "{\"dev\":{\"ids\":[\"dumbwaiter.main.p1\"],\"name\":\"p1\","
            "\"mf\":\"dumbwaiter\",\"mdl\":\"pager\",\"sw\":\"1.2\"}," ORIGIN
            ",\"cmps\":{" CONNECTED ","
            "\"battery\":{\"p\":\"sensor\","
            "\"unique_id\":\"dumbwaiter.main.p1.battery\","
            "\"name\":\"Battery\",\"device_class\":\"battery\","
            "\"unit_of_measurement\":\"%\",\"state_class\":\"measurement\","
            "\"entity_category\":\"diagnostic\"," READS
            "\"{{ value_json.battery | default(none) }}\"},"
            "\"signal\":{\"p\":\"sensor\","
            "\"unique_id\":\"dumbwaiter.main.p1.signal\","
            "\"name\":\"Signal\",\"device_class\":\"signal_strength\","
            "\"unit_of_measurement\":\"dBm\",\"state_class\":\"measurement\","
            "\"entity_category\":\"diagnostic\"," READS
            "\"{{ value_json.rssi | default(none) }}\"}," IDENTIFY
            "}," AVAILABLE "}");
}

static void a_printer_has_paper_and_what_is_not_said_is_no_entity(void **unused)
{
    Dw__Device device = DW__DEVICE__INIT;

    (void)unused;
    device.id = id;
    device.kind = printer;
    assert_config(&device,
            "{\"dev\":{\"ids\":[\"dumbwaiter.main.p1\"],\"name\":\"p1\","
            "\"mf\":\"dumbwaiter\",\"mdl\":\"printer\"}," ORIGIN
            ",\"cmps\":{" CONNECTED ","
            "\"paper\":{\"p\":\"binary_sensor\","
            "\"unique_id\":\"dumbwaiter.main.p1.paper\","
            "\"name\":\"Paper\",\"device_class\":\"problem\"," READS
            "\"{{ 'ON' if value_json.paper == 'out' else 'OFF' }}\"}," IDENTIFY
            "}," AVAILABLE "}");
}

static void what_a_device_calls_its_firmware_ends_nothing_early(void **unused)
{
    Dw__Device device = DW__DEVICE__INIT;
    struct buf out;

    (void)unused;
    device.id = id;
    device.kind = odd;
    device.firmware = odd;
    put(&out, &device);
    assert_non_null(strstr(out.data,
            "\"mdl\":\"\\\"},{{ x }}\\n\",\"sw\":\"\\\"},{{ x }}\\n\"},"));
    buf_finish(&out);
}

static void its_topic_has_site_and_id_on_levels_of_their_own(void **unused)
{
    char topic[TOPIC_CHARS + 1], prefix[ID_CHARS + 1], which[ID_CHARS + 1];

    (void)unused;
    assert_true(home_print_topic(&place, "a_b", topic));
    assert_string_equal(topic, "homeassistant/device/main/a_b/config");
    assert_true(home_parse_topic("main", topic, prefix, which));
    assert_string_equal(prefix, "homeassistant");
    assert_string_equal(which, "a_b");
    assert_true(home_print_filter("main", topic));
    assert_string_equal(topic, "+/device/main/+/config");
}

static void the_longest_ids_fit(void **unused)
{
    char longest[ID_CHARS + 1] = { 0 }, topic[TOPIC_CHARS + 1];
    const struct home_place far = { longest, longest, longest };
    Dw__Device device = DW__DEVICE__INIT;
    struct buf out;

    (void)unused;
    memset(longest, 'x', ID_CHARS);
    assert_true(home_print_topic(&far, longest, topic));
    device.id = longest;
    device.kind = printer;
    buf_init(&out, 65536);
    home_put_config(&out, &far, &device);
    assert_false(out.failed);
    buf_finish(&out);
}

static void other_topics_are_not_of_discovery(void **unused)
{
    static const char *const bad[] = { "", "homeassistant",
        "homeassistant/device/main/p1", "homeassistant/device/main/p1/state",
        "homeassistant/device/main/p1/config/x",
        "homeassistant/device/harbour/p1/config",
        "homeassistant/sensor/main/p1/config", "a b/device/main/p1/config",
        "homeassistant/device/main//config",
        "homeassistant/device/main/p 1/config", "/device/main/p1/config" };
    char prefix[ID_CHARS + 1], which[ID_CHARS + 1];

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (home_parse_topic("main", bad[i], prefix, which))
            fail_msg("taken: %s", bad[i]);
    assert_false(home_is_ours("", 0));
    assert_false(home_is_ours("{\"o\":{\"name\":\"other\",", 21));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_discovered_with_all_that_it_has),
        cmocka_unit_test(a_printer_has_paper_and_what_is_not_said_is_no_entity),
        cmocka_unit_test(what_a_device_calls_its_firmware_ends_nothing_early),
        cmocka_unit_test(its_topic_has_site_and_id_on_levels_of_their_own),
        cmocka_unit_test(the_longest_ids_fit),
        cmocka_unit_test(other_topics_are_not_of_discovery),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
