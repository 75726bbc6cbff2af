#include "bridge/submit/authority.h"

#include <string.h>

#include "bridge/dialect/command.h"
#include "hub/base/count.h"
#include "hub/evt/body.h"

enum authority authority_find(const char *word)
{
    return strcmp(word, "backend") == 0 ? AUTHORITY_BACKEND : AUTHORITY_HUB;
}

bool authority_is_command(
        enum authority mode, const struct principal *from, enum evt_id what)
{
    return mode == AUTHORITY_BACKEND && evt_kinds[what].command &&
           !(from->roles & (ROLE_BACKEND | ROLE_POS));
}

static enum err make_command(struct hub *hub,
        const struct submission *submission, ProtobufCMessage **command,
        struct fault *fault)
{
    enum err err = hub_may_say(
            hub, submission->from, submission->what, submission->body, fault);

    if (err != ERR_OK)
        return err;
    err = dialect_make_command(
            submission->from, submission->what, submission->body, command);
    if (err == ERR_NO_MEMORY)
        err = ERR_UNAVAILABLE;
    return err == ERR_OK ? ERR_OK : fault_set(fault, err, NULL, NULL);
}

enum err authority_submit(struct hub *hub, enum authority mode,
        const struct submission *submission, int64_t now_ms,
        struct fault *fault)
{
    struct submission command = *submission;
    struct principal speaker = *submission->from;
    enum err err;

    if (!authority_is_command(mode, submission->from, submission->what))
        return hub_submit(hub, submission, now_ms, fault);
    *fault = (struct fault){ 0 };
    err = make_command(hub, submission, &command.body, fault);
    body_free(submission->body);
    if (err != ERR_OK) {
        count_refused(err);
        return err;
    }
    /* Only the hub may say that something is requested; the key and the
     * source of the event stay those of whoever asks. */
    speaker.roles = ROLE_HUB;
    command.from = &speaker;
    command.what = EVT_COMMAND_REQUESTED;
    return hub_submit(hub, &command, now_ms, fault);
}
