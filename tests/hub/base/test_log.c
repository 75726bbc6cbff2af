#include "hub/base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CAUGHT_BYTES 8192

/* Everything that is written to stderr between begin and end. */
static FILE *caught_file;
static int real_stderr;
static char caught[CAUGHT_BYTES];

static void catch_begin(void)
{
    caught_file = tmpfile();
    assert_non_null(caught_file);
    fflush(stderr);
    real_stderr = dup(STDERR_FILENO);
    assert_true(real_stderr >= 0);
    assert_true(dup2(fileno(caught_file), STDERR_FILENO) >= 0);
}

static const char *catch_end(void)
{
    size_t len;

    fflush(stderr);
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    rewind(caught_file);
    len = fread(caught, 1, sizeof(caught) - 1, caught_file);
    caught[len] = '\0';
    fclose(caught_file);
    return caught;
}

/* What stands after "2026-01-31T18:04:05.123Z info  ". */
static const char *sentence_of(const char *line)
{
    return line + strlen("2026-01-31T18:04:05.123Z info  ");
}

static void a_line_says_when_how_grave_and_what(void **unused)
{
    const char *line;
    int year, month, day, hour, minute, second, milli;

    (void)unused;
    catch_begin();
    log_info("journal: %d events", 7);
    line = catch_end();
    assert_int_equal(sscanf(line, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &year, &month,
                             &day, &hour, &minute, &second, &milli),
            7);
    assert_memory_equal(line + 24, " info  ", 7);
    assert_string_equal(sentence_of(line), "journal: 7 events\n");
}

static void a_peers_words_cannot_forge_a_line_or_steer_a_terminal(void **unused)
{
    const char *line;

    (void)unused;
    catch_begin();
    log_info("client %s", "a\nerror forged\r\x1b[31m\x7f\xc2\x9b\t.");
    line = catch_end();
    assert_string_equal(sentence_of(line),
            "client a\\x0aerror forged\\x0d\\x1b[31m\\x7f\\xc2\\x9b\\x09.\n");
    for (const char *c = line; c[1]; c++)
        assert_in_range(*c, 0x20, 0x7e);
}

static void nobody_can_write_an_escape_himself(void **unused)
{
    const char *line;

    (void)unused;
    catch_begin();
    log_info("%s", "a\\x0ab \n \\");
    line = catch_end();
    assert_string_equal(sentence_of(line), "a\\x5cx0ab \\x0a \\x5c\n");
}

static void whatever_bytes_there_are_a_line_is_printable_ascii(void **unused)
{
    char text[256];
    const char *line;

    (void)unused;
    for (int i = 0; i < 255; i++)
        text[i] = (char)(i + 1);
    text[255] = '\0';
    catch_begin();
    log_info("%s", text);
    line = catch_end();
    for (const char *c = line; c[1]; c++)
        assert_in_range(*c, 0x20, 0x7e);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    /* Each byte is there once, as itself or as \xNN. */
    assert_int_equal(strlen(sentence_of(line)), 94 + 161 * 4 + 1);
}

static void somebodys_words_stay_within_their_quotes(void **unused)
{
    char quoted[LOG_QUOTE_BYTES], text[2 * LOG_QUOTE_BYTES];

    (void)unused;
    assert_string_equal(log_quote("", quoted), "\"\"");
    assert_string_equal(log_quote("ana", quoted), "\"ana\"");
    assert_string_equal(
            log_quote("a\" may join: \"b", quoted), "\"a' may join: 'b\"");
    memset(text, '"', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_quote(text, quoted);
    assert_int_equal(strlen(quoted), LOG_QUOTE_BYTES - 1);
    assert_ptr_equal(strchr(quoted + 1, '"'), quoted + strlen(quoted) - 1);
}

static void a_line_has_an_end_however_much_a_peer_says(void **unused)
{
    char text[6000];
    const char *line;

    (void)unused;
    memset(text, '\n', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    catch_begin();
    log_info("%s", text);
    line = catch_end();
    assert_true(strlen(line) < 2100);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    /* No half escape at the end. */
    assert_memory_equal(line + strlen(line) - 5, "\\x0a\n", 5);
}

static void only_what_is_grave_enough_is_written(void **unused)
{
    const char *text;

    (void)unused;
    catch_begin();
    log_debug("quiet");
    log_set_level(LOG_WARN);
    log_info("quiet");
    log_warn("one");
    log_set_level(LOG_ERROR);
    log_warn("quiet");
    log_error("two");
    log_set_level(LOG_DEBUG);
    log_debug("three");
    log_set_level(LOG_INFO);
    text = catch_end();
    assert_null(strstr(text, "quiet"));
    assert_non_null(strstr(text, " warn  one\n"));
    assert_non_null(strstr(text, " error two\n"));
    assert_non_null(strstr(text, " debug three\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_when_how_grave_and_what),
        cmocka_unit_test(a_peers_words_cannot_forge_a_line_or_steer_a_terminal),
        cmocka_unit_test(nobody_can_write_an_escape_himself),
        cmocka_unit_test(whatever_bytes_there_are_a_line_is_printable_ascii),
        cmocka_unit_test(somebodys_words_stay_within_their_quotes),
        cmocka_unit_test(a_line_has_an_end_however_much_a_peer_says),
        cmocka_unit_test(only_what_is_grave_enough_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
