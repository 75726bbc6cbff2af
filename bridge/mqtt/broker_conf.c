#include "bridge/mqtt/broker_conf.h"

#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_PER_SITE 1000 /* on each listener */

bool broker_conf_listen(struct broker_conf *conf, const char *text)
{
    const char *colon = strrchr(text, ':');
    const char *host = text, *end = colon;
    unsigned long port;
    char *rest;

    if (!colon || colon == text)
        return false;
    if (*host == '[' && end[-1] == ']') {
        host++;
        end--;
    }
    /* A line of the configuration is made of it: nothing that ends it. */
    if (end <= host || (size_t)(end - host) > BROKER_HOST_CHARS ||
            strspn(host,
                    "0123456789abcdefghijklmnopqrstuvwxyz"
                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ.:-_%") < (size_t)(end - host))
        return false;
    port = strtoul(colon + 1, &rest, 10);
    if (colon[1] < '0' || colon[1] > '9' || *rest || port < 1 || port > 65535)
        return false;
    memcpy(conf->lan_host, host, (size_t)(end - host));
    conf->lan_host[end - host] = '\0';
    conf->lan_port = (uint16_t)port;
    return true;
}

/* With user names as client ids nobody can take another's session; that is
 * impossible where clients come without a name. */
static void put_listener(const struct broker_conf *conf, struct buf *out,
        uint16_t port, const char *host, bool anonymous)
{
    buf_printf(out,
            "\nlistener %u %s\n"
            "max_connections %u\n"
            "max_qos 1\n"
            "allow_anonymous %s\n"
            "%s"
            "password_file %s/passwd\n"
            "acl_file %s/acl\n",
            port, host, conf->sites * CONNECTIONS_PER_SITE,
            anonymous ? "true" : "false",
            anonymous ? "" : "use_username_as_clientid true\n", conf->dir,
            conf->dir);
}

/* The key stands in the same file as the certificate, so that the broker never
 * reads one without the other. */
static void put_tls(const struct broker_conf *conf, struct buf *out)
{
    buf_printf(out,
            "certfile %s/" BROKER_TLS_FILE "\n"
            "keyfile %s/" BROKER_TLS_FILE "\n"
            "tls_version tlsv1.2\n",
            conf->dir, conf->dir);
    if (conf->lan_certs)
        buf_printf(out,
                "cafile %s/" BROKER_CA_FILE "\n"
                "require_certificate true\n"
                "use_identity_as_username true\n",
                conf->dir);
}

void broker_conf_put(const struct broker_conf *conf, struct buf *out)
{
    buf_puts(out, "# Generated at every start: changes here are lost.\n"
                  "per_listener_settings true\n");
    /* Started by root, the broker would become another user, who may not
     * read these files. */
    buf_printf(out, "user %s\n", conf->user);
    /* By itself, too: we may be killed before we have noted its id. */
    buf_printf(out, "pid_file %s/mosquitto.pid\n", conf->dir);
    buf_puts(out, "log_dest stderr\n"
                  "log_type error\n"
                  "log_type warning\n"
                  "log_timestamp false\n"
                  "sys_interval 0\n");
    /* A snapshot after ten changes. One after each change would cost more
     * than it saves: only the hub's own answer counts as received. */
    buf_printf(out,
            "persistence true\n"
            "persistence_location %s/\n"
            "persistence_file mosquitto.db\n"
            "autosave_on_changes true\n"
            "autosave_interval 10\n"
            "persistent_client_expiration 7d\n",
            conf->dir);
    /* These hold for everybody, the hub included, and so are wider than what a
     * device needs: the hub publishes pictures of 256 KiB and has a thousand
     * messages under way. A device is held to its 8 KiB by the hub, which
     * counts and drops what is longer.
     *
     * The queue holds what producers publish while the hub restarts: 50 s at
     * 200 a second. Beyond it the broker drops in silence, and they repeat
     * what got no receipt. Devices are served from the journal. */
    buf_printf(out,
            "max_queued_messages 10000\n"
            "max_queued_bytes 33554432\n"
            "max_inflight_messages 1000\n"
            "max_packet_size %d\n"
            "max_keepalive 120\n"
            "set_tcp_nodelay true\n",
            BROKER_PACKET_BYTES);
    put_listener(conf, out, conf->port, "127.0.0.1", conf->debug_reader);
    if (!conf->lan_host[0])
        return;
    put_listener(conf, out, conf->lan_port, conf->lan_host, false);
    if (conf->lan_tls)
        put_tls(conf, out);
}
