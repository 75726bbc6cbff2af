#include "devices/port/posix/printer_templates.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX     ".receipt"
#define NAME_BYTES 64

struct file {
    char name[NAME_BYTES]; /* without its suffix */
    char text[TEMPLATE_BYTES];
};

struct printer_templates {
    struct ticket_templates tickets;
    struct file files[TEMPLATES_OWN];
    struct template_source own[TEMPLATES_OWN];
    uint32_t count;
};

__attribute__((format(printf, 3, 4))) static bool fail(
        char *error, size_t bytes, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error, bytes, format, args);
    va_end(args);
    return false;
}

static int is_template(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    size_t suffix = strlen(SUFFIX);

    return entry->d_name[0] != '.' && len > suffix &&
           strcmp(entry->d_name + len - suffix, SUFFIX) == 0;
}

/* All of it, and no more than fits with a NUL. */
static bool read_text(int dir, const char *name, char text[TEMPLATE_BYTES])
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t len = 0;
    ssize_t n = 0;

    if (fd < 0)
        return false;
    while (len < TEMPLATE_BYTES &&
            (n = read(fd, text + len, TEMPLATE_BYTES - len)) > 0)
        len += (size_t)n;
    if (n >= 0 && len == TEMPLATE_BYTES)
        errno = EFBIG;
    close(fd);
    if (n < 0 || len == TEMPLATE_BYTES)
        return false;
    if (memchr(text, '\0', len)) {
        errno = EILSEQ;
        return false;
    }
    text[len] = '\0';
    return true;
}

static bool take_file(struct printer_templates *templates, int dir,
        const char *name, char *error, size_t bytes)
{
    struct file *file = &templates->files[templates->count];
    size_t len = strlen(name) - strlen(SUFFIX);

    if (templates->count == TEMPLATES_OWN)
        return fail(error, bytes, "more than %d templates", TEMPLATES_OWN);
    if (len >= sizeof(file->name))
        return fail(error, bytes, "%s: the name is too long", name);
    memcpy(file->name, name, len);
    file->name[len] = '\0';
    if (!read_text(dir, name, file->text))
        return fail(error, bytes, "%s: %s", name, strerror(errno));
    templates->own[templates->count++] =
            (struct template_source){ file->name, file->text };
    return true;
}

/* In the order of their names, so that the same fault is found each time. */
static bool read_all(struct printer_templates *templates, const char *directory,
        char *error, size_t bytes)
{
    int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct dirent **names = NULL;
    int count =
            dir < 0 ? -1 : scandirat(dir, ".", &names, is_template, alphasort);
    bool done = count > 0;

    if (count < 0)
        fail(error, bytes, "%s: %s", directory, strerror(errno));
    else if (count == 0)
        fail(error, bytes, "%s: no file NAME" SUFFIX, directory);
    for (int i = 0; i < count; i++) {
        done = done &&
               take_file(templates, dir, names[i]->d_name, error, bytes);
        free(names[i]);
    }
    free(names);
    if (dir >= 0)
        close(dir);
    return done;
}

static bool parse(struct printer_templates *templates, uint32_t columns,
        char *error, size_t bytes)
{
    struct template_fault fault = { 0 };

    if (ticket_templates_read(&templates->tickets, templates->own,
                templates->count, columns, &fault))
        return true;
    if (fault.line == 0)
        return fail(error, bytes, "%s" SUFFIX ": %s", fault.name, fault.what);
    return fail(error, bytes, "%s" SUFFIX ":%u:%u: %s", fault.name, fault.line,
            fault.column, fault.what);
}

struct printer_templates *printer_templates_open(const char *directory,
        uint32_t columns, char *error, size_t error_bytes)
{
    struct printer_templates *made = calloc(1, sizeof(*made));

    if (!made) {
        fail(error, error_bytes, "no memory");
        return NULL;
    }
    if (read_all(made, directory, error, error_bytes) &&
            parse(made, columns, error, error_bytes))
        return made;
    free(made);
    return NULL;
}

const struct ticket_templates *printer_templates_of(
        const struct printer_templates *templates)
{
    return templates ? &templates->tickets : NULL;
}

void printer_templates_close(struct printer_templates *templates)
{
    free(templates);
}
