#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/auth_life.h"
#include "bridge/command.h"
#include "bridge/dialect/dialect.h"
#include "bridge/mqtt/enrol.h"
#include "bridge/mqtt/export.h"
#include "schemas/dialects.h"

#define OUT_BYTES    4096
#define LIST_BYTES   (ROSTER_MEMBERS * MEMBER_BYTES)
#define CODE_TTL     "15m"
#define CODE_MOST_MS LIFE_DAY_MS

/* What was asked for. */
struct asked {
    struct config config;
    struct place place;
    struct enrolment enrolment;
    bool json, claim, list;
    const char *table, *dialect, *ttl, *retire, *export_to;
};

/* Who runs this command: for the journal, and no proof of anything. */
static const char *who(void)
{
    const struct passwd *user = getpwuid(getuid());

    return user ? user->pw_name : "";
}

static int fail(const struct fault *fault)
{
    fprintf(stderr, "dumbwaiter enrol: %s\n",
            *fault->text ? fault->text : err_kinds[fault->code].text);
    return fault->code == ERR_BAD_ID || fault->code == ERR_BAD_REQUEST ||
                           fault->code == ERR_NOT_FOUND
                   ? EX_USAGE
                   : command_exit(fault->code);
}

/* --- a credential --- */

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

static int make_credential(struct asked *asked)
{
    struct credential credential;
    struct fault fault = { 0 };
    int code;

    if (enrol(&asked->enrolment, &credential, &fault) != ERR_OK)
        return fail(&fault);
    code = print_credential(&asked->enrolment, &credential, asked->json);
    explicit_bzero(&credential, sizeof(credential));
    return code;
}

/* --- a code --- */

static int print_code(
        const struct asked *asked, const char *code, int64_t until_ms)
{
    const struct enrolment *enrolment = &asked->enrolment;
    char until[ISO_CHARS + 1];
    struct buf out;

    dialect_print_time(until_ms, until);
    buf_init(&out, OUT_BYTES);
    if (asked->json)
        buf_printf(&out,
                "{\"claim\":\"%s\",\"expires_at\":\"%s\",\"kind\":\"%s\","
                "\"site\":\"%s\",\"id\":\"%s\"}\n",
                code, until, enrolment->kind, enrolment->site, enrolment->id);
    else
        buf_printf(&out,
                "code       %s\ngood until %s, once\n"
                "topics     dw/1/%s/.../%s\n"
                "fetch it   dumbwaiter device %s --claim %s --url "
                "%s://%s:%" PRId64 "\n",
                code, until, enrolment->site, enrolment->id, enrolment->kind,
                code, config_http_scheme(&asked->config),
                asked->config.http.address, asked->config.http.port);
    return command_print(&out);
}

static int make_code(struct asked *asked)
{
    char code[CODE_TEXT_CHARS + 1];
    struct fault fault = { 0 };
    int64_t lasts_ms, until_ms;
    int result;

    if (*asked->config.mqtt.url)
        return command_usage("enrol", "--claim is for the daemon's own broker; "
                                      "at yours it cannot add anybody");
    if (!life_read(asked->ttl ? asked->ttl : CODE_TTL, &lasts_ms) ||
            lasts_ms < 1000 || lasts_ms > CODE_MOST_MS)
        return command_usage("enrol", "--ttl is 1s to 24h");
    until_ms = asked->enrolment.now_ms + lasts_ms;
    if (enrol_by_code(&asked->enrolment, until_ms, code, &fault) != ERR_OK)
        return fail(&fault);
    result = print_code(asked, code, until_ms);
    explicit_bzero(code, sizeof(code));
    return result;
}

/* --- the list --- */

static void put_json(const struct member *member, struct buf *out)
{
    char at[ISO_CHARS + 1];

    buf_printf(out,
            "{\"id\":\"%s\",\"kind\":\"%s\",\"site\":\"%s\","
            "\"client_id\":\"%s\",\"retired\":%s",
            member_topic_id(member), member_kinds[member->kind].name,
            member->site, member->login, member->retired ? "true" : "false");
    if (member->table[0])
        buf_printf(out, ",\"table\":\"%s\"", member->table);
    if (member->dialect != DIALECT_NATIVE)
        buf_printf(out, ",\"dialect\":\"%s\"", dialects[member->dialect].name);
    if (member->at_ms) {
        dialect_print_time(member->at_ms, at);
        buf_printf(out, ",\"at\":\"%s\",\"by\":\"%s\"", at, member->by);
    }
    buf_putc(out, '}');
}

static void put_line(const struct member *member, struct buf *out)
{
    char at[ISO_CHARS + 1] = "-";

    if (member->at_ms)
        dialect_print_time(member->at_ms, at);
    buf_printf(out, "%-8s %-36s %-12s %-8s %-8s %s %s\n",
            member_kinds[member->kind].name, member->login, member->site,
            member->table[0]                    ? member->table
            : member->dialect != DIALECT_NATIVE ? dialects[member->dialect].name
                                                : "-",
            member->retired ? "retired" : "enrolled", at, member->by);
}

static void put_list(const struct roster *roster, bool json, struct buf *out)
{
    bool first = true;

    if (json)
        buf_puts(out, "[");
    for (uint32_t i = 0; i < roster->count; i++) {
        const struct member *member = &roster->members[i];

        if (member->kind == MEMBER_HUB || member->past)
            continue;
        if (json && !first)
            buf_puts(out, ",\n ");
        (json ? put_json : put_line)(member, out);
        first = false;
    }
    if (json)
        buf_puts(out, "]\n");
}

static int print_list(const struct asked *asked)
{
    struct fault fault = { 0 };
    struct roster roster;
    struct buf out;
    enum err err = roster_open(&roster, asked->config.data.dir);

    if (err != ERR_OK) {
        fault_set(&fault, err, NULL, NULL);
        return fail(&fault);
    }
    buf_init(&out, LIST_BYTES);
    put_list(&roster, asked->json, &out);
    roster_close(&roster);
    return command_print(&out);
}

/* --- the end of one --- */

static int retire(struct asked *asked)
{
    struct fault fault = { 0 };
    struct buf out;

    asked->enrolment.id = asked->retire;
    if (enrol_retire(&asked->enrolment, &fault) != ERR_OK)
        return fail(&fault);
    buf_init(&out, OUT_BYTES);
    if (asked->json)
        buf_printf(&out, "{\"id\":\"%s\",\"site\":\"%s\",\"retired\":true}\n",
                asked->retire, asked->enrolment.site);
    else
        buf_printf(&out, "%s is retired\n", asked->retire);
    return command_print(&out);
}

/* --- files for another broker --- */

static int export_to(const struct asked *asked)
{
    struct fault fault = { 0 };
    enum err err = export_files(
            asked->config.data.dir, &asked->place.sites, asked->export_to);

    if (err != ERR_OK) {
        fault_set(&fault, err, NULL, NULL);
        return fail(&fault);
    }
    printf("%s: passwd, acl, mosquitto.conf, hub.password\n", asked->export_to);
    return EX_OK;
}

/* --- which of these? --- */

static int enrol_one(struct asked *asked, int count, char **words)
{
    if (count != 2)
        return command_usage("enrol", "wants KIND and ID");
    if (asked->dialect && *asked->config.mqtt.url)
        return command_usage("enrol",
                "--dialect is for the daemon's own broker; with mqtt.url set "
                "mqtt.dialects");
    if (asked->ttl && !asked->claim)
        return command_usage("enrol", "--ttl is for --claim");
    asked->enrolment.kind = words[0];
    asked->enrolment.id = words[1];
    asked->enrolment.table = asked->table;
    asked->enrolment.dialect = asked->dialect;
    return asked->claim ? make_code(asked) : make_credential(asked);
}

static int run(struct asked *asked, int count, char **words)
{
    int others =
            asked->list + (asked->retire != NULL) + (asked->export_to != NULL);
    bool about_one =
            asked->claim || asked->ttl || asked->table || asked->dialect;

    if (others == 0)
        return enrol_one(asked, count, words);
    if (others > 1 || count > 0 || about_one)
        return command_usage("enrol", "--list, --retire ID and --export DIR "
                                      "each stand alone");
    return asked->list     ? print_list(asked)
           : asked->retire ? retire(asked)
                           : export_to(asked);
}

int command_enrol(int argc, char **argv)
{
    struct asked asked = { .json = false };
    const struct command_option own[] = {
        { "table", "ID", "let a pager hear this table only", NULL,
                &asked.table },
        { "dialect", "NAME", "hear a producer in this dialect's words", NULL,
                &asked.dialect },
        { "claim", NULL, "print a code, with which it is fetched once",
                &asked.claim, NULL },
        { "ttl", "TIME", "how long the code is good; 15m", NULL, &asked.ttl },
        { "retire", "ID", "end a credential, and its connection", NULL,
                &asked.retire },
        { "list", NULL, "print who is enrolled", &asked.list, NULL },
        { "export", "DIR", "write files for a Mosquitto of your own", NULL,
                &asked.export_to },
        { "json", NULL,
                "print JSON: {\"client_id\",\"username\",\"password\","
                "\"site\",\"id\",\"dialect\"}",
                &asked.json, NULL },
    };
    int first, code = command_read_at("enrol", argc, argv, own,
                       sizeof(own) / sizeof(own[0]), &asked.config,
                       &asked.place, &first);
    struct fault fault = { 0 };

    if (code != COMMAND_GO_ON)
        return code;
    asked.enrolment = (struct enrolment){ .sites = &asked.place.sites,
        .site = asked.place.site,
        .data_dir = asked.config.data.dir,
        .by = who(),
        .now_ms = command_now_ms() };
    if (command_make_dir(asked.config.data.dir) != ERR_OK) {
        fault_set(&fault, ERR_IO, NULL, NULL);
        return fail(&fault);
    }
    return run(&asked, argc - first, argv + first);
}
