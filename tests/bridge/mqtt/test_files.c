#include "bridge/mqtt/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int begin(void **state)
{
    char *dir = strdup("/tmp/test_files.XXXXXX");

    *state = dir;
    return mkdtemp(dir) ? 0 : -1;
}

static int end(void **state)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/broker/x", (char *)*state);
    remove(path);
    snprintf(path, sizeof(path), "%s/broker", (char *)*state);
    remove(path);
    remove(*state);
    free(*state);
    return 0;
}

static void a_file_is_replaced_whole_and_for_its_owner_only(void **state)
{
    char dir[BROKER_PATH_BYTES], path[BROKER_PATH_BYTES];
    struct stat info;
    struct buf text;

    assert_int_equal(files_make_dir(*state, dir), ERR_OK);
    assert_int_equal(files_replace(dir, "x", "longer", 6), ERR_OK);
    assert_int_equal(files_replace(dir, "x", "short", 5), ERR_OK);
    buf_init(&text, 64);
    assert_int_equal(files_read(dir, "x", &text), ERR_OK);
    assert_int_equal(text.len, 5);
    assert_memory_equal(text.data, "short", 5);
    buf_finish(&text);
    assert_int_equal(files_path(dir, "x", path), ERR_OK);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

/* The daemon notes its broker's id while somebody enrols. */
static void two_files_are_replaced_at_once(void **state)
{
    char dir[BROKER_PATH_BYTES], path[BROKER_PATH_BYTES];
    struct buf text;
    const char *name;
    int status, failed = 0;
    pid_t pid;

    assert_int_equal(files_make_dir(*state, dir), ERR_OK);
    pid = fork();
    name = pid == 0 ? "y" : "x";
    for (int i = 0; i < 200; i++) {
        buf_init(&text, 64);
        if (files_replace(dir, name, name, 1) != ERR_OK ||
                files_read(dir, name, &text) != ERR_OK || text.len != 1 ||
                *text.data != *name)
            failed = 1;
        buf_finish(&text);
    }
    if (pid == 0)
        _exit(failed);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(failed, 0);
    assert_int_equal(files_path(dir, "y", path), ERR_OK);
    assert_int_equal(unlink(path), 0);
}

static void the_folder_is_made_once_and_its_path_is_absolute(void **state)
{
    char dir[BROKER_PATH_BYTES], again[BROKER_PATH_BYTES];

    assert_int_equal(files_make_dir(*state, dir), ERR_OK);
    assert_int_equal(dir[0], '/');
    assert_int_equal(files_make_dir(*state, again), ERR_OK);
    assert_string_equal(dir, again);
}

static void a_missing_file_and_a_large_one_are_told_apart(void **state)
{
    char dir[BROKER_PATH_BYTES];
    struct buf text;

    assert_int_equal(files_make_dir(*state, dir), ERR_OK);
    buf_init(&text, 4);
    assert_int_equal(files_read(dir, "x", &text), ERR_NOT_FOUND);
    assert_int_equal(files_replace(dir, "x", "12345", 5), ERR_OK);
    assert_int_equal(files_read(dir, "x", &text), ERR_TOO_LARGE);
    buf_finish(&text);
}

static void what_root_writes_belongs_to_whose_the_folder_is(void **state)
{
    char dir[BROKER_PATH_BYTES], path[BROKER_PATH_BYTES];
    struct stat info;

    if (geteuid() != 0)
        skip();
    assert_int_equal(files_make_dir(*state, dir), ERR_OK);
    assert_int_equal(chown(dir, 4711, 4712), 0);
    assert_int_equal(files_replace(dir, "x", "12345", 5), ERR_OK);
    assert_int_equal(files_path(dir, "x", path), ERR_OK);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_uid, 4711);
    assert_int_equal(info.st_gid, 4712);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                two_files_are_replaced_at_once, begin, end),
        cmocka_unit_test_setup_teardown(
                a_file_is_replaced_whole_and_for_its_owner_only, begin, end),
        cmocka_unit_test_setup_teardown(
                the_folder_is_made_once_and_its_path_is_absolute, begin, end),
        cmocka_unit_test_setup_teardown(
                a_missing_file_and_a_large_one_are_told_apart, begin, end),
        cmocka_unit_test_setup_teardown(
                what_root_writes_belongs_to_whose_the_folder_is, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
