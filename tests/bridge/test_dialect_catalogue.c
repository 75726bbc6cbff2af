#include "bridge/dialect_catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/dialect.h"
#include "schemas/catalogue.h"

static char *print(struct buf *out, const char *format)
{
    buf_init(out, CATALOGUE_BYTES);
    assert_true(dialect_catalogue(out, format, "main"));
    buf_putc(out, '\0');
    assert_false(out->failed);
    return out->data;
}

static void every_format_names_every_event(void **state)
{
    static const char *const formats[] = { "json", "markdown", "ts",
        "asyncapi" };

    (void)state;
    for (size_t f = 0; f < 4; f++) {
        struct buf out;
        char *text = print(&out, formats[f]);

        for (int i = 0; i < EVT_COUNT; i++)
            assert_non_null(strstr(text, evt_kinds[i].name));
        buf_finish(&out);
    }
}

/* Braces and brackets of the text, outside of strings. */
static int depth_at_end(const char *text)
{
    bool quoted = false;
    int depth = 0;

    for (; *text; text++) {
        if (*text == '"')
            quoted = !quoted;
        else if (!quoted && (*text == '{' || *text == '['))
            depth++;
        else if (!quoted && (*text == '}' || *text == ']'))
            assert_true(--depth >= 0);
    }
    assert_false(quoted);
    return depth;
}

static void json_formats_close_what_they_open(void **state)
{
    static const char *const formats[] = { "json", "asyncapi" };

    (void)state;
    for (size_t f = 0; f < 2; f++) {
        struct buf out;
        char *text = print(&out, formats[f]);

        assert_int_equal(depth_at_end(text), 0);
        assert_null(strstr(text, ",,"));
        assert_null(strstr(text, ",}"));
        buf_finish(&out);
    }
}

static void enum_words_are_those_that_the_dialect_says(void **state)
{
    struct buf out;
    char *text;

    (void)state;
    text = print(&out, "ts");
    assert_non_null(strstr(text, "export type OrderStatus = \"pending\" | "
                                 "\"confirmed\" | \"acknowledged\" | "));
    assert_non_null(strstr(text,
            "export type TicketKind = \"order\" | \"add_on\" | \"void\";"));
    assert_non_null(strstr(text, "  createdAt?: string;\n"));
    assert_non_null(strstr(text, "  items?: Item[];\n"));
    assert_null(strstr(text, "unspecified"));
    buf_finish(&out);
}

static void there_are_no_other_formats(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, CATALOGUE_BYTES);
    assert_false(dialect_catalogue(&out, "xml", "main"));
    assert_int_equal(out.len, 0);
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_names_every_event),
        cmocka_unit_test(json_formats_close_what_they_open),
        cmocka_unit_test(enum_words_are_those_that_the_dialect_says),
        cmocka_unit_test(there_are_no_other_formats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
