#include "bridge/mqtt/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void put(struct roster *roster, const char *id, const char *kind,
        const char *table)
{
    struct member member = { .site = "main",
        .hash = "$7$101$c2FsdA==$aGFzaA==" };

    snprintf(member.id, sizeof(member.id), "%s", id);
    snprintf(member.kind, sizeof(member.kind), "%s", kind);
    snprintf(member.table, sizeof(member.table), "%s", table);
    assert_int_equal(roster_put(roster, &member), ERR_OK);
}

/* The access list of one member, without that of others. */
static void acl_of(const char *kind, const char *table, char out[2048])
{
    struct roster roster = { .lock = -1 };
    struct buf text;

    put(&roster, "x1", kind, table);
    buf_init(&text, 2047);
    roster_put_acl(&roster, &text);
    assert_false(text.failed);
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    buf_finish(&text);
    roster_close(&roster);
}

static void a_producer_writes_only_below_its_own_name(void **unused)
{
    char acl[2048];

    (void)unused;
    acl_of("producer", "", acl);
    assert_string_equal(acl, "\nuser x1\n"
                             "topic write dw/1/main/in/x1/#\n"
                             "topic read dw/1/main/receipt/x1\n"
                             "topic read dw/1/main/json/#\n"
                             "topic read dw/1/main/state/#\n"
                             "topic read dw/1/main/hub/#\n"
                             "topic deny $CONTROL/#\n");
}

static void a_printer_hears_its_jobs_and_speaks_for_itself_only(void **unused)
{
    char acl[2048];

    (void)unused;
    acl_of("printer", "", acl);
    assert_string_equal(acl, "\nuser x1\n"
                             "topic read dw/1/main/dev/x1/cmd\n"
                             "topic read dw/1/main/dev/x1/cfg\n"
                             "topic read dw/1/main/dev/x1/job\n"
                             "topic read dw/1/main/hub/state\n"
                             "topic write dw/1/main/dev/x1/state\n"
                             "topic write dw/1/main/dev/x1/info\n"
                             "topic write dw/1/main/dev/x1/ack\n"
                             "topic write dw/1/main/dev/x1/evt\n"
                             "topic write dw/1/main/dev/x1/tele\n"
                             "topic write dw/1/main/dev/x1/log\n"
                             "topic deny $CONTROL/#\n");
}

static void a_pager_hears_its_table_or_where_it_has_none_any(void **unused)
{
    char acl[2048];

    (void)unused;
    acl_of("pager", "5", acl);
    assert_non_null(strstr(acl, "topic read dw/1/main/pb/table/5\n"));
    assert_null(strstr(acl, "+"));
    acl_of("pager", "", acl);
    assert_non_null(strstr(acl, "topic read dw/1/main/pb/table/+\n"));
}

static void a_buzzer_hears_the_kitchen_and_a_button_nothing(void **unused)
{
    char acl[2048];

    (void)unused;
    acl_of("buzzer", "", acl);
    assert_non_null(strstr(acl, "topic read dw/1/main/pb/kitchen\n"));
    acl_of("button", "5", acl);
    assert_null(strstr(acl, "/pb/"));
}

static void who_has_no_name_may_only_read_what_is_for_debugging(void **unused)
{
    char acl[2048];

    (void)unused;
    acl_of("hub", "", acl);
    assert_string_equal(acl, "topic read dw/1/main/json/#\n"
                             "topic read dw/1/main/state/#\n"
                             "topic read dw/1/main/hub/#\n"
                             "\nuser x1\n"
                             "topic readwrite dw/1/main/#\n"
                             "topic deny $CONTROL/#\n");
}

static void the_password_file_has_a_line_for_each(void **unused)
{
    struct roster roster = { .lock = -1 };
    struct buf text;

    (void)unused;
    put(&roster, "a", "producer", "");
    put(&roster, "b", "printer", "");
    buf_init(&text, 1024);
    roster_put_passwd(&roster, &text);
    buf_putc(&text, '\0');
    assert_string_equal(text.data, "a:$7$101$c2FsdA==$aGFzaA==\n"
                                   "b:$7$101$c2FsdA==$aGFzaA==\n");
    buf_finish(&text);
    roster_close(&roster);
}

static void a_line_that_we_did_not_write_is_refused(void **unused)
{
    static const char good[] = "{\"id\":\"a\",\"kind\":\"pager\",\"site\":"
                               "\"main\",\"table\":\"5\",\"hash\":\"$7$x\"},";
    static const char *const bad[] = {
        "",
        "{}",
        "{\"id\":\"a\"}",
        "{\"id\":\"a/b\",\"kind\":\"pager\",\"site\":\"main\",\"table\":\"5\","
        "\"hash\":\"$7$x\"}",
        "{\"id\":\"a\",\"kind\":\"king\",\"site\":\"main\",\"table\":\"5\","
        "\"hash\":\"$7$x\"}",
        "{\"id\":\"a\",\"kind\":\"pager\",\"site\":\"\",\"table\":\"5\","
        "\"hash\":\"$7$x\"}",
        "{\"id\":\"a\",\"kind\":\"pager\",\"site\":\"main\",\"table\":\"#\","
        "\"hash\":\"$7$x\"}",
        "{\"id\":\"a\",\"kind\":\"pager\",\"site\":\"main\",\"table\":\"5\","
        "\"hash\":\"a:b\"}",
        "{\"id\":\"a\",\"kind\":\"pager\",\"site\":\"main\",\"table\":\"5\","
        "\"hash\":\"$7$x\"}, x",
        "{\"id\":\"a\",\"kind\":\"pager\",\"site\":\"main\",\"table\":\"5\","
        "\"hash\":\"$7$x",
    };
    struct member member;

    (void)unused;
    assert_true(member_parse(good, sizeof(good) - 1, &member));
    assert_string_equal(member.id, "a");
    assert_string_equal(member.table, "5");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (member_parse(bad[i], strlen(bad[i]), &member))
            fail_msg("taken: %s", bad[i]);
}

static void make_dir(char dir[64])
{
    snprintf(dir, 64, "/tmp/test_roster.XXXXXX");
    assert_non_null(mkdtemp(dir));
}

static void remove_dir(const char *dir)
{
    static const char *const names[] = { "broker/credentials.json",
        "broker/passwd", "broker/acl", "broker/lock", "broker", "" };
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        assert_int_equal(remove(path), 0);
    }
}

static void what_is_saved_is_read_again_and_for_the_owner_only(void **unused)
{
    struct roster roster;
    struct stat info;
    char dir[64], path[128];

    (void)unused;
    make_dir(dir);
    assert_int_equal(roster_open(&roster, dir), ERR_OK);
    put(&roster, "p1", "printer", "");
    put(&roster, "g5", "pager", "5");
    assert_int_equal(roster_save(&roster), ERR_OK);
    roster_close(&roster);

    assert_int_equal(roster_open(&roster, dir), ERR_OK);
    assert_int_equal(roster.count, 2);
    assert_string_equal(roster_find(&roster, "g5")->table, "5");
    assert_null(roster_find(&roster, "nobody"));
    put(&roster, "g5", "pager", "6");
    assert_int_equal(roster.count, 2);
    assert_string_equal(roster_find(&roster, "g5")->table, "6");
    snprintf(path, sizeof(path), "%s/broker/passwd", dir);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    roster_close(&roster);
    remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_producer_writes_only_below_its_own_name),
        cmocka_unit_test(a_printer_hears_its_jobs_and_speaks_for_itself_only),
        cmocka_unit_test(a_pager_hears_its_table_or_where_it_has_none_any),
        cmocka_unit_test(a_buzzer_hears_the_kitchen_and_a_button_nothing),
        cmocka_unit_test(who_has_no_name_may_only_read_what_is_for_debugging),
        cmocka_unit_test(the_password_file_has_a_line_for_each),
        cmocka_unit_test(a_line_that_we_did_not_write_is_refused),
        cmocka_unit_test(what_is_saved_is_read_again_and_for_the_owner_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
