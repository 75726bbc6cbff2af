/* What is heard, seen and shown. */
#include <stdio.h>
#include <string.h>

#include "devices/core/device_parts.h"
#include "devices/core/text.h"

#define LINE_BYTES (DEVICE_DISPLAY_COLUMNS * TEXT_MAX_BYTES + 1)

/* --- playing --- */

static void play(struct device *device, struct device_tune *tune,
        enum pattern_id pattern)
{
    tune->id = pattern;
    tune->since_ms = device->now_ms;
}

void device_play(struct device *device, enum pattern_id pattern)
{
    if (device->signal.lasting.id != pattern)
        play(device, &device->signal.lasting, pattern);
}

void device_play_once(struct device *device, enum pattern_id pattern)
{
    play(device, &device->signal.once, pattern);
}

static uint64_t after_ms(
        const struct device *device, const struct device_tune *tune)
{
    return device->now_ms - tune->since_ms;
}

static bool is_over(const struct device *device, const struct device_tune *tune)
{
    return pattern_is_over(&patterns[tune->id], after_ms(device, tune));
}

/* The one that counts now, or NULL. */
static const struct device_tune *playing(const struct device *device)
{
    const struct device_signal *signal = &device->signal;
    const struct device_tune *const tunes[] = { &signal->identify,
        &signal->once, &signal->lasting, &signal->battery };

    for (uint32_t i = 0; i < sizeof(tunes) / sizeof(tunes[0]); i++)
        if (!is_over(device, tunes[i]))
            return tunes[i];
    return NULL;
}

static bool is_heard(const struct device *device, const struct pattern *pattern)
{
    return pattern->buzzes &&
           (pattern->is_urgent || !settings_are_mute(&device->settings,
                                          device_wall_ms(device)));
}

bool device_is_ringing(const struct device *device)
{
    const struct device_tune *tune = playing(device);

    return tune && patterns[tune->id].buzzes;
}

static void set_outputs(struct device *device, bool buzzes, bool shines)
{
    struct device_signal *signal = &device->signal;

    if (buzzes != signal->is_buzzing)
        device->platform->buzz(device->platform->ctx, buzzes);
    if (shines != signal->is_lit)
        device->platform->led(device->platform->ctx, shines);
    signal->is_buzzing = buzzes;
    signal->is_lit = shines;
}

void device_signal(struct device *device)
{
    struct device_signal *signal = &device->signal;
    const struct device_tune *tune;
    bool on;

    if (!device_is_low(device))
        signal->battery.id = PATTERN_NONE;
    else if (signal->battery.id == PATTERN_NONE)
        play(device, &signal->battery, PATTERN_LOW_BATTERY);
    tune = playing(device);
    if (!tune) {
        set_outputs(device, false,
                device->stage == DEVICE_ONLINE && !device->kind->keeps_light);
        return;
    }
    on = pattern_is_on(&patterns[tune->id], after_ms(device, tune));
    set_outputs(device, on && is_heard(device, &patterns[tune->id]), on);
}

uint64_t device_signal_due_ms(const struct device *device)
{
    const struct device_tune *tune = playing(device);
    uint64_t due_ms = UINT64_MAX;

    if (tune)
        due_ms = pattern_next_ms(&patterns[tune->id], after_ms(device, tune));
    if (due_ms != UINT64_MAX)
        due_ms += tune->since_ms;
    if (device->signal.identify_until_ms &&
            device->signal.identify_until_ms < due_ms)
        due_ms = device->signal.identify_until_ms;
    return due_ms;
}

void device_hush(struct device *device)
{
    struct device_signal *signal = &device->signal;

    signal->identify.id = PATTERN_NONE;
    signal->once.id = PATTERN_NONE;
    signal->lasting.id = PATTERN_NONE;
    set_outputs(device, false, signal->is_lit);
}

/* --- showing --- */

/* What stands there, as a number: FNV-1a. Never 0, which is nothing known. */
static uint32_t print_of(char lines[][LINE_BYTES], uint32_t count)
{
    uint32_t print = 2166136261u;

    for (uint32_t i = 0; i < count; i++)
        for (const char *c = lines[i];; c++) {
            print = (print ^ (uint8_t)*c) * 16777619u;
            if (!*c)
                break;
        }
    return print ? print : 1;
}

/* As many letters of it as a line has columns. */
static void cut(char line[LINE_BYTES])
{
    const char *at = line;

    for (uint32_t i = 0; i < DEVICE_DISPLAY_COLUMNS; i++)
        text_next(&at);
    line[at - line] = '\0';
}

static void draw(
        struct device *device, const char *const *lines, uint32_t count)
{
    char text[DEVICE_DISPLAY_LINES][LINE_BYTES];
    const char *cut_lines[DEVICE_DISPLAY_LINES];
    uint32_t print;

    if (count > DEVICE_DISPLAY_LINES)
        count = DEVICE_DISPLAY_LINES;
    for (uint32_t i = 0; i < count; i++) {
        text_printable(text[i], sizeof(text[i]), lines[i]);
        cut(text[i]);
        cut_lines[i] = text[i];
    }
    print = print_of(text, count);
    if (print == device->signal.shown)
        return;
    device->signal.shown = print;
    device->platform->display(device->platform->ctx, cut_lines, count);
}

void device_display(
        struct device *device, const char *const *lines, uint32_t count)
{
    if (!device->signal.identify_until_ms)
        draw(device, lines, count);
}

/* --- being found --- */

static void begin_identify(struct device *device, uint32_t seconds)
{
    const char *const lines[] = { device->config.id, device->kind->name };

    play(device, &device->signal.identify, PATTERN_IDENTIFY);
    device->signal.identify_until_ms = device->now_ms + seconds * 1000ull;
    device_show(device, "identify seconds=%lu", (unsigned long)seconds);
    draw(device, lines, 2);
}

static void end_identify(struct device *device)
{
    device->signal.identify.id = PATTERN_NONE;
    device->signal.identify_until_ms = 0;
    device_show(device, "identified");
    draw(device, NULL, 0); /* until the kind says what else */
    device_wake(device, device->now_ms);
}

void device_identify(struct device *device, uint32_t seconds)
{
    bool is_on = device->signal.identify_until_ms != 0;

    if (seconds == 0 && !is_on)
        return;
    if (seconds > 0)
        begin_identify(device, seconds);
    else
        end_identify(device);
    if (device->kind->on_identify)
        device->kind->on_identify(device, seconds);
}
