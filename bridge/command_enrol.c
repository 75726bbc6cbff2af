#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bridge/command.h"
#include "bridge/mqtt/enrol.h"

#define OUT_BYTES 2048

static int print_credential(const struct credential *credential, bool json)
{
    struct buf out;

    buf_init(&out, OUT_BYTES);
    if (json)
        buf_printf(&out,
                "{\"client_id\":\"%s\",\"username\":\"%s\","
                "\"password\":\"%s\"}\n",
                credential->client_id, credential->client_id,
                credential->password);
    else
        buf_printf(&out, "client id  %s\nuser name  %s\npassword   %s\n",
                credential->client_id, credential->client_id,
                credential->password);
    return command_print(&out);
}

int command_enrol(int argc, char **argv)
{
    struct config config;
    struct credential credential;
    struct fault fault = { 0 };
    const char *table = NULL;
    bool json = false;
    const struct command_option own[] = {
        { "table", "ID", "let a pager hear this table only", NULL, &table },
        { "json", NULL, "print {\"client_id\",\"username\",\"password\"}",
                &json, NULL },
    };
    int first,
            code = command_read("enrol", argc, argv, own, 2, &config, &first);
    enum err err;

    if (code != COMMAND_GO_ON)
        return code;
    if (argc - first != 2)
        return command_usage("enrol", "wants KIND and ID");
    err = command_make_dir(config.data.dir);
    if (err == ERR_OK)
        err = enrol(config.data.dir, config.site.name, argv[first],
                argv[first + 1], table, &credential, &fault);
    if (err == ERR_OK) {
        code = print_credential(&credential, json);
        explicit_bzero(&credential, sizeof(credential));
        return code;
    }
    fprintf(stderr, "dumbwaiter enrol: %s\n",
            *fault.text ? fault.text : err_kinds[err].text);
    return err == ERR_BAD_ID || err == ERR_BAD_REQUEST ? EX_USAGE
                                                       : command_exit(err);
}
