#include <string.h>

#include "bridge/dialect/codec.h"
#include "hub/evt/body.h"

/* --- payloads --- */

static enum err hear_ours(const char *name, const cJSON *payload,
        struct heard *heard, struct fault *fault)
{
    ProtobufCMessage *body = NULL;
    enum err err;

    heard->what = evt_find(name);
    if (heard->what == EVT_NONE)
        return fault_set(fault, ERR_UNKNOWN_EVENT, "event", NULL);
    if (!cJSON_IsObject(payload))
        return fault_set(fault, ERR_WRONG_TYPE, "payload", "must be an object");
    err = json_to_body(evt_kinds[heard->what].body, payload, &body, fault);
    if (err == ERR_OK)
        err = check_heard(body, fault);
    if (err == ERR_OK)
        heard->body = body;
    else
        body_free(body);
    return err;
}

static enum err hear_theirs(enum dialect_id dialect, const char *name,
        const cJSON *payload, struct heard *heard, struct fault *fault)
{
    const struct hear_row *row = dialects[dialect].hears;

    while (row->name && strcmp(row->name, name) != 0)
        row++;
    if (!row->name)
        return fault_set(fault, ERR_UNKNOWN_EVENT, "event", NULL);
    heard->what = row->what;
    return hear_by_row(dialect, row, payload, &heard->body, fault);
}

/* `payload` NULL: there is none, which is an empty one to other dialects. */
static enum err hear_payload(enum dialect_id dialect, const char *name,
        const cJSON *payload, struct heard *heard, struct fault *fault)
{
    if (dialect != DIALECT_NATIVE)
        return hear_theirs(dialect, name, payload, heard, fault);
    if (!payload)
        return fault_set(fault, ERR_MISSING_FIELD, "payload", "is missing");
    return hear_ours(name, payload, heard, fault);
}

/* --- messages --- */

/* Visible ASCII: a key is part of logs and answers. */
static bool is_key(const char *text)
{
    size_t len = strlen(text);

    if (len < 1 || len > KEY_CHARS)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] < 0x21 || text[i] > 0x7e)
            return false;
    return true;
}

static enum err hear_key(
        const cJSON *message, struct heard *heard, struct fault *fault)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(message, "id");

    if (!id || cJSON_IsNull(id))
        return ERR_OK;
    if (!cJSON_IsString(id))
        return fault_set(fault, ERR_WRONG_TYPE, "id", "must be a string");
    if (!is_key(id->valuestring))
        return fault_set(fault, ERR_OUT_OF_RANGE, "id",
                "must be 1 to %d visible ASCII characters", KEY_CHARS);
    memcpy(heard->key, id->valuestring, strlen(id->valuestring) + 1);
    return ERR_OK;
}

/* {"payload","id"?} */
static enum err hear_wrapped(enum dialect_id dialect, const char *name,
        const cJSON *message, struct heard *heard, struct fault *fault)
{
    const cJSON *payload = cJSON_GetObjectItemCaseSensitive(message, "payload");
    enum err err = hear_key(message, heard, fault);

    if (err != ERR_OK)
        return err;
    return hear_payload(dialect, name, payload, heard, fault);
}

enum err json_hear(enum dialect_id dialect, const cJSON *message,
        struct heard *heard, struct fault *fault)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(message, "event");

    *heard = (struct heard){ .what = EVT_NONE };
    if (!cJSON_IsObject(message))
        return fault_set(fault, ERR_BAD_REQUEST, NULL,
                "a message must be an object {\"event\",\"payload\"}");
    if (!name)
        return fault_set(fault, ERR_MISSING_FIELD, "event", "is missing");
    if (!cJSON_IsString(name))
        return fault_set(fault, ERR_WRONG_TYPE, "event", "must be a string");
    return hear_wrapped(dialect, name->valuestring, message, heard, fault);
}

enum err dialect_hear(const char *name, const char *text, size_t len,
        struct heard *heard, struct fault *fault)
{
    cJSON *json = json_read(text, len, fault);
    enum err err;

    *heard = (struct heard){ .what = EVT_NONE };
    if (!json)
        return fault->code;
    err = hear_payload(DIALECT_NATIVE, name, json, heard, fault);
    cJSON_Delete(json);
    return err;
}

enum err dialect_hear_message(enum dialect_id dialect, const char *name,
        const char *text, size_t len, struct heard *heard, struct fault *fault)
{
    bool is_nothing = dialect != DIALECT_NATIVE && name && len == 0;
    cJSON *json = is_nothing ? NULL : json_read(text, len, fault);
    enum err err;

    *heard = (struct heard){ .what = EVT_NONE };
    if (!json && !is_nothing)
        return fault->code;
    if (!name)
        err = json_hear(dialect, json, heard, fault);
    else if (cJSON_GetObjectItemCaseSensitive(json, "payload"))
        err = hear_wrapped(dialect, name, json, heard, fault);
    else
        err = hear_payload(dialect, name, json, heard, fault);
    cJSON_Delete(json);
    return err;
}
