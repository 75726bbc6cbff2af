#include "bridge/catalogue/parts.h"

const struct parcel_type parcel_types[] = {
    [VALUE_ULID] = { .ts = "string",
            .json = "string",
            .pattern = "^[0-9A-HJKMNP-TV-Z]{26}$" },
    [VALUE_EPOCH] = { .ts = "string",
            .json = "string",
            .pattern = "^[0-9a-z]{1,7}$" },
    [VALUE_CURSOR] = { .ts = "string", .json = "string" },
    [VALUE_KEY] = { .ts = "string",
            .json = "string",
            .pattern = "^[A-Za-z0-9_.:-]{1,64}$" },
    [VALUE_COUNT] = { .ts = "number", .json = "integer" },
    [VALUE_MOMENT] = { .ts = "string",
            .json = "string",
            .format = "date-time" },
    [VALUE_TEXT] = { .ts = "string", .json = "string" },
    [VALUE_FLAG] = { .ts = "boolean", .json = "boolean" },
    [VALUE_TOPS] = { .ts = "Record<string, number>", .json = "object" },
    [VALUE_ROLE] = { .ts = "Role", .name = "Role" },
    [VALUE_CODE] = { .ts = "ErrorCode", .name = "ErrorCode" },
    [VALUE_FAULT] = { .ts = "Fault", .name = "Fault" },
    [VALUE_PRIORITY] = { .ts = "Priority", .name = "Priority" },
    [VALUE_PICTURE] = { .ts = "Picture", .name = "Picture" },
    [VALUE_EVENT] = { .ts = "E", .name = "EventName" },
    [VALUE_PAYLOAD] = { .ts = "EventPayloads[E]", .json = "object" },
    [VALUE_STATED] = { .ts = "E", .name = "StatedName" },
    [VALUE_STATEMENT] = { .ts = "EventStatements[E]", .json = "object" },
};

const struct parcel parcels[] = {
#define MEMBER(key, kind, ...)                                                 \
    { .name = #key, .value = VALUE_##kind, __VA_ARGS__ },
#define PARCEL(title, who, text, ...)                                          \
    { .name = #title,                                                          \
        .about = text,                                                         \
        .ws = PARCEL_OF_##who,                                                 \
        .members = { __VA_ARGS__ } },
#include "bridge/catalogue/catalogue.def"
#undef PARCEL
#undef MEMBER
};

const uint32_t parcel_count = sizeof(parcels) / sizeof(parcels[0]);

enum parcel_value parcel_subject(const struct parcel *parcel)
{
    for (const struct parcel_member *m = parcel->members; m->value; m++)
        if (m->value == VALUE_PAYLOAD || m->value == VALUE_STATEMENT)
            return m->value;
    return VALUE_END;
}
