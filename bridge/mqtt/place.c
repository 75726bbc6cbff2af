#include "bridge/mqtt/place.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub/base/log.h"

enum err place_find_program(const char *wanted, char program[BROKER_PATH_BYTES])
{
    const char *path = getenv("PATH");
    char dirs[4096], *rest = dirs, *dir;

    if (wanted) {
        snprintf(program, BROKER_PATH_BYTES, "%s", wanted);
        if (access(wanted, X_OK) == 0)
            return ERR_OK;
    }
    snprintf(dirs, sizeof(dirs), "%s:/usr/sbin:/usr/local/sbin",
            path ? path : "/usr/bin");
    while (!wanted && (dir = strsep(&rest, ":")) != NULL) {
        int len = snprintf(program, BROKER_PATH_BYTES, "%s/mosquitto", dir);

        if (*dir == '/' && len < BROKER_PATH_BYTES &&
                access(program, X_OK) == 0)
            return ERR_OK;
    }
    log_error("broker: no program %s; install the package mosquitto or set "
              "mqtt.url",
            wanted ? wanted : "mosquitto");
    return ERR_UNAVAILABLE;
}

/* Could it be listened on? Only an address of this machine can. */
static enum err check_free(const char *host, uint16_t port)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICSERV | AI_PASSIVE,
        .ai_socktype = SOCK_STREAM };
    struct addrinfo *address = NULL;
    char service[8];
    int fd, on = 1, rc;

    snprintf(service, sizeof(service), "%u", port);
    rc = getaddrinfo(host, service, &hints, &address);
    if (rc != 0) {
        log_error("broker: cannot listen on %s: %s", host, gai_strerror(rc));
        return ERR_UNAVAILABLE;
    }
    fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    rc = fd < 0 ? -1 : bind(fd, address->ai_addr, address->ai_addrlen);
    if (rc == 0)
        rc = listen(fd, 1);
    if (rc != 0)
        log_error("broker: cannot listen on %s port %u: %s%s", host, port,
                strerror(errno),
                errno == EADDRINUSE ? "; another program has it (choose "
                                      "another port, or set mqtt.url)"
                                    : "");
    if (fd >= 0)
        close(fd);
    freeaddrinfo(address);
    return rc == 0 ? ERR_OK : ERR_UNAVAILABLE;
}

enum err place_check_ports(const struct broker_conf *conf)
{
    enum err err = check_free("127.0.0.1", conf->port);

    if (err != ERR_OK || !conf->lan_host[0])
        return err;
    if (conf->lan_port == conf->port &&
            (strcmp(conf->lan_host, "::") == 0 ||
                    strcmp(conf->lan_host, "0.0.0.0") == 0)) {
        log_error("broker: port %u on every address takes in 127.0.0.1, where "
                  "it is in use already; choose another port for the LAN",
                conf->port);
        return ERR_UNAVAILABLE;
    }
    return check_free(conf->lan_host, conf->lan_port);
}
