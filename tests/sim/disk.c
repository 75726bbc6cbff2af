#include "tests/sim/disk.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/tape.h"

static struct tape_reel reel;
static bool is_full_now;
static struct dice noise; /* that SQLite asks for */

static const sqlite3_io_methods *below;
static sqlite3_io_methods methods;
static int (*open_below)(
        sqlite3_vfs *, sqlite3_filename, sqlite3_file *, int, int *);

static int on_write(
        sqlite3_file *file, const void *from, int len, sqlite3_int64 at)
{
    if (is_full_now)
        return SQLITE_FULL;
    return below->xWrite(file, from, len, at);
}

static int on_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file,
        int flags, int *out_flags)
{
    int rc = open_below(vfs, name, file, flags, out_flags);

    if (!file->pMethods)
        return rc;
    below = file->pMethods;
    methods = *below;
    methods.xWrite = on_write;
    file->pMethods = &methods;
    return rc;
}

static int on_random(sqlite3_vfs *vfs, int len, char *out)
{
    (void)vfs;
    for (int i = 0; i < len; i++)
        out[i] = (char)dice_next(&noise);
    return len;
}

void disk_install(void)
{
    sqlite3_vfs *vfs;

    if (tape_install(NULL) != 0)
        abort();
    vfs = sqlite3_vfs_find("tape");
    open_below = vfs->xOpen;
    vfs->xOpen = on_open;
    vfs->xRandomness = on_random;
}

void disk_begin(uint64_t seed)
{
    noise = dice_of(seed, 1000);
    sqlite3_randomness(0, NULL); /* seeded anew when it is next asked */
    is_full_now = false;
    tape_fault = (struct tape_fault){ 0 };
    tape_wipe();
    tape_record(&reel);
}

void disk_end(void)
{
    tape_record(NULL);
    tape_finish(&reel);
    tape_wipe();
    tape_fault = (struct tape_fault){ 0 };
}

void disk_set_full(bool is_full)
{
    is_full_now = is_full;
}

void disk_set_lying(bool lies)
{
    tape_fault.lies = lies;
}

void disk_fail_after(uint32_t calls)
{
    tape_fault.at = calls ? tape_fault.calls + 1 + calls : 0;
    tape_fault.stays = true;
}

uint32_t disk_steps(void)
{
    return reel.count;
}

void disk_stop(void)
{
    tape_record(NULL);
    tape_fault.at = 0;
}

void disk_cut(uint32_t at, bool is_power, struct dice *dice)
{
    uint64_t seed = dice_next(dice) | 1;
    enum tape_cut how = TAPE_KEPT;

    if (is_power)
        how = (enum tape_cut)dice_draw(dice, TAPE_CUTS);
    tape_cut(&reel, at, how, &seed);
    tape_record(&reel);
}
