#include <string.h>

#include "devices/kinds/kinds.h"
#include "devices/kinds/ladder.h"

/* An order of before that is no news: after an outage nobody wants to hear last
 * night's. */
#define FRESH_MS 120000

struct buzzer {
    struct ladder ladder;
    bool is_ringing; /* an escalation, as last shown */
};

/* Is anything of the order made at our station? */
static bool concerns(const struct device *device, const Dw__Order *order)
{
    const char *station = device->config.station;
    bool any_station = false;

    for (size_t i = 0; station && i < order->n_items; i++) {
        const char *at = order->items[i]->station;

        if (at && at[0]) {
            any_station = true;
            if (strcmp(at, station) == 0)
                return true;
        }
    }
    return !any_station;
}

/* --- escalations --- */

static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

static bool is_own_station(
        const struct device *device, const Dw__EscalationStep *step)
{
    return !device->config.station || !step->station || !step->station[0] ||
           strcmp(device->config.station, step->station) == 0;
}

/* The kitchen's business? Then it is asked for besides those of the higher
 * steps, also if the ladder began with them: nobody may be at a screen. */
static bool is_of_kitchen(const Dw__EscalationStep *step)
{
    static const char *const words[] = { "order", "cancel", "print" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (is(step->about, words[i]))
            return true;
    return false;
}

static enum ladder_ask asks(
        const struct device *device, const Dw__EscalationStep *step)
{
    if (is(step->target, "station"))
        return is_own_station(device, step) ? LADDER_US : LADDER_NOT_US;
    if (is(step->target, "kitchen"))
        return LADDER_US;
    if (is(step->target, "waiters") || is(step->target, "manager"))
        return is_of_kitchen(step) ? LADDER_US : LADDER_GO_ON;
    return LADDER_NOT_US;
}

/* --- sounding --- */

/* Make the sound agree with what is open. */
static void refresh(struct device *device)
{
    struct buzzer *buzzer = device->state;
    enum pattern_id pattern;

    ladder_expire(&buzzer->ladder, device->now_ms);
    device_wake(device, ladder_due_ms(&buzzer->ladder));
    pattern = ladder_pattern(&buzzer->ladder);
    device_play(device, pattern);
    if (buzzer->is_ringing && pattern == PATTERN_NONE)
        device_show(device, "silent");
    buzzer->is_ringing = pattern != PATTERN_NONE;
}

/* --- messages --- */

static void on_order(struct device *device, const Dw__Notification *note)
{
    const Dw__Order *order = note->order_created->order;

    if (!concerns(device, order) || device_age_ms(device, note) > FRESH_MS)
        return;
    device_show(device, "buzz order=%s",
            order->number && order->number[0] ? order->number : order->id);
    device_play_once(device, PATTERN_ORDER);
}

static void on_escalation(struct device *device, const Dw__Notification *note)
{
    struct buzzer *buzzer = device->state;
    const Dw__EscalationStep *step = ladder_step(note);

    if (ladder_take(&buzzer->ladder, device, note,
                step ? asks(device, step) : LADDER_NOT_US))
        device_show(device, "ring escalation=%s order=%s", step->id,
                step->order_id ? step->order_id : "-");
}

static enum device_take on_message(
        struct device *device, const struct device_message *message)
{
    if (message->note->body_case == DW__NOTIFICATION__BODY_ORDER_CREATED)
        on_order(device, message->note);
    else
        on_escalation(device, message->note);
    refresh(device);
    return DEVICE_TAKEN;
}

const struct device_kind buzzer_kind = {
    .name = "buzzer",
    .about = "rings for every new order, and while nobody has noticed one",
    .listen = { "pb/kitchen" },
    .never_sleeps = true,
    .commands_once = true,
    .keeps_light = true,
    .state_bytes = sizeof(struct buzzer),
    .on_message = on_message,
    .on_tick = refresh,
};
