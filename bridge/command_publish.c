#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>

#include "bridge/command.h"
#include "bridge/command_link.h"
#include "hub/evt/ulid.h"

#define MESSAGE_BYTES 65536
#define RECEIPT_BYTES 4096
#define EVENT_CHARS   64

static bool event_is_plain(const char *event)
{
    size_t len = strlen(event);

    return len > 0 && len <= EVENT_CHARS && !strpbrk(event, "/+# ");
}

/* Append the payload: an argument's text, or all of stdin for "-". */
static void put_payload(struct buf *message, const char *text)
{
    char piece[4096];
    size_t len;

    if (strcmp(text, "-") != 0) {
        buf_puts(message, text);
        return;
    }
    while ((len = fread(piece, 1, sizeof(piece), stdin)) > 0)
        buf_put(message, piece, len);
}

/*
 * Does the receipt say that it was refused? A quote inside of a JSON string
 * is escaped, so these bytes can only be the key.
 */
static bool is_refused(struct buf *receipt)
{
    buf_putc(receipt, '\0');
    receipt->len--;
    return strstr(receipt->data, ",\"error\":") ||
           strstr(receipt->data, "{\"error\":");
}

/* Without a key of the caller's: the receipt is known by it, and what the
 * broker delivers twice makes one event all the same. */
static enum err make_key(char key[ULID_CHARS + 1])
{
    uint64_t dice[2];
    struct ulid id;

    if (getrandom(dice, sizeof(dice), 0) != (ssize_t)sizeof(dice))
        return ERR_IO;
    id = ulid_make(command_now_ms(), dice[0], dice[1]);
    ulid_print(&id, key);
    return ERR_OK;
}

static int publish(const struct config *config, const struct place *place,
        const char *event, const char *key, const struct buf *message)
{
    struct cli *cli = NULL;
    struct buf receipt;
    enum err err;
    int code, printed;

    buf_init(&receipt, RECEIPT_BYTES);
    err = command_link(&cli, config, place, "publish", "cli", false);
    if (err != ERR_OK)
        return EX_UNAVAILABLE;
    err = cli_publish(cli, event, key, message, &receipt);
    cli_close(cli);
    if (err != ERR_OK) {
        fprintf(stderr,
                "dumbwaiter publish: no receipt (%s); whether it "
                "arrived is unknown, repeat it with --id %s\n",
                err_kinds[err].name, key);
        buf_finish(&receipt);
        return EX_UNAVAILABLE;
    }
    code = is_refused(&receipt) ? EXIT_FAILURE : EXIT_SUCCESS;
    buf_putc(&receipt, '\n');
    printed = command_print(&receipt);
    return code == EXIT_SUCCESS ? printed : code;
}

int command_publish(int argc, char **argv)
{
    struct config config;
    struct place place;
    struct buf message;
    const char *key = NULL;
    char own_key[ULID_CHARS + 1];
    bool json = false;
    const struct command_option own[] = {
        { "id", "KEY", "idempotency key: the same key makes one event", NULL,
                &key },
        { "json", NULL, "the receipt is JSON anyway", &json, NULL },
    };
    int first, code = command_read_at(
                       "publish", argc, argv, own, 2, &config, &place, &first);

    if (code != COMMAND_GO_ON)
        return code;
    if (argc - first != 2)
        return command_usage("publish", "wants EVENT and JSON ('-': stdin)");
    if (!event_is_plain(argv[first]))
        return command_usage("publish", "EVENT is a name like order.created");
    if (!key && make_key(own_key) != ERR_OK)
        return command_exit(ERR_IO);
    key = key ? key : own_key;
    buf_init(&message, MESSAGE_BYTES);
    buf_puts(&message, "{\"id\":");
    buf_put_json(&message, key);
    buf_puts(&message, ",\"payload\":");
    put_payload(&message, argv[first + 1]);
    buf_putc(&message, '}');
    if (message.failed)
        code = command_usage("publish", "JSON is longer than 64 KiB");
    else
        code = publish(&config, &place, argv[first], key, &message);
    buf_finish(&message);
    return code;
}
