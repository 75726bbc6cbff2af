/* What transports keep for those who may come back: in memory, and a copy on
 * disk that is read at the start. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uthash.h>

#include "hub/base/log.h"
#include "hub/hub_parts.h"
#include "hub/journal_engine.h"

#define SWEEP_MS 5000

struct keepsake {
    char name[KEEP_NAME_CHARS + 1];
    void *data; /* NULL: it is gone, and the disk has yet to hear of it */
    size_t len;
    void *holder;
    uint32_t lasts_ms;
    int64_t ends_ms; /* 0: it is held */
    bool is_changed; /* is in `changed` */
    bool is_stored;
    uint64_t written; /* by which writing */
    struct keepsake *next_changed;
    struct leaver *leaver; /* who has let it go; NULL: it is not counted */
    TAILQ_ENTRY(keepsake) left;
    UT_hash_handle hh;
};

/* Somebody of whom there is something left. */
struct leaver {
    uint64_t whose;
    uint32_t count;
    TAILQ_HEAD(, keepsake) left; /* the one let go of first stands first */
    UT_hash_handle hh;
};

static struct keepsake *find(const struct hub *hub, const char *name)
{
    struct keepsake *keep = NULL;

    HASH_FIND_STR(hub->keeps.all, name, keep);
    return keep;
}

static void change(struct hub *hub, struct keepsake *keep)
{
    keep->is_stored = false;
    if (keep->is_changed)
        return;
    keep->is_changed = true;
    keep->next_changed = hub->keeps.changed;
    hub->keeps.changed = keep;
}

static void uncount(struct hub *hub, struct keepsake *keep)
{
    struct leaver *leaver = keep->leaver;

    if (!leaver)
        return;
    keep->leaver = NULL;
    TAILQ_REMOVE(&leaver->left, keep, left);
    if (--leaver->count > 0)
        return;
    HASH_DEL(hub->keeps.leavers, leaver);
    free(leaver);
}

static void remove_keep(struct hub *hub, struct keepsake *keep)
{
    uncount(hub, keep);
    HASH_DEL(hub->keeps.all, keep);
    free(keep->data);
    free(keep);
}

static void drop(struct hub *hub, struct keepsake *keep)
{
    uncount(hub, keep);
    free(keep->data);
    keep->data = NULL;
    keep->holder = NULL;
    change(hub, keep);
}

/* If it is to end later than it can, the clock was set back. */
static bool is_over(const struct keepsake *keep, int64_t now_ms)
{
    return keep->ends_ms != 0 &&
           (now_ms >= keep->ends_ms || keep->ends_ms - now_ms > keep->lasts_ms);
}

/* --- keeping --- */

static struct keepsake *add(struct hub *hub, const char *name)
{
    struct keepsake *keep;

    if (HASH_COUNT(hub->keeps.all) >= KEEPS_MAX)
        return NULL;
    keep = calloc(1, sizeof(*keep));
    if (!keep)
        return NULL;
    memcpy(keep->name, name, strlen(name) + 1);
    HASH_ADD_STR(hub->keeps.all, name, keep);
    return keep;
}

static enum err put(
        struct hub *hub, const struct lasting *lasting, struct keepsake **put)
{
    struct keepsake *keep = find(hub, lasting->name);
    void *data = malloc(lasting->len ? lasting->len : 1);

    if (!data)
        return ERR_NO_MEMORY;
    if (!keep)
        keep = add(hub, lasting->name);
    if (!keep) {
        free(data);
        return ERR_LIMIT;
    }
    if (lasting->len)
        memcpy(data, lasting->data, lasting->len);
    uncount(hub, keep);
    free(keep->data);
    keep->data = data;
    keep->len = lasting->len;
    keep->lasts_ms = lasting->lasts_ms;
    keep->ends_ms = lasting->ends_ms;
    *put = keep;
    return ERR_OK;
}

enum err hub_keep(struct hub *hub, const char *name, const void *data,
        size_t len, uint32_t lasts_ms, void *holder)
{
    struct lasting lasting = {
        .name = name, .data = data, .len = len, .lasts_ms = lasts_ms
    };
    struct keepsake *keep;
    enum err err;

    assert(strlen(name) <= KEEP_NAME_CHARS && holder);
    if (len > KEEP_BYTES)
        return ERR_TOO_LARGE;
    err = put(hub, &lasting, &keep);
    if (err != ERR_OK)
        return err;
    keep->holder = holder;
    change(hub, keep);
    return ERR_OK;
}

bool hub_kept(struct hub *hub, const char *name, int64_t now_ms,
        struct hub_kept *kept)
{
    const struct keepsake *keep = find(hub, name);

    if (!keep || !keep->data || is_over(keep, now_ms))
        return false;
    *kept = (struct hub_kept){ keep->data, keep->len, keep->holder,
        keep->is_stored };
    return true;
}

static struct leaver *find_leaver(struct hub *hub, uint64_t whose)
{
    struct leaver *leaver = NULL;

    HASH_FIND(hh, hub->keeps.leavers, &whose, sizeof(whose), leaver);
    if (leaver)
        return leaver;
    leaver = calloc(1, sizeof(*leaver));
    if (!leaver)
        return NULL;
    leaver->whose = whose;
    TAILQ_INIT(&leaver->left);
    HASH_ADD(hh, hub->keeps.leavers, whose, sizeof(whose), leaver);
    return leaver;
}

/* False: there is no memory to count it. */
static bool count_left(struct hub *hub, struct keepsake *keep, uint64_t whose)
{
    struct leaver *leaver = find_leaver(hub, whose);

    if (!leaver)
        return false;
    keep->leaver = leaver;
    TAILQ_INSERT_TAIL(&leaver->left, keep, left);
    if (++leaver->count > KEEPS_LEFT)
        drop(hub, TAILQ_FIRST(&leaver->left));
    return true;
}

void hub_let_go(
        struct hub *hub, const char *name, uint64_t whose, int64_t now_ms)
{
    struct keepsake *keep = find(hub, name);

    if (!keep || !keep->data)
        return;
    keep->holder = NULL;
    keep->ends_ms = now_ms + keep->lasts_ms;
    change(hub, keep);
    uncount(hub, keep);
    if (whose != 0 && !count_left(hub, keep, whose))
        drop(hub, keep);
}

void hub_unkeep(struct hub *hub, const char *name)
{
    struct keepsake *keep = find(hub, name);

    if (keep)
        drop(hub, keep);
}

void hub_sweep_kept(struct hub *hub, int64_t now_ms)
{
    struct keepsake *keep, *next;

    if (now_ms - hub->keeps.swept_ms < SWEEP_MS &&
            now_ms >= hub->keeps.swept_ms)
        return;
    hub->keeps.swept_ms = now_ms;
    HASH_ITER(hh, hub->keeps.all, keep, next)
    if (keep->data && is_over(keep, now_ms))
        drop(hub, keep);
}

/* --- on disk --- */

struct loading {
    struct hub *hub;
    int64_t now_ms;
};

/* When the process was killed nobody noted who was there: it counts from now.
 */
static void load(void *context, const struct lasting *lasting)
{
    const struct loading *loading = context;
    struct keepsake *keep;

    if (strlen(lasting->name) > KEEP_NAME_CHARS || lasting->len > KEEP_BYTES)
        return;
    if (put(loading->hub, lasting, &keep) != ERR_OK)
        return;
    keep->is_stored = true;
    if (keep->ends_ms == 0)
        keep->ends_ms = loading->now_ms + keep->lasts_ms;
}

enum err hub_load_kept(struct hub *hub, int64_t now_ms)
{
    struct loading loading = { hub, now_ms };

    return journal_each_lasting(hub->journal, load, &loading);
}

static enum err write_one(struct hub *hub, const struct keepsake *keep)
{
    struct lasting lasting = { .name = keep->name,
        .data = keep->data,
        .len = keep->len,
        .lasts_ms = keep->lasts_ms,
        .ends_ms = keep->ends_ms };

    return keep->data ? journal_last_for(hub->journal, &lasting)
                      : journal_unlast(hub->journal, keep->name);
}

void hub_lose_kept(struct hub *hub)
{
    struct keepsake *keep, *next;

    HASH_ITER(hh, hub->keeps.all, keep, next)
    if (keep->written == hub->keeps.writings)
        keep->is_stored = false;
}

/* A turn that has said nothing else does not fail by this. */
static enum err give_up(struct hub *hub, enum err err, bool was_open)
{
    if (err == ERR_IO || was_open)
        return err;
    journal_rollback(hub->journal);
    hub_lose_kept(hub);
    log_warn("hub: what is kept for clients is not on disk");
    return ERR_OK;
}

enum err hub_write_kept(struct hub *hub)
{
    bool was_open = journal_is_open(hub->journal);
    enum err err = ERR_OK;

    hub->keeps.writings++;
    if (journal_space(hub->journal) != SPACE_OK)
        return ERR_OK; /* the reserve is not for these; they wait */
    while (hub->keeps.changed) {
        struct keepsake *keep = hub->keeps.changed;

        if (err == ERR_OK)
            err = write_one(hub, keep);
        keep->is_stored = err == ERR_OK;
        keep->written = hub->keeps.writings;
        hub->keeps.changed = keep->next_changed;
        keep->is_changed = false;
        if (!keep->data)
            remove_keep(hub, keep);
    }
    if (err == ERR_OK && !was_open && journal_is_open(hub->journal))
        err = journal_commit(hub->journal);
    return err == ERR_OK ? ERR_OK : give_up(hub, err, was_open);
}

void hub_finish_kept(struct hub *hub)
{
    struct keepsake *keep, *next;

    HASH_ITER(hh, hub->keeps.all, keep, next)
    remove_keep(hub, keep);
}
