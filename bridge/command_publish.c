#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bridge/command.h"
#include "bridge/command_link.h"

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

static int publish(const struct config *config, const char *event,
        const struct buf *message)
{
    struct cli *cli = NULL;
    struct buf receipt;
    enum err err;
    int code;

    buf_init(&receipt, RECEIPT_BYTES);
    err = command_link(&cli, config, "publish", "cli", false);
    if (err != ERR_OK)
        return EX_UNAVAILABLE;
    err = cli_publish(cli, event, message, &receipt);
    cli_close(cli);
    if (err != ERR_OK) {
        fprintf(stderr,
                "dumbwaiter publish: no receipt (%s); whether it "
                "arrived is unknown, repeat it with the same --id\n",
                err_kinds[err].name);
        buf_finish(&receipt);
        return EX_UNAVAILABLE;
    }
    code = is_refused(&receipt) ? EXIT_FAILURE : EXIT_SUCCESS;
    buf_putc(&receipt, '\n');
    command_print(&receipt);
    return code;
}

int command_publish(int argc, char **argv)
{
    struct config config;
    struct buf message;
    const char *key = NULL;
    bool json = false;
    const struct command_option own[] = {
        { "id", "KEY", "idempotency key: the same key makes one event", NULL,
                &key },
        { "json", NULL, "the receipt is JSON anyway", &json, NULL },
    };
    int first,
            code = command_read("publish", argc, argv, own, 2, &config, &first);

    if (code != COMMAND_GO_ON)
        return code;
    if (argc - first != 2)
        return command_usage("publish", "wants EVENT and JSON ('-': stdin)");
    if (!event_is_plain(argv[first]))
        return command_usage("publish", "EVENT is a name like order.created");
    buf_init(&message, MESSAGE_BYTES);
    buf_putc(&message, '{');
    if (key) {
        buf_puts(&message, "\"id\":");
        buf_put_json(&message, key);
        buf_putc(&message, ',');
    }
    buf_puts(&message, "\"payload\":");
    put_payload(&message, argv[first + 1]);
    buf_putc(&message, '}');
    if (message.failed)
        code = command_usage("publish", "JSON is longer than 64 KiB");
    else
        code = publish(&config, argv[first], &message);
    buf_finish(&message);
    return code;
}
