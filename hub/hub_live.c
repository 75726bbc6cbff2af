/* Who is there: what clients tell the hub of themselves, and users.live for
 * whoever looks at it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/count.h"
#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "schemas/people.pb-c.h"

#define LIVE_MS    500  /* at most one users.live in this time */
#define LIVE_USERS 1000 /* as fields.def allows */
#define LIVE_BYTES (EVT_BODY_BYTES - 1024)
#define USER_EXTRA 8 /* bytes that a user takes besides its own, in a list */

/* --- when --- */

/* Only people: neither machines nor links, nor whoever has no name or is not
 * to be seen. */
static bool is_person(const struct hub_client *client)
{
    const struct principal *who = &client->principal;

    return !client->outlet->is_unseen &&
           !(who->roles & (ROLE_HUB | ROLE_DEVICE)) &&
           id_is_valid(who->subject, strlen(who->subject));
}

static void say_later(struct hub *hub)
{
    if (hub->live_at_ms == 0)
        hub->live_at_ms = hub->now_ms + LIVE_MS;
}

void hub_live_watch(struct hub *hub, const struct hub_client *client)
{
    if (!client->outlet->is_unseen)
        say_later(hub);
}

void hub_live_change(struct hub *hub, const struct hub_client *client)
{
    if (is_person(client))
        say_later(hub);
}

void hub_live_come(struct hub *hub, struct hub_client *client)
{
    client->since_ms = client->seen_ms = hub->now_ms;
    if (is_person(client))
        say_later(hub);
}

void hub_live_go(struct hub *hub, struct hub_client *client)
{
    free(client->path);
    client->path = NULL;
    if (is_person(client))
        say_later(hub);
}

/* --- what they say --- */

static void note_path(struct hub *hub, struct hub_client *client,
        const ProtobufCMessage *body)
{
    char *path = strdup(body_text(body, "path"));

    if (!path)
        return;
    free(client->path);
    client->path = path;
    client->path_at_ms = hub->now_ms;
    if (is_person(client))
        say_later(hub);
}

/* Whose account has changed: what it may do is said by its token alone. */
static void note_nothing(struct hub *hub, struct hub_client *client,
        const ProtobufCMessage *body)
{
    (void)hub;
    (void)client;
    (void)body;
}

static void (*const notes[EVT_COUNT])(struct hub *hub,
        struct hub_client *client, const ProtobufCMessage *body) = {
    [EVT_USER_NAVIGATED] = note_path,
    [EVT_USER_UPDATED] = note_nothing,
    [EVT_SOCKET_PING] = note_nothing,
};

static enum err may_note(struct hub *hub, struct hub_client *client,
        enum evt_id what, const ProtobufCMessage *body, struct fault *fault)
{
    if (hub_admits(hub, client) != ERR_OK)
        return fault_set(fault, ERR_UNAUTHORIZED, NULL, NULL);
    if (!notes[what] || !(evt_kinds[what].from & client->principal.roles)) {
        hub_log_refusal(hub, &client->principal, "note", evt_kinds[what].name,
                ERR_FORBIDDEN);
        return fault_set(fault, ERR_FORBIDDEN, "event", NULL);
    }
    return body_check(body, fault);
}

enum err hub_note(struct hub *hub, struct hub_client *client, enum evt_id what,
        ProtobufCMessage *body, int64_t now_ms, struct fault *fault)
{
    enum err err;

    *fault = (struct fault){ 0 };
    hub->now_ms = now_ms;
    err = may_note(hub, client, what, body, fault);
    if (err == ERR_OK) {
        client->seen_ms = now_ms;
        notes[what](hub, client, body);
    } else {
        count_refused(err);
    }
    body_free(body);
    return err;
}

/* --- who is there --- */

static int by_subject(const void *a, const void *b)
{
    const struct hub_client *const *first = a;
    const struct hub_client *const *second = b;

    return strcmp((*first)->principal.subject, (*second)->principal.subject);
}

/* The people among the clients, those of one subject side by side; to be
 * freed. */
static struct hub_client **sort_people(const struct hub *hub, size_t *count)
{
    struct hub_client **people =
            malloc((hub->client_count + 1) * sizeof(struct hub_client *));
    struct hub_client *client;

    assert(people);
    *count = 0;
    for (client = hub->clients; client; client = client->next)
        if (is_person(client))
            people[(*count)++] = client;
    qsort(people, *count, sizeof(struct hub_client *), by_subject);
    return people;
}

static void add_roles(Dw__LiveUser *user, uint32_t mask)
{
    user->roles = calloc(ROLE_COUNT, sizeof(*user->roles));
    assert(user->roles);
    for (int i = 0; i < ROLE_COUNT; i++)
        if (mask & 1u << i)
            body_set_string(&user->roles[user->n_roles++], roles[i].name);
}

/* One user of the first `count` connections, which are its own. */
static Dw__LiveUser *make_user(struct hub_client **own, size_t count)
{
    Dw__LiveUser *user = (void *)body_new(&dw__live_user__descriptor);
    const struct hub_client *newest = own[0];
    uint32_t mask = 0;

    assert(user);
    body_set_string(&user->user_id, own[0]->principal.subject);
    user->since_at_ms = own[0]->since_ms;
    user->seen_at_ms = own[0]->seen_ms;
    user->connections = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        mask |= own[i]->principal.roles;
        if (own[i]->since_ms < user->since_at_ms)
            user->since_at_ms = own[i]->since_ms;
        if (own[i]->seen_ms > user->seen_at_ms)
            user->seen_at_ms = own[i]->seen_ms;
        if (own[i]->path_at_ms > newest->path_at_ms)
            newest = own[i];
    }
    if (newest->path)
        body_set_string(&user->path, newest->path);
    add_roles(user, mask);
    return user;
}

/* Connections of one subject, from the first on. */
static size_t count_own(struct hub_client **people, size_t count)
{
    size_t own = 1;

    while (own < count && by_subject(&people[0], &people[own]) == 0)
        own++;
    return own;
}

/* As many as an event holds. */
static Dw__UsersLive *make_live(const struct hub *hub)
{
    Dw__UsersLive *live = (void *)body_new(&dw__users_live__descriptor);
    size_t count, own, bytes = 0;
    struct hub_client **people = sort_people(hub, &count);

    assert(live);
    live->users = calloc(LIVE_USERS, sizeof(*live->users));
    assert(live->users);
    for (size_t i = 0; i < count && live->n_users < LIVE_USERS; i += own) {
        Dw__LiveUser *user;

        own = count_own(people + i, count - i);
        user = make_user(people + i, own);
        bytes += protobuf_c_message_get_packed_size(&user->base) + USER_EXTRA;
        if (bytes > LIVE_BYTES) {
            body_free(&user->base);
            break;
        }
        live->users[live->n_users++] = user;
    }
    free(people);
    return live;
}

static bool is_watched(const struct hub *hub)
{
    struct hub_client **clients;
    struct room admin;
    uint32_t count;

    room_make(ROOM_INDEX_ADMIN, "", &admin);
    clients = route_clients(&hub->route, &admin, &count);
    for (uint32_t i = 0; i < count; i++)
        if (!clients[i]->outlet->is_unseen)
            return true;
    return false;
}

void hub_live_tick(struct hub *hub, int64_t now_ms)
{
    /* The wall clock may be set back; waiting for it again would be long. */
    if (hub->live_at_ms == 0 ||
            (now_ms < hub->live_at_ms && now_ms >= hub->live_at_ms - LIVE_MS))
        return;
    hub->live_at_ms = 0;
    if (is_watched(hub))
        hub_say(hub, EVT_USERS_LIVE, &make_live(hub)->base, now_ms);
}
