#include "bridge/mqtt/inbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/count.h"
#include "hub/evt/body.h"
#include "hub/hub.h"
#include "schemas/common.pb-c.h"
#include "schemas/device.pb-c.h"

#define SLEEP_MOST_S 3600

/* --- receipts --- */

void receipt_put(struct buf *out, const struct note *note)
{
    const struct settlement *done = &note->settlement;
    const struct fault *fault = &note->fault;
    char id[ULID_CHARS + 1], epoch[EPOCH_CHARS + 1];

    buf_putc(out, '{');
    if (fault->code != ERR_OK) {
        if (note->key[0]) {
            buf_puts(out, "\"id\":");
            buf_put_json(out, note->key);
            buf_putc(out, ',');
        }
        if (note->is_device)
            buf_printf(out, "\"retry\":%s,\"ts\":%" PRId64 ",",
                    err_kinds[fault->code].retry ? "true" : "false",
                    note->at_ms);
        buf_puts(out, "\"error\":");
        dialect_put_fault(out, fault);
        buf_putc(out, '}');
        return;
    }
    ulid_print(&done->id, id);
    epoch_print(done->epoch, epoch);
    buf_puts(out, "\"id\":");
    buf_put_json(out, note->key[0] ? note->key : id);
    buf_printf(out, ",\"seq\":%" PRIu64 ",\"epoch\":\"%s\",\"duplicate\":%s",
            done->seq, epoch, done->duplicate ? "true" : "false");
    if (note->is_device)
        buf_printf(out, ",\"ts\":%" PRId64, note->at_ms);
    if (note->next_s > 0)
        buf_printf(out, ",\"next\":%" PRIu32, note->next_s);
    buf_putc(out, '}');
}

static struct note *free_note(struct inbox *inbox)
{
    for (uint32_t i = 0; i < INBOX_NOTES; i++)
        if (inbox->notes[i].stage == NOTE_FREE)
            return &inbox->notes[i];
    return NULL;
}

static void set_answered(struct inbox *inbox, struct note *note)
{
    note->stage = NOTE_ANSWERED;
    inbox->answered++;
}

bool inbox_next_receipt(
        struct inbox *inbox, char client[ID_CHARS + 1], struct buf *text)
{
    for (uint32_t i = 0; inbox->answered > 0 && i < INBOX_NOTES; i++) {
        struct note *note = &inbox->notes[i];

        if (note->stage != NOTE_ANSWERED)
            continue;
        snprintf(client, ID_CHARS + 1, "%s", note->client);
        receipt_put(text, note);
        note->stage = NOTE_FREE;
        inbox->answered--;
        return true;
    }
    return false;
}

void inbox_discard_receipts(struct inbox *inbox)
{
    for (uint32_t i = 0; i < INBOX_NOTES; i++)
        if (inbox->notes[i].stage == NOTE_ANSWERED)
            inbox->notes[i].stage = NOTE_FREE;
    inbox->answered = 0;
}

/* --- submitting --- */

/* Refused: whoever waits for a receipt hears why. */
static void refuse(struct inbox *inbox, const struct note *about,
        const struct fault *fault)
{
    struct note *note;

    if (!about->wants_receipt)
        return;
    note = free_note(inbox);
    if (!note) {
        inbox->must_drop = true;
        return;
    }
    *note = *about;
    note->fault = *fault;
    set_answered(inbox, note);
}

/*
 * The hub is full for a moment: what a device said stays with the broker. For
 * as long as a disk is full that would be one connection after the other: then
 * a device that waits for a receipt is told to try again, as a producer always
 * is, and what would not be stored the next time either is given up.
 */
static bool is_worth_keeping(
        const struct inbox *inbox, const struct note *about, enum err err)
{
    if (err == ERR_UNAVAILABLE)
        return about->is_device && !about->wants_receipt &&
               hub_takes(inbox->hub, about->what);
    return about->is_device &&
           (err == ERR_BUSY || err == ERR_IO || err == ERR_NO_MEMORY);
}

/* Not stored: does it stay with the broker? What a device has left there for
 * good can be read again. */
static bool keep_or_miss(
        struct inbox *inbox, const struct note *about, enum err err)
{
    if (is_worth_keeping(inbox, about, err)) {
        inbox->must_drop = true;
        return true;
    }
    if (err == ERR_UNAVAILABLE && about->is_state)
        inbox->has_missed_state = true;
    return false;
}

static void submit(struct inbox *inbox, const struct principal *from,
        const struct note *about, struct heard *heard, int64_t now_ms)
{
    struct note *note = free_note(inbox);
    struct fault fault = { 0 };
    struct submission submission = { .from = from,
        .what = heard->what,
        .body = heard->body,
        .key = heard->key[0] ? heard->key : NULL,
        .outlet = inbox->outlet,
        .owner = inbox->owner };
    enum err err;

    if (!note) {
        body_free(heard->body);
        inbox->must_drop = true;
        return;
    }
    *note = *about;
    note->what = heard->what;
    note->stage = NOTE_SUBMITTED;
    submission.ticket = (uint64_t)(note - inbox->notes);
    err = authority_submit(
            inbox->hub, inbox->authority, &submission, now_ms, &fault);
    if (err == ERR_OK)
        return;
    note->stage = NOTE_FREE;
    if (!keep_or_miss(inbox, note, err))
        refuse(inbox, about, &fault);
}

void inbox_settle(struct inbox *inbox, uint64_t ticket,
        const struct settlement *settlement)
{
    struct note *note = &inbox->notes[ticket];

    note->settlement = *settlement;
    note->stage = NOTE_FREE;
    if (settlement->err != ERR_OK) {
        keep_or_miss(inbox, note, settlement->err);
        fault_set(&note->fault, settlement->err, NULL, NULL);
    } else if (note->is_device && note->what == EVT_DEVICE_ONLINE) {
        note->next_s = hub_next_wake(inbox->hub, note->client);
    }
    if (note->wants_receipt)
        set_answered(inbox, note);
}

/* --- hearing --- */

/* Is it within what this role may send? */
static bool fits(const struct principal *from,
        const struct mosquitto_message *message, struct fault *fault)
{
    uint32_t most = role_message_bytes(from->roles);

    if (message->payloadlen >= 0 && (uint32_t)message->payloadlen <= most)
        return true;
    fault_set(
            fault, ERR_TOO_LARGE, NULL, "a message has at most %u bytes", most);
    return false;
}

static enum dialect_id dialect_of(
        const struct inbox *inbox, const char *client, int64_t now_ms)
{
    char login[LOGIN_CHARS + 1];

    sites_login(inbox->sites, inbox->site, client, login);
    return tongues_find(inbox->tongues, login, now_ms);
}

static void take_producer(struct inbox *inbox, const struct topic *topic,
        const struct mosquitto_message *message, int64_t now_ms)
{
    struct principal from = { .roles = ROLE_BACKEND };
    struct note about = { .wants_receipt = true };
    struct heard heard = { .what = EVT_NONE };
    struct fault fault = { 0 };

    snprintf(from.subject, sizeof(from.subject), "%s", topic->client);
    snprintf(about.client, sizeof(about.client), "%s", topic->client);
    if (!fits(&from, message, &fault) ||
            dialect_hear_message(dialect_of(inbox, topic->client, now_ms),
                    topic->event, message->payload, (size_t)message->payloadlen,
                    &heard, &fault) != ERR_OK) {
        count_refused(fault.code);
        snprintf(about.key, sizeof(about.key), "%s", heard.key);
        refuse(inbox, &about, &fault);
        return;
    }
    snprintf(about.key, sizeof(about.key), "%s", heard.key);
    submit(inbox, &from, &about, &heard, now_ms);
}

/* Each kind of message has its own topic. */
static bool fits_topic(enum topic_kind kind, enum evt_id what)
{
    bool is_ack = what == EVT_PRINT_PRINTED || what == EVT_PRINT_FAILED ||
                  what == EVT_PRINT_ACCEPTED || what == EVT_PAGE_ACKED ||
                  what == EVT_PAGE_RECEIVED;
    bool is_info = what == EVT_DEVICE_ONLINE;
    bool is_tele = what == EVT_DEVICE_TELEMETRY;

    if (kind == TOPIC_ACK)
        return is_ack;
    if (kind == TOPIC_INFO)
        return is_info;
    if (kind == TOPIC_TELE)
        return is_tele;
    return !is_ack && !is_info && !is_tele && what != EVT_DEVICE_OFFLINE;
}

/* It is what its credential was made for, whatever it calls itself. */
static void correct(ProtobufCMessage *online, const struct member *member)
{
    Dw__TableRef table = DW__TABLE_REF__INIT;
    char id[ID_CHARS + 1];

    body_replace_text(online, "kind", member_kinds[member->kind].name);
    if (!member->table[0])
        return;
    snprintf(id, sizeof(id), "%s", member->table);
    table.id = id;
    body_replace_part(online, "table", &table.base);
}

static void take_device(struct inbox *inbox, const struct topic *topic,
        const struct principal *from, const struct member *member,
        const struct mosquitto_message *message, int64_t now_ms)
{
    struct note about = { .is_device = true, .at_ms = now_ms };
    struct heard heard = { .what = EVT_NONE };
    struct fault fault = { 0 };
    enum err err = dialect_hear_envelope(
            message->payload, (size_t)message->payloadlen, &heard, &fault);

    if (err == ERR_OK && !fits_topic(topic->kind, heard.what)) {
        body_free(heard.body);
        err = fault_set(&fault, ERR_FORBIDDEN, "event", NULL);
    }
    snprintf(about.client, sizeof(about.client), "%s", topic->client);
    snprintf(about.key, sizeof(about.key), "%s", heard.key);
    about.wants_receipt = about.key[0] != '\0';
    if (err != ERR_OK) {
        count_refused(err);
        refuse(inbox, &about, &fault);
        return;
    }
    if (heard.what == EVT_DEVICE_ONLINE && member)
        correct(heard.body, member);
    submit(inbox, from, &about, &heard, now_ms);
}

static bool has_word(const struct mosquitto_message *message, const char *word)
{
    return message->payloadlen > 0 &&
           memmem(message->payload, (size_t)message->payloadlen, word,
                   strlen(word)) != NULL;
}

/* How long it sleeps: "wake":30. 0: it does not say so. */
static uint32_t wake_of(const struct mosquitto_message *message)
{
    static const char name[] = "\"wake\":";
    const char *end = (const char *)message->payload + message->payloadlen;
    const char *at = memmem(message->payload, (size_t)message->payloadlen, name,
            sizeof(name) - 1);
    uint32_t seconds = 0;

    for (at = at ? at + sizeof(name) - 1 : end;
            at < end && *at >= '0' && *at <= '9' && seconds <= SLEEP_MOST_S;
            at++)
        seconds = seconds * 10 + (uint32_t)(*at - '0');
    return seconds <= SLEEP_MOST_S ? seconds : SLEEP_MOST_S;
}

/*
 * {"s":"online"|"offline"|"asleep","boot":N,"ts":0}, of one that is asleep with
 * "wake":S. Only going is news here: a device that comes says more in
 * dev/<id>/info. The state is one of three words, so it can be looked for; the
 * boot number is read properly.
 */
static void take_state(struct inbox *inbox, const struct principal *from,
        const struct mosquitto_message *message, int64_t now_ms)
{
    struct note about = { .is_device = true, .is_state = true };
    struct heard heard = { .what = EVT_NONE };
    struct fault fault = { 0 };
    bool is_asleep = has_word(message, "\"asleep\"");

    if (!is_asleep && !has_word(message, "\"offline\""))
        return;
    if (dialect_hear("device.offline", message->payload,
                (size_t)message->payloadlen, &heard, &fault) != ERR_OK) {
        count_refused(fault.code);
        return;
    }
    if (!is_asleep) {
        submit(inbox, from, &about, &heard, now_ms);
        return;
    }
    hub_tell_asleep(inbox->hub, from->device,
            ((const Dw__DeviceOffline *)(const void *)heard.body)->boot,
            wake_of(message));
    body_free(heard.body);
}

/* Heard from somebody whom the broker will not let in again, or who is no
 * device but publishes as one. */
static void take_stranger(struct inbox *inbox, const struct topic *topic,
        const struct mosquitto_message *message)
{
    if (topic->kind == TOPIC_STATE && message->payloadlen > 0)
        inbox->is_stale = true;
    if (!message->retain)
        count_refused(ERR_FORBIDDEN);
}

void inbox_take(struct inbox *inbox, const struct mosquitto_message *message,
        int64_t now_ms)
{
    struct principal from = { .roles = ROLE_DEVICE };
    const struct member *member;
    struct fault fault = { 0 };
    struct topic topic;

    if (!topic_parse(inbox->site, message->topic, &topic)) {
        count_refused(ERR_BAD_ROOM);
        return;
    }
    if (message->retain && !topic_rows[topic.kind].is_retained)
        return;
    admit_look(inbox->admit, now_ms);
    member = admit_find(inbox->admit, inbox->sites, topic.client);
    if (member && (member->retired || !(member_kinds[member->kind].role &
                                              topic_rows[topic.kind].from))) {
        take_stranger(inbox, &topic, message);
        return;
    }
    if (topic.kind == TOPIC_IN) {
        take_producer(inbox, &topic, message, now_ms);
        return;
    }
    snprintf(from.subject, sizeof(from.subject), "%s", topic.client);
    snprintf(from.device, sizeof(from.device), "%s", topic.client);
    if (!fits(&from, message, &fault))
        count_refused(fault.code);
    else if (topic.kind == TOPIC_STATE)
        take_state(inbox, &from, message, now_ms);
    else
        take_device(inbox, &topic, &from, member, message, now_ms);
}
