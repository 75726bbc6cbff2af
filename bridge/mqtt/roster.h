/*
 * roster: who may log in to the broker, and the three files made from it.
 *
 * credentials.json is the list: one object a line, as roster_put_json writes
 * it, with a hash of the password and never the password. passwd and acl are
 * generated from the list every time, and so never edited; who may do what is
 * said by the tables of schemas/ and topics.def. Who was retired stays in the
 * list for a while, and so does what was changed since, so that a daemon that
 * was not running learns of each.
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
#include "schemas/members.h"
#include "schemas/rooms.h"

#define ROSTER_MEMBERS 2048 /* most that may be enrolled */
#define ROSTER_PAST                                                            \
    512 /* most of those who were retired, and of changes                      \
           that others followed; the oldest go */
#define ROSTER_FILE  "credentials.json"
#define MEMBER_BYTES 640 /* longest line of the list */

struct member {
    char login[LOGIN_CHARS + 1]; /* client id and user name; what follows its
                                    dot, if any, is the id in topics */
    enum member_id kind;
    char site[ID_CHARS + 1];
    char table[ID_CHARS + 1]; /* "": none in particular */
    enum dialect_id dialect;  /* that a producer speaks; others have none */
    bool retired;             /* may log in no more; has no hash */
    bool past;                /* only tells what it once was; has no hash */
    int64_t at_ms;            /* of its last change, no two at one moment; 0:
                                 not known */
    char by[ID_CHARS + 1];    /* who changed it, or "" */
    char hash[PASSWD_HASH_CHARS + 1];
};

struct roster {
    char dir[BROKER_PATH_BYTES];
    int lock; /* a descriptor that holds the lock, or -1 */
    struct member *members;
    uint32_t count;
};

/* Can somebody be enrolled as this? The hub cannot, nor MEMBER_COUNT. */
bool member_kind_is_open(enum member_id kind);

/* Does this kind speak a dialect? */
bool member_kind_speaks(enum member_id kind);

/* Its id in topics: its login without a site. Borrowed from it. */
const char *member_topic_id(const struct member *member);

/* A printer of Star's is called PRINTER-MAC, the MAC twelve lower-case hex
 * digits: behind the dash, or NULL. Borrowed from `id`. */
const char *member_star_mac(const char *id);

/*
 * Read the list in <data>/broker, which is made where missing, and hold its
 * lock until roster_close; waits up to 5 s for another holder.
 * ERR_BUSY: it still holds the lock. ERR_IO: the log says why. ERR_CONFIG:
 * the list is not what we wrote.
 */
enum err roster_open(struct roster *roster, const char *data_dir);

/* The same without waiting: for the daemon, which must not. */
enum err roster_open_now(struct roster *roster, const char *data_dir);

/*
 * Only read the list in `dir`, where it is; without the lock, as whoever
 * writes it replaces it whole. Not to be saved; pair with roster_close.
 */
enum err roster_look(struct roster *roster, const char *dir);

/* Nothing is saved. A zeroed roster with lock -1 is fine. */
void roster_close(struct roster *roster);

/* Also who was retired. Borrowed until the next roster_put, or NULL. */
const struct member *roster_find(
        const struct roster *roster, const char *login);

/* A moment for a change: now, or just after the last one. */
int64_t roster_next_ms(const struct roster *roster, int64_t now_ms);

/* Does the daemon serve this site, as of its last start? */
bool roster_has_hub(const struct roster *roster, const char *site);

/* Nobody is the hub of any site any more. */
void roster_drop_hubs(struct roster *roster);

/*
 * Add a copy, or replace whoever has the login; who was retired longest ago
 * makes room. ERR_FULL, ERR_NO_MEMORY.
 */
enum err roster_put(struct roster *roster, const struct member *member);

/* The same, and what was there before stays as `past`, if it has a moment. */
enum err roster_change(struct roster *roster, const struct member *member);

/* Write the three files. */
enum err roster_save(const struct roster *roster);

/* --- their texts --- */

void roster_put_json(const struct roster *roster, struct buf *out);

/* One line of it, as {…} alone. */
void member_put(const struct member *member, struct buf *out);

/* One line of it, without its newline; a comma may follow. False: not a line
 * of ours. */
bool member_parse(const char *line, size_t len, struct member *member);

void roster_put_passwd(const struct roster *roster, struct buf *out);

/*
 * Everybody is refused what is not granted here, and nobody is granted
 * anything of another site than the own. A printer of Star's and the printer
 * that its name says share the topics of its maker's, which know no site, and
 * nothing else is granted to the former. Without a name (only where the
 * listener lets such in): reading json/, state/ and hub/ of every hub's site.
 */
void roster_put_acl(const struct roster *roster, struct buf *out);

/* "user <login>" with all that a hub of each of these sites may do. */
void roster_put_hub_acl(
        const struct sites *sites, const char *login, struct buf *out);

#endif
