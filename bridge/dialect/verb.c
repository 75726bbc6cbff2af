#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "bridge/dialect/parts.h"

#define ARGUMENT "room" /* what a fault calls it */

void dialect_hash_token(const char *token, char out[SESSION_KEY_CHARS + 1])
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    int ok = EVP_Digest(token, strlen(token), hash, NULL, EVP_sha256(), NULL);

    assert(ok == 1);
    for (int i = 0; i < SESSION_KEY_CHARS / 2; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

static enum err refuse_room(struct fault *fault)
{
    return fault_set(fault, ERR_BAD_ROOM, ARGUMENT, NULL);
}

/* The argument as text: a string, or the digits of a whole number, which are
 * written to `digits`. NULL: it is neither. */
static const char *argument_text(const cJSON *argument, char digits[24])
{
    int64_t number;

    if (cJSON_IsString(argument))
        return argument->valuestring;
    if (!json_whole(argument, &number))
        return NULL;
    snprintf(digits, 24, "%lld", (long long)number);
    return digits;
}

static bool make_room(enum dialect_id dialect, const char *site,
        const struct verb_row *row, const char *text, struct room *room)
{
    char id[ID_CHARS + 1];

    switch (row->arg) {
    case ARG_ID:
        return room_make(row->room, text, room);
    case ARG_ROOM:
        return room_parse_alias(dialect, site, text, strlen(text), room);
    case ARG_SITE:
        return strcmp(text, site) == 0 && room_make(row->room, "", room);
    case ARG_TOKEN:
        dialect_hash_token(text, id);
        return *text && room_make(row->room, id, room);
    case ARG_NONE:
        break;
    }
    return room_make(row->room, "", room);
}

static enum err hear_argument(enum dialect_id dialect, const char *site,
        const struct verb_row *row, const cJSON *argument, struct room *room,
        struct fault *fault)
{
    const char *text = "";
    char digits[24];

    if (row->arg == ARG_ROOM && cJSON_IsObject(argument))
        argument = cJSON_GetObjectItemCaseSensitive(argument, "room");
    if (row->arg != ARG_NONE) {
        if (!argument || cJSON_IsNull(argument))
            return fault_set(fault, ERR_MISSING_FIELD, ARGUMENT, "is missing");
        text = argument_text(argument, digits);
        if (!text)
            return fault_set(fault, ERR_WRONG_TYPE, ARGUMENT,
                    "must be a string or a whole number");
    }
    return make_room(dialect, site, row, text, room) ? ERR_OK
                                                     : refuse_room(fault);
}

enum err dialect_hear_verb(enum dialect_id dialect, const char *site,
        const char *name, const char *text, size_t len, struct wish *wish,
        struct fault *fault)
{
    const struct verb_row *row = dialects[dialect].verbs;
    cJSON *argument = NULL;
    enum err err;

    while (row->name && strcmp(row->name, name) != 0)
        row++;
    if (!row->name)
        return fault_set(fault, ERR_UNKNOWN_EVENT, "event", NULL);
    if (len > 0) {
        argument = json_read(text, len, fault);
        if (!argument)
            return fault->code;
    }
    wish->leaves = row->leaves;
    err = hear_argument(dialect, site, row, argument, &wish->room, fault);
    cJSON_Delete(argument);
    return err;
}
