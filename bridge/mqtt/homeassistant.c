#include "bridge/mqtt/homeassistant.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "schemas/picture.pb-c.h"

/* By which it is known whose message it is. */
#define ORIGIN "\"o\":{\"name\":\"dumbwaiter\","

#define IDENTIFY_S 10

/* --- topics --- */

static bool print(char out[TOPIC_CHARS + 1], const char *prefix,
        const char *site, const char *id)
{
    int len = snprintf(
            out, TOPIC_CHARS + 1, "%s/device/%s/%s/config", prefix, site, id);

    return len > 0 && len <= TOPIC_CHARS;
}

bool home_print_topic(const struct home_place *place, const char *id,
        char out[TOPIC_CHARS + 1])
{
    return print(out, place->prefix, place->site, id);
}

bool home_print_filter(const char *site, char out[TOPIC_CHARS + 1])
{
    return print(out, "+", site, "+");
}

/* The next level, up to its slash or the end. False: it is no id. */
static bool take_level(const char **at, char level[ID_CHARS + 1])
{
    size_t len = strcspn(*at, "/");

    if (!id_is_valid(*at, len))
        return false;
    memcpy(level, *at, len);
    level[len] = '\0';
    *at += len + ((*at)[len] == '/');
    return true;
}

bool home_parse_topic(const char *site, const char *topic,
        char prefix[ID_CHARS + 1], char id[ID_CHARS + 1])
{
    char word[ID_CHARS + 1], where[ID_CHARS + 1], expected[TOPIC_CHARS + 1];
    const char *at = topic;

    return take_level(&at, prefix) && take_level(&at, word) &&
           take_level(&at, where) && take_level(&at, id) &&
           print(expected, prefix, site, id) && strcmp(expected, topic) == 0;
}

/* --- entities --- */

static bool has_any(const Dw__Device *device)
{
    (void)device;
    return true;
}

static bool has_battery(const Dw__Device *device)
{
    return device->telemetry && device->telemetry->has_battery_percent;
}

static bool has_signal(const Dw__Device *device)
{
    return device->telemetry && device->telemetry->has_rssi_dbm;
}

static bool is_printer(const Dw__Device *device)
{
    return strcmp(device->kind, "printer") == 0;
}

/* `.more` are members besides those that all have; `.value` is read from
 * dev/<id>/about, NULL: there is nothing to read. */
static const struct entity {
    const char *key, *platform, *name, *value, *more;
    bool is_always; /* also while the device is away */
    bool (*is_of)(const Dw__Device *device);
} entities[] = {
    { .key = "connected",
            .platform = "binary_sensor",
            .name = "Connected",
            .value = "{{ 'ON' if value_json.online else 'OFF' }}",
            .more = "\"device_class\":\"connectivity\","
                    "\"entity_category\":\"diagnostic\"",
            .is_always = true,
            .is_of = has_any },
    { .key = "battery",
            .platform = "sensor",
            .name = "Battery",
            .value = "{{ value_json.battery | default(none) }}",
            .more = "\"device_class\":\"battery\","
                    "\"unit_of_measurement\":\"%\","
                    "\"state_class\":\"measurement\","
                    "\"entity_category\":\"diagnostic\"",
            .is_of = has_battery },
    { .key = "signal",
            .platform = "sensor",
            .name = "Signal",
            .value = "{{ value_json.rssi | default(none) }}",
            .more = "\"device_class\":\"signal_strength\","
                    "\"unit_of_measurement\":\"dBm\","
                    "\"state_class\":\"measurement\","
                    "\"entity_category\":\"diagnostic\"",
            .is_of = has_signal },
    { .key = "paper",
            .platform = "binary_sensor",
            .name = "Paper",
            .value = "{{ 'ON' if value_json.paper == 'out' else 'OFF' }}",
            .more = "\"device_class\":\"problem\"",
            .is_of = is_printer },
    { .key = "identify",
            .platform = "button",
            .name = "Identify",
            .more = "\"device_class\":\"identify\","
                    "\"entity_category\":\"config\"",
            .is_of = has_any },
};

#define ENTITIES (sizeof(entities) / sizeof(entities[0]))

/* --- the message --- */

static void put_topic(
        struct buf *out, const char *name, const char *site, const char *rest)
{
    char topic[TOPIC_CHARS + 1];
    bool fits = topic_print(site, rest, topic);

    assert(fits); /* ids are short */
    (void)fits;
    buf_printf(out, "\"%s\":\"%s\"", name, topic);
}

static void put_hub_availability(struct buf *out, const char *site)
{
    buf_putc(out, '{');
    put_topic(out, "topic", site, "hub/state");
    buf_puts(out, ",\"value_template\":\"{{ value_json.s }}\"}");
}

/* Nothing is known while the hub is away, and little while the device is. */
static void put_availability(
        struct buf *out, const struct home_place *place, const char *about)
{
    buf_puts(out, "\"availability\":[");
    put_hub_availability(out, place->site);
    buf_puts(out, ",{");
    put_topic(out, "topic", place->site, about);
    buf_puts(out, ",\"value_template\":\"{{ 'online' if value_json.online "
                  "else 'offline' }}\"}],\"availability_mode\":\"all\"");
}

/* What is said as the producer that Home Assistant is. */
static void put_command(
        struct buf *out, const struct home_place *place, const char *id)
{
    char rest[TOPIC_CHARS + 1], said[128];

    snprintf(rest, sizeof(rest), "in/%s/device.identify_requested",
            place->client);
    snprintf(said, sizeof(said), "{\"deviceId\":\"%s\",\"seconds\":%d}", id,
            IDENTIFY_S);
    buf_putc(out, ',');
    put_topic(out, "command_topic", place->site, rest);
    buf_puts(out, ",\"qos\":1,\"payload_press\":");
    buf_put_json(out, said);
}

static void put_value(struct buf *out, const struct home_place *place,
        const char *about, const char *value)
{
    buf_putc(out, ',');
    put_topic(out, "state_topic", place->site, about);
    buf_printf(out, ",\"value_template\":\"%s\"", value);
}

static void put_entity(struct buf *out, const struct home_place *place,
        const char *id, const char *about, const struct entity *entity)
{
    buf_printf(out,
            "\"%s\":{\"p\":\"%s\",\"unique_id\":\"dumbwaiter.%s.%s.%s\","
            "\"name\":\"%s\",%s",
            entity->key, entity->platform, place->site, id, entity->key,
            entity->name, entity->more);
    if (entity->value)
        put_value(out, place, about, entity->value);
    else
        put_command(out, place, id);
    if (entity->is_always) {
        buf_puts(out, ",\"availability\":[");
        put_hub_availability(out, place->site);
        buf_putc(out, ']');
    }
    buf_putc(out, '}');
}

static void put_device(struct buf *out, const struct home_place *place,
        const Dw__Device *device)
{
    buf_printf(out,
            "\"dev\":{\"ids\":[\"dumbwaiter.%s.%s\"],\"name\":\"%s\","
            "\"mf\":\"dumbwaiter\",\"mdl\":",
            place->site, device->id, device->id);
    buf_put_json(out, device->kind);
    if (device->firmware && *device->firmware) {
        buf_puts(out, ",\"sw\":");
        buf_put_json(out, device->firmware);
    }
    buf_putc(out, '}');
}

void home_put_config(struct buf *out, const struct home_place *place,
        const Dw__Device *device)
{
    char about[TOPIC_CHARS + 1];
    bool first = true;

    assert(id_is_valid(device->id, strlen(device->id)));
    snprintf(about, sizeof(about), "dev/%s/about", device->id);
    buf_putc(out, '{');
    put_device(out, place, device);
    buf_puts(out, "," ORIGIN "\"sw\":\"" DUMBWAITER_VERSION "\"},\"cmps\":{");
    for (size_t i = 0; i < ENTITIES; i++) {
        if (!entities[i].is_of(device))
            continue;
        if (!first)
            buf_putc(out, ',');
        first = false;
        put_entity(out, place, device->id, about, &entities[i]);
    }
    buf_puts(out, "},");
    put_availability(out, place, about);
    buf_putc(out, '}');
}

bool home_is_ours(const void *text, size_t len)
{
    return len > 0 && memmem(text, len, ORIGIN, sizeof(ORIGIN) - 1);
}
