/*
 * A packet of Socket.IO: what is read is within its limits, and put together
 * from its pieces it reads the same again, byte by byte. What is read within
 * the daemon's limits of JSON is read within wide ones, and is the same.
 *
 * Inputs start from whole packets: chance alone would hardly find one.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bridge/dialect/gate.h"
#include "bridge/wires/socketio.h"
#include "hub/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max);
size_t LLVMFuzzerCustomMutator(
        uint8_t *data, size_t len, size_t max, unsigned seed);

static const char *const samples[] = {
    "0",
    "0/events,{\"token\":\"a.b.c\",\"dialect\":\"kds\"}",
    "0/custom?x=y,",
    "1/events,",
    "212[\"join-room\",\"restaurant-kitchen\"]",
    "2/events,9007199254740991[\"a\\u00e9\\ud83c\\udf5c\",[1.5,null],{\"b\":"
    "[true,-0,1e9]}]",
    "2[\"conn\\u0065cted\",\"\"]",
    "3/x,13[]",
    "4/random,{\"message\":\"Invalid namespace\"}",
    "52-/admin,789[\"message\",{\"_placeholder\":true,\"num\":0},{\"a\":[{"
    "\"_placeholder\":true,\"num\":1}]}]",
    "61-1[{\"_placeholder\":true,\"num\":0}]",
    "2[\"deep\",[[[[[[[[[[{\"a\":[[[[1]]]]}]]]]]]]]]]]",
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

/* Within which it is read. */
static const struct json_limits *limits;

static enum err read_packet(const char *text, size_t len,
        struct sio_packet *packet, struct fault *fault)
{
    return sio_read(text, len, limits, packet, fault);
}

static void check_limits(
        const struct sio_packet *packet, const char *text, size_t len)
{
    assert(packet->type <= SIO_BINARY_ACK);
    assert(packet->nsp[0] == '/');
    assert(memchr(packet->nsp, '\0', sizeof(packet->nsp)));
    assert(utf8_is_valid(packet->nsp, strlen(packet->nsp)));
    assert(!strpbrk(packet->nsp, ",?"));
    assert(packet->attachments <= SIO_ATTACHMENTS);
    assert(packet->id <= 9007199254740991 && (packet->has_id || !packet->id));
    assert(packet->json + packet->len == text + len);
}

static void expect_same(const struct sio_packet *a, const struct sio_packet *b)
{
    assert(a->type == b->type && strcmp(a->nsp, b->nsp) == 0);
    assert(a->has_id == b->has_id && a->id == b->id);
    assert(a->attachments == b->attachments);
}

static void put_head(struct buf *out, const struct sio_packet *packet)
{
    sio_put_head(out, packet->type, packet->nsp, packet->has_id, packet->id,
            packet->attachments);
}

static void check_again(const struct sio_packet *packet)
{
    struct fault fault = { 0 };
    struct sio_packet again;
    struct buf out;

    buf_init(&out, 1 << 20);
    put_head(&out, packet);
    buf_put(&out, packet->json, packet->len);
    assert(read_packet(out.data, out.len, &again, &fault) == ERR_OK);
    expect_same(packet, &again);
    assert(again.len == packet->len);
    assert(memcmp(again.json, packet->json, again.len) == 0);
    buf_finish(&out);
}

static void check_piece(
        const struct sio_packet *packet, const struct piece *piece)
{
    struct fault fault = { 0 };

    assert(piece->len > 0 && piece->text > packet->json);
    assert(piece->text + piece->len < packet->json + packet->len);
    assert(json_gate_within(piece->text, piece->len, limits, &fault) == ERR_OK);
}

/* The event from its name and arguments has the same name and arguments. */
static void check_event(const struct sio_packet *packet)
{
    struct sio_event event, other;
    struct sio_packet again;
    struct fault fault = { 0 };
    struct buf out;

    if (sio_split(packet, &event, &fault) != ERR_OK) {
        assert(fault.code == ERR_TOO_LARGE);
        return;
    }
    assert(event.count <= SIO_ARGS);
    assert(utf8_is_valid(event.name, strlen(event.name)));
    buf_init(&out, 1 << 20);
    put_head(&out, packet);
    buf_putc(&out, '[');
    buf_put_json(&out, event.name);
    for (uint32_t i = 0; i < event.count; i++) {
        check_piece(packet, &event.args[i]);
        buf_putc(&out, ',');
        buf_put(&out, event.args[i].text, event.args[i].len);
    }
    buf_putc(&out, ']');
    assert(read_packet(out.data, out.len, &again, &fault) == ERR_OK);
    expect_same(packet, &again);
    assert(sio_split(&again, &other, &fault) == ERR_OK);
    assert(strcmp(event.name, other.name) == 0 && event.count == other.count);
    for (uint32_t i = 0; i < event.count; i++)
        assert(event.args[i].len == other.args[i].len &&
                memcmp(event.args[i].text, other.args[i].text,
                        event.args[i].len) == 0);
    buf_finish(&out);
}

static enum err check(const char *text, size_t len, struct sio_packet *packet)
{
    struct fault fault = { 0 };
    enum err err = read_packet(text, len, packet, &fault);

    assert(err == fault.code);
    assert(err == ERR_OK || fault.text[0]);
    if (err != ERR_OK)
        return err;
    check_limits(packet, text, len);
    check_again(packet);
    if (packet->type == SIO_EVENT || packet->type == SIO_BINARY_EVENT)
        check_event(packet);
    return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *text = (const char *)data;
    struct sio_packet narrow, wide;
    enum err err, err_wide;

    limits = &json_strict;
    err = check(text, len, &narrow);
    limits = &json_wide;
    err_wide = check(text, len, &wide);
    if (err == ERR_OK) {
        assert(err_wide == ERR_OK);
        expect_same(&narrow, &wide);
    }
    assert(err_wide == err || err == ERR_TOO_LARGE);
    return 0;
}

size_t LLVMFuzzerCustomMutator(
        uint8_t *data, size_t len, size_t max, unsigned seed)
{
    const char *text = samples[seed / 32 % SAMPLES];

    if ((len <= 1 || seed % 32 == 0) && strlen(text) <= max) {
        len = strlen(text);
        memcpy(data, text, len);
    }
    return LLVMFuzzerMutate(data, len, max);
}
