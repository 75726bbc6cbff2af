#include "devices/port/posix/printer_templates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/devices/scratch.h"

static char path[SCRATCH_BYTES];
static char error[256];

static int start(void **state)
{
    (void)state;
    scratch_make(path);
    error[0] = '\0';
    return 0;
}

static int stop(void **state)
{
    (void)state;
    scratch_clear(path);
    return 0;
}

static void put(const char *name, const char *text, size_t len)
{
    char file[SCRATCH_BYTES + 128];
    FILE *to;

    snprintf(file, sizeof(file), "%s/%s", path, name);
    to = fopen(file, "w");
    assert_non_null(to);
    assert_int_equal(fwrite(text, 1, len, to), len);
    fclose(to);
}

static struct printer_templates *open_them(void)
{
    return printer_templates_open(path, 42, error, sizeof(error));
}

static void a_house_s_own_take_the_place_of_the_built_in_ones(void **unused)
{
    struct printer_templates *templates;

    (void)unused;
    put("order.receipt", "our own\n", 8);
    put("README", "no template", 11);
    templates = open_them();
    assert_string_equal(error, "");
    assert_non_null(templates);
    assert_non_null(printer_templates_of(templates));
    printer_templates_close(templates);
    assert_null(printer_templates_of(NULL));
}

static void a_broken_one_is_refused_with_its_place(void **unused)
{
    (void)unused;
    put("order.receipt", "fine\n{{no.such.name}}\n", 22);
    assert_null(open_them());
    assert_non_null(strstr(error, "order.receipt:2:"));
}

static void one_that_no_ticket_uses_is_refused(void **unused)
{
    (void)unused;
    put("oder.receipt", "misspelt\n", 9);
    assert_null(open_them());
    assert_non_null(strstr(error, "oder.receipt"));
}

static void what_cannot_be_read_is_refused(void **unused)
{
    static char much[TEMPLATE_BYTES];
    char name[100] = "";

    (void)unused;
    assert_null(open_them());
    assert_non_null(strstr(error, "no file"));
    assert_null(
            printer_templates_open("/no/such/place", 42, error, sizeof(error)));
    assert_non_null(strstr(error, "/no/such/place"));
    memset(much, 'x', sizeof(much));
    put("order.receipt", much, sizeof(much));
    assert_null(open_them());
    assert_non_null(strstr(error, "order.receipt: "));
    put("order.receipt", "a\0b", 3);
    assert_null(open_them());
    memset(name, 'n', 80);
    memcpy(name + 80, ".receipt", 9);
    put("order.receipt", "x\n", 2);
    put(name, "x\n", 2);
    assert_null(open_them());
    assert_non_null(strstr(error, "too long"));
}

static void there_are_not_too_many(void **unused)
{
    char name[32];

    (void)unused;
    for (int i = 0; i <= TEMPLATES_OWN; i++) {
        snprintf(name, sizeof(name), "part%02d.receipt", i);
        put(name, "x\n", 2);
    }
    assert_null(open_them());
    assert_non_null(strstr(error, "more than"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_house_s_own_take_the_place_of_the_built_in_ones),
        TEST(a_broken_one_is_refused_with_its_place),
        TEST(one_that_no_ticket_uses_is_refused),
        TEST(what_cannot_be_read_is_refused),
        TEST(there_are_not_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
