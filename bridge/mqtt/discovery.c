#include "bridge/mqtt/discovery.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/rest/device.h"
#include "hub/base/hash.h"
#include "hub/base/log.h"
#include "hub/evt/body.h"
#include "hub/hub.h"
#include "schemas/picture.pb-c.h"

#define NOTHING 1 /* the checksum of an empty message; 0 is none at all */

/* --- who there is --- */

static struct discovered *find(struct discovery *discovery, const char *id)
{
    for (uint32_t i = 0; i < discovery->count; i++)
        if (strcmp(discovery->devices[i].id, id) == 0)
            return &discovery->devices[i];
    return NULL;
}

/* NULL: there is no room, or that is no id. */
static struct discovered *find_or_add(
        struct discovery *discovery, const char *id)
{
    struct discovered *known = find(discovery, id);
    size_t len = strlen(id);

    if (known || !id_is_valid(id, len))
        return known;
    if (discovery->count == DISCOVERY_DEVICES) {
        if (!discovery->is_full)
            log_warn("mqtt: more than %d devices: Home Assistant is not told "
                     "of all",
                    DISCOVERY_DEVICES);
        discovery->is_full = true;
        return NULL;
    }
    known = &discovery->devices[discovery->count++];
    *known = (struct discovered){ .is_printer = false };
    memcpy(known->id, id, len + 1);
    return known;
}

static void touch(struct discovery *discovery, const char *id)
{
    struct discovered *known = id ? find_or_add(discovery, id) : NULL;

    if (!known)
        return;
    discovery->due += known->step == DISCOVERY_DONE;
    known->step = DISCOVERY_ABOUT;
}

/* --- the picture --- */

/* As whoever may see all of it. */
static bool look(struct discovery *discovery)
{
    static const char *const lists[] = { "devices", "jobs", NULL };
    static const struct room rooms[] = { { .kind = ROOM_INDEX_KITCHEN },
        { .kind = ROOM_INDEX_ADMIN } };

    if (!discovery->picture)
        discovery->picture =
                hub_picture_of(discovery->hub, ROLE_HUB, rooms, 2, lists);
    return discovery->picture;
}

static void look_away(struct discovery *discovery)
{
    if (discovery->picture)
        hub_picture_free(discovery->picture);
    discovery->picture = NULL;
}

static const Dw__Device *device_of(
        const struct discovery *discovery, const char *id)
{
    const Dw__Picture *picture = discovery->picture;

    for (size_t i = 0; i < picture->n_devices; i++)
        if (strcmp(picture->devices[i]->id, id) == 0)
            return picture->devices[i];
    return NULL;
}

/* --- paper --- */

/* The number of the last such event of a printer, by the field that names it,
 * of the last ones of all; 0: there is none. */
static uint64_t last_of(const struct delivery *deliveries, uint32_t count,
        const char *field, const char *id)
{
    while (count-- > 0) {
        const char *whose = body_text(deliveries[count].evt->body, field);

        if (whose && strcmp(whose, id) == 0)
            return deliveries[count].evt->seq;
    }
    return 0;
}

static void unref_all(struct delivery *deliveries, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        evt_unref(deliveries[i].evt);
}

/* A ticket that has come out since was on paper. */
static void recall_paper(struct discovery *discovery, struct hub_client *client)
{
    struct delivery outs[HISTORY], printed[HISTORY];
    uint32_t out_count = hub_history(discovery->hub, client,
                     EVT_DEVICE_PAPER_OUT, outs, HISTORY),
             printed_count = hub_history(discovery->hub, client,
                     EVT_PRINT_PRINTED, printed, HISTORY);

    for (uint32_t i = 0; i < discovery->count; i++) {
        struct discovered *known = &discovery->devices[i];

        known->is_paper_out =
                last_of(outs, out_count, "device_id", known->id) >
                last_of(printed, printed_count, "printer", known->id);
    }
    unref_all(outs, out_count);
    unref_all(printed, printed_count);
}

static void note_paper(struct discovery *discovery, const char *id, bool is_out)
{
    struct discovered *known = id ? find(discovery, id) : NULL;

    if (known)
        known->is_paper_out = is_out;
}

/* --- the interface --- */

void discovery_init(struct discovery *discovery, struct hub *hub,
        const struct home_place *place, bool is_on)
{
    memset(discovery, 0, sizeof(*discovery));
    discovery->hub = hub;
    discovery->place = *place;
    discovery->is_on = is_on;
}

void discovery_finish(struct discovery *discovery)
{
    look_away(discovery);
}

void discovery_restart(struct discovery *discovery, struct hub_client *client)
{
    const struct home_place place = discovery->place;

    look_away(discovery);
    discovery_init(discovery, discovery->hub, &place, discovery->is_on);
    if (!discovery->is_on || !look(discovery))
        return;
    for (size_t i = 0; i < discovery->picture->n_devices; i++)
        touch(discovery, discovery->picture->devices[i]->id);
    look_away(discovery);
    recall_paper(discovery, client);
}

bool discovery_filter(
        const struct discovery *discovery, int index, char out[TOPIC_CHARS + 1])
{
    if (index == 0)
        return home_print_filter(discovery->place.site, out);
    return index == 1 && topic_print(discovery->place.site, "dev/+/about", out);
}

/* Is it dev/<id>/about? */
static bool is_about(const struct discovery *discovery, const char *topic,
        char id[ID_CHARS + 1])
{
    char head[TOPIC_CHARS + 1], whole[TOPIC_CHARS + 1];
    size_t len;

    if (!topic_print(discovery->place.site, "dev/", head) ||
            strncmp(topic, head, strlen(head)) != 0)
        return false;
    topic += strlen(head);
    len = strcspn(topic, "/");
    if (!id_is_valid(topic, len) || strcmp(topic + len, "/about") != 0)
        return false;
    memcpy(id, topic, len);
    id[len] = '\0';
    return topic_print_id(discovery->place.site, "dev", id, "/about", whole);
}

static void note_stray(struct discovery *discovery, const char *topic)
{
    if (strlen(topic) > TOPIC_CHARS)
        return;
    if (discovery->stray_count == DISCOVERY_STRAYS) {
        discovery->is_behind = true;
        return;
    }
    memcpy(discovery->strays[discovery->stray_count++], topic,
            strlen(topic) + 1);
}

bool discovery_take(struct discovery *discovery, const char *topic,
        const void *data, size_t len, bool is_retained)
{
    char prefix[ID_CHARS + 1], id[ID_CHARS + 1];
    bool about = is_about(discovery, topic, id);
    bool is_here = about;

    if (!about) {
        if (!home_parse_topic(discovery->place.site, topic, prefix, id))
            return false;
        if (!home_is_ours(data, len))
            return true;
        is_here = strcmp(prefix, discovery->place.prefix) == 0;
    }
    if (!is_retained || len == 0)
        return true; /* what we say ourselves comes back */
    if (discovery->is_on && is_here)
        touch(discovery, id);
    else
        note_stray(discovery, topic);
    return true;
}

/* Tickets of an order that is over wait no longer. */
static void touch_printers(struct discovery *discovery)
{
    for (uint32_t i = 0; i < discovery->count; i++)
        if (discovery->devices[i].is_printer)
            touch(discovery, discovery->devices[i].id);
}

void discovery_see(struct discovery *discovery, const struct evt *evt)
{
    static const char *const names[] = { "device_id", "printer", "from_printer",
        "rerouted_from" };

    if (!discovery->is_on)
        return;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        touch(discovery, body_text(evt->body, names[i]));
    if (evt->what == EVT_ORDER_COMPLETED || evt->what == EVT_ORDER_CANCELLED)
        touch_printers(discovery);
    if (evt->what == EVT_DEVICE_PAPER_OUT)
        note_paper(discovery, body_text(evt->body, "device_id"), true);
    if (evt->what == EVT_PRINT_PRINTED)
        note_paper(discovery, body_text(evt->body, "printer"), false);
}

bool discovery_waits(const struct discovery *discovery)
{
    return discovery->due > 0 || discovery->stray_count > 0;
}

bool discovery_is_due(const struct discovery *discovery, int64_t now_ms)
{
    int64_t age_ms = now_ms - discovery->told_ms;

    return discovery_waits(discovery) &&
           (age_ms < 0 || age_ms >= DISCOVERY_PAUSE_MS);
}

/* --- saying --- */

static void put_about(struct buf *out, const struct discovery *discovery,
        const struct discovered *known, const Dw__Device *device)
{
    buf_putc(out, '{');
    device_put(out, device, discovery->picture, VIEW_FULL);
    if (known->is_printer)
        buf_printf(
                out, ",\"paper\":\"%s\"", known->is_paper_out ? "out" : "ok");
    buf_putc(out, '}');
}

/* Has it changed? Then it is what was said last. */
static bool is_news(uint32_t *said, const struct buf *text)
{
    uint32_t sum = text->len ? hash_crc32c(0, text->data, text->len) : NOTHING;

    if (text->len && sum <= NOTHING)
        sum = NOTHING + 1;
    if (*said == sum)
        return false;
    *said = sum;
    return true;
}

static bool next_about(struct discovery *discovery, struct discovered *known,
        const Dw__Device *device, char topic[TOPIC_CHARS + 1], struct buf *text)
{
    buf_clear(text);
    if (device)
        put_about(text, discovery, known, device);
    return is_news(&known->about, text) && !text->failed &&
           topic_print_id(
                   discovery->place.site, "dev", known->id, "/about", topic);
}

static bool next_config(struct discovery *discovery, struct discovered *known,
        const Dw__Device *device, char topic[TOPIC_CHARS + 1], struct buf *text)
{
    buf_clear(text);
    if (device)
        home_put_config(text, &discovery->place, device);
    return is_news(&known->config, text) && !text->failed &&
           home_print_topic(&discovery->place, known->id, topic);
}

static void end(struct discovery *discovery, struct discovered *known)
{
    bool is_gone = !device_of(discovery, known->id);

    known->step = DISCOVERY_DONE;
    discovery->due--;
    if (is_gone)
        *known = discovery->devices[--discovery->count];
}

/* False: nothing more of this one, in whose place there may be another. */
static bool next_of(struct discovery *discovery, struct discovered *known,
        char topic[TOPIC_CHARS + 1], struct buf *text)
{
    const Dw__Device *device = device_of(discovery, known->id);

    known->is_printer = device && strcmp(device->kind, "printer") == 0;
    while (known->step != DISCOVERY_END)
        if (known->step++ == DISCOVERY_ABOUT
                        ? next_about(discovery, known, device, topic, text)
                        : next_config(discovery, known, device, topic, text))
            return true;
    end(discovery, known);
    return false;
}

bool discovery_next(struct discovery *discovery, char topic[TOPIC_CHARS + 1],
        struct buf *text)
{
    buf_clear(text);
    if (discovery->stray_count > 0) {
        memcpy(topic, discovery->strays[--discovery->stray_count],
                TOPIC_CHARS + 1);
        return true;
    }
    if (discovery->due == 0 || !look(discovery))
        return false;
    for (uint32_t i = 0; i < discovery->count;) {
        struct discovered *known = &discovery->devices[i];

        if (known->step == DISCOVERY_DONE)
            i++;
        else if (next_of(discovery, known, topic, text))
            return true;
    }
    return false;
}

void discovery_told(struct discovery *discovery, int64_t now_ms)
{
    look_away(discovery);
    discovery->told_ms = now_ms;
}
