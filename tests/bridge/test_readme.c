/* READMEs say some things a second time; here they are compared with what the
 * program has. After a change: `test_bridge_readme --print`, and paste. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/config.h"
#include "hub/base/buf.h"
#include "hub/state.h"
#include "schemas/rooms.h"

#define README_BYTES (256 * 1024)

/* The text of that file; until the next call. */
static const char *read_readme(const char *path)
{
    static char readme[README_BYTES];
    FILE *file = fopen(path, "re");
    size_t len;

    assert_non_null(file);
    len = fread(readme, 1, sizeof(readme) - 1, file);
    readme[len] = '\0';
    fclose(file);
    return readme;
}

/* Does the file have `text` between <!-- name --> and <!-- end -->? */
static void expect_part(
        const char *path, const char *name, const struct buf *text)
{
    const char *readme = read_readme(path), *start, *end;
    char marker[64];

    snprintf(marker, sizeof(marker), "<!-- %s -->\n", name);
    start = strstr(readme, marker);
    assert_non_null(start);
    start += strlen(marker);
    end = strstr(start, "<!-- end -->");
    assert_non_null(end);
    if ((size_t)(end - start) != text->len ||
            memcmp(start, text->data, text->len) != 0)
        fail_msg("%s should be:\n%.*s", name, (int)text->len, text->data);
}

static bool concerns_orders(enum evt_id what)
{
    for (int status = 1; status < ORDER_STATUSES; status++)
        if (state_order_next((Dw__OrderStatus)status, what) != 0)
            return true;
    return false;
}

/* A row an event, a column a status that an order may still have. */
static void put_states(struct buf *out)
{
    buf_puts(out, "| event |");
    for (int status = 1; status < 7; status++)
        buf_printf(
                out, " %s |", state_order_status_name((Dw__OrderStatus)status));
    buf_puts(out, "\n|---|---|---|---|---|---|---|\n");
    for (int what = 0; what < EVT_COUNT; what++) {
        if (!concerns_orders((enum evt_id)what))
            continue;
        buf_printf(out, "| `%s` |", evt_kinds[what].name);
        for (int status = 1; status < 7; status++) {
            Dw__OrderStatus next = state_order_next(
                    (Dw__OrderStatus)status, (enum evt_id)what);

            buf_printf(out, " %s |",
                    next == 0 ? ""
                    : next == (Dw__OrderStatus)status
                            ? "stays"
                            : state_order_status_name(next));
        }
        buf_putc(out, '\n');
    }
}

static void the_order_states_are_those_of_the_program(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, README_BYTES);
    put_states(&text);
    expect_part(SOURCE_DIR "/hub/README.md", "order states", &text);
    buf_finish(&text);
}

static void the_options_are_those_of_the_program(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, README_BYTES);
    config_print_markdown(&text);
    expect_part(SOURCE_DIR "/deploy/README.md", "options", &text);
    buf_finish(&text);
}

static void an_id_is_what_the_program_takes_for_one(void **state)
{
    (void)state;
    assert_non_null(strstr(
            read_readme(SOURCE_DIR "/README.md"), "An id is " ID_GRAMMAR));
}

static int print_parts(void)
{
    struct buf text;

    buf_init(&text, README_BYTES);
    put_states(&text);
    buf_putc(&text, '\n');
    config_print_markdown(&text);
    fwrite(text.data, 1, text.len, stdout);
    buf_finish(&text);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_states_are_those_of_the_program),
        cmocka_unit_test(the_options_are_those_of_the_program),
        cmocka_unit_test(an_id_is_what_the_program_takes_for_one),
    };

    if (argc > 1 && strcmp(argv[1], "--print") == 0)
        return print_parts();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
