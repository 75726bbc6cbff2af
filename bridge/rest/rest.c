#include "bridge/rest/rest.h"

#include <stdio.h>
#include <string.h>

#include "bridge/dialect/codec.h"
#include "bridge/rest/parts.h"
#include "hub/evt/body.h"
#include "schemas/common.pb-c.h"
#include "schemas/order.pb-c.h"

struct rest_row {
    enum evt_id what;
    enum evt_id instead; /* for whoever may state this and not `what` */
    const char *wrap, *id;
    const char *wants, *wanted; /* the one change that there is */
    bool is_at_table;           /* guests who name no table are at their own */
    bool has_dialects; /* the body may be an event of another dialect */
    rest_reshape_fn *reshape;
    rest_rename_fn *rename;
};

/* --- the body of the event --- */

/* Some front ends number their things. */
static bool is_text(const cJSON *item, const char *text)
{
    char digits[24];
    int64_t number;

    if (cJSON_IsString(item))
        return strcmp(item->valuestring, text) == 0;
    if (!json_whole(item, &number))
        return false;
    snprintf(digits, sizeof(digits), "%lld", (long long)number);
    return strcmp(digits, text) == 0;
}

/* Is every member of this name the path's id, or null? */
static bool agrees(const cJSON *body, const char *name, const char *id)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, body)
    {
        if (strcmp(item->string, name) == 0 && !cJSON_IsNull(item) &&
                !is_text(item, id))
            return false;
    }
    return true;
}

/* The path's id to where the body has it; another one there is a mistake. */
static enum err put_id(
        cJSON *body, const char *path, const char *id, struct fault *fault)
{
    const char *name = strrchr(path, '.');
    char outer[JSON_NAME_CHARS + 1];

    if (name) {
        snprintf(outer, sizeof(outer), "%.*s", (int)(name - path), path);
        body = rest_enter(body, outer, fault);
        if (!body)
            return fault->code;
    }
    name = name ? name + 1 : path;
    if (!agrees(body, name, id))
        return fault_set(fault, ERR_BAD_REQUEST, path,
                "is another one than that of the path");
    return rest_put_text(body, name, id, fault);
}

/* {"order": body}, unless that is what it is. Takes `json`. */
static cJSON *wrap(cJSON *json, const char *name, struct fault *fault)
{
    cJSON *outer;

    if (!name || rest_member(json, name))
        return json;
    outer = cJSON_CreateObject();
    if (outer && cJSON_AddItemToObject(outer, name, json))
        return outer;
    cJSON_Delete(outer);
    cJSON_Delete(json);
    rest_no_memory(fault);
    return NULL;
}

static const char *table_of(
        const struct rest_row *row, const struct principal *from)
{
    bool is_guest = row->is_at_table && from->roles & ROLE_TABLE;

    return is_guest && from->table[0] ? from->table : NULL;
}

static enum err put_table(cJSON *body, const struct plan *plan,
        const char *table, struct fault *fault)
{
    cJSON *part = rest_enter(body, plan->wrap, fault);

    if (!part || rest_member(part, "table"))
        return part ? ERR_OK : fault->code;
    part = rest_enter(part, "table", fault);
    return part ? rest_put_text(part, "id", table, fault) : fault->code;
}

static enum err complete(const struct rest_asked *asked,
        const struct rest_row *row, const struct plan *plan, cJSON *body,
        struct fault *fault)
{
    const char *table = table_of(row, asked->from);
    enum err err = ERR_OK;

    if (plan->id)
        err = put_id(body, plan->id, asked->id, fault);
    if (err == ERR_OK && table)
        err = put_table(body, plan, table, fault);
    return err;
}

static enum err make_body(const cJSON *json, enum evt_id what,
        struct heard *heard, struct fault *fault)
{
    ProtobufCMessage *body = NULL;
    enum err err = json_to_body(evt_kinds[what].body, json, &body, fault);

    if (err == ERR_OK)
        err = check_heard(body, fault);
    if (err != ERR_OK) {
        body_free(body);
        return err;
    }
    heard->what = what;
    heard->body = body;
    return ERR_OK;
}

/* --- the table --- */

static const struct rest_row rows[REST_COUNT] = {
#define REST(id, ...) [REST_##id] = { __VA_ARGS__ },
#include "bridge/rest/rest.def"
};

/* The one member that this request changes, and what it may become. */
static enum err check_wanted(
        const struct rest_row *row, const cJSON *json, struct fault *fault)
{
    const cJSON *part = row->wrap ? rest_member(json, row->wrap) : NULL;
    const cJSON *item = rest_member(part ? part : json, row->wants);

    if (!item)
        return fault_set(fault, ERR_MISSING_FIELD, row->wants, "is missing");
    if (cJSON_IsString(item)
                    ? strcmp(item->valuestring, row->wanted) == 0
                    : cJSON_IsTrue(item) && strcmp(row->wanted, "true") == 0)
        return ERR_OK;
    return fault_set(fault, ERR_OUT_OF_RANGE, row->wants,
            "can only become %s here", row->wanted);
}

/* In our own words. Takes `json`. */
static enum err hear_ours(const struct rest_asked *asked,
        const struct rest_row *row, cJSON *json, struct heard *heard,
        struct fault *fault)
{
    struct plan plan = { row->what, row->wrap, row->id };
    enum err err = ERR_OK;

    if (!rest_may_state(asked->from, row->what) &&
            rest_may_state(asked->from, row->instead))
        plan.what = row->instead;
    if (row->wants)
        err = check_wanted(row, json, fault);
    if (err == ERR_OK && row->reshape)
        err = row->reshape(asked, json, &plan, fault);
    if (err == ERR_OK) {
        json = wrap(json, plan.wrap, fault);
        err = json ? complete(asked, row, &plan, json, fault) : fault->code;
    }
    if (err == ERR_OK)
        err = make_body(json, plan.what, heard, fault);
    cJSON_Delete(json);
    return err;
}

/* --- in other words --- */

static enum err complete_theirs(const struct rest_asked *asked,
        const struct rest_row *row, ProtobufCMessage *body, struct fault *fault)
{
    const char *table = table_of(row, asked->from);
    char path[JSON_NAME_CHARS + 1];
    struct spot spot;

    snprintf(path, sizeof(path), "%s.table", row->wrap);
    if (!table ||
            (spot_find(body, path, VIEW_FULL, &spot) && spot_is_there(&spot)))
        return ERR_OK;
    snprintf(path, sizeof(path), "%s.table.id", row->wrap);
    if (!spot_make(body, path, &spot) ||
            !body_set_string(spot_at(&spot), table))
        return rest_no_memory(fault);
    return ERR_OK;
}

static enum err hear_theirs(const struct rest_asked *asked,
        const struct rest_row *row, enum dialect_id dialect,
        const struct hear_row *theirs, const cJSON *json, struct heard *heard,
        struct fault *fault)
{
    ProtobufCMessage *body = NULL;
    enum err err = hear_by_row(dialect, theirs, json, &body, fault);

    if (err == ERR_OK)
        err = complete_theirs(asked, row, body, fault);
    if (err != ERR_OK) {
        body_free(body);
        return err;
    }
    heard->what = theirs->what;
    heard->body = body;
    return ERR_OK;
}

static const ProtobufCMessageDescriptor *type_of(
        const struct rest_row *row, const cJSON *json)
{
    const ProtobufCMessageDescriptor *type = evt_kinds[row->what].body;

    if (!row->wrap || rest_member(json, row->wrap))
        return type;
    return find_json_field(type, row->wrap)->descriptor;
}

/* Takes `json`. */
static enum err hear_any(const struct rest_asked *asked,
        const struct rest_row *row, cJSON *json, struct heard *heard,
        struct fault *fault)
{
    bool is_ours = asked->dialect == DIALECT_NATIVE;
    enum dialect_id dialect = is_ours ? OTHER_WORDS : asked->dialect;
    const struct hear_row *theirs;
    uint32_t strange;
    enum err err;

    theirs = find_hear_row(dialect, row->what, json, &strange);
    if (is_ours &&
            (!theirs || count_strange(type_of(row, json), json) <= strange))
        return hear_ours(asked, row, json, heard, fault);
    if (theirs)
        err = hear_theirs(asked, row, dialect, theirs, json, heard, fault);
    else
        err = fault_set(fault, ERR_BAD_REQUEST, "dialect",
                "this dialect has no words for it");
    cJSON_Delete(json);
    return err;
}

/* --- all --- */

static cJSON *read_body(const struct rest_asked *asked, struct fault *fault)
{
    cJSON *json = asked->len ? json_read(asked->text, asked->len, fault)
                             : cJSON_CreateObject();

    if (!json && !asked->len)
        rest_no_memory(fault);
    if (!json || cJSON_IsObject(json))
        return json;
    cJSON_Delete(json);
    fault_set(fault, ERR_BAD_REQUEST, NULL, "the body must be an object");
    return NULL;
}

enum err rest_hear(const struct rest_asked *asked, struct heard *heard,
        struct fault *fault)
{
    const struct rest_row *row = &rows[asked->what];
    cJSON *json = read_body(asked, fault);

    *heard = (struct heard){ .what = EVT_NONE };
    if (!json)
        return fault->code;
    if (row->has_dialects)
        return hear_any(asked, row, json, heard, fault);
    return hear_ours(asked, row, json, heard, fault);
}

void rest_name_fault(enum rest_id what, struct fault *fault)
{
    if (rows[what].rename)
        rows[what].rename(fault);
}
