#include "bridge/ws/bearers.h"

#include <stdio.h>
#include <string.h>

void bearers_init(struct bearers *bearers, struct hash_key key)
{
    bearers->key = key;
    for (int i = 0; i < BEARERS_BUCKETS; i++)
        LIST_INIT(&bearers->buckets[i]);
}

uint64_t bearers_who(const struct bearers *bearers, const char *site,
        const struct principal *principal)
{
    char name[64 + SUBJECT_CHARS + 5 * (ID_CHARS + 1)];
    bool is_anybody = strcmp(principal->subject, BEARERS_ANYBODY) == 0;

    snprintf(name, sizeof(name), "%u\n%s\n%s\n%s\n%s\n%s\n%s",
            (unsigned)principal->roles, site, principal->subject,
            principal->table, principal->session, principal->device,
            is_anybody ? principal->token_id : "");
    return hash_sip(bearers->key, name, strlen(name));
}

/* The oldest of `who`. There is one, and each chain is short: its bearers are
 * limited, and nobody chooses whom they share it with. */
static struct bearer *oldest(struct bearer_chain *chain, uint64_t who)
{
    struct bearer *bearer, *found = NULL;

    LIST_FOREACH(bearer, chain, chain)
    if (bearer->who == who)
        found = bearer;
    return found;
}

static bool is_first_of_connection(
        const struct bearer_chain *chain, const struct bearer *bearer)
{
    const struct bearer *other;

    LIST_FOREACH(other, chain, chain)
    if (other->who == bearer->who && other->connection == bearer->connection)
        return other == bearer;
    return false;
}

/* Mostly each has a connection of its own, and they are few enough. */
static bool are_too_many(
        const struct bearer_chain *chain, uint64_t who, uint32_t most)
{
    const struct bearer *bearer;
    uint32_t listeners = 0, connections = 0;

    LIST_FOREACH(bearer, chain, chain)
    listeners += bearer->who == who;
    if (listeners <= most)
        return false;
    LIST_FOREACH(bearer, chain, chain)
    connections += bearer->who == who && is_first_of_connection(chain, bearer);
    return connections > most;
}

/* All that it speaks over this connection. */
static void end(
        struct bearer_chain *chain, uint64_t who, const void *connection)
{
    struct bearer *bearer, *next;

    for (bearer = LIST_FIRST(chain); bearer; bearer = next) {
        next = LIST_NEXT(bearer, chain);
        if (bearer->who != who || bearer->connection != connection)
            continue;
        bearers_leave(bearer);
        bearer->end(bearer);
    }
}

void bearers_enter(struct bearers *bearers, struct bearer *bearer, uint64_t who,
        void *connection, uint32_t most)
{
    struct bearer_chain *chain = &bearers->buckets[who % BEARERS_BUCKETS];

    bearers_leave(bearer);
    bearer->is_in = true;
    bearer->who = who;
    bearer->connection = connection;
    LIST_INSERT_HEAD(chain, bearer, chain);
    if (most > 0 && are_too_many(chain, who, most))
        end(chain, who, oldest(chain, who)->connection);
}

void bearers_leave(struct bearer *bearer)
{
    if (bearer->is_in)
        LIST_REMOVE(bearer, chain);
    bearer->is_in = false;
}
