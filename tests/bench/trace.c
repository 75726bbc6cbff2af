#include "tests/bench/trace.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/base.h"
#include "tests/bench/child.h"

#define ATTACH_MS 3000
#define STEP_MS   10

static bool is_traced(pid_t pid)
{
    char path[64], line[256];
    int tracer = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    file = fopen(path, "r");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "TracerPid: %d", &tracer) == 1)
            break;
    if (file)
        fclose(file);
    return tracer != 0;
}

void trace_start(
        struct trace *trace, const char *folder, pid_t pid, const char *calls)
{
    char target[16], filter[256];
    const char *argv[] = { "strace", "-q", "-c", "-o", trace->file, "-e",
        filter, "-p", target, NULL };

    snprintf(trace->file, sizeof(trace->file), "%s/strace", folder);
    snprintf(target, sizeof(target), "%d", (int)pid);
    snprintf(filter, sizeof(filter), "trace=%s", calls);
    trace->pid = child_start(argv, NULL);
    for (int ms = 0; ms < ATTACH_MS; ms += STEP_MS) {
        if (is_traced(pid))
            return;
        poll(NULL, 0, STEP_MS);
    }
    child_stop(trace->pid, SIGKILL);
    trace->pid = 0;
}

bool trace_stop(struct trace *trace)
{
    if (trace->pid == 0)
        return false;
    child_stop(trace->pid, SIGINT);
    trace->pid = 0;
    return true;
}

/* A row: % time, seconds, usecs/call, calls, perhaps errors, name. */
uint64_t trace_count(const struct trace *trace, const char *call)
{
    unsigned long long calls, found = 0;
    char line[256], fifth[64], sixth[64];
    FILE *file = fopen(trace->file, "r");

    while (file && fgets(line, sizeof(line), file)) {
        int fields = sscanf(
                line, "%*f %*f %*f %llu %63s %63s", &calls, fifth, sixth);

        if (fields >= 2 && strcmp(fields == 3 ? sixth : fifth, call) == 0)
            found = calls;
    }
    if (file)
        fclose(file);
    return found;
}
