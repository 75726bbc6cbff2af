#include "bridge/wires/socketio.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "bridge/dialect/gate.h"
#include "bridge/wires/split.h"
#include "hub/base/utf8.h"

#define ID_MAX 9007199254740991 /* JavaScript counts no further */

/* What is left of a packet. */
struct rest {
    const char *text;
    size_t len;
};

/* --- pieces of a packet --- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_binary(enum sio_type type)
{
    return type == SIO_BINARY_EVENT || type == SIO_BINARY_ACK;
}

static bool is_event(enum sio_type type)
{
    return type == SIO_EVENT || type == SIO_BINARY_EVENT;
}

static bool is_ack(enum sio_type type)
{
    return type == SIO_ACK || type == SIO_BINARY_ACK;
}

static void advance(struct rest *rest, size_t by)
{
    rest->text += by;
    rest->len -= by;
}

static enum err refuse(struct fault *fault, enum err code, const char *what)
{
    return fault_set(fault, code, NULL, "%s", what);
}

/* A decimal number as it is printed: at least one digit, no 0 in front. */
static enum err read_number(struct rest *rest, uint64_t max, const char *what,
        uint64_t *number, struct fault *fault)
{
    size_t digits = 0;

    *number = 0;
    for (; digits < rest->len && is_digit(rest->text[digits]); digits++) {
        *number = *number * 10 + (uint64_t)(rest->text[digits] - '0');
        if (*number > max)
            return fault_set(
                    fault, ERR_TOO_LARGE, NULL, "%s is too large", what);
    }
    if (digits == 0 || (digits > 1 && rest->text[0] == '0'))
        return fault_set(fault, ERR_BAD_REQUEST, NULL, "%s is no number", what);
    advance(rest, digits);
    return ERR_OK;
}

static enum err read_type(
        struct rest *rest, struct sio_packet *packet, struct fault *fault)
{
    if (rest->len == 0 || rest->text[0] < '0' ||
            rest->text[0] > '0' + SIO_BINARY_ACK)
        return refuse(fault, ERR_BAD_REQUEST,
                "a packet starts with 0 to 6, its type");
    packet->type = (enum sio_type)(rest->text[0] - '0');
    advance(rest, 1);
    return ERR_OK;
}

static enum err read_attachments(
        struct rest *rest, struct sio_packet *packet, struct fault *fault)
{
    uint64_t number;
    enum err err;

    if (!is_binary(packet->type))
        return ERR_OK;
    err = read_number(
            rest, SIO_ATTACHMENTS, "the number of attachments", &number, fault);
    if (err != ERR_OK)
        return err;
    if (rest->len == 0 || rest->text[0] != '-')
        return refuse(fault, ERR_BAD_REQUEST,
                "a - stands behind the number of attachments");
    advance(rest, 1);
    packet->attachments = (uint32_t)number;
    return ERR_OK;
}

/* It is repeated in what is answered, and may be printed. */
static bool is_clean(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return utf8_is_valid(text, len);
}

static enum err read_nsp(
        struct rest *rest, struct sio_packet *packet, struct fault *fault)
{
    const char *comma, *query;
    size_t len, name_len;

    packet->nsp[0] = '/';
    if (rest->len == 0 || rest->text[0] != '/')
        return ERR_OK;
    comma = memchr(rest->text, ',', rest->len);
    len = comma ? (size_t)(comma - rest->text) : rest->len;
    query = memchr(rest->text, '?', len);
    name_len = query ? (size_t)(query - rest->text) : len;
    if (name_len > SIO_NSP_CHARS)
        return refuse(fault, ERR_TOO_LARGE, "the namespace is too long");
    if (!is_clean(rest->text, len))
        return refuse(fault, ERR_BAD_UTF8, "the namespace is no text");
    memcpy(packet->nsp, rest->text, name_len);
    advance(rest, comma ? len + 1 : len);
    return ERR_OK;
}

static enum err read_id(
        struct rest *rest, struct sio_packet *packet, struct fault *fault)
{
    if (is_event(packet->type) && (rest->len == 0 || !is_digit(rest->text[0])))
        return ERR_OK;
    if (!is_event(packet->type) && !is_ack(packet->type))
        return ERR_OK; /* a digit here is JSON, and refused as such */
    packet->has_id = true;
    return read_number(rest, ID_MAX, "the id", &packet->id, fault);
}

/* --- names --- */

/* Four hex digits that the gate has seen. */
static uint32_t read_hex4(const char *text)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++) {
        char c = text[i];

        value = value << 4 |
                (uint32_t)(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static size_t put_utf8(uint32_t point, char out[4])
{
    size_t size = point < 0x80      ? 1
                  : point < 0x800   ? 2
                  : point < 0x10000 ? 3
                                    : 4;

    if (size == 1) {
        out[0] = (char)point;
        return 1;
    }
    for (size_t i = size - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)((0xf00u >> size & 0xff) | point);
    return size;
}

/* One escape, its backslash first; how long it is, and what it stands for. */
static size_t read_escape(const char *text, char out[4], size_t *size)
{
    static const char from[] = "nrt", to[] = "\n\r\t";
    const char *at = strchr(from, text[1]);
    uint32_t point;

    if (text[1] != 'u') {
        out[0] = at ? to[at - from] : text[1];
        *size = 1;
        return 2;
    }
    point = read_hex4(text + 2);
    if (point < 0xd800 || point > 0xdbff) {
        *size = put_utf8(point, out);
        return 6;
    }
    point = 0x10000 + ((point - 0xd800) << 10) + (read_hex4(text + 8) - 0xdc00);
    *size = put_utf8(point, out);
    return 12;
}

/* A string with its quotes, through the gate: no escape is cut short, none
 * stands for NUL. False: longer than a name may be. */
static bool read_name(
        const char *text, size_t len, char name[SIO_NAME_CHARS + 1])
{
    size_t used = 0;

    for (size_t at = 1; at + 1 < len;) {
        char bytes[4] = { text[at] };
        size_t size = 1;

        at += text[at] == '\\' ? read_escape(text + at, bytes, &size) : 1;
        if (size > SIO_NAME_CHARS - used) {
            name[0] = '\0';
            return false;
        }
        memcpy(name + used, bytes, size);
        used += size;
    }
    name[used] = '\0';
    return true;
}

/* What a client's own socket says to it; no peer may say these. */
static bool is_reserved(const char *name)
{
    static const char *const reserved[] = { "connect", "connect_error",
        "disconnect", "disconnecting", "newListener", "removeListener" };

    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (strcmp(name, reserved[i]) == 0)
            return true;
    return false;
}

/* --- JSON --- */

/* The first character that is no blank; 0: there is none. */
static char first_of(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r\n", text[i]))
            return text[i];
    return '\0';
}

static enum err check_object(struct rest json, struct fault *fault)
{
    if (first_of(json.text, json.len) != '{')
        return refuse(fault, ERR_BAD_REQUEST, "an object is expected here");
    return ERR_OK;
}

static enum err check_array(struct rest json, struct fault *fault)
{
    if (!split_is_array(json.text, json.len))
        return refuse(fault, ERR_BAD_REQUEST, "an array is expected here");
    return ERR_OK;
}

static enum err check_event(struct rest json, struct fault *fault)
{
    char name[SIO_NAME_CHARS + 1];
    struct piece first;
    enum err err = check_array(json, fault);

    if (err != ERR_OK)
        return err;
    if (split_array(json.text, json.len, &first, 1) == 0 ||
            first.text[0] != '"')
        return refuse(fault, ERR_BAD_REQUEST,
                "an event is an array with its name first");
    if (read_name(first.text, first.len, name) && is_reserved(name))
        return refuse(fault, ERR_BAD_REQUEST, "this event is nobody's to send");
    return ERR_OK;
}

/* Is each placeholder below the value one of an attachment that follows?
 * Recursion ends where the gate's depth does. */
static bool are_placed(const cJSON *value, uint32_t attachments)
{
    const cJSON *mark = cJSON_GetObjectItemCaseSensitive(value, "_placeholder");
    const cJSON *num = cJSON_GetObjectItemCaseSensitive(value, "num");

    if (cJSON_IsObject(value) && cJSON_IsTrue(mark))
        return cJSON_IsNumber(num) && num->valuedouble >= 0 &&
               num->valuedouble < attachments &&
               num->valuedouble == (double)num->valueint;
    for (const cJSON *child = value->child; child; child = child->next)
        if (!are_placed(child, attachments))
            return false;
    return true;
}

static enum err check_placeholders(
        struct rest json, uint32_t attachments, struct fault *fault)
{
    cJSON *value = cJSON_ParseWithLength(json.text, json.len);
    bool placed;

    if (!value)
        return refuse(fault, ERR_NO_MEMORY, "out of memory");
    placed = are_placed(value, attachments);
    cJSON_Delete(value);
    if (!placed)
        return refuse(
                fault, ERR_BAD_REQUEST, "a placeholder has no attachment");
    return ERR_OK;
}

/* Is it what the type wants, after the gate. */
static enum err check_kind(
        enum sio_type type, struct rest json, struct fault *fault)
{
    if (type == SIO_CONNECT || type == SIO_CONNECT_ERROR)
        return check_object(json, fault);
    return is_event(type) ? check_event(json, fault) : check_array(json, fault);
}

static enum err check_json(const struct sio_packet *packet, struct rest json,
        const struct json_limits *limits, struct fault *fault)
{
    enum err err;

    if (packet->type == SIO_DISCONNECT && json.len > 0)
        return refuse(fault, ERR_BAD_REQUEST, "nothing is expected here");
    if (json.len == 0 &&
            (packet->type == SIO_CONNECT || packet->type == SIO_DISCONNECT))
        return ERR_OK;
    err = json_gate_within(json.text, json.len, limits, fault);
    if (err == ERR_OK)
        err = check_kind(packet->type, json, fault);
    if (err == ERR_OK && is_binary(packet->type))
        err = check_placeholders(json, packet->attachments, fault);
    return err;
}

enum err sio_read(const char *text, size_t len,
        const struct json_limits *limits, struct sio_packet *packet,
        struct fault *fault)
{
    struct rest rest = { text, len };
    struct sio_packet read = { 0 };
    enum err err = read_type(&rest, &read, fault);

    if (err == ERR_OK)
        err = read_attachments(&rest, &read, fault);
    if (err == ERR_OK)
        err = read_nsp(&rest, &read, fault);
    if (err == ERR_OK)
        err = read_id(&rest, &read, fault);
    if (err == ERR_OK)
        err = check_json(&read, rest, limits, fault);
    if (err != ERR_OK)
        return err;
    read.json = rest.text;
    read.len = rest.len;
    *packet = read;
    return ERR_OK;
}

enum err sio_split(const struct sio_packet *packet, struct sio_event *event,
        struct fault *fault)
{
    struct piece pieces[1 + SIO_ARGS];
    size_t count = split_array(packet->json, packet->len, pieces, 1 + SIO_ARGS);

    if (count > 1 + SIO_ARGS)
        return refuse(fault, ERR_TOO_LARGE, "too many arguments");
    if (!read_name(pieces[0].text, pieces[0].len, event->name))
        return refuse(fault, ERR_TOO_LARGE, "the event's name is too long");
    event->count = (uint32_t)count - 1;
    for (uint32_t i = 0; i < event->count; i++)
        event->args[i] = pieces[i + 1];
    return ERR_OK;
}

/* --- out --- */

void sio_put_head(struct buf *out, enum sio_type type, const char *nsp,
        bool has_id, uint64_t id, uint32_t attachments)
{
    buf_putc(out, (char)('0' + type));
    if (is_binary(type))
        buf_printf(out, "%u-", attachments);
    if (strcmp(nsp, "/") != 0) {
        buf_puts(out, nsp);
        buf_putc(out, ',');
    }
    if (has_id)
        buf_printf(out, "%llu", (unsigned long long)id);
}
