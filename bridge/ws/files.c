#include "bridge/ws/files.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/base/hash.h"
#include "hub/base/log.h"

static const struct {
    const char *ending, *type;
} types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".mjs", "text/javascript; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".json", "application/json" },
    { ".webmanifest", "application/manifest+json" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".ico", "image/x-icon" },
    { ".woff2", "font/woff2" },
    { ".mp3", "audio/mpeg" },
    { ".wav", "audio/wav" },
};

/* These stand beside screens/; every other path is a screen's. */
static const char *const shared[] = { "client/", "ui/" };

bool files_init(struct files *files, const char *dir)
{
    *files = (struct files){ 0 };
    if (!dir)
        return true;
    files->dir = strdup(dir);
    return files->dir != NULL;
}

bool files_add_paper(struct files *files, const char *dir)
{
    files->paper_dir = strdup(dir);
    return files->paper_dir != NULL;
}

void files_finish(struct files *files)
{
    free(files->paper.data);
    free(files->paper_dir);
    for (uint32_t i = 0; i < files->count; i++)
        free(files->kept[i].data);
    free(files->dir);
    *files = (struct files){ 0 };
}

const char *files_type(const char *path)
{
    const char *ending = strrchr(path, '.');

    for (size_t i = 0; ending && i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].ending, ending) == 0)
            return types[i].type;
    return NULL;
}

/* Does each part consist of harmless characters, the first no dot? */
static bool is_harmless(const char *path)
{
    char before = '/';

    for (; *path; before = *path++) {
        if (!isalnum((unsigned char)*path) && !strchr("_-./", *path))
            return false;
        if (before == '/' && (*path == '.' || *path == '/'))
            return false;
    }
    return true;
}

static bool is_shared(const char *path)
{
    for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
        if (strncmp(path, shared[i], strlen(shared[i])) == 0)
            return true;
    return false;
}

enum file_answer files_map(const char *url_path, char out[FILE_PATH_CHARS + 1])
{
    const char *path = url_path + 1;
    size_t len = strlen(url_path);
    int written;

    if (url_path[0] != '/' || len > FILE_PATH_CHARS || !is_harmless(path))
        return FILE_NOT_FOUND;
    if (url_path[len - 1] != '/' && !strchr(strrchr(url_path, '/'), '.'))
        return FILE_ELSEWHERE;
    written = snprintf(out, FILE_PATH_CHARS + 1, "%s%s%s",
            is_shared(path) ? "" : "screens/", path,
            url_path[len - 1] == '/' ? "index.html" : "");
    if (written > FILE_PATH_CHARS || !files_type(out))
        return FILE_NOT_FOUND;
    return FILE_FOUND;
}

static bool read_all(int fd, char *data, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = read(fd, data + done, len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* A regular file's bytes, at most `room` of them; NULL: there is none. */
static char *load(const char *dir, const char *path, size_t room, size_t *len)
{
    char full[4096];
    struct stat info;
    char *data = NULL;
    int fd;

    if (snprintf(full, sizeof(full), "%s/%s", dir, path) >= (int)sizeof(full))
        return NULL;
    fd = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        *len = (size_t)info.st_size;
        if (*len <= room)
            data = malloc(*len + 1);
        else
            log_warn("ws: %s: too large to be kept", path);
        if (data && !read_all(fd, data, *len)) {
            free(data);
            data = NULL;
        }
    }
    close(fd);
    return data;
}

/* `where` is its path under `dir`. False: no such file, and none is in `file`.
 */
static bool read_file(struct file *file, const char *path, const char *dir,
        const char *where, size_t room)
{
    file->type = files_type(path);
    if (!file->type || strlen(path) > FILE_PATH_CHARS)
        return false;
    file->data = load(dir, where, room, &file->len);
    if (!file->data)
        return false;
    snprintf(file->path, sizeof(file->path), "%s", path);
    snprintf(file->etag, sizeof(file->etag), "\"%08x\"",
            (unsigned)hash_crc32c(0, file->data, file->len));
    return true;
}

static const struct file *get_paper(struct files *files, const char *path)
{
    struct file *file = &files->paper;

    free(file->data);
    *file = (struct file){ 0 };
    return read_file(file, path, files->paper_dir, path + strlen(FILES_PAPER),
                   FILES_BYTES)
                   ? file
                   : NULL;
}

const struct file *files_get(struct files *files, const char *path)
{
    struct file *file = &files->kept[files->count];

    if (files->paper_dir &&
            strncmp(path, FILES_PAPER, strlen(FILES_PAPER)) == 0)
        return get_paper(files, path);
    for (uint32_t i = 0; i < files->count; i++)
        if (strcmp(files->kept[i].path, path) == 0)
            return &files->kept[i];
    if (!files->dir || files->count == FILES_COUNT)
        return NULL;
    if (!read_file(file, path, files->dir, path, FILES_BYTES - files->bytes))
        return NULL;
    files->bytes += file->len;
    files->count++;
    return file;
}
