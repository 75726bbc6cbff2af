#include "devices/port/posix/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define LOCK_NAME "lock"

static bool make_dirs(const char *path)
{
    char part[PATH_MAX];
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof(part)) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return false;
        part[i] = path[i];
    }
    return true;
}

enum store_open store_open(struct store *store, const char *path)
{
    *store = (struct store){ .dir = -1, .lock = -1 };

    if (!make_dirs(path))
        return STORE_FAILED;
    store->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->dir < 0)
        return STORE_FAILED;
    store->lock =
            openat(store->dir, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock >= 0 && flock(store->lock, LOCK_EX | LOCK_NB) == 0)
        return STORE_OPEN;
    if (store->lock >= 0 && errno == EWOULDBLOCK) {
        store_close(store);
        return STORE_BUSY;
    }
    store_close(store);
    return STORE_FAILED;
}

int store_enter(struct store *store, const char *path)
{
    switch (store_open(store, path)) {
    case STORE_OPEN:
        return EX_OK;
    case STORE_BUSY:
        fprintf(stderr, "dumbwaiter: %s: in use by another process\n", path);
        return EX_TEMPFAIL;
    case STORE_FAILED:
        break;
    }
    fprintf(stderr, "dumbwaiter: %s: %s\n", path, strerror(errno));
    return EX_IOERR;
}

void store_close(struct store *store)
{
    int saved = errno;

    if (store->lock >= 0)
        close(store->lock);
    if (store->dir >= 0)
        close(store->dir);
    *store = (struct store){ .dir = -1, .lock = -1 };
    errno = saved;
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

bool store_put(
        struct store *store, const char *name, const void *data, size_t len)
{
    char beside[NAME_MAX + 1];
    bool written;
    int fd;

    if ((size_t)snprintf(beside, sizeof(beside), "%s.new", name) >=
            sizeof(beside))
        return false;
    fd = openat(
            store->dir, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    written = write_all(fd, data, len) && fsync(fd) == 0;
    if (close(fd) != 0)
        written = false;
    if (written && renameat(store->dir, beside, store->dir, name) == 0)
        return fsync(store->dir) == 0;
    unlinkat(store->dir, beside, 0);
    return false;
}

size_t store_get(struct store *store, const char *name, void *data, size_t cap)
{
    int fd = openat(store->dir, name, O_RDONLY | O_CLOEXEC);
    char *out = data;
    size_t len = 0;
    ssize_t n = 0;
    char more;

    if (fd < 0)
        return 0;
    while (len < cap && (n = read(fd, out + len, cap - len)) > 0)
        len += (size_t)n;
    if (n < 0 || (len == cap && read(fd, &more, 1) != 0))
        len = 0;
    close(fd);
    return len;
}

void store_remove(struct store *store, const char *name)
{
    unlinkat(store->dir, name, 0);
}
