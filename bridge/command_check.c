#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/auth_issuers.h"
#include "bridge/command.h"
#include "bridge/tls_files.h"

static void check_secret(
        const char *option, const char *path, struct buf *faults)
{
    struct stat about;

    if (stat(path, &about) != 0)
        return; /* made at the first start */
    if (about.st_mode & 077)
        buf_printf(faults, "%s: %s can be read by others\n", option, path);
    else if (about.st_size == 0)
        buf_printf(faults, "%s: %s is empty\n", option, path);
}

static void check_http(const struct config *config, struct buf *faults)
{
    struct fault fault;

    if (*config->http.tls_cert &&
            tls_files_check(config->http.tls_cert, config->http.tls_key, NULL,
                    &fault) != ERR_OK)
        buf_printf(faults, "http.%s: %s\n", fault.field, fault.text);
}

static void check_issuers(const struct config *config, struct buf *faults)
{
    struct issuers issuers;
    struct sites sites;

    if (!*config->auth.issuers_file)
        return;
    config_sites(config, &sites);
    issuers_read_file(&issuers, config->auth.issuers_file, &sites, faults);
    issuers_finish(&issuers);
}

static void check_broker(const struct config *config, struct buf *faults)
{
    struct fault fault;

    if (*config->broker.tls_cert &&
            tls_files_check(config->broker.tls_cert, config->broker.tls_key,
                    config->broker.tls_ca, &fault) != ERR_OK)
        buf_printf(faults, "broker.%s: %s\n", fault.field, fault.text);
}

/* What a start would trip over; opens nothing, changes nothing. */
static void check_world(const struct config *config, struct buf *faults)
{
    char page[CONFIG_CHARS + 64];

    check_secret("auth.key_file", config->auth.key_file, faults);
    check_issuers(config, faults);
    check_http(config, faults);
    check_broker(config, faults);
    if (*config->webhook.url)
        check_secret(
                "webhook.secret_file", config->webhook.secret_file, faults);
    if (*config->mqtt.password_file &&
            access(config->mqtt.password_file, R_OK) != 0)
        buf_printf(faults, "mqtt.password_file: %s cannot be read\n",
                config->mqtt.password_file);
    if (!*config->mqtt.url && access("/usr/sbin/mosquitto", X_OK) != 0 &&
            access("/usr/local/sbin/mosquitto", X_OK) != 0 &&
            access("/usr/bin/mosquitto", X_OK) != 0)
        buf_puts(faults, "mqtt.url: is not set, and no mosquitto is "
                         "installed\n");
    snprintf(page, sizeof(page), "%s/screens", config->web.dir);
    if (access(page, R_OK) != 0)
        buf_printf(faults, "web.dir: no screens in %s\n", config->web.dir);
    if (access(config->data.dir, F_OK) == 0 &&
            access(config->data.dir, R_OK | W_OK | X_OK) != 0)
        buf_printf(
                faults, "data.dir: %s cannot be written\n", config->data.dir);
}

static void put_line(struct buf *out, const char *line, size_t len)
{
    char text[512];

    snprintf(text, sizeof(text), "%.*s", (int)len, line);
    buf_put_json(out, text);
}

/* {"ok":…,"faults":[…]} */
static void put_json(struct buf *out, const struct buf *faults)
{
    const char *at = faults->data, *end = at ? at + faults->len : at;

    buf_printf(out, "{\"ok\":%s,\"faults\":[", faults->len ? "false" : "true");
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at);

        put_line(out, at, len);
        at += len + 1;
        if (at < end)
            buf_putc(out, ',');
    }
    buf_puts(out, "]}\n");
}

static int print_options(void)
{
    struct buf out;

    buf_init(&out, CONFIG_FAULT_BYTES);
    config_print_markdown(&out);
    return command_print(&out);
}

static int report(struct buf *faults, bool json)
{
    int code = faults->len ? EX_CONFIG : EX_OK;
    struct buf out;

    buf_init(&out, CONFIG_FAULT_BYTES * 2);
    if (json)
        put_json(&out, faults);
    else if (faults->len)
        buf_put(&out, faults->data, faults->len);
    else
        buf_puts(&out, "ok\n");
    buf_finish(faults);
    command_print(&out);
    return code;
}

int command_check(int argc, char **argv)
{
    struct config config;
    struct buf faults;
    bool json = false, options = false;
    const struct command_option own[] = {
        { "json", NULL, "print {\"ok\",\"faults\"}", &json, NULL },
        { "print-options", NULL, "print all options as a Markdown table",
                &options, NULL },
    };
    int first, code = command_options("check", argc, argv, own, 2, &first);

    if (code != COMMAND_GO_ON)
        return code;
    if (first < argc)
        return command_usage("check", "takes no arguments");
    if (options)
        return print_options();
    buf_init(&faults, CONFIG_FAULT_BYTES);
    command_configure(&config, command_config_path(), &faults);
    if (faults.len == 0)
        check_world(&config, &faults);
    return report(&faults, json);
}
