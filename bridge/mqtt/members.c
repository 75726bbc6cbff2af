#include "bridge/mqtt/members.h"

#include "bridge/mqtt/files.h"

#define AGAIN_MS 1000

enum err members_follow(struct members *members, const char *data_dir)
{
    return files_make_dir(data_dir, members->dir);
}

void members_finish(struct members *members)
{
    if (members->version)
        roster_close(&members->roster);
    *members = (struct members){ .version = 0 };
}

/* Whoever writes the file makes a new one. */
static bool is_same(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
           one->st_size == other->st_size &&
           one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
           one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

static enum err read_again(struct members *members)
{
    struct roster fresh;
    enum err err = roster_look(&fresh, members->dir);

    if (err != ERR_OK) {
        roster_close(&fresh);
        return err;
    }
    if (members->version)
        roster_close(&members->roster);
    members->roster = fresh;
    members->version++;
    return ERR_OK;
}

/* The file is looked at before it is read: one that comes in between is read
 * twice, and none is missed. */
void members_look(struct members *members, int64_t now_ms)
{
    char path[BROKER_PATH_BYTES];
    struct stat now;

    if (!members->dir[0] ||
            files_path(members->dir, ROSTER_FILE, path) != ERR_OK ||
            stat(path, &now) != 0 || is_same(&now, &members->seen))
        return;
    if (now_ms < members->again_ms && members->again_ms - now_ms <= AGAIN_MS)
        return;
    if (read_again(members) == ERR_OK)
        members->seen = now;
    else
        members->again_ms = now_ms + AGAIN_MS;
}

const struct member *members_find(
        const struct members *members, const char *login)
{
    return members->version ? roster_find(&members->roster, login) : NULL;
}
