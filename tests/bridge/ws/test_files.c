#include "bridge/ws/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_leads_to(const char *url_path, const char *expected)
{
    char path[FILE_PATH_CHARS + 1];

    assert_int_equal(files_map(url_path, path), FILE_FOUND);
    assert_string_equal(path, expected);
}

static void a_screen_is_found_by_its_name(void **unused)
{
    (void)unused;
    assert_leads_to("/", "screens/index.html");
    assert_leads_to("/kitchen/", "screens/kitchen/index.html");
    assert_leads_to("/kitchen/kitchen.js", "screens/kitchen/kitchen.js");
    assert_leads_to("/favicon.ico", "screens/favicon.ico");
}

static void what_screens_share_stands_beside_them(void **unused)
{
    (void)unused;
    assert_leads_to("/client/client.js", "client/client.js");
    assert_leads_to("/ui/parts/card.css", "ui/parts/card.css");
}

static void a_folder_without_its_slash_is_elsewhere(void **unused)
{
    char path[FILE_PATH_CHARS + 1];

    (void)unused;
    assert_int_equal(files_map("/kitchen", path), FILE_ELSEWHERE);
    assert_int_equal(files_map("/a.b/kitchen", path), FILE_ELSEWHERE);
}

static void nothing_leads_out_of_the_folder_or_to_what_is_hidden(void **unused)
{
    const char *bad[] = { "", "kitchen/", "/../main.c", "/a/../../b.js",
        "/.git/", "/a/.hidden.js", "//etc/", "/a//b.js", "/a\\b.js", "/a%2e.js",
        "/./x.js", "/a b.js", "/\x01.js", "/kitchen/.." };
    char path[FILE_PATH_CHARS + 1], longest[FILE_PATH_CHARS + 8];

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(files_map(bad[i], path), FILE_NOT_FOUND);
    memset(longest, 'a', sizeof(longest));
    memcpy(longest, "/", 1);
    strncpy(longest + sizeof(longest) - 4, ".js", 4);
    assert_int_equal(files_map(longest, path), FILE_NOT_FOUND);
}

static void only_endings_for_the_world_are_served(void **unused)
{
    char path[FILE_PATH_CHARS + 1];

    (void)unused;
    assert_int_equal(files_map("/kitchen/notes.txt~", path), FILE_NOT_FOUND);
    assert_int_equal(files_map("/kitchen/main.c", path), FILE_NOT_FOUND);
    assert_string_equal(
            files_type("x/app.mjs"), "text/javascript; charset=utf-8");
    assert_null(files_type("x/Makefile"));
}

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_file_is_read_once_and_kept(void **unused)
{
    char dir[] = "/tmp/test_files_XXXXXX", path[256];
    const struct file *file;
    struct files files;

    (void)unused;
    assert_non_null(mkdtemp(dir));
    write_file(dir, "a.js", "one");
    assert_true(files_init(&files, dir));
    file = files_get(&files, "a.js");
    assert_non_null(file);
    write_file(dir, "a.js", "two");
    assert_ptr_equal(files_get(&files, "a.js"), file);
    assert_int_equal(file->len, 3);
    assert_memory_equal(file->data, "one", 3);
    assert_int_equal(strlen(file->etag), FILE_ETAG_CHARS);
    assert_null(files_get(&files, "b.js"));
    files_finish(&files);

    snprintf(path, sizeof(path), "%s/a.js", dir);
    unlink(path);
    rmdir(dir);
}

static void tickets_are_read_anew_each_time(void **unused)
{
    char dir[] = "/tmp/test_files_XXXXXX", path[FILE_PATH_CHARS + 1];
    char full[256];
    const struct file *file;
    struct files files;

    (void)unused;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(files_map("/paper/ticket-0001.png", path), FILE_FOUND);
    assert_true(files_init(&files, NULL));
    assert_null(files_get(&files, path)); /* there is no such folder */
    assert_true(files_add_paper(&files, dir));
    assert_null(files_get(&files, path));
    for (int i = 0; i < 2 * FILES_COUNT; i++) {
        write_file(dir, "ticket-0001.png", i % 2 ? "odd" : "even");
        file = files_get(&files, path);
        assert_non_null(file);
        assert_int_equal(file->len, i % 2 ? 3 : 4);
        assert_string_equal(file->type, "image/png");
    }
    assert_null(files_get(&files, FILES_PAPER "ticket-0002.png"));
    files_finish(&files);
    snprintf(full, sizeof(full), "%s/ticket-0001.png", dir);
    unlink(full);
    rmdir(dir);
}

static void a_link_or_a_folder_is_no_file(void **unused)
{
    char dir[] = "/tmp/test_files_XXXXXX", path[256], folder[256];
    struct files files;

    (void)unused;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/link.js", dir);
    snprintf(folder, sizeof(folder), "%s/folder.js", dir);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_true(files_init(&files, dir));
    assert_null(files_get(&files, "link.js"));
    assert_null(files_get(&files, "folder.js"));
    files_finish(&files);
    unlink(path);
    rmdir(folder);
    rmdir(dir);
}

static void without_a_folder_there_are_no_pages(void **unused)
{
    struct files files;

    (void)unused;
    assert_true(files_init(&files, NULL));
    assert_null(files_get(&files, "screens/index.html"));
    files_finish(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_screen_is_found_by_its_name),
        cmocka_unit_test(what_screens_share_stands_beside_them),
        cmocka_unit_test(a_folder_without_its_slash_is_elsewhere),
        cmocka_unit_test(nothing_leads_out_of_the_folder_or_to_what_is_hidden),
        cmocka_unit_test(only_endings_for_the_world_are_served),
        cmocka_unit_test(a_file_is_read_once_and_kept),
        cmocka_unit_test(tickets_are_read_anew_each_time),
        cmocka_unit_test(a_link_or_a_folder_is_no_file),
        cmocka_unit_test(without_a_folder_there_are_no_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
