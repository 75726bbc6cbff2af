/* The picture as a message: what a room's listeners see, and all of it for
 * the journal's snapshot. */
#include "hub/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/log.h"
#include "hub/evt/about.h"
#include "hub/evt/body.h"

/* --- lists --- */

/* A list of borrowed messages; the message that it is for only borrows, too,
 * until it is copied or packed. */
struct list {
    void **messages;
    size_t count;
    const struct shelf *whole; /* all of it is there */
};

enum list_index {
    ORDERS,
    TABLES,
    CALLS,
    ALERTS,
    JOBS,
    PAGES,
    DEVICES,
    MENU,
    MESSAGES,
    ACCOUNTS,
    ESCALATIONS,
    EMPTY_ROOMS,
    LISTS
};

static const char *const list_names[LISTS] = {
    [ORDERS] = "orders",
    [TABLES] = "tables",
    [CALLS] = "calls",
    [ALERTS] = "alerts",
    [JOBS] = "jobs",
    [PAGES] = "pages",
    [DEVICES] = "devices",
    [MENU] = "menu",
    [MESSAGES] = "messages",
    [ACCOUNTS] = "accounts",
    [ESCALATIONS] = "escalations",
    [EMPTY_ROOMS] = "empty_rooms",
};

typedef bool wanted_fn(const void *message, const struct room *room);

/* Is it from before the guests sat down who are at its table now? */
typedef bool earlier_fn(const struct state *state, const void *message);

/* Add those of a shelf that are wanted in a room and not there yet. */
static void add(struct list *list, const struct shelf *shelf,
        const struct room *room, wanted_fn *wanted)
{
    const struct shelf_entry *entry = shelf_first(shelf);
    size_t before = list->count;

    if (list->whole == shelf)
        return;
    if (!wanted)
        list->whole = shelf;
    list->messages = realloc(list->messages,
            (list->count + shelf_count(shelf) + 1) * sizeof(void *));
    assert(list->messages);
    for (; entry; entry = shelf_next(entry)) {
        void *message = shelf_message(entry);
        size_t i = 0;

        if (wanted && !wanted(message, room))
            continue;
        while (i < before && list->messages[i] != message)
            i++;
        if (i == before)
            list->messages[list->count++] = message;
    }
}

static void free_lists(struct list lists[LISTS])
{
    for (int i = 0; i < LISTS; i++)
        free(lists[i].messages);
}

/* --- what is whose --- */

static bool is_same(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

static bool is_at(const Dw__TableRef *table, const struct room *room)
{
    return room->kind == ROOM_INDEX_TABLE && table &&
           is_same(table->id, room->id);
}

static bool is_order_of(const void *message, const struct room *room)
{
    const Dw__Order *order = message;

    if (room->kind == ROOM_INDEX_SESSION)
        return order->session && is_same(order->session->key, room->id);
    if (room->kind == ROOM_INDEX_ORDER)
        return is_same(order->id, room->id);
    return is_at(order->table, room);
}

static bool is_table_of(const void *message, const struct room *room)
{
    return is_same(((const Dw__Table *)message)->id, room->id);
}

static bool is_call_of(const void *message, const struct room *room)
{
    return is_at(((const Dw__ServiceCall *)message)->table, room);
}

static bool is_alert_of(const void *message, const struct room *room)
{
    return is_at(((const Dw__Alert *)message)->table, room);
}

static bool is_page_of(const void *message, const struct room *room)
{
    const Dw__PageSent *sent = ((const Dw__Page *)message)->sent;

    return !sent->device_id && is_at(sent->table, room);
}

/* Whoever hands out pagers sees which there are, and who has them. */
static bool is_pager(const void *message, const struct room *room)
{
    (void)room;
    return is_same(((const Dw__Device *)message)->kind, "pager");
}

static bool is_earlier_order(const struct state *state, const void *message)
{
    return state_order_ended(state, ((const Dw__Order *)message)->id) != NULL;
}

static bool is_earlier_call(const struct state *state, const void *message)
{
    return state_is_past_call(state, ((const Dw__ServiceCall *)message)->id);
}

static bool is_earlier_alert(const struct state *state, const void *message)
{
    return state_is_past_alert(state, ((const Dw__Alert *)message)->id);
}

/* Support is between a user and whoever answers: the others hear of a message
 * when it is written, and keep none. */
static bool is_message_of(const void *message, const struct room *room)
{
    const Dw__Message *written = message;
    uint32_t rooms = about_channel(written->channel);
    uint32_t kind =
            room->kind == ROOM_INDEX_STATION ? ROOM_KITCHEN : 1u << room->kind;

    if (room->kind == ROOM_INDEX_USER && !is_same(written->user_id, room->id))
        return false;
    if ((rooms & ROOM_USER) && !(kind & (ROOM_USER | ROOM_ADMIN)))
        return false;
    return (rooms & kind) != 0;
}

/* What is of several stations, or of none, is for the kitchen as a whole. */
static bool is_escalation_of(const void *message, const struct room *room)
{
    return is_same(((const Dw__Escalation *)message)->last->station, room->id);
}

/* --- who sees what --- */

#define BOTH    (ROOM_RESTAURANT | ROOM_ALL) /* all that the two below see */
#define COOKS   (ROOM_KITCHEN | ROOM_STATION | BOTH)
#define WAITERS (ROOM_WAITERS | BOTH)

static const struct part {
    enum list_index list;
    enum evt_id told; /* it is for whoever would hear of this */
    size_t shelf;     /* where in struct state */
    uint32_t all;     /* kinds of rooms that see all of it */
    uint32_t some;    /* and that see what is theirs: */
    wanted_fn *is_theirs;
    earlier_fn *is_earlier; /* not for guests; NULL: all of it is */
} parts[] = {
#define SHELF(name) offsetof(struct state, name)
    { ORDERS, EVT_ORDER_CREATED, SHELF(orders), COOKS | WAITERS,
            ROOM_TABLE | ROOM_ORDER | ROOM_SESSION, is_order_of,
            is_earlier_order },
    { ORDERS, EVT_ORDER_CREATED, SHELF(closed), 0, ROOM_ORDER | ROOM_SESSION,
            is_order_of, NULL },
    { TABLES, EVT_TABLE_UPDATED, SHELF(tables), WAITERS, ROOM_TABLE,
            is_table_of, NULL },
    { CALLS, EVT_SERVICE_CALL_CREATED, SHELF(calls), WAITERS, ROOM_TABLE,
            is_call_of, is_earlier_call },
    { ALERTS, EVT_ALERT_CREATED, SHELF(alerts), WAITERS | ROOM_ADMIN,
            ROOM_TABLE, is_alert_of, is_earlier_alert },
    { JOBS, EVT_PRINT_REQUESTED, SHELF(jobs), COOKS, 0, NULL, NULL },
    { PAGES, EVT_PAGE_SENT, SHELF(pages), WAITERS, ROOM_TABLE, is_page_of,
            NULL },
    { DEVICES, EVT_DEVICE_ONLINE, SHELF(devices), COOKS | ROOM_ADMIN, 0, NULL,
            NULL },
    { DEVICES, EVT_DEVICE_ASSIGNED, SHELF(devices), 0, WAITERS, is_pager,
            NULL },
    { MENU, EVT_ITEM_AVAILABILITY_CHANGED, SHELF(menu),
            COOKS | WAITERS | ROOM_GUESTS, 0, NULL, NULL },
    { MESSAGES, EVT_MESSAGE_CREATED, SHELF(messages), 0,
            COOKS | WAITERS | ROOM_USER | ROOM_ADMIN, is_message_of, NULL },
    { ACCOUNTS, EVT_USER_CREATED, SHELF(accounts), ROOM_ADMIN | ROOM_ALL, 0,
            NULL, NULL },
    { ESCALATIONS, EVT_ESCALATION_RAISED, SHELF(escalations),
            ROOM_KITCHEN | WAITERS | ROOM_ADMIN, ROOM_STATION, is_escalation_of,
            NULL },
    { EMPTY_ROOMS, EVT_ROOM_EMPTY, SHELF(empty_rooms),
            ROOM_KITCHEN | WAITERS | ROOM_ADMIN, 0, NULL, NULL },
#undef SHELF
};

#define SEES_STATS   (COOKS | ROOM_ADMIN)
#define SEES_SUMMARY (COOKS | WAITERS | ROOM_ADMIN)
#define SEES_LAYOUT  WAITERS

static const struct shelf *shelf_of(
        const struct state *state, const struct part *part)
{
    return (const void *)((const uint8_t *)state + part->shelf);
}

static bool hears(uint32_t mask, enum evt_id what)
{
    return evt_view(what, mask) != VIEW_NONE;
}

/* NULL `names`: all are. */
static bool is_named(const char *const *names, enum list_index list)
{
    if (!names)
        return true;
    while (*names && strcmp(*names, list_names[list]) != 0)
        names++;
    return *names != NULL;
}

/* Of what was added last. */
static void leave_out_earlier(const struct state *state,
        const struct part *part, struct list *list, size_t first)
{
    size_t kept = first;

    for (size_t i = first; i < list->count; i++)
        if (!part->is_earlier(state, list->messages[i]))
            list->messages[kept++] = list->messages[i];
    list->count = kept;
}

static void add_room(const struct state *state, struct list lists[LISTS],
        uint32_t mask, const struct room *room, const char *const *names)
{
    bool is_of_guests =
            state_are_guests(mask) && room->kind == ROOM_INDEX_TABLE;
    uint32_t kind = 1u << room->kind;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const struct part *part = &parts[i];
        struct list *list = &lists[part->list];
        size_t before = list->count;

        if (!((part->all | part->some) & kind) || !hears(mask, part->told) ||
                !is_named(names, part->list))
            continue;
        add(list, shelf_of(state, part), room,
                part->all & kind ? NULL : part->is_theirs);
        if (is_of_guests && part->is_earlier)
            leave_out_earlier(state, part, list, before);
    }
}

/* A picture that borrows all that it shows. */
static void point(Dw__Picture *picture, const struct list lists[LISTS])
{
    dw__picture__init(picture);
    picture->orders = (void *)lists[ORDERS].messages;
    picture->n_orders = lists[ORDERS].count;
    picture->tables = (void *)lists[TABLES].messages;
    picture->n_tables = lists[TABLES].count;
    picture->calls = (void *)lists[CALLS].messages;
    picture->n_calls = lists[CALLS].count;
    picture->alerts = (void *)lists[ALERTS].messages;
    picture->n_alerts = lists[ALERTS].count;
    picture->jobs = (void *)lists[JOBS].messages;
    picture->n_jobs = lists[JOBS].count;
    picture->pages = (void *)lists[PAGES].messages;
    picture->n_pages = lists[PAGES].count;
    picture->devices = (void *)lists[DEVICES].messages;
    picture->n_devices = lists[DEVICES].count;
    picture->menu = (void *)lists[MENU].messages;
    picture->n_menu = lists[MENU].count;
    picture->messages = (void *)lists[MESSAGES].messages;
    picture->n_messages = lists[MESSAGES].count;
    picture->accounts = (void *)lists[ACCOUNTS].messages;
    picture->n_accounts = lists[ACCOUNTS].count;
    picture->escalations = (void *)lists[ESCALATIONS].messages;
    picture->n_escalations = lists[ESCALATIONS].count;
    picture->empty_rooms = (void *)lists[EMPTY_ROOMS].messages;
    picture->n_empty_rooms = lists[EMPTY_ROOMS].count;
}

/* What is not in lists. */
struct rest {
    Dw__KitchenStats stats;
    Dw__Metadata orders;
    Dw__TablesMetadata tables;
    Dw__CoverTotals totals;
    Dw__OrdersSummary *summary; /* or NULL */
};

static void point_rest(Dw__Picture *picture, const struct state *state,
        struct rest *rest, uint32_t mask, uint32_t kinds)
{
    *rest = (struct rest){ DW__KITCHEN_STATS__INIT, DW__METADATA__INIT,
        DW__TABLES_METADATA__INIT, DW__COVER_TOTALS__INIT, NULL };
    if ((kinds & SEES_STATS) && hears(mask, EVT_KITCHEN_STATS)) {
        state_stats(state, &rest->stats);
        picture->stats = &rest->stats;
    }
    if ((kinds & SEES_SUMMARY) && hears(mask, EVT_ORDER_SUMMARY_UPDATED)) {
        rest->summary = state_summary(state);
        picture->summary = rest->summary;
    }
    if ((kinds & SEES_SUMMARY) && hears(mask, EVT_ORDER_UPDATED)) {
        state_orders_metadata(state, &rest->orders);
        picture->orders_metadata = &rest->orders;
    }
    if ((kinds & SEES_LAYOUT) && hears(mask, EVT_TABLE_LAYOUT_UPDATED)) {
        state_tables_metadata(state, &rest->tables, &rest->totals);
        picture->tables_metadata = &rest->tables;
        picture->layout = state->layout;
    }
}

/* Parts of a device that are told by events of their own. */
static void leave_out_untold(Dw__Device *device, uint32_t mask)
{
    struct {
        ProtobufCMessage **part;
        enum evt_id told;
    } parts_of[] = {
        { (void *)&device->telemetry, EVT_DEVICE_TELEMETRY },
        { (void *)&device->assigned, EVT_DEVICE_ASSIGNED },
        { (void *)&device->config, EVT_DEVICE_CONFIGURED },
    };

    for (size_t i = 0; i < sizeof(parts_of) / sizeof(parts_of[0]); i++) {
        if (!*parts_of[i].part || hears(mask, parts_of[i].told))
            continue;
        body_free(*parts_of[i].part);
        *parts_of[i].part = NULL;
    }
    if (device->assigned && !state_is_handed_out(device)) {
        body_free(&device->assigned->base); /* as one that never was */
        device->assigned = NULL;
    }
    if (!device->telemetry)
        device->has_telemetry_at_ms = 0;
}

Dw__Picture *state_picture(const struct state *state, uint32_t mask,
        const struct room *rooms, uint32_t count, const char *const *names)
{
    struct list lists[LISTS] = { 0 };
    Dw__Picture borrowed;
    Dw__Picture *picture;
    struct rest rest;
    uint32_t kinds = 0;

    for (uint32_t i = 0; i < count; i++) {
        add_room(state, lists, mask, &rooms[i], names);
        kinds |= 1u << rooms[i].kind;
    }
    point(&borrowed, lists);
    point_rest(&borrowed, state, &rest, mask, kinds);
    picture = (void *)body_redact(&borrowed.base, role_view(mask));
    for (size_t i = 0; picture && i < picture->n_devices; i++)
        leave_out_untold(picture->devices[i], mask);
    if (rest.summary)
        body_free(&rest.summary->base);
    free_lists(lists);
    return picture;
}

/* --- snapshots --- */

void state_pack(const struct state *state, struct buf *out)
{
    struct list lists[LISTS] = { 0 };
    Dw__Doors doors = DW__DOORS__INIT;
    Dw__Ledger ledger = DW__LEDGER__INIT;
    Dw__Metadata orders = DW__METADATA__INIT;
    Dw__TablesMetadata tables = DW__TABLES_METADATA__INIT;
    Dw__CoverTotals totals = DW__COVER_TOTALS__INIT;
    Dw__Picture picture;
    uint8_t *packed;
    size_t len;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        add(&lists[parts[i].list], shelf_of(state, &parts[i]), NULL, NULL);
    point(&picture, lists);
    state_orders_metadata(state, &orders);
    picture.orders_metadata = &orders;
    state_tables_metadata(state, &tables, &totals);
    picture.tables_metadata = &tables;
    picture.layout = state->layout;
    state_doors_list(&state->doors, &doors);
    picture.doors = &doors;
    state_ledger_list(state, &ledger);
    picture.ledger = &ledger;
    len = dw__picture__get_packed_size(&picture);
    packed = malloc(len + 1);
    if (packed) {
        dw__picture__pack(&picture, packed);
        buf_put(out, packed, len);
    } else {
        out->failed = true;
    }
    free(packed);
    state_doors_unlist(&doors);
    state_ledger_unlist(&ledger);
    free_lists(lists);
}

/* Put a copy of each on its shelf. */
#define RESTORE(shelf, messages, count, id)                                    \
    for (size_t i = 0; i < (count); i++)                                       \
    shelf_put((shelf), (messages)[i]->id, body_copy(&(messages)[i]->base))

static void restore_orders(struct state *state, const Dw__Picture *picture)
{
    for (size_t i = 0; i < picture->n_orders; i++) {
        Dw__Order *order = picture->orders[i];
        bool is_open = state_order_is_open(order);

        shelf_put(is_open ? &state->orders : &state->closed, order->id,
                body_copy(&order->base));
        if (is_open)
            state->by_status[order->status]++;
    }
    if (picture->orders_metadata) {
        state->orders_version = picture->orders_metadata->version;
        state->orders_updated_at_ms = picture->orders_metadata->updated_at_ms;
    }
}

static void restore_tables(struct state *state, const Dw__Picture *picture)
{
    RESTORE(&state->tables, picture->tables, picture->n_tables, id);
    if (picture->tables_metadata) {
        state->tables_version = picture->tables_metadata->version;
        state->tables_updated_at_ms = picture->tables_metadata->updated_at_ms;
    }
    if (picture->layout) {
        state->layout = (void *)body_copy(&picture->layout->base);
        assert(state->layout);
    }
}

enum err state_unpack(struct state *state, const void *data, size_t len)
{
    Dw__Picture *picture = dw__picture__unpack(NULL, len, data);

    if (!picture) {
        log_error("state: the snapshot cannot be read");
        return ERR_IO;
    }
    restore_orders(state, picture);
    restore_tables(state, picture);
    RESTORE(&state->calls, picture->calls, picture->n_calls, id);
    RESTORE(&state->alerts, picture->alerts, picture->n_alerts, id);
    RESTORE(&state->jobs, picture->jobs, picture->n_jobs, request->job_id);
    RESTORE(&state->pages, picture->pages, picture->n_pages, sent->page_id);
    RESTORE(&state->devices, picture->devices, picture->n_devices, id);
    RESTORE(&state->menu, picture->menu, picture->n_menu, id);
    RESTORE(&state->messages, picture->messages, picture->n_messages, id);
    RESTORE(&state->accounts, picture->accounts, picture->n_accounts, id);
    RESTORE(&state->escalations, picture->escalations, picture->n_escalations,
            last->id);
    RESTORE(&state->empty_rooms, picture->empty_rooms, picture->n_empty_rooms,
            room);
    state_doors_restore(&state->doors, picture->doors);
    state_ledger_restore(state, picture->ledger);
    dw__picture__free_unpacked(picture, NULL);
    return ERR_OK;
}
