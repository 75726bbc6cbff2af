/*
 * POST /api/link {"link"}: the code of a link becomes a token, once.
 *
 * That it has been used is kept, by the id of the code, for longer than the
 * code is good, and is on disk before the answer leaves. Whatever is wrong
 * with a code, the answer is that of any bad token.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/auth.h"
#include "bridge/dialect/dialect.h"
#include "bridge/ws/http.h"
#include "bridge/ws/server.h"
#include "hub/base/count.h"

#define NAME "link/" /* what is kept is called this and the code's id */

/* A clock that is set back by less finds the code used, one that is set back
 * by more finds it not made yet. */
#define SLACK_MS (LIFE_LINK_MS + 60000)
#define KEPT_MS  (SLACK_MS + LIFE_LINK_MS + 60000)

static void refuse(struct conn *conn, enum err err)
{
    struct fault fault;

    fault_set(&fault, err, NULL, NULL);
    count_refused(err);
    http_answer_fault(conn, &fault);
}

static void name_of(
        const struct principal *principal, char out[KEEP_NAME_CHARS + 1])
{
    snprintf(out, KEEP_NAME_CHARS + 1, NAME "%.*s",
            (int)(KEEP_NAME_CHARS - strlen(NAME)), principal->token_id);
}

/* Used from here on; whether for good is known after the commit. */
static enum err burn(struct hub *hub, const char *name, int64_t now_ms)
{
    static char holder;
    enum err err = hub_keep(hub, name, "1", 1, KEPT_MS, &holder);

    if (err == ERR_OK)
        hub_let_go(hub, name, 0, now_ms - SLACK_MS);
    return err;
}

static void say_token(struct conn *conn, const char *token, int64_t ends_ms)
{
    char ends[ISO_CHARS + 1];
    struct buf body;

    dialect_print_time(ends_ms / 1000 * 1000, ends);
    buf_init(&body, AUTH_TOKEN_CHARS + 256);
    buf_puts(&body, "{\"token\":");
    buf_put_json(&body, token);
    buf_printf(&body, ",\"expiresAt\":\"%s\"}", ends);
    http_answer_json(conn, 200, &body);
    if (body.data)
        explicit_bzero(body.data, body.len);
    buf_finish(&body);
}

/* Is it on disk that the code has been used? If not it has not been. */
static bool is_burned(struct hub *hub, const struct principal *who)
{
    char name[KEEP_NAME_CHARS + 1];
    struct hub_kept kept;

    name_of(who, name);
    if (hub_kept(hub, name, wall_ms(), &kept) && kept.is_stored)
        return true;
    hub_unkeep(hub, name);
    return false;
}

/* It has the code's id: who takes back the one takes back the other. */
static void make_token(struct conn *conn)
{
    const struct principal *who = &conn->principal;
    char *token = auth_mint(conn->ws->auth, conn->site->name, who, wall_ms());

    if (token)
        say_token(conn, token, who->expires_at_ms);
    else
        refuse(conn, ERR_NO_MEMORY);
    free(token);
}

/* After the commit; conn->principal is who the token is for. What this turn
 * has taken from the code it has not taken from a token made now. */
static void answer(struct conn *conn)
{
    const struct principal *who = &conn->principal;
    struct hub *hub = conn->request->hub;

    if (conn->request->answer.len)
        return;
    if (!is_burned(hub, who))
        refuse(conn, ERR_UNAVAILABLE);
    else if (hub_may_enter(hub, who) != ERR_OK)
        refuse(conn, ERR_UNAUTHORIZED);
    else
        make_token(conn);
}

/* Whose is it, if it is good and was not used? */
static enum err identify(struct conn *conn, const char *code, int64_t now_ms)
{
    struct principal who;
    const struct ws_site *site = NULL;
    char kept_name[KEEP_NAME_CHARS + 1];
    struct hub_kept kept;
    const char *name;
    int64_t life_ms;

    if (conn->ws->auth && auth_check_link(conn->ws->auth, code, now_ms, &who,
                                  &name, &life_ms) == ERR_OK)
        site = ws_find_site(conn->ws, name);
    if (!site || hub_may_enter(site->hub, &who) != ERR_OK)
        return ERR_UNAUTHORIZED;
    name_of(&who, kept_name);
    if (hub_kept(site->hub, kept_name, now_ms, &kept))
        return ERR_UNAUTHORIZED;
    who.expires_at_ms = now_ms + life_ms;
    conn->principal = who;
    conn->site = site;
    conn->request->hub = site->hub;
    return ERR_OK;
}

void link_run(struct conn *conn)
{
    const struct buf *body = &conn->request->body;
    char code[AUTH_TOKEN_CHARS + 1], name[KEEP_NAME_CHARS + 1];
    int64_t now_ms = wall_ms();
    enum err err = ERR_UNAUTHORIZED;

    conn_be_nobody(conn);
    if (dialect_read_member(body->data, body->len, "link", code, sizeof(code)))
        err = identify(conn, code, now_ms);
    if (err == ERR_OK) {
        name_of(&conn->principal, name);
        err = burn(conn->request->hub, name, now_ms);
    }
    explicit_bzero(code, sizeof(code));
    if (err == ERR_OK)
        http_hold(conn, answer);
    else
        refuse(conn, err);
}
