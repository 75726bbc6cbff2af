#include "bridge/mqtt/export.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bridge/mqtt/broker.h"
#include "bridge/mqtt/broker_home.h"
#include "bridge/mqtt/roster.h"
#include "hub/base/log.h"

/* --- their texts --- */

static void put_passwd(
        const struct roster *roster, const char *hub_hash, struct buf *out)
{
    buf_printf(out, HUB_CLIENT_ID ":%s\n", hub_hash);
    roster_put_passwd(roster, out);
}

static void put_acl(
        const struct roster *roster, const struct sites *sites, struct buf *out)
{
    buf_puts(out, "# Who may do what. Made by `dumbwaiter enrol --export`; "
                  "not to be edited.\n");
    roster_put_acl(roster, out);
    roster_put_hub_acl(sites, HUB_CLIENT_ID, out);
}

/* With several restaurants the hub has several client ids under one name. */
static void put_ids(const struct sites *sites, struct buf *out)
{
    if (sites->count == 1)
        buf_puts(out, "# Nobody takes another's session: a client's id is its "
                      "name.\n"
                      "use_username_as_clientid true\n");
    else
        buf_puts(out,
                "# The hub has one client id for each restaurant, all under "
                "one user name; so\n"
                "# this cannot be used, and whoever has a credential can end "
                "another's session:\n"
                "# use_username_as_clientid true\n");
}

static void put_conf(
        const char *dir, const struct sites *sites, struct buf *out)
{
    buf_puts(out,
            "# For a Mosquitto (2.0 or 2.1) of your own. Made by `dumbwaiter "
            "enrol --export`.\n"
            "# Passwords and the access list are read again at SIGHUP.\n\n"
            "# Devices of the house: give it an address, and certificates.\n"
            "listener 1883 127.0.0.1\n"
            "# certfile /etc/mosquitto/certs/server.pem\n"
            "# keyfile /etc/mosquitto/certs/server.key\n"
            "allow_anonymous false\n");
    put_ids(sites, out);
    buf_puts(out, "# Nothing here uses more, and old brokers have bugs there.\n"
                  "max_qos 1\n"
                  "max_connections 1000\n\n");
    buf_printf(out,
            "# Copy them to where the broker may read them, and only it. (2.1 "
            "calls these two\n"
            "# old, and takes them until 3.0.)\n"
            "password_file %s/passwd\n"
            "acl_file %s/acl\n\n",
            dir, dir);
    buf_printf(out,
            "# The largest messages are the hub's retained pictures.\n"
            "max_packet_size %d\n"
            "max_keepalive 120\n"
            "max_inflight_messages 1000\n"
            "# What producers say while the hub is away: 50 s at 200 a "
            "second.\n"
            "max_queued_messages 10000\n"
            "max_queued_bytes 33554432\n"
            "persistence true\n"
            "autosave_on_changes true\n"
            "autosave_interval 10\n"
            "persistent_client_expiration 7d\n",
            BROKER_PACKET_BYTES);
}

/* --- writing --- */

static enum err save(const char *dir, const char *name, struct buf *text)
{
    enum err err = text->failed
                           ? ERR_NO_MEMORY
                           : files_replace(dir, name, text->data, text->len);

    buf_clear(text);
    return err;
}

static enum err save_all(const struct roster *roster, const struct sites *sites,
        const char *password, const char *dir)
{
    char hash[PASSWD_HASH_CHARS + 1];
    struct buf text;
    enum err err = passwd_hash_new(password, hash);

    buf_init(&text, 4 * BROKER_FILE_BYTES);
    if (err == ERR_OK) {
        put_passwd(roster, hash, &text);
        err = save(dir, "passwd", &text);
    }
    if (err == ERR_OK) {
        put_acl(roster, sites, &text);
        err = save(dir, "acl", &text);
    }
    if (err == ERR_OK) {
        put_conf(dir, sites, &text);
        err = save(dir, "mosquitto.conf", &text);
    }
    buf_finish(&text);
    return err == ERR_OK ? files_replace(dir, "hub.password", password,
                                   strlen(password))
                         : err;
}

/* Its absolute path. */
static enum err make_dir(const char *dir, char real[PATH_MAX])
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        log_error("%s: %s", dir, strerror(errno));
        return ERR_IO;
    }
    if (realpath(dir, real) && !strpbrk(real, "\r\n"))
        return ERR_OK;
    log_error("%s: no folder that a broker could be told of", dir);
    return ERR_IO;
}

enum err export_files(
        const char *data_dir, const struct sites *sites, const char *dir)
{
    char real[PATH_MAX], password[PASSWORD_CHARS + 1];
    struct roster roster;
    enum err err = make_dir(dir, real);

    if (err == ERR_OK)
        err = roster_open(&roster, data_dir);
    if (err != ERR_OK)
        return err;
    err = broker_home_password(roster.dir, password);
    roster_drop_hubs(&roster); /* not saved: the embedded broker's */
    if (err == ERR_OK)
        err = save_all(&roster, sites, password, real);
    explicit_bzero(password, sizeof(password));
    roster_close(&roster);
    return err;
}
