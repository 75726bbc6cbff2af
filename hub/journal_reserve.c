#include "hub/journal_reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "hub/base/log.h"
#include "hub/base/space.h"

#define PARTS   8              /* of the disk; and of it, to spare */
#define NOTHING (64ull * 1024) /* of room: less than one turn takes */
#define SUFFIX  "-reserve"

/* Blocks for the first `bytes`; the file has none, or is as it should be. */
static int allocate(const struct reserve *reserve, uint64_t bytes)
{
    int error;

    do {
        error = posix_fallocate(reserve->fd, 0, (off_t)bytes);
    } while (error == EINTR);
    return error;
}

static bool is_held(const struct reserve *reserve)
{
    struct stat info;

    return fstat(reserve->fd, &info) == 0 &&
           (uint64_t)info.st_size == reserve->bytes &&
           (uint64_t)info.st_blocks * 512 >= reserve->bytes;
}

void reserve_close(struct reserve *reserve)
{
    if (reserve->fd >= 0)
        close(reserve->fd);
    reserve->fd = -1;
}

/* Without one: each turn is tried. */
static enum err do_without(struct reserve *reserve, const char *path, int error)
{
    log_warn("journal: no reserve for a full disk: %s: %s", path,
            strerror(error));
    reserve_close(reserve);
    return ERR_NOT_FOUND;
}

static enum err measure(struct reserve *reserve, const char *path)
{
    struct statvfs disk;
    uint64_t part;

    if (fstatvfs(reserve->fd, &disk) != 0 || fchmod(reserve->fd, 0600) != 0)
        return do_without(reserve, path, errno);
    part = (uint64_t)disk.f_blocks * disk.f_frsize / PARTS;
    reserve->bytes = part > 0 && part < RESERVE_BYTES ? part : RESERVE_BYTES;
    return ERR_OK;
}

/* One held by the last process is as good. */
static enum err take(struct reserve *reserve, const char *path)
{
    enum err err = measure(reserve, path);
    int error;

    if (err != ERR_OK || is_held(reserve))
        return err;
    error = allocate(reserve, reserve->bytes);
    if (error == 0 && ftruncate(reserve->fd, (off_t)reserve->bytes) == 0)
        return ERR_OK;
    reserve_give_up(reserve);
    return space_is_lacking(error) ? ERR_FULL
                                   : do_without(reserve, path, error);
}

enum err reserve_open(struct reserve *reserve, const char *journal_path)
{
    char *path;
    enum err err;

    *reserve = (struct reserve){ .fd = -1 };
    if (strcmp(journal_path, ":memory:") == 0)
        return ERR_NOT_FOUND;
    if (asprintf(&path, "%s" SUFFIX, journal_path) < 0)
        return ERR_NO_MEMORY;
    reserve->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (reserve->fd >= 0)
        err = take(reserve, path);
    else if (errno == ENOENT)
        err = ERR_NOT_FOUND; /* SQLite has a disk of its own */
    else
        err = do_without(reserve, path, errno); /* not even room for a name */
    free(path);
    return err;
}

bool reserve_is_there(const struct reserve *reserve)
{
    return reserve->fd >= 0;
}

void reserve_give_up(struct reserve *reserve)
{
    if (reserve->fd >= 0 && ftruncate(reserve->fd, 0) != 0)
        log_error(
                "journal: the reserve cannot be given up: %s", strerror(errno));
}

enum err reserve_hold(struct reserve *reserve)
{
    uint64_t spare = reserve->bytes / PARTS;

    if (allocate(reserve, reserve->bytes + spare) == 0 &&
            ftruncate(reserve->fd, (off_t)reserve->bytes) == 0)
        return ERR_OK;
    reserve_give_up(reserve);
    return ERR_FULL;
}

bool reserve_has_some(struct reserve *reserve)
{
    bool has_some = allocate(reserve, reserve->bytes / PARTS) == 0;

    reserve_give_up(reserve);
    return has_some;
}

bool reserve_is_the_last(const struct reserve *reserve)
{
    struct statvfs disk;
    uint64_t blocks;

    if (reserve->fd < 0 || fstatvfs(reserve->fd, &disk) != 0 ||
            disk.f_blocks == 0)
        return false;
    /* What a disk keeps for root, root may have. */
    blocks = geteuid() == 0 ? disk.f_bfree : disk.f_bavail;
    return blocks * disk.f_frsize < NOTHING;
}
