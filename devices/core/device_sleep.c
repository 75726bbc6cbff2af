/*
 * A device that hears nothing but now and then.
 *
 * It says for how long it goes, ends the link and sleeps. At its wake it begins
 * with a clean session and hears only what is for it alone and the hub's
 * answers: what happened meanwhile the hub has, and sends what of that is
 * current. It stays STAY_MS after the hub's last word, and as long as it rings
 * or has something to say that the hub has not.
 *
 * Nobody's absence keeps it awake until the battery is empty: without a link,
 * or without an answer, it sleeps after a while as well, and tries again then.
 */
#include "devices/core/device_parts.h"

#define STAY_MS    3000
#define GOODBYE_MS 2000 /* the broker's time to take it */
#define LINK_MS    20000
#define ANSWER_MS  60000
#define RETRY_MS   1000

uint32_t device_sleep_s(const struct device *device)
{
    if (device->kind->never_sleeps)
        return 0;
    return device->settings.rev ? device->settings.sleep_s
                                : device->config.sleep_s;
}

/* For how long it goes now. */
static uint32_t next_s(const struct device *device)
{
    return device->sleep.hint_s ? device->sleep.hint_s : device_sleep_s(device);
}

bool device_wants_link(const struct device *device)
{
    bool is_too_narrow = device->sleep.is_narrow && !device_sleep_s(device);

    return device->asleep_until_ms == 0 && !is_too_narrow;
}

bool device_keeps_session(const struct device *device)
{
    return device_sleep_s(device) == 0;
}

static void fall_asleep(struct device *device)
{
    uint32_t seconds = next_s(device);

    device->sleep.goodbye = 0;
    device->asleep_until_ms = device->now_ms + seconds * 1000ull;
    device_show(device, "asleep seconds=%lu", (unsigned long)seconds);
}

/* The hub has heard, or will, that it sleeps; the link has not ended yet. */
static void take_back(struct device *device)
{
    if (device->stage != DEVICE_ONLINE)
        return;
    device_say_state(device, "online", 0);
    device_announce(device);
}

static void wake_up(struct device *device)
{
    device->asleep_until_ms = 0;
    device->sleep.awake_ms = device->now_ms;
    take_back(device);
}

void device_sleep_linked(struct device *device)
{
    device->sleep.is_narrow = device_sleep_s(device) > 0;
    device->sleep.is_answered = false;
    device->sleep.awake_ms = device->now_ms;
}

void device_sleep_lost(struct device *device, bool was_up)
{
    device->sleep.is_narrow = false;
    if (was_up)
        device->sleep.awake_ms = device->now_ms;
    if (device->sleep.goodbye)
        fall_asleep(device);
}

void device_sleep_heard(struct device *device, uint32_t hint_s)
{
    device->sleep.is_answered = true;
    device->sleep.stay_ms = device->now_ms + STAY_MS;
    if (hint_s)
        device->sleep.hint_s = hint_s;
}

void device_sleep_break(struct device *device)
{
    if (device->asleep_until_ms)
        wake_up(device);
    device->sleep.awake_ms = device->now_ms;
    device->sleep.stay_ms = device->now_ms + STAY_MS;
    if (!device->sleep.goodbye)
        return;
    device->sleep.goodbye = 0;
    take_back(device);
}

/* Does nothing want it awake? */
static bool is_idle(const struct device *device)
{
    uint64_t quiet_ms = device->now_ms - device->sleep.awake_ms;

    if (press_due_ms(&device->key) != UINT64_MAX)
        return false;
    if (device->stage != DEVICE_ONLINE)
        return quiet_ms >= LINK_MS;
    if (quiet_ms >= ANSWER_MS)
        return true;
    return device->sleep.is_answered &&
           device->now_ms >= device->sleep.stay_ms &&
           !outbox_is_pressing(&device->outbox);
}

static void say_goodbye(struct device *device)
{
    if (device->stage != DEVICE_ONLINE) {
        fall_asleep(device);
        return;
    }
    device->sleep.goodbye = device_say_state(device, "asleep", next_s(device));
    device->sleep.goodbye_ms = device->now_ms;
}

void device_sleep_turn(struct device *device)
{
    if (device->asleep_until_ms) {
        if (device->now_ms >= device->asleep_until_ms)
            wake_up(device);
        return;
    }
    if (device->sleep.goodbye) {
        if (device->now_ms - device->sleep.goodbye_ms >= GOODBYE_MS)
            fall_asleep(device);
        return;
    }
    if (device_is_ringing(device))
        device->sleep.awake_ms = device->now_ms;
    else if (device_sleep_s(device) && is_idle(device))
        say_goodbye(device);
}

void device_sleep_published(struct device *device, int token)
{
    if (device->sleep.goodbye && token == device->sleep.goodbye)
        fall_asleep(device);
}

/* When it would go if nothing happens. */
static uint64_t idle_ms(const struct device *device)
{
    const struct device_sleep *sleep = &device->sleep;

    if (device->stage != DEVICE_ONLINE)
        return sleep->awake_ms + LINK_MS;
    if (sleep->is_answered && sleep->stay_ms > device->now_ms)
        return sleep->stay_ms;
    return sleep->awake_ms + ANSWER_MS;
}

uint64_t device_sleep_due_ms(const struct device *device)
{
    const struct device_sleep *sleep = &device->sleep;
    uint64_t due_ms = idle_ms(device);

    if (device->asleep_until_ms)
        return device->asleep_until_ms;
    if (sleep->goodbye)
        return sleep->goodbye_ms + GOODBYE_MS;
    if (!device_sleep_s(device))
        return UINT64_MAX;
    /* The platform may have taken no goodbye. */
    return due_ms > device->now_ms ? due_ms : device->now_ms + RETRY_MS;
}
