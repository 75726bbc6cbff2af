#include "bridge/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

static void every_command_can_be_found_and_says_what_it_does(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < command_count; i++) {
        assert_ptr_equal(command_find(commands[i].name), &commands[i]);
        assert_non_null(commands[i].run);
        assert_true(strlen(commands[i].help) > 0);
    }
    assert_null(command_find("serv"));
    assert_null(command_find(""));
}

static void errors_end_with_the_codes_of_sysexits(void **state)
{
    (void)state;
    assert_int_equal(command_exit(ERR_OK), EX_OK);
    assert_int_equal(command_exit(ERR_UNAVAILABLE), EX_UNAVAILABLE);
    assert_int_equal(command_exit(ERR_IO), EX_IOERR);
    assert_int_equal(command_exit(ERR_RUNNING), EX_TEMPFAIL);
    assert_int_equal(command_exit(ERR_CONFIG), EX_CONFIG);
    for (int err = ERR_OK + 1; err < ERR_COUNT; err++)
        assert_int_not_equal(command_exit((enum err)err), EX_OK);
}

static int read_flags(const char *const *words, int count,
        struct config *config, bool *demo, const char **role, int *first)
{
    const struct command_option own[] = {
        { "demo", NULL, "a switch", demo, NULL },
        { "role", "ROLE", "a text", NULL, role },
    };
    char *argv[16] = { (char *)"serve" };

    for (int i = 0; i < count; i++)
        argv[i + 1] = (char *)words[i];
    return command_read("serve", count + 1, argv, own, 2, config, first);
}

static void flags_stand_anywhere_and_win(void **state)
{
    static const char *const words[] = { "--data", "/tmp/x", "one", "--role",
        "kitchen", "--demo", "--port=9001", "two" };
    struct config config;
    const char *role = NULL;
    bool demo = false;
    int first;

    (void)state;
    assert_int_equal(
            read_flags(words, 8, &config, &demo, &role, &first), COMMAND_GO_ON);
    assert_int_equal(first, 7);
    assert_true(demo);
    assert_string_equal(role, "kitchen");
    assert_int_equal(config.http.port, 9001);
    assert_string_equal(config.data.dir, "/tmp/x");
    assert_string_equal(config.auth.key_file, "/tmp/x/token.key");
}

static void an_unknown_flag_is_wrong_usage(void **state)
{
    static const char *const unknown[] = { "--prot", "1" };
    static const char *const empty[] = { "--port" };
    struct config config;
    const char *role = NULL;
    bool demo = false;
    int first;

    (void)state;
    assert_int_equal(
            read_flags(unknown, 2, &config, &demo, &role, &first), EX_USAGE);
    assert_int_equal(
            read_flags(empty, 1, &config, &demo, &role, &first), EX_USAGE);
}

static void a_flag_out_of_range_is_a_wrong_configuration(void **state)
{
    static const char *const words[] = { "--port", "70000" };
    struct config config;
    const char *role = NULL;
    bool demo = false;
    int first;

    (void)state;
    assert_int_equal(
            read_flags(words, 2, &config, &demo, &role, &first), EX_CONFIG);
}

static int read_place(const char *flag, const char *site, const char *others,
        struct place *place)
{
    struct config config;
    char *argv[] = { (char *)"token", (char *)flag, (char *)site,
        (char *)"--other-sites", (char *)others, (char *)"--port", (char *)"1",
        (char *)"--data", (char *)"/tmp/x", NULL };
    int first;

    return command_read_at("token", 9, argv, NULL, 0, &config, place, &first);
}

static void a_command_chooses_among_the_restaurants(void **state)
{
    struct place place;

    (void)state;
    assert_int_equal(read_place("--log-level", "info", "bar, kiosk", &place),
            COMMAND_GO_ON);
    assert_string_equal(place.site, "main"); /* --site was not given */
    assert_int_equal(
            read_place("--site", "kiosk", "bar, kiosk", &place), COMMAND_GO_ON);
    assert_string_equal(place.site, "kiosk");
    assert_int_equal(place.sites.count, 3);
    assert_string_equal(place.sites.names[0], "main");
    assert_int_equal(
            read_place("--site", "kiosq", "bar, kiosk", &place), EX_USAGE);
}

static void where_no_others_are_configured_it_may_be_any(void **state)
{
    struct place place;

    (void)state;
    assert_int_equal(read_place("--site", "bar", "", &place), COMMAND_GO_ON);
    assert_string_equal(place.site, "bar");
    assert_int_equal(place.sites.count, 1);
    assert_int_equal(read_place("--site", "a/b", "", &place), EX_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_can_be_found_and_says_what_it_does),
        cmocka_unit_test(errors_end_with_the_codes_of_sysexits),
        cmocka_unit_test(flags_stand_anywhere_and_win),
        cmocka_unit_test(an_unknown_flag_is_wrong_usage),
        cmocka_unit_test(a_flag_out_of_range_is_a_wrong_configuration),
        cmocka_unit_test(a_command_chooses_among_the_restaurants),
        cmocka_unit_test(where_no_others_are_configured_it_may_be_any),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
