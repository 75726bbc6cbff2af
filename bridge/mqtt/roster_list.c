/* The list as text: one object a line, strings only, in one order. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/mqtt/roster.h"
#include "schemas/dialects.h"

#define WORD_CHARS  15 /* kinds and dialects */
#define STAMP_CHARS 18 /* digits of a moment */

#define STAR_MAC_DIGITS 12

bool member_kind_is_open(enum member_id kind)
{
    return kind != MEMBER_HUB && kind < MEMBER_COUNT;
}

bool member_kind_speaks(enum member_id kind)
{
    return kind == MEMBER_PRODUCER;
}

const char *member_topic_id(const struct member *member)
{
    const char *dot = strchr(member->login, '.');

    return dot ? dot + 1 : member->login;
}

const char *member_star_mac(const char *id)
{
    const char *dash = strrchr(id, '-');

    return dash && dash > id && strlen(dash + 1) == STAR_MAC_DIGITS &&
                           strspn(dash + 1, "0123456789abcdef") ==
                                   STAR_MAC_DIGITS
                   ? dash + 1
                   : NULL;
}

/* --- out --- */

void member_put(const struct member *member, struct buf *out)
{
    buf_printf(out,
            "{\"id\":\"%s\",\"kind\":\"%s\",\"site\":\"%s\",\"table\":\"%s\",",
            member->login, member_kinds[member->kind].name, member->site,
            member->table);
    if (member->dialect != DIALECT_NATIVE)
        buf_printf(out, "\"dialect\":\"%s\",", dialects[member->dialect].name);
    if (member->at_ms)
        buf_printf(out, "\"by\":\"%s\",\"at\":\"%" PRId64 "\",", member->by,
                member->at_ms);
    if (member->retired)
        buf_puts(out, "\"retired\":\"yes\",");
    if (member->past)
        buf_puts(out, "\"past\":\"yes\",");
    buf_printf(out, "\"hash\":\"%s\"}", member->hash);
}

void roster_put_json(const struct roster *roster, struct buf *out)
{
    buf_puts(out, "[\n");
    for (uint32_t i = 0; i < roster->count; i++) {
        member_put(&roster->members[i], out);
        buf_puts(out, i + 1 < roster->count ? ",\n" : "\n");
    }
    buf_puts(out, "]\n");
}

/* --- in --- */

/* What is still to be read of a line. */
struct line {
    const char *at, *end;
};

/* Step over `word`, if the text goes on with it. */
static bool skip(struct line *line, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(line->end - line->at) < len ||
            memcmp(line->at, word, len) != 0)
        return false;
    line->at += len;
    return true;
}

/* Copy what stands before the next quote, which has no escapes. */
static bool take(struct line *line, char *out, size_t size)
{
    const char *quote = memchr(line->at, '"', (size_t)(line->end - line->at));
    size_t len = quote ? (size_t)(quote - line->at) : size;

    if (len >= size)
        return false;
    memcpy(out, line->at, len);
    out[len] = '\0';
    line->at = quote + 1;
    return true;
}

/* `head`, which opens a string, and that string. */
static bool read_text(
        struct line *line, const char *head, char *out, size_t size)
{
    return skip(line, head) && take(line, out, size);
}

static bool read_kind(struct line *line, enum member_id *kind)
{
    char name[WORD_CHARS + 1];

    if (!read_text(line, ",\"kind\":\"", name, sizeof(name)))
        return false;
    *kind = member_kind_find(name);
    return *kind != MEMBER_COUNT;
}

/* Where there is none, it is our own. */
static bool read_dialect(struct line *line, enum dialect_id *dialect)
{
    char name[WORD_CHARS + 1];

    *dialect = DIALECT_NATIVE;
    if (!skip(line, ",\"dialect\":\""))
        return true;
    if (!take(line, name, sizeof(name)))
        return false;
    *dialect = dialect_find(name);
    return *dialect != DIALECT_COUNT;
}

/* By whom and when; lists of earlier days do not say. */
static bool read_change(struct line *line, struct member *member)
{
    char stamp[STAMP_CHARS + 1];

    if (!skip(line, ",\"by\":\""))
        return true;
    if (!take(line, member->by, sizeof(member->by)) ||
            !read_text(line, ",\"at\":\"", stamp, sizeof(stamp)) || !stamp[0] ||
            stamp[strspn(stamp, "0123456789")])
        return false;
    member->at_ms = (int64_t)strtoll(stamp, NULL, 10);
    member->retired = skip(line, ",\"retired\":\"yes\"");
    member->past = skip(line, ",\"past\":\"yes\"");
    return member->at_ms > 0;
}

static bool is_hash(const char *text)
{
    return text[strspn(text, "$+/=0123456789abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

static bool is_id(const char *text)
{
    return id_is_valid(text, strlen(text));
}

/* "<id>", or "<site>.<id>" of that very site. */
static bool login_is_sound(const struct member *member)
{
    const char *id = member_topic_id(member);
    size_t len = (size_t)(id - member->login);

    return is_id(id) && (len == 0 || (strlen(member->site) == len - 1 &&
                                             memcmp(member->login, member->site,
                                                     len - 1) == 0));
}

static bool member_is_sound(const struct member *member)
{
    return login_is_sound(member) && is_id(member->site) &&
           (!member->table[0] || is_id(member->table)) &&
           (!member->by[0] || is_id(member->by)) &&
           (member->dialect == DIALECT_NATIVE ||
                   member_kind_speaks(member->kind)) &&
           is_hash(member->hash);
}

bool member_parse(const char *text, size_t len, struct member *member)
{
    struct line line = { text, text + len };
    struct member m = { 0 };

    if (!read_text(&line, "{\"id\":\"", m.login, sizeof(m.login)) ||
            !read_kind(&line, &m.kind) ||
            !read_text(&line, ",\"site\":\"", m.site, sizeof(m.site)) ||
            !read_text(&line, ",\"table\":\"", m.table, sizeof(m.table)) ||
            !read_dialect(&line, &m.dialect) || !read_change(&line, &m) ||
            !read_text(&line, ",\"hash\":\"", m.hash, sizeof(m.hash)) ||
            !skip(&line, "}"))
        return false;
    skip(&line, ",");
    if (line.at != line.end || !member_is_sound(&m))
        return false;
    *member = m;
    return true;
}
