#include "devices/port/posix/epson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICE     "local_printer"
#define CODE_BYTES 48

/* Bits of a status. */
#define SILENT     0x00000001u
#define OFFLINE    0x00000008u
#define COVER_OPEN 0x00000020u
#define FAULTS     0x00006C00u /* mechanics, cutter, unrecoverable, heat */
#define PAPER_LOW  0x00020000u
#define PAPER_OUT  0x00080000u

/* --- forms --- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One character of a value, and how many bytes it takes; 0: broken. */
static size_t decode(const char *at, size_t left, char *out)
{
    int high, low;

    *out = *at == '+' ? ' ' : *at;
    if (*at != '%')
        return 1;
    high = left > 2 ? hex_digit(at[1]) : -1;
    low = left > 2 ? hex_digit(at[2]) : -1;
    if (high < 0 || low < 0)
        return 0;
    *out = (char)(high << 4 | low);
    if (*out == '\0')
        *out = '?';
    return 3;
}

static bool decode_all(const char *at, size_t len, char *out, size_t cap)
{
    size_t used = 0;

    while (len > 0) {
        char c;
        size_t step = decode(at, len, &c);

        if (step == 0 || used + 1 >= cap)
            return false;
        out[used++] = c;
        at += step;
        len -= step;
    }
    out[used] = '\0';
    return true;
}

bool epson_form(
        const char *body, size_t len, const char *name, char *out, size_t cap)
{
    size_t name_len = strlen(name);

    while (len > 0) {
        const char *end = memchr(body, '&', len);
        size_t field = end ? (size_t)(end - body) : len;

        if (field > name_len && body[name_len] == '=' &&
                memcmp(body, name, name_len) == 0)
            return decode_all(
                    body + name_len + 1, field - name_len - 1, out, cap);
        body += field + (end ? 1 : 0);
        len -= field + (end ? 1 : 0);
    }
    return false;
}

/* --- a ticket --- */

#define TICKET                                                                 \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"                             \
    "<PrintRequestInfo Version=\"2.00\">\n"                                    \
    "<ePOSPrint>\n"                                                            \
    "<Parameter>\n"                                                            \
    "<devid>" DEVICE "</devid>\n"                                              \
    "<timeout>%d</timeout>\n"                                                  \
    "<printjobid>%s</printjobid>\n"                                            \
    "</Parameter>\n"                                                           \
    "<PrintData>\n"                                                            \
    "<epos-print "                                                             \
    "xmlns=\"http://www.epson-pos.com/schemas/2011/03/epos-print\">\n"         \
    "<image width=\"%u\" height=\"%u\" color=\"color_1\" mode=\"mono\">"       \
    "%s</image>\n"                                                             \
    "<cut type=\"feed\"/>\n"                                                   \
    "</epos-print>\n"                                                          \
    "</PrintData>\n"                                                           \
    "</ePOSPrint>\n"                                                           \
    "</PrintRequestInfo>\n"

char *epson_ticket(const char *token, const struct pull_paper *paper)
{
    size_t len = (size_t)((paper->width + 7) / 8) * paper->height;
    char *dots = malloc(STAR_BASE64_BYTES(len));
    char *out = NULL;

    if (!dots)
        return NULL;
    star_base64(dots, paper->dots, len);
    if (asprintf(&out, TICKET, EPSON_TRY_MS, token, paper->width, paper->height,
                dots) < 0)
        out = NULL;
    free(dots);
    return out;
}

/* --- what it says --- */

/* text[0..len) between two others, into out. */
static bool take_between(const char *from, const char *open, const char *close,
        char *out, size_t cap)
{
    const char *at = strstr(from, open), *end;

    if (!at)
        return false;
    at += strlen(open);
    end = strstr(at, close);
    if (!end || (size_t)(end - at) >= cap)
        return false;
    memcpy(out, at, (size_t)(end - at));
    out[end - at] = '\0';
    return true;
}

/* An attribute of the tag that begins at `tag`. */
static bool take_attribute(
        const char *tag, const char *name, char *out, size_t cap)
{
    size_t tag_len = strcspn(tag, ">"), len = strlen(name);
    const char *at = tag;

    while ((at = memmem(at, tag_len - (size_t)(at - tag), name, len))) {
        const char *value = at + len;

        at++;
        if (at[-2] != ' ' && at[-2] != '\t' && at[-2] != '\n')
            continue;
        value += strspn(value, " ");
        if (*value != '=')
            continue;
        value += 1 + strspn(value + 1, " ");
        return *value == '"' && take_between(value, "\"", "\"", out, cap);
    }
    return false;
}

static void read_bits(struct print_status *status, const char *text)
{
    unsigned long bits = strtoul(text, NULL, 0);

    *status = (struct print_status){ .paper_low = bits & PAPER_LOW,
        .paper_out = bits & PAPER_OUT,
        .cover_open = bits & COVER_OPEN };
    status->failed =
            bits & (SILENT | FAULTS) ||
            (bits & OFFLINE && !status->paper_out && !status->cover_open);
}

/* It did not begin to print: it did not understand the ticket, has no such
 * printer, or took no job. */
static const char *const refusals[] = { "SchemaError", "DeviceNotFound",
    "EX_SPOOLER", "EX_DEVICE_BUSY", "TooManyRequests",
    "RequestEntityTooLarge" };

/* It is at it. */
static const char *const busy[] = { "Printing", "JobSpooling" };

static bool is_one_of(const char *code, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(code, list[i]) == 0)
            return true;
    return false;
}

static enum print_out_state judge(const char *success, const char *code)
{
    if (strcmp(success, "true") == 0 || strcmp(success, "1") == 0)
        return OUT_DONE;
    if (is_one_of(code, refusals, sizeof(refusals) / sizeof(refusals[0])))
        return OUT_REFUSED;
    return is_one_of(code, busy, sizeof(busy) / sizeof(busy[0])) ? OUT_WAIT
                                                                 : OUT_GONE;
}

bool epson_read_result(struct epson_result *result, const char *xml)
{
    const char *job = strstr(xml, "<printjobid>");
    const char *response = job ? strstr(job, "<response ") : NULL;
    const char *next = job ? strstr(job, "</ePOSPrint>") : NULL;
    char success[8], code[CODE_BYTES], bits[16];

    memset(result, 0, sizeof(*result));
    if (!response || (next && next < response) ||
            !take_between(job, "<printjobid>", "</printjobid>", result->token,
                    sizeof(result->token)) ||
            !take_attribute(response, "success", success, sizeof(success)))
        return false;
    if (!take_attribute(response, "code", code, sizeof(code)))
        code[0] = '\0';
    if (take_attribute(response, "status", bits, sizeof(bits)))
        read_bits(&result->status, bits);
    result->end = judge(success, code);
    return true;
}

bool epson_read_status(struct print_status *status, const char *xml)
{
    char name[STAR_TOKEN_BYTES], bits[16];

    while ((xml = strstr(xml, "<printerstatus "))) {
        if (take_attribute(xml, "devicename", name, sizeof(name)) &&
                strcmp(name, DEVICE) == 0 &&
                take_attribute(xml, "asbstatus", bits, sizeof(bits))) {
            read_bits(status, bits);
            return true;
        }
        xml++;
    }
    return false;
}
