/*
 * star: the words of Star CloudPRNT, over HTTP and over MQTT: what a printer
 * says of itself and of a job, and what it is told. Pure: no sockets, no clock.
 *
 * A job goes by a token that is new each time that it is sent: a printer
 * remembers the last ten and prints none of them again.
 */
#ifndef DEVICES_PORT_POSIX_STAR_H
#define DEVICES_PORT_POSIX_STAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/kinds/printer.h"

#define STAR_MAC_BYTES   18 /* "00:11:62:aa:bb:cc" */
#define STAR_TOKEN_BYTES 64 /* longest that is read; ours are shorter */
#define STAR_TITLE_BYTES 32

/* What a printer posts (HTTP) or publishes (MQTT). */
struct star_message {
    char title[STAR_TITLE_BYTES]; /* "client-status", …; over HTTP "" */
    char mac[STAR_MAC_BYTES];     /* "": it does not say */
    char token[STAR_TOKEN_BYTES]; /* likewise */
    uint32_t code;                /* of its status; 0: none was said */
    bool printing;
    bool failed; /* print-result: it says that it did not print */
};

/* False: no JSON object. What it does not say or says wrongly is left out. */
bool star_read(struct star_message *message, const char *text, size_t len);

/* "200 OK", "200%20OK", "OK", "410": 200, 410; 0: no such. */
uint32_t star_code(const char *text);

/* Six bytes in hex, with ':', '-', '.' or nothing between them, as topics have
 * them. False: none. */
bool star_mac(char out[STAR_MAC_BYTES], const char *text, size_t len);

/* Are they the same, found out in a time that says nothing of where they
 * differ? For all by which a printer is known. */
bool star_is_same(const char *said, const char *own);

/* What a code says of the printer. */
void star_status(uint32_t code, struct print_status *status);

/*
 * What a result with this code says of a job: OUT_DONE; OUT_REFUSED for what
 * shows that the printer never had it or could do nothing with it; OUT_GONE if
 * it may have been on the way; OUT_WAIT for a code that says nothing of that,
 * such as that it was sent twice.
 */
enum print_out_state star_result(uint32_t code);

/* The token of this job at its `number`th sending: letters, digits, a dash. */
void star_token(
        char out[STAR_TOKEN_BYTES], const char *job_id, uint32_t number);

/* The type that a printer asks for, NULL or "": any. False: there is no such.
 */
bool star_type(const char *type, bool only_text, bool *is_text);

/* Bytes that base64 makes of so many, and a NUL. */
#define STAR_BASE64_BYTES(len) (((len) + 2) / 3 * 4 + 1)

void star_base64(char *out, const uint8_t *bytes, size_t len);

/*
 * The payload of print-job, handed over; NULL: no memory. A picture goes as
 * base64, text (which is UTF-8) as it is.
 */
char *star_print_job(
        const char *token, bool is_text, const uint8_t *bytes, size_t len);

/* The same for a job that is fetched from a URL (of plain characters). */
char *star_print_job_at(const char *token, bool is_text, const char *url);

#endif
