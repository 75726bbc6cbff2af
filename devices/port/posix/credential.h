/*
 * credential: the file that `dumbwaiter enrol --json` writes, or what is
 * answered to a code: one flat JSON object of strings, and in the latter case
 * another one, "mqtt", with where the broker is.
 */
#ifndef DEVICES_PORT_POSIX_CREDENTIAL_H
#define DEVICES_PORT_POSIX_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>

#define CREDENTIAL_BYTES 4096 /* longest file */
#define CREDENTIAL_TEXT  129  /* longest value, with its NUL */

struct credential {
    char client_id[CREDENTIAL_TEXT];
    char username[CREDENTIAL_TEXT];
    char password[CREDENTIAL_TEXT];
    char site[CREDENTIAL_TEXT]; /* "" if the file does not say */
    char id[CREDENTIAL_TEXT];   /* in topics; "": the client id */
    char kind[CREDENTIAL_TEXT]; /* of device; "" as above, like what follows */
    char table[CREDENTIAL_TEXT];
    char host[CREDENTIAL_TEXT]; /* of the broker */
    char port[CREDENTIAL_TEXT]; /* digits */
    char tls[CREDENTIAL_TEXT];  /* "true", "false" */
};

/*
 * Read text[0..len). Values of other keys may be strings, numbers, true,
 * false or null, but not objects. False: no such object, a key twice, a control
 * character, a \u escape, or client_id, username or password missing or too
 * long.
 */
bool credential_parse(
        struct credential *credential, const char *text, size_t len);

/* Read a file. False: unreadable, or as above. */
bool credential_read(struct credential *credential, const char *path);

/*
 * Write text[0..len) to a new file for its owner only, on disk when this
 * returns true. False: errno says why; EEXIST: there is one.
 */
bool credential_write(const char *path, const char *text, size_t len);

/* First line of a file, without its line feed. False: unreadable, empty. */
bool credential_password(char out[CREDENTIAL_TEXT], const char *path);

#endif
