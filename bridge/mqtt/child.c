#include "bridge/mqtt/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bridge/mqtt/files.h"
#include "hub/base/log.h"

#define STEP_MS 20
#define TERM_MS 3000
#define KILL_MS 1000

bool child_is_ours(pid_t pid, const char *conf)
{
    char path[64], line[BROKER_PATH_BYTES * 2];
    ssize_t len;
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    len = read(fd, line, sizeof(line) - 1);
    close(fd);
    if (len <= 0)
        return false;
    line[len] = '\0';
    for (const char *arg = line; arg < line + len; arg += strlen(arg) + 1)
        if (strcmp(arg, conf) == 0)
            return true;
    return false;
}

bool child_catches(pid_t pid, int signal)
{
    static const char name[] = "SigCgt:";
    unsigned long long caught = 0;
    char path[64], line[128];
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file))
        if (strncmp(line, name, sizeof(name) - 1) == 0)
            caught = strtoull(line + sizeof(name) - 1, NULL, 16);
    if (file)
        fclose(file);
    return caught >> (signal - 1) & 1;
}

pid_t child_find(const char *dir)
{
    char conf[BROKER_PATH_BYTES], *end;
    struct buf text;
    long pid = 0;

    buf_init(&text, 32);
    if (files_path(dir, "mosquitto.conf", conf) == ERR_OK &&
            files_read(dir, "mosquitto.pid", &text) == ERR_OK) {
        buf_putc(&text, '\0');
        pid = text.failed ? 0 : strtol(text.data, &end, 10);
    }
    buf_finish(&text);
    return pid > 1 && child_is_ours((pid_t)pid, conf) ? (pid_t)pid : 0;
}

enum err child_note(const char *dir, pid_t pid)
{
    char text[32];
    int len = snprintf(text, sizeof(text), "%ld\n", (long)pid);

    return files_replace(dir, "mosquitto.pid", text, (size_t)len);
}

void child_unnote(const char *dir)
{
    char path[BROKER_PATH_BYTES];

    if (files_path(dir, "mosquitto.pid", path) == ERR_OK)
        unlink(path);
}

/* Signal it, then wait; it is nobody's child here, so look, not wait(). */
static bool end_it(const char *dir, pid_t pid, int signal, int deadline_ms)
{
    const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };

    if (kill(pid, signal) != 0 && errno != ESRCH) {
        log_error("broker: cannot stop process %ld: %s", (long)pid,
                strerror(errno));
        return false;
    }
    for (int ms = 0; ms < deadline_ms; ms += STEP_MS) {
        if (child_find(dir) != pid)
            return true;
        nanosleep(&step, NULL);
    }
    return false;
}

enum err child_stop_leftover(const char *dir)
{
    pid_t pid = child_find(dir);

    if (pid == 0)
        return ERR_OK;
    log_info("broker: stopping process %ld, left behind by an earlier run",
            (long)pid);
    if (end_it(dir, pid, SIGTERM, TERM_MS) ||
            end_it(dir, pid, SIGKILL, KILL_MS))
        return ERR_OK;
    log_error("broker: process %ld does not end", (long)pid);
    return ERR_UNAVAILABLE;
}
