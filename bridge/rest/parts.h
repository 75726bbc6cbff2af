/*
 * parts: what rest's own files share: in whose words is
 * a request's body, and what becomes of it. Not for transports.
 */
#ifndef BRIDGE_REST_PARTS_H
#define BRIDGE_REST_PARTS_H

#include <cjson/cJSON.h>
#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "bridge/dialect/parts.h"
#include "bridge/rest/rest.h"

/* Words of a back end that names no dialect: ours, or this one's. */
#define OTHER_WORDS DIALECT_SESSION

/* --- in whose words --- */

/* The field of this name in JSON; NULL: there is none. */
const ProtobufCFieldDescriptor *find_json_field(
        const ProtobufCMessageDescriptor *type, const char *name);

/* How many members, here and below, the message has no field for. */
uint32_t count_strange(
        const ProtobufCMessageDescriptor *type, const cJSON *json);

/*
 * The name under which a dialect would say this body of an event: that which
 * leaves the fewest members `strange`, of several the last. NULL: it has none.
 */
const struct hear_row *find_hear_row(enum dialect_id dialect, enum evt_id what,
        const cJSON *json, uint32_t *strange);

/* --- on the way to an event --- */

/* Where the parts of a request go. Names are those in JSON. */
struct plan {
    enum evt_id what;
    const char *wrap; /* the member of the event's body that the request's body
                         is, unless it has one of this name; NULL: all of it */
    const char *id;   /* the path's id; NULL: there is none */
};

/* The member, unless it is null or not there: then NULL. */
cJSON *rest_member(const cJSON *object, const char *name);

/* Put a string there, whatever was there. */
enum err rest_put_text(
        cJSON *object, const char *name, const char *text, struct fault *fault);

/* The object that stands there, made if there is none. NULL: fault says why. */
cJSON *rest_enter(cJSON *object, const char *name, struct fault *fault);

enum err rest_no_memory(struct fault *fault);

/* By its roles alone, without what may be its own. */
bool rest_may_state(const struct principal *from, enum evt_id what);

/* Change the request's body and the plan for it. Not ERR_OK: fault says why. */
typedef enum err rest_reshape_fn(const struct rest_asked *asked, cJSON *json,
        struct plan *plan, struct fault *fault);

rest_reshape_fn rest_change_order, rest_handle_call, rest_change_message,
        rest_change_device;

/* Name the field of a fault as the request has it, not as the event. */
typedef void rest_rename_fn(struct fault *fault);

rest_rename_fn rest_name_device_fault;

#endif
