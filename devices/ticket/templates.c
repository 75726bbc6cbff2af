#include "devices/ticket/templates.h"

#include <assert.h>
#include <string.h>

#include "devices/ticket/ticket.h"

static const char *const names[TICKET_KINDS] = {
    [TICKET_ORDER] = "order",
    [TICKET_ADD_ON] = "add_on",
    [TICKET_VOID] = "void",
    [TICKET_CHANGE] = "change",
    [TICKET_SUMMARY] = "summary",
    [TICKET_TEST] = "test",
};

/* Where texts are looked for: first among a house's own. */
struct shelf {
    const struct template_source *own;
    size_t own_count;
    bool used[TEMPLATES_OWN];
};

static bool is_called(
        const struct template_source *source, const char *name, size_t len)
{
    return strlen(source->name) == len && memcmp(source->name, name, len) == 0;
}

static const struct template_source *find(
        void *ctx, const char *name, size_t len)
{
    struct shelf *shelf = ctx;
    const struct template_source *source;

    for (size_t i = 0; i < shelf->own_count; i++) {
        if (!is_called(&shelf->own[i], name, len))
            continue;
        shelf->used[i] = true;
        return &shelf->own[i];
    }
    for (source = ticket_builtin; source->name; source++)
        if (is_called(source, name, len))
            return source;
    return NULL;
}

bool ticket_templates_read(struct ticket_templates *into,
        const struct template_source *own, size_t own_count, uint32_t columns,
        struct template_fault *fault)
{
    struct shelf shelf = { .own = own, .own_count = own_count };

    if (own_count > TEMPLATES_OWN) {
        *fault = (struct template_fault){ .name = own[TEMPLATES_OWN].name,
            .what = "too many templates" };
        return false;
    }
    for (int kind = 0; kind < TICKET_KINDS; kind++)
        if (!template_read(&into->tickets[kind], names[kind], columns, find,
                    &shelf, fault))
            return false;
    for (size_t i = 0; i < own_count; i++) {
        if (shelf.used[i])
            continue;
        *fault = (struct template_fault){ .name = own[i].name,
            .what = "no ticket uses it: is that its name?" };
        return false;
    }
    return true;
}

void ticket_template_builtin(struct template *into, enum ticket_kind kind)
{
    struct shelf shelf = { .own_count = 0 };
    struct template_fault fault;
    bool good = template_read(
            into, names[kind], TICKET_MIN_COLUMNS, find, &shelf, &fault);

    assert(good);
    (void)good;
}

const char *ticket_template_name(enum ticket_kind kind)
{
    return names[kind];
}
