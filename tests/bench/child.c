#include "tests/bench/child.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/base.h"

#define CHILDREN 8
#define STOP_MS  20000
#define STEP_MS  10

static pid_t running[CHILDREN];

static void stop_all(void)
{
    for (int i = 0; i < CHILDREN; i++)
        if (running[i])
            child_stop(running[i], SIGTERM);
}

static void keep(pid_t pid)
{
    static bool is_registered;

    if (!is_registered)
        atexit(stop_all);
    is_registered = true;
    for (int i = 0; i < CHILDREN; i++) {
        if (running[i])
            continue;
        running[i] = pid;
        return;
    }
    bench_fail("too many children");
}

static void forget(pid_t pid)
{
    for (int i = 0; i < CHILDREN; i++)
        if (running[i] == pid)
            running[i] = 0;
}

pid_t child_fork(void)
{
    pid_t parent = getpid(), pid = fork();

    if (pid < 0)
        bench_fail("no more processes");
    if (pid > 0) {
        keep(pid);
        return pid;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    return 0;
}

pid_t child_start(const char *const *argv, int *out)
{
    int ends[2] = { -1, -1 };
    pid_t pid;

    if (out && pipe(ends) != 0)
        bench_fail("no pipe");
    pid = child_fork();
    if (pid == 0) {
        if (out)
            dup2(ends[1], STDOUT_FILENO);
        if (out)
            close(ends[0]);
        signal(SIGPIPE, SIG_DFL);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    if (out) {
        close(ends[1]);
        *out = ends[0];
    }
    return pid;
}

void child_stop(pid_t pid, int signal)
{
    kill(pid, signal);
    for (int ms = 0; ms < STOP_MS; ms += STEP_MS) {
        if (waitpid(pid, NULL, WNOHANG) == pid) {
            forget(pid);
            return;
        }
        poll(NULL, 0, STEP_MS);
    }
    fprintf(stderr, "bench: process %d does not stop\n", (int)pid);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    forget(pid);
}

static size_t read_some(int out, char *text, size_t room, int ms)
{
    struct pollfd wait = { .fd = out, .events = POLLIN };
    ssize_t got;

    if (poll(&wait, 1, ms) <= 0)
        bench_fail("nothing said in %d ms", ms);
    got = read(out, text, room);
    return got > 0 ? (size_t)got : 0;
}

void child_line(int out, char *text, size_t size, int ms)
{
    size_t len = 0, got;

    text[0] = '\0';
    while (len + 1 < size && !strchr(text, '\n')) {
        got = read_some(out, text + len, size - 1 - len, ms);
        if (got == 0)
            bench_fail("ended without a line: %s", text);
        len += got;
        text[len] = '\0';
    }
}

void child_output(const char *const *argv, char *text, size_t size)
{
    size_t len = 0, got;
    int out, status;
    pid_t pid = child_start(argv, &out);

    do {
        got = read_some(out, text + len, size - 1 - len, STOP_MS);
        len += got;
    } while (got > 0 && len + 1 < size);
    text[len] = '\0';
    close(out);
    waitpid(pid, &status, 0);
    forget(pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        bench_fail("%s %s failed", argv[0], argv[1] ? argv[1] : "");
}
