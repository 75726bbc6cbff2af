/* What became of an event at whoever was handed it, as an event: a
 * delivery.receipt, which follows from the event and walks like any other. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/count.h"
#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "schemas/watch.pb-c.h"

#define RECIPIENT_CHARS SUBJECT_CHARS
#define DELIVERY_CHARS  (ULID_CHARS + 1 + RECIPIENT_CHARS)
#define SUM_CHARS       8 /* of a name that is no id, in hexadecimal */
#define ID_LETTERS                                                             \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

/* As watch.proto has them. */
static const struct progress {
    const char *word;
    bool is_listeners; /* else it is the hub's own to say */
} progresses[] = {
    { "queued", false },
    { "sent", false },
    { "received", true },
    { "shown", true },
    { "printed", true },
    { "felt", true },
    { "done", true },
    { "failed", true },
    { "expired", false },
    { "unknown", false },
};

#define PROGRESSES (sizeof(progresses) / sizeof(progresses[0]))

/* What is said, of what, to whom it went. */
struct receipt {
    struct hub *hub;
    const struct principal *who;
    const char *progress;
    const char *reason;
    int64_t now_ms;
};

static const struct progress *find(const char *text, size_t len)
{
    for (size_t i = 0; i < PROGRESSES; i++)
        if (strlen(progresses[i].word) == len &&
                memcmp(progresses[i].word, text, len) == 0)
            return &progresses[i];
    return NULL;
}

const char *hub_progress(const char *text, size_t len)
{
    const struct progress *progress = find(text, len);

    return progress && progress->is_listeners ? progress->word : NULL;
}

/* --- names --- */

/* A subject may be anything that can be printed, such as an address of mail; as
 * an id it is cut, and told apart from others that look like it then. */
static void print_recipient(const struct hub *hub, const struct principal *who,
        char out[RECIPIENT_CHARS + 1])
{
    bool is_device = (who->roles & ROLE_DEVICE) && who->device[0];
    const char *name = is_device ? who->device : who->subject;
    struct hash_key key = journal_hash_key(hub->journal);
    size_t len = strlen(name);
    uint64_t sum;

    snprintf(out, RECIPIENT_CHARS + 1, "%s", name);
    if (len > 0 && strspn(name, ID_LETTERS) == len)
        return;
    sum = hash_sip(key, name, len);
    if (len > RECIPIENT_CHARS - 1 - SUM_CHARS)
        len = RECIPIENT_CHARS - 1 - SUM_CHARS;
    for (size_t i = 0; i < len; i++)
        if (!strchr(ID_LETTERS, out[i]))
            out[i] = '_';
    snprintf(out + len, 1 + SUM_CHARS + 1, "-%0*" PRIx32, SUM_CHARS,
            (uint32_t)sum);
}

static void print_delivery(const struct evt *evt, const char *recipient,
        char out[DELIVERY_CHARS + 1])
{
    char id[ULID_CHARS + 1];

    ulid_print(&evt->id, id);
    snprintf(out, DELIVERY_CHARS + 1, "%s-%s", id, recipient);
}

/* Under which it is said once. A key has no room for a whole recipient. */
static void print_key(const struct hub *hub, const struct evt *evt,
        const char *recipient, const char *progress, char out[KEY_CHARS + 1])
{
    struct hash_key key = journal_hash_key(hub->journal);
    char id[ULID_CHARS + 1];
    int len;

    ulid_print(&evt->id, id);
    len = snprintf(out, KEY_CHARS + 1, "%s.%016" PRIx64 ".%s", id,
            hash_sip(key, recipient, strlen(recipient)), progress);
    assert(len <= KEY_CHARS);
}

/* --- the event that it is about --- */

struct finding {
    struct hub *hub;
    uint64_t seq;
    struct evt *evt; /* NULL: there is none */
};

static bool on_found(void *context, const struct record *record)
{
    struct finding *finding = context;

    if (record->seq == finding->seq)
        finding->evt = hub_evt_of(finding->hub, record);
    return false;
}

/* Handed over; NULL: there is none, or not any more. */
static enum err find_evt(struct hub *hub, uint64_t seq, struct evt **evt)
{
    struct finding finding = { .hub = hub, .seq = seq };
    struct evt *recent;
    enum err err = ERR_OK;

    *evt = NULL;
    if (seq == 0 || seq > hub->head)
        return ERR_OK;
    recent = hub_recent(hub, seq);
    if (recent)
        *evt = evt_ref(recent);
    else
        err = journal_read(hub->journal, seq - 1, 1, on_found, &finding);
    if (finding.evt)
        *evt = finding.evt;
    return err == ERR_OK ? ERR_OK : ERR_UNAVAILABLE;
}

static bool was_handed(const struct hub_client *client, const struct evt *evt)
{
    if (evt_view(evt->what, client->principal.roles) == VIEW_NONE)
        return false;
    for (uint32_t i = 0; i < client->membership_count; i++) {
        const struct membership *membership = &client->memberships[i];

        if (evt->seq > membership->handed_from && evt->seq <= membership->top &&
                evt_room_index(evt, &membership->room) >= 0)
            return true;
    }
    return false;
}

/* --- saying it --- */

static ProtobufCMessage *make_body(const struct receipt *receipt,
        const struct evt *evt, const char *recipient)
{
    Dw__DeliveryReceipt *body =
            (void *)body_new(&dw__delivery_receipt__descriptor);
    const char *order = about_order(evt->body);
    char delivery[DELIVERY_CHARS + 1];
    bool is_made;

    if (!body)
        return NULL;
    print_delivery(evt, recipient, delivery);
    is_made = body_set_string(&body->delivery_id, delivery) &&
              body_set_string(&body->progress, receipt->progress) &&
              body_set_string(&body->recipient, recipient) &&
              body_set_string(&body->what, evt_kinds[evt->what].name) &&
              (!order || body_set_string(&body->order_id, order)) &&
              (!receipt->reason ||
                      body_set_string(&body->reason, receipt->reason));
    if (is_made)
        return &body->base;
    body_free(&body->base);
    return NULL;
}

/* Not said before: in with it. */
static enum err enter(const struct receipt *receipt, const struct evt *evt,
        const char *recipient, const char *key, struct fault *fault)
{
    ProtobufCMessage *body = make_body(receipt, evt, recipient);
    enum err err = body ? body_check(body, fault) : ERR_NO_MEMORY;

    if (err != ERR_OK) {
        body_free(body);
        return err;
    }
    return hub_say_of(receipt->hub, evt, EVT_DELIVERY_RECEIPT, body, key,
            receipt->now_ms);
}

/* ERR_NOT_FOUND: it was not said yet. */
static enum err find_said(struct hub *hub, const char *key)
{
    struct journal_found found;

    return journal_find(hub->journal, the_hub.subject, key, &found);
}

static enum err say(const struct receipt *receipt, const struct evt *evt,
        struct fault *fault)
{
    struct hub *hub = receipt->hub;
    char recipient[RECIPIENT_CHARS + 1], key[KEY_CHARS + 1];
    enum err err;

    print_recipient(hub, receipt->who, recipient);
    print_key(hub, evt, recipient, receipt->progress, key);
    err = find_said(hub, key);
    if (err == ERR_OK)
        count_add(COUNT_DUPLICATE, 1);
    else if (err == ERR_NOT_FOUND)
        err = enter(receipt, evt, recipient, key, fault);
    else
        hub_fail_turn(hub, err);
    return err;
}

/* Is there room for it, and what event is it? */
static enum err begin(struct hub *hub, uint64_t seq, struct evt **evt)
{
    if (hub->failed != ERR_OK || !hub_takes(hub, EVT_DELIVERY_RECEIPT))
        return ERR_UNAVAILABLE;
    if (hub->turn_count > TURN_MAX / 2)
        return ERR_BUSY;
    return find_evt(hub, seq, evt);
}

static enum err judge(const struct receipt *receipt,
        const struct hub_client *client, const struct evt *evt, bool is_known,
        struct fault *fault)
{
    if (!evt || (!is_known && !was_handed(client, evt)))
        return fault_set(
                fault, ERR_NOT_FOUND, "seq", "no such event was handed out");
    if (!evt_is_receiptable(evt->what))
        return fault_set(fault, ERR_IMPOSSIBLE, "seq",
                "nobody says what becomes of %s", evt_kinds[evt->what].name);
    return say(receipt, evt, fault);
}

static enum err report(const struct receipt *receipt,
        const struct hub_client *client, uint64_t seq, bool is_known,
        struct fault *fault)
{
    struct evt *evt = NULL;
    enum err err = begin(receipt->hub, seq, &evt);

    receipt->hub->now_ms = receipt->now_ms;
    if (err == ERR_OK)
        err = judge(receipt, client, evt, is_known, fault);
    evt_unref(evt);
    if (err == ERR_IO || err == ERR_FULL || err == ERR_NO_MEMORY)
        err = ERR_UNAVAILABLE;
    if (fault->code != err)
        fault_set(fault, err, NULL, NULL);
    return err;
}

enum err hub_acknowledge(struct hub *hub, struct hub_client *client,
        uint64_t seq, const char *progress, const char *reason, int64_t now_ms,
        struct fault *fault)
{
    struct receipt receipt = { hub, &client->principal, progress, reason,
        now_ms };

    *fault = (struct fault){ 0 };
    if (role_are_guests(client->principal.roles))
        return fault_set(fault, ERR_FORBIDDEN, NULL, NULL);
    if (!hub_progress(progress, strlen(progress)))
        return fault_set(fault, ERR_OUT_OF_RANGE, "progress",
                "must be one of " HUB_PROGRESSES);
    return report(&receipt, client, seq, false, fault);
}

enum err hub_vouch(struct hub *hub, struct hub_client *client, uint64_t seq,
        const char *progress, const char *reason, int64_t now_ms,
        struct fault *fault)
{
    struct receipt receipt = { hub, &client->principal, progress, reason,
        now_ms };

    *fault = (struct fault){ 0 };
    assert(find(progress, strlen(progress)));
    return report(&receipt, client, seq, true, fault);
}

bool hub_deliveries(const struct hub *hub, const char *order_id,
        const struct Dw__OrderDeliveries **found)
{
    *found = state_deliveries(&hub->state, order_id);
    return state_order(&hub->state, order_id) != NULL;
}

/* --- what nobody has said anything of --- */

struct looking {
    struct hub *hub;
    const struct hub_client *client;
    uint64_t upto;
    struct delivery *deliveries;
    uint32_t count, max;
};

static bool was_heard_of(
        struct hub *hub, const struct principal *who, const struct evt *evt)
{
    char recipient[RECIPIENT_CHARS + 1], key[KEY_CHARS + 1];

    print_recipient(hub, who, recipient);
    print_key(hub, evt, recipient, "", key); /* any word stands behind it */
    return journal_has_under(hub->journal, the_hub.subject, key);
}

/* One that counts. */
static bool is_unheard(const struct looking *looking, const struct evt *evt)
{
    return was_handed(looking->client, evt) &&
           !was_heard_of(looking->hub, &looking->client->principal, evt);
}

static bool on_looked_at(void *context, const struct record *record)
{
    struct looking *looking = context;
    uint32_t mask = looking->client->principal.roles;
    enum evt_id what = evt_find_wire(record->wire);
    struct evt *evt;

    if (record->seq > looking->upto)
        return false;
    if (what == EVT_NONE || !evt_is_receiptable(what))
        return true;
    evt = hub_evt_of(looking->hub, record);
    if (!evt || !is_unheard(looking, evt)) {
        evt_unref(evt);
        return true;
    }
    looking->deliveries[looking->count++] =
            (struct delivery){ .evt = evt, .view = evt_view(what, mask) };
    return looking->count < looking->max;
}

/* A journal that cannot be read is found out by others. */
uint32_t hub_unheard(struct hub *hub, struct hub_client *client, uint64_t after,
        uint64_t upto, struct delivery *deliveries, uint32_t max)
{
    struct looking looking = { hub, client, upto, deliveries, 0, max };

    if (upto > hub->head)
        looking.upto = upto = hub->head;
    if (upto > UNHEARD_DISTANCE && after < upto - UNHEARD_DISTANCE)
        after = upto - UNHEARD_DISTANCE;
    if (after < upto && max > 0)
        journal_read(
                hub->journal, after, UNHEARD_DISTANCE, on_looked_at, &looking);
    return looking.count;
}
