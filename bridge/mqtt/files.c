#include "bridge/mqtt/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/base/log.h"

#define READ_BYTES 4096

static enum err io_failed(const char *what, const char *path)
{
    log_error("broker: cannot %s %s: %s", what, path, strerror(errno));
    return ERR_IO;
}

enum err files_path(
        const char *dir, const char *name, char path[BROKER_PATH_BYTES])
{
    int len = snprintf(path, BROKER_PATH_BYTES, "%s/%s", dir, name);

    if (len > 0 && len < BROKER_PATH_BYTES)
        return ERR_OK;
    log_error("broker: the path to %s is too long", name);
    return ERR_IO;
}

enum err files_make_dir(const char *data_dir, char dir[BROKER_PATH_BYTES])
{
    char wanted[BROKER_PATH_BYTES], real[PATH_MAX];

    if (files_path(data_dir, "broker", wanted) != ERR_OK)
        return ERR_IO;
    if (mkdir(data_dir, 0700) != 0 && errno != EEXIST)
        return io_failed("make", data_dir);
    if (mkdir(wanted, 0700) != 0 && errno != EEXIST)
        return io_failed("make", wanted);
    if (!realpath(wanted, real))
        return io_failed("find", wanted);
    if (snprintf(dir, BROKER_PATH_BYTES, "%s", real) >= BROKER_PATH_BYTES) {
        log_error("broker: the path to %s is too long", wanted);
        return ERR_IO;
    }
    return ERR_OK;
}

/* Append what is left to read of `fd`. */
static enum err read_all(int fd, struct buf *out)
{
    char piece[READ_BYTES];
    ssize_t got;

    while ((got = read(fd, piece, sizeof(piece))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_IO;
        buf_put(out, piece, (size_t)got);
        if (out->failed)
            return ERR_TOO_LARGE;
    }
    return ERR_OK;
}

enum err files_read(const char *dir, const char *name, struct buf *out)
{
    char path[BROKER_PATH_BYTES];
    enum err err;
    int fd;

    if (files_path(dir, name, path) != ERR_OK)
        return ERR_IO;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? ERR_NOT_FOUND : io_failed("open", path);
    err = read_all(fd, out);
    if (err == ERR_IO)
        io_failed("read", path);
    close(fd);
    return err;
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, data, len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        data += put;
        len -= (size_t)put;
    }
    return fsync(fd) == 0;
}

/* Root enrols, but the daemon and its broker have to read it. */
static bool give_to_owner(int fd, const char *dir)
{
    struct stat about;

    return geteuid() != 0 ||
           (stat(dir, &about) == 0 &&
                   fchown(fd, about.st_uid, about.st_gid) == 0);
}

/* The new name itself must survive a power cut too. */
static void sync_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (fsync(fd) != 0)
        log_warn("broker: cannot sync %s: %s", dir, strerror(errno));
    close(fd);
}

enum err files_replace(
        const char *dir, const char *name, const void *data, size_t len)
{
    /* Of each file its own: the daemon and a command may be at it at once. */
    char path[BROKER_PATH_BYTES], temp[BROKER_PATH_BYTES], fresh[NAME_MAX + 1];
    bool written;
    int fd;

    snprintf(fresh, sizeof(fresh), ".%s.new", name);
    if (files_path(dir, name, path) != ERR_OK ||
            files_path(dir, fresh, temp) != ERR_OK)
        return ERR_IO;
    if (unlink(temp) != 0 && errno != ENOENT)
        return io_failed("remove", temp);
    fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return io_failed("make", temp);
    written = give_to_owner(fd, dir) && write_all(fd, data, len);
    if (close(fd) != 0 || !written)
        return io_failed("write", temp);
    if (rename(temp, path) != 0)
        return io_failed("replace", path);
    sync_dir(dir);
    return ERR_OK;
}

void files_remove(const char *dir, const char *name)
{
    char path[BROKER_PATH_BYTES];

    if (files_path(dir, name, path) == ERR_OK && unlink(path) != 0 &&
            errno != ENOENT)
        io_failed("remove", path);
}
