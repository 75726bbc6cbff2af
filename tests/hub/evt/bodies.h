/*
 * bodies: what the tests of hub/evt/body*.c share.
 */
#ifndef TESTS_HUB_EVT_BODIES_H
#define TESTS_HUB_EVT_BODIES_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h> /* cmocka needs these before it */

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/catalogue.h"

static inline void for_every_event(void (*ask)(enum evt_id what))
{
    for (int what = 0; what < EVT_COUNT; what++)
        ask((enum evt_id)what);
}

static inline void expect_ok(const ProtobufCMessage *body, const char *path)
{
    struct fault fault = { 0 };

    if (body_check(body, &fault) != ERR_OK)
        fail_msg("%s: %s %s", path, fault.field, fault.text);
    assert_int_equal(fault.code, ERR_OK);
}

static inline uint8_t *pack(const ProtobufCMessage *body, size_t *len)
{
    uint8_t *data = malloc(protobuf_c_message_get_packed_size(body) + 1);

    assert_non_null(data);
    *len = protobuf_c_message_pack(body, data);
    return data;
}

/* Can it be read, and is what was read safe to look at? */
static inline bool reads(
        const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t len)
{
    ProtobufCMessage *body = body_unpack(type, data, len);
    struct fault fault;

    if (!body)
        return false;
    body_check(body, &fault);
    body_free(body);
    return true;
}

#endif
