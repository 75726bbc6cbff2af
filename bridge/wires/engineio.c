#include "bridge/wires/engineio.h"

#include <string.h>

#include "bridge/wires/base64.h"
#include "hub/base/hex.h"
#include "hub/base/utf8.h"

#define BASE64_MARK 'b'
#define VERSION     "4"
#define VALUE_CHARS 63 /* of a parameter; none of ours is longer */

/* --- in --- */

static bool is_type(char c)
{
    return c >= EIO_OPEN && c <= EIO_NOOP;
}

static bool read_text(const char *data, size_t len, struct eio_packet *packet)
{
    if (len == 0 || !is_type(data[0]) || !utf8_is_valid(data + 1, len - 1))
        return false;
    *packet = (struct eio_packet){
        .type = (enum eio_type)data[0],
        .data = data + 1,
        .len = len - 1,
    };
    return true;
}

static void read_bytes(const char *data, size_t len, struct eio_packet *packet)
{
    *packet = (struct eio_packet){
        .type = EIO_MESSAGE,
        .binary = true,
        .data = data ? data : "", /* so that nobody has to ask */
        .len = len,
    };
}

bool eio_read_frame(
        const char *data, size_t len, bool binary, struct eio_packet *packet)
{
    if (!binary)
        return read_text(data, len, packet);
    read_bytes(data, len, packet);
    return true;
}

bool eio_read_coded(const char *data, size_t len, struct buf *decoded,
        struct eio_packet *packet)
{
    if (len == 0 || data[0] != BASE64_MARK)
        return read_text(data, len, packet);
    buf_clear(decoded);
    if (!base64_decode(decoded, data + 1, len - 1))
        return false;
    read_bytes(decoded->data, decoded->len, packet);
    return true;
}

void eio_payload_init(
        struct eio_payload *payload, const char *body, size_t len, size_t max)
{
    *payload = (struct eio_payload){ .at = body, .left = len, .max = max };
    buf_init(&payload->decoded, max);
}

void eio_payload_finish(struct eio_payload *payload)
{
    buf_finish(&payload->decoded);
}

enum eio_next eio_payload_next(
        struct eio_payload *payload, struct eio_packet *packet)
{
    const char *end;
    size_t len;

    if (payload->is_over)
        return EIO_NEXT_END;
    end = payload->left ? memchr(payload->at, EIO_SEPARATOR, payload->left)
                        : NULL;
    len = end ? (size_t)(end - payload->at) : payload->left;
    /* What is bad stays where it is, and is bad the next time too. */
    if (!eio_read_coded(payload->at, len, &payload->decoded, packet) ||
            packet->len > payload->max)
        return EIO_NEXT_BAD;
    payload->is_over = !end;
    if (end) {
        payload->at = end + 1;
        payload->left -= len + 1;
    }
    return EIO_NEXT_PACKET;
}

/* --- out --- */

void eio_put_open(struct buf *out, const struct eio_open *open)
{
    buf_puts(out, "{\"sid\":");
    buf_put_json(out, open->sid);
    buf_printf(out,
            ",\"upgrades\":[%s],\"pingInterval\":%u,\"pingTimeout\":%u,"
            "\"maxPayload\":%u}",
            open->may_upgrade ? "\"websocket\"" : "", open->ping_interval_ms,
            open->ping_timeout_ms, open->max_payload);
}

size_t eio_packet_bytes(const struct buf *payload, bool binary, size_t len)
{
    size_t separator = payload->len > 0 ? 1 : 0;

    return separator + 1 + (binary ? base64_chars(len) : len);
}

void eio_put_packet(struct buf *payload, const struct eio_packet *packet)
{
    size_t size = eio_packet_bytes(payload, packet->binary, packet->len);

    /* All of it or nothing: half a packet would be another packet. */
    if (size > payload->max - payload->len) {
        payload->failed = true;
        return;
    }
    if (payload->len > 0)
        buf_putc(payload, EIO_SEPARATOR);
    buf_putc(payload, packet->binary ? BASE64_MARK : (char)packet->type);
    if (packet->binary)
        base64_put(payload, packet->data, packet->len);
    else
        buf_put(payload, packet->data, packet->len);
}

/* --- requests --- */

/* Codes and messages are the protocol's; clients show them. */
static const struct {
    unsigned status;
    const char *body;
} errors[EIO_ERRORS] = {
    [EIO_UNKNOWN_TRANSPORT] = { 400,
            "{\"code\":0,\"message\":\"Transport unknown\"}" },
    [EIO_UNKNOWN_SID] = { 400,
            "{\"code\":1,\"message\":\"Session ID unknown\"}" },
    [EIO_BAD_METHOD] = { 400,
            "{\"code\":2,\"message\":\"Bad handshake method\"}" },
    [EIO_BAD_REQUEST] = { 400, "{\"code\":3,\"message\":\"Bad request\"}" },
    [EIO_FORBIDDEN] = { 403, "{\"code\":4,\"message\":\"Forbidden\"}" },
    [EIO_UNSUPPORTED_VERSION] = { 400,
            "{\"code\":5,\"message\":\"Unsupported protocol version\"}" },
};

unsigned eio_error_status(enum eio_error error)
{
    return errors[error].status;
}

const char *eio_error_body(enum eio_error error)
{
    return errors[error].body;
}

/* A parameter's value: how often it stands there, and the last one. */
struct parameter {
    const char *name;
    unsigned count;
    bool is_broken; /* longer than any of ours, or a bad escape */
    char value[VALUE_CHARS + 1];
};

enum { QUERY_VERSION, QUERY_TRANSPORT, QUERY_SID, QUERY_BASE64, QUERY_COUNT };

/* What stands behind the equals sign, percent escapes resolved. */
static bool read_value(const char *text, size_t len, char value[])
{
    size_t used = 0;

    for (size_t at = 0; at < len; at++) {
        char c = text[at];

        if (c == '%') {
            int high = len - at > 2 ? hex_digit(text[at + 1]) : -1;
            int low = len - at > 2 ? hex_digit(text[at + 2]) : -1;

            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            at += 2;
        }
        if (c == '\0' || used == VALUE_CHARS)
            return false;
        value[used++] = c;
    }
    value[used] = '\0';
    return true;
}

/* One name=value, or a name alone. */
static void take(struct parameter list[], const char *text, size_t len)
{
    const char *equals = len ? memchr(text, '=', len) : NULL;
    size_t name_len = equals ? (size_t)(equals - text) : len;
    const char *value = equals ? equals + 1 : text + len;

    for (int i = 0; i < QUERY_COUNT; i++) {
        struct parameter *parameter = &list[i];

        if (name_len != strlen(parameter->name) ||
                memcmp(text, parameter->name, name_len) != 0)
            continue;
        parameter->count++;
        if (!read_value(value, (size_t)(text + len - value), parameter->value))
            parameter->is_broken = true;
    }
}

static void take_all(struct parameter list[], const char *text, size_t len)
{
    while (len > 0) {
        const char *end = memchr(text, '&', len);
        size_t part = end ? (size_t)(end - text) : len;

        take(list, text, part);
        part += end ? 1 : 0;
        text += part;
        len -= part;
    }
}

/* Said once, and understood. */
static bool is_clear(const struct parameter *parameter)
{
    return parameter->count == 1 && !parameter->is_broken;
}

static bool read_transport(
        const struct parameter *parameter, enum eio_transport *transport)
{
    bool websocket = strcmp(parameter->value, "websocket") == 0;

    if (!websocket && strcmp(parameter->value, "polling") != 0)
        return false;
    *transport = websocket ? EIO_WEBSOCKET : EIO_POLLING;
    return is_clear(parameter);
}

/* Whether it is somebody's is not asked here. */
static bool read_sid(const struct parameter *parameter, char sid[])
{
    static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t len = strlen(parameter->value);

    if (parameter->count == 0)
        return true;
    if (!is_clear(parameter) || len > EIO_SID_CHARS ||
            strspn(parameter->value, chars) != len)
        return false;
    memcpy(sid, parameter->value, len + 1);
    return true;
}

bool eio_read_query(const char *text, size_t len, struct eio_query *query,
        enum eio_error *error)
{
    struct parameter list[QUERY_COUNT] = {
        [QUERY_VERSION] = { .name = "EIO" },
        [QUERY_TRANSPORT] = { .name = "transport" },
        [QUERY_SID] = { .name = "sid" },
        [QUERY_BASE64] = { .name = "b64" },
    };
    const struct parameter *version = &list[QUERY_VERSION];

    *query = (struct eio_query){ .transport = EIO_POLLING };
    take_all(list, text, len);
    if (!read_transport(&list[QUERY_TRANSPORT], &query->transport)) {
        *error = EIO_UNKNOWN_TRANSPORT;
        return false;
    }
    if (!is_clear(version) || strcmp(version->value, VERSION) != 0) {
        *error = EIO_UNSUPPORTED_VERSION;
        return false;
    }
    if (!read_sid(&list[QUERY_SID], query->sid)) {
        *error = EIO_UNKNOWN_SID;
        return false;
    }
    query->is_base64 = list[QUERY_BASE64].value[0] != '\0';
    return true;
}

bool eio_is_query(const char *text, size_t len)
{
    static const char name[] = "EIO=";
    size_t name_len = sizeof(name) - 1;

    while (len >= name_len) {
        const char *next = memchr(text, '&', len);

        if (memcmp(text, name, name_len) == 0)
            return true;
        if (!next)
            return false;
        len -= (size_t)(next + 1 - text);
        text = next + 1;
    }
    return false;
}
