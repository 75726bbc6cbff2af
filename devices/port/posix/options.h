/*
 * options: the command line of `dumbwaiter device`, completed from the
 * credential file, the environment and the defaults.
 */
#ifndef DEVICES_PORT_POSIX_OPTIONS_H
#define DEVICES_PORT_POSIX_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "devices/core/device.h"
#include "devices/paper/profile.h"
#include "devices/port/posix/claim.h"
#include "devices/port/posix/credential.h"

struct options {
    const char *id;
    const char *host;
    uint32_t port;
    const char *user;
    const char *password_file;
    const char *credential;
    const char *claim;
    const char *url;
    const char *cafile;
    const char *cert;
    const char *key;
    const char *site;
    const char *table;
    const char *station;
    const char *state;
    const char *spool;
    const char *out;
    const char *pull_password_file;
    const char *profile;
    const char *templates;
    const char *language;
    const char *font;
    const char *qr_prefix;
    const char *reason;
    const char *reason_double;
    const char *reason_long;
    uint32_t columns;
    uint32_t give_up_s;
    uint32_t auto_ack_s;
    uint32_t press_every_s;
    uint32_t sleep_s;
    uint32_t battery; /* percent; 0: none */
    bool waiter;
    bool buzz;
    bool test_page;
    bool pull_open;
    bool pull_text;
    bool display;
    bool quiet;
    bool help;

    /* What follows from them. */
    const struct device_kind *kind; /* NULL only with help */
    const struct profile *make;
    const char *client_id;     /* at the broker; mostly the id */
    const char *password;      /* NULL: none */
    const char *pull_password; /* likewise: of printers that fetch */
    bool tls;
    struct credential file;
    struct claim_url hub; /* of `url` */
    char password_text[CREDENTIAL_TEXT];
    char pull_password_text[CREDENTIAL_TEXT];
    char state_path[PATH_MAX];
    char credential_path[PATH_MAX];
};

/*
 * Read argv[1..argc): the kind, then options. False: a sentence stands in
 * `error` and the program is used wrongly. Strings of argv are borrowed.
 *
 * What a code was exchanged for is kept in `credential`, or without that in
 * credential.json in the state directory, and found there the next time.
 */
bool options_read(struct options *options, int argc, char **argv, char *error,
        size_t error_bytes);

/* Print what `--help` prints. */
void options_help(FILE *to);

#endif
