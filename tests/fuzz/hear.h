/*
 * hear: what the targets fuzz_hear_<dialect>.c have in common; each includes
 * it once, with LISTENER, its dialect. The first byte says under which of the
 * dialect's names, or as the argument of which verb, the rest is heard. What is
 * heard keeps the rules of fields, comes through our own JSON unchanged, and
 * can be said in every dialect to everybody.
 *
 * Inputs start from whole payloads, made of the tables, and whole values in
 * them are replaced: chance alone would hardly find one.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/dialect/dialect.h"
#include "hub/evt/body.h"
/* The build for fuzzing has no library of helpers. */
#include "tests/support/filled.c"

#define SITE         "main"
#define SAMPLE_RARE  16 /* one input in so many starts anew */
#define REPLACE_RARE 4  /* one in so many has a value of another type */
#define SHAPE_MAX    64
#define JSON_BYTES   (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max);
size_t LLVMFuzzerCustomMutator(
        uint8_t *data, size_t len, size_t max, unsigned seed);

/* --- names --- */

/* Our own dialect hears every event, and has no rows. */
static unsigned name_count(void)
{
    unsigned count = 0;

    if (LISTENER == DIALECT_NATIVE)
        return EVT_COUNT;
    while (dialects[LISTENER].hears[count].name)
        count++;
    return count;
}

static unsigned verb_count(void)
{
    unsigned count = 0;

    while (dialects[LISTENER].verbs[count].name)
        count++;
    return count;
}

static const char *name_of(unsigned which)
{
    return LISTENER == DIALECT_NATIVE ? evt_kinds[which].name
                                      : dialects[LISTENER].hears[which].name;
}

/* --- what must hold --- */

static void check_row(struct evt *evt, const struct say_row *row)
{
    for (int view = VIEW_FULL; view < VIEW_COUNT; view++) {
        const struct evt_form *form = dialect_say(evt, row, (enum view)view);
        struct fault fault = { 0 };

        assert(form);
        assert(json_gate((const char *)form->data, form->len, &fault) ==
                ERR_OK);
    }
}

static void check_said(struct evt *evt)
{
    for (int i = 0; i < DIALECT_COUNT; i++)
        for (const struct say_row *row = dialects[i].says; row->name; row++)
            if (row->what == evt->what)
                check_row(evt, row);
}

static void check_ours(const struct evt *evt)
{
    struct fault fault = { 0 };
    struct heard heard;
    struct evt *again;
    struct buf json;

    buf_init(&json, JSON_BYTES);
    dialect_put_json(&json, evt->body, VIEW_FULL);
    assert(!json.failed);
    assert(dialect_hear(evt_kinds[evt->what].name, json.data, json.len, &heard,
                   &fault) == ERR_OK);
    buf_finish(&json);
    assert(evt_create(heard.what, heard.body, &again) == ERR_OK);
    assert(again->packed_len == evt->packed_len);
    assert(memcmp(again->packed, evt->packed, evt->packed_len) == 0);
    evt_unref(again);
}

static void check_heard_one(struct heard *heard)
{
    struct fault fault = { 0 };
    struct evt *evt;

    assert(body_check(heard->body, &fault) == ERR_OK);
    if (evt_create(heard->what, heard->body, &evt) != ERR_OK)
        abort(); /* inputs are far smaller than a body may be */
    check_ours(evt);
    check_said(evt);
    evt_unref(evt);
}

static void check_name(const char *name, const char *text, size_t len)
{
    struct fault fault = { 0 };
    struct heard heard = { .body = NULL };
    enum err err =
            dialect_hear_message(LISTENER, name, text, len, &heard, &fault);

    assert(err == fault.code);
    assert(err == ERR_OK || (!heard.body && fault.text[0]));
    if (heard.body)
        check_heard_one(&heard);
}

static void check_verb(const char *name, const char *text, size_t len)
{
    struct fault fault = { 0 };
    struct wish wish = { 0 };
    struct room again;
    char printed[ROOM_CHARS + 1];
    enum err err =
            dialect_hear_verb(LISTENER, SITE, name, text, len, &wish, &fault);

    assert(err == fault.code);
    if (err != ERR_OK)
        return;
    assert(room_parse(printed, room_print(&wish.room, printed), &again));
    assert(room_equal(&wish.room, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    unsigned names = name_count(), which;

    if (len == 0)
        return 0;
    which = data[0] % (names + verb_count());
    if (which < names)
        check_name(name_of(which), (const char *)data + 1, len - 1);
    else
        check_verb(dialects[LISTENER].verbs[which - names].name,
                (const char *)data + 1, len - 1);
    return 0;
}

/* --- samples --- */

/* Say a full body by the shape that hears it, what is only heard included. */
static void put_by_shape(struct buf *out, const struct hear_row *hear,
        const ProtobufCMessage *body)
{
    struct shape_field all[SHAPE_MAX];
    const struct say_row row = { .what = hear->what,
        .name = hear->name,
        .shape = all,
        .dialect = LISTENER };
    unsigned count = 0;

    do {
        assert(count < SHAPE_MAX);
        all[count] = hear->shape[count];
        all[count].flags &= ~(unsigned)HEARD;
    } while (hear->shape[count++].theirs);
    if (all[0].as == AS_ALWAYS) /* a shape of nothing */
        buf_puts(out, "{}");
    else
        dialect_put_said(out, &row, body, VIEW_FULL);
}

static size_t sample(uint8_t *data, size_t max, unsigned seed)
{
    unsigned which = seed % name_count();
    ProtobufCMessage *body;
    struct buf out;
    size_t len = 0;

    buf_init(&out, JSON_BYTES);
    if (LISTENER == DIALECT_NATIVE) {
        body = filled_body(evt_kinds[which].body);
        dialect_put_json(&out, body, VIEW_FULL);
    } else {
        const struct hear_row *hear = &dialects[LISTENER].hears[which];

        body = filled_body(evt_kinds[hear->what].body);
        put_by_shape(&out, hear, body);
    }
    if (!out.failed && out.len < max) {
        data[0] = (uint8_t)which;
        memcpy(data + 1, out.data, out.len);
        len = out.len + 1;
    }
    buf_finish(&out);
    body_free(body);
    return len;
}

/* --- values of another type --- */

/* Where the value ends that begins there. */
static size_t value_end(const uint8_t *text, size_t len, size_t at)
{
    bool quoted = false;
    int depth = 0;

    for (; at < len; at++) {
        uint8_t c = text[at];

        if (quoted) {
            at += c == '\\';
            quoted = c != '"';
        } else if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
            break;
        } else {
            quoted = c == '"';
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        }
    }
    return at < len ? at : len;
}

/* Something else in the place of a member's value, and all of that. */
static size_t replace_value(
        uint8_t *data, size_t len, size_t max, unsigned seed)
{
    static const char *const others[] = { "null", "true", "0", "-1.5", "1e300",
        "\"\"", "\"x\"", "{}", "{\"a\":1}", "[]", "[1]", "[[\"a\"]]" };
    const size_t count = sizeof(others) / sizeof(others[0]);
    const char *other = others[seed % count];
    size_t at = seed / count % len, size = strlen(other), end;

    while (at < len && data[at] != ':')
        at++;
    if (at++ == len)
        return len;
    end = value_end(data, len, at);
    if (len - (end - at) + size > max)
        return len;
    memmove(data + at + size, data + end, len - end);
    memcpy(data + at, other, size);
    return len - (end - at) + size;
}

size_t LLVMFuzzerCustomMutator(
        uint8_t *data, size_t len, size_t max, unsigned seed)
{
    if (len <= 1 || seed % SAMPLE_RARE == 0) {
        size_t fresh = sample(data, max, seed / SAMPLE_RARE);

        len = fresh > 0 ? fresh : len;
    }
    if (len > 1 && seed % REPLACE_RARE == 1)
        return replace_value(data, len, max, seed / REPLACE_RARE);
    return LLVMFuzzerMutate(data, len, max);
}
