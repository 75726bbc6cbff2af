/*
 * failpoint: loaded in front of the daemon's libraries (LD_PRELOAD) to make
 * the moment hit that a test is about. The daemon itself knows nothing of it,
 * so that no switch of the program can take its promises away.
 *
 * FAILPOINT_KILL=n: SIGKILL just before the n-th commit of a transaction
 *     that holds messages which a producer has sent over MQTT.
 * FAILPOINT_KILL_AFTER=n: just after it, when nobody has been told yet.
 * FAILPOINT_NO_BARRIER=1: libmosquitto acknowledges as it pleases.
 * FAILPOINT_NO_NAMES=n: looking up a host's name takes n seconds and fails.
 */
#include <dlfcn.h>
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
    code = step(statement);
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
