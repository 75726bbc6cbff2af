/*
 * daemon: the program under test, with its own broker, on free ports and in a
 * folder of its own.
 */
#ifndef BENCH_DAEMON_H
#define BENCH_DAEMON_H

#include <stdint.h>
#include <sys/types.h>

struct daemon {
    const char *program;
    char data[256]; /* its journal and keys */
    pid_t pid;
    pid_t broker;
    uint16_t port; /* HTTP */
    uint16_t mqtt_port;
};

/* A producer's name and password. */
struct credential {
    char user[64];
    char password[128];
};

/* Start, on `folder`/data, and wait until it is ready. */
void daemon_start(
        struct daemon *daemon, const char *program, const char *folder);

void daemon_stop(struct daemon *daemon);

/* A token for a role. */
void daemon_token(
        const struct daemon *daemon, const char *role, char *text, size_t size);

void daemon_enrol(const struct daemon *daemon, const char *name,
        struct credential *credential);

/* One figure of /metrics, by its whole name. */
uint64_t daemon_metric(const struct daemon *daemon, const char *name);

#endif
