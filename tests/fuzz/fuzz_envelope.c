/*
 * Everything by which an event comes in: a message in JSON, an envelope in
 * protobuf, a message of each wire. The first byte says which. An event that
 * is accepted must come through JSON and protobuf unchanged, and every view
 * of it must be readable.
 *
 * Inputs start from whole messages: chance alone would hardly find one.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/wire.h"
#include "hub/evt/body.h"

enum way { WAY_MESSAGE, WAY_NAMED, WAY_ENVELOPE, WAY_WIRE };

#define WAYS (WAY_WIRE + WIRE_COUNT)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max);
size_t LLVMFuzzerCustomMutator(
        uint8_t *data, size_t len, size_t max, unsigned seed);

static const char *const samples[] = {
    "{\"event\":\"order.created\",\"id\":\"k\",\"payload\":{\"order\":{"
    "\"id\":\"o-1\",\"table\":{\"id\":\"5\",\"number\":5},\"status\":"
    "\"pending\",\"items\":[{\"id\":\"1\",\"name\":\"Soup\",\"quantity\":2,"
    "\"modifiers\":[{\"name\":\"hot\",\"priceCents\":-50}],\"allergens\":["
    "\"egg\"]}],\"totals\":{\"totalCents\":100},\"createdAt\":"
    "\"2026-01-31T18:04:05.123+01:00\"}}}",
    "{\"event\":\"kitchen.completed\",\"payload\":{\"orderId\":\"o-1\","
    "\"table\":{\"id\":\"5\"},\"prepTimeMs\":1000}}",
    "{\"event\":\"alert.acknowledged\",\"payload\":{\"alertId\":\"a\","
    "\"acknowledged\":true,\"by\":{\"id\":\"u\",\"name\":\"Zo\xc3\xab\"}}}",
    "{\"event\":\"order.cancel_requested\",\"payload\":{\"orderId\":\"o-1\","
    "\"reason\":\"a \\\"b\\\" \\u00e9\"}}",
    "{\"event\":\"device.online\",\"payload\":{\"kind\":\"pager\","
    "\"boot\":4294967295}}",
    "{\"op\":\"join\",\"ref\":1,\"rooms\":[\"kitchen\",\"table/5\"],"
    "\"after\":\"abc.12\"}",
    "{\"op\":\"publish\",\"ref\":1,\"event\":\"kitchen.ready\",\"payload\":{"
    "\"orderId\":\"o-1\"}}",
    "{\"op\":\"auth\",\"token\":\"a.b.c\"}",
    "{\"op\":\"ack\",\"seq\":12,\"stage\":\"shown\"}",
};

/* An event in the kitchen, as the hub would make it. Takes the body. */
static struct evt *make_event(struct heard *heard)
{
    struct evt *evt;

    if (evt_create(heard->what, heard->body, &evt) != ERR_OK)
        abort(); /* inputs are far smaller than a body may be */
    evt->seq = 1;
    evt->room_count = 1;
    assert(room_make(ROOM_INDEX_KITCHEN, "", &evt->rooms[0]));
    return evt;
}

static void expect_same(const struct evt *evt, struct heard *heard)
{
    struct evt *again;

    assert(heard->what == evt->what);
    again = make_event(heard);
    assert(again->packed_len == evt->packed_len);
    assert(memcmp(again->packed, evt->packed, evt->packed_len) == 0);
    evt_unref(again);
}

static void check_json(struct evt *evt, enum view view)
{
    const struct evt_form *form = dialect_say_json(evt, view, 0);
    struct fault fault = { 0 };
    struct heard heard;

    assert(form);
    assert(json_gate((const char *)form->data, form->len, &fault) == ERR_OK);
    if (view != VIEW_FULL)
        return;
    assert(dialect_hear_message(DIALECT_NATIVE, NULL, (const char *)form->data,
                   form->len, &heard, &fault) == ERR_OK);
    expect_same(evt, &heard);
}

static void check_envelope(struct evt *evt, enum view view)
{
    const struct evt_form *form = dialect_say_envelope(evt, view, 0);
    struct fault fault = { 0 };
    struct heard heard;
    enum err err;

    assert(form);
    err = dialect_hear_envelope(form->data, form->len, &heard, &fault);
    assert(err != ERR_BAD_PROTOBUF);
    if (view == VIEW_FULL)
        expect_same(evt, &heard);
    else
        body_free(heard.body);
}

static void check_event(struct heard *heard)
{
    struct evt *evt = make_event(heard);

    for (int view = VIEW_FULL; view < VIEW_COUNT; view++) {
        check_json(evt, (enum view)view);
        check_envelope(evt, (enum view)view);
        for (int i = 0; i < WIRE_COUNT; i++)
            assert(wires[i]->say_event(evt, (enum view)view, 0));
    }
    evt_unref(evt);
}

static enum err hear_wire(const struct wire *wire, const uint8_t *data,
        size_t len, struct heard *heard, struct fault *fault)
{
    struct said said;
    enum err err = wire->hear(data, len, &said, fault);

    *heard = said.heard;
    said.heard.body = NULL;
    said_finish(&said);
    return err;
}

static enum err hear(int way, const uint8_t *data, size_t len,
        struct heard *heard, struct fault *fault)
{
    const char *text = (const char *)data;

    if (way == WAY_MESSAGE)
        return dialect_hear_message(
                DIALECT_NATIVE, NULL, text, len, heard, fault);
    if (way == WAY_NAMED)
        return dialect_hear_message(
                DIALECT_NATIVE, "kitchen.ready", text, len, heard, fault);
    if (way == WAY_ENVELOPE)
        return dialect_hear_envelope(data, len, heard, fault);
    return hear_wire(wires[way - WAY_WIRE], data, len, heard, fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fault fault = { 0 };
    struct heard heard = { .body = NULL };
    enum err err;

    if (len == 0)
        return 0;
    err = hear(data[0] % WAYS, data + 1, len - 1, &heard, &fault);
    assert(err == fault.code);
    assert(err == ERR_OK || (!heard.body && fault.text[0]));
    if (heard.body)
        check_event(&heard);
    return 0;
}

/* A sample, as JSON or, if it is an event, perhaps in protobuf. */
static size_t sample(uint8_t *data, size_t max, unsigned seed)
{
    const char *text = samples[seed % (sizeof(samples) / sizeof(samples[0]))];
    size_t len = strlen(text);
    struct fault fault = { 0 };
    struct heard heard;

    if (seed & 0x100 && dialect_hear_message(DIALECT_NATIVE, NULL, text, len,
                                &heard, &fault) == ERR_OK) {
        struct evt *evt = make_event(&heard);
        const struct evt_form *form = dialect_say_envelope(evt, VIEW_FULL, 0);

        len = form->len + 1 <= max ? form->len + 1 : 0;
        if (len > 0) {
            data[0] = WAY_ENVELOPE;
            memcpy(data + 1, form->data, form->len);
        }
        evt_unref(evt);
        return len;
    }
    if (len + 1 > max)
        return 0;
    data[0] = text[2] == 'o' ? WAY_WIRE + WIRE_NATIVE_JSON : WAY_MESSAGE;
    memcpy(data + 1, text, len);
    return len + 1;
}

size_t LLVMFuzzerCustomMutator(
        uint8_t *data, size_t len, size_t max, unsigned seed)
{
    if (len <= 1 || seed % 64 == 0) {
        size_t fresh = sample(data, max, seed / 64);

        len = fresh > 0 ? fresh : len;
    }
    return LLVMFuzzerMutate(data, len, max);
}
