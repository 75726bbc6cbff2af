/*
 * A printer on a USB cable, as the kernel's usblp gives it: /dev/usb/lp0. It
 * comes and goes with its plug and its switch, and belongs to one process at a
 * time: else it cannot be opened, and so is not reachable.
 */
#include "devices/port/posix/out_way.h"

#include <fcntl.h>

static bool parse_usb(struct out *out, const char *rest)
{
    out->path = rest;
    return rest[0] == '/';
}

static enum print_out_state open_usb(struct out *out, const char *job_id)
{
    (void)job_id;
    if (out->fd >= 0)
        return OUT_DONE;
    out->fd = open(out->path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (out->fd < 0)
        return OUT_GONE;
    out_drain(out);
    return OUT_DONE;
}

/* The last bytes are on their way until it could be written to again; closed
 * before that, they would be taken back. */
static enum print_out_state are_taken(struct out *out)
{
    struct pollfd poll_fd = { .fd = out->fd, .events = POLLOUT };

    if (poll(&poll_fd, 1, 0) <= 0)
        return OUT_WAIT;
    return poll_fd.revents & (POLLERR | POLLHUP | POLLNVAL) ? OUT_GONE
                                                            : OUT_DONE;
}

const struct out_way out_usb = {
    .prefix = "usb:",
    .form = "usb:/dev/usb/lp0",
    .about = "a printer on a USB cable",
    .talks = true,
    .parse = parse_usb,
    .open = open_usb,
    .write = out_write_fd,
    .is_through = are_taken,
};
