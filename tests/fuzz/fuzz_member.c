/*
 * A line of the broker's list of members, which may have come by hand: what
 * is read is written again as the same, and makes no line in the broker's
 * files but its own.
 */
#include <assert.h>
#include <stdbool.h>

#include "bridge/mqtt/roster.h"

static const char *const samples[] = {
    ("{\"id\":\"pager-5\",\"kind\":\"pager\",\"site\":\"main\",\"table\":\"5\","
     "\"hash\":\"$7$101$c2FsdA==$aGFzaA==\"}"),
    ("{\"id\":\"harbour.till\",\"kind\":\"producer\",\"site\":\"harbour\","
     "\"table\":\"\",\"dialect\":\"kds\",\"by\":\"ana\",\"at\":"
     "\"1769882645123\","
     "\"hash\":\"$7$101$c2FsdA==$aGFzaA==\"},"),
    ("{\"id\":\"pr1\",\"kind\":\"printer\",\"site\":\"main\",\"table\":\"\","
     "\"by\":\"\",\"at\":\"7\",\"retired\":\"yes\",\"past\":\"yes\","
     "\"hash\":\"\"}"),
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

#include "tests/fuzz/samples.h"

#define FILE_BYTES (256 * 1024)

static bool is_id_or_nothing(const char *text)
{
    return !text[0] || id_is_valid(text, strlen(text));
}

static void check(const struct member *member)
{
    assert(id_is_valid(
            member_topic_id(member), strlen(member_topic_id(member))));
    assert(id_is_valid(member->site, strlen(member->site)));
    assert(is_id_or_nothing(member->table) && is_id_or_nothing(member->by));
    assert(member->kind < MEMBER_COUNT && member->dialect < DIALECT_COUNT);
    for (const char *c = member->hash; *c; c++)
        assert(*c > 0x20 && *c < 0x7F && *c != ':' && *c != '"');
}

static void check_again(const struct member *member)
{
    struct member again;
    struct buf line;

    buf_init(&line, FILE_BYTES);
    member_put(member, &line);
    assert(!memchr(line.data, '\n', line.len));
    assert(member_parse(line.data, line.len, &again));
    assert(strcmp(again.login, member->login) == 0);
    assert(strcmp(again.site, member->site) == 0);
    assert(strcmp(again.hash, member->hash) == 0);
    assert(again.kind == member->kind && again.retired == member->retired);
    buf_finish(&line);
}

/* Each line begins with one of these, and has nothing but names. */
static void check_acl(const struct buf *acl, const char *login)
{
    const char *at = acl->data, *end = at + acl->len;
    size_t users = 0;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));

        assert(stop);
        for (const char *c = at; c < stop; c++)
            assert(strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                          "0123456789_-./+#$ ",
                    *c));
        if (strncmp(at, "user ", 5) == 0) {
            users++;
            assert((size_t)(stop - at - 5) == strlen(login) &&
                    memcmp(at + 5, login, strlen(login)) == 0);
        } else {
            assert(at == stop || strncmp(at, "topic ", 6) == 0);
        }
        at = stop + 1;
    }
    assert(users <= 1);
}

static void check_files(const struct member *member)
{
    struct roster roster = { .lock = -1 };
    struct buf acl, passwd;

    buf_init(&acl, FILE_BYTES);
    buf_init(&passwd, FILE_BYTES);
    assert(roster_put(&roster, member) == ERR_OK);
    roster_put_acl(&roster, &acl);
    roster_put_passwd(&roster, &passwd);
    assert(!acl.failed && !passwd.failed);
    check_acl(&acl, member->login);
    if (passwd.len > 0)
        assert(memchr(passwd.data, '\n', passwd.len) ==
                passwd.data + passwd.len - 1);
    buf_finish(&acl);
    buf_finish(&passwd);
    roster_close(&roster);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct member member;

    if (!member_parse((const char *)data, len, &member))
        return 0;
    check(&member);
    check_again(&member);
    check_files(&member);
    return 0;
}
