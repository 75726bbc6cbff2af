#include "devices/port/posix/virtual_tray.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/devices/scratch.h"

#define FILE_BYTES 65536

struct trial {
    char path[SCRATCH_BYTES];
    struct virtual_tray tray;
    struct sheet sheet;
};

static void begin(struct trial *trial)
{
    scratch_make(trial->path);
    assert_true(tray_open(&trial->tray, trial->path));
    assert_true(sheet_init(&trial->sheet, 384));
    assert_true(sheet_feed(&trial->sheet, 10));
    sheet_write(&trial->sheet, "2x <Soup>");
    sheet_write(&trial->sheet, "job 41-kitchen-order");
}

static void end(struct trial *trial)
{
    sheet_finish(&trial->sheet);
    tray_close(&trial->tray);
    scratch_clear(trial->path);
}

static uint32_t put(struct trial *trial, bool is_whole)
{
    bool failed = true;
    uint32_t number = tray_put(&trial->tray, &trial->sheet,
            is_whole ? WHY_CUT : WHY_PAPER_OUT, is_whole, &failed);

    assert_false(failed);
    return number;
}

static bool is_there(const struct trial *trial, const char *name)
{
    return faccessat(trial->tray.dir, name, R_OK, 0) == 0;
}

/* Good until the next call. */
static const char *read_file(const struct trial *trial, const char *name)
{
    static char text[FILE_BYTES];
    int fd = openat(trial->tray.dir, name, O_RDONLY | O_CLOEXEC);
    ssize_t len;

    assert_true(fd >= 0);
    len = read(fd, text, sizeof(text) - 1);
    assert_true(len >= 0);
    text[len] = '\0';
    close(fd);
    return text;
}

static void each_sheet_is_a_line_a_text_and_a_picture(void **unused)
{
    struct trial trial;
    const char *log;

    (void)unused;
    begin(&trial);
    assert_int_equal(put(&trial, true), 1);
    assert_int_equal(put(&trial, false), 2);
    log = read_file(&trial, "paper.log");
    assert_memory_equal(log,
            "{\"ticket\":1,\"job\":\"41-kitchen-order\",\"complete\":true,"
            "\"why\":\"cut\",\"rows\":10,\"at\":",
            80);
    log = strchr(log, '\n') + 1;
    assert_non_null(strstr(log, "\"ticket\":2,"));
    assert_non_null(strstr(log, "\"complete\":false,\"why\":\"paper-out\""));
    assert_string_equal(read_file(&trial, "ticket-0001.txt"),
            "ticket 1, whole, 384 dots wide\n\n2x <Soup>\n"
            "job 41-kitchen-order\n");
    assert_true(is_there(&trial, "ticket-0001.png"));
    assert_true(is_there(&trial, "ticket-0002.png"));
    end(&trial);
}

static void the_page_has_the_newest_first(void **unused)
{
    struct trial trial;
    const char *page, *second, *first;

    (void)unused;
    begin(&trial);
    put(&trial, true);
    put(&trial, false);
    page = read_file(&trial, "index.html");
    second = strstr(page, "ticket-0002.png");
    first = strstr(page, "ticket-0001.png");
    assert_true(second && first && second < first);
    assert_non_null(strstr(page, "2x &lt;Soup&gt;"));
    assert_null(strstr(page, "<Soup>"));
    assert_non_null(strstr(page, "class=\"torn\""));
    assert_true(is_there(&trial, "paper.css"));
    end(&trial);
}

static void counting_goes_on_after_a_restart(void **unused)
{
    struct trial trial;

    (void)unused;
    begin(&trial);
    put(&trial, true);
    tray_close(&trial.tray);
    assert_true(tray_open(&trial.tray, trial.path));
    assert_int_equal(put(&trial, true), 2);
    end(&trial);
}

static void only_so_many_tickets_are_kept(void **unused)
{
    struct trial trial;

    (void)unused;
    begin(&trial);
    trial.tray.number = TRAY_KEPT - 1; /* the others are somewhere else */
    put(&trial, true);
    for (int i = 0; i < TRAY_KEPT; i++) {
        assert_true(is_there(&trial, "ticket-0200.png"));
        put(&trial, true);
    }
    assert_false(is_there(&trial, "ticket-0200.png"));
    assert_false(is_there(&trial, "ticket-0200.txt"));
    assert_true(is_there(&trial, "ticket-0201.png"));
    end(&trial);
}

static void what_is_too_old_is_removed_when_it_is_opened(void **unused)
{
    struct trial trial;

    (void)unused;
    begin(&trial);
    put(&trial, true);
    trial.tray.number = TRAY_KEPT;
    tray_put(&trial.tray, &trial.sheet, WHY_CUT, true, &(bool){ false });
    assert_int_equal(symlinkat("x", trial.tray.dir, "ticket-0001.txt"), 0);
    tray_close(&trial.tray);
    assert_true(tray_open(&trial.tray, trial.path));
    assert_int_equal(trial.tray.number, TRAY_KEPT + 1);
    assert_int_equal(
            unlinkat(trial.tray.dir, "ticket-0001.txt", 0), -1); /* gone */
    end(&trial);
}

static void a_folder_that_cannot_be_made_is_said(void **unused)
{
    struct virtual_tray tray;

    (void)unused;
    assert_false(tray_open(&tray, "/proc/no/such/folder"));
    tray_close(&tray);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sheet_is_a_line_a_text_and_a_picture),
        cmocka_unit_test(the_page_has_the_newest_first),
        cmocka_unit_test(counting_goes_on_after_a_restart),
        cmocka_unit_test(only_so_many_tickets_are_kept),
        cmocka_unit_test(what_is_too_old_is_removed_when_it_is_opened),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
