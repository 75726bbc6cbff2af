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

/* Ids of messages that are remembered, so that a copy is not acted on. */
#define DEVICE_SEEN 64

/* Facts waiting for the broker's receipt, and the longest of them. */
#define DEVICE_FACTS      16
#define DEVICE_FACT_BYTES 512

/* Longest line for a human, with its NUL. */
#define DEVICE_LINE_BYTES 240

/* A fact without a receipt on a link that works is sent again after this. */
#define DEVICE_RESEND_MS 30000

#endif
