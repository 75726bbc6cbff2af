#include "devices/port/posix/out_ipp.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define QUEUE_CHARS                                                            \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."

/* Tags of RFC 8010; below TAG_VALUES they begin a group. */
enum tag {
    TAG_OPERATION = 0x01,
    TAG_END = 0x03,
    TAG_VALUES = 0x10,
    TAG_NO_VALUE = 0x13,
    TAG_INTEGER = 0x21,
    TAG_BOOLEAN = 0x22,
    TAG_ENUM = 0x23,
    TAG_NAME = 0x42,
    TAG_KEYWORD = 0x44,
    TAG_URI = 0x45,
    TAG_CHARSET = 0x47,
    TAG_LANGUAGE = 0x48,
    TAG_MIME = 0x49,
};

#define PRINTER_STOPPED 5
#define HEAD_BYTES      8 /* version, what, number */

bool ipp_queue_is_valid(const char *queue)
{
    size_t len = strlen(queue);

    return len > 0 && len <= IPP_QUEUE_CHARS &&
           strspn(queue, QUEUE_CHARS) == len;
}

/* --- writing --- */

struct body {
    uint8_t bytes[IPP_REQUEST_BYTES / 2];
    size_t len;
};

static void put(struct body *body, const void *bytes, size_t len)
{
    assert(len <= sizeof(body->bytes) - body->len); /* all has its limit */
    memcpy(body->bytes + body->len, bytes, len);
    body->len += len;
}

static void put_number(struct body *body, uint32_t number, int bytes)
{
    while (bytes-- > 0) {
        uint8_t byte = (uint8_t)(number >> (8 * bytes));

        put(body, &byte, 1);
    }
}

static void put_text(
        struct body *body, enum tag tag, const char *name, const char *value)
{
    put_number(body, tag, 1);
    put_number(body, (uint32_t)strlen(name), 2);
    put(body, name, strlen(name));
    put_number(body, (uint32_t)strlen(value), 2);
    put(body, value, strlen(value));
}

static void put_job(struct body *body, uint32_t job)
{
    static const char name[] = "job-id";

    put_number(body, TAG_INTEGER, 1);
    put_number(body, sizeof(name) - 1, 2);
    put(body, name, sizeof(name) - 1);
    put_number(body, 4, 2);
    put_number(body, job, 4);
}

static void put_operation(struct body *body, const struct ipp_request *request)
{
    char uri[IPP_QUEUE_CHARS + 32];

    snprintf(uri, sizeof(uri), "ipp://localhost/printers/%s", request->queue);
    put_number(body, 0x0101, 2);
    put_number(body, request->operation, 2);
    put_number(body, 1, 4);
    put_number(body, TAG_OPERATION, 1);
    put_text(body, TAG_CHARSET, "attributes-charset", "utf-8");
    put_text(body, TAG_LANGUAGE, "attributes-natural-language", "en");
    put_text(body, TAG_URI, "printer-uri", uri);
    if (request->job)
        put_job(body, request->job);
    put_text(body, TAG_NAME, "requesting-user-name", "dumbwaiter");
}

size_t ipp_write(
        const struct ipp_request *request, uint8_t out[IPP_REQUEST_BYTES])
{
    struct body body = { .len = 0 };
    int head;

    put_operation(&body, request);
    switch (request->operation) {
    case IPP_PRINT_JOB:
        put_text(&body, TAG_NAME, "job-name", request->job_name);
        put_text(
                &body, TAG_MIME, "document-format", "application/vnd.cups-raw");
        break;
    case IPP_GET_JOB:
        put_text(&body, TAG_KEYWORD, "requested-attributes", "job-state");
        put_text(&body, TAG_KEYWORD, "", "time-at-processing");
        break;
    case IPP_GET_PRINTER:
        put_text(&body, TAG_KEYWORD, "requested-attributes", "printer-state");
        put_text(&body, TAG_KEYWORD, "", "printer-state-reasons");
        put_text(&body, TAG_KEYWORD, "", "printer-is-accepting-jobs");
        break;
    case IPP_CANCEL_JOB:
        break;
    }
    put_number(&body, TAG_END, 1);
    head = snprintf((char *)out, IPP_REQUEST_BYTES,
            "POST /printers/%s HTTP/1.0\r\nHost: localhost\r\n"
            "Content-Type: application/ipp\r\nContent-Length: %zu\r\n\r\n",
            request->queue, body.len + request->document_bytes);
    assert(head > 0 && (size_t)head + body.len <= IPP_REQUEST_BYTES);
    memcpy(out + head, body.bytes, body.len);
    return (size_t)head + body.len;
}

/* --- reading --- */

/* One value; of a list each has the list's name. */
struct value {
    uint8_t tag;
    const char *name;
    size_t name_len;
    const uint8_t *data;
    size_t len;
};

/* What is left to read. */
struct rest {
    const uint8_t *at;
    size_t len;
};

static bool take(struct rest *rest, size_t len, const uint8_t **out)
{
    if (len > rest->len)
        return false;
    *out = rest->at;
    rest->at += len;
    rest->len -= len;
    return true;
}

static bool take_short(struct rest *rest, size_t *out)
{
    const uint8_t *bytes;

    if (!take(rest, 2, &bytes))
        return false;
    *out = (size_t)bytes[0] << 8 | bytes[1];
    return true;
}

/* The next value, begun groups left out; `value` is the one before. */
static bool take_value(struct rest *rest, struct value *value)
{
    const uint8_t *tag, *name;
    size_t name_len;

    do {
        if (!take(rest, 1, &tag) || *tag == TAG_END)
            return false;
    } while (*tag < TAG_VALUES);
    if (!take_short(rest, &name_len) || !take(rest, name_len, &name))
        return false;
    if (name_len > 0) {
        value->name = (const char *)name;
        value->name_len = name_len;
    }
    value->tag = *tag;
    return take_short(rest, &value->len) &&
           take(rest, value->len, &value->data);
}

static bool is_called(const struct value *value, const char *name)
{
    return strlen(name) == value->name_len &&
           memcmp(value->name, name, value->name_len) == 0;
}

static uint32_t number_of(const struct value *value)
{
    return value->len == 4
                   ? (uint32_t)value->data[0] << 24 |
                             (uint32_t)value->data[1] << 16 |
                             (uint32_t)value->data[2] << 8 | value->data[3]
                   : 0;
}

/* "media-empty" also with "-error", "-warning" and "-report" behind it. */
static bool begins(const struct value *value, const char *word)
{
    return value->len >= strlen(word) &&
           memcmp(value->data, word, strlen(word)) == 0;
}

static void read_reason(struct print_status *status, const struct value *value)
{
    status->paper_out = status->paper_out || begins(value, "media-empty") ||
                        begins(value, "media-needed");
    status->paper_low = status->paper_low || begins(value, "media-low");
    status->cover_open = status->cover_open || begins(value, "cover-open") ||
                         begins(value, "door-open");
    status->failed = status->failed || begins(value, "offline") ||
                     begins(value, "media-jam");
}

static enum ipp_job_state job_state(uint32_t number)
{
    return number >= IPP_JOB_PENDING && number <= IPP_JOB_COMPLETED
                   ? (enum ipp_job_state)number
                   : IPP_JOB_UNKNOWN;
}

static void read_value(struct ipp_answer *answer, const struct value *value)
{
    if (is_called(value, "job-id"))
        answer->job = number_of(value);
    else if (is_called(value, "job-state"))
        answer->state = job_state(number_of(value));
    else if (is_called(value, "time-at-processing"))
        answer->never_processed = value->tag == TAG_NO_VALUE;
    else if (is_called(value, "printer-state"))
        answer->status.failed =
                answer->status.failed || number_of(value) == PRINTER_STOPPED;
    else if (is_called(value, "printer-state-reasons"))
        read_reason(&answer->status, value);
    else if (is_called(value, "printer-is-accepting-jobs"))
        answer->refuses_jobs = value->len == 1 && value->data[0] == 0;
}

static bool read_http(struct rest *rest)
{
    const uint8_t *end = memmem(rest->at, rest->len, "\r\n\r\n", 4);
    size_t head = end ? (size_t)(end - rest->at) + 4 : 0;

    if (!end || head < 12 || memcmp(rest->at, "HTTP/1.", 7) != 0 ||
            memcmp(rest->at + 8, " 200", 4) != 0)
        return false;
    rest->at += head;
    rest->len -= head;
    return true;
}

bool ipp_read(struct ipp_answer *answer, const uint8_t *bytes, size_t len)
{
    struct rest rest = { bytes, len };
    struct value value = { 0 };
    const uint8_t *head;

    memset(answer, 0, sizeof(*answer));
    if (!read_http(&rest) || !take(&rest, HEAD_BYTES, &head))
        return false;
    answer->is_ok = head[2] == 0; /* 0x00xx */
    while (take_value(&rest, &value))
        if (value.name)
            read_value(answer, &value);
    return true;
}
