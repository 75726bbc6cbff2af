#include "devices/port/posix/pull.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "devices/paper/profile.h"
#include "devices/port/posix/pull_paper.h"
#include "devices/port/posix/star.h"

#define CONNECTIONS       32
#define CONNECTIONS_EACH  8 /* from one address */
#define IDLE_S            10
#define CONNECTION_MEMORY 32768
#define DRAIN_BYTES       (64 * PULL_BODY_BYTES) /* of a body that is too long */

#define REALM "dumbwaiter"

/* Printers of Star ask for it first, at a path that has lost its last part. */
#define SETTINGS_PATH "cloudprnt-setting.json"

struct pull {
    struct MHD_Daemon *daemon;
    const char *password;
    struct pull_to to;
    bool said_stranger;
};

/* Of a request while its body comes. */
struct upload {
    size_t len; /* also of what was too long */
    char body[PULL_BODY_BYTES + 1];
};

/* --- who may --- */

static bool says_password(
        struct pull *pull, struct MHD_Connection *connection, const char *url)
{
    char *password = NULL;
    char *name = MHD_basic_auth_get_username_password(connection, &password);
    const char *last = strrchr(url, '/');
    bool is_it = !pull->password ||
                 (password && star_is_same(password, pull->password)) ||
                 (last && star_is_same(last + 1, pull->password));

    MHD_free(name);
    MHD_free(password);
    return is_it;
}

/* --- answers --- */

static enum MHD_Result send_answer(
        struct MHD_Connection *connection, const struct pull_answer *answer)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(answer->len,
            (void *)(uintptr_t)answer->bytes, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result;

    if (!response)
        return MHD_NO;
    if (answer->type)
        MHD_add_response_header(response, "Content-Type", answer->type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    result = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_status(
        struct MHD_Connection *connection, unsigned status)
{
    const struct pull_answer answer = { .status = status };

    return send_answer(connection, &answer);
}

static enum MHD_Result refuse_stranger(
        struct pull *pull, struct MHD_Connection *connection)
{
    struct MHD_Response *response =
            MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result;

    if (!pull->said_stranger)
        fprintf(stderr, "dumbwaiter: somebody asked for tickets without the "
                        "password, or with another one\n");
    pull->said_stranger = true;
    if (!response)
        return MHD_NO;
    result = MHD_queue_basic_auth_fail_response(connection, REALM, response);
    MHD_destroy_response(response);
    return result;
}

static bool read_method(const char *name, enum pull_method *method)
{
    static const char *const names[] = {
        [PULL_GET] = "GET", [PULL_POST] = "POST", [PULL_DELETE] = "DELETE"
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0) {
            *method = (enum pull_method)i;
            return true;
        }
    return false;
}

static enum MHD_Result answer_request(struct pull *pull,
        struct MHD_Connection *connection, const char *url,
        const char *method_name, const struct upload *upload)
{
    struct pull_request request = { .path = url,
        .body = upload->body,
        .len = upload->len,
        .connection = connection };
    struct pull_answer answer = { .status = MHD_HTTP_NOT_FOUND };
    const char *last = strrchr(url, '/');

    if (last && strcmp(last + 1, SETTINGS_PATH) == 0)
        return send_status(connection, MHD_HTTP_NOT_FOUND);
    if (!says_password(pull, connection, url))
        return refuse_stranger(pull, connection);
    if (!read_method(method_name, &request.method))
        return send_status(connection, MHD_HTTP_METHOD_NOT_ALLOWED);
    if (upload->len > PULL_BODY_BYTES)
        return send_status(connection, MHD_HTTP_CONTENT_TOO_LARGE);
    pull->to.answer(pull->to.ctx, &request, &answer);
    return send_answer(connection, &answer);
}

/* --- what the library calls --- */

static void take_body(struct upload *upload, const char *data, size_t len)
{
    if (upload->len + len <= PULL_BODY_BYTES)
        memcpy(upload->body + upload->len, data, len);
    upload->len += len;
}

/* First without a body, then for each piece of it, then without one again. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection,
        const char *url, const char *method, const char *version,
        const char *data, size_t *len, void **kept)
{
    struct upload *upload = *kept;

    (void)version;
    if (!upload) {
        *kept = calloc(1, sizeof(*upload));
        return *kept ? MHD_YES : MHD_NO;
    }
    if (*len > 0) {
        take_body(upload, data, *len);
        *len = 0;
        return upload->len > DRAIN_BYTES ? MHD_NO : MHD_YES;
    }
    return answer_request(ctx, connection, url, method, upload);
}

static void on_ended(void *ctx, struct MHD_Connection *connection, void **kept,
        enum MHD_RequestTerminationCode why)
{
    (void)ctx;
    (void)connection;
    (void)why;
    free(*kept);
    *kept = NULL;
}

/* --- a beginning, an end --- */

static struct addrinfo *find_address(const char *host, const char *port)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
    struct addrinfo *found = NULL;

    return getaddrinfo(host, port, &hints, &found) == 0 ? found : NULL;
}

/* An address of this machine only. */
static bool is_here(const char *host)
{
    struct in6_addr six;
    struct in_addr four;

    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

const char *pull_check(const char *host, const struct profile *profile,
        const char *password, bool is_open)
{
    if (profile->plain)
        return "needs a --profile with dots, such as generic-80";
    if (!password && !is_open && !is_here(host))
        return "other machines may come there: --pull-password-file is "
               "needed, or --pull-open";
    return NULL;
}

static struct MHD_Daemon *listen_at(
        struct pull *pull, const struct addrinfo *address)
{
    unsigned flags = MHD_USE_EPOLL;

    if (address->ai_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, pull,
            MHD_OPTION_SOCK_ADDR, address->ai_addr, MHD_OPTION_CONNECTION_LIMIT,
            (unsigned)CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
            (unsigned)CONNECTIONS_EACH, MHD_OPTION_CONNECTION_TIMEOUT,
            (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
            (size_t)CONNECTION_MEMORY, MHD_OPTION_LISTENING_ADDRESS_REUSE,
            (unsigned)1, MHD_OPTION_NOTIFY_COMPLETED, on_ended, NULL,
            MHD_OPTION_END);
}

struct pull *pull_open(const char *host, const char *port, const char *password,
        const struct pull_to *to, const char **wrong)
{
    struct addrinfo *address = find_address(host, port);
    struct pull *pull = NULL;

    *wrong = "an address of this machine is needed, as a number, and a port";
    if (!address)
        return NULL;
    pull = calloc(1, sizeof(*pull));
    if (pull) {
        pull->password = password;
        pull->to = *to;
        pull->daemon = listen_at(pull, address);
    }
    freeaddrinfo(address);
    if (pull && pull->daemon)
        return pull;
    *wrong = "cannot listen there: in use, or not an address of this machine";
    free(pull);
    return NULL;
}

void pull_close(struct pull *pull)
{
    if (!pull)
        return;
    MHD_stop_daemon(pull->daemon);
    free(pull);
}

/* --- the loop --- */

uint32_t pull_watch(const struct pull *pull, struct pollfd *fds)
{
    const union MHD_DaemonInfo *info =
            pull ? MHD_get_daemon_info(pull->daemon, MHD_DAEMON_INFO_EPOLL_FD)
                 : NULL;

    if (!info)
        return 0;
    fds[0] = (struct pollfd){ .fd = info->epoll_fd, .events = POLLIN };
    return 1;
}

void pull_turn(struct pull *pull)
{
    if (pull)
        MHD_run(pull->daemon);
}

uint64_t pull_due_ms(const struct pull *pull, uint64_t now_ms)
{
    MHD_UNSIGNED_LONG_LONG ms;

    return pull && MHD_get_timeout(pull->daemon, &ms) == MHD_YES &&
                           ms < UINT64_MAX - now_ms
                   ? now_ms + ms
                   : UINT64_MAX;
}

void pull_answer_paper(struct pull_answer *answer,
        const struct pull_paper *paper, bool is_text)
{
    *answer = (struct pull_answer){ .status = MHD_HTTP_OK,
        .type = is_text ? "text/plain; charset=utf-8" : "image/png",
        .bytes = is_text ? paper->text : paper->png,
        .len = is_text ? paper->text_len : paper->png_len };
}

const char *pull_query(const struct pull_request *request, const char *name)
{
    return MHD_lookup_connection_value(
            request->connection, MHD_GET_ARGUMENT_KIND, name);
}
