#include "schemas/fields.h"

#include <stdlib.h>
#include <string.h>

#include "schemas/rooms.h"

const struct field_rule field_rules[] = {
#define FIELD(field, ...) { .name = #field, __VA_ARGS__ },
#include "schemas/fields.def"
#undef FIELD
};

const uint32_t field_rule_count = sizeof(field_rules) / sizeof(field_rules[0]);

static int by_name(const void *name, const void *rule)
{
    return strcmp(name, ((const struct field_rule *)rule)->name);
}

const struct field_rule *field_rule_find(const char *name)
{
    return bsearch(name, field_rules, field_rule_count, sizeof(field_rules[0]),
            by_name);
}
