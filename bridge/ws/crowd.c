#include "bridge/ws/crowd.h"

#include <stdlib.h>
#include <string.h>

#define NETWORK_BYTES 8

struct in6_addr crowd_network(const struct in6_addr *address)
{
    struct in6_addr place = *address;

    if (!IN6_IS_ADDR_V4MAPPED(address))
        memset(place.s6_addr + NETWORK_BYTES, 0,
                sizeof(place.s6_addr) - NETWORK_BYTES);
    return place;
}

bool crowd_is_same(const struct in6_addr *a, const struct in6_addr *b)
{
    struct in6_addr one = crowd_network(a), other = crowd_network(b);

    return memcmp(&one, &other, sizeof(one)) == 0;
}

static uint64_t bucket_of(
        const struct crowd *crowd, const struct in6_addr *place)
{
    return hash_sip(crowd->key, place, sizeof(*place)) % CROWD_BUCKETS;
}

static struct crowd_place *find(
        const struct crowd *crowd, const struct in6_addr *address)
{
    struct in6_addr wanted = crowd_network(address);
    struct crowd_place *place;

    LIST_FOREACH(place, &crowd->buckets[bucket_of(crowd, &wanted)], chain)
    if (memcmp(&place->address, &wanted, sizeof(wanted)) == 0)
        return place;
    return NULL;
}

void crowd_init(struct crowd *crowd, struct hash_key key)
{
    crowd->key = key;
    for (int i = 0; i < CROWD_BUCKETS; i++)
        LIST_INIT(&crowd->buckets[i]);
}

struct crowd_place *crowd_enter(
        struct crowd *crowd, const struct in6_addr *address)
{
    struct crowd_place *place = find(crowd, address);

    if (!place) {
        place = calloc(1, sizeof(*place));
        if (!place)
            return NULL;
        place->address = crowd_network(address);
        LIST_INSERT_HEAD(&crowd->buckets[bucket_of(crowd, &place->address)],
                place, chain);
    }
    place->count++;
    return place;
}

void crowd_leave(struct crowd_place *place)
{
    if (!place || --place->count > 0)
        return;
    LIST_REMOVE(place, chain);
    free(place);
}

uint32_t crowd_count(const struct crowd *crowd, const struct in6_addr *address)
{
    const struct crowd_place *place = find(crowd, address);

    return place ? place->count : 0;
}
