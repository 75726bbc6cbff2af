/*
 * child: the broker's process as others see it, by <dir>/mosquitto.pid.
 *
 * A daemon that was killed leaves its broker behind. The id in the file counts
 * only while that process was started with our configuration file, so that no
 * stranger who got the number since is ever touched.
 */
#ifndef BRIDGE_MQTT_CHILD_H
#define BRIDGE_MQTT_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "hub/base/err.h"

/* Is `pid` a living process that has `conf` as an argument? */
bool child_is_ours(pid_t pid, const char *conf);

/* Does `pid` catch the signal? False: it would ignore it, or end by it. */
bool child_catches(pid_t pid, int signal);

/* The running broker of `dir`, or 0. */
pid_t child_find(const char *dir);

/* Write the file. ERR_IO: the log says why. */
enum err child_note(const char *dir, pid_t pid);

/* Forget the file. */
void child_unnote(const char *dir);

/*
 * TERM, and KILL after 3 s, to a process that is not our child; returns when
 * it is gone. ERR_UNAVAILABLE: it cannot be stopped; the log says why.
 */
enum err child_stop_leftover(const char *dir);

#endif
