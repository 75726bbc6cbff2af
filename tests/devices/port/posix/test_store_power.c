/*
 * The power goes before each call by which the store changes the disk, and what
 * was not synced is lost, or is there by half, or its name is there without it.
 */
#include "devices/port/posix/store.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/devices/scratch.h"

#define NEVER  UINT32_MAX
#define FILES  64
#define NAMES  16
#define FDS    64
#define VALUES 3

/* A file, by whatever name. */
struct file {
    char bytes[32];
    size_t len;
    size_t synced;
};

struct name {
    char text[24];
    struct file *file; /* NULL: free */
};

/* What survives. */
enum survival {
    ALL_OF_IT,
    WHAT_WAS_SYNCED, /* names too */
    EVERY_NAME,      /* but only the bytes that were synced */
    SURVIVALS
};

/* The disk as it is, and as it would be after a loss of power. */
static struct {
    bool is_watched;
    uint32_t cut;
    uint32_t calls;
    bool is_off;
    struct file files[FILES];
    uint32_t file_count;
    struct name names[NAMES];
    struct name synced[NAMES];
    struct file *by_fd[FDS];
} disk;

/* --- the calls of the store --- */

static bool goes_off(void)
{
    if (!disk.is_watched)
        return false;
    if (!disk.is_off && disk.calls == disk.cut)
        disk.is_off = true;
    if (disk.is_off) {
        errno = EIO;
        return true;
    }
    disk.calls++;
    return false;
}

static struct name *find(const char *text)
{
    for (uint32_t i = 0; i < NAMES; i++)
        if (disk.names[i].file && strcmp(disk.names[i].text, text) == 0)
            return &disk.names[i];
    return NULL;
}

static struct name *find_or_add(const char *text)
{
    struct name *name = find(text);

    for (uint32_t i = 0; !name && i < NAMES; i++)
        if (!disk.names[i].file)
            name = &disk.names[i];
    assert_non_null(name);
    snprintf(name->text, sizeof(name->text), "%s", text);
    return name;
}

static void note_open(int fd, const char *path)
{
    struct name *name = find_or_add(path);

    assert_in_range(fd, 0, FDS - 1);
    if (!name->file) {
        assert_true(disk.file_count < FILES);
        name->file = &disk.files[disk.file_count++];
    }
    name->file->len = name->file->synced = 0;
    disk.by_fd[fd] = name->file;
}

int openat(int dir, const char *path, int flags, ...)
{
    bool writes = (flags & O_TRUNC) != 0;
    int fd;

    if (writes && goes_off())
        return -1;
    fd = (int)syscall(SYS_openat, dir, path, flags, 0600);
    if (writes && disk.is_watched && fd >= 0)
        note_open(fd, path);
    return fd;
}

static ssize_t put(int fd, const void *data, size_t len)
{
    struct file *file = disk.by_fd[fd];

    assert_true(file->len + len <= sizeof(file->bytes));
    memcpy(file->bytes + file->len, data, len);
    file->len += len;
    return syscall(SYS_write, fd, data, len);
}

ssize_t write(int fd, const void *data, size_t len)
{
    if (!disk.is_watched || fd < 0 || fd >= FDS || !disk.by_fd[fd])
        return syscall(SYS_write, fd, data, len);
    if (!goes_off())
        return put(fd, data, len);
    if (disk.calls++ == disk.cut) /* half of it had left */
        put(fd, data, len / 2);
    return -1;
}

int fsync(int fd)
{
    struct file *file = disk.is_watched ? disk.by_fd[fd] : NULL;

    if (goes_off())
        return -1;
    if (file)
        file->synced = file->len;
    else
        memcpy(disk.synced, disk.names, sizeof(disk.synced));
    return 0;
}

int close(int fd)
{
    if (disk.is_watched && fd >= 0 && fd < FDS)
        disk.by_fd[fd] = NULL;
    return (int)syscall(SYS_close, fd);
}

static void note_rename(const char *from, const char *to)
{
    struct name *was = find(from);
    struct name *is = find_or_add(to);

    assert_non_null(was);
    is->file = was->file;
    was->file = NULL;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    if (goes_off())
        return -1;
    if (disk.is_watched)
        note_rename(from, to);
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

int unlinkat(int dir, const char *path, int flags)
{
    struct name *name;

    if (goes_off())
        return -1;
    name = disk.is_watched ? find(path) : NULL;
    if (name)
        name->file = NULL;
    return (int)syscall(SYS_unlinkat, dir, path, flags);
}

/* --- a story --- */

/* A value of the store: what it was when somebody was told that it is on disk,
 * and what it may be instead. */
struct value {
    const char *name;
    const char *stored; /* NULL: nothing */
    const char *tried;  /* was on its way; NULL: nothing */
    bool may_be_gone;   /* it was removed, and nothing says when that is so */
};

static struct value values[VALUES];

static void keep(struct store *store, struct value *value, const char *text)
{
    if (disk.is_off)
        return;
    value->tried = text;
    if (!store_put(store, value->name, text, strlen(text)))
        return;
    assert_false(disk.is_off);
    value->stored = text;
    value->tried = NULL;
    value->may_be_gone = false;
}

/* Nobody is told when it is gone for good. */
static void forget(struct store *store, struct value *value)
{
    if (disk.is_off)
        return;
    value->may_be_gone = true;
    store_remove(store, value->name);
}

static void tell_story(const char *path)
{
    struct store store;

    values[0] = (struct value){ .name = "boot" };
    values[1] = (struct value){ .name = "fact1" };
    values[2] = (struct value){ .name = "done" };
    assert_int_equal(store_open(&store, path), STORE_OPEN);
    disk.is_watched = true;
    keep(&store, &values[0], "1");
    keep(&store, &values[1], "a first fact");
    keep(&store, &values[2], "abc");
    keep(&store, &values[0], "2");
    forget(&store, &values[1]);
    keep(&store, &values[2], "abcdef");
    keep(&store, &values[1], "another");
    forget(&store, &values[1]);
    disk.is_watched = false;
    store_close(&store);
}

/* --- after it --- */

static void write_file(
        const char *path, const struct name *name, enum survival survival)
{
    char full[SCRATCH_BYTES + 32];
    size_t len = survival == ALL_OF_IT ? name->file->len : name->file->synced;
    FILE *file;

    snprintf(full, sizeof(full), "%s/%s", path, name->text);
    file = fopen(full, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(name->file->bytes, 1, len, file), len);
    fclose(file);
}

/* A disk as the loss of power may have left it. */
static void survive(const char *path, enum survival survival)
{
    const struct name *names =
            survival == WHAT_WAS_SYNCED ? disk.synced : disk.names;

    for (uint32_t i = 0; i < NAMES; i++)
        if (names[i].file)
            write_file(path, &names[i], survival);
}

static bool is(const char *text, const char *found, size_t len)
{
    return text && strlen(text) == len && memcmp(text, found, len) == 0;
}

static bool may_be(const struct value *value, const char *found, size_t len)
{
    if (len == 0)
        return !value->stored || value->may_be_gone;
    return is(value->stored, found, len) || is(value->tried, found, len);
}

static void assert_survived(const char *path)
{
    struct store store;
    char found[32];
    size_t len;

    assert_int_equal(store_open(&store, path), STORE_OPEN);
    for (uint32_t i = 0; i < VALUES; i++) {
        const char *name = values[i].name;

        len = store_get(&store, name, found, sizeof(found));
        if (!may_be(&values[i], found, len))
            fail_msg("%s is \"%.*s\"", name, (int)len, found);
        assert_true(store_put(&store, name, "new", 3));
        assert_int_equal(store_get(&store, name, found, sizeof(found)), 3);
    }
    store_close(&store);
}

/* Returns whether the story had so many calls. */
static bool cut_at(uint32_t cut, enum survival survival)
{
    char path[SCRATCH_BYTES];
    char after[SCRATCH_BYTES];

    memset(&disk, 0, sizeof(disk));
    disk.cut = cut;
    scratch_make(path);
    tell_story(path);
    scratch_clear(path);
    scratch_make(after);
    survive(after, survival);
    assert_survived(after);
    scratch_clear(after);
    return disk.is_off;
}

static void a_value_is_the_old_or_the_new_one_wherever_the_power_goes(
        void **unused)
{
    uint32_t cut = 0;

    (void)unused;
    for (; cut_at(cut, ALL_OF_IT); cut++)
        for (enum survival i = WHAT_WAS_SYNCED; i < SURVIVALS; i++)
            assert_true(cut_at(cut, i));
    print_message("the power went at %u calls, each in %u ways\n", cut,
            (unsigned)SURVIVALS);
    assert_int_equal(cut, 6 * 5 + 2); /* calls of a put, and the removals */
}

/* The same with a disk that goes on after one call that fails is no loss of
 * power: what was there stays. */
static void what_could_not_be_stored_leaves_what_there_was(void **unused)
{
    char path[SCRATCH_BYTES];
    char found[8];
    struct store store;

    (void)unused;
    scratch_make(path);
    for (uint32_t cut = 0; cut < 4; cut++) {
        memset(&disk, 0, sizeof(disk));
        disk.cut = cut;
        assert_int_equal(store_open(&store, path), STORE_OPEN);
        assert_true(store_put(&store, "boot", "1", 1));
        disk.is_watched = true;
        assert_false(store_put(&store, "boot", "22", 2));
        disk.is_watched = false;
        assert_int_equal(store_get(&store, "boot", found, sizeof(found)), 1);
        store_close(&store);
    }
    scratch_clear(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
                a_value_is_the_old_or_the_new_one_wherever_the_power_goes),
        cmocka_unit_test(what_could_not_be_stored_leaves_what_there_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
