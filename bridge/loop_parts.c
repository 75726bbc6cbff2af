#include "bridge/loop_parts.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/command.h"
#include "bridge/demo.h"
#include "bridge/mqtt/broker.h"
#include "bridge/mqtt/mqtt.h"
#include "bridge/ws/ws.h"
#include "hub/base/log.h"
#include "hub/hub.h"

#define HEARTBEAT_MS        25000
#define PASSWORD_BYTES      256
#define OWN_BROKER_PAUSE_MS 2000 /* nobody else storms it */

/* A port that is free just now, for `--mqtt-port 0`. */
static uint16_t free_port(void)
{
    struct sockaddr_in any = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(any);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&any, size) == 0)
        getsockname(fd, (struct sockaddr *)&any, &size);
    if (fd >= 0)
        close(fd);
    return ntohs(any.sin_port);
}

static enum err open_hub(struct parts *parts, const struct parts_options *from)
{
    char path[CONFIG_CHARS + 16];
    struct hub_options options = { .path = path,
        .max_orders = (uint32_t)from->config->limits.orders,
        .keep_events = (uint64_t)from->config->journal.keep_events };

    snprintf(path, sizeof(path), "%s/journal.db", from->config->data.dir);
    if (getrandom(&options.seed, sizeof(options.seed), 0) !=
            (ssize_t)sizeof(options.seed))
        return ERR_IO;
    return hub_open(&parts->hub, &options, from->now_ms);
}

static enum err open_broker(
        struct parts *parts, const struct parts_options *from)
{
    const struct config *config = from->config;
    struct broker_options options = { .loop = from->loop,
        .data_dir = config->data.dir,
        .site = config->site.name,
        .listen = *config->broker.listen ? config->broker.listen : NULL,
        .debug_reader = config->broker.debug_reader };

    if (*config->mqtt.url) {
        config_split_url(
                config->mqtt.url, parts->broker_host, &parts->broker_port);
        return ERR_OK;
    }
    snprintf(parts->broker_host, sizeof(parts->broker_host), "127.0.0.1");
    parts->broker_port = (uint16_t)config->broker.port;
    if (!parts->broker_port)
        parts->broker_port = free_port();
    options.port = parts->broker_port;
    return broker_open(&parts->broker, &options);
}

/* The first line of a secret's file. */
static enum err read_password(const char *path, char out[PASSWORD_BYTES])
{
    FILE *file = fopen(path, "re");
    bool ok = file && fgets(out, PASSWORD_BYTES, file);

    if (file)
        fclose(file);
    if (!ok) {
        log_error("%s: no password can be read there", path);
        return ERR_CONFIG;
    }
    out[strcspn(out, "\r\n")] = '\0';
    return ERR_OK;
}

static enum err open_mqtt(struct parts *parts, const struct parts_options *from)
{
    const struct config *config = from->config;
    char password[PASSWORD_BYTES] = "";
    struct mqtt_options options = { .loop = from->loop,
        .hub = parts->hub,
        .host = parts->broker_host,
        .port = parts->broker_port,
        .client_id = HUB_CLIENT_ID,
        .user = HUB_CLIENT_ID,
        .site = config->site.name };
    enum err err = ERR_OK;

    if (parts->broker) {
        options.client_id = broker_hub_client_id(parts->broker);
        options.most_pause_ms = OWN_BROKER_PAUSE_MS;
        options.password = broker_hub_password(parts->broker);
    } else {
        options.user = *config->mqtt.user ? config->mqtt.user : NULL;
        if (*config->mqtt.password_file)
            err = read_password(config->mqtt.password_file, password);
        options.password = *password ? password : NULL;
    }
    if (err == ERR_OK)
        err = mqtt_open(&parts->mqtt, &options);
    explicit_bzero(password, sizeof(password));
    return err;
}

static enum err open_ws(struct parts *parts, const struct parts_options *from)
{
    const struct config *config = from->config;
    struct ws_options options = { .loop = from->loop,
        .hub = parts->hub,
        .auth = &parts->auth,
        .address = config->http.address,
        .port = (uint16_t)config->http.port,
        .site = config->site.name,
        .web_dir = config->web.dir,
        .max_clients = (uint32_t)config->limits.clients,
        .heartbeat_ms = HEARTBEAT_MS,
        .is_ready = from->is_ready,
        .metrics = from->metrics,
        .context = from->context };

    return ws_open(&parts->ws, &options);
}

static enum err open_demo(struct parts *parts, const struct parts_options *from)
{
    struct demo_options options = { .loop = from->loop,
        .hub = parts->hub,
        .auth = &parts->auth,
        .config = from->config,
        .own_broker = !*from->config->mqtt.url };

    return demo_open(&parts->demo, &options);
}

enum err parts_open(struct parts *parts, const struct parts_options *from)
{
    const struct config *config = from->config;
    enum err err = command_make_dir(config->data.dir);

    if (err == ERR_OK)
        err = open_hub(parts, from);
    if (err == ERR_RUNNING)
        log_error("%s: another dumbwaiter works there", config->data.dir);
    if (err == ERR_OK)
        err = auth_open(&parts->auth, config->auth.key_file, config->site.name);
    if (err == ERR_OK && from->demo) /* enrols before the broker reads */
        err = open_demo(parts, from);
    if (err == ERR_OK)
        err = open_broker(parts, from);
    if (err == ERR_OK)
        err = open_mqtt(parts, from);
    if (err == ERR_OK)
        err = open_ws(parts, from);
    return err;
}

void parts_close_ways(struct parts *parts)
{
    demo_close(parts->demo);
    ws_close(parts->ws);
    mqtt_close(parts->mqtt);
    broker_close(parts->broker);
    parts->demo = NULL;
    parts->ws = NULL;
    parts->mqtt = NULL;
    parts->broker = NULL;
}

void parts_close_core(struct parts *parts)
{
    hub_close(parts->hub);
    parts->hub = NULL;
    auth_close(&parts->auth);
}
