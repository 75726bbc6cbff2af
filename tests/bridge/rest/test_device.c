/* What is shown of a device, as JSON and on a terminal. */
#include "bridge/rest/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "schemas/picture.pb-c.h"

#define STAGE(word) DW__JOB_STAGE__JOB_STAGE_##word
#define NOON_MS     1767268800000ll /* 2026-01-01T12:00:00Z */

static char id[] = "p1", pager[] = "pager", printer[] = "printer";
static char firmware[] = "1.2 \"x\"", order[] = "41", number[] = "12";

/* A pager that has said nothing yet. */
static Dw__Device bare(char *kind)
{
    Dw__Device device = DW__DEVICE__INIT;

    device.id = id;
    device.kind = kind;
    device.online = 1;
    device.boot = 3;
    device.changed_at_ms = NOON_MS;
    return device;
}

static void assert_shown(const Dw__Device *device, const Dw__Picture *picture,
        const char *expected)
{
    Dw__Picture empty = DW__PICTURE__INIT;
    struct buf out;

    buf_init(&out, 4096);
    device_put(&out, device, picture ? picture : &empty, VIEW_FULL);
    buf_putc(&out, '\0');
    assert_false(out.failed);
    assert_string_equal(out.data, expected);
    buf_finish(&out);
}

static void what_was_never_said_is_not_shown(void **unused)
{
    Dw__Device device = bare(pager);

    (void)unused;
    assert_shown(&device, NULL,
            "\"id\":\"p1\",\"kind\":\"pager\",\"state\":\"online\","
            "\"online\":true,\"boot\":3,"
            "\"since\":\"2026-01-01T12:00:00.000Z\","
            "\"lastSeen\":\"2026-01-01T12:00:00.000Z\"");
}

static void all_that_a_pager_says_and_is_told_is_shown(void **unused)
{
    Dw__DeviceTelemetry said = DW__DEVICE_TELEMETRY__INIT;
    Dw__DeviceAssigned assigned = DW__DEVICE_ASSIGNED__INIT;
    Dw__DeviceConfigured config = DW__DEVICE_CONFIGURED__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    Dw__Device device = bare(pager);

    (void)unused;
    table.id = (char[]){ "5" };
    said.has_battery_percent = said.has_charging = said.has_rssi_dbm = true;
    said.has_queued = true;
    said.battery_percent = 80;
    said.rssi_dbm = -61;
    said.queued = 2;
    assigned.order_id = order;
    assigned.order_number = number;
    config.rev = 7;
    config.mute_from_min = 22 * 60 + 30;
    config.mute_to_min = 7 * 60;
    config.has_sleep_s = true;
    config.sleep_s = 30;
    device.sleep_s = 30;
    device.has_config_rev = true;
    device.config_rev = 7;
    device.table = &table;
    device.firmware = firmware;
    device.telemetry = &said;
    device.telemetry_at_ms = NOON_MS + 60000;
    device.assigned = &assigned;
    device.config = &config;
    assert_shown(&device, NULL,
            "\"id\":\"p1\",\"kind\":\"pager\",\"state\":\"asleep\","
            "\"online\":true,\"boot\":3,\"table\":{\"id\":\"5\"},"
            "\"firmware\":\"1.2 \\\"x\\\"\",\"battery\":80,"
            "\"charging\":false,\"rssi\":-61,\"queued\":2,"
            "\"since\":\"2026-01-01T12:00:00.000Z\","
            "\"lastSeen\":\"2026-01-01T12:01:00.000Z\","
            "\"assigned\":{\"orderId\":\"41\",\"orderNumber\":\"12\"},"
            "\"config\":{\"rev\":7,\"taken\":true,\"muteFrom\":\"22:30\","
            "\"muteTo\":\"07:00\",\"sleepSeconds\":30}");
}

static Dw__PrintJob job_of(
        Dw__PrintRequested *request, Dw__JobStage stage, int64_t changed_at_ms)
{
    Dw__PrintJob job = DW__PRINT_JOB__INIT;

    job.request = request;
    job.stage = stage;
    job.changed_at_ms = changed_at_ms;
    return job;
}

static void a_printer_shows_what_waits_and_why_the_last_one_failed(
        void **unused)
{
    Dw__PrintRequested here = DW__PRINT_REQUESTED__INIT, there = here;
    Dw__PrintJob jobs[] = { job_of(&here, STAGE(REQUESTED), 1),
        job_of(&here, STAGE(ACCEPTED), 2), job_of(&here, STAGE(RELEASED), 3),
        job_of(&here, STAGE(PRINTED), 9), job_of(&here, STAGE(FAILED), 5),
        job_of(&here, STAGE(FAILED), 4), job_of(&there, STAGE(REQUESTED), 1) };
    Dw__PrintJob *list[] = { &jobs[0], &jobs[1], &jobs[2], &jobs[3], &jobs[4],
        &jobs[5], &jobs[6] };
    Dw__Picture picture = DW__PICTURE__INIT;
    Dw__Device device = bare(printer);

    (void)unused;
    here.printer = id;
    jobs[4].reason = (char[]){ "paper_out" };
    jobs[5].reason = (char[]){ "offline" };
    picture.jobs = list;
    picture.n_jobs = 7;
    device.online = 0;
    assert_shown(&device, &picture,
            "\"id\":\"p1\",\"kind\":\"printer\",\"state\":\"offline\","
            "\"online\":false,\"boot\":3,"
            "\"since\":\"2026-01-01T12:00:00.000Z\","
            "\"lastSeen\":\"2026-01-01T12:00:00.000Z\","
            "\"queue\":3,\"trouble\":\"paper_out\"");
    jobs[4].reason = NULL;
    jobs[4].stage = STAGE(UNKNOWN);
    assert_shown(&device, &picture,
            "\"id\":\"p1\",\"kind\":\"printer\",\"state\":\"offline\","
            "\"online\":false,\"boot\":3,"
            "\"since\":\"2026-01-01T12:00:00.000Z\","
            "\"lastSeen\":\"2026-01-01T12:00:00.000Z\","
            "\"queue\":3,\"trouble\":\"unknown\"");
}

/* --- on a terminal --- */

static void assert_table(const char *json, const char *expected)
{
    struct buf out;

    buf_init(&out, 65536);
    assert_int_equal(device_print_list(&out, json, strlen(json)), ERR_OK);
    buf_putc(&out, '\0');
    assert_string_equal(out.data, expected);
    buf_finish(&out);
}

static void the_columns_of_a_list_are_aligned(void **unused)
{
    (void)unused;
    assert_table("{\"seq\":4,\"devices\":["
                 "{\"id\":\"printer-1\",\"kind\":\"printer\","
                 "\"state\":\"offline\",\"since\":\"2026-01-01T12:00:00.000Z\","
                 "\"station\":\"bar\",\"queue\":3,\"queued\":1,"
                 "\"trouble\":\"paper_out\"},"
                 "{\"id\":\"p1\",\"kind\":\"pager\",\"state\":\"asleep\","
                 "\"battery\":80,\"charging\":true,\"rssi\":-61,\"queued\":0,"
                 "\"firmware\":\"1.2\",\"table\":{\"id\":\"5\"},"
                 "\"assigned\":{\"orderId\":\"41\"}}]}",
            "ID         KIND     STATE                               BATTERY"
            "       SIGNAL   FIRMWARE  QUEUE  PLACE          TROUBLE\n"
            "printer-1  printer  offline since 2026-01-01 12:00 UTC  -"
            "             -        -         3      station bar    paper_out\n"
            "p1         pager    asleep                              80% "
            "charging  -61 dBm  1.2       0      with order 41  -\n");
    assert_table("{\"devices\":[]}",
            "ID  KIND  STATE  BATTERY  SIGNAL  FIRMWARE  QUEUE  PLACE  "
            "TROUBLE\n");
}

static void nothing_reaches_a_terminal_that_is_not_printable(void **unused)
{
    static const char json[] =
            "{\"devices\":[{\"id\":\"p1\",\"kind\":5,\"firmware\":"
            "\"\\u009b2J\\u00e9\\n\",\"table\":\"5\",\"battery\":\"x\"}]}";
    struct buf out;

    (void)unused;
    buf_init(&out, 65536);
    assert_int_equal(device_print_list(&out, json, strlen(json)), ERR_OK);
    for (size_t i = 0; i < out.len; i++)
        assert_true(out.data[i] == '\n' ||
                    (out.data[i] >= ' ' && out.data[i] <= '~'));
    buf_putc(&out, '\0');
    assert_non_null(strstr(out.data, "??2J???"));
    buf_finish(&out);
}

static void what_is_no_list_of_devices_is_refused(void **unused)
{
    static const char *const bad[] = { "", "{", "[]", "{}", "<html>",
        "{\"devices\":{}}", "{\"devices\":[]", "\"devices\"" };
    struct buf out;

    (void)unused;
    buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(
                device_print_list(&out, bad[i], strlen(bad[i])), ERR_BAD_JSON);
    assert_int_equal(out.len, 0);
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_never_said_is_not_shown),
        cmocka_unit_test(all_that_a_pager_says_and_is_told_is_shown),
        cmocka_unit_test(
                a_printer_shows_what_waits_and_why_the_last_one_failed),
        cmocka_unit_test(the_columns_of_a_list_are_aligned),
        cmocka_unit_test(nothing_reaches_a_terminal_that_is_not_printable),
        cmocka_unit_test(what_is_no_list_of_devices_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
