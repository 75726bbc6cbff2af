/* What hangs on the wall: the menu, messages, who has an account. */
#include "hub/state.h"

#include <assert.h>
#include <string.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"

/* --- the menu --- */

bool state_is_available(const struct state *state, const char *item_id)
{
    const Dw__MenuItem *item = shelf_find(&state->menu, item_id);

    return !item || !item->has_available || item->available;
}

static Dw__MenuItem *name_item(struct state *state, const char *id)
{
    Dw__MenuItem *item = shelf_find(&state->menu, id);

    if (item)
        return item;
    item = (void *)body_new(&dw__menu_item__descriptor);
    assert(item);
    body_set_string(&item->id, id);
    shelf_put(&state->menu, id, &item->base);
    return item;
}

/* That an item has run out or is there again has an event of its own, which
 * follows from an update. */
void state_menu_changed(struct state *state, const struct evt *evt)
{
    const Dw__MenuItem *said = (const void *)evt->body;
    Dw__MenuItem *item = name_item(state, said->id);
    protobuf_c_boolean has_available = item->has_available;
    protobuf_c_boolean available = item->available;
    bool follows = evt->what == EVT_MENU_UPDATED && said->has_available &&
                   state_is_available(state, said->id) != said->available;

    body_merge(&item->base, &said->base);
    if (follows) {
        item->has_available = has_available;
        item->available = available;
    }
}

void state_menu_deleted(struct state *state, const struct evt *evt)
{
    shelf_drop(&state->menu, body_text(evt->body, "id"));
}

void state_item_available(struct state *state, const struct evt *evt)
{
    const Dw__ItemAvailabilityChanged *changed = (const void *)evt->body;
    Dw__MenuItem *item = name_item(state, changed->id);

    item->available = changed->available;
    item->has_available = 1;
    if (changed->name)
        body_set_string(&item->name, changed->name);
}

/* --- messages --- */

/* Guests may write as much as they like: on a full shelf what is between the
 * house and one user goes before what is the house's own. */
static void make_room(struct state *state, const char *id)
{
    struct shelf_entry *entry = shelf_first(&state->messages);

    if (shelf_count(&state->messages) < state->messages.max ||
            shelf_find(&state->messages, id))
        return;
    for (; entry; entry = shelf_next(entry)) {
        const Dw__Message *message = shelf_message(entry);

        if (about_channel(message->channel) & ROOM_USER) {
            shelf_drop(&state->messages, message->id);
            return;
        }
    }
}

/* The whole message stands in it. */
void state_message_written(struct state *state, const struct evt *evt)
{
    const Dw__MessageChanged *changed = (const void *)evt->body;

    make_room(state, changed->message->id);
    shelf_put(&state->messages, changed->message->id,
            body_copy(&changed->message->base));
}

void state_message_deleted(struct state *state, const struct evt *evt)
{
    shelf_drop(&state->messages, body_text(evt->body, "id"));
}

/* Without a channel: all but what is between the house and one user. */
static bool is_meant(const Dw__Message *message, const char *channel)
{
    if (channel)
        return strcmp(message->channel, channel) == 0;
    return !(about_channel(message->channel) & ROOM_USER);
}

void state_messages_deleted(struct state *state, const struct evt *evt)
{
    const char *channel = body_text(evt->body, "channel");
    struct shelf_entry *entry = shelf_first(&state->messages);

    while (entry) {
        const Dw__Message *message = shelf_message(entry);

        entry = shelf_next(entry);
        if (is_meant(message, channel))
            shelf_drop(&state->messages, message->id);
    }
}

/* --- accounts --- */

void state_user_created(struct state *state, const struct evt *evt)
{
    shelf_put(
            &state->accounts, body_text(evt->body, "id"), body_copy(evt->body));
}

void state_user_deleted(struct state *state, const struct evt *evt)
{
    shelf_drop(&state->accounts, body_text(evt->body, "id"));
}
