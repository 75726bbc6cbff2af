#include "tests/bench/daemon.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/base.h"
#include "tests/bench/child.h"

#define READY_MS      20000
#define METRICS_BYTES (256 * 1024)

/* The number after `mark` in `text`. */
static uint16_t port_after(const char *text, const char *mark)
{
    const char *at = strstr(text, mark);
    const char *colon = at ? strchr(at + strlen(mark), ':') : NULL;

    if (!colon)
        bench_fail("not ready: %s", text);
    return (uint16_t)strtoul(colon + 1, NULL, 10);
}

/* The one child of a process that has one. */
static pid_t child_of(pid_t pid)
{
    char path[64];
    int child = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid,
            (int)pid);
    file = fopen(path, "r");
    if (!file || fscanf(file, "%d", &child) != 1)
        bench_fail("the daemon has no broker");
    fclose(file);
    return child;
}

void daemon_start(
        struct daemon *daemon, const char *program, const char *folder)
{
    const char *argv[] = { program, "serve", "--data", daemon->data, "--port",
        "0", "--mqtt-port", "0", "--log-level", "error",
        /* Its clients are one bearer. */
        "--max-bearer", "60000", NULL };
    char line[512];
    int out;

    *daemon = (struct daemon){ .program = program };
    snprintf(daemon->data, sizeof(daemon->data), "%s/data", folder);
    daemon->pid = child_start(argv, &out);
    child_line(out, line, sizeof(line), READY_MS);
    close(out);
    daemon->port = port_after(line, "http://");
    daemon->mqtt_port = port_after(line, "mqtt://");
    daemon->broker = child_of(daemon->pid);
}

void daemon_stop(struct daemon *daemon)
{
    child_stop(daemon->pid, SIGTERM);
    daemon->pid = 0;
}

void daemon_token(
        const struct daemon *daemon, const char *role, char *text, size_t size)
{
    const char *argv[] = { daemon->program, "token", "--data", daemon->data,
        "--role", role, "--ttl", "1h", NULL };

    child_output(argv, text, size);
    text[strcspn(text, "\r\n")] = '\0';
}

/* The string of a JSON object, which has no escapes. */
static void copy_member(
        const char *text, const char *name, char *out, size_t size)
{
    const char *at = strstr(text, name);

    at = at ? strchr(at + strlen(name), ':') : NULL;
    at = at ? strchr(at, '"') : NULL;
    if (!at)
        bench_fail("no %s in %s", name, text);
    snprintf(out, size, "%.*s", (int)strcspn(at + 1, "\""), at + 1);
}

void daemon_enrol(const struct daemon *daemon, const char *name,
        struct credential *credential)
{
    const char *argv[] = { daemon->program, "enrol", "producer", name, "--json",
        "--data", daemon->data, NULL };
    char text[1024];

    child_output(argv, text, sizeof(text));
    copy_member(
            text, "\"username\"", credential->user, sizeof(credential->user));
    copy_member(text, "\"password\"", credential->password,
            sizeof(credential->password));
}

/* The whole answer to GET /metrics. */
static void get_metrics(uint16_t port, char *text, size_t size)
{
    static const char ask[] = "GET /metrics HTTP/1.1\r\nHost: bench\r\n"
                              "Connection: close\r\n\r\n";
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval limit = { .tv_sec = 10 };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    size_t len = 0;
    ssize_t got = 1;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
            send(fd, ask, sizeof(ask) - 1, 0) != sizeof(ask) - 1)
        bench_fail("no /metrics");
    while (got > 0 && len + 1 < size) {
        got = recv(fd, text + len, size - 1 - len, 0);
        len += got > 0 ? (size_t)got : 0;
    }
    text[len] = '\0';
    close(fd);
}

uint64_t daemon_metric(const struct daemon *daemon, const char *name)
{
    static char text[METRICS_BYTES];
    size_t len = strlen(name);
    const char *line;

    get_metrics(daemon->port, text, sizeof(text));
    for (line = strchr(text, '\n'); line; line = strchr(line + 1, '\n'))
        if (strncmp(line + 1, name, len) == 0 && line[1 + len] == ' ')
            return strtoull(line + 2 + len, NULL, 10);
    bench_fail("no %s in /metrics", name);
}
