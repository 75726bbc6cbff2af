#include "bridge/mqtt/topics.h"

#include <stdio.h>
#include <string.h>

const struct topic_row topic_rows[TOPIC_COUNT] = {
#define TOPIC(id, ...) [TOPIC_##id] = { __VA_ARGS__ },
#include "bridge/mqtt/topics.def"
#undef TOPIC
};

/* Step over `word` and the slash behind it. */
static bool skip_level(const char **at, const char *word)
{
    size_t len = strlen(word);

    if (strncmp(*at, word, len) != 0 || (*at)[len] != '/')
        return false;
    *at += len + 1;
    return true;
}

/* Take an id and step over the slash behind it. */
static bool take_id(const char **at, char id[ID_CHARS + 1])
{
    const char *slash = strchr(*at, '/');
    size_t len = slash ? (size_t)(slash - *at) : 0;

    if (!slash || !id_is_valid(*at, len))
        return false;
    memcpy(id, *at, len);
    id[len] = '\0';
    *at = slash + 1;
    return true;
}

/* The last level of in/<client>/<event>: a name in anybody's words. */
static bool take_event(const char *at, char event[TOPIC_EVENT_CHARS + 1])
{
    size_t len = strlen(at);

    if (len < 1 || len > TOPIC_EVENT_CHARS ||
            strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "0123456789_-.:") != len)
        return false;
    memcpy(event, at, len + 1);
    return true;
}

/* Which of the topics dev/$i/<leaf> that the hub hears? */
static bool take_leaf(const char *at, enum topic_kind *kind)
{
    static const char head[] = "dev/$i/";

    for (int i = 0; i < TOPIC_COUNT; i++) {
        const char *path = topic_rows[i].path;

        if (topic_rows[i].filter &&
                strncmp(path, head, sizeof(head) - 1) == 0 &&
                strcmp(path + sizeof(head) - 1, at) == 0) {
            *kind = (enum topic_kind)i;
            return true;
        }
    }
    return false;
}

bool topic_parse(const char *site, const char *text, struct topic *topic)
{
    struct topic found = { .kind = TOPIC_IN };
    const char *at = text;
    bool ok = strnlen(text, TOPIC_CHARS + 1) <= TOPIC_CHARS &&
              skip_level(&at, "dw") && skip_level(&at, "1") &&
              skip_level(&at, site);

    if (ok && skip_level(&at, "in"))
        ok = take_id(&at, found.client) && take_event(at, found.event);
    else if (ok && skip_level(&at, "dev"))
        ok = take_id(&at, found.client) && take_leaf(at, &found.kind);
    else
        ok = false;
    if (ok)
        *topic = found;
    return ok;
}

bool topic_print(const char *site, const char *rest, char out[TOPIC_CHARS + 1])
{
    int len = snprintf(out, TOPIC_CHARS + 1, "dw/1/%s/%s", site, rest);

    return len > 0 && len <= TOPIC_CHARS;
}

bool topic_print_room(const char *site, const char *encoding,
        const struct room *room, char out[TOPIC_CHARS + 1])
{
    char text[ROOM_CHARS + 1];
    int len;

    room_print(room, text);
    len = snprintf(out, TOPIC_CHARS + 1, "dw/1/%s/%s/%s", site, encoding, text);
    return len > 0 && len <= TOPIC_CHARS;
}

bool topic_print_id(const char *site, const char *head, const char *id,
        const char *tail, char out[TOPIC_CHARS + 1])
{
    int len = snprintf(
            out, TOPIC_CHARS + 1, "dw/1/%s/%s/%s%s", site, head, id, tail);

    return len > 0 && len <= TOPIC_CHARS;
}
