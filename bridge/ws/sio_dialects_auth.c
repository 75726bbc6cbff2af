/* Who comes in: by a token of ours, by a session's, or by a profile. */
#include <stdio.h>
#include <string.h>

#include "bridge/auth.h"
#include "bridge/ws/server.h"
#include "bridge/ws/sio_dialects_parts.h"
#include "hub/base/count.h"
#include "hub/hub.h"

/* Nobody can be called that: neither a token's subject that is an id, nor one
 * of the people that are there. */
#define NOBODY "(nobody)"

struct shown {
    char token[AUTH_TOKEN_CHARS + 1];
    char dialect[ID_CHARS + 1];
    char site[ID_CHARS + 1];
    bool wants_receipts;
};

static void read_auth(const char *auth, size_t len, struct shown *shown)
{
    dialect_read_member(auth, len, "token", shown->token, sizeof(shown->token));
    dialect_read_member(
            auth, len, "dialect", shown->dialect, sizeof(shown->dialect));
    dialect_read_member(auth, len, "site", shown->site, sizeof(shown->site));
    shown->wants_receipts = dialect_read_yes(auth, len, "receipts");
}

static enum err refuse(char *refusal, enum err err, const char *text)
{
    snprintf(refusal, SIO_REFUSAL_CHARS + 1, "%s", text);
    count_refused(err);
    count_add(COUNT_WS_REFUSED, 1);
    return err;
}

static enum err refuse_nobody(const struct sio_dialects *house,
        const struct entry *entry, char *refusal)
{
    const char *text = NULL;

    if (entry->dialect != DIALECT_COUNT)
        text = dialects[entry->dialect].auth_error;
    if (!text)
        text = dialects[house->refuse_as].auth_error;
    return refuse(refusal, ERR_UNAUTHORIZED, text);
}

/* The token that stands in `auth`, or else that of the handshake. */
static bool is_token_given(
        const char *token, const struct eio *eio, struct entry *entry)
{
    const struct principal *principal;
    bool given;

    if (*token) {
        ws_identify(eio_ws(eio), token, &entry->principal, &entry->site);
        return true;
    }
    principal = eio_principal(eio, &entry->site, &given);
    /* It may have been taken back since the handshake. */
    if (principal && hub_may_enter(entry->site->hub, principal) == ERR_OK)
        entry->principal = *principal;
    else
        entry->site = NULL;
    return given;
}

/* What guests may know, without their rights: it says nothing, and its view is
 * theirs. The role lets it into the room. */
static void be_nobody(struct entry *entry)
{
    entry->standing = BY_PROFILE;
    entry->principal.roles = ROLE_WAITER;
    snprintf(entry->principal.subject, sizeof(entry->principal.subject), "%s",
            NOBODY);
}

/* Without a token. False: it has to have one. */
static bool is_let_in(const struct sio_dialects *house, struct entry *entry)
{
    entry->principal = (struct principal){ 0 };
    if (entry->dialect == DIALECT_SESSION && house->session_tokens)
        entry->standing = BY_SESSION;
    else if (entry->dialect == DIALECT_FLAT && house->open_events)
        be_nobody(entry);
    else if ((entry->dialect == DIALECT_KDS ||
                     entry->dialect == DIALECT_COUNT) &&
             house->kds_autojoin)
        be_nobody(entry);
    else
        return false;
    return true;
}

/* Whoever has no token of a site says which one, or comes to the first. */
static const struct ws_site *site_of(const struct ws *ws, const char *name)
{
    return *name ? ws_find_site(ws, name) : &ws->sites[0];
}

enum err sio_enter(const struct sio_dialects *house, struct sio_socket *socket,
        const char *auth, size_t len, struct entry *entry, char *refusal)
{
    uint32_t spoken = sio_spoken(house->is_session_path, sio_nsp(socket));
    const struct eio *eio = sio_eio(socket);
    struct shown shown;

    *entry = (struct entry){ .standing = BY_TOKEN };
    if (!spoken)
        return refuse(refusal, ERR_NOT_FOUND, "Invalid namespace");
    read_auth(auth, len, &shown);
    if (!sio_choose(spoken, shown.dialect, &entry->dialect))
        return refuse(refusal, ERR_NOT_FOUND, "Invalid dialect");
    if (is_token_given(shown.token, eio, entry)) {
        entry->is_asked_for = shown.wants_receipts && sio_may_be_asked(entry);
        return entry->site ? ERR_OK : refuse_nobody(house, entry, refusal);
    }
    entry->site = site_of(eio_ws(eio), shown.site);
    if (!entry->site || !is_let_in(house, entry))
        return refuse_nobody(house, entry, refusal);
    return ERR_OK;
}

/* The sitting whose token a guest has shown besides stays its own. */
static void keep_session(
        const struct principal *before, struct principal *principal)
{
    if ((principal->roles & ROLE_TABLE) && !principal->session[0])
        memcpy(principal->session, before->session, sizeof(before->session));
}

enum err sio_enter_again(struct speaker *speaker, const char *auth, size_t len)
{
    struct entry *entry = &speaker->entry;
    char token[AUTH_TOKEN_CHARS + 1];
    struct principal principal;
    const struct ws_site *site;
    enum err err;

    if (entry->standing != BY_TOKEN ||
            !dialect_read_member(auth, len, "token", token, sizeof(token)))
        return ERR_UNAUTHORIZED;
    err = ws_identify(speaker->ws, token, &principal, &site);
    if (err == ERR_OK && site != entry->site)
        err = ERR_FORBIDDEN;
    if (err != ERR_OK)
        return err;
    keep_session(&entry->principal, &principal);
    err = hub_readmit(site->hub, speaker->client, &principal);
    if (err != ERR_OK)
        return err;
    entry->principal = principal;
    rate_change(&speaker->says, role_per_second(principal.roles),
            steady_ms(speaker->ws));
    sio_set_limits(speaker);
    speaker->is_changed = true;
    return ERR_OK;
}
