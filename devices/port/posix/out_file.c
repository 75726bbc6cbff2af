/* A file to which tickets are appended, and the standard output. */
#include "devices/port/posix/out_way.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool parse_file(struct out *out, const char *rest)
{
    out->path = rest;
    return rest[0] != '\0';
}

static enum print_out_state open_file(struct out *out, const char *job_id)
{
    (void)job_id;
    if (out->fd < 0)
        out->fd = open(out->path,
                O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
    return out->fd >= 0 ? OUT_DONE : OUT_GONE;
}

/* Pipes and devices cannot be synced, and need not. */
static enum print_out_state is_on_disk(struct out *out)
{
    if (fsync(out->fd) != 0 && errno != EINVAL && errno != EROFS)
        return OUT_GONE;
    return OUT_DONE;
}

const struct out_way out_file = {
    .prefix = "file:",
    .form = "file:PATH",
    .about = "appended to a file",
    .parse = parse_file,
    .open = open_file,
    .write = out_write_fd,
    .is_through = is_on_disk,
};

static bool parse_stdout(struct out *out, const char *rest)
{
    (void)out;
    return rest[0] == '\0';
}

static enum print_out_state open_stdout(struct out *out, const char *job_id)
{
    (void)job_id;
    if (out->fd < 0)
        out->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    return out->fd >= 0 ? OUT_DONE : OUT_GONE;
}

const struct out_way out_stdout = {
    .prefix = "-",
    .form = "-",
    .about = "the standard output (default)",
    .parse = parse_stdout,
    .open = open_stdout,
    .write = out_write_fd,
    .is_through = is_on_disk,
};
