/* Scope: the stations and tables that a token names. And whoever shuts doors:
 * what of it is possible, and in whose name. */
#include "hub/validate_parts.h"

#include <assert.h>
#include <string.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "hub/state.h"
#include "schemas/doors.pb-c.h"

#define ZONE "zone:" /* before a zone's name among tables */

/* --- stations and tables --- */

static bool is_word(const char *word, size_t len, const char *text)
{
    return text && strlen(text) == len && memcmp(word, text, len) == 0;
}

static bool names_station(const struct principal *who, const char *station)
{
    const char *word = who->stations;

    while (*word) {
        size_t len = strcspn(word, " ");

        if (is_word(word, len, station))
            return true;
        word += len;
        word += strspn(word, " ");
    }
    return false;
}

/* By its id, or by the zone in which the picture has it. */
static bool names_table(
        const struct principal *who, const char *id, const struct state *state)
{
    const Dw__Table *table = id ? shelf_find(&state->tables, id) : NULL;
    const size_t zone = sizeof(ZONE) - 1;
    const char *word = who->tables;

    while (id && *word) {
        size_t len = strcspn(word, " ");

        if (is_word(word, len, id))
            return true;
        if (table && len > zone && memcmp(word, ZONE, zone) == 0 &&
                is_word(word + zone, len - zone, table->zone))
            return true;
        word += len;
        word += strspn(word, " ");
    }
    return false;
}

static bool has_own_items(const struct principal *who, const Dw__Order *order)
{
    for (size_t i = 0; i < order->n_items; i++)
        if (names_station(who, order->items[i]->station))
            return true;
    return false;
}

static bool is_at_own_table(const struct principal *who,
        const Dw__TableRef *table, const struct state *state)
{
    return table && names_table(who, table->id, state);
}

/* --- listening --- */

static bool is_own_room_of_cook(const struct principal *who,
        const struct room *room, const struct state *state)
{
    const Dw__Order *order;

    if (room->kind == ROOM_INDEX_STATION)
        return names_station(who, room->id);
    order = state_order(state, room->id);
    return order && has_own_items(who, order);
}

static bool is_own_room_of_waiter(const struct principal *who,
        const struct room *room, const struct state *state)
{
    const Dw__Order *order;

    if (room->kind == ROOM_INDEX_TABLE)
        return names_table(who, room->id, state);
    order = state_order(state, room->id);
    return order && is_at_own_table(who, order->table, state);
}

/* Of these roles, those whose part of the token names something. */
static uint32_t with_scope(const struct principal *who, uint32_t mask)
{
    mask &= who->roles;
    if (!who->stations[0])
        mask &= ~(uint32_t)ROLE_KITCHEN;
    if (!who->tables[0])
        mask &= ~(uint32_t)ROLE_WAITER;
    return mask;
}

uint32_t validate_room_out_of_scope(const struct principal *who,
        const struct room *room, const struct state *state)
{
    uint32_t out = with_scope(who, room_kinds[room->kind].scoped);

    if ((out & ROLE_KITCHEN) && is_own_room_of_cook(who, room, state))
        out &= ~(uint32_t)ROLE_KITCHEN;
    if ((out & ROLE_WAITER) && is_own_room_of_waiter(who, room, state))
        out &= ~(uint32_t)ROLE_WAITER;
    return out;
}

/* --- speaking --- */

/* Where the picture has the item counts, not where the body says that it is;
 * what is said of another station is not said of one's own. */
static bool is_own_item(
        const struct statement *statement, const struct state *state)
{
    const char *order_id = about_order(statement->body);
    const char *item_id = body_text(statement->body, "item_id");
    const char *station = body_text(statement->body, "station");
    const Dw__Order *order = order_id ? state_order(state, order_id) : NULL;
    const Dw__Item *item =
            order && item_id ? state_order_item(order, item_id) : NULL;

    return item && names_station(statement->from, item->station) &&
           (!station || names_station(statement->from, station));
}

/* Ids in a body that lead to tables. */
static const struct lead {
    const char *path;
    size_t shelf;      /* where in struct state */
    const char *table; /* the path to the table in what stands there */
} leads[] = {
#define SHELF(name) offsetof(struct state, name)
    { "alert_id", SHELF(alerts), "table.id" },
    { "alert_id", SHELF(escalations), "last.table.id" },
    { "alert.id", SHELF(alerts), "table.id" },
    { "alert.call_id", SHELF(calls), "table.id" },
    { "call.id", SHELF(calls), "table.id" },
    { "page_id", SHELF(pages), "sent.table.id" },
    { "page_id", SHELF(escalations), "last.table.id" },
#undef SHELF
};

static bool leads_elsewhere(const struct lead *lead,
        const struct statement *statement, const struct state *state)
{
    const struct shelf *shelf =
            (const void *)((const uint8_t *)state + lead->shelf);
    const char *id = body_text(statement->body, lead->path);
    const ProtobufCMessage *known = id ? shelf_find(shelf, id) : NULL;

    return known &&
           !names_table(statement->from, body_text(known, lead->table), state);
}

/* An order that is not known is somebody else's, but for a new one: it is at
 * the table that its event names. */
static bool is_own_order(
        const struct statement *statement, const struct state *state)
{
    const char *id = about_order(statement->body);
    const Dw__Order *order = id ? state_order(state, id) : NULL;

    if (order)
        return is_at_own_table(statement->from, order->table, state);
    if (statement->what == EVT_ORDER_CREATED)
        return about_table(statement->body);
    return !id;
}

/* A pager that the guests of others have is not one's own to take or to ring.
 */
static bool has_pager_of_others(
        const struct statement *statement, const struct state *state)
{
    const char *id = statement->what == EVT_DEVICE_ASSIGNED ||
                                     statement->what == EVT_PAGE_SENT
                             ? body_text(statement->body, "device_id")
                             : NULL;
    const Dw__Device *device = id ? shelf_find(&state->devices, id) : NULL;
    const char *table =
            device ? body_text(&device->base, "assigned.table.id") : NULL;

    return table && !names_table(statement->from, table, state);
}

/* All that the body names must be at tables of its own; what is not open any
 * more is at none. */
static bool is_at_own_tables(
        const struct statement *statement, const struct state *state)
{
    const char *table = about_table(statement->body);
    const char *to = body_text(statement->body, "to_table.id");

    if ((table && !names_table(statement->from, table, state)) ||
            (to && !names_table(statement->from, to, state)) ||
            !is_own_order(statement, state) ||
            has_pager_of_others(statement, state))
        return false;
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
        if (leads_elsewhere(&leads[i], statement, state))
            return false;
    return true;
}

uint32_t validate_out_of_scope(
        const struct statement *statement, const struct state *state)
{
    uint32_t out =
            with_scope(statement->from, evt_kinds[statement->what].scoped);

    if ((out & ROLE_KITCHEN) && is_own_item(statement, state))
        out &= ~(uint32_t)ROLE_KITCHEN;
    if ((out & ROLE_WAITER) && is_at_own_tables(statement, state))
        out &= ~(uint32_t)ROLE_WAITER;
    return out;
}

/* --- in whose name --- */

bool validate_is_in_own_name(const struct statement *statement)
{
    static const char *const names[] = { "actor.id", "by.id", "call.by.id",
        "chef.id", "message.author.id", "staff_id" };
    const struct principal *who = statement->from;

    for (int i = 0; i < ROLE_COUNT; i++)
        if ((who->roles & 1u << i) && roles[i].names_others)
            return true;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *name = body_text(statement->body, names[i]);

        if (name && strcmp(name, who->subject) != 0)
            return false;
    }
    return true;
}

/* --- shutting doors --- */

/* Whoever does it stands in it; who has no id stands in the journal. */
static void complete_person(
        const struct statement *statement, const char *field)
{
    Dw__Person person = DW__PERSON__INIT;
    const char *subject = statement->from->subject;

    if (!id_is_valid(subject, strlen(subject)))
        return;
    person.id = (char *)subject;
    body_complete_part(statement->body, field, &person.base);
}

void doors_complete_revoked(
        const struct statement *statement, const struct state *state)
{
    Dw__TokenRevoked *revoked = (void *)statement->body;

    (void)state;
    complete_person(statement, "by");
    if (!revoked->has_before_at_ms)
        revoked->before_at_ms = statement->now_ms;
    revoked->has_before_at_ms = 1;
}

void doors_complete_ended(
        const struct statement *statement, const struct state *state)
{
    (void)state;
    complete_person(statement, "actor");
}

/* A revocation that may still matter is never forgotten: rather none more. */
enum err doors_may_revoke(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__TokenRevoked *revoked = (const void *)statement->body;

    if (!revoked->token_id && !revoked->subject)
        return fault_set(fault, ERR_MISSING_FIELD, "tokenId",
                "a token's id or a subject is needed");
    if (revoked->subject && revoked->subject[0] == '\0')
        return fault_set(
                fault, ERR_OUT_OF_RANGE, "subject", "must not be empty");
    if (revoked->before_at_ms > statement->now_ms)
        return fault_set(fault, ERR_OUT_OF_RANGE, "beforeAt",
                "what is not made yet cannot be revoked");
    if (!state_can_revoke(state, revoked, statement->now_ms))
        return fault_set(fault, ERR_LIMIT, "tokenId",
                "so much has been revoked already: %d", REVOCATIONS_MAX);
    return ERR_OK;
}
