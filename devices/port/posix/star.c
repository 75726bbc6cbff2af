#include "devices/port/posix/star.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/port/posix/star_json.h"

#define CODE_BYTES 64

#define TEXT_TYPE "text/plain"
#define PNG_TYPE  "image/png"

/* 21x: online, and a warning about the paper; 41x, 42x: off for that. */
#define CODE_OK        200
#define CODE_PAPER_LOW 21
#define CODE_PAPER_OUT 410
#define CODE_COVER     42

/* It could not read the job, or not all of it. */
#define CODE_BROKEN_DATA 511

bool star_mac(char out[STAR_MAC_BYTES], const char *text, size_t len)
{
    size_t digits = 0, at = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (strchr(":-.", c) && c)
            continue;
        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        if (!c || !strchr("0123456789abcdef", c) || digits == 12)
            return false;
        if (digits > 0 && digits % 2 == 0)
            out[at++] = ':';
        out[at++] = c;
        digits++;
    }
    out[at] = '\0';
    return digits == 12;
}

bool star_is_same(const char *said, const char *own)
{
    size_t len = strlen(said);
    unsigned differs = len != strlen(own);

    for (size_t i = 0; own[i]; i++)
        differs |=
                (unsigned char)own[i] ^ (unsigned char)(i < len ? said[i] : 0);
    return differs == 0;
}

uint32_t star_code(const char *text)
{
    char *end;
    unsigned long code;

    if (strcmp(text, "OK") == 0)
        return CODE_OK;
    if (text[0] < '1' || text[0] > '9')
        return 0;
    code = strtoul(text, &end, 10);
    if ((*end && *end != ' ' && *end != '%' && *end != '+') || code < 100 ||
            code > 9999)
        return 0;
    return (uint32_t)code;
}

/* The class of a code: 4 of 410, and of one with four digits. */
static uint32_t hundreds(uint32_t code)
{
    return code >= 1000 ? code / 1000 : code / 100;
}

static uint32_t tens(uint32_t code)
{
    return code >= 1000 ? code / 100 : code / 10;
}

void star_status(uint32_t code, struct print_status *status)
{
    *status = (struct print_status){ .paper_low = tens(code) == CODE_PAPER_LOW,
        .paper_out = code == CODE_PAPER_OUT,
        .cover_open = tens(code) == CODE_COVER };
    status->failed =
            hundreds(code) == 4 && !status->paper_out && !status->cover_open;
}

/* It did not take the job: a kind or version of data that it does not know, a
 * download that did not end, or too large a one. */
static const uint32_t refusals[] = { 510, 512, 520, 521 };

enum print_out_state star_result(uint32_t code)
{
    if (hundreds(code) == 2)
        return OUT_DONE;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (code == refusals[i])
            return OUT_REFUSED;
    return hundreds(code) == 4 || code == CODE_BROKEN_DATA ? OUT_GONE
                                                           : OUT_WAIT;
}

static bool is_member(
        const char *text, size_t len, const char *name, const char *value)
{
    char said[8];

    return star_json_get(text, len, name, said, sizeof(said)) &&
           strcmp(said, value) == 0;
}

bool star_read(struct star_message *message, const char *text, size_t len)
{
    char word[CODE_BYTES];

    memset(message, 0, sizeof(*message));
    if (!star_json_is_object(text, len))
        return false;
    if (!star_json_get(
                text, len, "title", message->title, sizeof(message->title)))
        message->title[0] = '\0';
    if (!star_json_get(
                text, len, "jobToken", message->token, sizeof(message->token)))
        message->token[0] = '\0';
    if (!star_json_get(text, len, "printerMAC", word, sizeof(word)) ||
            !star_mac(message->mac, word, strlen(word)))
        message->mac[0] = '\0';
    if (star_json_get(text, len, "statusCode", word, sizeof(word)))
        message->code = star_code(word);
    message->printing = is_member(text, len, "printingInProgress", "true");
    message->failed = is_member(text, len, "printSucceeded", "false");
    return true;
}

/* --- a job --- */

void star_token(char out[STAR_TOKEN_BYTES], const char *job_id, uint32_t number)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    for (const char *c = job_id; *c; c++)
        hash = (hash ^ (uint8_t)*c) * 1099511628211u;
    snprintf(out, STAR_TOKEN_BYTES, "%08x%08x-%08x", (uint32_t)(hash >> 32),
            (uint32_t)hash, number);
}

void star_base64(char *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t group = (uint32_t)bytes[i] << 16 |
                         (uint32_t)(left > 1 ? bytes[i + 1] : 0) << 8 |
                         (left > 2 ? bytes[i + 2] : 0);

        *out++ = digits[group >> 18];
        *out++ = digits[group >> 12 & 63];
        *out++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[group & 63] : '=';
    }
    *out = '\0';
}

/* A string of JSON between its quotes; room for six bytes each. */
static void put_escaped(char *out, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] < 0x20 || bytes[i] == '"' || bytes[i] == '\\')
            out += snprintf(out, 7, "\\u%04x", bytes[i]);
        else
            *out++ = (char)bytes[i];
    }
    *out = '\0';
}

bool star_type(const char *type, bool only_text, bool *is_text)
{
    *is_text = type && type[0] ? strcmp(type, TEXT_TYPE) == 0 : only_text;
    return *is_text ||
           (!only_text && (!type || !type[0] || strcmp(type, PNG_TYPE) == 0));
}

#define JOB                                                                    \
    "{\"title\":\"print-job\",\"jobToken\":\"%s\",\"jobType\":\"%s\","         \
    "\"mediaTypes\":[\"%s\"],\"printData\":\"%s\"}"

static char *write_job(
        const char *token, const char *how, bool is_text, const char *data)
{
    char *out = NULL;

    return asprintf(&out, JOB, token, how, is_text ? TEXT_TYPE : PNG_TYPE,
                   data) < 0
                   ? NULL
                   : out;
}

char *star_print_job(
        const char *token, bool is_text, const uint8_t *bytes, size_t len)
{
    char *data = malloc(is_text ? 6 * len + 1 : STAR_BASE64_BYTES(len));
    char *out;

    if (!data)
        return NULL;
    if (is_text)
        put_escaped(data, bytes, len);
    else
        star_base64(data, bytes, len);
    out = write_job(token, "raw", is_text, data);
    free(data);
    return out;
}

char *star_print_job_at(const char *token, bool is_text, const char *url)
{
    return write_job(token, "url", is_text, url);
}
