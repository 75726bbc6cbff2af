/*
 * limits: how much a device on a 32-bit board holds (devices/core/limits.h has
 * what each is). The compiler reads it before anything else (-include), for
 * the board and for the tests that compare it with a computer.
 */
#ifndef DEVICES_PORT_RV32_LIMITS_H
#define DEVICES_PORT_RV32_LIMITS_H

#define DEVICE_MESSAGE_BYTES 1024
#define DEVICE_ARENA_BYTES   2048
#define DEVICE_FACTS         8
#define DEVICE_FACT_BYTES    384
#define DEVICE_HELD          2
#define DEVICE_HELD_BYTES    384
#define DEVICE_SEEN          32

#endif
