/*
 * Devices that sleep: what they are to be told lies here until they wake.
 *
 * One that sleeps hears nothing, and the broker keeps nothing for it: what was
 * current when it was said is not when it is heard. So of its pages it is told
 * the newest that is open, of all else the last word. A page that was handed
 * over has arrived if the device says so, a word if it stayed as long as who
 * has heard something does; else it is handed over again at the next waking.
 * Only what is committed comes here. It lies in memory alone: after a start the
 * first waking of each device is journalled as its coming (hub_device.c), and
 * what follows from that is what it is told. Until then nobody knows whether it
 * rings, and it hears of each page that is over.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "schemas/device.pb-c.h"

#define PAGES 8 /* kept for one device, as a pager does: the newest */
#define WAKES 3 /* in which a thing is handed over; then it is given up */
#define HEARD_MS                                                               \
    2000 /* it stays for three seconds after what it has heard; and our        \
            clock ticks */

/* What it is told once, the last word of each kind. */
static const enum evt_id words[] = { EVT_DEVICE_ASSIGNED, EVT_DEVICE_CONFIGURED,
    EVT_DEVICE_IDENTIFY_REQUESTED };
#define WORDS (sizeof(words) / sizeof(words[0]))

struct mail {
    struct evt *evt; /* a reference; NULL: there is none */
    uint32_t wakes;  /* in which it was handed over */
    int64_t handed_ms;
    bool is_handed;  /* in this one */
    bool was_handed; /* ever: it may have arrived */
    bool has_arrived;
    bool is_end; /* of a page for which it rings */
};

struct sleeper {
    char id[ID_CHARS + 1];
    bool is_awake; /* as far as anybody knows */
    bool is_known; /* it has come since our start */
    bool has_lost; /* a page, for good */
    struct mail words[WORDS];
    struct mail pages[PAGES]; /* oldest first, without gaps */
    UT_hash_handle hh;
};

/* --- mail --- */

static void put(struct mail *mail, struct evt *evt)
{
    struct evt *before = mail->evt;

    *mail = (struct mail){ .evt = evt_ref(evt) };
    evt_unref(before);
}

static void drop(struct mail *mail)
{
    evt_unref(mail->evt);
    *mail = (struct mail){ 0 };
}

static bool is_late(const struct hub *hub, const struct evt *evt)
{
    return evt->exp_ms != 0 && evt->exp_ms < hub->now_ms;
}

static void drop_page(struct sleeper *sleeper, struct mail *mail)
{
    size_t at = (size_t)(mail - sleeper->pages);

    evt_unref(mail->evt);
    memmove(mail, mail + 1, (PAGES - at - 1) * sizeof(*mail));
    sleeper->pages[PAGES - 1] = (struct mail){ 0 };
}

static struct mail *find_page(struct sleeper *sleeper, const char *page_id)
{
    for (size_t i = 0; i < PAGES && sleeper->pages[i].evt; i++)
        if (strcmp(body_text(sleeper->pages[i].evt->body, "page_id"),
                    page_id) == 0)
            return &sleeper->pages[i];
    return NULL;
}

/* Of those that are open. */
static struct mail *newest_page(struct sleeper *sleeper)
{
    struct mail *newest = NULL;

    for (size_t i = 0; i < PAGES && sleeper->pages[i].evt; i++)
        if (!sleeper->pages[i].is_end)
            newest = &sleeper->pages[i];
    return newest;
}

static void drop_all(struct sleeper *sleeper)
{
    for (size_t i = 0; i < WORDS; i++)
        drop(&sleeper->words[i]);
    for (size_t i = 0; i < PAGES; i++)
        drop(&sleeper->pages[i]);
    sleeper->has_lost = false;
}

/* --- sleepers --- */

static struct sleeper *find(const struct hub *hub, const char *id)
{
    struct sleeper *sleeper;

    HASH_FIND_STR(hub->sleepers.all, id, sleeper);
    return sleeper;
}

static void forget(struct hub *hub, struct sleeper *sleeper)
{
    if (!sleeper)
        return;
    drop_all(sleeper);
    HASH_DEL(hub->sleepers.all, sleeper);
    free(sleeper);
}

void hub_finish_sleepers(struct hub *hub)
{
    struct sleeper *sleeper, *next;

    HASH_ITER(hh, hub->sleepers.all, sleeper, next)
    forget(hub, sleeper);
}

static struct sleeper *begin(struct hub *hub, const char *id)
{
    struct sleeper *sleeper = find(hub, id);

    if (!sleeper) {
        sleeper = calloc(1, sizeof(*sleeper));
        assert(sleeper);
        snprintf(sleeper->id, sizeof(sleeper->id), "%s", id);
        HASH_ADD_STR(hub->sleepers.all, id, sleeper);
    }
    drop_all(sleeper); /* what it is to hear follows from its coming */
    sleeper->is_awake = true;
    return sleeper;
}

/* Those that sleep say so, or the broker does for them. */
void hub_load_sleepers(struct hub *hub)
{
    const struct shelf_entry *entry = shelf_first(&hub->state.devices);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Device *device = shelf_message(entry);

        if (device->online && device->sleep_s > 0)
            begin(hub, device->id);
    }
}

static const Dw__Device *device_of(
        const struct hub *hub, const struct sleeper *sleeper)
{
    return shelf_find(&hub->state.devices, sleeper->id);
}

/* --- what is said --- */

/* The room by which the event is for the device: its own before its table's;
 * -1: it is not. */
static int room_for(const struct hub *hub, const struct sleeper *sleeper,
        const struct evt *evt)
{
    const Dw__Device *device = device_of(hub, sleeper);
    struct room room;
    int at = -1;

    if (room_make(ROOM_INDEX_DEVICE, sleeper->id, &room))
        at = evt_room_index(evt, &room);
    if (at < 0 && device && device->table && device->table->id &&
            room_make(ROOM_INDEX_TABLE, device->table->id, &room))
        at = evt_room_index(evt, &room);
    return at;
}

/* Behind the others; the oldest makes room. */
static struct mail *add_page(struct sleeper *sleeper)
{
    size_t count = 0;

    while (count < PAGES && sleeper->pages[count].evt)
        count++;
    if (count == PAGES) {
        drop_page(sleeper, &sleeper->pages[0]);
        count--;
    }
    return &sleeper->pages[count];
}

static void take_page(struct hub *hub, struct sleeper *sleeper, struct evt *evt)
{
    struct mail *mail = find_page(sleeper, body_text(evt->body, "page_id"));

    if (room_for(hub, sleeper, evt) < 0)
        return;
    put(mail ? mail : add_page(sleeper), evt);
    hub->sleepers.is_to_hand = true;
}

/* Does it ring for this page, or may it? */
static bool rings_for(const struct sleeper *sleeper, const struct mail *mail)
{
    if (!sleeper->is_awake)
        return false;
    if (!mail)
        return !sleeper->is_known;
    return mail->was_handed || mail->has_arrived || mail->is_end;
}

/* One that rings has to be told; one that never heard of it need not. Of what
 * is not for it, it hears in another word. */
static void end_page(struct hub *hub, struct sleeper *sleeper, struct evt *evt)
{
    struct mail *mail = find_page(sleeper, body_text(evt->body, "page_id"));
    bool is_own = strcmp(evt->src, sleeper->id) == 0;
    bool is_to_hear =
            evt->what != EVT_PAGE_LOST && !is_own && rings_for(sleeper, mail);

    if (is_to_hear ? room_for(hub, sleeper, evt) < 0 : !mail)
        return;
    hub->sleepers.is_to_hand = true; /* or an older one counts again */
    if (!is_to_hear) {
        drop_page(sleeper, mail);
        return;
    }
    mail = mail ? mail : add_page(sleeper);
    put(mail, evt);
    mail->is_end = true;
}

static void hear_page(struct hub *hub, struct sleeper *sleeper, struct evt *evt)
{
    struct mail *mail;

    if (evt->what == EVT_PAGE_SENT) {
        take_page(hub, sleeper, evt);
    } else if (evt->what != EVT_PAGE_RECEIVED) {
        end_page(hub, sleeper, evt);
    } else if (strcmp(evt->src, sleeper->id) == 0) {
        mail = find_page(sleeper, body_text(evt->body, "page_id"));
        if (mail)
            mail->has_arrived = true;
    }
}

static void hear_word(struct hub *hub, struct evt *evt)
{
    struct sleeper *sleeper = find(hub, body_text(evt->body, "device_id"));

    for (size_t i = 0; i < WORDS && sleeper; i++)
        if (words[i] == evt->what)
            put(&sleeper->words[i], evt);
    hub->sleepers.is_to_hand = true;
}

static void come(struct hub *hub, const Dw__DeviceOnline *online)
{
    if (online->sleep_s > 0)
        begin(hub, online->device_id)->is_known = true;
    else
        forget(hub, find(hub, online->device_id));
}

/* To its own topic, not to a room's. */
static bool is_mail(enum evt_id what)
{
    for (size_t i = 0; i < WORDS; i++)
        if (words[i] == what)
            return true;
    return what == EVT_PAGE_SENT || what == EVT_PAGE_CLEARED;
}

void hub_mail(struct hub *hub, struct evt *evt)
{
    struct sleeper *sleeper, *next;

    switch (evt->what) {
    case EVT_DEVICE_ONLINE:
        come(hub, (const void *)evt->body);
        break;
    case EVT_DEVICE_OFFLINE:
    case EVT_DEVICE_RETIRED:
        forget(hub, find(hub, body_text(evt->body, "device_id")));
        break;
    case EVT_PAGE_SENT:
    case EVT_PAGE_RECEIVED:
    case EVT_PAGE_ACKED:
    case EVT_PAGE_CLEARED:
    case EVT_PAGE_LOST:
        HASH_ITER(hh, hub->sleepers.all, sleeper, next)
        hear_page(hub, sleeper, evt);
        break;
    case EVT_DEVICE_ASSIGNED:
    case EVT_DEVICE_CONFIGURED:
    case EVT_DEVICE_IDENTIFY_REQUESTED:
        hear_word(hub, evt);
        break;
    default:
        break;
    }
}

/* --- waking and sleeping --- */

bool hub_knows_sleeper(const struct hub *hub, const char *id)
{
    const struct sleeper *sleeper = find(hub, id);

    return sleeper && sleeper->is_known;
}

void hub_wake_sleeper(struct hub *hub, const char *id)
{
    struct sleeper *sleeper = find(hub, id);

    if (!sleeper)
        return;
    sleeper->is_awake = true;
    for (size_t i = 0; i < WORDS; i++)
        sleeper->words[i].is_handed = false;
    for (size_t i = 0; i < PAGES; i++)
        sleeper->pages[i].is_handed = false;
    hub->sleepers.is_to_hand = true;
}

/* What was handed over as it said that it goes was on its way only. That it is
 * configured it says itself, when it wakes. */
static void settle_words(const struct hub *hub, struct sleeper *sleeper)
{
    for (size_t i = 0; i < WORDS; i++) {
        struct mail *mail = &sleeper->words[i];
        bool is_heard = words[i] != EVT_DEVICE_CONFIGURED &&
                        hub_passed(hub) - mail->handed_ms >= HEARD_MS;

        if (mail->is_handed && (is_heard || mail->wakes >= WAKES))
            drop(mail);
    }
}

/* What has arrived counts for as long as it is open: who knows of the newest
 * page needs none of the older ones. */
static void settle_pages(struct hub *hub, struct sleeper *sleeper)
{
    size_t i = 0;

    while (i < PAGES && sleeper->pages[i].evt) {
        struct mail *mail = &sleeper->pages[i];

        if (mail->is_end) {
            drop_page(sleeper, mail);
            continue;
        }
        if (mail->is_handed && !mail->has_arrived && mail->wakes >= WAKES)
            sleeper->has_lost = hub->sleepers.has_lost = true;
        i++;
    }
}

bool hub_has_page(const struct hub *hub, const char *id)
{
    struct sleeper *sleeper = find(hub, id);
    const struct mail *mail = sleeper ? newest_page(sleeper) : NULL;

    return mail && !mail->has_arrived && !is_late(hub, mail->evt);
}

void hub_lay_sleeper(struct hub *hub, const char *id)
{
    struct sleeper *sleeper = find(hub, id);

    if (!sleeper)
        return;
    settle_words(hub, sleeper);
    settle_pages(hub, sleeper);
    sleeper->is_awake = false;
}

/* Each is said once: the event that follows takes it from here. */
static void lose_pages(struct hub *hub, struct sleeper *sleeper)
{
    sleeper->has_lost = false;
    for (size_t i = 0; i < PAGES && sleeper->pages[i].evt; i++) {
        const struct mail *mail = &sleeper->pages[i];
        const char *id = body_text(mail->evt->body, "page_id");

        if (mail->wakes >= WAKES && !mail->has_arrived &&
                hub->failed == ERR_OK && shelf_find(&hub->state.pages, id))
            hub_lose_page(hub, id);
    }
}

void hub_watch_sleepers(struct hub *hub)
{
    struct sleeper *sleeper, *next;

    if (!hub->sleepers.has_lost || hub->failed != ERR_OK ||
            !hub_takes(hub, EVT_PAGE_LOST))
        return;
    hub->sleepers.has_lost = false;
    HASH_ITER(hh, hub->sleepers.all, sleeper, next)
    if (sleeper->has_lost)
        lose_pages(hub, sleeper);
}

/* --- handing over --- */

static void drop_late(const struct hub *hub, struct sleeper *sleeper)
{
    size_t i = 0;

    for (size_t n = 0; n < WORDS; n++)
        if (sleeper->words[n].evt && is_late(hub, sleeper->words[n].evt))
            drop(&sleeper->words[n]);
    while (i < PAGES && sleeper->pages[i].evt)
        if (is_late(hub, sleeper->pages[i].evt))
            drop_page(sleeper, &sleeper->pages[i]);
        else
            i++;
}

/* Of pages, those that are over, and then the newest alone. */
static struct mail *next_page(struct sleeper *sleeper)
{
    struct mail *newest = newest_page(sleeper);

    for (size_t i = 0; i < PAGES && sleeper->pages[i].evt; i++)
        if (sleeper->pages[i].is_end && !sleeper->pages[i].is_handed)
            return &sleeper->pages[i];
    return newest && !newest->is_handed && !newest->has_arrived ? newest : NULL;
}

static struct mail *next_mail(struct sleeper *sleeper)
{
    for (size_t i = 0; i < WORDS; i++)
        if (sleeper->words[i].evt && !sleeper->words[i].is_handed)
            return &sleeper->words[i];
    return next_page(sleeper);
}

bool hub_next_mail(
        struct hub *hub, char device[ID_CHARS + 1], struct delivery *delivery)
{
    struct sleeper *sleeper, *next;
    struct mail *mail;
    int room;

    if (!hub->sleepers.is_to_hand)
        return false;
    HASH_ITER(hh, hub->sleepers.all, sleeper, next)
    {
        if (!sleeper->is_awake)
            continue;
        drop_late(hub, sleeper);
        mail = next_mail(sleeper);
        if (!mail)
            continue;
        room = room_for(hub, sleeper, mail->evt);
        mail->is_handed = mail->was_handed = true;
        mail->wakes++;
        mail->handed_ms = hub_passed(hub);
        snprintf(device, ID_CHARS + 1, "%s", sleeper->id);
        *delivery = (struct delivery){ evt_ref(mail->evt),
            room < 0 ? 0 : (uint32_t)room, VIEW_DEVICE };
        return true;
    }
    hub->sleepers.is_to_hand = false;
    return false;
}

bool hub_keeps_mail(const struct hub *hub, const char *id, enum evt_id what)
{
    const Dw__Device *device =
            is_mail(what) ? shelf_find(&hub->state.devices, id) : NULL;

    return device && device->sleep_s > 0;
}

static void take_back(struct mail *mail)
{
    if (!mail->is_handed)
        return;
    mail->is_handed = false;
    mail->wakes--;
}

/* Who rings does not know of our link, and says nothing when it is back. */
void hub_lose_mail(struct hub *hub)
{
    struct sleeper *sleeper, *next;

    HASH_ITER(hh, hub->sleepers.all, sleeper, next)
    {
        for (size_t i = 0; i < WORDS; i++)
            take_back(&sleeper->words[i]);
        for (size_t i = 0; i < PAGES; i++)
            take_back(&sleeper->pages[i]);
    }
    hub->sleepers.is_to_hand = true;
}
