/*
 * A printer on a serial line. A line without flow control loses what a printer
 * has no room for, without a word: so that has to be asked for.
 */
#include "devices/port/posix/out_way.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define BAUD_DEFAULT 19200

/* What is on its way when a printer says by DSR that it is full must fit into
 * what it keeps free then. */
#define DSR_BYTES 128

static const struct {
    uint32_t baud;
    speed_t speed;
} speeds[] = {
    { 1200, B1200 },
    { 2400, B2400 },
    { 4800, B4800 },
    { 9600, B9600 },
    { 19200, B19200 },
    { 38400, B38400 },
    { 57600, B57600 },
    { 115200, B115200 },
};

#define SPEEDS (sizeof(speeds) / sizeof(speeds[0]))

static const struct {
    const char *word;
    enum out_flow flow;
} flows[] = {
    { "flow=rtscts", FLOW_RTS_CTS },
    { "flow=dsrdtr", FLOW_DSR_DTR },
    { "flow=none", FLOW_NONE },
};

#define FLOWS (sizeof(flows) / sizeof(flows[0]))

/* --- the text --- */

static bool find_speed(uint32_t baud, speed_t *speed)
{
    for (size_t i = 0; i < SPEEDS; i++)
        if (speeds[i].baud == baud) {
            *speed = speeds[i].speed;
            return true;
        }
    return false;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && strncmp(text, word, len) == 0;
}

static bool parse_baud(struct out *out, const char *text, size_t len)
{
    char *end = NULL;
    unsigned long baud;
    speed_t speed;

    if (len < 6 || strncmp(text, "baud=", 5) != 0 || text[5] < '0' ||
            text[5] > '9')
        return false;
    baud = strtoul(text + 5, &end, 10);
    if (end != text + len || baud > UINT32_MAX)
        return false;
    out->baud = (uint32_t)baud;
    return find_speed(out->baud, &speed);
}

static bool parse_word(struct out *out, const char *text, size_t len)
{
    for (size_t i = 0; i < FLOWS; i++)
        if (is_word(text, len, flows[i].word)) {
            out->flow = flows[i].flow;
            return true;
        }
    return parse_baud(out, text, len);
}

/* The path stands in out->host, as what follows it is no part of it. */
static bool parse_serial(struct out *out, const char *rest)
{
    size_t len = strcspn(rest, "?");

    if (rest[0] != '/' || len >= sizeof(out->host))
        return false;
    memcpy(out->host, rest, len);
    out->host[len] = '\0';
    out->baud = BAUD_DEFAULT;
    out->flow = FLOW_RTS_CTS;
    rest += len;
    while (*rest) {
        len = strcspn(++rest, "&");
        if (!parse_word(out, rest, len))
            return false;
        rest += len;
    }
    return true;
}

/* --- the line --- */

/* 8 bits, no parity, one stop bit, every byte as it is. */
static bool set_line(struct out *out)
{
    struct termios line;
    speed_t speed;

    if (tcgetattr(out->fd, &line) != 0 || !find_speed(out->baud, &speed))
        return false;
    cfmakeraw(&line);
    cfsetispeed(&line, speed);
    cfsetospeed(&line, speed);
    line.c_cflag |= CLOCAL | CREAD;
    /* Some take it for a reset when the line is let go of. */
    line.c_cflag &= ~(tcflag_t)(CSTOPB | HUPCL | CRTSCTS);
    if (out->flow == FLOW_RTS_CTS)
        line.c_cflag |= CRTSCTS;
    line.c_cc[VMIN] = 1;
    line.c_cc[VTIME] = 0;
    return tcsetattr(out->fd, TCSANOW, &line) == 0;
}

static bool is_ready(const struct out *out, bool *ready)
{
    int lines = 0;

    *ready = true;
    if (out->flow != FLOW_DSR_DTR)
        return true;
    if (ioctl(out->fd, TIOCMGET, &lines) != 0)
        return false; /* a line without that line */
    *ready = lines & TIOCM_DSR;
    return true;
}

static enum print_out_state open_serial(struct out *out, const char *job_id)
{
    bool ready;

    (void)job_id;
    if (out->fd < 0) {
        out->fd = open(out->host, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        if (out->fd < 0 || flock(out->fd, LOCK_EX | LOCK_NB) != 0 ||
                !set_line(out))
            return OUT_GONE;
        out_drain(out);
    }
    if (!is_ready(out, &ready))
        return OUT_GONE;
    return ready ? OUT_DONE : OUT_WAIT;
}

/* --- a job --- */

static int unsent(const struct out *out)
{
    int count = 0;

    return ioctl(out->fd, TIOCOUTQ, &count) == 0 ? count : INT_MAX;
}

static int write_serial(struct out *out, const uint8_t *bytes, size_t len)
{
    bool ready;
    int waiting;

    if (out->flow != FLOW_DSR_DTR)
        return out_write_fd(out, bytes, len);
    if (!is_ready(out, &ready))
        return -1;
    waiting = unsent(out);
    if (!ready || waiting >= DSR_BYTES)
        return 0;
    if (len > (size_t)(DSR_BYTES - waiting))
        len = (size_t)(DSR_BYTES - waiting);
    return out_write_fd(out, bytes, len);
}

/* What the line has sent: whether it was received nobody says. */
static enum print_out_state are_sent(struct out *out)
{
    int count = unsent(out);

    if (count == INT_MAX)
        return OUT_GONE;
    return count == 0 ? OUT_DONE : OUT_WAIT;
}

/* Closing would wait for a printer that takes nothing. */
static void throw_away(struct out *out)
{
    if (out->fd >= 0 && unsent(out) > 0)
        tcflush(out->fd, TCOFLUSH);
}

const struct out_way out_serial = {
    .prefix = "serial:",
    .form = "serial:/dev/ttyUSB0[?baud=19200&flow=rtscts|dsrdtr|none]",
    .about = "a printer on a serial line",
    .talks = true,
    .parse = parse_serial,
    .open = open_serial,
    .write = write_serial,
    .is_through = are_sent,
    .close = throw_away,
};
