#include "bridge/catalogue/catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "bridge/dialect/dialect.h"
#include "hub/evt/body.h"
#include "schemas/catalogue.h"
#include "schemas/dialects.h"
#include "schemas/rooms.h"

#define NAME_CHARS 200

static const struct catalogue_place place = {
    .site = "north",
    .http_port = 8181,
    .mqtt_port = 1884,
};

static char *print(struct buf *out, const char *format)
{
    buf_init(out, CATALOGUE_BYTES);
    assert_true(dialect_catalogue(out, format, &place));
    buf_putc(out, '\0');
    assert_false(out->failed);
    return out->data;
}

static cJSON *document(const char *format)
{
    struct buf out;
    cJSON *json;

    print(&out, format);
    json = cJSON_ParseWithLengthOpts(out.data, out.len, NULL, true);
    buf_finish(&out);
    assert_non_null(json);
    return json;
}

static const cJSON *member(const cJSON *object, const char *name)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);

    if (!found)
        fail_msg("there is no %s", name);
    return found;
}

static bool has(const cJSON *list, const char *text)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (strcmp(item->valuestring, text) == 0)
            return true;
    }
    return false;
}

static const cJSON *schema(const cJSON *api, const char *name)
{
    return member(member(member(api, "components"), "schemas"), name);
}

/* --- all formats --- */

static void every_format_names_every_event(void **state)
{
    static const char *const formats[] = { "json", "markdown", "ts",
        "asyncapi" };

    (void)state;
    for (size_t f = 0; f < 4; f++) {
        struct buf out;
        char *text = print(&out, formats[f]);

        for (int i = 0; i < EVT_COUNT; i++)
            assert_non_null(strstr(text, evt_kinds[i].name));
        buf_finish(&out);
    }
}

static void there_are_no_other_formats(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, CATALOGUE_BYTES);
    assert_false(dialect_catalogue(&out, "xml", &place));
    assert_int_equal(out.len, 0);
    buf_finish(&out);
}

static void refuse_same_keys(const cJSON *json)
{
    const cJSON *item, *later;

    cJSON_ArrayForEach(item, json)
    {
        for (later = item->next; later && cJSON_IsObject(json);
                later = later->next)
            if (strcmp(item->string, later->string) == 0)
                fail_msg("%s is there twice", item->string);
        refuse_same_keys(item);
    }
}

static void json_formats_have_no_key_twice(void **state)
{
    cJSON *json = document("json"), *api = document("asyncapi");

    (void)state;
    refuse_same_keys(json);
    refuse_same_keys(api);
    cJSON_Delete(json);
    cJSON_Delete(api);
}

/* --- json --- */

static void json_has_each_event_with_its_fields(void **state)
{
    cJSON *json = document("json");
    const cJSON *event = member(json, "events")->child;

    (void)state;
    for (int i = 0; i < EVT_COUNT; i++, event = event->next) {
        const ProtobufCMessageDescriptor *body = evt_kinds[i].body;

        assert_string_equal(
                member(event, "name")->valuestring, evt_kinds[i].name);
        assert_int_equal(member(event, "number")->valueint, evt_kinds[i].wire);
        assert_int_equal(
                member(event, "ttlSeconds")->valueint, evt_kinds[i].ttl_s);
        assert_int_equal(cJSON_GetArraySize(member(event, "fields")) > 0,
                body->n_fields > 0);
        assert_false(has(member(event, "from"), "hub"));
    }
    assert_null(event);
    cJSON_Delete(json);
}

static void json_has_every_room_with_its_aliases_and_every_role(void **state)
{
    cJSON *json = document("json");
    const cJSON *room = member(json, "rooms")->child;

    (void)state;
    assert_int_equal(cJSON_GetArraySize(member(json, "rooms")), ROOM_COUNT);
    assert_int_equal(cJSON_GetArraySize(member(json, "roles")), ROLE_COUNT);
    for (int i = 0; i < ROOM_COUNT; i++, room = room->next) {
        const char *name = member(room, "name")->valuestring;

        assert_int_equal(strchr(name, '/') != NULL, room_kinds[i].has_id);
        assert_memory_equal(
                name, room_kinds[i].name, strlen(room_kinds[i].name));
        for (int d = 0; d < DIALECT_COUNT; d++)
            assert_int_equal(
                    cJSON_GetObjectItemCaseSensitive(
                            member(room, "aliases"), dialects[d].name) != NULL,
                    room_kinds[i].alias[d] != NULL);
    }
    cJSON_Delete(json);
}

static void rights_have_every_role_room_and_event_with_a_view_for_each_role(
        void **state)
{
    cJSON *json = document("json");
    const cJSON *rights = member(json, "rights");
    const cJSON *event = member(rights, "events")->child;

    (void)state;
    assert_int_equal(cJSON_GetArraySize(member(rights, "roles")), ROLE_COUNT);
    assert_int_equal(cJSON_GetArraySize(member(rights, "rooms")), ROOM_COUNT);
    for (int i = 0; i < EVT_COUNT; i++, event = event->next) {
        assert_string_equal(
                member(event, "name")->valuestring, evt_kinds[i].name);
        assert_int_equal(
                cJSON_GetArraySize(member(event, "views")), ROLE_COUNT);
        assert_int_equal(has(member(event, "any"), "kitchen"),
                (evt_kinds[i].from & ROLE_KITCHEN) != 0);
    }
    assert_null(event);
    cJSON_Delete(json);
}

/* What is said to be "own" or in scope of something is explained. */
static void check_words(
        const cJSON *rows, const char *column, const cJSON *meanings)
{
    const cJSON *row, *word;

    cJSON_ArrayForEach(row, rows)
    {
        cJSON_ArrayForEach(word, member(row, column))
        {
            assert_non_null(word->valuestring);
            member(meanings, word->valuestring);
        }
    }
}

static void rights_say_what_own_and_scope_mean_wherever_they_stand(void **state)
{
    static const char *const lists[] = { "rooms", "events" };
    cJSON *json = document("json");
    const cJSON *rights = member(json, "rights");

    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        check_words(member(rights, lists[i]), "own", member(rights, "own"));
        check_words(
                member(rights, lists[i]), "scoped", member(rights, "scopes"));
    }
    cJSON_Delete(json);
}

/* Roles that own something, or are in scope of it, count as many words. */
static void rights_leave_no_role_of_the_tables_out(void **state)
{
    cJSON *json = document("json");
    const cJSON *rights = member(json, "rights");
    const cJSON *event = member(rights, "events")->child;
    const cJSON *room = member(rights, "rooms")->child;

    (void)state;
    for (int i = 0; i < EVT_COUNT; i++, event = event->next) {
        assert_int_equal(cJSON_GetArraySize(member(event, "own")),
                __builtin_popcount(evt_kinds[i].from_own));
        assert_int_equal(cJSON_GetArraySize(member(event, "scoped")),
                __builtin_popcount(evt_kinds[i].scoped));
    }
    for (int i = 0; i < ROOM_COUNT; i++, room = room->next) {
        assert_int_equal(cJSON_GetArraySize(member(room, "own")),
                __builtin_popcount(room_kinds[i].join_own));
        assert_int_equal(cJSON_GetArraySize(member(room, "scoped")),
                __builtin_popcount(room_kinds[i].scoped));
    }
    cJSON_Delete(json);
}

static void rights_hide_from_a_view_what_the_fields_say(void **state)
{
    cJSON *json = document("json");
    const cJSON *hidden = member(member(json, "rights"), "hidden");

    (void)state;
    assert_true(has(member(member(hidden, "staff"), "Item"), "unitPriceCents"));
    assert_true(has(member(member(hidden, "customer"), "TableStep"), "actor"));
    assert_true(has(member(member(hidden, "device"), "Order"), "totals"));
    assert_null(cJSON_GetObjectItemCaseSensitive(hidden, "full"));
    cJSON_Delete(json);
}

/* How many entries of a list are this one? */
static int count_said(const cJSON *list, const char *dialect,
        const char *direction, const char *name)
{
    const cJSON *item;
    int count = 0;

    cJSON_ArrayForEach(item, list)
    {
        count += strcmp(member(item, "dialect")->valuestring, dialect) == 0 &&
                 strcmp(member(item, "direction")->valuestring, direction) ==
                         0 &&
                 strcmp(member(item, "name")->valuestring, name) == 0;
    }
    return count;
}

static const cJSON *said_as(const cJSON *json, enum evt_id what)
{
    const cJSON *events = member(json, "events");

    return member(cJSON_GetArrayItem(events, (int)what), "saidAs");
}

static int count_rows(void)
{
    int count = 0;

    for (int d = 0; d < DIALECT_COUNT; d++) {
        for (const struct say_row *row = dialects[d].says; row->name; row++)
            count++;
        for (const struct hear_row *row = dialects[d].hears; row->name; row++)
            count++;
    }
    return count;
}

static void every_name_of_every_dialect_is_with_its_event(void **state)
{
    cJSON *json = document("json");
    int entries = 0;

    (void)state;
    for (int d = 0; d < DIALECT_COUNT; d++) {
        for (const struct say_row *row = dialects[d].says; row->name; row++)
            if (!count_said(said_as(json, row->what), dialects[d].name, "out",
                        row->name))
                fail_msg("%s %s", dialects[d].name, row->name);
        for (const struct hear_row *row = dialects[d].hears; row->name; row++)
            if (count_said(said_as(json, row->what), dialects[d].name, "in",
                        row->name) != 1)
                fail_msg("%s %s", dialects[d].name, row->name);
    }
    for (int i = 0; i < EVT_COUNT; i++)
        entries += cJSON_GetArraySize(said_as(json, (enum evt_id)i));
    assert_int_equal(entries, count_rows());
    assert_true(entries > 100);
    cJSON_Delete(json);
}

/* The rooms of the entry that says it so, in a room among others. */
static const cJSON *rooms_of(const cJSON *list, const char *dialect,
        const char *name, const char *room)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (strcmp(member(item, "dialect")->valuestring, dialect) == 0 &&
                strcmp(member(item, "direction")->valuestring, "out") == 0 &&
                strcmp(member(item, "name")->valuestring, name) == 0 &&
                has(member(item, "rooms"), room))
            return member(item, "rooms");
    }
    fail_msg("%s does not say %s in %s", dialect, name, room);
    return NULL;
}

static void a_name_is_said_in_the_rooms_of_its_row(void **state)
{
    cJSON *json = document("json");
    const cJSON *created = said_as(json, EVT_ORDER_CREATED);
    const cJSON *ready = said_as(json, EVT_SOCKET_READY);

    (void)state;
    assert_int_equal(cJSON_GetArraySize(
                             rooms_of(created, "kds", "order:new", "kitchen")),
            1);
    rooms_of(created, "kds", "order:created", "table/<id>");
    rooms_of(created, "session", "order:created", "restaurant");
    /* wherever the event goes, and it does not go everywhere */
    assert_false(has(
            rooms_of(created, "env", "order.created", "all"), "device/<id>"));
    assert_int_equal(count_said(ready, "env", "out", "socket.ready"), 1);
    assert_int_equal(cJSON_GetArraySize(member(ready->child, "rooms")), 0);
    cJSON_Delete(json);
}

/* --- asyncapi --- */

static void what_is_heard_and_what_is_said_are_messages_apart(void **state)
{
    cJSON *api = document("asyncapi");
    const cJSON *messages = member(member(api, "components"), "messages");
    const cJSON *heard = member(member(messages, "order.created"), "x-said-as");
    const cJSON *stated =
            member(member(messages, "order.created.stated"), "x-said-as");

    (void)state;
    for (int i = 0; i < EVT_COUNT; i++)
        member(member(messages, evt_kinds[i].name), "x-said-as");
    assert_int_equal(count_said(heard, "kds", "out", "order:new"), 1);
    assert_int_equal(count_said(heard, "kds", "in", "order:new"), 0);
    assert_int_equal(count_said(stated, "kds", "in", "order:new"), 1);
    assert_int_equal(count_said(stated, "kds", "out", "order:new"), 0);
    cJSON_Delete(api);
}

static void the_room_of_a_topic_has_its_aliases(void **state)
{
    cJSON *api = document("asyncapi");
    const cJSON *room =
            member(member(member(api, "components"), "parameters"), "room");
    const cJSON *aliases = member(room, "x-aliases");

    (void)state;
    assert_int_equal(cJSON_GetArraySize(aliases), ROOM_COUNT);
    assert_string_equal(
            member(member(aliases, "order/<id>"), "kebab")->valuestring,
            "order-<id>");
    assert_string_equal(
            member(member(aliases, "restaurant"), "session")->valuestring,
            "restaurant:<site>");
    cJSON_Delete(api);
}

static void there_is_a_message_for_each_event(void **state)
{
    cJSON *api = document("asyncapi");
    const cJSON *messages = member(member(api, "components"), "messages");

    (void)state;
    for (int i = 0; i < EVT_COUNT; i++) {
        const struct evt_kind *kind = &evt_kinds[i];
        bool others = (kind->from | kind->from_own) & ~(uint32_t)ROLE_HUB;
        char stated[NAME_CHARS];

        member(messages, kind->name);
        snprintf(stated, sizeof(stated), "%s.stated", kind->name);
        assert_int_equal(
                cJSON_GetObjectItemCaseSensitive(messages, stated) != NULL,
                others);
    }
    cJSON_Delete(api);
}

/* The item at "#/a/b/c"; none of our keys has a slash or a tilde. */
static const cJSON *follow(const cJSON *root, const char *ref)
{
    const cJSON *at = root;

    assert_memory_equal(ref, "#/", 2);
    for (ref += 1; *ref && at; ref += strcspn(ref, "/")) {
        char name[NAME_CHARS];

        ref++; /* the slash */
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(ref, "/"), ref);
        at = cJSON_GetObjectItemCaseSensitive(at, name);
    }
    return at;
}

static void follow_all(const cJSON *root, const cJSON *at, int *count)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, at)
    {
        if (item->string && strcmp(item->string, "$ref") == 0) {
            if (!follow(root, item->valuestring))
                fail_msg("%s leads nowhere", item->valuestring);
            ++*count;
        }
        follow_all(root, item, count);
    }
}

static void every_reference_leads_somewhere(void **state)
{
    cJSON *api = document("asyncapi");
    int count = 0;

    (void)state;
    follow_all(api, api, &count);
    assert_true(count > EVT_COUNT);
    cJSON_Delete(api);
}

static void schemas_say_what_may_stand_in_a_field(void **state)
{
    cJSON *api = document("asyncapi");
    const cJSON *item = member(schema(api, "Item"), "properties");
    const cJSON *order = member(schema(api, "Order"), "properties");

    (void)state;
    assert_int_equal(member(member(item, "quantity"), "minimum")->valueint, 1);
    assert_int_equal(
            member(member(item, "quantity"), "maximum")->valueint, 999);
    assert_int_equal(member(member(item, "name"), "maxLength")->valueint, 80);
    assert_string_equal(member(member(item, "id"), "pattern")->valuestring,
            "^[A-Za-z0-9_-]+$");
    assert_int_equal(member(member(order, "items"), "maxItems")->valueint, 100);
    assert_string_equal(
            member(member(order, "createdAt"), "format")->valuestring,
            "date-time");
    assert_true(has(member(schema(api, "OrderStatus"), "enum"), "ready"));
    assert_true(has(member(schema(api, "Item"), "required"), "name"));
    assert_false(has(member(schema(api, "Item"), "required"), "notes"));
    cJSON_Delete(api);
}

/* fields.def hides `reason` from guests, and a refusal must have one. */
static void what_guests_are_not_shown_is_asked_of_the_kitchen_only(void **state)
{
    cJSON *api = document("asyncapi");
    const cJSON *heard = schema(api, "KitchenCancelRejected");
    const cJSON *messages = member(member(api, "components"), "messages");
    const cJSON *stated =
            member(member(member(messages, "kitchen.cancel_rejected.stated"),
                           "payload"),
                    "allOf");
    struct buf out;
    char *ts;

    (void)state;
    assert_true(has(member(heard, "required"), "orderId"));
    assert_false(has(member(heard, "required"), "reason"));
    assert_true(
            has(member(cJSON_GetArrayItem(stated, 1), "required"), "reason"));
    ts = print(&out, "ts");
    assert_non_null(strstr(ts, "  \"kitchen.cancel_rejected\": "
                               "Given<KitchenCancelRejected, \"reason\">;\n"));
    buf_finish(&out);
    cJSON_Delete(api);
}

static void asyncapi_is_about_the_place_that_it_is_asked_for(void **state)
{
    cJSON *api = document("asyncapi");
    const cJSON *servers = member(api, "servers");
    const cJSON *mqtt = member(member(servers, "mqtt"), "variables");
    const cJSON *ws = member(member(servers, "ws"), "variables");
    const cJSON *site =
            member(member(member(api, "components"), "parameters"), "site");

    (void)state;
    assert_string_equal(
            member(member(mqtt, "port"), "default")->valuestring, "1884");
    assert_string_equal(
            member(member(ws, "port"), "default")->valuestring, "8181");
    assert_string_equal(member(site, "default")->valuestring, "north");
    cJSON_Delete(api);
}

/* --- ts --- */

static void enum_words_are_those_that_the_dialect_says(void **state)
{
    struct buf out;
    char *text;

    (void)state;
    text = print(&out, "ts");
    assert_non_null(strstr(text, "export type OrderStatus = \"pending\" | "
                                 "\"confirmed\" | \"acknowledged\" | "));
    assert_non_null(strstr(text,
            "export type TicketKind = \"order\" | \"add_on\" | \"void\" | "
            "\"change\" | \"summary\";"));
    assert_non_null(strstr(text, "  createdAt?: string; // ISO 8601, UTC\n"));
    assert_non_null(strstr(text, "  items?: Item[]; // at most 100\n"));
    assert_null(strstr(text, "unspecified"));
    buf_finish(&out);
}

/* How often "export <what> <name>" stands in the text. */
static int count_exports(const char *text, const char *name, size_t len)
{
    static const char *const whats[] = { "export interface ", "export type " };
    int count = 0;

    for (int i = 0; i < 2; i++) {
        size_t head = strlen(whats[i]);

        for (const char *at = strstr(text, whats[i]); at;
                at = strstr(at + 1, whats[i]))
            count += strncmp(at + head, name, len) == 0 &&
                     strchr(" <", at[head + len]) != NULL;
    }
    return count;
}

static void no_type_is_declared_twice(void **state)
{
    struct buf out;
    const char *text = print(&out, "ts"), *at = text;
    int names = 0;

    (void)state;
    for (; (at = strstr(at, "export ")); names++) {
        size_t len;

        at += strlen("export ");
        at += strcspn(at, " ") + 1;
        len = strcspn(at, " <");
        if (count_exports(text, at, len) != 1)
            fail_msg("%.*s is there twice", (int)len, at);
    }
    assert_true(names > 20);
    buf_finish(&out);
}

/* --- types of other dialects --- */

/* What stands between "export interface <name> {" and its end, in `out`. */
static char *interface(struct buf *out, const char *name)
{
    char head[NAME_CHARS];
    char *at, *end;

    snprintf(head, sizeof(head), "export interface %s {\n", name);
    at = strstr(print(out, "ts"), head);
    if (!at)
        fail_msg("there is no %s", name);
    end = strstr(at, "\n}\n");
    assert_non_null(end);
    end[1] = '\0';
    return at;
}

/* The payload under a name of theirs: up to the next one at its depth. */
static void expect_payload(
        const char *type, const char *name, const char *payload)
{
    char head[NAME_CHARS];
    struct buf out;
    char *at;

    snprintf(head, sizeof(head), "\n  \"%s\": ", name);
    at = strstr(interface(&out, type), head);
    if (!at)
        fail_msg("there is no %s in %s", name, type);
    at += strlen(head);
    if (strncmp(at, payload, strlen(payload)) != 0)
        fail_msg("%s: %.*s", name, (int)strlen(payload), at);
    buf_finish(&out);
}

static void every_name_of_every_dialect_has_a_type(void **state)
{
    (void)state;
    for (int d = 0; d < DIALECT_COUNT; d++) {
        char name[NAME_CHARS];

        snprintf(name, sizeof(name), "%c%sEvents",
                dialects[d].name[0] - 'a' + 'A', dialects[d].name + 1);
        for (const struct say_row *row = dialects[d].says; row->name; row++)
            expect_payload(name, row->name, "");
        snprintf(name, sizeof(name), "%c%sStatements",
                dialects[d].name[0] - 'a' + 'A', dialects[d].name + 1);
        for (const struct hear_row *row = dialects[d].hears; row->name; row++)
            expect_payload(name, row->name, "");
    }
}

static void a_type_has_the_fields_of_its_shape(void **state)
{
    (void)state;
    expect_payload("KdsEvents", "kitchen:order_acknowledged",
            "{\n"
            "    kitchenOrderId?: number | string;\n"
            "    orderId: number | string;\n"
            "    chefId?: number | string;\n"
            "    chefName?: string;\n"
            "  };\n");
    expect_payload("KdsEvents", "kitchen:completed",
            "{\n"
            "    kitchenOrderId?: number | string;\n"
            "    orderId: number | string;\n"
            "    tableId?: number | string;\n"
            "    prepTime?: number; // minutes\n"
            "  };\n");
    /* parts and tallies, and nulls, which are said */
    expect_payload("EnvEvents", "order.summary.updated",
            "{\n"
            "    summary: {\n"
            "      total: number;\n"
            "      byStatus: { \"abierto\"?: number; \"preparando\"?: number; "
            "\"listo\"?: number; \"entregado\"?: number; "
            "\"cerrado\"?: number; \"cancelado\"?: number };\n"
            "      byPaymentStatus: { \"pendiente\"?: number; "
            "\"pagado\"?: number; \"cancelado\"?: number };\n"
            "      oldestOrderAt: string | null; // ISO 8601, UTC\n");
    /* the payload is a list, or nothing */
    expect_payload("KebabEvents", "live-users-update",
            "{\n"
            "    userId");
    expect_payload(
            "FlatEvents", "allMessagesDeleted", "Record<string, never>;\n");
}

static void a_dotted_name_is_an_object(void **state)
{
    (void)state;
    expect_payload("FlatEvents", "newMessage",
            "{\n"
            "    id?: string;\n"
            "    channel?: string;\n"
            "    author?: {\n"
            "      id?: string;\n"
            "      name?: string;\n"
            "    };\n"
            "    text");
}

/* Which of two shapes it is depends on the room. */
static void one_name_with_two_shapes_is_either(void **state)
{
    (void)state;
    expect_payload("SessionEvents", "order:status:updated",
            "{\n"
            "    orderId: string;\n"
            "    status?: \"pending\" | \"cooking\" | \"ready\" | \"served\" | "
            "\"completed\" | \"cancelled\" | (string & {});\n"
            "    tableNumber?: number;\n"
            "  } | {\n"
            "    orderId: string;\n"
            "    status?: ");
}

/* Ours and theirs, ids as numbers, a value alone; the token is not said. */
static void more_is_heard_than_is_said(void **state)
{
    (void)state;
    expect_payload("SessionStatements", "order:status:updated",
            "{\n"
            "    orderId: string | number;\n"
            "    status: \"pending\" | \"cooking\" | \"ready\" | \"served\" | "
            "\"completed\" | \"cancelled\" | \"confirmed\" | "
            "\"acknowledged\" | \"preparing\" | (string & {});\n"
            "    tableNumber?: number;\n"
            "  };\n");
    expect_payload("KebabStatements", "page:navigate",
            "{\n"
            "    path: string;\n"
            "  } | string;\n");
    /* a whole order may be sent, of which this is taken */
    expect_payload("FlatStatements", "order:cancelled",
            "{\n"
            "    _id: string | number;\n"
            "    tableNumber?: number; // ignored\n"
            "    token?: string; // ignored\n");
    /* either in an object or without it, so nothing is always there */
    expect_payload("EnvStatements", "alert.created",
            "{\n"
            "    alert?: {\n");
}

static void a_token_is_heard_and_never_said(void **state)
{
    struct buf out;

    (void)state;
    assert_non_null(
            strstr(interface(&out, "SessionStatements"), "sessionToken?: str"));
    buf_finish(&out);
    assert_null(strstr(interface(&out, "SessionEvents"), "sessionToken"));
    buf_finish(&out);
}

static void an_event_is_with_all_its_names(void **state)
{
    struct buf out;

    (void)state;
    assert_non_null(strstr(print(&out, "ts"),
            "  /** As kebab order-status-updated, session "
            "order:status:updated, kds order:status_changed, kds order:status. "
            "*/\n"
            "  \"order.status_changed\": OrderStatusChanged;\n"));
    assert_non_null(strstr(out.data, "\nexport type SessionRoom =\n"
                                     "  | `restaurant:${string}`\n"
                                     "  | `session:${string}`;\n"));
    buf_finish(&out);
    assert_non_null(strstr(print(&out, "markdown"),
            "| kds | out | `order:new` | `kitchen` |\n"));
    assert_non_null(strstr(out.data, "| kds | in | `order:new` |  |\n"));
    buf_finish(&out);
}

/* --- words that none of an enum's are --- */

static const ProtobufCFieldDescriptor *other_word_of(
        const ProtobufCMessageDescriptor *type,
        const ProtobufCFieldDescriptor *field)
{
    char name[NAME_CHARS];

    snprintf(name, sizeof(name), "%s_word", field->name);
    return field->type == PROTOBUF_C_TYPE_ENUM
                   ? protobuf_c_message_descriptor_get_field_by_name(type, name)
                   : NULL;
}

static void a_word_of_others_has_no_member_of_its_own(void **state)
{
    cJSON *api = document("asyncapi");
    int seen = 0;

    (void)state;
    for (int i = 0; i < EVT_COUNT; i++) {
        const ProtobufCMessageDescriptor *body = evt_kinds[i].body;
        const cJSON *members =
                member(schema(api, body->short_name), "properties");

        for (unsigned f = 0; f < body->n_fields; f++) {
            const ProtobufCFieldDescriptor *field = &body->fields[f];
            const ProtobufCFieldDescriptor *other = other_word_of(body, field);
            char name[JSON_NAME_CHARS + 1], aside[JSON_NAME_CHARS + 1];

            if (!other)
                continue;
            seen++;
            body_json_name(field->name, name);
            body_json_name(other->name, aside);
            assert_int_equal(
                    cJSON_GetArraySize(member(member(members, name), "anyOf")),
                    2);
            assert_null(cJSON_GetObjectItemCaseSensitive(members, aside));
        }
    }
    assert_true(seen > 0);
    cJSON_Delete(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_names_every_event),
        cmocka_unit_test(there_are_no_other_formats),
        cmocka_unit_test(json_formats_have_no_key_twice),
        cmocka_unit_test(json_has_each_event_with_its_fields),
        cmocka_unit_test(
                rights_have_every_role_room_and_event_with_a_view_for_each_role),
        cmocka_unit_test(
                rights_say_what_own_and_scope_mean_wherever_they_stand),
        cmocka_unit_test(rights_leave_no_role_of_the_tables_out),
        cmocka_unit_test(rights_hide_from_a_view_what_the_fields_say),
        cmocka_unit_test(json_has_every_room_with_its_aliases_and_every_role),
        cmocka_unit_test(every_name_of_every_dialect_is_with_its_event),
        cmocka_unit_test(a_name_is_said_in_the_rooms_of_its_row),
        cmocka_unit_test(there_is_a_message_for_each_event),
        cmocka_unit_test(what_is_heard_and_what_is_said_are_messages_apart),
        cmocka_unit_test(the_room_of_a_topic_has_its_aliases),
        cmocka_unit_test(every_reference_leads_somewhere),
        cmocka_unit_test(schemas_say_what_may_stand_in_a_field),
        cmocka_unit_test(
                what_guests_are_not_shown_is_asked_of_the_kitchen_only),
        cmocka_unit_test(asyncapi_is_about_the_place_that_it_is_asked_for),
        cmocka_unit_test(enum_words_are_those_that_the_dialect_says),
        cmocka_unit_test(no_type_is_declared_twice),
        cmocka_unit_test(every_name_of_every_dialect_has_a_type),
        cmocka_unit_test(a_type_has_the_fields_of_its_shape),
        cmocka_unit_test(a_dotted_name_is_an_object),
        cmocka_unit_test(one_name_with_two_shapes_is_either),
        cmocka_unit_test(more_is_heard_than_is_said),
        cmocka_unit_test(a_token_is_heard_and_never_said),
        cmocka_unit_test(an_event_is_with_all_its_names),
        cmocka_unit_test(a_word_of_others_has_no_member_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
