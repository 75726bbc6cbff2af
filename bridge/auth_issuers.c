#include "bridge/auth_issuers.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/auth_life.h"
#include "schemas/roles.h"

#define WORD_MOST     255 /* of any text in the file */
#define SENTENCE_SIZE 200

/* --- the file's schema: texts, looked at one by one afterwards --- */

/* Texts of an entry. */
#define TEXTS(X)                                                               \
    X(kid)                                                                     \
    X(algorithm)                                                               \
    X(key_file)                                                                \
    X(issuer) X(audience) X(site) X(not_after) X(max_lifetime) X(iat)

/* What claims may be called, and our own names for them. */
#define CLAIMS(X)                                                              \
    X(SUBJECT, subject, "sub")                                                 \
    X(ROLE, role, "role")                                                      \
    X(ROLES, roles, "roles")                                                   \
    X(TABLE, table, "table")                                                   \
    X(DEVICE, device, "device")                                                \
    X(STATIONS, stations, "stations")                                          \
    X(TABLES, tables, "tables")                                                \
    X(SITE, site, "site")

struct claim_texts {
#define CLAIM(id, name, ours) char *name;
    CLAIMS(CLAIM)
#undef CLAIM
};

struct role_texts {
#define ROLE(id, ...)                                                          \
    char **id;                                                                 \
    unsigned id##_count;
#include "schemas/roles.def"
#undef ROLE
};

struct entry {
#define TEXT(name) char *name;
    TEXTS(TEXT)
#undef TEXT
    struct claim_texts *claims;
    struct role_texts *roles;
};

#define STRING_FIELD(type, name)                                               \
    CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,    \
            type, name, 1, WORD_MOST),

static const cyaml_schema_field_t claim_fields[] = {
#define CLAIM(id, name, ours) STRING_FIELD(struct claim_texts, name)
    CLAIMS(CLAIM)
#undef CLAIM
            CYAML_FIELD_END
};

static const cyaml_schema_value_t word_schema = { CYAML_VALUE_STRING(
        CYAML_FLAG_POINTER, char, 1, ISSUER_WORD_CHARS) };

/* Keys are our names in capitals: "no case" makes them our names. */
static const cyaml_schema_field_t role_fields[] = {
#define ROLE(id, ...)                                                          \
    CYAML_FIELD_SEQUENCE(#id, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,        \
            struct role_texts, id, &word_schema, 1, ISSUER_WORDS),
#include "schemas/roles.def"
#undef ROLE
    CYAML_FIELD_END
};

static const cyaml_schema_field_t entry_fields[] = {
#define TEXT(name) STRING_FIELD(struct entry, name)
    TEXTS(TEXT)
#undef TEXT
            CYAML_FIELD_MAPPING_PTR("claims",
                    CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct entry,
                    claims, claim_fields),
    CYAML_FIELD_MAPPING_PTR("roles",
            CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL |
                    CYAML_FLAG_CASE_INSENSITIVE,
            struct entry, roles, role_fields),
    CYAML_FIELD_END
};

static const cyaml_schema_value_t entry_schema = { CYAML_VALUE_MAPPING(
        CYAML_FLAG_DEFAULT, struct entry, entry_fields) };

static const cyaml_schema_value_t file_schema = { CYAML_VALUE_SEQUENCE(
        CYAML_FLAG_POINTER, struct entry, &entry_schema, 0, ISSUERS_MAX) };

/* One reading of a file: where a fault belongs, and where it goes. */
struct reading {
    const char *path;
    const char *text;
    size_t len;
    const struct sites *sites;
    struct buf *faults;
    bool faulty;
    uint32_t entry;               /* the one being looked at, from 0 */
    char sentence[SENTENCE_SIZE]; /* the library's last complaint */
    unsigned line;                /* the innermost line of its backtrace */
};

/* --- lines --- */

/* One line of the file, and where in it the first character stands. */
struct line {
    const char *text;
    size_t len;
    size_t indent;
};

static bool next_line(const struct reading *reading, struct line *line)
{
    const char *end = reading->text + reading->len, *stop;

    line->text = line->text ? line->text + line->len + 1 : reading->text;
    if (line->text >= end)
        return false;
    stop = memchr(line->text, '\n', (size_t)(end - line->text));
    line->len = (size_t)((stop ? stop : end) - line->text);
    line->indent = 0;
    while (line->indent < line->len && line->text[line->indent] == ' ')
        line->indent++;
    return true;
}

/* Has the line `key:`, as a key in block or flow style? */
static bool has_key(const struct line *line, const char *key)
{
    size_t len = strlen(key);

    for (size_t i = line->indent; i + len < line->len; i++)
        if ((i == 0 || strchr(" {,-", line->text[i - 1])) &&
                strncasecmp(line->text + i, key, len) == 0 &&
                line->text[i + len] == ':')
            return true;
    return false;
}

/* The line of a key of the entry; of the entry itself, if that is not found. An
 * entry begins at a dash as far left as the first one. */
static unsigned find_line(const struct reading *reading, const char *key)
{
    struct line line = { NULL, 0, 0 };
    size_t left = SIZE_MAX;
    uint32_t entries = 0;
    unsigned number = 0, begin = 0;

    while (next_line(reading, &line)) {
        number++;
        if (line.indent < line.len && line.text[line.indent] == '-') {
            left = left == SIZE_MAX ? line.indent : left;
            entries += line.indent == left;
        }
        if (entries < reading->entry + 1)
            continue;
        if (entries > reading->entry + 1)
            break;
        begin = begin ? begin : number;
        if (has_key(&line, key))
            return number;
    }
    return begin;
}

/* Where an unknown key stands; the library names the line of what is before
 * it. */
static unsigned find_from(
        const struct reading *reading, unsigned from, const char *key)
{
    struct line line = { NULL, 0, 0 };
    unsigned number = 0;

    while (next_line(reading, &line))
        if (++number >= from && has_key(&line, key))
            return number;
    return from;
}

static void add_fault(struct reading *reading, unsigned line,
        const char *format, ...) __attribute__((format(printf, 3, 4)));

static void add_fault(
        struct reading *reading, unsigned line, const char *format, ...)
{
    char sentence[FAULT_TEXT_CHARS + SENTENCE_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    reading->faulty = true;
    buf_put_fault(reading->faults, reading->path, line, sentence);
}

static void fault_at(
        struct reading *reading, const char *key, const char *sentence)
{
    add_fault(reading, find_line(reading, key), "%s: %s", key, sentence);
}

/* --- the library --- */

/* Its log is the only place where it says what is wrong, and where. */
static void on_log(
        cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct reading *reading = context;
    char text[SENTENCE_SIZE];
    const char *line;

    if (level < CYAML_LOG_ERROR)
        return;
    vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\n")] = '\0';
    line = strstr(text, "(line: ");
    if (line && !reading->line)
        reading->line = (unsigned)strtoul(line + 7, NULL, 10);
    else if (!line && !reading->sentence[0])
        snprintf(reading->sentence, sizeof(reading->sentence), "%s",
                strncmp(text, "Load: ", 6) == 0 ? text + 6 : text);
}

static void say_unloaded(struct reading *reading, cyaml_err_t err)
{
    static const char unknown[] = "Unexpected key: ";
    const char *key = reading->sentence + sizeof(unknown) - 1;

    if (strncmp(reading->sentence, unknown, sizeof(unknown) - 1) == 0)
        add_fault(reading, find_from(reading, reading->line, key),
                "unknown key '%.60s'", key);
    else
        add_fault(reading, reading->line, "%s",
                reading->sentence[0] ? reading->sentence : cyaml_strerror(err));
}

/* --- values --- */

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            return false;
    return true;
}

/* A text as it is, if it is there. */
static void copy(struct reading *reading, const char *key, const char *text,
        char *out, size_t size)
{
    if (!text)
        return;
    if (strlen(text) >= size || !is_printable(text))
        fault_at(reading, key, "too long, or not printable ASCII");
    else
        snprintf(out, size, "%s", text);
}

static void read_kid(struct reading *reading, const struct issuers *before,
        const struct entry *entry, struct issuer *issuer)
{
    if (!entry->kid) {
        fault_at(reading, "kid", "is missing: a key needs a name");
        return;
    }
    copy(reading, "kid", entry->kid, issuer->kid, sizeof(issuer->kid));
    if (strncmp(entry->kid, KEY_NAME_PREFIX, strlen(KEY_NAME_PREFIX)) == 0)
        fault_at(reading, "kid", "our own keys begin with " KEY_NAME_PREFIX);
    for (uint32_t i = 0; i < before->count; i++)
        if (strcmp(before->rows[i].kid, issuer->kid) == 0)
            fault_at(reading, "kid", "another key is called so");
}

/* Beside the file, unless it says where. False: too long. */
static bool find_file(const struct reading *reading, const char *name,
        char out[KEY_FILE_CHARS + 1])
{
    const char *slash = strrchr(reading->path, '/');
    int folder = slash ? (int)(slash + 1 - reading->path) : 0;

    if (*name == '/')
        folder = 0;
    return snprintf(out, KEY_FILE_CHARS + 1, "%.*s%s", folder, reading->path,
                   name) <= KEY_FILE_CHARS;
}

static void read_key(struct reading *reading, const struct entry *entry,
        struct issuer *issuer)
{
    enum key_algorithm algorithm =
            key_algorithm_find(entry->algorithm ? entry->algorithm : "");
    struct fault fault;

    if (algorithm == KEY_ALGORITHMS)
        fault_at(reading, "algorithm", "one of HS256, RS256, ES256");
    else if (!entry->key_file)
        fault_at(reading, "key_file", "is missing");
    else if (!find_file(reading, entry->key_file, issuer->key_file))
        fault_at(reading, "key_file", "too long");
    else if (key_read(&issuer->key, issuer->key_file, algorithm, &fault) !=
             ERR_OK)
        fault_at(reading, "key_file", fault.text);
}

static void read_life(struct reading *reading, const struct entry *entry,
        struct issuer *issuer)
{
    if (entry->not_after &&
            !life_read_end(entry->not_after, &issuer->not_after_ms))
        fault_at(reading, "not_after",
                "a day, 2026-06-30, or 2026-06-30T18:00:00Z");
    if (entry->max_lifetime &&
            !life_read(entry->max_lifetime, &issuer->max_life_ms))
        fault_at(reading, "max_lifetime", "e.g. 15m, 12h or 30d, up to 400d");
    if (!entry->iat)
        return;
    issuer->iat_optional = strcmp(entry->iat, "optional") == 0;
    if (!issuer->iat_optional && strcmp(entry->iat, "required") != 0)
        fault_at(reading, "iat", "optional or required");
}

static void read_claims(struct reading *reading, const struct entry *entry,
        struct issuer *issuer)
{
    const struct claim_texts none = { .subject = NULL };
    const struct claim_texts *texts = entry->claims ? entry->claims : &none;

#define CLAIM(id, name, ours)                                                  \
    copy(reading, #name, texts->name, issuer->claims[CLAIM_##id],              \
            sizeof(issuer->claims[CLAIM_##id]));
    CLAIMS(CLAIM)
#undef CLAIM
}

/* Who has one restaurant need not say which. */
static void read_site(struct reading *reading, const struct entry *entry,
        struct issuer *issuer)
{
    bool claimed = entry->claims && entry->claims->site;
    const char *name = entry->site;

    if (!name && !claimed && reading->sites->count == 1)
        name = reading->sites->names[0];
    if (name && claimed)
        fault_at(reading, "site", "either site or claims.site");
    else if (name && !sites_find(reading->sites, name))
        fault_at(reading, "site", "no restaurant of ours is called so");
    else if (name)
        snprintf(issuer->site, sizeof(issuer->site), "%s", name);
    else if (!claimed)
        fault_at(reading, "site", "is missing, and claims.site, too");
}

static void add_word(struct reading *reading, struct issuer *issuer,
        const char *theirs, uint32_t role)
{
    struct issuer_word *word = issuer->words;
    struct issuer_word *end = word + issuer->word_count;

    while (word < end && strcmp(word->theirs, theirs) != 0)
        word++;
    if (word == issuer->words + ISSUER_WORDS) {
        fault_at(reading, "roles", "at most 32 names of roles");
        return;
    }
    if (word == end) {
        snprintf(word->theirs, sizeof(word->theirs), "%s", theirs);
        word->roles = 0;
        issuer->word_count++;
    }
    word->roles |= role;
}

static void read_roles(struct reading *reading, const struct entry *entry,
        struct issuer *issuer)
{
    const struct role_texts *texts = entry->roles;

    if (!texts)
        return;
    if (texts->HUB_count)
        fault_at(reading, "hub", "nobody comes in as the hub itself");
#define ROLE(id, ...)                                                          \
    for (unsigned i = 0; i < texts->id##_count; i++)                           \
        add_word(reading, issuer, texts->id[i], ROLE_##id);
#include "schemas/roles.def"
#undef ROLE
    if (issuer->word_count == 0)
        fault_at(reading, "roles", "names nobody");
}

static void read_entry(struct reading *reading, const struct entry *entry,
        struct issuers *issuers)
{
    struct issuer *issuer = &issuers->rows[issuers->count];

    issuer_init(issuer);
    issuer->is_other = issuer->takes_numbers = true;
    read_kid(reading, issuers, entry, issuer);
    issuers->count++;
    read_key(reading, entry, issuer);
    copy(reading, "issuer", entry->issuer, issuer->issuer,
            sizeof(issuer->issuer));
    copy(reading, "audience", entry->audience, issuer->audience,
            sizeof(issuer->audience));
    read_life(reading, entry, issuer);
    read_claims(reading, entry, issuer);
    read_site(reading, entry, issuer);
    read_roles(reading, entry, issuer);
}

/* --- the whole --- */

void issuer_init(struct issuer *issuer)
{
    *issuer = (struct issuer){ .max_life_ms = LIFE_MAX_MS };
#define CLAIM(id, name, ours)                                                  \
    snprintf(issuer->claims[CLAIM_##id], sizeof(issuer->claims[CLAIM_##id]),   \
            "%s", ours);
    CLAIMS(CLAIM)
#undef CLAIM
}

/* Nothing but comments: libcyaml would read that as no list. */
static bool is_empty(const struct reading *reading)
{
    struct line line = { NULL, 0, 0 };

    while (next_line(reading, &line))
        if (line.indent < line.len && !strchr("#\r", line.text[line.indent]))
            return false;
    return true;
}

enum err issuers_read_text(struct issuers *issuers, const char *path,
        const char *text, size_t len, const struct sites *sites,
        struct buf *faults)
{
    struct reading reading = {
        .path = path, .text = text, .len = len, .sites = sites, .faults = faults
    };
    cyaml_config_t library = { .log_fn = on_log,
        .log_ctx = &reading,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS };
    struct entry *entries = NULL;
    unsigned count = 0;
    cyaml_err_t err;

    issuers->count = 0;
    if (is_empty(&reading))
        return ERR_OK;
    err = cyaml_load_data((const uint8_t *)text, len, &library, &file_schema,
            (cyaml_data_t **)&entries, &count);
    if (err != CYAML_OK)
        say_unloaded(&reading, err);
    for (unsigned i = 0; i < count; i++) {
        reading.entry = i;
        read_entry(&reading, &entries[i], issuers);
    }
    if (entries)
        cyaml_free(&library, &file_schema, entries, count);
    if (!reading.faulty)
        return ERR_OK;
    issuers_finish(issuers);
    return ERR_CONFIG;
}

/* NULL, or what is wrong. */
static const char *read_all(const char *path, char *text, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *wrong = NULL;
    struct stat about;
    ssize_t got;

    if (fd < 0)
        return strerror(errno);
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        wrong = "not a file";
    else if (about.st_size > ISSUERS_FILE_BYTES)
        wrong = "larger than 64 KiB";
    else if (about.st_mode & 022)
        wrong = "others may write it, and let in whom they like";
    else if ((got = read(fd, text, ISSUERS_FILE_BYTES)) < 0)
        wrong = strerror(errno);
    else
        *len = (size_t)got;
    close(fd);
    return wrong;
}

enum err issuers_read_file(struct issuers *issuers, const char *path,
        const struct sites *sites, struct buf *faults)
{
    char *text = malloc(ISSUERS_FILE_BYTES);
    const char *wrong = "no memory";
    enum err err = ERR_IO;
    size_t len = 0;

    issuers->count = 0;
    if (text)
        wrong = read_all(path, text, &len);
    if (wrong)
        buf_printf(faults, "%s: %s\n", path, wrong);
    else
        err = issuers_read_text(issuers, path, text, len, sites, faults);
    free(text);
    return err;
}

void issuers_finish(struct issuers *issuers)
{
    for (uint32_t i = 0; i < issuers->count; i++)
        key_close(&issuers->rows[i].key);
    issuers->count = 0;
}
