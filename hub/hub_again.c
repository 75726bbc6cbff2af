/* What is said again: what the hub has derived or heard a moment ago is the
 * same fact when somebody states it in so many words. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/hash.h"
#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "schemas/order.pb-c.h"
#include "schemas/people.pb-c.h"

#define UNKNOWN DW__ORDER_STATUS__ORDER_STATUS_UNSPECIFIED

/* --- what an event is about --- */

/* The order, or what it is the state of; "": neither. */
static const char *subject_of(const struct evt *evt)
{
    const char *order = about_order(evt->body);

    if (order)
        return order;
    return evt_kinds[evt->what].keep == KEEP_LAST ? evt->key : "";
}

static uint32_t hash_subject(const char *subject)
{
    return hash_crc32c(0, subject, strlen(subject));
}

void hub_mark(struct hub *hub, const struct evt *evt)
{
    hub->marks[evt->seq % RECENT] =
            (struct mark){ evt->seq, evt->what, hash_subject(subject_of(evt)) };
}

/* --- looking back --- */

/* From the newest event to older ones, committed or not. */
struct search {
    const struct hub *hub;
    struct evt about; /* not an event yet: what is said, and its key */
    const char *subject;
    uint32_t hash;
    int64_t now_ms;
    uint64_t at;   /* the next seq to look at */
    uint32_t left; /* so many more */
};

static void search_begin(struct search *search, const struct hub *hub,
        const struct statement *statement)
{
    *search = (struct search){
        .hub = hub,
        .about = { .what = statement->what, .body = statement->body },
        .now_ms = statement->now_ms,
        .at = journal_last(hub->journal),
        .left = RECENT,
    };
    route_evt(&search->about);
    search->subject = subject_of(&search->about);
    search->hash = hash_subject(search->subject);
}

/* The event of a number, of the open turn or still in memory, or NULL. */
static const struct evt *event_at(const struct hub *hub, uint64_t seq)
{
    if (seq <= hub->head)
        return hub_recent(hub, seq);
    return seq - hub->head <= hub->turn_count ? hub->turn[seq - hub->head - 1]
                                              : NULL;
}

/* Whoever names neither order nor key names what he means in the body. */
static bool is_about_same(const struct search *search, const struct evt *known)
{
    int64_t age_ms = search->now_ms - known->ts_ms;

    return age_ms <= AGAIN_MS && age_ms >= -AGAIN_MS &&
           (search->subject[0] == '\0' ||
                   strcmp(subject_of(known), search->subject) == 0);
}

/* The next older event about the same, of any kind with this body. */
static const struct evt *search_next(struct search *search)
{
    enum evt_id what = search->about.what;

    while (search->left > 0 && search->at > 0) {
        uint64_t seq = search->at--;
        const struct mark *mark = &search->hub->marks[seq % RECENT];
        const struct evt *known;

        search->left--;
        if (mark->seq != seq ||
                evt_kinds[mark->what].body != evt_kinds[what].body ||
                (search->subject[0] != '\0' && mark->subject != search->hash))
            continue;
        known = event_at(search->hub, seq);
        if (known && known->what == mark->what && is_about_same(search, known))
            return known;
    }
    return NULL;
}

/* The next older one of the same kind. */
static const struct evt *search_kind(struct search *search)
{
    const struct evt *known = search_next(search);

    while (known && known->what != search->about.what)
        known = search_next(search);
    return known;
}

/* --- orders said twice --- */

static bool is_same_table(const Dw__Order *known, const Dw__Order *said)
{
    return !known->table || !said->table ||
           body_agrees(&known->table->base, &said->table->base);
}

/* Other ids are other names for the same, where all else agrees. */
static bool is_same_item(const Dw__Item *known, const Dw__Item *said)
{
    Dw__Item nameless = *said;

    nameless.id = NULL;
    return body_agrees(&known->base, &nameless.base);
}

/* Are these the known items, each in its place? They get the known ids. */
static bool are_same_items(const Dw__Order *known, Dw__Order *said)
{
    if (said->n_items == 0)
        return true;
    if (said->n_items != known->n_items)
        return false;
    for (size_t i = 0; i < said->n_items; i++)
        if (!is_same_item(known->items[i], said->items[i]))
            return false;
    for (size_t i = 0; i < said->n_items; i++)
        if (known->items[i]->id)
            body_set_string(&said->items[i]->id, known->items[i]->id);
    return true;
}

/* What nobody says in two ways of one order. A number that is the id was made
 * by the hub. */
static bool is_same_order(const Dw__Order *known, const Dw__Order *said)
{
    bool has_number = known->number && strcmp(known->number, known->id) != 0;
    Dw__Order only = DW__ORDER__INIT;

    only.number = has_number ? said->number : NULL;
    only.customer = said->customer;
    only.session = said->session;
    only.restaurant_id = said->restaurant_id;
    only.source = said->source;
    only.notes = said->notes;
    return body_agrees(&known->base, &only.base);
}

/* What is said of items goes to those of the same ids; how far they are has
 * an event of its own. */
static void merge_items(Dw__Order *order, Dw__Order *said)
{
    for (size_t i = 0; i < said->n_items; i++)
        for (size_t n = 0; n < order->n_items; n++)
            if (said->items[i]->id && order->items[n]->id &&
                    strcmp(said->items[i]->id, order->items[n]->id) == 0) {
                said->items[i]->has_status = !order->items[n]->has_status &&
                                             said->items[i]->has_status;
                body_merge(&order->items[n]->base, &said->items[i]->base);
            }
}

/* The order as it is known now, and what was said of it over that. Where it is
 * is known better. NULL: out of memory. */
static Dw__Order *merge_order(const Dw__Order *known, Dw__Order *said)
{
    Dw__Order *order = (void *)body_copy(&known->base);
    Dw__Order over = *said; /* borrows all it has */

    if (!order)
        return NULL;
    merge_items(order, said);
    over.items = NULL;
    over.n_items = 0;
    if (order->table)
        over.table = NULL;
    body_merge(&order->base, &over.base);
    return order;
}

/* What was never a word of whoever speaks does not become one by being said of
 * an order that is there. */
static bool may_raise(const struct principal *from, const Dw__Order *known,
        const Dw__Order *said)
{
    return (evt_kinds[EVT_ORDER_STATUS_CHANGED].from & from->roles) ||
           !said->has_status ||
           !state_order_may_become(known->status, said->status);
}

/* Made of the statement, if it may be: whoever may speak of his own orders
 * only does not change what was said by others. */
static enum again make_update(
        struct hub *hub, struct statement *statement, Dw__Order *said)
{
    const Dw__Order *known = state_order(&hub->state, said->id);
    struct statement update = *statement;
    Dw__OrderUpdated *body;
    struct fault fault;

    if (!known || !(evt_kinds[statement->what].from & statement->from->roles) ||
            !may_raise(statement->from, known, said))
        return AGAIN_NOT;
    body = (void *)body_new(&dw__order_updated__descriptor);
    if (!body)
        return AGAIN_NOT;
    body->order = merge_order(known, said);
    update.what = EVT_ORDER_UPDATED;
    update.body = &body->base;
    if (!body->order || validate_body(&update, &hub->state, &fault) != ERR_OK) {
        body_free(&body->base);
        return AGAIN_NOT;
    }
    body_free(statement->body);
    *statement = update;
    return AGAIN_UPDATE;
}

static enum again judge_created(struct hub *hub, struct statement *statement,
        ProtobufCMessage *said, const struct evt *known)
{
    const Dw__Order *first =
            ((const Dw__OrderCreated *)(const void *)known->body)->order;
    Dw__Order *again = ((Dw__OrderCreated *)(void *)said)->order;

    if (!again->id) /* the id that we made is somebody else's by chance */
        return AGAIN_NOT;
    if (!is_same_table(first, again) || !is_same_order(first, again) ||
            !are_same_items(first, again))
        return AGAIN_NOT;
    if (body_covers(&first->base, &again->base, AGAIN_MS))
        return AGAIN_SAME;
    return make_update(hub, statement, again);
}

/* --- steps --- */

/* The status that the event brings an order to; UNKNOWN: it brings it to
 * none. */
static Dw__OrderStatus status_of(const struct evt *evt)
{
    if (evt->what == EVT_ORDER_STATUS_CHANGED)
        return ((const Dw__OrderStatusChanged *)(const void *)evt->body)
                ->status;
    for (int i = UNKNOWN + 1; i < ORDER_STATUSES; i++) {
        Dw__OrderStatus next = state_order_next((Dw__OrderStatus)i, evt->what);

        if (next != UNKNOWN && next != (Dw__OrderStatus)i)
            return next;
    }
    return UNKNOWN;
}

/* Is the order where this step has brought it, and no further? Then hearing of
 * it again misleads nobody. */
static bool is_still_there(const struct hub *hub, const struct evt *known)
{
    const char *id = about_order(known->body);
    const Dw__Order *order = id ? state_order(&hub->state, id) : NULL;

    return order && status_of(known) != UNKNOWN &&
           order->status == status_of(known);
}

/* A ticket of no number was given the order's: any other one is news, and no
 * contradiction. */
static bool agrees(const ProtobufCMessage *known, const ProtobufCMessage *said)
{
    const char *ticket = body_text(known, "kitchen_order_id");
    const char *order = body_text(known, "order_id");
    ProtobufCMessage *copy;
    bool agrees;

    if (!ticket || !order || strcmp(ticket, order) != 0 ||
            !body_text(said, "kitchen_order_id"))
        return body_agrees(known, said);
    copy = body_copy(said);
    if (!copy)
        return false;
    body_replace_text(copy, "kitchen_order_id", ticket);
    agrees = body_agrees(known, copy);
    body_free(copy);
    return agrees;
}

/* Refused: it is one of those that say all of it, or adds to the last one. */
static enum again judge_refused(struct search *search,
        const ProtobufCMessage *said, const struct evt **known)
{
    const struct evt *last = *known;

    for (; *known; *known = search_kind(search))
        if (body_covers((*known)->body, said, AGAIN_MS))
            return AGAIN_SAME;
    return agrees(last->body, said) && is_still_there(search->hub, last)
                   ? AGAIN_MORE
                   : AGAIN_NOT;
}

/* --- all --- */

/* Refused because it has happened, or may it be said as often as one likes? */
static bool is_refusal(enum err err)
{
    return err == ERR_IMPOSSIBLE || err == ERR_CONFLICT || err == ERR_NOT_FOUND;
}

static bool is_state(enum evt_id what)
{
    return evt_kinds[what].keep == KEEP_LAST || what == EVT_ORDER_UPDATED;
}

/* Is the table that is named as it is said to be? */
static enum err is_as_said(void *context, const struct body_part *part)
{
    const struct state *state = context;
    const char *id = body_text(*part->at, "id");
    const Dw__Table *known = id ? shelf_find(&state->tables, id) : NULL;

    return known && body_covers(&known->base, *part->at, AGAIN_MS)
                   ? ERR_OK
                   : ERR_CONFLICT;
}

/* A layout changes tables, too, and the menu its dishes: what was said then is
 * not so any more, though nobody has said so in these words. */
static bool is_still_so(
        struct hub *hub, enum evt_id what, ProtobufCMessage *said)
{
    const Dw__ItemAvailabilityChanged *item = (const void *)said;

    if (what == EVT_ITEM_AVAILABILITY_CHANGED)
        return state_is_available(&hub->state, item->id) ==
               (bool)item->available;
    return body_each_part(said, &dw__table__descriptor, is_as_said,
                   &hub->state) == ERR_OK;
}

/* What was said and nothing else, but for tables' other names. Handed over;
 * NULL: out of memory. */
static ProtobufCMessage *unpack_given(const struct hub *hub,
        const struct statement *statement, const struct given *given)
{
    struct statement said = *statement;
    struct fault fault;

    said.body = body_unpack_own(
            evt_kinds[given->what].body, given->packed, given->len);
    if (said.body)
        validate_resolve(&said, &hub->state, &fault); /* it could before */
    return said.body;
}

/* Devices say again what has happened again; and a pager that was handed out
 * and may not be any more is not. */
enum again hub_again(struct hub *hub, struct statement *statement,
        const struct given *given, enum err err, const struct evt **known)
{
    bool is_stated = err == ERR_OK && is_state(statement->what);
    enum again again = AGAIN_NOT;
    ProtobufCMessage *said;
    struct search search;

    if ((statement->from->roles & ROLE_DEVICE) ||
            (!is_stated && !is_refusal(err)) ||
            statement->what == EVT_DEVICE_ASSIGNED)
        return AGAIN_NOT;
    search_begin(&search, hub, statement);
    /* A state is what was said last, of any kind that says what is so. */
    *known = is_stated ? search_next(&search) : search_kind(&search);
    if (!*known || (*known)->what != statement->what)
        return AGAIN_NOT;
    said = unpack_given(hub, statement, given);
    if (!said)
        return AGAIN_NOT;
    if (is_stated)
        again = body_covers((*known)->body, said, AGAIN_MS) &&
                                is_still_so(hub, statement->what, said)
                        ? AGAIN_SAME
                        : AGAIN_NOT;
    else if (statement->what == EVT_ORDER_CREATED)
        again = judge_created(hub, statement, said, *known);
    else
        again = judge_refused(&search, said, known);
    body_free(said);
    return again;
}
