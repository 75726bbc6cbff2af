/* The tables of names, captions and languages, and what README.md says of
 * them. */
#include "devices/ticket/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "devices/paper/profile.h"
#include "devices/ticket/languages.h"
#include "devices/ticket/templates.h"

static char readme[64 * 1024];

static int read_readme(void **unused)
{
    FILE *file = fopen(SOURCE_DIR "/devices/ticket/README.md", "rb");
    size_t len;

    (void)unused;
    if (!file)
        return 1;
    len = fread(readme, 1, sizeof(readme) - 1, file);
    readme[len] = '\0';
    fclose(file);
    return 0;
}

/* Rows of the tables behind this heading. */
static int count_rows(const char *heading, const char *end)
{
    const char *at = strstr(readme, heading);
    const char *last = at ? strstr(at, end) : NULL;
    int count = 0;

    assert_non_null(last);
    while ((at = strstr(at, "\n| `")) && at++ < last)
        count++;
    return count;
}

static void each_name_is_whole_and_stands_in_the_readme(void **unused)
{
    (void)unused;
    for (int i = 0; i < NAME_COUNT; i++) {
        const struct ticket_name *name = &ticket_names[i];
        char row[200];

        assert_non_null(name->name);
        assert_non_null(name->about);
        assert_int_equal(name->is_list, name->opens != SCOPE_JOB);
        assert_int_equal(
                ticket_name_find(name->scope, name->name, strlen(name->name)),
                i);
        snprintf(
                row, sizeof(row), "\n| `%s` | %s |\n", name->name, name->about);
        if (!strstr(readme, row))
            fail_msg("README.md has no row%s", row);
    }
    assert_int_equal(
            count_rows("Of the job, everywhere", "A catch-up is"), NAME_COUNT);
}

static void each_caption_is_there_in_each_language(void **unused)
{
    const struct ticket_language *language;

    (void)unused;
    for (uint32_t i = 0; (language = ticket_language_at(i)); i++)
        for (int caption = 0; caption < CAPTION_COUNT; caption++)
            if (!language->words[caption] || !language->words[caption][0])
                fail_msg("%s has no %s", language->code,
                        ticket_caption_name((enum ticket_caption)caption));
}

static void captions_with_a_place_for_a_number_have_it_once(void **unused)
{
    const struct ticket_language *language;

    (void)unused;
    for (uint32_t i = 0; (language = ticket_language_at(i)); i++) {
        for (int caption = 0; caption < CAPTION_COUNT; caption++) {
            const char *word = language->words[caption];
            const char *sign = strchr(word, '%');
            bool wants = strchr(ticket_language_at(0)->words[caption], '%');

            assert_int_equal(sign != NULL, wants);
            assert_true(!sign || !strchr(sign + 1, '%'));
        }
    }
}

static void captions_of_code_pages_are_printed_as_they_stand(void **unused)
{
    const struct profile *profile = profile_find("generic-80");
    const struct ticket_language *language;

    (void)unused;
    for (uint32_t i = 0; (language = ticket_language_at(i)); i++) {
        bool dots = false;

        for (int caption = 0; caption < CAPTION_COUNT; caption++) {
            char clean[200];

            codepage_clean(profile, NULL, language->words[caption], clean,
                    sizeof(clean));
            dots |= strcmp(clean, language->words[caption]) != 0;
        }
        if (dots != language->dots)
            fail_msg("%s: .dots is wrong", language->code);
    }
}

static void captions_and_languages_stand_in_the_readme(void **unused)
{
    const struct ticket_language *english = ticket_language_at(0);
    const struct ticket_language *language;
    char row[200];

    (void)unused;
    assert_string_equal(english->code, "en");
    for (int i = 0; i < CAPTION_COUNT; i++) {
        const char *name = ticket_caption_name((enum ticket_caption)i);

        assert_int_equal(ticket_caption_find(name, strlen(name)), i);
        snprintf(
                row, sizeof(row), "\n| `%s` | %s |\n", name, english->words[i]);
        if (!strstr(readme, row))
            fail_msg("README.md has no row%s", row);
    }
    assert_int_equal(count_rows("## Captions", "Dates are"), CAPTION_COUNT);
    for (uint32_t i = 0; (language = ticket_language_at(i)); i++) {
        snprintf(row, sizeof(row), "`%s`", language->code);
        assert_non_null(strstr(strstr(readme, "--language"), row));
        assert_ptr_equal(ticket_language_find(language->code), language);
    }
    assert_null(ticket_language_find(NULL));
}

static void each_kind_of_ticket_has_a_template_that_fits_the_narrowest_paper(
        void **unused)
{
    static struct template template;
    static struct ticket_templates all;
    struct template_fault fault;

    (void)unused;
    assert_true(ticket_templates_read(&all, NULL, 0, 24, &fault));
    for (int kind = 0; kind < TICKET_KINDS; kind++) {
        ticket_template_builtin(&template, (enum ticket_kind)kind);
        assert_true(template.count > 0);
        assert_int_equal(template.count, all.tickets[kind].count);
    }
}

static void each_built_in_text_is_used(void **unused)
{
    static struct ticket_templates all;
    struct template_source own[TEMPLATES_OWN];
    struct template_fault fault;
    size_t count = 0;

    (void)unused;
    for (; ticket_builtin[count].name; count++)
        own[count] = ticket_builtin[count];
    assert_int_equal(count, 9);
    if (!ticket_templates_read(&all, own, count, 24, &fault))
        fail_msg("%s: %s", fault.name, fault.what);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_name_is_whole_and_stands_in_the_readme),
        cmocka_unit_test(each_caption_is_there_in_each_language),
        cmocka_unit_test(captions_with_a_place_for_a_number_have_it_once),
        cmocka_unit_test(captions_of_code_pages_are_printed_as_they_stand),
        cmocka_unit_test(captions_and_languages_stand_in_the_readme),
        cmocka_unit_test(
                each_kind_of_ticket_has_a_template_that_fits_the_narrowest_paper),
        cmocka_unit_test(each_built_in_text_is_used),
    };

    return cmocka_run_group_tests(tests, read_readme, NULL);
}
