/*
 * files: the pages of devices/web, read once, kept in memory, and those of a
 * folder of tickets, which change: one at a time, read anew.
 *
 * A path in a URL is looked up by rule, never handed to the file system as
 * it came: only letters, digits, '_', '-', '.' and '/', no part that begins
 * with a dot, and only endings from a list.
 */
#ifndef BRIDGE_WS_FILES_H
#define BRIDGE_WS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILES_BYTES     (8 * 1024 * 1024) /* kept in all */
#define FILES_COUNT     128
#define FILE_PATH_CHARS 127
#define FILE_ETAG_CHARS 10 /* 8 hexadecimal digits in quotes */

struct file {
    char path[FILE_PATH_CHARS + 1]; /* under the directory */
    const char *type;               /* for Content-Type */
    char etag[FILE_ETAG_CHARS + 1];
    char *data;
    size_t len;
};

/* Where files_map leads for what is below /paper/. */
#define FILES_PAPER "screens/paper/"

struct files {
    char *dir;
    char *paper_dir;   /* NULL: none */
    struct file paper; /* the last one of it */
    struct file kept[FILES_COUNT];
    uint32_t count;
    size_t bytes;
};

/* `dir` is copied; NULL: there are no pages. False: no memory. */
bool files_init(struct files *files, const char *dir);

/* What is below FILES_PAPER lies in `dir`, which is copied. False: no memory.
 */
bool files_add_paper(struct files *files, const char *dir);

void files_finish(struct files *files);

enum file_answer { FILE_FOUND, FILE_NOT_FOUND, FILE_ELSEWHERE };

/*
 * Where under the directory does a URL's path lead? "/kitchen/" is
 * screens/kitchen/index.html. FILE_ELSEWHERE: the same with a slash at the
 * end.
 */
enum file_answer files_map(const char *url_path, char out[FILE_PATH_CHARS + 1]);

/* By what files_map gave; borrowed until files_finish, below FILES_PAPER only
 * until the next call. NULL: no such file. */
const struct file *files_get(struct files *files, const char *path);

/* For Content-Type, by the path's ending; NULL: not for the world. */
const char *files_type(const char *path);

#endif
