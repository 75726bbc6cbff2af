/*
 * roster: who may log in to the broker, and the three files made from it.
 *
 * credentials.json is the list: one object a line, as roster_put_json writes
 * it, with a hash of the password and never the password. passwd and acl are
 * generated from the list every time, and so never edited.
 */
#ifndef BRIDGE_MQTT_ROSTER_H
#define BRIDGE_MQTT_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/auth_sites.h"
#include "bridge/mqtt/files.h"
#include "bridge/mqtt/passwd.h"
#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "schemas/rooms.h"

#define ROSTER_MEMBERS    2048 /* most that may be enrolled */
#define MEMBER_KIND_CHARS 15
#define ROSTER_FILE       "credentials.json"

struct member {
    char login[LOGIN_CHARS + 1]; /* client id and user name; what follows its
                                    dot, if any, is the id in topics */
    char kind[MEMBER_KIND_CHARS + 1];
    char site[ID_CHARS + 1];
    char table[ID_CHARS + 1]; /* "": none in particular */
    enum dialect_id dialect;  /* that a producer speaks; others have none */
    char hash[PASSWD_HASH_CHARS + 1];
};

struct roster {
    char dir[BROKER_PATH_BYTES];
    int lock; /* a descriptor that holds the lock, or -1 */
    struct member *members;
    uint32_t count;
};

/* Can somebody be enrolled as this? "hub" is not among them. */
bool member_kind_is_known(const char *kind);

/* Does this kind speak a dialect? */
bool member_kind_speaks(const char *kind);

/*
 * Read the list in <data>/broker, which is made where missing, and hold its
 * lock until roster_close; waits up to 5 s for another holder.
 * ERR_BUSY: it still holds the lock. ERR_IO: the log says why. ERR_CONFIG:
 * the list is not what we wrote.
 */
enum err roster_open(struct roster *roster, const char *data_dir);

/*
 * Only read the list in `dir`, where it is; without the lock, as whoever
 * writes it replaces it whole. Not to be saved; pair with roster_close.
 */
enum err roster_look(struct roster *roster, const char *dir);

/* Nothing is saved. A zeroed roster with lock -1 is fine. */
void roster_close(struct roster *roster);

/* Borrowed until the next roster_put, or NULL. */
const struct member *roster_find(
        const struct roster *roster, const char *login);

/* Does the daemon serve this site, as of its last start? */
bool roster_has_hub(const struct roster *roster, const char *site);

/* Nobody is the hub of any site any more. */
void roster_drop_hubs(struct roster *roster);

/* Add a copy, or replace whoever has the login. ERR_FULL, ERR_NO_MEMORY. */
enum err roster_put(struct roster *roster, const struct member *member);

/* Write the three files. */
enum err roster_save(const struct roster *roster);

/* --- their texts --- */

void roster_put_json(const struct roster *roster, struct buf *out);

/* One line of it, without its newline. False: not a line of ours. */
bool member_parse(const char *line, size_t len, struct member *member);

void roster_put_passwd(const struct roster *roster, struct buf *out);

/*
 * Everybody is refused what is not granted here, and nobody is granted
 * anything of another site than the own. Without a name (only where the
 * listener lets such in): reading json/, state/ and hub/ of every hub's site.
 */
void roster_put_acl(const struct roster *roster, struct buf *out);

#endif
