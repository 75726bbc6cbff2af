/*
 * scratch: a directory for one test, gone after it.
 */
#ifndef TESTS_DEVICES_SCRATCH_H
#define TESTS_DEVICES_SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SCRATCH_BYTES 64

static inline void scratch_make(char path[SCRATCH_BYTES])
{
    snprintf(path, SCRATCH_BYTES, "/tmp/dumbwaiter-test-XXXXXX");
    if (!mkdtemp(path))
        abort();
}

/* Files, and one level of directories. */
static inline void scratch_clear_at(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (!dir)
        return;
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        if (unlinkat(dirfd(dir), entry->d_name, 0) != 0)
            scratch_clear_at(dirfd(dir), entry->d_name);
    }
    closedir(dir);
    unlinkat(parent, name, AT_REMOVEDIR);
}

static inline void scratch_clear(const char *path)
{
    scratch_clear_at(AT_FDCWD, path);
}

#endif
