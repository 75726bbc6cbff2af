/*
 * line: a pair of ends, of which one has a name, as a device's file has: a
 * pseudo terminal. What is written at one end is read at the other as it is.
 */
#ifndef TESTS_DEVICES_LINE_H
#define TESTS_DEVICES_LINE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define LINE_BYTES 64

struct line {
    int printer;           /* the other end */
    int kept;              /* keeps it from hanging up between two jobs */
    char path[LINE_BYTES]; /* of our end */
};

static inline void line_open(struct line *line)
{
    struct termios raw;

    line->printer = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (line->printer < 0 || grantpt(line->printer) != 0 ||
            unlockpt(line->printer) != 0 ||
            ptsname_r(line->printer, line->path, sizeof(line->path)) != 0)
        abort();
    line->kept = open(line->path, O_RDWR | O_NOCTTY);
    if (line->kept < 0 || tcgetattr(line->kept, &raw) != 0)
        abort();
    cfmakeraw(&raw);
    tcsetattr(line->kept, TCSANOW, &raw);
}

/* It is unplugged. */
static inline void line_unplug(struct line *line)
{
    close(line->printer);
    line->printer = -1;
}

static inline void line_close(struct line *line)
{
    if (line->printer >= 0)
        close(line->printer);
    close(line->kept);
}

#endif
