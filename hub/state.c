#include "hub/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/log.h"
#include "hub/evt/body.h"

#define CLOSED_ORDERS 1000
#define SHELF_MAX     1000
#define JOBS_MAX      20000

/* What each event does to the picture; absent: nothing. */
static void (*const applies[EVT_COUNT])(
        struct state *state, const struct evt *evt) = {
    [EVT_ORDER_CREATED] = state_order_created,
    [EVT_ORDER_UPDATED] = state_order_updated,
    [EVT_ORDER_STATUS_CHANGED] = state_order_status,
    [EVT_ORDER_CONFIRMED] = state_order_step,
    [EVT_ORDER_ITEMS_ADDED] = state_order_items,
    [EVT_ORDER_CANCEL_REQUESTED] = state_order_cancel,
    [EVT_ORDER_CANCELLED] = state_order_step,
    [EVT_ORDER_SERVED] = state_order_step,
    [EVT_ORDER_COMPLETED] = state_order_step,
    [EVT_KITCHEN_ACKNOWLEDGED] = state_order_step,
    [EVT_KITCHEN_PREPARING] = state_order_step,
    [EVT_KITCHEN_READY] = state_order_step,
    [EVT_KITCHEN_COMPLETED] = state_order_step,
    [EVT_KITCHEN_CANCEL_ACCEPTED] = state_order_cancel,
    [EVT_KITCHEN_CANCEL_REJECTED] = state_order_cancel,
    [EVT_TABLE_UPDATED] = state_table_updated,
    [EVT_ALERT_CREATED] = state_alert_created,
    [EVT_ALERT_ACKNOWLEDGED] = state_alert_acknowledged,
    [EVT_SERVICE_CALL_CREATED] = state_call_created,
    [EVT_SERVICE_CALL_HANDLED] = state_call_handled,
    [EVT_PRINT_REQUESTED] = state_print_requested,
    [EVT_PRINT_PRINTED] = state_print_done,
    [EVT_PRINT_FAILED] = state_print_failed,
    [EVT_PAGE_SENT] = state_page_sent,
    [EVT_PAGE_ACKED] = state_page_acked,
    [EVT_DEVICE_ONLINE] = state_device_online,
    [EVT_DEVICE_OFFLINE] = state_device_offline,
};

void state_init(struct state *state)
{
    *state = (struct state){ 0 };
    shelf_init(&state->orders, UINT32_MAX);
    shelf_init(&state->closed, CLOSED_ORDERS);
    shelf_init(&state->tables, SHELF_MAX);
    shelf_init(&state->calls, SHELF_MAX);
    shelf_init(&state->alerts, SHELF_MAX);
    shelf_init(&state->jobs, JOBS_MAX);
    shelf_init(&state->pages, SHELF_MAX);
    shelf_init(&state->devices, SHELF_MAX);
}

void state_finish(struct state *state)
{
    shelf_finish(&state->orders);
    shelf_finish(&state->closed);
    shelf_finish(&state->tables);
    shelf_finish(&state->calls);
    shelf_finish(&state->alerts);
    shelf_finish(&state->jobs);
    shelf_finish(&state->pages);
    shelf_finish(&state->devices);
}

void state_apply(struct state *state, const struct evt *evt)
{
    if (applies[evt->what])
        applies[evt->what](state, evt);
}

/* --- the picture as a message --- */

/* A list of borrowed messages; the message that it is for only borrows, too,
 * until it is copied or packed. */
struct list {
    void **messages;
    size_t count;
    const struct shelf *whole; /* all of it is there */
};

typedef bool wanted_fn(const void *message, const struct room *room);

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

static bool is_of(const struct room *room, const Dw__TableRef *table,
        const char *order_id)
{
    if (room->kind == ROOM_INDEX_TABLE)
        return table && strcmp(table->id, room->id) == 0;
    if (room->kind == ROOM_INDEX_ORDER)
        return order_id && strcmp(order_id, room->id) == 0;
    return true;
}

static bool order_wanted(const void *message, const struct room *room)
{
    const Dw__Order *order = message;

    return is_of(room, order->table, order->id);
}

static bool table_wanted(const void *message, const struct room *room)
{
    const Dw__Table *table = message;

    return room->kind == ROOM_INDEX_TABLE && strcmp(table->id, room->id) == 0;
}

static bool call_wanted(const void *message, const struct room *room)
{
    return is_of(room, ((const Dw__ServiceCall *)message)->table, NULL);
}

static bool alert_wanted(const void *message, const struct room *room)
{
    return is_of(room, ((const Dw__Alert *)message)->table, NULL);
}

static bool page_wanted(const void *message, const struct room *room)
{
    const Dw__Page *page = message;

    return is_of(room, page->sent->table, page->sent->order_id);
}

struct lists {
    struct list orders, tables, calls, alerts, jobs, pages, devices;
    bool stats;
};

/* What a room's listeners see of the restaurant. */
static void add_room(
        const struct state *state, struct lists *lists, const struct room *room)
{
    switch (room->kind) {
    case ROOM_INDEX_KITCHEN:
    case ROOM_INDEX_STATION:
        add(&lists->orders, &state->orders, room, NULL);
        add(&lists->jobs, &state->jobs, room, NULL);
        add(&lists->devices, &state->devices, room, NULL);
        lists->stats = true;
        break;
    case ROOM_INDEX_WAITERS:
        add(&lists->orders, &state->orders, room, NULL);
        add(&lists->tables, &state->tables, room, NULL);
        add(&lists->calls, &state->calls, room, NULL);
        add(&lists->alerts, &state->alerts, room, NULL);
        add(&lists->pages, &state->pages, room, NULL);
        break;
    case ROOM_INDEX_TABLE:
        add(&lists->orders, &state->orders, room, order_wanted);
        add(&lists->tables, &state->tables, room, table_wanted);
        add(&lists->calls, &state->calls, room, call_wanted);
        add(&lists->alerts, &state->alerts, room, alert_wanted);
        add(&lists->pages, &state->pages, room, page_wanted);
        break;
    case ROOM_INDEX_ORDER:
        add(&lists->orders, &state->orders, room, order_wanted);
        add(&lists->orders, &state->closed, room, order_wanted);
        break;
    case ROOM_INDEX_ADMIN:
        add(&lists->devices, &state->devices, room, NULL);
        add(&lists->alerts, &state->alerts, room, NULL);
        lists->stats = true;
        break;
    default:
        break;
    }
}

static void free_lists(struct lists *lists)
{
    free(lists->orders.messages);
    free(lists->tables.messages);
    free(lists->calls.messages);
    free(lists->alerts.messages);
    free(lists->jobs.messages);
    free(lists->pages.messages);
    free(lists->devices.messages);
}

/* A picture that borrows all that it shows. */
static void point(Dw__Picture *picture, const struct lists *lists)
{
    dw__picture__init(picture);
    picture->orders = (void *)lists->orders.messages;
    picture->n_orders = lists->orders.count;
    picture->tables = (void *)lists->tables.messages;
    picture->n_tables = lists->tables.count;
    picture->calls = (void *)lists->calls.messages;
    picture->n_calls = lists->calls.count;
    picture->alerts = (void *)lists->alerts.messages;
    picture->n_alerts = lists->alerts.count;
    picture->jobs = (void *)lists->jobs.messages;
    picture->n_jobs = lists->jobs.count;
    picture->pages = (void *)lists->pages.messages;
    picture->n_pages = lists->pages.count;
    picture->devices = (void *)lists->devices.messages;
    picture->n_devices = lists->devices.count;
}

Dw__Picture *state_picture(const struct state *state, enum view view,
        const struct room *rooms, uint32_t count)
{
    Dw__KitchenStats stats = DW__KITCHEN_STATS__INIT;
    struct lists lists = { 0 };
    Dw__Picture borrowed;
    Dw__Picture *picture;

    for (uint32_t i = 0; i < count; i++)
        add_room(state, &lists, &rooms[i]);
    if (view == VIEW_CUSTOMER)
        lists.pages.count = 0; /* page.sent is not for guests either */
    point(&borrowed, &lists);
    state_stats(state, &stats);
    borrowed.stats = lists.stats ? &stats : NULL;
    picture = (void *)body_redact(&borrowed.base, view);
    free_lists(&lists);
    return picture;
}

/* --- snapshots --- */

void state_pack(const struct state *state, struct buf *out)
{
    struct lists lists = { 0 };
    Dw__Picture picture;
    uint8_t *packed;
    size_t len;

    add(&lists.orders, &state->orders, NULL, NULL);
    add(&lists.orders, &state->closed, NULL, NULL);
    add(&lists.tables, &state->tables, NULL, NULL);
    add(&lists.calls, &state->calls, NULL, NULL);
    add(&lists.alerts, &state->alerts, NULL, NULL);
    add(&lists.jobs, &state->jobs, NULL, NULL);
    add(&lists.pages, &state->pages, NULL, NULL);
    add(&lists.devices, &state->devices, NULL, NULL);
    point(&picture, &lists);
    len = dw__picture__get_packed_size(&picture);
    packed = malloc(len + 1);
    if (packed) {
        dw__picture__pack(&picture, packed);
        buf_put(out, packed, len);
    } else {
        out->failed = true;
    }
    free(packed);
    free_lists(&lists);
}

/* Put a copy of each on its shelf. */
#define RESTORE(shelf, messages, count, id)                                    \
    for (size_t i = 0; i < (count); i++)                                       \
    shelf_put((shelf), (messages)[i]->id, body_copy(&(messages)[i]->base))

enum err state_unpack(struct state *state, const void *data, size_t len)
{
    Dw__Picture *picture = dw__picture__unpack(NULL, len, data);

    if (!picture) {
        log_error("state: the snapshot cannot be read");
        return ERR_IO;
    }
    for (size_t i = 0; i < picture->n_orders; i++) {
        Dw__Order *order = picture->orders[i];
        bool is_open = state_order_is_open(order);

        shelf_put(is_open ? &state->orders : &state->closed, order->id,
                body_copy(&order->base));
        if (is_open)
            state->by_status[order->status]++;
    }
    RESTORE(&state->tables, picture->tables, picture->n_tables, id);
    RESTORE(&state->calls, picture->calls, picture->n_calls, id);
    RESTORE(&state->alerts, picture->alerts, picture->n_alerts, id);
    RESTORE(&state->jobs, picture->jobs, picture->n_jobs, request->job_id);
    RESTORE(&state->pages, picture->pages, picture->n_pages, sent->page_id);
    RESTORE(&state->devices, picture->devices, picture->n_devices, id);
    dw__picture__free_unpacked(picture, NULL);
    return ERR_OK;
}
