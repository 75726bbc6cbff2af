/*
 * failpoint: loaded in front of the daemon's libraries (LD_PRELOAD) to make
 * the moment hit that a test is about. The daemon itself knows nothing of it,
 * so that no switch of the program can take its promises away.
 *
 * FAILPOINT_KILL=n: SIGKILL just before the n-th commit of a transaction
 *     that holds messages which a producer has sent over MQTT.
 * FAILPOINT_KILL_AFTER=n: just after it, when nobody has been told yet.
 * FAILPOINT_NO_BARRIER=1: libmosquitto acknowledges as it pleases.
 * FAILPOINT=name:n: SIGKILL when it comes to the point of that name for the
 *     n-th time; the names are in the calls of pass() below.
 * FAILPOINT_NO_NAMES=n: looking up a host's name takes n seconds and fails.
 */
#include <dlfcn.h>
#include <libwebsockets.h>
#include <mosquitto.h>
#include <netdb.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef void on_message(
        struct mosquitto *, void *, const struct mosquitto_message *);

static on_message *daemon_on_message;
static long received; /* since the last commit */
static long commits;  /* of what was received */

/* Not for the children: the broker, and devices of a demo. */
__attribute__((constructor)) static void forget(void)
{
    unsetenv("LD_PRELOAD");
}

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* Is this the point, and the time? */
static void pass(const char *when, const char *what)
{
    static long passed;
    const char *plan = getenv("FAILPOINT");
    const char *colon = plan ? strchr(plan, ':') : NULL;
    size_t len = strlen(when);

    if (!colon || strncmp(plan, when, len) != 0 || plan[len] != '-' ||
            strlen(what) != (size_t)(colon - plan) - len - 1 ||
            strncmp(plan + len + 1, what, strlen(what)) != 0)
        return;
    if (++passed == strtol(colon + 1, NULL, 10))
        kill(getpid(), SIGKILL);
}

static void count_message(struct mosquitto *client, void *context,
        const struct mosquitto_message *message)
{
    received += strstr(message->topic, "/in/") != NULL;
    daemon_on_message(client, context, message);
}

void mosquitto_message_callback_set(struct mosquitto *client, on_message *call)
{
    void (*set)(struct mosquitto *, on_message *) =
            real("mosquitto_message_callback_set");

    daemon_on_message = call;
    set(client, count_message);
}

int mosquitto_threaded_set(struct mosquitto *client, bool threaded)
{
    int (*set)(struct mosquitto *, bool) = real("mosquitto_threaded_set");

    return getenv("FAILPOINT_NO_BARRIER") ? MOSQ_ERR_SUCCESS
                                          : set(client, threaded);
}

static void kill_at(const char *variable)
{
    const char *number = getenv(variable);

    if (number && commits == strtol(number, NULL, 10))
        kill(getpid(), SIGKILL);
}

/* What a statement of the journal does. */
static const char *step_name(const char *sql)
{
    static const struct {
        const char *sql, *name;
    } steps[] = {
        { "BEGIN", "begin" },
        { "COMMIT", "commit" },
        { "INSERT INTO record", "append" },
        { "INSERT INTO kept", "put" },
    };

    for (size_t i = 0; sql && i < sizeof(steps) / sizeof(steps[0]); i++)
        if (strncmp(sql, steps[i].sql, strlen(steps[i].sql)) == 0)
            return steps[i].name;
    return "else";
}

int sqlite3_step(sqlite3_stmt *statement)
{
    static int (*step)(sqlite3_stmt *);
    const char *sql = sqlite3_sql(statement);
    bool counts = received > 0 && sql && strcmp(sql, "COMMIT") == 0;
    int code;

    if (!step)
        step = (int (*)(sqlite3_stmt *))real("sqlite3_step");
    if (counts) {
        received = 0;
        commits++;
        kill_at("FAILPOINT_KILL");
    }
    pass("before", step_name(sql));
    code = step(statement);
    pass("after", step_name(sql));
    if (counts)
        kill_at("FAILPOINT_KILL_AFTER");
    return code;
}

int getaddrinfo(const char *restrict name, const char *restrict service,
        const struct addrinfo *restrict hints, struct addrinfo **restrict found)
{
    int (*look_up)(const char *, const char *, const struct addrinfo *,
            struct addrinfo **) = real("getaddrinfo");
    const char *seconds = getenv("FAILPOINT_NO_NAMES");

    if (!seconds || !name || strspn(name, "0123456789.:") == strlen(name))
        return look_up(name, service, hints, found);
    sleep((unsigned)strtoul(seconds, NULL, 10));
    return EAI_AGAIN;
}

int sqlite3_open_v2(const char *name, sqlite3 **db, int flags, const char *vfs)
{
    int (*call)(const char *, sqlite3 **, int, const char *) =
            real("sqlite3_open_v2");
    int code;

    pass("before", "open");
    code = call(name, db, flags, vfs);
    pass("after", "open");
    return code;
}

int sqlite3_wal_checkpoint_v2(
        sqlite3 *db, const char *name, int mode, int *log, int *done)
{
    int (*call)(sqlite3 *, const char *, int, int *, int *) =
            real("sqlite3_wal_checkpoint_v2");
    int code;

    pass("before", "checkpoint");
    code = call(db, name, mode, log, done);
    pass("after", "checkpoint");
    return code;
}

int mosquitto_loop_read(struct mosquitto *client, int packets)
{
    int (*call)(struct mosquitto *, int) = real("mosquitto_loop_read");
    int code = call(client, packets);

    pass("after", "read");
    return code;
}

/* Here acknowledgements leave. */
int mosquitto_loop_write(struct mosquitto *client, int packets)
{
    int (*call)(struct mosquitto *, int) = real("mosquitto_loop_write");
    int code;

    pass("before", "puback");
    code = call(client, packets);
    pass("after", "puback");
    return code;
}

int mosquitto_publish(struct mosquitto *client, int *mid, const char *topic,
        int len, const void *payload, int qos, bool retain)
{
    int (*call)(struct mosquitto *, int *, const char *, int, const void *, int,
            bool) = real("mosquitto_publish");
    int code;

    pass("before", "publish");
    code = call(client, mid, topic, len, payload, qos, retain);
    pass("after", "publish");
    return code;
}

/* Answers over HTTP, and all that is told on a WebSocket. */
int lws_write(struct lws *wsi, unsigned char *data, size_t len,
        enum lws_write_protocol as)
{
    int (*call)(struct lws *, unsigned char *, size_t,
            enum lws_write_protocol) = real("lws_write");
    int code;

    pass("before", "tell");
    code = call(wsi, data, len, as);
    pass("after", "tell");
    return code;
}
