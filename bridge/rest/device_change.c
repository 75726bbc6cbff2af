/* What a house wants of a device: PATCH /api/devices/:id. */
#include "bridge/rest/parts.h"

#include <stdio.h>
#include <string.h>

#include "hub/evt/body.h"

#define HOUR_MIN 60
#define DAY_MIN  (24 * HOUR_MIN)

/* What the request says, and what the event calls it. */
struct rename {
    const char *theirs;
    const char *ours;
    bool is_clock; /* "22:30": minutes of the day */
};

static const struct rename settings[] = {
    { "muteFrom", "muteFromMin", true },
    { "muteTo", "muteToMin", true },
    { "sleepSeconds", "sleepS", false },
    { "telemetrySeconds", "telemetryS", false },
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* --- parts of a body --- */

/* A member as the value of another object. Takes it out. */
static enum err move(cJSON *from, const char *name, cJSON *to, const char *as,
        struct fault *fault)
{
    cJSON *item = cJSON_DetachItemFromObjectCaseSensitive(from, name);

    if (!item || cJSON_AddItemToObject(to, as, item))
        return ERR_OK;
    cJSON_Delete(item);
    return rest_no_memory(fault);
}

static enum err name_fault(
        struct fault *fault, enum err code, const char *name, const char *text)
{
    char field[JSON_NAME_CHARS + 1];

    snprintf(field, sizeof(field), "config.%s", name);
    return fault_set(fault, code, field, "%s", text);
}

/* --- assigned --- */

/* A table may be an object, as everywhere, or its id. */
static enum err set_table(cJSON *json, cJSON *assigned, struct fault *fault)
{
    const cJSON *table = rest_member(assigned, "table");
    cJSON *outer;

    if (!cJSON_IsString(table))
        return move(assigned, "table", json, "table", fault);
    outer = rest_enter(json, "table", fault);
    return outer ? rest_put_text(outer, "id", table->valuestring, fault)
                 : fault->code;
}

/* Null: it is back. */
static enum err be_assigned(cJSON *json, cJSON *assigned, struct fault *fault)
{
    enum err err;

    if (cJSON_IsNull(assigned))
        return ERR_OK;
    if (!cJSON_IsObject(assigned))
        return fault_set(fault, ERR_WRONG_TYPE, "assigned",
                "must be an object, or null: it is back");
    if (!rest_member(assigned, "table") && !rest_member(assigned, "orderId"))
        return fault_set(fault, ERR_MISSING_FIELD, "assigned",
                "wants a table or an orderId");
    err = set_table(json, assigned, fault);
    return err == ERR_OK ? move(assigned, "orderId", json, "orderId", fault)
                         : err;
}

/* --- identify --- */

static enum err be_identified(cJSON *json, cJSON *seconds, struct fault *fault)
{
    if (!cJSON_IsNumber(seconds))
        return fault_set(fault, ERR_WRONG_TYPE, "identify",
                "wants a number of seconds; 0: it has been found");
    return cJSON_AddNumberToObject(json, "seconds", seconds->valuedouble)
                   ? ERR_OK
                   : rest_no_memory(fault);
}

/* --- config --- */

/* "22:30"; -1: it is no such time. */
static int read_clock(const char *text)
{
    int hour, minute, end = 0;

    if (strlen(text) != 5 || strspn(text, "0123456789:") != 5 ||
            sscanf(text, "%2d:%2d%n", &hour, &minute, &end) != 2 || end != 5)
        return -1;
    return minute < HOUR_MIN && hour * HOUR_MIN + minute < DAY_MIN
                   ? hour * HOUR_MIN + minute
                   : -1;
}

static enum err set_clock(cJSON *json, const struct rename *name,
        const cJSON *item, struct fault *fault)
{
    int minute = cJSON_IsString(item) ? read_clock(item->valuestring) : -1;

    if (minute < 0)
        return name_fault(fault, ERR_OUT_OF_RANGE, name->theirs,
                "wants a time of the day: 22:30");
    return cJSON_AddNumberToObject(json, name->ours, minute)
                   ? ERR_OK
                   : rest_no_memory(fault);
}

/* A setting that nobody knows would be lost without a word: the newest
 * configuration is all of it. */
static enum err check_known(const cJSON *config, struct fault *fault)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, config)
    {
        size_t i = 0;

        while (i < SETTINGS && strcmp(item->string, settings[i].theirs) != 0)
            i++;
        if (i == SETTINGS)
            return fault_set(fault, ERR_BAD_REQUEST, "config",
                    "knows muteFrom, muteTo, sleepSeconds and "
                    "telemetrySeconds");
    }
    return ERR_OK;
}

/* The newest counts, all of it: what is left out is as it was built. */
static enum err be_configured(cJSON *json, cJSON *config, struct fault *fault)
{
    enum err err;

    if (!cJSON_IsObject(config))
        return fault_set(fault, ERR_WRONG_TYPE, "config", "must be an object");
    err = check_known(config, fault);
    if (err == ERR_OK &&
            !rest_member(config, "muteFrom") != !rest_member(config, "muteTo"))
        err = name_fault(fault, ERR_MISSING_FIELD,
                rest_member(config, "muteFrom") ? "muteTo" : "muteFrom",
                "one goes with the other");
    for (size_t i = 0; err == ERR_OK && i < SETTINGS; i++) {
        const cJSON *item = rest_member(config, settings[i].theirs);

        if (item && settings[i].is_clock)
            err = set_clock(json, &settings[i], item, fault);
        else if (item)
            err = move(
                    config, settings[i].theirs, json, settings[i].ours, fault);
    }
    return err;
}

/* --- which of them --- */

static const struct house_wish {
    const char *name;
    enum evt_id what;
    enum err (*become)(cJSON *json, cJSON *item, struct fault *fault);
} wishes[] = {
    { "assigned", EVT_DEVICE_ASSIGNED, be_assigned },
    { "identify", EVT_DEVICE_IDENTIFY_REQUESTED, be_identified },
    { "config", EVT_DEVICE_CONFIGURED, be_configured },
};

#define WISHES (sizeof(wishes) / sizeof(wishes[0]))

/* The one that the body says; null is a value here. */
static const struct house_wish *find_wish(
        const cJSON *json, struct fault *fault)
{
    const struct house_wish *found = NULL;

    for (size_t i = 0; i < WISHES; i++) {
        if (!cJSON_GetObjectItemCaseSensitive(json, wishes[i].name))
            continue;
        if (found) {
            fault_set(fault, ERR_BAD_REQUEST, wishes[i].name,
                    "say one thing at a time: there is %s, too", found->name);
            return NULL;
        }
        found = &wishes[i];
    }
    if (!found)
        fault_set(fault, ERR_MISSING_FIELD, "assigned",
                "say assigned, identify or config");
    return found;
}

/* What is left of the body becomes the event: a member that is called as one
 * of the event's would be heard with the wish. */
static enum err check_alone(const cJSON *json, const char *id,
        const struct house_wish *wish, struct fault *fault)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, json)
    {
        if (strcmp(item->string, id) != 0)
            return fault_set(fault, ERR_BAD_REQUEST, wish->name,
                    "stands alone: nothing else is said with it");
    }
    return ERR_OK;
}

enum err rest_change_device(const struct rest_asked *asked, cJSON *json,
        struct plan *plan, struct fault *fault)
{
    const struct house_wish *wish = find_wish(json, fault);
    cJSON *item;
    enum err err;

    (void)asked;
    if (!wish)
        return fault->code;
    plan->what = wish->what;
    item = cJSON_DetachItemFromObjectCaseSensitive(json, wish->name);
    err = check_alone(json, plan->id, wish, fault);
    if (err == ERR_OK)
        err = wish->become(json, item, fault);
    cJSON_Delete(item);
    return err;
}

/* "orderId" and "table.id" are of what it is assigned to; the device itself is
 * named by the path. */
static bool is_of_assigned(const char *field)
{
    return strcmp(field, "orderId") == 0 || strcmp(field, "table") == 0 ||
           strncmp(field, "table.", 6) == 0;
}

/* As the request has it. */
void rest_name_device_fault(struct fault *fault)
{
    char field[FAULT_FIELD_CHARS + 1];

    snprintf(field, sizeof(field), "%s", fault->field);
    if (strcmp(field, "seconds") == 0)
        snprintf(fault->field, sizeof(fault->field), "identify");
    if (is_of_assigned(field))
        snprintf(fault->field, sizeof(fault->field), "assigned.%.*s",
                FAULT_FIELD_CHARS - (int)strlen("assigned."), field);
    for (size_t i = 0; i < SETTINGS; i++)
        if (strcmp(field, settings[i].ours) == 0)
            snprintf(fault->field, sizeof(fault->field), "config.%s",
                    settings[i].theirs);
}
