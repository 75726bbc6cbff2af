/* A table is named by its id or by its number: the other one is filled in. */
#include "hub/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"
#include "hub/state.h"
#include "schemas/fields.h"

/* A table's number, if its id is one. */
static bool is_number(const char *id, uint32_t *number)
{
    int64_t max = field_rule_find("number")->max;
    size_t len = strlen(id);
    int64_t value;

    if (len == 0 || len > 9 || strspn(id, "0123456789") != len)
        return false;
    value = strtol(id, NULL, 10);
    if (value > max)
        return false;
    *number = (uint32_t)value;
    return true;
}

/* Where a table stands in a body, whatever its message is called. */
struct naming {
    char **id;
    protobuf_c_boolean *has_number;
    uint32_t *number;
};

static void name_by_number(
        const struct state *state, const struct naming *naming)
{
    const Dw__Table *known = state_table_numbered(state, *naming->number);
    char digits[16];

    snprintf(digits, sizeof(digits), "%u", *naming->number);
    body_set_string(naming->id, known ? known->id : digits);
}

static void number_by_name(
        const struct state *state, const struct naming *naming)
{
    const Dw__Table *known = shelf_find(&state->tables, *naming->id);

    if (known && known->has_number) {
        *naming->number = known->number;
        *naming->has_number = 1;
    } else if (is_number(*naming->id, naming->number)) {
        *naming->has_number = 1;
    }
}

struct resolving {
    const struct state *state;
    bool is_known; /* by another id: a table need not be named */
    struct fault *fault;
};

/* One of no name is none: where it need not be, it is left out. */
static enum err resolve(const struct resolving *resolving,
        const struct body_part *part, const struct naming *naming)
{
    char field[sizeof(part->path) + sizeof(".id")];

    if (*naming->id) {
        if (!*naming->has_number)
            number_by_name(resolving->state, naming);
        return ERR_OK;
    }
    if (*naming->has_number) {
        name_by_number(resolving->state, naming);
        return ERR_OK;
    }
    if (part->is_required && resolving->is_known)
        return ERR_OK;
    if (part->is_required) {
        snprintf(field, sizeof(field), "%s.id", part->path);
        return fault_set(resolving->fault, ERR_MISSING_FIELD, field,
                "a table is named by its id or its number");
    }
    body_free(*part->at);
    *part->at = NULL;
    return ERR_OK;
}

static enum err resolve_ref(void *context, const struct body_part *part)
{
    Dw__TableRef *ref = (void *)*part->at;

    return resolve(context, part,
            &(struct naming){ &ref->id, &ref->has_number, &ref->number });
}

static enum err resolve_table(void *context, const struct body_part *part)
{
    Dw__Table *table = (void *)*part->at;

    return resolve(context, part,
            &(struct naming){ &table->id, &table->has_number, &table->number });
}

/* A call that is handled is where it was made, if its id is given. */
static bool is_known_call(const struct statement *statement)
{
    return statement->what == EVT_SERVICE_CALL_HANDLED &&
           body_text(statement->body, "call.id");
}

enum err validate_resolve(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    struct resolving resolving = { state, is_known_call(statement), fault };
    enum err err = body_each_part(statement->body, &dw__table_ref__descriptor,
            resolve_ref, &resolving);

    return err != ERR_OK
                   ? err
                   : body_each_part(statement->body, &dw__table__descriptor,
                             resolve_table, &resolving);
}
