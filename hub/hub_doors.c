/* Who may be here still: asked of each who speaks, and of each listener again
 * after whatever may have taken its right away. */
#include <string.h>

#include "hub/base/log.h"
#include "hub/evt/about.h"
#include "hub/hub_parts.h"

#define REFUSALS_LOGGED 10 /* so many in so long a time */
#define REFUSALS_MS     10000

/* --- may it enter? --- */

static bool is_barred(const struct hub *hub, const struct principal *who)
{
    if (who->expires_at_ms != 0 && hub->now_ms >= who->expires_at_ms)
        return true;
    return state_is_revoked(&hub->state, who);
}

enum err hub_may_enter(const struct hub *hub, const struct principal *who)
{
    uint64_t seq;

    if (who->roles & ROLE_HUB)
        return ERR_OK;
    return is_barred(hub, who) || state_is_over(&hub->state, who, &seq)
                   ? ERR_UNAUTHORIZED
                   : ERR_OK;
}

/* --- may it stay? --- */

/* What is derived takes nothing that its cause has not taken. */
void hub_note_taken(struct hub *hub, const struct evt *evt)
{
    if (evt_kinds[evt->what].takes && ulid_is_none(&evt->cause))
        hub->taken = evt->seq;
}

static bool is_until(const void *context, struct lane_slot *slot)
{
    return slot->evt->seq <= *(const uint64_t *)context;
}

/* Guests are told that it is over, and what was before. What they have not
 * read of the journal by now they are not given. */
static void say_goodbye(
        struct hub *hub, struct hub_client *client, uint64_t until)
{
    lane_filter(&client->lane, is_until, &until);
    client->is_leaving = true;
    client->is_live = true;
    if (client->lane.count == 0)
        hub_give_up(hub, client, ERR_UNAUTHORIZED);
    else
        hub_wake_later(hub, client);
}

/* Who was here before the end is of that sitting, whatever the clock said when
 * its token was made: it may have been set back since. */
static bool is_over(
        const struct hub *hub, const struct hub_client *client, uint64_t *seq)
{
    const struct principal *who = &client->principal;
    const Dw__Sitting *sitting;

    if (state_is_over(&hub->state, who, seq))
        return true;
    sitting = (who->roles & ROLE_TABLE) ? state_sitting(&hub->state, who->table)
                                        : NULL;
    if (!sitting || (uint64_t)sitting->ended_seq <= client->shown_seq)
        return false;
    *seq = (uint64_t)sitting->ended_seq;
    return true;
}

void hub_look_again(struct hub *hub, struct hub_client *client)
{
    const struct principal *who = &client->principal;
    uint64_t seq;

    client->looked_at = hub->taken;
    if (client->state != ERR_OK || client->is_leaving ||
            (who->roles & ROLE_HUB))
        return;
    if (is_barred(hub, who))
        hub_give_up(hub, client, ERR_UNAUTHORIZED);
    else if (is_over(hub, client, &seq))
        say_goodbye(hub, client, seq);
    else
        hub_leave_closed(hub, client);
}

/* By the wall clock, or, if that was set back since, by what has passed. */
static bool is_late(const struct hub *hub, const struct hub_client *client)
{
    int64_t ends_ms = client->principal.expires_at_ms;
    int64_t set_ms = steady_set(&hub->steady) - client->set_ms;

    return ends_ms != 0 && hub->now_ms - (set_ms < 0 ? set_ms : 0) >= ends_ms;
}

enum err hub_admits(struct hub *hub, struct hub_client *client)
{
    if (client->looked_at != hub->taken)
        hub_look_again(hub, client);
    if (client->state == ERR_OK && is_late(hub, client))
        hub_give_up(hub, client, ERR_UNAUTHORIZED);
    if (client->state != ERR_OK)
        return client->state;
    return client->is_leaving ? ERR_UNAUTHORIZED : ERR_OK;
}

enum err hub_readmit(struct hub *hub, struct hub_client *client,
        const struct principal *principal)
{
    if (hub_admits(hub, client) != ERR_OK ||
            hub_may_enter(hub, principal) != ERR_OK)
        return ERR_UNAUTHORIZED;
    if (strcmp(client->principal.subject, principal->subject) != 0)
        return ERR_FORBIDDEN;
    client->principal = *principal;
    client->set_ms = steady_set(&hub->steady);
    client->shown_seq = hub->head;
    hub_leave_closed(hub, client);
    hub_filter_lane(client);
    hub_live_change(hub, client);
    return ERR_OK;
}

/* --- whose is it? --- */

bool hub_is_of_others(const struct hub *hub, const struct hub_client *client,
        const struct evt *evt)
{
    const Dw__Ended *ended;
    const char *order;

    if (!state_are_guests(client->principal.roles))
        return false;
    order = about_order(evt->body);
    ended = order ? state_order_ended(&hub->state, order) : NULL;
    return ended && evt->seq > (uint64_t)ended->ended_seq;
}

bool hub_is_before(const struct hub *hub, const struct hub_client *client,
        const struct evt *evt)
{
    const struct principal *who = &client->principal;
    const Dw__Sitting *sitting;

    if (!state_are_guests(who->roles))
        return false;
    sitting = state_sitting(&hub->state, who->table);
    return sitting && (evt->seq <= (uint64_t)sitting->ended_seq ||
                              evt->seq < (uint64_t)sitting->began_seq);
}

/* --- refused --- */

void hub_log_refusal(struct hub *hub, const struct principal *who,
        const char *did, const char *what, enum err err)
{
    int64_t passed_ms = hub->now_ms - hub->refused.since_ms;
    char subject[LOG_QUOTE_BYTES];

    if (passed_ms >= REFUSALS_MS || passed_ms < 0) {
        if (hub->refused.count > REFUSALS_LOGGED)
            log_info("hub: %u more refusals are not in the log",
                    hub->refused.count - REFUSALS_LOGGED);
        hub->refused.since_ms = hub->now_ms;
        hub->refused.count = 0;
    }
    if (hub->refused.count++ < REFUSALS_LOGGED)
        log_info("hub: %s may not %s %s: %s", log_quote(who->subject, subject),
                did, what, err_kinds[err].text);
}
