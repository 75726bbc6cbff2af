/*
 * claim: a device that has only a code fetches its credential from the hub:
 * POST <url>/api/enrol over plain HTTP, once, within ten seconds.
 */
#ifndef DEVICES_PORT_POSIX_CLAIM_H
#define DEVICES_PORT_POSIX_CLAIM_H

#include <stdbool.h>
#include <stddef.h>

#define CLAIM_HOST_CHARS 127
#define CLAIM_PORT_CHARS 5

struct claim_url {
    char host[CLAIM_HOST_CHARS + 1];
    char port[CLAIM_PORT_CHARS + 1]; /* digits */
};

/* "http://HOST[:PORT][/]", also with a host in brackets. False: another. */
bool claim_split(struct claim_url *url, const char *text);

/* The request, with a NUL. False: the code is not printable, or too long. */
#define CLAIM_REQUEST_BYTES 512
bool claim_request(char out[CLAIM_REQUEST_BYTES], const struct claim_url *url,
        const char *code);

/*
 * What an answer holds: its status, and the body within text[0..len). Status
 * 0: it is none, or not whole.
 */
unsigned claim_answer(
        const char *text, size_t len, const char **body, size_t *body_len);

/*
 * Write the credential into out[0..cap). Returns its length; 0: a sentence
 * stands in `error`.
 */
size_t claim_fetch(const struct claim_url *url, const char *code, char *out,
        size_t cap, char *error, size_t error_bytes);

#endif
