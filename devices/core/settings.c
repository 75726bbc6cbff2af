#include "devices/core/settings.h"

#define FORM    1
#define DAY_MIN 1440

static bool are_sane(const struct device_settings *settings)
{
    return settings->rev > 0 && settings->mute_from_min < DAY_MIN &&
           settings->mute_to_min < DAY_MIN &&
           settings->utc_offset_min >= -SETTINGS_OFFSET_MOST &&
           settings->utc_offset_min <= SETTINGS_OFFSET_MOST &&
           settings->sleep_s <= SETTINGS_SLEEP_MOST &&
           (settings->telemetry_s == 0 ||
                   (settings->telemetry_s >= SETTINGS_TELE_LEAST &&
                           settings->telemetry_s <= SETTINGS_TELE_MOST));
}

bool settings_of(
        struct device_settings *settings, const Dw__DeviceConfigured *said)
{
    const struct device_settings made = { .rev = said->rev,
        .mute_from_min = said->mute_from_min,
        .mute_to_min = said->mute_to_min,
        .utc_offset_min = said->utc_offset_min,
        .sleep_s = said->sleep_s,
        .telemetry_s = said->telemetry_s };

    if (!are_sane(&made))
        return false;
    *settings = made;
    return true;
}

static uint8_t *put(uint8_t *at, uint64_t value, uint32_t bytes)
{
    while (bytes-- > 0)
        *at++ = (uint8_t)(value >> (8 * bytes));
    return at;
}

static uint64_t get(const uint8_t **at, uint32_t bytes)
{
    uint64_t value = 0;

    while (bytes-- > 0)
        value = value << 8 | *(*at)++;
    return value;
}

size_t settings_write(
        uint8_t out[SETTINGS_BYTES], const struct device_settings *settings)
{
    uint8_t *at = out;

    at = put(at, FORM, 1);
    at = put(at, settings->rev, 8);
    at = put(at, settings->mute_from_min, 2);
    at = put(at, settings->mute_to_min, 2);
    at = put(at, (uint32_t)settings->utc_offset_min, 4);
    at = put(at, settings->sleep_s, 4);
    at = put(at, settings->telemetry_s, 4);
    return (size_t)(at - out);
}

bool settings_read(
        struct device_settings *settings, const uint8_t *bytes, size_t len)
{
    struct device_settings found;
    const uint8_t *at = bytes;

    if (len != SETTINGS_BYTES || get(&at, 1) != FORM)
        return false;
    found.rev = get(&at, 8);
    found.mute_from_min = (uint32_t)get(&at, 2);
    found.mute_to_min = (uint32_t)get(&at, 2);
    found.utc_offset_min = (int32_t)(uint32_t)get(&at, 4);
    found.sleep_s = (uint32_t)get(&at, 4);
    found.telemetry_s = (uint32_t)get(&at, 4);
    if (!are_sane(&found))
        return false;
    *settings = found;
    return true;
}

bool settings_are_mute(const struct device_settings *settings, uint64_t wall_ms)
{
    uint32_t from = settings->mute_from_min;
    uint32_t to = settings->mute_to_min;
    uint32_t now;

    if (from == to || wall_ms == 0)
        return false;
    /* A day is added so that an offset to the west stays above 0. */
    now = (uint32_t)(((int64_t)(wall_ms / 60000 % DAY_MIN) + DAY_MIN +
                             settings->utc_offset_min) %
                     DAY_MIN);
    return from < to ? now >= from && now < to : now >= from || now < to;
}
