#include "tests/bench/reference.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/base.h"
#include "tests/bench/child.h"

#define READY_MS 20000

void reference_start(struct reference *reference, uint32_t frame_bytes)
{
    char bytes[16], line[256];
    const char *argv[] = { "node", "--expose-gc", "tests/bench/reference.js",
        bytes, NULL };
    const char *port;
    int ends[2], kept = dup(STDIN_FILENO);

    snprintf(bytes, sizeof(bytes), "%u", frame_bytes);
    if (pipe(ends) != 0)
        bench_fail("no pipe");
    dup2(ends[0], STDIN_FILENO); /* a child inherits it */
    close(ends[0]);
    reference->pid = child_start(argv, &reference->out);
    dup2(kept, STDIN_FILENO);
    close(kept);
    reference->control = ends[1];
    child_line(reference->out, line, sizeof(line), READY_MS);
    port = strrchr(line, ':');
    if (!port)
        bench_fail("the reference says %s", line);
    reference->port = (uint16_t)strtoul(port + 1, NULL, 10);
}

void reference_stop(struct reference *reference)
{
    close(reference->control);
    close(reference->out);
    child_stop(reference->pid, SIGTERM);
}

static void tell(struct reference *reference, char command)
{
    if (write(reference->control, &command, 1) != 1)
        bench_fail("the reference has gone");
}

void reference_collect(struct reference *reference)
{
    char line[64];

    for (int i = 0; i < 3; i++) {
        tell(reference, 'g');
        child_line(reference->out, line, sizeof(line), READY_MS);
    }
}

static void publish(void *self)
{
    tell(self, 'e');
}

static uint64_t unsettled(void *self)
{
    (void)self;
    return 0;
}

static struct pollfd watch(void *self)
{
    (void)self;
    return (struct pollfd){ .fd = -1 };
}

static void serve(void *self)
{
    (void)self;
}

struct source reference_source(struct reference *reference)
{
    return (struct source){ reference, reference->pid, publish, unsettled,
        watch, serve };
}
