#include "bridge/mqtt/claim_desk.h"

#include <string.h>

#include "bridge/mqtt/enrol.h"
#include "hub/base/log.h"

#define MINUTE_MS 60000

static bool is_too_often(struct claim_desk *desk, int64_t now_ms)
{
    int64_t age_ms = now_ms - desk->minute_ms;

    if (age_ms < 0 || age_ms >= MINUTE_MS) {
        desk->minute_ms = now_ms;
        desk->tries = 0;
    }
    return desk->tries++ >= CLAIM_TRIES;
}

/* Ids and passwords have nothing that JSON would want escaped. */
static void put_answer(const struct claim_desk *desk,
        const struct member *member, const struct credential *credential,
        struct buf *out)
{
    buf_printf(out,
            "{\"client_id\":\"%s\",\"username\":\"%s\",\"password\":\"%s\","
            "\"site\":\"%s\",\"id\":\"%s\",\"kind\":\"%s\",",
            credential->client_id, credential->client_id, credential->password,
            member->site, member_topic_id(member),
            member_kinds[member->kind].name);
    if (member->table[0])
        buf_printf(out, "\"table\":\"%s\",", member->table);
    buf_puts(out, "\"mqtt\":{");
    if (desk->host[0])
        buf_printf(out, "\"host\":\"%s\",", desk->host);
    buf_printf(out, "\"port\":%u,\"tls\":%s}}", desk->port,
            desk->tls ? "true" : "false");
}

enum err claim_desk_ask(struct claim_desk *desk, const char *code,
        int64_t now_ms, struct buf *answer)
{
    struct credential credential = { 0 };
    struct member member;
    enum err err;

    if (is_too_often(desk, now_ms))
        return ERR_RATE;
    err = enrol_take_code(desk->data_dir, code, now_ms, &member, &credential);
    if (err == ERR_CONFLICT || err == ERR_LIMIT)
        log_warn("enrolled: the code for %s was spent in vain: %s",
                member.login, err_kinds[err].text);
    if (err == ERR_OK) {
        log_info("enrolled: %s has fetched its credential", member.login);
        put_answer(desk, &member, &credential, answer);
    }
    explicit_bzero(&credential, sizeof(credential));
    return err == ERR_NOT_FOUND || err == ERR_CONFLICT || err == ERR_LIMIT
                   ? ERR_FORBIDDEN
                   : err;
}
