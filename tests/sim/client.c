#include "tests/sim/client.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/cursor.h"
#include "tests/sim/plant.h"
#include "tests/sim/trace.h"
#include "tests/sim/world.h"

#define LATENCY_MS   12
#define SLOW_LINK    100 /* of 1000: it takes ten times as long */
#define HEARTBEAT_MS 5000
#define RETRY_MS     300
#define MOST_RETRIES 5
#define FORGETS      50 /* of 1000: it comes back without its cursor */
#define ACKNOWLEDGES 15 /* of 1000 events: it says that it has seen it */
#define ORDER_ROOM   4  /* of 1000 events: it looks at the order */
#define ACKS         64

enum packet_kind { PACKET_JOINED, PACKET_EVENT, PACKET_TOPS, PACKET_CLOSED };

struct packet {
    enum packet_kind kind;
    struct client *client;
    uint64_t number; /* of the connection */
    struct evt *evt; /* a reference, of an event */
    uint32_t room;
    enum view view;
    struct room rooms[CLIENT_MEMBERS]; /* joined */
    uint32_t room_count;
    bool recovered;
    uint32_t epoch;
    uint64_t seq, seal; /* joined at; of tops: the highest */
    enum err err;       /* why it was closed */
};

/* Words about what was seen, until the house's next turn. */
static struct {
    struct client *client;
    uint64_t number, seq;
} acks[ACKS];
static uint32_t ack_count;

static agenda_act try_to_come;
static agenda_act on_packet;

/* --- who there is --- */

struct cast {
    uint32_t count;
    uint32_t roles;
    const char *name;
    const char *rooms[4]; /* %u: a table */
};

static const struct cast casts[] = {
    { 10, ROLE_KITCHEN, "kitchen", { "kitchen", "all" } },
    { 4, ROLE_KITCHEN, "grill", { "kitchen/grill", "kitchen" } },
    { 10, ROLE_WAITER, "waiter", { "waiters", "table/%u" } },
    { 4, ROLE_WAITER, "runner", { "restaurant" } },
    { 10, ROLE_TABLE, "guest", { "table/%u", "guests" } },
    { 4, ROLE_ADMIN, "admin", { "admin", "kitchen", "waiters" } },
    { 4, ROLE_BACKEND, "books", { "all", "waiters", "kitchen" } },
    { 2, ROLE_MANAGER, "manager", { "restaurant", "kitchen" } },
    { 2, ROLE_POS, "till", { "all", "restaurant" } },
};

static void give_rooms(struct client *client, const struct cast *cast)
{
    char text[ROOM_CHARS + 1];
    uint32_t table = client->index % WORLD_TABLES + 1;

    for (uint32_t i = 0; i < 4 && cast->rooms[i]; i++) {
        const char *pattern = cast->rooms[i];

        if (strchr(pattern, '%'))
            snprintf(text, sizeof(text), "table/%u", table);
        else
            snprintf(text, sizeof(text), "%s", pattern);
        if (!room_parse(text, strlen(text), &client->rooms[i]))
            abort();
        client->room_count++;
    }
    if (cast->roles & ROLE_TABLE)
        snprintf(client->principal.table, sizeof(client->principal.table), "%u",
                table);
}

static void cast_one(
        struct world *world, uint32_t index, const struct cast *cast)
{
    struct client *client = &world->clients[index];

    client->index = index;
    client->dice = dice_of(world->seed, 100 + index);
    snprintf(client->name, sizeof(client->name), "%s-%u", cast->name, index);
    client->principal.roles = cast->roles;
    memcpy(client->principal.subject, client->name, sizeof(client->name));
    give_rooms(client, cast);
    client->ear.name = client->name;
    client->ear.roles = cast->roles;
    if (cast->roles & ROLE_TABLE)
        client->ear.table = judge_room(world, &client->rooms[0]);
}

/* --- coming --- */

static void come(struct world *world, struct client *client, int64_t pause_ms)
{
    if (client->is_trying)
        return;
    client->is_trying = true;
    world_in(world, pause_ms, try_to_come, client, 0);
}

static void come_back(struct world *world, struct client *client)
{
    int64_t most = RETRY_MS
                   << (client->failures < MOST_RETRIES ? client->failures
                                                       : MOST_RETRIES);

    client->is_in = false;
    client->failures++;
    come(world, client, dice_pause(&client->dice, most));
}

/* The server's end is closed. */
static void close_conn(struct world *world, struct conn *conn)
{
    if (!conn->hub_client)
        return;
    house_forget_conn(world, conn);
    hub_detach(world->house.hub, conn->hub_client);
    conn->hub_client = NULL;
}

/* A guest shows a token that was just made. */
static void renew(struct world *world, struct client *client)
{
    if (!(client->principal.roles & ROLE_TABLE))
        return;
    client->principal.issued_at_ms = world_wall(world);
    judge_new_guest(world, &client->ear);
    client->has_cursor = false;
}

static struct packet *new_packet(struct conn *conn, enum packet_kind kind)
{
    struct packet *packet = calloc(1, sizeof(*packet));

    assert(packet);
    packet->kind = kind;
    packet->client = conn->client;
    packet->number = conn->number;
    return packet;
}

static void free_packet(struct packet *packet)
{
    evt_unref(packet->evt);
    free(packet);
}

static void send_packet(
        struct world *world, struct conn *conn, struct packet *packet)
{
    struct dice *dice = &conn->client->dice;
    int64_t latency = dice_pause(dice, LATENCY_MS);
    int64_t at;

    if (!world->is_calm && dice_is(dice, SLOW_LINK))
        latency *= 10;
    at = world->now_ms + latency;
    if (at < conn->arrives_ms)
        at = conn->arrives_ms;
    conn->arrives_ms = at;
    conn->in_flight++;
    agenda_put(&world->agenda, at, on_packet, packet, 0);
}

/* Ask the hub, with the cursor or without. */
static enum err ask_to_join(struct world *world, struct conn *conn,
        const struct room *rooms, uint32_t count, bool with_cursor,
        struct joined *joined)
{
    const struct client *client = conn->client;
    char cursor[CURSOR_CHARS + 1];
    struct fault fault = { 0 };

    if (with_cursor)
        cursor_print(client->epoch, client->seq, client->seal, cursor);
    if (with_cursor && world_plants(world, PLANT_NEEDLESS_PICTURE, 100))
        cursor[strlen(cursor) - 1] ^= 1;
    return hub_join(world->house.hub, conn->hub_client, rooms, count,
            with_cursor ? cursor : NULL, world_wall(world), joined, &fault);
}

static void show_judge(struct world *world, const struct client *client,
        const struct room *rooms, uint32_t count, bool with_cursor,
        const struct joined *joined)
{
    bool is_stale =
            !joined->recovered && world_plants(world, PLANT_STALE_PICTURE, 50);
    Dw__Picture *picture =
            joined->recovered
                    ? NULL
                    : hub_picture(world->house.hub, client->principal.roles,
                              rooms, is_stale ? 0 : count);

    judge_let_in(world, &client->principal, rooms, count, with_cursor,
            client->seq, joined, picture);
    hub_picture_free(picture);
}

static struct packet *new_answer(struct conn *conn, const struct room *rooms,
        uint32_t count, const struct joined *joined)
{
    struct packet *packet = new_packet(conn, PACKET_JOINED);
    struct cursor own;

    if (!cursor_parse(joined->cursor, &own))
        abort();
    memcpy(packet->rooms, rooms, count * sizeof(*rooms));
    packet->room_count = count;
    packet->recovered = joined->recovered;
    packet->epoch = joined->epoch;
    packet->seq = joined->seq;
    packet->seal = own.seal;
    return packet;
}

/* Join some rooms and tell the judge what the hub says to that. */
static enum err join(struct world *world, struct conn *conn,
        const struct room *rooms, uint32_t count, bool with_cursor)
{
    struct joined joined = { 0 };
    enum err err = ask_to_join(world, conn, rooms, count, with_cursor, &joined);

    if (err != ERR_OK)
        return err;
    show_judge(world, conn->client, rooms, count, with_cursor, &joined);
    send_packet(world, conn, new_answer(conn, rooms, count, &joined));
    return ERR_OK;
}

/* At the server: a connection, and all its rooms. */
static enum err accept_client(struct world *world, struct client *client)
{
    struct conn *conn = &client->conns[client->current ^= 1];
    enum err err;

    close_conn(world, conn); /* a dead one of long ago */
    *conn = (struct conn){ .client = client, .number = ++client->connections };
    err = hub_attach(world->house.hub, &client->principal, &house_conn_outlet,
            conn, &conn->hub_client);
    if (err != ERR_OK)
        abort();
    err = join(
            world, conn, client->rooms, client->room_count, client->has_cursor);
    if (err != ERR_OK) {
        close_conn(world, conn);
        return err;
    }
    conn_pump(world, conn);
    return ERR_OK;
}

static agenda_act on_heartbeat;

static void try_to_come(struct world *world, void *who, uint64_t unused)
{
    struct client *client = who;
    enum err err;

    (void)unused;
    client->is_trying = false;
    if (world->is_over)
        return;
    if (!world->house.hub) {
        come_back(world, client);
        return;
    }
    if (!world->is_calm && dice_is(&client->dice, FORGETS))
        client->has_cursor = false;
    if (client->principal.issued_at_ms > world_wall(world))
        renew(world, client); /* one of a time to come opens no door */
    err = accept_client(world, client);
    if (err == ERR_OK) {
        world_in(world, HEARTBEAT_MS, on_heartbeat,
                &client->conns[client->current], client->connections);
        return;
    }
    trace_note("%s is not let in: %llu", client->name, (uint64_t)err, 0, 0);
    if (err == ERR_UNAUTHORIZED)
        renew(world, client);
    come_back(world, client);
}

/* --- what is sent --- */

static void tell_close(struct world *world, struct conn *conn)
{
    struct packet *packet = new_packet(conn, PACKET_CLOSED);

    packet->err = hub_client_state(conn->hub_client);
    world->tally.closed++;
    trace_note("%s is closed: %llu", conn->client->name, (uint64_t)packet->err,
            0, 0);
    close_conn(world, conn);
    if (conn->is_dead)
        free_packet(packet);
    else
        send_packet(world, conn, packet);
}

/* Somebody else's connection, for what was planted. */
static struct conn *another(struct world *world, struct conn *conn)
{
    struct client *other =
            &world->clients[(conn->client->index + 7) % WORLD_CLIENTS];
    struct conn *at = &other->conns[other->current];

    return at->hub_client && other->is_in ? at : conn;
}

static struct packet *new_event(
        struct conn *conn, const struct delivery *delivery)
{
    struct packet *packet = new_packet(conn, PACKET_EVENT);

    packet->evt = delivery->evt;
    packet->room = delivery->room;
    packet->view = delivery->view;
    return packet;
}

/* It is another one, or arrives elsewhere, or twice; for what was planted. */
static struct conn *bend(
        struct world *world, struct conn *conn, struct packet *packet)
{
    const struct delivery same = { packet->evt, packet->room, packet->view };

    if (world_plants(world, PLANT_OTHER_VIEW, 2))
        packet->view = packet->view == VIEW_FULL ? VIEW_STAFF : VIEW_FULL;
    if (world_plants(world, PLANT_FORGE, 2)) {
        packet->evt = plant_forged(same.evt);
        evt_unref(same.evt);
    }
    if (world_plants(world, PLANT_REPEAT, 2)) {
        evt_ref(same.evt);
        send_packet(world, conn, new_event(conn, &same));
    }
    if (world_plants(world, PLANT_STRAY, 2))
        conn = another(world, conn);
    packet->client = conn->client;
    packet->number = conn->number;
    return conn;
}

static void send_event(
        struct world *world, struct conn *conn, struct delivery *delivery)
{
    struct packet *packet = new_event(conn, delivery);

    judge_told(world, packet->evt);
    if (conn->is_dead) { /* it goes nowhere, and is not acknowledged */
        conn->in_flight++;
        free_packet(packet);
    } else if (world_plants(world, PLANT_LOSE, 2)) {
        free_packet(packet);
    } else {
        conn = bend(world, conn, packet);
        send_packet(world, conn, packet);
    }
}

/* Two in the wrong order, for what was planted. */
static bool send_swapped(
        struct world *world, struct conn *conn, struct delivery *first)
{
    struct delivery second;

    if (conn->is_dead || !hub_has_next(conn->hub_client) ||
            !world_plants(world, PLANT_SWAP, 20))
        return false;
    if (!hub_next(world->house.hub, conn->hub_client, &second)) {
        world->planted = false;
        return false;
    }
    send_event(world, conn, &second);
    send_event(world, conn, first);
    return true;
}

void conn_pump(struct world *world, struct conn *conn)
{
    struct delivery delivery;

    while (conn->hub_client && !world->broken &&
            conn->in_flight < CLIENT_WINDOW &&
            conn->stalled_until_ms <= world->now_ms &&
            hub_next(world->house.hub, conn->hub_client, &delivery))
        if (!send_swapped(world, conn, &delivery))
            send_event(world, conn, &delivery);
    if (conn->hub_client && hub_client_state(conn->hub_client) != ERR_OK)
        tell_close(world, conn);
    else if (conn->hub_client && conn->in_flight < CLIENT_WINDOW &&
             hub_has_next(conn->hub_client))
        house_await(world);
}

/* The server names the highest number of each room now and then. */
static void on_heartbeat(struct world *world, void *who, uint64_t number)
{
    struct conn *conn = who;
    struct room rooms[CLIENT_ROOMS];
    uint64_t tops[CLIENT_ROOMS], top = 0;
    struct packet *packet;

    if (world->is_over || conn->number != number || !conn->hub_client)
        return;
    for (uint32_t i = hub_client_rooms(conn->hub_client, rooms, tops); i > 0;
            i--)
        if (tops[i - 1] > top)
            top = tops[i - 1];
    if (!conn->is_dead && conn->in_flight < CLIENT_WINDOW) {
        packet = new_packet(conn, PACKET_TOPS);
        packet->seq = top + world_plants(world, PLANT_HIGH_TOP, 50) * 1000;
        send_packet(world, conn, packet);
    }
    world_in(world, HEARTBEAT_MS, on_heartbeat, conn, number);
}

/* --- what arrives --- */

static void on_joined(
        struct world *world, struct client *client, const struct packet *packet)
{
    bool is_all = !client->is_in;

    if (is_all && !packet->recovered)
        client->ear.listens = false;
    judge_joined(world, &client->ear, packet->rooms, packet->room_count,
            packet->recovered, packet->seq);
    client->is_in = true;
    client->failures = 0;
    if (is_all && packet->recovered)
        world->tally.resumes++;
    else
        world->tally.pictures++;
    trace_note("%s is in at %llu, recovered %llu", client->name, packet->seq,
            packet->recovered, 0);
    if (!is_all)
        return; /* its place is that of its other rooms */
    client->has_cursor = true;
    client->epoch = packet->epoch;
    client->seq = packet->seq;
    client->seal = packet->seal;
}

/* Somebody of the staff wants to see more of an order. */
static void look_at_order(
        struct world *world, struct client *client, const struct evt *evt)
{
    struct conn *conn = &client->conns[client->current];
    const struct room *room = NULL;

    for (uint32_t i = 0; i < evt->room_count; i++)
        if (evt->rooms[i].kind == ROOM_INDEX_ORDER)
            room = &evt->rooms[i];
    for (uint32_t i = 0; room && i < client->room_count; i++)
        if (room_equal(&client->rooms[i], room))
            return;
    if (!room || client->room_count == CLIENT_MEMBERS ||
            (client->principal.roles & ROLE_TABLE) ||
            !hub_may_join(world->house.hub, &client->principal, room))
        return;
    if (join(world, conn, room, 1, false) == ERR_OK)
        client->rooms[client->room_count++] = *room;
}

static void acknowledge(
        struct world *world, struct client *client, const struct evt *evt)
{
    if ((client->principal.roles & ROLE_TABLE) || ack_count == ACKS ||
            !evt_is_receiptable(evt->what))
        return;
    acks[ack_count].client = client;
    acks[ack_count].number = client->connections;
    acks[ack_count++].seq = evt->seq;
    house_await(world);
}

static void on_event(struct world *world, struct client *client,
        struct conn *conn, const struct packet *packet)
{
    const struct evt *evt = packet->evt;

    world->tally.deliveries++;
    trace_note("%s hears %llu", client->name, evt->seq, 0, 0);
    judge_heard(world, &client->ear, evt, packet->room, packet->view);
    client->seq = evt->seq;
    client->seal = evt->seal;
    client->epoch = evt->epoch;
    if (world->is_calm || !conn->hub_client || world->broken)
        return;
    if (dice_is(&client->dice, ACKNOWLEDGES))
        acknowledge(world, client, evt);
    if (dice_is(&client->dice, ORDER_ROOM))
        look_at_order(world, client, evt);
}

static void on_closed(struct world *world, struct client *client, enum err err)
{
    if (err == ERR_UNAUTHORIZED)
        renew(world, client);
    come_back(world, client);
}

static void take_packet(struct world *world, struct client *client,
        struct conn *conn, const struct packet *packet)
{
    switch (packet->kind) {
    case PACKET_JOINED:
        on_joined(world, client, packet);
        break;
    case PACKET_EVENT:
        on_event(world, client, conn, packet);
        break;
    case PACKET_TOPS:
        judge_top(world, &client->ear, packet->seq);
        break;
    case PACKET_CLOSED:
        on_closed(world, client, packet->err);
        break;
    }
}

static void on_packet(struct world *world, void *who, uint64_t unused)
{
    struct packet *packet = who;
    struct client *client = packet->client;
    struct conn *conn = &client->conns[client->current];

    (void)unused;
    if (!world->is_over && conn->number == packet->number && !conn->is_dead) {
        conn->in_flight--;
        take_packet(world, client, conn, packet);
        if (conn->hub_client && !world->broken)
            conn_pump(world, conn);
    }
    free_packet(packet);
}

void clients_acknowledge(struct world *world)
{
    for (uint32_t i = 0; i < ack_count; i++) {
        struct client *client = acks[i].client;
        struct conn *conn = &client->conns[client->current];
        struct fault fault = { 0 };

        if (conn->number == acks[i].number && conn->hub_client)
            hub_acknowledge(world->house.hub, conn->hub_client, acks[i].seq,
                    "shown", NULL, world_wall(world), &fault);
    }
    ack_count = 0;
}

/* --- what goes wrong --- */

static agenda_act on_silence;

/* Nobody at this end heard of it: the server finds out late. */
static void on_silence(struct world *world, void *who, uint64_t number)
{
    struct conn *conn = who;

    if (!world->is_over && conn->number == number)
        close_conn(world, conn);
}

static void cut(struct world *world, struct client *client, bool is_half_open)
{
    struct conn *conn = &client->conns[client->current];

    if (!conn->hub_client || conn->is_dead)
        return;
    world->tally.cuts++;
    trace_note("%s is cut, half open %llu", client->name, is_half_open, 0, 0);
    conn->is_dead = true;
    if (is_half_open)
        world_in(world, CONN_SILENCE_MS, on_silence, conn, conn->number);
    else
        close_conn(world, conn);
    come_back(world, client);
}

void clients_cut_some(struct world *world, struct dice *dice)
{
    bool is_everybody = dice_is(dice, 40);

    for (uint32_t i = 0; i < WORLD_CLIENTS; i++)
        if (is_everybody || dice_is(dice, 60))
            cut(world, &world->clients[i], dice_is(dice, 250));
}

static void on_reads_again(struct world *world, void *who, uint64_t number)
{
    struct conn *conn = who;

    if (!world->is_over && conn->number == number && conn->hub_client)
        conn_pump(world, conn);
}

void clients_stall_some(struct world *world, struct dice *dice)
{
    bool is_many = dice_is(dice, 100);

    for (uint32_t i = 0; i < WORLD_CLIENTS; i++) {
        struct client *client = &world->clients[i];
        struct conn *conn = &client->conns[client->current];
        int64_t pause_ms = dice_between(dice, 500, 15000);

        if (!conn->hub_client || !dice_is(dice, is_many ? 500 : 40))
            continue;
        world->tally.stalls++;
        conn->stalled_until_ms = world->now_ms + pause_ms;
        world_in(world, pause_ms, on_reads_again, conn, conn->number);
    }
}

/* Each finds out in its own time. */
void clients_lose_house(struct world *world)
{
    for (uint32_t i = 0; i < WORLD_CLIENTS; i++) {
        struct client *client = &world->clients[i];

        for (uint32_t n = 0; n < 2; n++) {
            bool was_open = client->conns[n].hub_client != NULL;

            close_conn(world, &client->conns[n]);
            if (!was_open || n != client->current || client->conns[n].is_dead)
                continue;
            client->conns[n].is_dead = true;
            come_back(world, client);
        }
    }
    ack_count = 0;
}

void clients_begin(struct world *world)
{
    uint32_t index = 0;

    ack_count = 0;
    for (size_t i = 0; i < sizeof(casts) / sizeof(casts[0]); i++)
        for (uint32_t n = 0; n < casts[i].count; n++)
            cast_one(world, index++, &casts[i]);
    assert(index == WORLD_CLIENTS);
    for (uint32_t i = 0; i < WORLD_CLIENTS; i++) {
        struct client *client = &world->clients[i];

        client->principal.issued_at_ms = world_wall(world);
        come(world, client, dice_draw(&client->dice, 3000));
    }
}

void clients_end(struct world *world)
{
    for (uint32_t i = 0; i < WORLD_CLIENTS; i++)
        ear_finish(&world->clients[i].ear);
}
