/* The menu, messages, notifications: what may happen, and what of it was not
 * given. */
#include "hub/validate_parts.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "hub/state.h"

/* --- whose --- */

bool board_is_own_message(
        const struct principal *from, const ProtobufCMessage *body)
{
    const Dw__Message *message =
            ((const Dw__MessageChanged *)(const void *)body)->message;
    const char *channel = body_text(body, "message.channel");
    const char *user = body_text(body, "message.user_id");
    const char *author = body_text(body, "message.author.id");

    return id_is_valid(from->subject, strlen(from->subject)) && channel &&
           (about_channel(channel) & ROOM_USER) &&
           (!user || strcmp(user, from->subject) == 0) &&
           (!author || strcmp(author, from->subject) == 0) &&
           !body_text(body, "message.id") && !message->pinned;
}

/* --- completed: the menu --- */

/* The whole item stands in it, as far as it is known. */
void board_complete_item(
        const struct statement *statement, const struct state *state)
{
    const char *id = body_text(statement->body, "id");
    const Dw__MenuItem *known = shelf_find(&state->menu, id);
    Dw__MenuItem *said = (void *)statement->body;
    ProtobufCMessage *whole;

    if (!known)
        return;
    whole = body_copy(&known->base);
    assert(whole);
    body_merge(whole, &said->base);
    body_merge(&said->base, whole);
    body_free(whole);
}

void board_complete_item_name(
        const struct statement *statement, const struct state *state)
{
    const char *id = body_text(statement->body, "id");
    const Dw__MenuItem *known = shelf_find(&state->menu, id);

    if (known)
        body_complete_text(statement->body, "name", known->name);
}

/* --- completed: messages --- */

static const Dw__Message *find_message(
        const struct state *state, const char *id)
{
    return id ? shelf_find(&state->messages, id) : NULL;
}

static void complete_author(
        const struct statement *statement, Dw__Message *message)
{
    const char *subject = statement->from->subject;

    if (message->author || !id_is_valid(subject, strlen(subject)))
        return;
    message->author = (void *)body_new(&dw__person__descriptor);
    assert(message->author);
    body_set_string(&message->author->id, subject);
}

void board_complete_message(
        const struct statement *statement, const struct state *state)
{
    Dw__Message *message =
            ((Dw__MessageChanged *)(void *)statement->body)->message;
    char id[ID_CHARS + 1];

    validate_make_id(statement, &state->messages, "m", id);
    body_complete_text(&message->base, "id", id);
    body_complete_text(&message->base, "channel", "board");
    complete_author(statement, message);
    if (validate_is_of_own(statement)) /* it is known whose it is */
        body_complete_text(&message->base, "user_id", statement->from->subject);
    body_complete_moment(&message->base, "created_at_ms",
            statement->now_ms - VALIDATE_OLDEST_MS, statement->now_ms);
    message->has_pinned = 1; /* it is not, unless it was said */
}

/* What was said over what is known; in which channel it is, whose it is and
 * who wrote it stays. */
static Dw__Message *message_with(
        const Dw__Message *known, const Dw__Message *said)
{
    Dw__Message *message = (void *)body_copy(&known->base);

    assert(message);
    if (said->text)
        body_set_string(&message->text, said->text);
    if (said->has_pinned) {
        message->pinned = said->pinned;
        message->has_pinned = 1;
    }
    return message;
}

void board_complete_message_changed(
        const struct statement *statement, const struct state *state)
{
    Dw__MessageChanged *changed = (void *)statement->body;
    const Dw__Message *known = find_message(state, changed->message->id);
    Dw__Message *message;

    if (!known)
        return;
    message = message_with(known, changed->message);
    if (statement->what == EVT_MESSAGE_UPDATED) {
        message->edited_at_ms = statement->now_ms;
        message->has_edited_at_ms = 1;
    } else if (!changed->message->has_pinned) {
        message->pinned = 1;
        message->has_pinned = 1;
    }
    body_free(&changed->message->base);
    changed->message = message;
}

void board_complete_message_deleted(
        const struct statement *statement, const struct state *state)
{
    Dw__MessageDeleted *deleted = (void *)statement->body;
    const Dw__Message *known = find_message(state, deleted->id);

    if (!known)
        return;
    body_set_string(&deleted->channel, known->channel);
    if (known->user_id)
        body_set_string(&deleted->user_id, known->user_id);
}

void board_complete_notice(
        const struct statement *statement, const struct state *state)
{
    Dw__Notice *notice = (void *)statement->body;
    char id[ID_CHARS + 1];

    (void)state;
    snprintf(id, sizeof(id), "n%llu", (unsigned long long)statement->seq);
    body_complete_text(&notice->base, "id", id);
    if (!notice->has_level)
        notice->level = DW__LEVEL__LEVEL_INFO;
    notice->has_level = 1;
    body_complete_moment(&notice->base, "created_at_ms",
            statement->now_ms - VALIDATE_OLDEST_MS, statement->now_ms);
}

/* --- possible --- */

static enum err is_missing(struct fault *fault, const char *field)
{
    return fault_set(fault, ERR_MISSING_FIELD, field, "is missing");
}

/* Is the word that says to whom it goes one that is known? */
static enum err has_known_word(const struct statement *statement,
        const char *field, struct fault *fault)
{
    if (about_rooms(statement->what, statement->body) != 0)
        return ERR_OK;
    return fault_set(fault, ERR_OUT_OF_RANGE, field, "is not one of the words");
}

enum err board_may_write(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__Message *message =
            ((const Dw__MessageChanged *)(const void *)statement->body)
                    ->message;
    enum err err = has_known_word(statement, "message.channel", fault);

    if (err != ERR_OK)
        return err;
    if (!message->text)
        return is_missing(fault, "message.text");
    if ((about_channel(message->channel) & ROOM_USER) && !message->user_id)
        return is_missing(fault, "message.userId");
    if (find_message(state, message->id))
        return fault_set(fault, ERR_CONFLICT, "message.id",
                "message %s is known already", message->id);
    return ERR_OK;
}

enum err board_may_change_message(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const char *id = body_text(statement->body, "message.id");

    if (!id)
        return is_missing(fault, "message.id");
    if (!find_message(state, id))
        return fault_set(
                fault, ERR_NOT_FOUND, "message.id", "there is no such message");
    return ERR_OK;
}

enum err board_may_delete_message(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    if (find_message(state, body_text(statement->body, "id")))
        return ERR_OK;
    return fault_set(fault, ERR_NOT_FOUND, "id", "there is no such message");
}

enum err board_may_delete_messages(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    (void)state;
    return has_known_word(statement, "channel", fault);
}

enum err board_may_notify(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    (void)state;
    if (!body_text(statement->body, "user_id") &&
            !body_text(statement->body, "role"))
        return fault_set(fault, ERR_MISSING_FIELD, "userId",
                "says neither to which user nor to which role");
    return has_known_word(statement, "role", fault);
}
