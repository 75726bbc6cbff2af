#include "bridge/mqtt/claims.h"

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

#define NOW_MS   1700000000000
#define UNTIL_MS (NOW_MS + 900000)

static int begin(void **state)
{
    char *dir = strdup("/tmp/test_claims.XXXXXX");

    *state = dir;
    return mkdtemp(dir) ? 0 : -1;
}

static int end(void **state)
{
    files_remove(*state, CLAIMS_FILE);
    rmdir(*state);
    free(*state);
    return 0;
}

static struct member pager(const char *login)
{
    struct member member = { .kind = MEMBER_PAGER,
        .site = "main",
        .table = "5",
        .by = "ann",
        .at_ms = 7 };

    snprintf(member.login, sizeof(member.login), "%s", login);
    return member;
}

static void put(
        const char *dir, const char *login, char code[CODE_TEXT_CHARS + 1])
{
    const struct member member = pager(login);

    assert_int_equal(claims_put(dir, &member, UNTIL_MS, NOW_MS, code), ERR_OK);
}

static enum err take(const char *dir, const char *code, struct member *member)
{
    return claims_take(dir, code, NOW_MS, member);
}

static void a_code_is_good_for_whom_it_was_made_and_once(void **state)
{
    char one[CODE_TEXT_CHARS + 1], two[CODE_TEXT_CHARS + 1];
    struct member member;

    put(*state, "p1", one);
    put(*state, "p2", two);
    assert_string_not_equal(one, two);
    assert_int_equal(take(*state, one, &member), ERR_OK);
    assert_string_equal(member.login, "p1");
    assert_int_equal(member.kind, MEMBER_PAGER);
    assert_string_equal(member.table, "5");
    assert_string_equal(member.by, "ann");
    assert_int_equal(take(*state, one, &member), ERR_NOT_FOUND);
    assert_int_equal(take(*state, two, &member), ERR_OK);
    assert_string_equal(member.login, "p2");
}

static void a_code_is_read_as_people_write_it(void **state)
{
    static const char *const forms[] = { "%.5s%.5s", " %.5s %.5s ",
        "%.5s--%.5s" };
    char code[CODE_TEXT_CHARS + 1], text[32];
    struct member member;

    for (size_t i = 0; i < 3; i++) {
        put(*state, "p1", code);
        snprintf(text, sizeof(text), forms[i], code, code + 6);
        for (char *c = text; *c; c++) {
            if (*c >= 'A' && *c <= 'Z')
                *c = (char)(*c + 'a' - 'A');
            *c = *c == '0' ? 'o' : *c == '1' ? 'l' : *c;
        }
        assert_int_equal(take(*state, text, &member), ERR_OK);
    }
}

static void what_is_not_the_code_is_refused(void **state)
{
    static const char *const bad[] = { "", "-", "ABCDE", "ABCDE-FGHJ",
        "ABCDE-FGHJKM", "UUUUU-UUUUU", "ABCDE-FGHJ\xc3", "AAAAA-AAAAA" };
    char code[CODE_TEXT_CHARS + 1];
    struct member member;

    put(*state, "p1", code);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (take(*state, bad[i], &member) != ERR_NOT_FOUND)
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(take(*state, code, &member), ERR_OK);
}

static void a_code_has_its_time(void **state)
{
    char code[CODE_TEXT_CHARS + 1];
    struct member member;

    put(*state, "p1", code);
    assert_int_equal(
            claims_take(*state, code, UNTIL_MS, &member), ERR_NOT_FOUND);
    assert_int_equal(claims_take(*state, code, UNTIL_MS - 1, &member), ERR_OK);
}

static void a_new_code_is_in_place_of_the_old_one(void **state)
{
    char one[CODE_TEXT_CHARS + 1], two[CODE_TEXT_CHARS + 1];
    struct member member;

    put(*state, "p1", one);
    put(*state, "p1", two);
    assert_int_equal(take(*state, one, &member), ERR_NOT_FOUND);
    assert_int_equal(take(*state, two, &member), ERR_OK);
}

static void a_code_can_be_forgotten(void **state)
{
    char code[CODE_TEXT_CHARS + 1];
    struct member member;

    put(*state, "p1", code);
    assert_int_equal(claims_drop(*state, "p2", NOW_MS), ERR_OK);
    assert_int_equal(claims_drop(*state, "p1", NOW_MS), ERR_OK);
    assert_int_equal(take(*state, code, &member), ERR_NOT_FOUND);
}

static void so_many_wait_and_no_more_until_their_time_is_over(void **state)
{
    char code[CODE_TEXT_CHARS + 1], login[16];
    struct member member = pager("late");

    for (int i = 0; i < CLAIMS_MOST; i++) {
        snprintf(login, sizeof(login), "p%d", i);
        put(*state, login, code);
    }
    assert_int_equal(
            claims_put(*state, &member, UNTIL_MS, NOW_MS, code), ERR_FULL);
    put(*state, "p7", code); /* in its own place */
    assert_int_equal(
            claims_put(*state, &member, UNTIL_MS + 1, UNTIL_MS, code), ERR_OK);
}

static void the_file_is_for_its_owner_and_has_no_code(void **state)
{
    char code[CODE_TEXT_CHARS + 1], plain[CODE_CHARS + 1], path[128];
    struct stat about;
    struct buf text;

    put(*state, "p1", code);
    snprintf(plain, sizeof(plain), "%.5s%.5s", code, code + 6);
    snprintf(path, sizeof(path), "%s/" CLAIMS_FILE, (char *)*state);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    buf_init(&text, 4096);
    assert_int_equal(files_read(*state, CLAIMS_FILE, &text), ERR_OK);
    buf_putc(&text, '\0');
    assert_null(strstr(text.data, code));
    assert_null(strstr(text.data, plain));
    buf_finish(&text);
}

static void a_file_that_we_did_not_write_opens_nothing(void **state)
{
    static const char *const bad[] = { "x", "[\n{}\n]\n",
        "[\n{\"until\":\"9\",\"id\":\"p1\"}\n]\n",
        "[\n{\"until\":\"x\",\"id\":\"p1\",\"kind\":\"pager\",\"site\":"
        "\"main\","
        "\"table\":\"\",\"hash\":\"\"}\n]\n" };
    struct member member;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(
                files_replace(*state, CLAIMS_FILE, bad[i], strlen(bad[i])),
                ERR_OK);
        if (take(*state, "AAAAA-AAAAA", &member) == ERR_OK)
            fail_msg("taken: %s", bad[i]);
    }
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_code_is_good_for_whom_it_was_made_and_once),
        IN_DIR(a_code_is_read_as_people_write_it),
        IN_DIR(what_is_not_the_code_is_refused),
        IN_DIR(a_code_has_its_time),
        IN_DIR(a_new_code_is_in_place_of_the_old_one),
        IN_DIR(a_code_can_be_forgotten),
        IN_DIR(so_many_wait_and_no_more_until_their_time_is_over),
        IN_DIR(the_file_is_for_its_owner_and_has_no_code),
        IN_DIR(a_file_that_we_did_not_write_opens_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
