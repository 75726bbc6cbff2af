#include "bridge/loop_parts.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/command.h"
#include "bridge/demo.h"
#include "bridge/hook/hook.h"
#include "bridge/mqtt/broker.h"
#include "bridge/mqtt/mqtt.h"
#include "bridge/password.h"
#include "bridge/ws/ws.h"
#include "hub/base/log.h"
#include "hub/hub.h"
#include "schemas/dialects.h"

#define HEARTBEAT_MS        25000
#define LOOK_MS             500   /* between looks at who was enrolled */
#define CONNECT_MS          10000 /* to the first CONNECT of Socket.IO */
#define STRANGER_MESSAGE    4096  /* bytes of it, before anybody is known */
#define MOST_PAYLOAD        65536 /* of its messages; no role may say as much */
#define SESSION_PATH        "/api/socket" /* where it speaks dialect session */
#define SITE_DIR_CHARS      (CONFIG_CHARS + sizeof("/sites/") + ID_CHARS)
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

/* The first one lies where a single restaurant always lay. */
static enum err make_site_dir(const struct parts *parts, const char *data_dir,
        uint32_t index, char dir[SITE_DIR_CHARS + 1])
{
    if (index == 0)
        snprintf(dir, SITE_DIR_CHARS + 1, "%s", data_dir);
    else
        snprintf(dir, SITE_DIR_CHARS + 1, "%.200s/sites/%s", data_dir,
                parts->names.names[index]);
    return command_make_dir(dir);
}

static enum err open_hub(
        struct parts *parts, const struct parts_options *from, uint32_t index)
{
    char dir[SITE_DIR_CHARS + 1], path[SITE_DIR_CHARS + 16];
    struct ladders ladders;
    struct hub_options options = { .path = path,
        .ladders = config_ladders(from->config, &ladders),
        .max_orders = (uint32_t)from->config->limits.orders,
        .alert_new_orders = from->config->alerts.new_orders,
        .print_copies = strcmp(from->config->print.unknown, "copy") == 0,
        .print_stale_ms = from->config->print.stale_after * 1000ll,
        .keep_events = (uint64_t)from->config->journal.keep_events,
        .utc_offset_min = command_zone_min(from->now_ms) };
    enum err err = make_site_dir(parts, from->config->data.dir, index, dir);

    if (err != ERR_OK)
        return err;
    snprintf(path, sizeof(path), "%s/journal.db", dir);
    if (getrandom(&options.seed, sizeof(options.seed), 0) !=
            (ssize_t)sizeof(options.seed))
        return ERR_IO;
    err = hub_open(&parts->sites[index].hub, &options, from->now_ms);
    if (err == ERR_RUNNING)
        log_error("%s: another dumbwaiter works there", dir);
    return err;
}

static enum err open_sites(
        struct parts *parts, const struct parts_options *from)
{
    enum err err = ERR_OK;

    config_sites(from->config, &parts->names);
    parts->site_count = parts->names.count;
    for (uint32_t i = 0; i < parts->site_count && err == ERR_OK; i++) {
        parts->sites[i].name = parts->names.names[i];
        err = open_hub(parts, from, i);
    }
    return err;
}

/* Where devices find the broker: on the LAN, if it is there. */
static void open_desk(struct parts *parts, const struct config *config)
{
    static const char *const any[] = { "0.0.0.0", "::" };
    struct claim_desk *desk = &parts->desk;

    *desk = (struct claim_desk){ .data_dir = config->data.dir,
        .host = parts->broker_host,
        .port = parts->broker_port };
    if (!broker_conf_listen(&parts->lan, config->broker.listen))
        return;
    desk->host = parts->lan.lan_host;
    desk->port = parts->lan.lan_port;
    desk->tls = *config->broker.tls_cert != '\0';
    for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++)
        if (strcmp(desk->host, any[i]) == 0)
            desk->host = ""; /* where the device has come to */
}

static enum err open_broker(
        struct parts *parts, const struct parts_options *from)
{
    const struct config *config = from->config;
    struct broker_options options = { .loop = from->loop,
        .minder = from->minder,
        .data_dir = config->data.dir,
        .sites = &parts->names,
        .listen = *config->broker.listen ? config->broker.listen : NULL,
        .tls = { .cert = config->broker.tls_cert,
                .key = config->broker.tls_key,
                .ca = config->broker.tls_ca },
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
    open_desk(parts, config);
    return broker_open(&parts->broker, &options);
}

/* Of the hub's user at a broker of others. */
static enum err read_password(const char *path, char out[PASSWORD_BYTES])
{
    struct fault fault;
    enum err err = password_read(path, out, &fault);

    if (err != ERR_OK)
        log_error("mqtt.password_file: %s", fault.text);
    return err;
}

/* Who the hubs are at the broker. */
struct identity {
    const char *client_id; /* of the first; the others' are made from it */
    const char *user;      /* likewise, at our own broker */
    char password[PASSWORD_BYTES];
};

static enum err identify(const struct parts *parts, const struct config *config,
        struct identity *identity)
{
    *identity = (struct identity){ .client_id = HUB_CLIENT_ID };
    if (parts->broker) {
        identity->client_id = broker_hub_client_id(parts->broker);
        identity->user = HUB_CLIENT_ID;
        snprintf(identity->password, sizeof(identity->password), "%s",
                broker_hub_password(parts->broker));
        return ERR_OK;
    }
    if (*config->mqtt.user)
        identity->user = config->mqtt.user;
    return *config->mqtt.password_file
                   ? read_password(
                             config->mqtt.password_file, identity->password)
                   : ERR_OK;
}

static enum err open_link(struct parts *parts, const struct parts_options *from,
        struct site *site, const struct identity *identity)
{
    char client_id[LOGIN_CHARS + 1], user[LOGIN_CHARS + 1];
    struct mqtt_options options = { .loop = from->loop,
        .hub = site->hub,
        .host = parts->broker_host,
        .port = parts->broker_port,
        .client_id = client_id,
        .user = identity->user,
        .password = *identity->password ? identity->password : NULL,
        .site = site->name,
        .sites = &parts->names,
        .tongues = &parts->tongues,
        .members = &parts->members,
        .authority = authority_find(from->config->authority.mode),
        .most_pause_ms = parts->broker ? OWN_BROKER_PAUSE_MS : 0,
        .home_assistant = from->config->mqtt.home_assistant,
        .home_prefix = from->config->mqtt.home_assistant_prefix,
        .home_client = from->config->mqtt.home_assistant_client };

    sites_login(&parts->names, site->name, identity->client_id, client_id);
    if (parts->broker) { /* at somebody else's, one user may be all */
        sites_login(&parts->names, site->name, identity->user, user);
        options.user = user;
    }
    return mqtt_open(&site->mqtt, &options);
}

/* At somebody else's broker the configuration says who speaks what. */
static enum err open_tongues(struct parts *parts, const struct config *config)
{
    struct fault fault;

    if (parts->broker) {
        tongues_follow(&parts->tongues, &parts->members);
        return ERR_OK;
    }
    return tongues_read(&parts->tongues, config->mqtt.dialects, &fault);
}

static enum err open_links(
        struct parts *parts, const struct parts_options *from)
{
    struct identity identity;
    enum err err = identify(parts, from->config, &identity);

    if (err == ERR_OK)
        err = members_follow(&parts->members, from->config->data.dir);
    if (err == ERR_OK)
        err = open_tongues(parts, from->config);
    for (uint32_t i = 0; i < parts->site_count && err == ERR_OK; i++)
        err = open_link(parts, from, &parts->sites[i], &identity);
    explicit_bzero(&identity, sizeof(identity));
    return err;
}

static enum err open_hooks(
        struct parts *parts, const struct parts_options *from)
{
    const struct config *config = from->config;
    struct hook_options options = { .loop = from->loop,
        .url = config->webhook.url,
        .secret_file = config->webhook.secret_file,
        .what = hook_what_find(config->webhook.what) };
    enum err err = ERR_OK;

    if (!*config->webhook.url)
        return ERR_OK;
    for (uint32_t i = 0; i < parts->site_count && err == ERR_OK; i++)
        err = hook_open(&parts->sites[i].hook, parts->sites[i].hub,
                parts->sites[i].name, &options);
    return err;
}

/* Words that the house leaves out. */
static uint32_t unsaid(const struct config *config)
{
    const char *created = config->socketio.kds_kitchen_created;
    uint32_t mask = 0;

    if (strcmp(created, "new") == 0)
        mask |= UNSAID_KDS_KITCHEN_CREATED;
    if (strcmp(created, "created") == 0)
        mask |= UNSAID_KDS_KITCHEN_NEW;
    if (!config->socketio.kebab_addon_as_new)
        mask |= UNSAID_KEBAB_ADDED;
    return mask;
}

static void set_place(struct parts *parts, int i, const char *path,
        const struct config *config)
{
    struct sio_dialects *house = &parts->dialects[i];

    *house = (struct sio_dialects){
        .is_session_path = i == SIO_SESSION,
        .strict_payload = config->socketio.strict_payload,
        .session_tokens = config->socketio.session_tokens,
        .open_events = config->socketio.open_events,
        .kds_autojoin = strcmp(config->socketio.kds_autojoin, "waiters") == 0,
        .recovery_ms = (uint32_t)config->socketio.recovery * 1000,
        .receipt_ms = (uint32_t)config->socketio.receipt_timeout * 1000,
        .refuse_as = dialect_find(config->socketio.refuse_as),
    };
    parts->services[i] = (struct sio_service){ .app = &sio_dialects_app,
        .context = house,
        .connect_timeout_ms = CONNECT_MS };
    parts->places[i] = (struct eio_place){ .path = path,
        .calls = &sio_calls,
        .app = &parts->services[i],
        .options = {
                .ping_interval_ms =
                        (uint32_t)config->socketio.ping_interval * 1000,
                .ping_timeout_ms =
                        (uint32_t)config->socketio.ping_timeout * 1000,
                .max_payload = MOST_PAYLOAD,
                .stranger_message = STRANGER_MESSAGE,
        } };
}

static enum err open_ws(struct parts *parts, const struct parts_options *from)
{
    const struct config *config = from->config;
    struct ws_site sites[SITES_MAX];
    struct ws_options options = { .loop = from->loop,
        .sites = sites,
        .site_count = parts->site_count,
        .auth = &parts->auth,
        .authority = authority_find(config->authority.mode),
        .address = config->http.address,
        .port = (uint16_t)config->http.port,
        .web_dir = config->web.dir,
        .paper_dir = demo_paper(parts->demo),
        .max_clients = (uint32_t)config->limits.clients,
        .heartbeat_ms = HEARTBEAT_MS,
        .receipt_ms = (uint32_t)config->socketio.receipt_timeout * 1000,
        .places = parts->places,
        .place_count = SIO_PLACES,
        .unsaid = unsaid(config),
        .origins = parts->origins.others,
        .tls_cert = *config->http.tls_cert ? config->http.tls_cert : NULL,
        .tls_key = config->http.tls_key,
        .per_bearer = (uint32_t)config->limits.bearer,
        .is_ready = from->is_ready,
        .metrics = from->metrics,
        .claim = parts->broker ? from->claim : NULL,
        .context = from->context };
    struct fault fault;

    if (origins_read(&parts->origins, config->http.public_url,
                config->http.origins, &fault) != ERR_OK)
        return ERR_CONFIG; /* config_complete has looked at it */
    options.origin_count = parts->origins.count;
    options.any_origin = parts->origins.any;
    if (parts->origins.own.host[0])
        options.own_origin = &parts->origins.own;
    if (config->socketio.session_placeholder_get) {
        options.placeholder_path = SESSION_PATH;
        options.placeholder = "WebSocket endpoint";
    }
    set_place(parts, SIO_SHARED, "/socket.io/", config);
    set_place(parts, SIO_SESSION, SESSION_PATH, config);
    for (uint32_t i = 0; i < parts->site_count; i++)
        sites[i] = (struct ws_site){ .name = parts->sites[i].name,
            .hub = parts->sites[i].hub };
    return ws_open(&parts->ws, &options);
}

/* Each fault is a line. */
static void log_faults(const char *what, const struct buf *faults)
{
    const char *at = faults->data, *end = at ? at + faults->len : at;

    while (at < end) {
        size_t len = strcspn(at, "\n");

        log_error("%s: %.*s", what, (int)len, at);
        at += len + 1;
    }
}

static enum err open_auth(struct parts *parts, const struct config *config)
{
    struct buf faults;
    enum err err =
            auth_open(&parts->auth, config->auth.key_file, &parts->names);

    if (err != ERR_OK)
        return err;
    buf_init(&faults, CONFIG_FAULT_BYTES);
    err = auth_trust(&parts->auth, config->auth.issuers_file, &faults);
    log_faults("auth.issuers_file", &faults);
    buf_finish(&faults);
    return err;
}

/* Connections that are there stay, as long as their tokens. */
static void reload_auth(struct parts *parts, const struct config *config)
{
    struct buf faults;

    buf_init(&faults, CONFIG_FAULT_BYTES);
    if (auth_reload(&parts->auth, config->auth.key_file,
                config->auth.issuers_file, &faults) != ERR_OK)
        log_error("auth: keys of tokens unchanged");
    log_faults("auth.issuers_file", &faults);
    buf_finish(&faults);
}

static enum err open_demo(struct parts *parts, const struct parts_options *from)
{
    struct demo_options options = { .loop = from->loop,
        .hub = parts->sites[0].hub,
        .auth = &parts->auth,
        .config = from->config,
        .own_broker = !*from->config->mqtt.url };

    return demo_open(&parts->demo, &options);
}

enum err parts_open(struct parts *parts, const struct parts_options *from)
{
    const struct config *config = from->config;
    enum err err = open_sites(parts, from);

    if (err == ERR_OK)
        err = open_auth(parts, config);
    if (err == ERR_OK && from->demo) /* enrols before the broker reads */
        err = open_demo(parts, from);
    if (err == ERR_OK)
        err = open_broker(parts, from);
    if (err == ERR_OK)
        err = open_links(parts, from);
    if (err == ERR_OK)
        err = open_hooks(parts, from);
    if (err == ERR_OK)
        err = open_ws(parts, from);
    if (err == ERR_OK && from->demo)
        demo_begin(parts->demo, parts->broker_port);
    return err;
}

/* Whoever has enrolled somebody has told the broker too, as well as it could:
 * the broker forgets what it is told while it reads. */
static void look(struct parts *parts)
{
    uint32_t before = parts->members_seen;

    for (uint32_t i = 0; i < parts->site_count; i++)
        mqtt_look(parts->sites[i].mqtt);
    parts->members_seen = parts->members.version;
    if (parts->broker && before != 0 && before != parts->members_seen)
        broker_reload(parts->broker);
}

void parts_tick(struct parts *parts, int64_t now_ms)
{
    int64_t age_ms = now_ms - parts->looked_ms;

    if (age_ms >= 0 && age_ms < LOOK_MS)
        return;
    parts->looked_ms = now_ms;
    look(parts);
}

enum err parts_claim(struct parts *parts, const char *code, int64_t now_ms,
        struct buf *answer)
{
    enum err err = claim_desk_ask(&parts->desk, code, now_ms, answer);

    if (err != ERR_OK)
        return err;
    look(parts);
    broker_reload(parts->broker);
    return ERR_OK;
}

/* The certificate, which may have been renewed, is the broker's own copy. */
static void reload_broker(struct parts *parts)
{
    struct fault fault;

    if (broker_renew(parts->broker, &fault) != ERR_OK)
        log_error("broker.%s unchanged: %s", fault.field, fault.text);
    else
        broker_reload(parts->broker);
}

void parts_reload(struct parts *parts, const struct config *config)
{
    struct fault fault;

    if (!parts->broker && tongues_read(&parts->tongues, config->mqtt.dialects,
                                  &fault) != ERR_OK)
        log_error("mqtt.dialects unchanged: %s", fault.text);
    reload_auth(parts, config);
    ws_reload(parts->ws);
    if (parts->broker)
        reload_broker(parts);
}

void parts_close_ways(struct parts *parts)
{
    demo_close(parts->demo);
    ws_close(parts->ws);
    for (uint32_t i = 0; i < parts->site_count; i++) {
        hook_close(parts->sites[i].hook);
        mqtt_close(parts->sites[i].mqtt);
        parts->sites[i].hook = NULL;
        parts->sites[i].mqtt = NULL;
    }
    broker_close(parts->broker);
    parts->demo = NULL;
    parts->ws = NULL;
    parts->broker = NULL;
}

void parts_close_core(struct parts *parts)
{
    for (uint32_t i = 0; i < parts->site_count; i++) {
        hub_close(parts->sites[i].hub);
        parts->sites[i].hub = NULL;
    }
    auth_close(&parts->auth);
    tongues_finish(&parts->tongues);
    members_finish(&parts->members);
}
