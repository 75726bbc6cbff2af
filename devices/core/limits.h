/*
 * limits: how much a device holds, all of it fixed when it is compiled. A
 * port may give other sizes with -D; those here suit a small computer, and
 * the figures in brackets a microcontroller.
 */
#ifndef DEVICES_CORE_LIMITS_H
#define DEVICES_CORE_LIMITS_H

/* Longest message taken in, in bytes (1024 for a pager): the hub's largest
 * event, which has a body of 32 KiB. A longer one is lost without a word. */
#ifndef DEVICE_MESSAGE_BYTES
#define DEVICE_MESSAGE_BYTES (33 * 1024)
#endif

/* Memory for one decoded message, in bytes (2048 for a pager). */
#ifndef DEVICE_ARENA_BYTES
#define DEVICE_ARENA_BYTES (512 * 1024)
#endif

/* Longest topic, with its NUL. */
#define DEVICE_TOPIC_BYTES 129

/* Ids of messages that are remembered, so that a copy is not acted on (32). */
#ifndef DEVICE_SEEN
#define DEVICE_SEEN 64
#endif

/* Ids of commands acted on that are known after a loss of power. */
#define DEVICE_DONE 16

/* Facts waiting for the hub's receipt (8), and the longest of them (384). */
#ifndef DEVICE_FACTS
#define DEVICE_FACTS 16
#endif
#ifndef DEVICE_FACT_BYTES
#define DEVICE_FACT_BYTES 512
#endif

/* Messages that wait until somebody says what time it is (2), and the longest
 * of them (384). */
#ifndef DEVICE_HELD
#define DEVICE_HELD 4
#endif
#ifndef DEVICE_HELD_BYTES
#define DEVICE_HELD_BYTES 512
#endif

/* Flash wears out: so many writes at once, and one more each DEVICE_KEEP_MS,
 * which are 120 an hour at most. What is over that is kept in memory only. */
#define DEVICE_KEEPS   60
#define DEVICE_KEEP_MS 30000

/* Longest line for a human, with its NUL. */
#define DEVICE_LINE_BYTES 240

/* A fact without the hub's receipt is sent again after this, on a link that
 * works; then after twice the time, up to DEVICE_RESEND_MOST_MS. */
#define DEVICE_RESEND_MS      30000
#define DEVICE_RESEND_MOST_MS (8 * DEVICE_RESEND_MS)

/* How often it says how it is, if nobody has said otherwise; seconds. */
#define DEVICE_TELEMETRY_S 300

/* A fact that says nothing else is given up after this. */
#define DEVICE_FACT_MS (12 * 60 * 60 * 1000u)

#endif
