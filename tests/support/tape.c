#include "tests/support/tape.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR_BYTES 512

enum step_kind { STEP_WRITE, STEP_TRUNCATE, STEP_SYNC, STEP_DELETE, STEP_MARK };

struct tape_step {
    enum step_kind kind;
    int file;      /* index of the image */
    uint64_t at;   /* offset, length or mark */
    uint8_t *data; /* of a write */
    size_t len;
    bool is_synced; /* a deletion; or a sync of the folder as well */
};

struct tape_fault tape_fault;

static struct tape_image files[TAPE_FILES];
static struct tape_reel *recording;
static sqlite3_vfs *real_vfs;

/* --- images --- */

static void resize(struct tape_image *image, size_t len)
{
    if (len > image->size) {
        image->size = len * 2;
        image->data = realloc(image->data, image->size);
        assert(image->data);
    }
    if (len > image->len)
        memset(image->data + image->len, 0, len - image->len);
    image->len = len;
}

static void put(
        struct tape_image *image, uint64_t at, const uint8_t *data, size_t len)
{
    if (at + len > image->len)
        resize(image, (size_t)at + len);
    memcpy(image->data + at, data, len);
}

static void copy_all(struct tape_image *to, const struct tape_image *from)
{
    for (int i = 0; i < TAPE_FILES; i++) {
        memcpy(to[i].name, from[i].name, sizeof(to[i].name));
        to[i].len = 0;
        resize(&to[i], from[i].len);
        if (from[i].len > 0)
            memcpy(to[i].data, from[i].data, from[i].len);
    }
}

static void clear_all(struct tape_image *images)
{
    for (int i = 0; i < TAPE_FILES; i++) {
        free(images[i].data);
        images[i] = (struct tape_image){ .name = "" };
    }
}

static int find(const char *name)
{
    for (int i = 0; i < TAPE_FILES; i++)
        if (strcmp(files[i].name, name) == 0)
            return i;
    return -1;
}

static int make(const char *name)
{
    int i = find(name);

    if (i >= 0)
        return i;
    i = find("");
    assert(i >= 0 && strlen(name) < sizeof(files[i].name));
    snprintf(files[i].name, sizeof(files[i].name), "%s", name);
    return i;
}

/* --- the reel --- */

static void note(struct tape_step step)
{
    struct tape_reel *reel = recording;

    if (!reel)
        return;
    if (reel->count == reel->size) {
        reel->size = reel->size ? reel->size * 2 : 1024;
        reel->steps = realloc(reel->steps, reel->size * sizeof(*reel->steps));
        assert(reel->steps);
    }
    reel->steps[reel->count++] = step;
}

static void note_write(int file, uint64_t at, const void *data, size_t len)
{
    struct tape_step step = { STEP_WRITE, file, at, NULL, len, false };

    if (!recording)
        return;
    step.data = malloc(len + 1);
    assert(step.data);
    memcpy(step.data, data, len);
    note(step);
}

void tape_record(struct tape_reel *reel)
{
    /* Files made meanwhile have been empty before. */
    for (int i = 0; recording && i < TAPE_FILES; i++) {
        memcpy(recording->start[i].name, files[i].name, sizeof(files[i].name));
        memcpy(recording->synced[i].name, files[i].name, sizeof(files[i].name));
    }
    recording = reel;
    if (!reel)
        return;
    tape_finish(reel);
    copy_all(reel->start, files);
    copy_all(reel->synced, files);
}

void tape_mark(uint64_t mark)
{
    note((struct tape_step){ .kind = STEP_MARK, .at = mark });
}

void tape_finish(struct tape_reel *reel)
{
    for (uint32_t i = 0; i < reel->count; i++)
        free(reel->steps[i].data);
    free(reel->steps);
    clear_all(reel->start);
    clear_all(reel->synced);
    *reel = (struct tape_reel){ 0 };
}

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 33) % below;
}

/* Of its sectors some. */
static void put_torn(
        struct tape_image *image, const struct tape_step *step, uint64_t *seed)
{
    size_t done = 0;

    while (done < step->len) {
        size_t to_end = SECTOR_BYTES - (step->at + done) % SECTOR_BYTES;
        size_t part = to_end < step->len - done ? to_end : step->len - done;

        if (draw(seed, 2) == 0)
            put(image, step->at + done, step->data + done, part);
        done += part;
    }
}

static void apply(struct tape_image *images, const struct tape_step *step,
        bool is_torn, uint64_t *seed)
{
    struct tape_image *image = &images[step->file];

    if (step->kind == STEP_WRITE && is_torn)
        put_torn(image, step, seed);
    else if (step->kind == STEP_WRITE)
        put(image, step->at, step->data, step->len);
    else if (step->kind == STEP_TRUNCATE)
        resize(image, (size_t)step->at);
    else if (step->kind == STEP_DELETE)
        resize(image, 0);
}

/* All of the file's steps since its last sync are on disk now. */
static void settle(struct tape_reel *reel, uint32_t upto)
{
    const struct tape_step *sync = &reel->steps[upto];
    uint32_t from = upto;

    while (from > 0 && !(reel->steps[from - 1].kind == sync->kind &&
                               reel->steps[from - 1].file == sync->file))
        from--;
    for (uint32_t i = from; i < upto; i++)
        if (reel->steps[i].file == sync->file)
            apply(reel->synced, &reel->steps[i], false, NULL);
    if (sync->kind == STEP_DELETE)
        apply(reel->synced, sync, false, NULL);
}

static bool is_settling(const struct tape_step *step)
{
    return step->kind == STEP_SYNC ||
           (step->kind == STEP_DELETE && step->is_synced);
}

/* Has a later sync before `at` put it on disk already? */
static bool is_on_disk(const struct tape_reel *reel, uint32_t i, uint32_t at)
{
    const struct tape_step *step = &reel->steps[i];

    for (uint32_t later = i; later < at; later++) {
        const struct tape_step *sync = &reel->steps[later];

        if (is_settling(sync) &&
                (sync->file == step->file ||
                        (step->kind == STEP_DELETE && sync->is_synced)))
            return true;
    }
    return false;
}

/* What was deleted until now is gone for good. */
static void settle_folder(struct tape_reel *reel, uint32_t upto)
{
    for (uint32_t i = 0; i < upto; i++)
        if (reel->steps[i].kind == STEP_DELETE && !is_on_disk(reel, i, upto))
            apply(reel->synced, &reel->steps[i], false, NULL);
}

static void advance(struct tape_reel *reel, uint32_t at)
{
    if (at < reel->at) {
        reel->at = 0;
        reel->mark = 0;
        copy_all(reel->synced, reel->start);
    }
    for (; reel->at < at; reel->at++) {
        if (is_settling(&reel->steps[reel->at])) {
            /* First: what it puts there may have been deleted before. */
            if (reel->steps[reel->at].is_synced)
                settle_folder(reel, reel->at);
            settle(reel, reel->at);
        } else if (reel->steps[reel->at].kind == STEP_MARK) {
            reel->mark = reel->steps[reel->at].at;
        }
    }
}

/* Of what is not synced there is little: the last few steps. */
static uint32_t first_unsynced(const struct tape_reel *reel, uint32_t at)
{
    uint32_t first = at;

    for (uint32_t i = at; i-- > 0 && at - i < 4096;)
        if (reel->steps[i].kind != STEP_MARK && !is_on_disk(reel, i, at))
            first = i;
    return first;
}

uint64_t tape_cut(
        struct tape_reel *reel, uint32_t at, enum tape_cut how, uint64_t *seed)
{
    uint32_t last = at;

    assert(!recording && at <= reel->count);
    advance(reel, at);
    copy_all(files, reel->synced);
    while (last > 0 && reel->steps[last - 1].kind != STEP_WRITE)
        last--;
    for (uint32_t i = first_unsynced(reel, at); i < at; i++) {
        bool is_torn =
                how == TAPE_SOME_TORN || (how == TAPE_TORN && i == last - 1);

        if (how == TAPE_DROPPED || reel->steps[i].kind == STEP_MARK ||
                is_on_disk(reel, i, at))
            continue;
        if ((how == TAPE_SOME || how == TAPE_SOME_TORN) && draw(seed, 2))
            continue;
        apply(files, &reel->steps[i], is_torn, seed);
    }
    return reel->mark;
}

struct tape_image *tape_file(const char *end)
{
    for (int i = 0; i < TAPE_FILES; i++) {
        size_t len = strlen(files[i].name), tail = strlen(end);

        if (len > 0 && len >= tail &&
                strcmp(files[i].name + len - tail, end) == 0)
            return &files[i];
    }
    return NULL;
}

void tape_keep(struct tape_image kept[TAPE_FILES])
{
    copy_all(kept, files);
}

void tape_put_back(const struct tape_image kept[TAPE_FILES])
{
    copy_all(files, kept);
}

void tape_let_go(struct tape_image kept[TAPE_FILES])
{
    clear_all(kept);
}

void tape_wipe(void)
{
    clear_all(files);
}

/* --- what SQLite asks --- */

struct handle {
    sqlite3_file base;
    int file;
    bool is_new; /* a log: its first sync is one of the folder, too */
};

/* Does this call fail, and as what? */
static int fault(int as)
{
    struct tape_fault *plan = &tape_fault;

    plan->calls++;
    if (plan->at == 0 || plan->calls < plan->at ||
            (plan->calls > plan->at && !plan->stays))
        return SQLITE_OK;
    plan->failures++;
    return plan->is_full && as == SQLITE_IOERR_WRITE ? SQLITE_FULL : as;
}

static struct tape_image *image_of(sqlite3_file *file)
{
    return &files[((struct handle *)file)->file];
}

static int on_close(sqlite3_file *file)
{
    (void)file;
    return SQLITE_OK;
}

static int on_read(sqlite3_file *file, void *to, int len, sqlite3_int64 at)
{
    const struct tape_image *image = image_of(file);
    size_t want = (size_t)len, have = 0;
    int rc = fault(SQLITE_IOERR_READ);

    if (rc != SQLITE_OK)
        return rc;
    if ((size_t)at < image->len)
        have = image->len - (size_t)at < want ? image->len - (size_t)at : want;
    if (have > 0)
        memcpy(to, image->data + at, have);
    memset((char *)to + have, 0, want - have);
    return have < want ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int on_write(
        sqlite3_file *file, const void *from, int len, sqlite3_int64 at)
{
    int rc = fault(SQLITE_IOERR_WRITE);

    if (rc != SQLITE_OK)
        len /= 2; /* as far as it came */
    put(image_of(file), (uint64_t)at, from, (size_t)len);
    note_write(((struct handle *)file)->file, (uint64_t)at, from, (size_t)len);
    return rc;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 len)
{
    int rc = fault(SQLITE_IOERR_TRUNCATE);

    if (rc != SQLITE_OK)
        return rc;
    resize(image_of(file), (size_t)len);
    note((struct tape_step){ .kind = STEP_TRUNCATE,
            .file = ((struct handle *)file)->file,
            .at = (uint64_t)len });
    return SQLITE_OK;
}

static int on_sync(sqlite3_file *file, int flags)
{
    struct handle *handle = (struct handle *)file;
    int rc = fault(SQLITE_IOERR_FSYNC);

    (void)flags;
    if (rc != SQLITE_OK)
        return rc;
    if (tape_fault.lies)
        return SQLITE_OK;
    note((struct tape_step){ .kind = STEP_SYNC,
            .file = handle->file,
            .is_synced = handle->is_new });
    handle->is_new = false;
    return SQLITE_OK;
}

static int on_size(sqlite3_file *file, sqlite3_int64 *len)
{
    int rc = fault(SQLITE_IOERR_FSTAT);

    *len = (sqlite3_int64)image_of(file)->len;
    return rc;
}

static int on_lock(sqlite3_file *file, int level)
{
    (void)file;
    (void)level;
    return SQLITE_OK;
}

static int on_reserved(sqlite3_file *file, int *is_reserved)
{
    (void)file;
    *is_reserved = 0;
    return SQLITE_OK;
}

static int on_control(sqlite3_file *file, int what, void *argument)
{
    (void)file;
    (void)what;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int on_sector(sqlite3_file *file)
{
    (void)file;
    return 4096; /* as the unix one says */
}

static int on_characteristics(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* Without shared memory: the journal locks its file for itself alone. */
static const sqlite3_io_methods methods = { .iVersion = 1,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_lock,
    .xCheckReservedLock = on_reserved,
    .xFileControl = on_control,
    .xSectorSize = on_sector,
    .xDeviceCharacteristics = on_characteristics };

static int on_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file,
        int flags, int *out_flags)
{
    struct handle *handle = (struct handle *)file;
    int rc = fault(SQLITE_CANTOPEN);

    (void)vfs;
    file->pMethods = NULL;
    if (rc != SQLITE_OK)
        return rc;
    assert(name); /* nothing is kept in temporary files */
    handle->file = make(name);
    handle->is_new = files[handle->file].len == 0 &&
                     (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL));
    file->pMethods = &methods;
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

static int on_delete(sqlite3_vfs *vfs, const char *name, int is_synced)
{
    int rc = fault(SQLITE_IOERR_DELETE);
    int file = find(name);

    (void)vfs;
    if (rc != SQLITE_OK)
        return rc;
    if (file < 0)
        return SQLITE_IOERR_DELETE_NOENT;
    resize(&files[file], 0);
    note((struct tape_step){
            .kind = STEP_DELETE, .file = file, .is_synced = is_synced != 0 });
    return SQLITE_OK;
}

/* An empty file and none are the same here. */
static int on_access(sqlite3_vfs *vfs, const char *name, int flags, int *found)
{
    int rc = fault(SQLITE_IOERR_ACCESS);
    int file = find(name);

    (void)vfs;
    (void)flags;
    *found = file >= 0 && files[file].len > 0;
    return rc;
}

static int on_path(sqlite3_vfs *vfs, const char *name, int len, char *path)
{
    (void)vfs;
    snprintf(path, (size_t)len, "%s", name);
    return SQLITE_OK;
}

int tape_install(void **unused)
{
    static sqlite3_vfs vfs;

    (void)unused;
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs; /* chance, sleep and time are the real one's */
    vfs.szOsFile = sizeof(struct handle);
    vfs.zName = "tape";
    vfs.xOpen = on_open;
    vfs.xDelete = on_delete;
    vfs.xAccess = on_access;
    vfs.xFullPathname = on_path;
    return sqlite3_vfs_register(&vfs, 1) != SQLITE_OK;
}
