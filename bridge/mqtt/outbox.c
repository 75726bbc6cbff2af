#include "bridge/mqtt/outbox.h"

#include "bridge/dialect/command.h"
#include "bridge/dialect/dialect.h"
#include "bridge/mqtt/discovery.h"
#include "bridge/mqtt/topics.h"
#include "hub/base/count.h"
#include "hub/base/log.h"
#include "hub/hub.h"

enum err outbox_start(struct outbox *outbox)
{
    const struct principal hub = { .roles = ROLE_HUB, .subject = "hub" };
    enum err err = hub_attach(
            outbox->hub, &hub, outbox->outlet, outbox->owner, &outbox->client);

    if (err == ERR_OK)
        err = hub_join_all(outbox->hub, outbox->client, outbox->track.last);
    if (err == ERR_OK)
        return ERR_OK;
    log_error("mqtt: cannot follow the journal: %s", err_kinds[err].text);
    outbox_stop(outbox);
    return err;
}

uint64_t outbox_position(struct outbox *outbox)
{
    return states_position(outbox->states, &outbox->track);
}

void outbox_stop(struct outbox *outbox)
{
    uint64_t position;

    if (outbox->client)
        hub_detach(outbox->hub, outbox->client);
    outbox->client = NULL;
    hub_lose_mail(outbox->hub);
    position = outbox_position(outbox);
    track_reset(&outbox->track, position);
    states_reset(outbox->states, position);
}

/* Done when the broker acknowledges it. */
static void post(struct outbox *outbox, const char *topic, const void *data,
        size_t len, bool retain, uint64_t seq)
{
    int mid = uplink_publish(outbox->link, topic, data, len, 1, retain);

    if (mid != 0 && !track_sent(&outbox->track, mid, seq)) {
        outbox->link->is_lost = true;
        outbox->link->reason = "the broker acknowledges nothing";
    }
}

void outbox_send_retained(
        struct outbox *outbox, const char *topic, const void *data, size_t len)
{
    post(outbox, topic, data, len, true, 0);
}

void outbox_send_receipt(
        struct outbox *outbox, const char *topic, const void *data, size_t len)
{
    /* After a flood of messages the acknowledgements of their receipts come
     * behind the flood, so that waiting for them would be waiting for ever. */
    if (outbox->track.count >= OUTBOX_RECEIPTS)
        uplink_publish(outbox->link, topic, data, len, 0, false);
    else
        post(outbox, topic, data, len, false, 0);
}

/* --- one event --- */

static void say_json(struct outbox *outbox, struct evt *evt, uint32_t room)
{
    char topic[TOPIC_CHARS + 1];
    const struct evt_form *form = dialect_say_json(evt, VIEW_FULL, room);

    if (!form ||
            !topic_print_room(outbox->site, "json", &evt->rooms[room], topic))
        return;
    post(outbox, topic, form->data, form->len, false, evt->seq);
    count_add(COUNT_DELIVERED_MQTT, 1);
}

static void say_device(struct outbox *outbox, struct evt *evt, uint32_t at)
{
    const struct room *room = &evt->rooms[at];
    const char *leaf = evt->what == EVT_PRINT_REQUESTED ? "/job" : "/cmd";
    const struct evt_form *form = dialect_say_envelope(evt, VIEW_DEVICE, at);
    char topic[TOPIC_CHARS + 1];
    bool ok =
            room->kind == ROOM_INDEX_DEVICE
                    ? topic_print_id(outbox->site, "dev", room->id, leaf, topic)
                    : topic_print_room(outbox->site, "pb", room, topic);

    if (!form || !ok)
        return;
    post(outbox, topic, form->data, form->len, false, evt->seq);
    count_add(COUNT_DELIVERED_MQTT, 1);
}

/* What somebody who sleeps is to know: it hears its own topic alone. */
static void say_mail(
        struct outbox *outbox, const char *device, struct delivery *mail)
{
    const struct evt_form *form =
            dialect_say_envelope(mail->evt, mail->view, mail->room);
    char topic[TOPIC_CHARS + 1];

    if (!form || !topic_print_id(outbox->site, "dev", device, "/cmd", topic))
        return;
    post(outbox, topic, form->data, form->len, false, 0);
    count_add(COUNT_DELIVERED_MQTT, 1);
}

/* Those that sleep are told when they are awake. */
static bool is_kept(const struct outbox *outbox, const struct evt *evt,
        const struct room *room)
{
    return room->kind == ROOM_INDEX_DEVICE &&
           hub_keeps_mail(outbox->hub, room->id, evt->what);
}

/* For the back end to decide; what it would decide too late it is not asked. */
static void say_command(struct outbox *outbox, struct evt *evt, int64_t now_ms)
{
    const struct evt_form *form = dialect_say_command(evt);
    char topic[TOPIC_CHARS + 1];

    if (evt->exp_ms < now_ms) {
        count_add(COUNT_EXPIRED_MQTT, 1);
        return;
    }
    if (!form || !topic_print_id(outbox->site, "cmd", dialect_command_name(evt),
                         "", topic))
        return;
    post(outbox, topic, form->data, form->len, false, evt->seq);
    count_add(COUNT_DELIVERED_MQTT, 1);
}

static void say(struct outbox *outbox, struct evt *evt, int64_t now_ms)
{
    bool for_devices = evt_kinds[evt->what].device != 0 &&
                       (evt->exp_ms == 0 || evt->exp_ms >= now_ms);

    for (uint32_t i = 0; i < evt->room_count; i++) {
        if (evt->rooms[i].kind == ROOM_INDEX_SESSION)
            continue; /* whoever knows its name could listen */
        if (evt->rooms[i].kind != ROOM_INDEX_DEVICE)
            say_json(outbox, evt, i);
        if (for_devices && !is_kept(outbox, evt, &evt->rooms[i]))
            say_device(outbox, evt, i);
        states_touch(outbox->states, &evt->rooms[i]);
    }
    if (evt->what == EVT_COMMAND_REQUESTED)
        say_command(outbox, evt, now_ms);
    if (outbox->discovery)
        discovery_see(outbox->discovery, evt);
    track_handed(&outbox->track, evt->seq);
}

/* --- many --- */

/* The lane was too short for a burst: go on from what was handed over; the
 * journal has the rest. */
static bool is_following(struct outbox *outbox)
{
    if (outbox->client && hub_client_state(outbox->client) == ERR_OK)
        return true;
    if (outbox->client)
        hub_detach(outbox->hub, outbox->client);
    outbox->client = NULL;
    return outbox_start(outbox) == ERR_OK;
}

static void pump_mail(struct outbox *outbox)
{
    struct delivery mail;
    char device[ID_CHARS + 1];

    for (int n = 0; n < OUTBOX_EVENTS; n++) {
        if (outbox->track.count >= OUTBOX_OUTSTANDING ||
                outbox->link->is_lost ||
                !hub_next_mail(outbox->hub, device, &mail))
            return;
        say_mail(outbox, device, &mail);
        evt_unref(mail.evt);
    }
}

bool outbox_pump(struct outbox *outbox, int64_t now_ms)
{
    struct delivery delivery;

    if (!is_following(outbox))
        return false;
    pump_mail(outbox);
    for (int n = 0; n < OUTBOX_EVENTS; n++) {
        if (outbox->track.count >= OUTBOX_OUTSTANDING ||
                !states_has_room(outbox->states) || outbox->link->is_lost ||
                !hub_next(outbox->hub, outbox->client, &delivery))
            return false;
        say(outbox, delivery.evt, now_ms);
        evt_unref(delivery.evt);
    }
    return true;
}
