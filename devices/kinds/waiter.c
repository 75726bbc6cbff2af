/* A pager without a table: a waiter carries it. */
#include <string.h>

#include "devices/kinds/kinds.h"
#include "devices/kinds/ladder.h"
#include "schemas/envelope.pb-c.h"

struct waiter {
    struct ladder ladder;
    char shown[LADDER_ID]; /* what is on the display, "" for nothing */
};

/* The manager's step goes to the waiters too: whoever carries one is near. */
static enum ladder_ask asks(const Dw__EscalationStep *step)
{
    static const char *const words[] = { "waiters", "manager" };

    for (size_t i = 0; step && i < sizeof(words) / sizeof(words[0]); i++)
        if (step->target && strcmp(step->target, words[i]) == 0)
            return LADDER_US;
    return LADDER_NOT_US;
}

static void draw(struct device *device, const struct ladder_open *open)
{
    const char *const ringing[] = {
        open && open->is_manager ? "manager" : "waiter", "nobody has noticed"
    };
    const char *const idle[] = { device_is_docked(device) ? "charging" : "ok",
        device->config.id, "", device_is_low(device) ? "battery low" : "" };

    if (open)
        device_display(device, ringing, 2);
    else
        device_display(device, idle, 4);
}

/* Make display and buzzer agree with what is open. */
static void refresh(struct device *device)
{
    struct waiter *waiter = device->state;
    const struct ladder_open *open;

    ladder_expire(&waiter->ladder, device->now_ms);
    open = ladder_ringing(&waiter->ladder);
    device_wake(device, ladder_due_ms(&waiter->ladder));
    device_play(device, ladder_pattern(&waiter->ladder));
    draw(device, open);
    if (strcmp(waiter->shown, open ? open->id : "") == 0)
        return;
    memcpy(waiter->shown, open ? open->id : "", open ? LADDER_ID : 1);
    if (open)
        device_show(device, "ring escalation=%s", open->id);
    else
        device_show(device, "silent");
}

static enum device_take on_message(
        struct device *device, const struct device_message *message)
{
    struct waiter *waiter = device->state;

    ladder_take(&waiter->ladder, device, message->note,
            asks(ladder_step(message->note)));
    refresh(device);
    return DEVICE_TAKEN;
}

/* It is silent here at once; everywhere when the hub says so. */
static void on_input(struct device *device, enum device_input input)
{
    struct waiter *waiter = device->state;
    struct ladder_open *open = ladder_ringing(&waiter->ladder);
    Dw__PageAcked body = DW__PAGE_ACKED__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    const struct fact fact = { .topic = FACT_ACK,
        .field = DW__ENVELOPE__BODY_PAGE_ACKED,
        .body = &body.base,
        .id = id };

    (void)input; /* any press is an answer */
    if (!open)
        return;
    body.page_id = open->id;
    device_make_id(device, id);
    if (!device_say(device, &fact))
        return;
    device_show(device, "acked escalation=%s", open->id);
    open->is_quiet = true;
    memcpy(open->answer, id, sizeof(open->answer));
    refresh(device);
}

/* The hub does not take it: nobody has been told, so it is not over here. */
static void on_refused(struct device *device, const uint8_t id[DEVICE_ID_BYTES])
{
    struct waiter *waiter = device->state;

    for (uint32_t i = 0; i < waiter->ladder.count; i++)
        if (memcmp(waiter->ladder.open[i].answer, id, DEVICE_ID_BYTES) == 0)
            waiter->ladder.open[i].is_quiet = false;
    refresh(device);
}

const struct device_kind waiter_kind = {
    .name = "pager",
    .about = "rings for waiters while nobody has noticed",
    .listen = { "pb/waiters" },
    .never_sleeps = true,
    .commands_once = true,
    .keeps_light = true,
    .state_bytes = sizeof(struct waiter),
    .on_message = on_message,
    .on_input = on_input,
    .on_tick = refresh,
    .on_refused = on_refused,
};
