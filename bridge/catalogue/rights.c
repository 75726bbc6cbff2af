/* Who may enter, say and see what: the tables of rights, for people and for
 * whoever wants to decide the same without our code. */
#include "bridge/catalogue/parts.h"
#include "hub/evt/about.h"
#include "schemas/common.pb-c.h"
#include "schemas/members.h"
#include "schemas/people.pb-c.h"

/* --- what the tables mean --- */

/* What "own" is: of a room by its kind, of an event by who says it. */
static const char *const own_rooms[ROOM_COUNT] = {
    [ROOM_INDEX_TABLE] = "table",
    [ROOM_INDEX_ORDER] = "orders",
    [ROOM_INDEX_SESSION] = "session",
    [ROOM_INDEX_USER] = "user",
    [ROOM_INDEX_DEVICE] = "device",
};

static const char *const own_events[ROLE_COUNT] = {
    [ROLE_INDEX_TABLE] = "table",
    [ROLE_INDEX_USER] = "user",
    [ROLE_INDEX_DEVICE] = "device",
};

/* The claim that narrows a role. */
static const char *const scopes[ROLE_COUNT] = {
    [ROLE_INDEX_KITCHEN] = "stations",
    [ROLE_INDEX_WAITER] = "tables",
};

static const struct meaning {
    const char *word, *text;
} owns[] = {
    { "table", "The table that the token names, and orders of that table, as "
               "far as they are of the sitting that the token is of; of a new "
               "order the table that it names. In nobody's name, with no id "
               "of an alert or call, and of an order nothing that staff "
               "decides: status, priority, payment." },
    { "orders", "An order of the token's table and sitting." },
    { "session", "The sitting whose token was shown." },
    { "user", "The token's subject; of events: a message to the house "
              "(channel support), in nobody else's name." },
    { "device", "The device itself: no id but its own, nor that of another "
                "recipient; jobs that were given to it, calls and pages of "
                "the table where it stands." },
}, claims[] = {
    { "stations", "If the token names stations: their rooms, orders with an "
                  "item there, and items there. Else all." },
    { "tables", "If the token names tables, by id or as zone:<zone>: these, "
                "and open orders there. Else all." },
}, rules[] = {
    { "deny", "What is not granted here is refused, and nobody is told "
              "whether it exists." },
    { "union", "Who has several roles may what any of them may, and has the "
               "widest view of any of them." },
    { "names", "Who may not name others is refused when a body has another id "
               "than its own subject in one of `names`." },
    { "enter", "Expired, revoked, or of a sitting that is over: nothing." },
    { "site", "A token is good for its own restaurant only." },
    { "since", "Guests are given nothing from before their sitting." },
};

#define COUNT_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Where a body says in whose name it speaks. */
static const char *const names[] = { "actor.id", "by.id", "call.by.id",
    "chef.id", "message.author.id", "staffId" };

/* A role that may say an event only with some words in one of its fields: up
 * to and including `last`, or `last` alone. */
static const struct limit {
    enum role_index role;
    enum evt_id what;
    const char *field;
    const ProtobufCEnumDescriptor *type;
    int first, last;
} limits[] = {
    { ROLE_INDEX_WAITER, EVT_ORDER_ITEM_STATUS_CHANGED, "status",
            &dw__item_status__descriptor, DW__ITEM_STATUS__ITEM_STATUS_SERVED,
            DW__ITEM_STATUS__ITEM_STATUS_SERVED },
    { ROLE_INDEX_WAITER, EVT_KITCHEN_PRIORITY_CHANGED, "priority",
            &dw__priority__descriptor, DW__PRIORITY__PRIORITY_NORMAL,
            DW__PRIORITY__PRIORITY_EXPRESS },
};

/* Words in a body that say to which of its event's rooms it goes. */
static const char *const channels[] = { "kitchen", "waiters", "support",
    "board" };
static const char *const readers[] = { "kitchen", "waiter", "pool", "admin" };

static uint32_t bit(int role)
{
    return 1u << role;
}

static enum view view_of(const struct evt_kind *kind, int role)
{
    for (int view = VIEW_NONE + 1; view < VIEW_COUNT; view++)
        if (evt_seen_by(kind, (enum view)view) & bit(role))
            return (enum view)view;
    return VIEW_NONE;
}

/* --- JSON --- */

/* {"table": "table"}: for each role of the mask its word. */
static void doc_words_of(struct doc *doc, const char *key, uint32_t mask,
        const char *const *words, const char *word)
{
    doc_open_row(doc, key, '{');
    for (int i = 0; i < ROLE_COUNT; i++)
        if (mask & bit(i))
            doc_text(doc, roles[i].name, word ? word : words[i]);
    doc_close(doc, '{');
}

static void doc_meanings(struct doc *doc, const char *key,
        const struct meaning *rows, size_t count)
{
    doc_open(doc, key, '{');
    for (size_t i = 0; i < count; i++)
        doc_text(doc, rows[i].word, rows[i].text);
    doc_close(doc, '{');
}

static void doc_limits(struct doc *doc, enum evt_id what)
{
    char word[WORD_CHARS + 1];

    doc_open(doc, "only", '[');
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        const struct limit *limit = &limits[i];

        if (limit->what != what)
            continue;
        doc_open_row(doc, NULL, '{');
        doc_text(doc, "role", roles[limit->role].name);
        doc_text(doc, "field", limit->field);
        doc_open(doc, "words", '[');
        for (int value = limit->first; value <= limit->last; value++) {
            print_word(limit->type, value, word);
            doc_text(doc, NULL, word);
        }
        doc_close(doc, '[');
        doc_close(doc, '{');
    }
    doc_close(doc, '[');
}

static void doc_event(struct doc *doc, enum evt_id what)
{
    const struct evt_kind *kind = &evt_kinds[what];

    doc_open(doc, NULL, '{');
    doc_text(doc, "name", kind->name);
    doc_roles(doc, "any", kind->from);
    doc_words_of(doc, "own", kind->from_own, own_events, NULL);
    doc_words_of(doc, "scoped", kind->scoped, scopes, NULL);
    doc_limits(doc, what);
    doc_rooms(doc, "rooms", kind->to);
    doc_open_row(doc, "views", '{');
    for (int i = 0; i < ROLE_COUNT; i++)
        doc_text(doc, roles[i].name, view_names[view_of(kind, i)]);
    doc_close(doc, '{');
    doc_flag(doc, "takesRights", kind->takes);
    doc_flag(doc, "transient", kind->transient);
    doc_close(doc, '{');
}

static void doc_room(struct doc *doc, enum room_index kind)
{
    const struct room_kind *room = &room_kinds[kind];
    char name[ROOM_CHARS + 1];

    print_room_kind(kind, name);
    doc_open(doc, NULL, '{');
    doc_text(doc, "name", name);
    doc_roles(doc, "any", room->join);
    doc_words_of(doc, "own", room->join_own, NULL, own_rooms[kind]);
    doc_words_of(doc, "scoped", room->scoped, scopes, NULL);
    doc_close(doc, '{');
}

static void doc_role(struct doc *doc, int index)
{
    const struct role *role = &roles[index];

    doc_open_row(doc, NULL, '{');
    doc_text(doc, "name", role->name);
    doc_flag(doc, "logsIn", bit(index) != ROLE_HUB);
    doc_text(doc, "view", view_names[role->view]);
    doc_flag(doc, "namesOthers", role->names_others);
    doc_number(doc, "messageBytes", role->message_bytes);
    doc_number(doc, "perSecond", role->per_second);
    doc_number(doc, "connections", role->connections);
    doc_close(doc, '{');
}

static void doc_member(struct doc *doc, const struct member_kind *kind)
{
    doc_open_row(doc, NULL, '{');
    doc_text(doc, "name", kind->name);
    doc_roles(doc, "roles", kind->role);
    doc_rooms(doc, "hears", kind->hears);
    doc_rooms(doc, "roams", kind->roams);
    doc_close(doc, '{');
}

/* "Item": ["unitPriceCents"], of each type that has something to hide. */
static void doc_hidden(struct doc *doc, enum view view)
{
    struct types types;
    struct member member;

    types_collect(&types);
    doc_open(doc, view_names[view], '{');
    for (uint32_t i = 0; i < types.message_count; i++) {
        bool is_open = false;

        for (uint32_t at = 0; member_read(types.messages[i], &at, &member);) {
            if (!(member.rule->hide & 1u << view))
                continue;
            if (!is_open)
                doc_open_row(doc, types.messages[i]->short_name, '[');
            is_open = true;
            doc_text(doc, NULL, member.name);
        }
        if (is_open)
            doc_close(doc, '[');
    }
    doc_close(doc, '{');
}

/* A notification's role; a user's id in its place leads to that user. */
static uint32_t rooms_of_reader(const char *role)
{
    Dw__Notice notice = DW__NOTICE__INIT;

    notice.role = (char *)role;
    return evt_kinds[EVT_NOTIFICATION].to &
           about_rooms(EVT_NOTIFICATION, &notice.base);
}

static void doc_channels_of_words(struct doc *doc)
{
    doc_open(doc, "channels", '{');
    for (size_t i = 0; i < COUNT_OF(channels); i++)
        doc_rooms(doc, channels[i], about_channel(channels[i]));
    doc_close(doc, '{');
    doc_open(doc, "readers", '{');
    for (size_t i = 0; i < COUNT_OF(readers); i++)
        doc_rooms(doc, readers[i], rooms_of_reader(readers[i]));
    doc_close(doc, '{');
}

static void doc_explained(struct doc *doc)
{
    doc_meanings(doc, "rules", rules, COUNT_OF(rules));
    doc_meanings(doc, "own", owns, COUNT_OF(owns));
    doc_meanings(doc, "scopes", claims, COUNT_OF(claims));
    doc_open(doc, "names", '[');
    for (size_t i = 0; i < COUNT_OF(names); i++)
        doc_text(doc, NULL, names[i]);
    doc_close(doc, '[');
    doc_channels_of_words(doc);
}

void doc_rights(struct doc *doc)
{
    doc_open(doc, "rights", '{');
    doc_explained(doc);
    doc_open(doc, "roles", '[');
    for (int i = 0; i < ROLE_COUNT; i++)
        doc_role(doc, i);
    doc_close(doc, '[');
    doc_open(doc, "rooms", '[');
    for (int i = 0; i < ROOM_COUNT; i++)
        doc_room(doc, (enum room_index)i);
    doc_close(doc, '[');
    doc_open(doc, "events", '[');
    for (int i = 0; i < EVT_COUNT; i++)
        doc_event(doc, (enum evt_id)i);
    doc_close(doc, '[');
    doc_open(doc, "hidden", '{');
    for (int view = VIEW_FULL + 1; view < VIEW_COUNT; view++)
        doc_hidden(doc, (enum view)view);
    doc_close(doc, '{');
    doc_open(doc, "members", '[');
    for (int i = 0; i < MEMBER_COUNT; i++)
        doc_member(doc, &member_kinds[i]);
    doc_close(doc, '[');
    doc_close(doc, '{');
}

/* --- Markdown --- */

/* Under which heading its letter stands: F, S, C, D, or – for nothing. */
static const char *const letters[VIEW_COUNT] = {
    [VIEW_NONE] = "–",
    [VIEW_FULL] = "F",
    [VIEW_STAFF] = "S",
    [VIEW_CUSTOMER] = "C",
    [VIEW_DEVICE] = "D",
};

static void put_meanings(
        struct buf *out, const struct meaning *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "- **%s**: %s\n", rows[i].word, rows[i].text);
}

static void put_head(struct buf *out, const char *first)
{
    buf_printf(out, "\n| %s |", first);
    for (int i = 0; i < ROLE_COUNT; i++)
        buf_printf(out, " %s |", roles[i].name);
    buf_puts(out, "\n|---|");
    for (int i = 0; i < ROLE_COUNT; i++)
        buf_puts(out, "---|");
    buf_putc(out, '\n');
}

/* "yes", "own" or "its stations"; – for none. */
static void put_right(struct buf *out, int role, uint32_t any, uint32_t own,
        uint32_t scoped, const char *word)
{
    if (scoped & any & bit(role))
        buf_printf(out, " its %s |", scopes[role]);
    else if (any & bit(role))
        buf_puts(out, " yes |");
    else if (own & bit(role))
        buf_printf(out, " own %s |", word);
    else
        buf_puts(out, " – |");
}

static void put_rooms(struct buf *out)
{
    char name[ROOM_CHARS + 1];

    put_head(out, "may listen");
    for (int r = 0; r < ROOM_COUNT; r++) {
        const struct room_kind *room = &room_kinds[r];

        print_room_kind((enum room_index)r, name);
        buf_printf(out, "| `%s` |", name);
        for (int i = 0; i < ROLE_COUNT; i++)
            put_right(out, i, room->join, room->join_own, room->scoped,
                    own_rooms[r]);
        buf_putc(out, '\n');
    }
}

static void put_speakers(struct buf *out)
{
    put_head(out, "may say");
    for (int e = 0; e < EVT_COUNT; e++) {
        const struct evt_kind *kind = &evt_kinds[e];

        buf_printf(out, "| `%s` |", kind->name);
        for (int i = 0; i < ROLE_COUNT; i++)
            put_right(out, i, kind->from, kind->from_own, kind->scoped,
                    own_events[i]);
        buf_putc(out, '\n');
    }
}

static void put_viewers(struct buf *out)
{
    put_head(out, "sees");
    for (int e = 0; e < EVT_COUNT; e++) {
        buf_printf(out, "| `%s` |", evt_kinds[e].name);
        for (int i = 0; i < ROLE_COUNT; i++)
            buf_printf(out, " %s |", letters[view_of(&evt_kinds[e], i)]);
        buf_putc(out, '\n');
    }
}

static void put_limits(struct buf *out)
{
    char first[WORD_CHARS + 1], last[WORD_CHARS + 1];

    buf_putc(out, '\n');
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        const struct limit *limit = &limits[i];

        print_word(limit->type, limit->first, first);
        print_word(limit->type, limit->last, last);
        buf_printf(out, "- %s says `%s` only with `%s` %s",
                roles[limit->role].name, evt_kinds[limit->what].name,
                limit->field, first);
        if (limit->first != limit->last)
            buf_printf(out, " to %s", last);
        buf_puts(out, ".\n");
    }
}

void put_rights_tables(struct buf *out)
{
    buf_puts(out, "\n## Rights\n\n");
    put_meanings(out, rules, COUNT_OF(rules));
    buf_puts(out, "\nWhat is whose own:\n\n");
    put_meanings(out, owns, COUNT_OF(owns));
    put_meanings(out, claims, COUNT_OF(claims));
    put_rooms(out);
    put_speakers(out);
    put_limits(out);
    buf_puts(out, "\nF is the full view, S that of staff, C of guests, D of "
                  "devices; which fields a view goes without stands with each "
                  "event.\n");
    put_viewers(out);
}
