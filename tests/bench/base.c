#include "tests/bench/base.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define MOST_FILES 65536

void bench_start(unsigned seconds)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur =
                files.rlim_max < MOST_FILES ? files.rlim_max : MOST_FILES;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    signal(SIGPIPE, SIG_IGN);
    alarm(seconds);
    setvbuf(stdout, NULL, _IOLBF, 0);
}

void bench_fail(const char *format, ...)
{
    va_list args;

    fputs("bench: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

uint32_t bench_number(const char *text, uint32_t least, uint32_t most)
{
    char *rest;
    unsigned long number;

    errno = 0;
    number = strtoul(text, &rest, 10);
    if (errno || *rest || rest == text || number < least || number > most)
        bench_fail("%s: not a number from %u to %u", text, least, most);
    return (uint32_t)number;
}

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) != 0)
        bench_fail("no clock; has the process gone?");
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t bench_now_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t bench_cpu_us(pid_t pid)
{
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) != 0)
        bench_fail("process %d has gone", (int)pid);
    return read_clock(clock);
}

uint64_t bench_rss(pid_t pid)
{
    unsigned long long pages = 0;
    char path[64];
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    file = fopen(path, "r");
    if (!file || fscanf(file, "%*u %llu", &pages) != 1)
        bench_fail("%s: cannot be read", path);
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

double bench_median(double *numbers, size_t count)
{
    qsort(numbers, count, sizeof(*numbers), compare);
    if (count % 2 == 1)
        return numbers[count / 2];
    return (numbers[count / 2 - 1] + numbers[count / 2]) / 2;
}
