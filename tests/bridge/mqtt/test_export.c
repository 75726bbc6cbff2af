#include "bridge/mqtt/export.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "bridge/mqtt/enrol.h"

static const struct sites both = { .names = { "main", "harbour" }, .count = 2 };
static const struct sites one = { .names = { "main" }, .count = 1 };

static int begin(void **state)
{
    char *dir = strdup("/tmp/test_export.XXXXXX");

    *state = dir;
    return mkdtemp(dir) ? 0 : -1;
}

static int end(void **state)
{
    static const char *const names[] = { "broker/" ROSTER_FILE, "broker/passwd",
        "broker/acl", "broker/lock", "broker/hub.password", "broker",
        "out/passwd", "out/acl", "out/mosquitto.conf", "out/hub.password",
        "out", "" };
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", (char *)*state, names[i]);
        remove(path);
    }
    free(*state);
    return 0;
}

static void enrol_one(const char *dir, const char *site, const char *id)
{
    const struct enrolment enrolment = { .data_dir = dir,
        .sites = &both,
        .site = site,
        .kind = "printer",
        .id = id };
    struct credential made;
    struct fault fault = { 0 };

    assert_int_equal(enrol(&enrolment, &made, &fault), ERR_OK);
}

/* The text of a file in out/, with a NUL. */
static void read_out(const char *dir, const char *name, struct buf *text)
{
    char out[128], path[160];
    struct stat about;

    snprintf(out, sizeof(out), "%s/out", dir);
    snprintf(path, sizeof(path), "%s/%s", out, name);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    buf_clear(text);
    assert_int_equal(files_read(out, name, text), ERR_OK);
    buf_putc(text, '\0');
}

static void export_all(const char *dir, const struct sites *sites)
{
    char out[128];

    snprintf(out, sizeof(out), "%s/out", dir);
    assert_int_equal(export_files(dir, sites, out), ERR_OK);
}

static void one_user_is_the_hub_of_every_restaurant(void **state)
{
    struct buf text;

    enrol_one(*state, "main", "p1");
    enrol_one(*state, "harbour", "p1");
    export_all(*state, &both);
    buf_init(&text, 65536);
    read_out(*state, "acl", &text);
    assert_non_null(strstr(text.data, "\nuser dumbwaiter-hub\n"
                                      "topic readwrite dw/1/main/#\n"
                                      "topic readwrite "
                                      "+/device/main/+/config\n"
                                      "topic readwrite dw/1/harbour/#\n"
                                      "topic readwrite "
                                      "+/device/harbour/+/config\n"));
    assert_null(strstr(text.data, "harbour.dumbwaiter-hub"));
    assert_non_null(strstr(text.data, "\nuser p1\n"));
    assert_non_null(strstr(text.data, "\nuser harbour.p1\n"));
    /* nobody comes without a name */
    assert_null(strstr(text.data, "json/#"));
    read_out(*state, "passwd", &text);
    assert_int_equal(strncmp(text.data, "dumbwaiter-hub:$7$", 18), 0);
    assert_non_null(strstr(text.data, "\np1:$7$"));
    buf_finish(&text);
}

static void a_name_is_an_id_only_where_the_hub_has_one_id(void **state)
{
    struct buf text;

    buf_init(&text, 65536);
    export_all(*state, &one);
    read_out(*state, "mosquitto.conf", &text);
    assert_non_null(strstr(text.data, "\nuse_username_as_clientid true\n"));
    assert_non_null(strstr(text.data, "\nallow_anonymous false\n"));
    assert_non_null(strstr(text.data, "/out/acl\n"));
    export_all(*state, &both);
    read_out(*state, "mosquitto.conf", &text);
    assert_null(strstr(text.data, "\nuse_username_as_clientid true\n"));
    buf_finish(&text);
}

static void the_hubs_password_stays_the_same(void **state)
{
    struct buf before, after;

    buf_init(&before, 128);
    buf_init(&after, 128);
    export_all(*state, &one);
    read_out(*state, "hub.password", &before);
    export_all(*state, &one);
    read_out(*state, "hub.password", &after);
    assert_int_equal(before.len, PASSWORD_CHARS + 1);
    assert_string_equal(before.data, after.data);
    buf_finish(&before);
    buf_finish(&after);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(one_user_is_the_hub_of_every_restaurant),
        IN_DIR(a_name_is_an_id_only_where_the_hub_has_one_id),
        IN_DIR(the_hubs_password_stays_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
