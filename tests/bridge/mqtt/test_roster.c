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

static void put_at(struct roster *roster, const char *site, const char *login,
        const char *kind, const char *table)
{
    struct member member = { .hash = "$7$101$c2FsdA==$aGFzaA==" };

    snprintf(member.site, sizeof(member.site), "%s", site);
    snprintf(member.login, sizeof(member.login), "%s", login);
    member.kind = member_kind_find(kind);
    assert_true(member.kind < MEMBER_COUNT);
    snprintf(member.table, sizeof(member.table), "%s", table);
    assert_int_equal(roster_put(roster, &member), ERR_OK);
}

static void put(struct roster *roster, const char *login, const char *kind,
        const char *table)
{
    put_at(roster, "main", login, kind, table);
}

/* The access list of one member, without that of others. */
static void acl_of(const char *kind, const char *table, char out[4096])
{
    struct roster roster = { .lock = -1 };
    struct buf text;

    put(&roster, "x1", kind, table);
    buf_init(&text, 4095);
    roster_put_acl(&roster, &text);
    assert_false(text.failed);
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    buf_finish(&text);
    roster_close(&roster);
}

static void a_producer_writes_only_below_its_own_name(void **unused)
{
    char acl[4096];

    (void)unused;
    acl_of("producer", "", acl);
    assert_non_null(strstr(acl, "\nuser x1\n"
                                "topic write dw/1/main/in/x1/+\n"
                                "topic read dw/1/main/receipt/x1\n"
                                "topic read dw/1/main/cmd/+\n"));
    assert_string_equal(strstr(acl, "topic read dw/1/main/hub/"),
            "topic read dw/1/main/hub/state\n"
            "topic read dw/1/main/dev/+/about\n"
            "topic read +/device/main/+/config\n"
            "topic deny $CONTROL/#\n");
    assert_null(strstr(acl, "/pb/"));
    assert_null(strstr(strstr(acl, "write") + 1, "write"));
}

static void a_printer_hears_its_jobs_and_speaks_for_itself_only(void **unused)
{
    char acl[4096];

    (void)unused;
    acl_of("printer", "", acl);
    assert_string_equal(acl, "topic deny $CONTROL/#\n"
                             "\nuser x1\n"
                             "topic read dw/1/main/receipt/x1\n"
                             "topic read dw/1/main/hub/state\n"
                             "topic write dw/1/main/dev/x1/state\n"
                             "topic write dw/1/main/dev/x1/info\n"
                             "topic write dw/1/main/dev/x1/ack\n"
                             "topic write dw/1/main/dev/x1/evt\n"
                             "topic write dw/1/main/dev/x1/tele\n"
                             "topic write dw/1/main/dev/x1/log\n"
                             "topic read dw/1/main/dev/x1/cmd\n"
                             "topic read dw/1/main/dev/x1/cfg\n"
                             "topic read dw/1/main/dev/x1/job\n"
                             "topic deny $CONTROL/#\n");
}

static void a_pager_hears_its_table_or_where_it_has_none_a_waiters(
        void **unused)
{
    char acl[4096];

    (void)unused;
    acl_of("pager", "5", acl);
    assert_non_null(strstr(acl, "topic read dw/1/main/pb/table/5\n"));
    assert_null(strstr(acl, "+"));
    assert_null(strstr(acl, "waiters"));
    acl_of("pager", "", acl);
    assert_non_null(strstr(acl, "topic read dw/1/main/pb/table/+\n"));
    assert_non_null(strstr(acl, "topic read dw/1/main/pb/waiters\n"));
}

static void a_buzzer_hears_the_kitchen_and_a_button_nothing(void **unused)
{
    char acl[4096];

    (void)unused;
    acl_of("buzzer", "", acl);
    assert_non_null(strstr(acl, "topic read dw/1/main/pb/kitchen\n"));
    acl_of("button", "5", acl);
    assert_null(strstr(acl, "/pb/"));
}

static void who_has_no_name_may_only_read_what_is_for_debugging(void **unused)
{
    char acl[4096];

    (void)unused;
    acl_of("hub", "", acl);
    assert_string_equal(acl, "topic deny $CONTROL/#\n"
                             "topic read dw/1/main/json/#\n"
                             "topic read dw/1/main/state/#\n"
                             "topic read dw/1/main/hub/#\n"
                             "\nuser x1\n"
                             "topic readwrite dw/1/main/#\n"
                             "topic readwrite +/device/main/+/config\n"
                             "topic deny $CONTROL/#\n");
}

/* Is `line` nowhere but below "user <login>"? */
static void assert_only_for(
        const char *acl, const char *login, const char *line)
{
    char head[64];
    const char *at = strstr(acl, line), *own, *next;

    snprintf(head, sizeof(head), "\nuser %s\n", login);
    own = strstr(acl, head);
    assert_non_null(own);
    next = strstr(own + 1, "\nuser ");
    assert_non_null(at);
    for (; at; at = strstr(at + 1, line))
        assert_true(at > own && (!next || at < next));
}

static void a_printer_of_stars_shares_its_topics_with_who_serves_it(
        void **unused)
{
    struct roster roster = { .lock = -1 };
    struct buf acl;

    (void)unused;
    put(&roster, "bar", "printer", "");
    put(&roster, "ba", "printer", "");
    put_at(&roster, "harbour", "harbour.bar", "printer", "");
    put(&roster, "bar-001162aabbcc", "star", "");
    buf_init(&acl, 65536);
    roster_put_acl(&roster, &acl);
    buf_putc(&acl, '\0');
    assert_non_null(strstr(acl.data,
            "\nuser bar-001162aabbcc\n"
            "topic read star/cloudprnt/to-device/00:11:62:aa:bb:cc/#\n"
            "topic write star/cloudprnt/to-server/00:11:62:aa:bb:cc/#\n"
            "topic deny $CONTROL/#\n"));
    assert_only_for(acl.data, "bar",
            "topic write star/cloudprnt/to-device/00:11:62:aa:bb:cc/#\n");
    assert_only_for(acl.data, "bar",
            "topic read star/cloudprnt/to-server/00:11:62:aa:bb:cc/#\n");
    buf_finish(&acl);
    roster_close(&roster);
}

static void a_stars_name_ends_with_its_address(void **unused)
{
    (void)unused;
    assert_string_equal(
            member_star_mac("the-bar-001162aabbcc"), "001162aabbcc");
    assert_null(member_star_mac("bar-001162AABBCC"));
    assert_null(member_star_mac("bar-001162aabbc"));
    assert_null(member_star_mac("bar-001162aabbccd"));
    assert_null(member_star_mac("-001162aabbcc"));
    assert_null(member_star_mac("001162aabbcc"));
}

static void each_site_is_granted_its_own_topics_only(void **unused)
{
    static const char *const kinds[] = { "producer", "printer", "pager",
        "buzzer", "button" };
    struct roster roster = { .lock = -1 };
    struct buf text;

    (void)unused;
    put(&roster, "dumbwaiter-hub", "hub", "");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        put(&roster, kinds[i], kinds[i], "");
    put_at(&roster, "harbour", "harbour.x1", "pager", "5");
    buf_init(&text, 65536);
    roster_put_acl(&roster, &text);
    buf_putc(&text, '\0');
    assert_only_for(text.data, "harbour.x1", "dw/1/harbour/");
    /* the site is not a part of its own topics twice */
    assert_non_null(strstr(text.data, "topic read dw/1/harbour/dev/x1/job\n"));
    assert_non_null(strstr(text.data, "topic read dw/1/harbour/pb/table/5\n"));
    assert_null(strstr(strstr(text.data, "user harbour.x1"), "dw/1/main"));
    buf_finish(&text);
    roster_close(&roster);
}

static void a_hub_is_at_home_at_its_site_and_strangers_read_all(void **unused)
{
    struct roster roster = { .lock = -1 };
    struct buf text;

    (void)unused;
    put(&roster, "dumbwaiter-hub", "hub", "");
    put_at(&roster, "harbour", "harbour.dumbwaiter-hub", "hub", "");
    buf_init(&text, 4096);
    roster_put_acl(&roster, &text);
    buf_putc(&text, '\0');
    assert_string_equal(text.data, "topic deny $CONTROL/#\n"
                                   "topic read dw/1/main/json/#\n"
                                   "topic read dw/1/main/state/#\n"
                                   "topic read dw/1/main/hub/#\n"
                                   "topic read dw/1/harbour/json/#\n"
                                   "topic read dw/1/harbour/state/#\n"
                                   "topic read dw/1/harbour/hub/#\n"
                                   "\nuser dumbwaiter-hub\n"
                                   "topic readwrite dw/1/main/#\n"
                                   "topic readwrite +/device/main/+/config\n"
                                   "topic deny $CONTROL/#\n"
                                   "\nuser harbour.dumbwaiter-hub\n"
                                   "topic readwrite dw/1/harbour/#\n"
                                   "topic readwrite "
                                   "+/device/harbour/+/config\n"
                                   "topic deny $CONTROL/#\n");
    buf_finish(&text);
    roster_close(&roster);
}

static void hubs_can_be_named_anew_and_nobody_else_is_lost(void **unused)
{
    struct roster roster = { .lock = -1 };

    (void)unused;
    put(&roster, "dumbwaiter-hub", "hub", "");
    put(&roster, "p1", "printer", "");
    put_at(&roster, "harbour", "harbour.dumbwaiter-hub", "hub", "");
    put_at(&roster, "harbour", "harbour.p1", "printer", "");
    assert_true(roster_has_hub(&roster, "harbour"));
    roster_drop_hubs(&roster);
    assert_false(roster_has_hub(&roster, "main"));
    assert_false(roster_has_hub(&roster, "harbour"));
    assert_int_equal(roster.count, 2);
    assert_non_null(roster_find(&roster, "p1"));
    assert_non_null(roster_find(&roster, "harbour.p1"));
    roster_close(&roster);
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
        /* a login of another site than its own, or of none */
        "{\"id\":\"b.a\",\"kind\":\"pager\",\"site\":\"main\",\"table\":\"5\","
        "\"hash\":\"$7$x\"}",
        "{\"id\":\".a\",\"kind\":\"pager\",\"site\":\"main\",\"table\":\"5\","
        "\"hash\":\"$7$x\"}",
        "{\"id\":\"main.\",\"kind\":\"pager\",\"site\":\"main\",\"table\":"
        "\"5\","
        "\"hash\":\"$7$x\"}",
        "{\"id\":\"main.a.b\",\"kind\":\"pager\",\"site\":\"main\","
        "\"table\":\"5\",\"hash\":\"$7$x\"}",
    };
    static const char other[] = "{\"id\":\"b.a\",\"kind\":\"pager\",\"site\":"
                                "\"b\",\"table\":\"5\",\"hash\":\"$7$x\"}";
    struct member member;

    (void)unused;
    assert_true(member_parse(good, sizeof(good) - 1, &member));
    assert_string_equal(member.login, "a");
    assert_string_equal(member.table, "5");
    assert_true(member_parse(other, sizeof(other) - 1, &member));
    assert_string_equal(member.login, "b.a");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (member_parse(bad[i], strlen(bad[i]), &member))
            fail_msg("taken: %s", bad[i]);
}

#define PRODUCER "{\"id\":\"a\",\"kind\":\"producer\",\"site\":\"main\","
#define REST     "\"hash\":\"$7$x\"}"

static bool parse(const char *line, struct member *member)
{
    return member_parse(line, strlen(line), member);
}

static void a_producer_has_a_dialect_or_speaks_our_words(void **unused)
{
    static const char *const bad[] = {
        PRODUCER "\"table\":\"\",\"dialect\":\"\"," REST,
        PRODUCER "\"table\":\"\",\"dialect\":\"latin\"," REST,
        PRODUCER "\"table\":\"\",\"dialect\":\"kds\"}",
        PRODUCER "\"table\":\"\",\"dialect\":\"kds\",\"dialect\":\"kds\"," REST,
        PRODUCER "\"dialect\":\"kds\",\"table\":\"\"," REST,
        "{\"id\":\"a\",\"kind\":\"pager\",\"site\":\"main\","
        "\"table\":\"\",\"dialect\":\"kds\"," REST,
    };
    struct member member;

    (void)unused;
    assert_true(parse(PRODUCER "\"table\":\"\"," REST, &member));
    assert_int_equal(member.dialect, DIALECT_NATIVE);
    assert_true(parse(
            PRODUCER "\"table\":\"\",\"dialect\":\"kds\"," REST, &member));
    assert_int_equal(member.dialect, DIALECT_KDS);
    assert_string_equal(member.hash, "$7$x");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (parse(bad[i], &member))
            fail_msg("taken: %s", bad[i]);
}

static void a_line_says_by_whom_and_when_it_was_changed(void **unused)
{
    static const char *const bad[] = {
        PRODUCER "\"table\":\"\",\"by\":\"ann\"," REST,
        PRODUCER "\"table\":\"\",\"by\":\"ann\",\"at\":\"\"," REST,
        PRODUCER "\"table\":\"\",\"by\":\"ann\",\"at\":\"0\"," REST,
        PRODUCER "\"table\":\"\",\"by\":\"ann\",\"at\":\"-5\"," REST,
        PRODUCER "\"table\":\"\",\"by\":\"a b\",\"at\":\"5\"," REST,
        PRODUCER "\"table\":\"\",\"retired\":\"yes\"," REST,
        PRODUCER "\"table\":\"\",\"by\":\"\",\"at\":\"5\","
                 "\"retired\":\"no\"," REST,
    };
    struct member member;

    (void)unused;
    assert_true(parse(PRODUCER
            "\"table\":\"\",\"by\":\"ann\",\"at\":\"1700000000000\"," REST,
            &member));
    assert_string_equal(member.by, "ann");
    assert_true(member.at_ms == 1700000000000);
    assert_false(member.retired);
    assert_true(parse(PRODUCER "\"table\":\"\",\"by\":\"\",\"at\":\"5\","
                               "\"retired\":\"yes\",\"hash\":\"\"}",
            &member));
    assert_true(member.retired);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (parse(bad[i], &member))
            fail_msg("taken: %s", bad[i]);
}

static void retire(struct roster *roster, const char *login, int64_t at_ms)
{
    struct member member = *roster_find(roster, login);

    member.retired = true;
    member.at_ms = at_ms;
    member.hash[0] = '\0';
    assert_int_equal(roster_put(roster, &member), ERR_OK);
}

static void who_was_retired_stays_in_the_list_and_nowhere_else(void **unused)
{
    struct roster roster = { .lock = -1 };
    struct buf text;

    (void)unused;
    put(&roster, "gone", "printer", "");
    put(&roster, "here", "printer", "");
    retire(&roster, "gone", 5);
    buf_init(&text, 8192);
    roster_put_passwd(&roster, &text);
    roster_put_acl(&roster, &text);
    buf_putc(&text, '\0');
    assert_null(strstr(text.data, "gone"));
    assert_non_null(strstr(text.data, "user here\n"));
    buf_clear(&text);
    roster_put_json(&roster, &text);
    buf_putc(&text, '\0');
    assert_non_null(strstr(text.data, "\"id\":\"gone\""));
    buf_finish(&text);
    roster_close(&roster);
}

static void the_ones_retired_longest_ago_are_forgotten(void **unused)
{
    struct roster roster = { .lock = -1 };
    char login[16];

    (void)unused;
    put(&roster, "here", "printer", "");
    for (int i = 0; i < ROSTER_PAST + 2; i++) {
        snprintf(login, sizeof(login), "p%d", i);
        put(&roster, login, "printer", "");
        retire(&roster, login, 1000 + i);
    }
    assert_int_equal(roster.count, ROSTER_PAST + 1);
    assert_null(roster_find(&roster, "p1"));
    assert_non_null(roster_find(&roster, "p2"));
    assert_non_null(roster_find(&roster, "here"));
    roster_close(&roster);
}

static void what_was_changed_stays_as_past_and_lets_nobody_in(void **unused)
{
    struct roster roster = { .lock = -1 };
    struct member member;
    struct buf text;

    (void)unused;
    put(&roster, "p1", "pager", "5");
    roster.members[0].at_ms = 7;
    member = *roster_find(&roster, "p1");
    member.at_ms = 8;
    snprintf(member.table, sizeof(member.table), "6");
    assert_int_equal(roster_change(&roster, &member), ERR_OK);
    assert_int_equal(roster.count, 2);
    assert_string_equal(roster_find(&roster, "p1")->table, "6");
    buf_init(&text, 8192);
    roster_put_acl(&roster, &text);
    roster_put_passwd(&roster, &text);
    buf_putc(&text, '\0');
    assert_null(strstr(text.data, "table/5"));
    assert_null(strstr(strstr(text.data, "\np1:") + 1, "\np1:"));
    buf_clear(&text);
    member_put(&roster.members[1], &text);
    assert_true(member_parse(text.data, text.len, &member));
    assert_true(member.past);
    assert_string_equal(member.hash, "");
    buf_finish(&text);
    roster_close(&roster);
}

static void no_two_changes_have_one_moment(void **unused)
{
    struct roster roster = { .lock = -1 };

    (void)unused;
    assert_true(roster_next_ms(&roster, 7) == 7);
    put(&roster, "p1", "printer", "");
    roster.members[0].at_ms = 7;
    assert_true(roster_next_ms(&roster, 7) == 8);
    assert_true(roster_next_ms(&roster, 3) == 8);
    assert_true(roster_next_ms(&roster, 9) == 9);
    roster_close(&roster);
}

/* As the list was before there were dialects. */
static void our_own_words_are_not_mentioned(void **unused)
{
    struct roster roster = { .lock = -1 };
    struct buf text;

    (void)unused;
    put(&roster, "a", "producer", "");
    put(&roster, "b", "producer", "");
    roster.members[1].dialect = DIALECT_FLAT;
    buf_init(&text, 1024);
    roster_put_json(&roster, &text);
    buf_putc(&text, '\0');
    assert_string_equal(text.data,
            "[\n"
            "{\"id\":\"a\",\"kind\":\"producer\",\"site\":\"main\","
            "\"table\":\"\",\"hash\":\"$7$101$c2FsdA==$aGFzaA==\"},\n"
            "{\"id\":\"b\",\"kind\":\"producer\",\"site\":\"main\","
            "\"table\":\"\",\"dialect\":\"flat\","
            "\"hash\":\"$7$101$c2FsdA==$aGFzaA==\"}\n"
            "]\n");
    buf_finish(&text);
    roster_close(&roster);
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
    put(&roster, "t1", "producer", "");
    roster.members[2].dialect = DIALECT_KDS;
    assert_int_equal(roster_save(&roster), ERR_OK);
    roster_close(&roster);

    assert_int_equal(roster_open(&roster, dir), ERR_OK);
    assert_int_equal(roster.count, 3);
    assert_string_equal(roster_find(&roster, "g5")->table, "5");
    assert_int_equal(roster_find(&roster, "t1")->dialect, DIALECT_KDS);
    assert_null(roster_find(&roster, "nobody"));
    put(&roster, "g5", "pager", "6");
    assert_int_equal(roster.count, 3);
    assert_string_equal(roster_find(&roster, "g5")->table, "6");
    snprintf(path, sizeof(path), "%s/broker/passwd", dir);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    roster_close(&roster);
    remove_dir(dir);
}

/* The broker may read its files between any two writes. */
static void nobody_is_let_in_before_having_rights(void **unused)
{
    struct roster roster;
    char dir[64], path[128], acl[8192] = "";
    FILE *file;

    (void)unused;
    make_dir(dir);
    assert_int_equal(roster_open(&roster, dir), ERR_OK);
    snprintf(path, sizeof(path), "%s/broker/passwd", dir);
    assert_int_equal(mkdir(path, 0700), 0); /* it cannot be replaced */
    put(&roster, "p1", "printer", "");
    assert_int_not_equal(roster_save(&roster), ERR_OK);
    assert_int_equal(rmdir(path), 0);
    snprintf(path, sizeof(path), "%s/broker/acl", dir);
    file = fopen(path, "re");
    assert_non_null(file);
    assert_true(fread(acl, 1, sizeof(acl) - 1, file) > 0);
    fclose(file);
    assert_non_null(strstr(acl, "\nuser p1\n"));
    assert_int_equal(roster_save(&roster), ERR_OK);
    roster_close(&roster);
    remove_dir(dir);
}

/* Whoever only looks neither waits nor makes anything. */
static void a_list_that_is_being_changed_can_be_looked_at(void **unused)
{
    struct roster roster, other;
    char dir[64], broker[128];

    (void)unused;
    make_dir(dir);
    snprintf(broker, sizeof(broker), "%s/broker", dir);
    assert_int_equal(roster_look(&other, broker), ERR_OK);
    assert_int_equal(other.count, 0);
    roster_close(&other);
    assert_int_equal(access(broker, F_OK), -1);

    assert_int_equal(roster_open(&roster, dir), ERR_OK);
    put(&roster, "p1", "printer", "");
    assert_int_equal(roster_save(&roster), ERR_OK);
    assert_int_equal(roster_look(&other, broker), ERR_OK);
    assert_non_null(roster_find(&other, "p1"));
    roster_close(&other);
    roster_close(&roster);
    remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_producer_writes_only_below_its_own_name),
        cmocka_unit_test(a_printer_hears_its_jobs_and_speaks_for_itself_only),
        cmocka_unit_test(
                a_pager_hears_its_table_or_where_it_has_none_a_waiters),
        cmocka_unit_test(a_buzzer_hears_the_kitchen_and_a_button_nothing),
        cmocka_unit_test(who_has_no_name_may_only_read_what_is_for_debugging),
        cmocka_unit_test(
                a_printer_of_stars_shares_its_topics_with_who_serves_it),
        cmocka_unit_test(a_stars_name_ends_with_its_address),
        cmocka_unit_test(each_site_is_granted_its_own_topics_only),
        cmocka_unit_test(a_hub_is_at_home_at_its_site_and_strangers_read_all),
        cmocka_unit_test(hubs_can_be_named_anew_and_nobody_else_is_lost),
        cmocka_unit_test(the_password_file_has_a_line_for_each),
        cmocka_unit_test(a_line_that_we_did_not_write_is_refused),
        cmocka_unit_test(a_producer_has_a_dialect_or_speaks_our_words),
        cmocka_unit_test(a_line_says_by_whom_and_when_it_was_changed),
        cmocka_unit_test(who_was_retired_stays_in_the_list_and_nowhere_else),
        cmocka_unit_test(the_ones_retired_longest_ago_are_forgotten),
        cmocka_unit_test(what_was_changed_stays_as_past_and_lets_nobody_in),
        cmocka_unit_test(no_two_changes_have_one_moment),
        cmocka_unit_test(our_own_words_are_not_mentioned),
        cmocka_unit_test(a_list_that_is_being_changed_can_be_looked_at),
        cmocka_unit_test(nobody_is_let_in_before_having_rights),
        cmocka_unit_test(what_is_saved_is_read_again_and_for_the_owner_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
