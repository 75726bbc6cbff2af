#include "devices/virtual/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A page with one ticket; free it. */
static char *page_of(const struct page_ticket *ticket)
{
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);

    assert_non_null(file);
    page_begin(file, 1);
    page_put(file, ticket);
    page_end(file);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void what_guests_wrote_becomes_no_markup(void **unused)
{
    const struct page_ticket ticket = { .number = 7,
        .picture = "ticket-0007.png",
        .time = "18:04:05",
        .is_whole = true,
        .text = "\"><script>alert('1')</script> & \x1B[m\n" };
    char *page = page_of(&ticket);

    (void)unused;
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "'1'"));
    assert_null(strchr(page, '\x1B'));
    assert_non_null(strstr(page, "alt=\"&quot;&gt;&lt;script&gt;alert(&#39;1"
                                 "&#39;)&lt;/script&gt; &amp; ?[m\n\""));
    free(page);
}

static void a_page_loads_itself_anew_and_asks_nobody_else(void **unused)
{
    const struct page_ticket ticket = { .number = 7,
        .picture = "ticket-0007.png",
        .time = "18:04:05",
        .is_whole = true,
        .text = "Soup\n" };
    char *page = page_of(&ticket);

    (void)unused;
    assert_non_null(strstr(page, "http-equiv=\"refresh\""));
    assert_non_null(strstr(page, "<details>"));
    assert_null(strstr(page, "//"));
    assert_null(strstr(page, " style="));
    assert_null(strstr(page_style, "url("));
    assert_null(strstr(page, "class=\"torn\""));
    free(page);
}

static void half_a_ticket_looks_like_one(void **unused)
{
    const struct page_ticket ticket = { .number = 7,
        .picture = "ticket-0007.png",
        .time = "18:04:05",
        .text = "Soup\n" };
    char *page = page_of(&ticket);

    (void)unused;
    assert_non_null(strstr(page, "class=\"torn\""));
    assert_non_null(strstr(page, "7, 18:04:05, not whole"));
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_guests_wrote_becomes_no_markup),
        cmocka_unit_test(a_page_loads_itself_anew_and_asks_nobody_else),
        cmocka_unit_test(half_a_ticket_looks_like_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
