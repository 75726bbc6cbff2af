/*
 * wishes: what the hub wants of any device, as it says it on dev/d1/cmd. For
 * tests.
 */
#ifndef TESTS_DEVICES_CORE_WISHES_H
#define TESTS_DEVICES_CORE_WISHES_H

#include "tests/devices/desk.h"

/* A kind that does nothing but show its presses. */
static inline void wishes_on_input(
        struct device *device, enum device_input input)
{
    device_show(device, "input %d", (int)input);
}

static const struct device_kind wishing = {
    .name = "button",
    .keeps_light = true,
    .on_input = wishes_on_input,
};

static const struct device_config wishing_config = { .id = "d1",
    .site = "main" };

static inline void say_identify(
        struct desk *desk, int32_t seconds, uint64_t now_ms)
{
    Dw__DeviceIdentify body = DW__DEVICE_IDENTIFY__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope = desk_envelope(
            desk, id, DW__ENVELOPE__BODY_DEVICE_IDENTIFY_REQUESTED);

    body.device_id = (char *)"d1";
    body.has_seconds = seconds >= 0;
    body.seconds = (uint32_t)seconds;
    envelope.device_identify_requested = &body;
    desk_deliver(desk, "dev/d1/cmd", &envelope, now_ms);
}

static inline void say_configured(struct desk *desk,
        const struct device_settings *settings, uint64_t now_ms)
{
    Dw__DeviceConfigured body = DW__DEVICE_CONFIGURED__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_DEVICE_CONFIGURED);

    body.device_id = (char *)"d1";
    body.has_rev = true;
    body.rev = settings->rev;
    body.has_mute_from_min = body.has_mute_to_min = true;
    body.mute_from_min = settings->mute_from_min;
    body.mute_to_min = settings->mute_to_min;
    body.has_utc_offset_min = true;
    body.utc_offset_min = settings->utc_offset_min;
    body.has_sleep_s = body.has_telemetry_s = true;
    body.sleep_s = settings->sleep_s;
    body.telemetry_s = settings->telemetry_s;
    envelope.device_configured = &body;
    desk_deliver(desk, "dev/d1/cmd", &envelope, now_ms);
}

/* The newest sending of this sort, or NULL; free with
 * dw__envelope__free_unpacked. */
static inline Dw__Envelope *last_of(
        struct desk *desk, Dw__Envelope__BodyCase body)
{
    for (uint32_t i = desk->sent_count; i-- > 0;) {
        const struct desk_sent *sent = &desk->sent[i % DESK_SENT];
        Dw__Envelope *envelope =
                dw__envelope__unpack(NULL, sent->len, sent->bytes);

        if (envelope && envelope->body_case == body)
            return envelope;
        if (envelope)
            dw__envelope__free_unpacked(envelope, NULL);
    }
    return NULL;
}

#endif
