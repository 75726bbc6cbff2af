/*
 * demo: the demonstration around an evening: simulated devices as children,
 * which are real MQTT clients of the real broker, and the links to look at.
 *
 * The devices are this same program, `dumbwaiter device …`, and the printer's
 * paper is `dumbwaiter virtual-printer`; what they print
 * is shown line by line with their name in front. They end with the daemon,
 * however it ends.
 */
#ifndef BRIDGE_DEMO_H
#define BRIDGE_DEMO_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "hub/base/err.h"

struct auth;
struct config;
struct demo;
struct hub;

struct demo_options {
    uv_loop_t *loop;
    struct hub *hub;
    const struct auth *auth;
    const struct config *config;
    bool own_broker; /* false: nobody can be enrolled; an evening without
                        devices */
};

/* Enrol the devices; call it before the broker starts. Handed over. */
enum err demo_open(struct demo **demo, const struct demo_options *options);

/* The folder of the printer's tickets, for pages; NULL: there is none, or no
 * demo. Good until demo_close. */
const char *demo_paper(const struct demo *demo);

/* The broker is there: start the devices, while processes can be started. They
 * wait for demo_start. */
void demo_begin(struct demo *demo, uint16_t mqtt_port);

/* The daemon is ready: print the links, let the devices begin, and print what
 * they say. */
void demo_start(struct demo *demo, uint16_t http_port, uint16_t mqtt_port);

/* Call about ten times a second, after demo_start. */
void demo_tick(struct demo *demo, int64_t now_ms);

/*
 * Stop the devices by their ids: TERM, a second later KILL. The memory goes
 * when the loop has run their close callbacks. NULL is fine.
 */
void demo_close(struct demo *demo);

#endif
