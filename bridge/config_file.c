#include "bridge/config.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PIPE_WAIT_MS 500

#define MOST_TEXT    CONFIG_CHARS
#define MOST_NUMBER  CONFIG_CHARS
#define MOST_SWITCH  CONFIG_CHARS
#define MOST_NAMES   CONFIG_NAMES_CHARS
#define MOST_TONGUES CONFIG_NAMES_CHARS
#define MOST_LADDER  CONFIG_CHARS

/*
 * The file's schema: every option is an optional text, so that a value is
 * read and refused in one place, config_set, whether it comes from a file, a
 * variable or a flag.
 */
#define SECTION(name)                    struct text_##name {
#define OPTION(section, name, type, ...) char *name;
#define END(name)                                                              \
    }                                                                          \
    ;
#include "bridge/config.def"
#undef SECTION
#undef OPTION
#undef END

struct texts {
#define SECTION(name) struct text_##name *name;
#define OPTION(section, name, type, ...)
#define END(name)
#include "bridge/config.def"
#undef SECTION
#undef OPTION
#undef END
};

#define SECTION(name) static const cyaml_schema_field_t fields_##name[] = {
#define OPTION(section, name, type, ...)                                       \
    CYAML_FIELD_STRING_PTR(#name,                                              \
            CYAML_FLAG_POINTER_NULL_STR | CYAML_FLAG_OPTIONAL,                 \
            struct text_##section, name, 0, MOST_##type),
#define END(name)                                                              \
    CYAML_FIELD_END                                                            \
    }                                                                          \
    ;
#include "bridge/config.def"
#undef SECTION
#undef OPTION
#undef END

static const cyaml_schema_field_t section_fields[] = {
#define SECTION(name)                                                          \
    CYAML_FIELD_MAPPING_PTR(#name,                                             \
            CYAML_FLAG_POINTER_NULL | CYAML_FLAG_OPTIONAL, struct texts, name, \
            fields_##name),
#define OPTION(section, name, type, ...)
#define END(name)
#include "bridge/config.def"
#undef SECTION
#undef OPTION
#undef END
    CYAML_FIELD_END
};

static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct texts, section_fields),
};

/* One reading of a file: where a fault belongs, and where it goes. */
struct reading {
    const char *name;
    const char *text;
    size_t len;
    struct buf *faults;
    bool faulty;
    char sentence[160]; /* the library's last complaint */
    unsigned line;      /* the innermost line of its backtrace */
};

/* --- lines --- */

static bool line_opens(const char *line, size_t len, const char *key)
{
    size_t key_len = strlen(key);

    return len > key_len && strncmp(line, key, key_len) == 0 &&
           line[key_len] == ':';
}

/*
 * The line of section.key, or of a key at the top when section is NULL; 0:
 * not found, e.g. in flow style. The file has two levels, so indentation
 * tells a section from a key.
 */
static unsigned find_line(
        const struct reading *reading, const char *section, const char *key)
{
    const char *at = reading->text, *end = at + reading->len;
    bool inside = section == NULL;
    unsigned number = 1;

    for (; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at), indent = 0;

        while (indent < len && at[indent] == ' ')
            indent++;
        if (indent == 0 && len > 0 && *at != '#' && section)
            inside = line_opens(at, len, section);
        else if (inside && (indent > 0) == (section != NULL) &&
                 line_opens(at + indent, len - indent, key))
            return number;
        if (!section && line_opens(at, len, key))
            return number;
        at += len + 1;
    }
    return 0;
}

static void add_fault(struct reading *reading, unsigned line,
        const char *format, ...) __attribute__((format(printf, 3, 4)));

static void add_fault(
        struct reading *reading, unsigned line, const char *format, ...)
{
    char sentence[200];
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    reading->faulty = true;
    buf_put_fault(reading->faults, reading->name, line, sentence);
}

/* --- keys that nobody knows --- */

/* How many letters stand differently at the same place, and in length. */
static unsigned letters_apart(const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b), less = la < lb ? la : lb;
    unsigned apart = (unsigned)(la > lb ? la - lb : lb - la), back = apart;

    for (size_t i = 0; i < less; i++) {
        apart += a[i] != b[i];
        back += a[la - 1 - i] != b[lb - 1 - i];
    }
    return apart < back ? apart : back;
}

/* The known key or section that looks most like it, or NULL. */
static const char *nearest(const char *key)
{
    const char *best = NULL;
    unsigned least = 3;

    for (uint32_t i = 0; i < config_row_count; i++) {
        const char *names[] = { config_rows[i].name, config_rows[i].section };

        for (int n = 0; n < 2; n++)
            if (letters_apart(key, names[n]) < least) {
                least = letters_apart(key, names[n]);
                best = names[n];
            }
    }
    return best;
}

static unsigned find_key_line(const struct reading *reading, const char *key)
{
    unsigned line = find_line(reading, NULL, key);

    for (uint32_t i = 0; !line && i < config_row_count; i++)
        line = find_line(reading, config_rows[i].section, key);
    return line;
}

static void unknown_key(struct reading *reading, const char *key)
{
    const char *like = nearest(key);
    unsigned line = find_key_line(reading, key);

    if (like)
        add_fault(reading, line, "unknown key '%.60s'; did you mean '%s'?", key,
                like);
    else
        add_fault(reading, line, "unknown key '%.60s'", key);
}

/* --- the library --- */

/* Its log is the only place where it says what is wrong, and where. */
static void on_log(
        cyaml_log_t level, void *context, const char *format, va_list args)
{
    static const char ignoring[] = "Load: Ignoring key: ";
    struct reading *reading = context;
    char text[200];
    char *line;

    vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\n")] = '\0';
    if (strncmp(text, ignoring, sizeof(ignoring) - 1) == 0) {
        unknown_key(reading, text + sizeof(ignoring) - 1);
        return;
    }
    if (level < CYAML_LOG_ERROR)
        return;
    line = strstr(text, "(line: ");
    if (line && !reading->line)
        reading->line = (unsigned)strtoul(line + 7, NULL, 10);
    else if (!line && !reading->sentence[0] && !strstr(text, "Backtrace"))
        snprintf(reading->sentence, sizeof(reading->sentence), "%.150s",
                strncmp(text, "Load: ", 6) == 0 ? text + 6 : text);
}

static void set_option(struct reading *reading, struct config *config,
        const struct config_row *row, const char *text)
{
    char where[300];

    if (!text)
        return;
    snprintf(where, sizeof(where), "%.250s:%u", reading->name,
            find_line(reading, row->section, row->name));
    if (config_set(config, row, text, where, reading->faults) != ERR_OK)
        reading->faulty = true;
}

/* Every text that the file gives, through config_set. */
static void set_options(struct reading *reading, const struct texts *texts,
        struct config *config)
{
    const struct config_row *row = config_rows;

#define SECTION(name)
#define OPTION(section, name, type, ...)                                       \
    set_option(reading, config, row++,                                         \
            texts->section ? texts->section->name : NULL);
#define END(name)
#include "bridge/config.def"
#undef SECTION
#undef OPTION
#undef END
}

/* Names that do not go together have a line only where they stand together;
 * else config_complete finds it. */
static void check_sites(struct reading *reading, const struct texts *texts,
        const struct config *config)
{
    char where[300];

    if (reading->faulty || !texts->site || !texts->site->name ||
            !texts->site->others)
        return;
    snprintf(where, sizeof(where), "%.250s:%u: ", reading->name,
            find_line(reading, "site", "others"));
    if (config_check_sites(config, where, reading->faults) != ERR_OK)
        reading->faulty = true;
}

/* Nothing but comments: libcyaml would want a mapping. */
static bool is_empty(const char *text, size_t len)
{
    bool comment = false;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n')
            comment = false;
        else if (text[i] == '#')
            comment = true;
        else if (!comment && text[i] != ' ' && text[i] != '\r')
            return false;
    }
    return true;
}

enum err config_read_text(struct config *config, const char *name,
        const char *text, size_t len, struct buf *faults)
{
    struct reading reading = { name, text, len, faults, false, "", 0 };
    struct config fresh = *config;
    struct texts *texts = NULL;
    cyaml_config_t library = { .log_fn = on_log,
        .log_ctx = &reading,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_DEBUG,
        .flags = CYAML_CFG_IGNORE_UNKNOWN_KEYS | CYAML_CFG_NO_ALIAS };
    cyaml_err_t err;

    if (is_empty(text, len))
        return ERR_OK;
    err = cyaml_load_data((const uint8_t *)text, len, &library, &file_schema,
            (cyaml_data_t **)&texts, NULL);
    if (err != CYAML_OK)
        add_fault(&reading, reading.line, "%s",
                reading.sentence[0] ? reading.sentence : cyaml_strerror(err));
    else
        set_options(&reading, texts, &fresh);
    if (texts)
        check_sites(&reading, texts, &fresh);
    if (texts)
        cyaml_free(&library, &file_schema, texts, 0);
    if (reading.faulty)
        return ERR_CONFIG;
    *config = fresh;
    return ERR_OK;
}

static int64_t steady_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Is there something to read, or its end, before that moment? */
static bool wait_for(int fd, int64_t until_ms)
{
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    int64_t left_ms;
    int rc = 0;

    do {
        left_ms = until_ms - steady_ms();
        rc = left_ms > 0 ? poll(&ready, 1, (int)left_ms) : 0;
    } while (rc < 0 && errno == EINTR);
    return rc == 1;
}

/*
 * All of the file into text[0..CONFIG_FILE_BYTES], which has room for one byte
 * more than it may have. A pipe may not take its time: SIGHUP reads in the
 * loop. NULL, or what is wrong.
 */
static const char *read_all(int fd, char *text, size_t *len)
{
    int64_t until_ms = steady_ms() + PIPE_WAIT_MS;
    ssize_t got = 1;

    *len = 0;
    while (got > 0 && *len <= CONFIG_FILE_BYTES) {
        if (!wait_for(fd, until_ms))
            return "nothing comes out of it";
        got = read(fd, text + *len, CONFIG_FILE_BYTES + 1 - *len);
        if (got > 0)
            *len += (size_t)got;
    }
    if (got < 0)
        return "cannot be read";
    return *len > CONFIG_FILE_BYTES ? "larger than 64 KiB" : NULL;
}

enum err config_read_file(
        struct config *config, const char *path, struct buf *faults)
{
    char *text = malloc(CONFIG_FILE_BYTES + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *wrong = NULL;
    enum err err = ERR_IO;
    size_t len;

    if (!text || fd < 0)
        wrong = strerror(errno);
    else
        wrong = read_all(fd, text, &len);
    if (wrong)
        buf_printf(faults, "%s: %s\n", path, wrong);
    else
        err = config_read_text(config, path, text, len, faults);
    if (fd >= 0)
        close(fd);
    free(text);
    return err;
}
