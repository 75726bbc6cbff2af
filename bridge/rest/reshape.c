/* Requests whose body is not the event's: what becomes of an order by its
 * status, and other small things. */
#include "bridge/rest/parts.h"

#include <string.h>

#include "hub/evt/body.h"
#include "schemas/common.pb-c.h"

#define ORDER_STATUS(word) DW__ORDER_STATUS__ORDER_STATUS_##word

/* --- small things --- */

cJSON *rest_member(const cJSON *object, const char *name)
{
    cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    return item && !cJSON_IsNull(item) ? item : NULL;
}

enum err rest_no_memory(struct fault *fault)
{
    return fault_set(fault, ERR_NO_MEMORY, NULL, NULL);
}

enum err rest_put_text(
        cJSON *object, const char *name, const char *text, struct fault *fault)
{
    while (cJSON_GetObjectItemCaseSensitive(object, name))
        cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    return cJSON_AddStringToObject(object, name, text) ? ERR_OK
                                                       : rest_no_memory(fault);
}

cJSON *rest_enter(cJSON *object, const char *name, struct fault *fault)
{
    cJSON *item = rest_member(object, name);

    if (item && !cJSON_IsObject(item)) {
        fault_set(fault, ERR_WRONG_TYPE, name, "must be an object");
        return NULL;
    }
    if (item)
        return item;
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    item = cJSON_AddObjectToObject(object, name);
    if (!item)
        rest_no_memory(fault);
    return item;
}

bool rest_may_state(const struct principal *from, enum evt_id what)
{
    return evt_kinds[what].from & from->roles;
}

/* --- orders --- */

/* The step that brings an order there; a status without one, and a word that
 * nobody knows, is for the back end to state. */
static const struct {
    Dw__OrderStatus status;
    enum evt_id what;
} steps[] = {
    { ORDER_STATUS(CONFIRMED), EVT_ORDER_CONFIRMED },
    { ORDER_STATUS(ACKNOWLEDGED), EVT_KITCHEN_ACKNOWLEDGED },
    { ORDER_STATUS(PREPARING), EVT_KITCHEN_PREPARING },
    { ORDER_STATUS(READY), EVT_KITCHEN_READY },
    { ORDER_STATUS(SERVED), EVT_ORDER_SERVED },
    { ORDER_STATUS(COMPLETED), EVT_ORDER_COMPLETED },
    { ORDER_STATUS(CANCELLED), EVT_ORDER_CANCELLED },
};

static enum evt_id find_step(int status, const struct principal *from)
{
    size_t i = 0;

    while (i < sizeof(steps) / sizeof(steps[0]) &&
            (int)steps[i].status != status)
        i++;
    if (i == sizeof(steps) / sizeof(steps[0]))
        return EVT_ORDER_STATUS_CHANGED;
    if (steps[i].what == EVT_ORDER_CANCELLED &&
            !rest_may_state(from, steps[i].what))
        return EVT_ORDER_CANCEL_REQUESTED;
    return steps[i].what;
}

/* Does the body say something of an order besides its status that is not part
 * of `step`'s body, too? NULL: anything at all. */
static bool says_more(const cJSON *json, const ProtobufCMessageDescriptor *step)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, json)
    {
        if (strcmp(item->string, "status") != 0 &&
                strcmp(item->string, "id") != 0 &&
                find_json_field(&dw__order__descriptor, item->string) &&
                !(step && find_json_field(step, item->string)))
            return true;
    }
    return false;
}

/* The event of a step has no status: it is one. An orderId that was there is
 * there twice then, until the path's takes their place. */
static void become_step(cJSON *json, enum evt_id step, struct plan *plan)
{
    cJSON *id = cJSON_DetachItemFromObjectCaseSensitive(json, "id");

    if (!id || !cJSON_AddItemToObject(json, "orderId", id))
        cJSON_Delete(id);
    if (step != EVT_ORDER_STATUS_CHANGED)
        cJSON_DeleteItemFromObjectCaseSensitive(json, "status");
    *plan = (struct plan){ .what = step, .id = "orderId" };
}

/* From here on in our own words; one that nobody knows stays as it is. */
static enum err translate_status(cJSON *json, int value, struct fault *fault)
{
    char word[WORD_CHARS + 1];

    if (value == 0 || !rest_member(json, "status"))
        return ERR_OK;
    print_word(&dw__order_status__descriptor, value, word);
    return rest_put_text(json, "status", word, fault);
}

enum err rest_change_order(const struct rest_asked *asked, cJSON *json,
        struct plan *plan, struct fault *fault)
{
    enum dialect_id dialect =
            asked->dialect == DIALECT_NATIVE ? OTHER_WORDS : asked->dialect;
    const cJSON *status = rest_member(json, "status");
    enum evt_id step;
    int value = 0;

    if (rest_member(json, plan->wrap) || (!status && says_more(json, NULL)))
        return ERR_OK;
    if (!status)
        return fault_set(fault, ERR_MISSING_FIELD, "status",
                "say what is to become of the order");
    if (!cJSON_IsString(status))
        return fault_set(fault, ERR_WRONG_TYPE, "status", "must be a string");
    dialect_find_word(dialect, &dw__order_status__descriptor,
            status->valuestring, &value);
    step = find_step(value, asked->from);
    if (!says_more(json, evt_kinds[step].body))
        become_step(json, step, plan);
    return translate_status(json, value, fault);
}

/* --- other reshaping --- */

enum err rest_handle_call(const struct rest_asked *asked, cJSON *json,
        struct plan *plan, struct fault *fault)
{
    cJSON *call = rest_member(json, plan->wrap);

    (void)asked;
    return rest_enter(call ? call : json, "table", fault) ? ERR_OK
                                                          : fault->code;
}

enum err rest_change_message(const struct rest_asked *asked, cJSON *json,
        struct plan *plan, struct fault *fault)
{
    const cJSON *message = rest_member(json, plan->wrap);

    (void)asked;
    if (!message)
        message = json;
    if (rest_member(message, "text"))
        return ERR_OK;
    if (!rest_member(message, "pinned"))
        return fault_set(fault, ERR_MISSING_FIELD, "message.text",
                "give a text, or say whether it is pinned");
    plan->what = EVT_MESSAGE_PINNED;
    return ERR_OK;
}
