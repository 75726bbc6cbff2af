/* A row of keys in front of a kitchen's screen. */
#include <string.h>

#include "devices/kinds/kinds.h"
#include "schemas/envelope.pb-c.h"

/* What the screen shows has changed by then: the key would be another one. */
#define KEEP_MS 10000

static const char *const words[] = { "1", "2", "3", "4", "5", "6", "7", "8",
    "9", "bump", "recall", "next", "previous", "up", "down" };

static bool is_key(const char *word)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

/* Each counts, also the same one twice. */
static bool say_key(struct device *device, const char *word)
{
    Dw__DeviceKey body = DW__DEVICE_KEY__INIT;
    const struct fact fact = { .topic = FACT_EVT,
        .class = FACT_MOMENT,
        .field = DW__ENVELOPE__BODY_DEVICE_KEY_PRESSED,
        .body = &body.base,
        .keep_ms = KEEP_MS };

    body.station = (char *)device->config.station; /* these are only read */
    body.key_name = (char *)word;
    return device_say(device, &fact);
}

static void on_word(struct device *device, const char *word)
{
    if (!is_key(word))
        return;
    if (say_key(device, word)) {
        device_show(device, "key %s", word);
        device_play_once(device, PATTERN_PRESSED);
    } else {
        device_play_once(device, PATTERN_REFUSED);
    }
}

static void on_refused(struct device *device, const uint8_t id[DEVICE_ID_BYTES])
{
    (void)id;
    device_play_once(device, PATTERN_REFUSED);
}

const struct device_kind bumpbar_kind = {
    .name = "bumpbar",
    .about = "keys of a kitchen's screen: 1 to 9, bump, recall, next, "
             "previous, up, down",
    .on_word = on_word,
    .on_refused = on_refused,
};
