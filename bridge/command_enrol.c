#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bridge/command.h"
#include "bridge/mqtt/enrol.h"

#define OUT_BYTES 2048

static int print_credential(const struct enrolment *enrolment,
        const struct credential *credential, bool json)
{
    const char *dialect = enrolment->dialect;
    struct buf out;

    buf_init(&out, OUT_BYTES);
    if (json)
        buf_printf(&out,
                "{\"client_id\":\"%s\",\"username\":\"%s\","
                "\"password\":\"%s\",\"site\":\"%s\",\"id\":\"%s\"%s%s%s}\n",
                credential->client_id, credential->client_id,
                credential->password, enrolment->site, enrolment->id,
                dialect ? ",\"dialect\":\"" : "", dialect ? dialect : "",
                dialect ? "\"" : "");
    else
        buf_printf(&out,
                "client id  %s\nuser name  %s\npassword   %s\n"
                "topics     dw/1/%s/.../%s\n%s%s%s",
                credential->client_id, credential->client_id,
                credential->password, enrolment->site, enrolment->id,
                dialect ? "dialect    " : "", dialect ? dialect : "",
                dialect ? "\n" : "");
    return command_print(&out);
}

int command_enrol(int argc, char **argv)
{
    struct config config;
    struct place place;
    struct enrolment enrolment = { .sites = &place.sites,
        .data_dir = config.data.dir };
    struct credential credential;
    struct fault fault = { 0 };
    const char *table = NULL, *dialect = NULL;
    bool json = false;
    const struct command_option own[] = {
        { "table", "ID", "let a pager hear this table only", NULL, &table },
        { "dialect", "NAME", "hear a producer in this dialect's words", NULL,
                &dialect },
        { "json", NULL,
                "print {\"client_id\",\"username\",\"password\",\"site\","
                "\"id\",\"dialect\"}",
                &json, NULL },
    };
    int first, code = command_read_at(
                       "enrol", argc, argv, own, 3, &config, &place, &first);
    enum err err;

    if (code != COMMAND_GO_ON)
        return code;
    if (argc - first != 2)
        return command_usage("enrol", "wants KIND and ID");
    if (dialect && *config.mqtt.url)
        return command_usage("enrol",
                "--dialect is for the daemon's own broker; with mqtt.url set "
                "mqtt.dialects");
    enrolment.site = place.site;
    enrolment.kind = argv[first];
    enrolment.id = argv[first + 1];
    enrolment.table = table;
    enrolment.dialect = dialect;
    err = command_make_dir(config.data.dir);
    if (err == ERR_OK)
        err = enrol(&enrolment, &credential, &fault);
    if (err == ERR_OK) {
        code = print_credential(&enrolment, &credential, json);
        explicit_bzero(&credential, sizeof(credential));
        return code;
    }
    fprintf(stderr, "dumbwaiter enrol: %s\n",
            *fault.text ? fault.text : err_kinds[err].text);
    return err == ERR_BAD_ID || err == ERR_BAD_REQUEST ? EX_USAGE
                                                       : command_exit(err);
}
