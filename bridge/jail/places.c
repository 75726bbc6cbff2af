#include "bridge/jail/places.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <link.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hub/base/log.h"

/* Rights that kernels have learned since Debian's headers. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

#define FIRST_RIGHTS ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define FILE_RIGHTS                                                            \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |            \
            LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_TRUNCATE)

/* What can be granted. */
#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                                  \
    (READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |      \
            LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |        \
            LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR)
#define RUN (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE)

#define CALL(...)
#define CALL_IF(...)
#define LACKS(...)
#define KILLS(...)
#define PLACE(who, access, path) { JAIL_##who, access, path },

static const struct row {
    uint32_t whom;
    uint64_t access;
    const char *path;
} rows[] = {
#include "bridge/jail/jail.def"
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* A set of rules in the making. */
struct places {
    int fd;
    uint64_t handled; /* what this kernel can forbid */
    bool failed;
};

static uint64_t rights_of(long version)
{
    uint64_t rights = FIRST_RIGHTS;

    if (version >= 3)
        rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
    if (version >= 5)
        rights |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
    return rights;
}

/* What is not there needs no rule. */
static void allow(struct places *places, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr rule = { .allowed_access = access };
    struct stat about;

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return;
    if (fstat(rule.parent_fd, &about) == 0 && !S_ISDIR(about.st_mode))
        rule.allowed_access &= FILE_RIGHTS;
    rule.allowed_access &= places->handled;
    if (syscall(SYS_landlock_add_rule, places->fd, LANDLOCK_RULE_PATH_BENEATH,
                &rule, 0) != 0) {
        log_error("jail: %s: %s", path, strerror(errno));
        places->failed = true;
    }
    close(rule.parent_fd);
}

void place_of_file(const char *file, char place[PATH_MAX])
{
    char real[PATH_MAX], *folder;

    snprintf(place, PATH_MAX, "%s", file);
    if (!realpath(file, real))
        return;
    folder = dirname(real);
    if (strchr(folder + 1, '/'))
        snprintf(place, PATH_MAX, "%s", folder);
}

void place_of_name(const char *file, char place[PATH_MAX])
{
    char path[PATH_MAX], real[PATH_MAX];

    snprintf(place, PATH_MAX, "%s", file);
    snprintf(path, sizeof(path), "%s", file);
    if (realpath(dirname(path), real) && strchr(real + 1, '/'))
        snprintf(place, PATH_MAX, "%s", real);
}

/* Who loads the program; the same that has loaded this one. */
static int find_loader(struct dl_phdr_info *info, size_t size, void *path)
{
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_INTERP)
            *(const char **)path = (const char *)(info->dlpi_addr +
                                                  info->dlpi_phdr[i].p_vaddr);
    return 1; /* the program is the first; the libraries have none */
}

static void allow_program(struct places *places, const char *program)
{
    const char *loader = NULL;

    dl_iterate_phdr(find_loader, &loader);
    allow(places, program, RUN);
    if (loader)
        allow(places, loader, RUN);
}

static void allow_all(
        struct places *places, const struct jail *jail, uint32_t traits)
{
    char place[PATH_MAX];

    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].whom & traits)
            allow(places, rows[i].path, rows[i].access);
    for (uint32_t i = 0; i < jail->file_count; i++) {
        place_of_file(jail->files[i], place);
        allow(places, place, READ);
        place_of_name(jail->files[i], place);
        allow(places, place, READ);
    }
    if (jail->data)
        allow(places, jail->data, WRITE);
    if (jail->pages)
        allow(places, jail->pages, READ);
    if (jail->program)
        allow_program(places, jail->program);
}

static enum err enter(const struct places *places)
{
    if (!places->failed && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
            syscall(SYS_landlock_restrict_self, places->fd, 0) == 0)
        return ERR_OK;
    log_error("jail: files cannot be kept away: %s", strerror(errno));
    return ERR_IO;
}

enum err places_enter(const struct jail *jail, uint32_t traits)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
            LANDLOCK_CREATE_RULESET_VERSION);
    struct places places = { .handled = rights_of(version) };
    const struct landlock_ruleset_attr wanted = { .handled_access_fs =
                                                          places.handled };
    enum err err;

    if (version < 1) {
        log_info("jail: this kernel has no Landlock: files are kept away by "
                 "their modes alone");
        return ERR_OK;
    }
    places.fd = (int)syscall(
            SYS_landlock_create_ruleset, &wanted, sizeof(wanted), 0);
    if (places.fd < 0) {
        log_error("jail: no rules for files: %s", strerror(errno));
        return ERR_IO;
    }
    allow_all(&places, jail, traits);
    err = enter(&places);
    close(places.fd);
    return err;
}
