#include "bridge/command_link.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bridge/password.h"

/* At somebody else's broker we are who the configuration says. */
static enum err link_foreign(struct cli **cli, const struct config *config,
        struct cli_options *options)
{
    char password[PASSWORD_BYTES] = "";
    struct fault fault;
    enum err err;

    if (*config->mqtt.password_file && password_read(config->mqtt.password_file,
                                               password, &fault) != ERR_OK) {
        fprintf(stderr, "mqtt.password_file: %s\n", fault.text);
        return ERR_CONFIG;
    }
    if (*config->mqtt.user) {
        options->id = config->mqtt.user;
        options->user = config->mqtt.user;
        options->password = password;
    }
    err = cli_open(cli, options);
    explicit_bzero(password, sizeof(password));
    return err;
}

static enum err link_own(struct cli **cli, const struct config *config,
        const struct sites *sites, const struct cli_options *options,
        bool reader)
{
    enum err err = reader ? cli_open(cli, options) : ERR_UNAUTHORIZED;

    if (err != ERR_UNAUTHORIZED)
        return err;
    if (access(config->data.dir, X_OK) != 0)
        return ERR_UNAVAILABLE; /* no daemon has ever worked there */
    return cli_open_enrolled(cli, options, config->data.dir, sites);
}

enum err command_link(struct cli **cli, const struct config *config,
        const struct place *place, const char *command, const char *id,
        bool reader)
{
    char host[CONFIG_CHARS + 1] = "127.0.0.1";
    struct cli_options options = { .host = host,
        .port = (uint16_t)config->broker.port,
        .site = place->site,
        .id = id };
    enum err err;

    if (*config->mqtt.url) {
        config_split_url(config->mqtt.url, host, &options.port);
        err = link_foreign(cli, config, &options);
    } else {
        err = link_own(cli, config, &place->sites, &options, reader);
    }
    if (err != ERR_OK)
        fprintf(stderr,
                "dumbwaiter %s: no link to the broker at %s:%u (%s); does "
                "the daemon run with the same --mqtt-port and --data?\n",
                command, host, options.port, err_kinds[err].name);
    return err;
}
