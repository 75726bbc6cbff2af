#include "bridge/mqtt/broker_home.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bridge/mqtt/roster.h"
#include "hub/base/log.h"

/* Made once, so that a running hub keeps what it has. */
static enum err own_secret(
        const char *dir, const char *name, char secret[PASSWORD_CHARS + 1])
{
    struct buf text;
    enum err err;

    buf_init(&text, PASSWORD_CHARS);
    err = files_read(dir, name, &text);
    if (err == ERR_OK && text.len == PASSWORD_CHARS) {
        memcpy(secret, text.data, PASSWORD_CHARS);
        secret[PASSWORD_CHARS] = '\0';
    } else if (err != ERR_IO) {
        err = passwd_make(secret);
        if (err == ERR_OK)
            err = files_replace(dir, name, secret, PASSWORD_CHARS);
    }
    if (text.data)
        explicit_bzero(text.data, text.len);
    buf_finish(&text);
    return err;
}

enum err broker_home_password(
        const char *dir, char password[PASSWORD_CHARS + 1])
{
    return own_secret(dir, "hub.password", password);
}

/* All hubs are this process, and have one password; but each may only do what
 * its own site allows. */
static enum err put_hub(struct roster *roster, const struct broker_home *home,
        const struct sites *sites, const char *site)
{
    struct member hub = { .kind = MEMBER_HUB };
    enum err err = passwd_hash_new(home->password, hub.hash);

    sites_login(sites, site, HUB_CLIENT_ID, hub.login);
    snprintf(hub.site, sizeof(hub.site), "%s", site);
    return err == ERR_OK ? roster_put(roster, &hub) : err;
}

static enum err write_roster(
        struct broker_home *home, const struct broker_options *options)
{
    const struct sites *sites = options->sites;
    struct roster roster;
    enum err err = roster_open(&roster, options->data_dir);

    if (err != ERR_OK)
        return err;
    snprintf(home->dir, sizeof(home->dir), "%s", roster.dir);
    err = broker_home_password(home->dir, home->password);
    if (err == ERR_OK)
        err = own_secret(home->dir, "hub.client", home->client_id);
    roster_drop_hubs(&roster); /* of sites that are served no longer */
    for (uint32_t i = 0; i < sites->count && err == ERR_OK; i++)
        err = put_hub(&roster, home, sites, sites->names[i]);
    if (err == ERR_OK)
        err = roster_save(&roster);
    roster_close(&roster);
    return err;
}

static enum err write_conf(struct broker_home *home)
{
    struct buf text;
    enum err err;

    buf_init(&text, BROKER_FILE_BYTES);
    broker_conf_put(&home->conf, &text);
    err = text.failed ? ERR_NO_MEMORY
                      : files_replace(home->dir, "mosquitto.conf", text.data,
                                text.len);
    buf_finish(&text);
    return err;
}

/* How the LAN is listened to. */
static enum err prepare_tls(
        struct broker_home *home, const struct broker_options *options)
{
    struct fault fault;
    enum err err;

    home->tls = options->tls;
    home->conf.lan_tls = options->listen && *home->tls.cert;
    home->conf.lan_certs = home->conf.lan_tls && *home->tls.ca;
    if (options->listen && !home->conf.lan_tls)
        log_warn("broker: %s has no certificate: passwords of devices go "
                 "over the network as they are",
                options->listen);
    err = broker_tls_take(&home->tls, home->dir, &fault);
    if (err != ERR_OK)
        log_error("broker.%s: %s", fault.field, fault.text);
    return err;
}

enum err broker_home_prepare(
        struct broker_home *home, const struct broker_options *options)
{
    const struct passwd *user = getpwuid(geteuid());
    enum err err;

    home->conf.port = options->port;
    home->conf.sites = options->sites->count;
    home->conf.debug_reader = options->debug_reader;
    if (options->listen && !broker_conf_listen(&home->conf, options->listen)) {
        log_error(
                "broker: %s is no ADDRESS:PORT to listen on", options->listen);
        return ERR_CONFIG;
    }
    err = write_roster(home, options);
    if (err != ERR_OK)
        return err;
    if (strpbrk(home->dir, "\r\n")) {
        log_error("broker: a line break in the path of the data directory");
        return ERR_CONFIG;
    }
    snprintf(home->user, sizeof(home->user), "%s",
            user ? user->pw_name : "mosquitto");
    home->conf.dir = home->dir;
    home->conf.user = home->user;
    err = prepare_tls(home, options);
    if (err != ERR_OK)
        return err;
    err = files_path(home->dir, "mosquitto.conf", home->conf_path);
    return err == ERR_OK ? write_conf(home) : err;
}
