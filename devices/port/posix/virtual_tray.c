#include "devices/port/posix/virtual_tray.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "devices/virtual/page.h"
#include "devices/virtual/picture.h"

#define NAME_BYTES 32
#define NEW_FILE   ".new" /* becomes another by rename */
#define LOG_FILE   "paper.log"
#define OLD_LOG    "paper.log.1"
#define PAGE_FILE  "index.html"
#define WHOLE      "whole"

#define TEXT_BYTES (SHEET_TEXT + 64)

static void name_of(char name[NAME_BYTES], uint32_t number, const char *ending)
{
    snprintf(name, NAME_BYTES, "ticket-%04u.%s", number, ending);
}

/* 0: another file. */
static uint32_t number_of(const char *name)
{
    char *end = NULL;
    unsigned long number = 0;

    if (strncmp(name, "ticket-", 7) == 0)
        number = strtoul(name + 7, &end, 10);
    return end && strcmp(end, ".txt") == 0 && number <= UINT32_MAX / 2
                   ? (uint32_t)number
                   : 0;
}

/* --- writing files --- */

/* A file that nobody sees before it is whole. */
static FILE *begin_file(const struct virtual_tray *tray)
{
    int fd = openat(tray->dir, NEW_FILE,
            O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

    if (!file && fd >= 0)
        close(fd);
    return file;
}

static bool end_file(
        const struct virtual_tray *tray, FILE *file, const char *name)
{
    bool good = ferror(file) == 0;

    good &= fclose(file) == 0;
    return good && renameat(tray->dir, NEW_FILE, tray->dir, name) == 0;
}

static bool put_log(const struct virtual_tray *tray, const struct sheet *sheet,
        enum machine_why why, bool is_whole)
{
    char line[256], job[SHEET_JOB];
    struct timespec now;
    struct stat info;
    int len, fd;
    bool good;

    clock_gettime(CLOCK_REALTIME, &now);
    sheet_job(sheet, job);
    len = snprintf(line, sizeof(line),
            "{\"ticket\":%u,\"job\":\"%s\",\"complete\":%s,\"why\":\"%s\","
            "\"rows\":%u,\"at\":%lld}\n",
            tray->number, job, is_whole ? "true" : "false", machine_why(why),
            sheet->dots.height,
            (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    if (fstatat(tray->dir, LOG_FILE, &info, 0) == 0 &&
            info.st_size > TRAY_LOG_BYTES)
        renameat(tray->dir, LOG_FILE, tray->dir, OLD_LOG);
    fd = openat(tray->dir, LOG_FILE, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
            0666);
    if (fd < 0)
        return false;
    good = write(fd, line, (size_t)len) == len;
    return close(fd) == 0 && good;
}

static bool put_text(const struct virtual_tray *tray, const struct sheet *sheet,
        enum machine_why why, bool is_whole)
{
    FILE *file = begin_file(tray);
    char name[NAME_BYTES];

    if (!file)
        return false;
    fprintf(file, "ticket %u, %s%s, %u dots wide\n\n%s%s", tray->number,
            is_whole ? WHOLE : "not whole: ", is_whole ? "" : machine_why(why),
            sheet->dots.width, sheet->text,
            sheet->cut_short ? "[and more]\n" : "");
    name_of(name, tray->number, "txt");
    return end_file(tray, file, name);
}

static bool put_picture(
        const struct virtual_tray *tray, const struct sheet *sheet)
{
    FILE *file = begin_file(tray);
    char name[NAME_BYTES];
    bool good;

    if (!file)
        return false;
    good = picture_write(&sheet->dots, SHEET_DOTS_PER_MM * 1000, file);
    name_of(name, tray->number, "png");
    return end_file(tray, file, name) && good;
}

/* --- the page --- */

/* A ticket's text file; false: there is none. */
static bool read_text(const struct virtual_tray *tray, uint32_t number,
        char text[TEXT_BYTES], char time[NAME_BYTES])
{
    char name[NAME_BYTES];
    struct stat info;
    struct tm tm;
    ssize_t len = -1;
    int fd;

    name_of(name, number, "txt");
    fd = openat(tray->dir, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    if (fstat(fd, &info) == 0 && localtime_r(&info.st_mtime, &tm))
        len = read(fd, text, TEXT_BYTES - 1);
    close(fd);
    if (len < 0)
        return false;
    text[len] = '\0';
    strftime(time, NAME_BYTES, "%H:%M:%S", &tm);
    return true;
}

static void put_ticket(
        const struct virtual_tray *tray, uint32_t number, FILE *file)
{
    static char text[TEXT_BYTES];
    char time[NAME_BYTES], picture[NAME_BYTES];
    struct page_ticket ticket = {
        .number = number, .picture = picture, .time = time
    };
    const char *comma, *body;

    if (!read_text(tray, number, text, time))
        return;
    name_of(picture, number, "png");
    comma = strstr(text, ", ");
    body = strstr(text, "\n\n");
    if (!comma || !body)
        return;
    ticket.is_whole = strncmp(comma + 2, WHOLE ",", strlen(WHOLE ",")) == 0;
    comma = strchr(comma + 2, ',');
    ticket.width = comma ? (uint32_t)strtoul(comma + 1, NULL, 10) : 0;
    ticket.text = body + 2;
    page_put(file, &ticket);
}

static bool put_page(const struct virtual_tray *tray)
{
    uint32_t count = tray->number < TRAY_SHOWN ? tray->number : TRAY_SHOWN;
    FILE *file = begin_file(tray);

    if (!file)
        return false;
    page_begin(file, count);
    for (uint32_t i = 0; i < count; i++)
        put_ticket(tray, tray->number - i, file);
    page_end(file);
    return end_file(tray, file, PAGE_FILE);
}

static bool put_fixed(
        const struct virtual_tray *tray, const char *name, const char *text)
{
    FILE *file = begin_file(tray);

    if (!file)
        return false;
    fputs(text, file);
    return end_file(tray, file, name);
}

/* --- the folder --- */

static void forget(const struct virtual_tray *tray, uint32_t number)
{
    char name[NAME_BYTES];

    name_of(name, number, "png");
    unlinkat(tray->dir, name, 0);
    name_of(name, number, "txt");
    unlinkat(tray->dir, name, 0);
}

/* The newest number there; with `keep`, those before it are forgotten. */
static uint32_t look_through(const struct virtual_tray *tray, uint32_t keep)
{
    int fd = openat(tray->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    uint32_t newest = 0;

    if (!dir && fd >= 0)
        close(fd);
    while (dir && (entry = readdir(dir))) {
        uint32_t number = number_of(entry->d_name);

        newest = number > newest ? number : newest;
        if (number > 0 && number < keep)
            forget(tray, number);
    }
    if (dir)
        closedir(dir);
    return newest;
}

bool tray_open(struct virtual_tray *tray, const char *path)
{
    *tray = (struct virtual_tray){ .dir = -1 };
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return false;
    tray->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tray->dir < 0)
        return false;
    tray->number = look_through(tray, 0);
    if (tray->number > TRAY_KEPT)
        look_through(tray, tray->number - TRAY_KEPT + 1);
    if (put_fixed(tray, PAGE_STYLE_FILE, page_style) &&
            put_fixed(tray, PAGE_ICON_FILE, page_icon) && put_page(tray))
        return true;
    tray_close(tray);
    return false;
}

uint32_t tray_put(struct virtual_tray *tray, const struct sheet *sheet,
        enum machine_why why, bool is_whole, bool *failed)
{
    tray->number++;
    *failed = !put_log(tray, sheet, why, is_whole);
    *failed |= !put_picture(tray, sheet);
    *failed |= !put_text(tray, sheet, why, is_whole);
    if (tray->number > TRAY_KEPT)
        forget(tray, tray->number - TRAY_KEPT);
    *failed |= !put_page(tray);
    return tray->number;
}

void tray_close(struct virtual_tray *tray)
{
    if (tray->dir >= 0)
        close(tray->dir);
    tray->dir = -1;
}
