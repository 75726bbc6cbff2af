#include "devices/port/posix/credential.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct reader {
    const char *at;
    const char *end;
};

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) &&
            *reader->at)
        reader->at++;
}

static bool take(struct reader *reader, char c)
{
    skip_blanks(reader);
    if (reader->at == reader->end || *reader->at != c)
        return false;
    reader->at++;
    return true;
}

static bool unescape(char *c)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    const char *found = *c ? strchr(from, *c) : NULL;

    if (found)
        *c = to[found - from];
    return found != NULL;
}

static bool take_string(struct reader *reader, char out[CREDENTIAL_TEXT])
{
    size_t len = 0;

    if (!take(reader, '"'))
        return false;
    while (reader->at < reader->end) {
        char c = *reader->at++;

        if (c == '"') {
            out[len] = '\0';
            return true;
        }
        if ((unsigned char)c < 0x20)
            return false;
        if (c == '\\') {
            if (reader->at == reader->end)
                return false;
            c = *reader->at++;
            if (!unescape(&c))
                return false;
        }
        if (len + 1 == CREDENTIAL_TEXT)
            return false;
        out[len++] = c;
    }
    return false;
}

/* true, false, null or a number, as it stands; passed over without `out`. */
static bool take_word(struct reader *reader, char *out)
{
    const char *from = reader->at;
    size_t len;

    while (reader->at < reader->end && *reader->at &&
            strchr("abcdefghijklmnopqrstuvwxyzE0123456789+-.", *reader->at))
        reader->at++;
    len = (size_t)(reader->at - from);
    if (out && len < CREDENTIAL_TEXT) {
        memcpy(out, from, len);
        out[len] = '\0';
    }
    return len > 0 && len < CREDENTIAL_TEXT;
}

/* One key that is known, and where its value goes. */
struct field {
    const char *key;
    char *value;
    bool is_word; /* a number, true or false */
};

/* NULL: none of them. */
static const struct field *find_field(
        const struct field *fields, const char *key)
{
    for (; fields->key; fields++)
        if (strcmp(fields->key, key) == 0)
            return fields;
    return NULL;
}

static bool take_value(struct reader *reader, const struct field *field)
{
    char other[CREDENTIAL_TEXT];
    bool is_string;

    if (field && field->value[0])
        return false; /* twice */
    skip_blanks(reader);
    is_string = reader->at < reader->end && *reader->at == '"';
    if (field && is_string == field->is_word)
        return false;
    if (is_string)
        return take_string(reader, field ? field->value : other);
    return take_word(reader, field ? field->value : NULL);
}

/* What stands between braces; `parts` are those of the object "mqtt", NULL
 * within it. */
static bool take_object(struct reader *reader, const struct field *fields,
        const struct field *parts)
{
    char key[CREDENTIAL_TEXT];

    if (!take(reader, '{'))
        return false;
    do {
        bool is_part;

        if (!take_string(reader, key) || !take(reader, ':'))
            return false;
        is_part = parts && strcmp(key, "mqtt") == 0;
        if (is_part ? !take_object(reader, parts, NULL)
                    : !take_value(reader, find_field(fields, key)))
            return false;
    } while (take(reader, ','));
    return take(reader, '}');
}

bool credential_parse(
        struct credential *credential, const char *text, size_t len)
{
    struct reader reader = { text, text + len };
    const struct field fields[] = { { "client_id", credential->client_id,
                                            false },
        { "username", credential->username, false },
        { "password", credential->password, false },
        { "site", credential->site, false }, { "id", credential->id, false },
        { "kind", credential->kind, false },
        { "table", credential->table, false }, { NULL, NULL, false } };
    const struct field parts[] = { { "host", credential->host, false },
        { "port", credential->port, true }, { "tls", credential->tls, true },
        { NULL, NULL, false } };

    memset(credential, 0, sizeof(*credential));
    if (!take_object(&reader, fields, parts))
        return false;
    skip_blanks(&reader);
    return reader.at == reader.end && credential->client_id[0] &&
           credential->username[0] && credential->password[0];
}

/* The whole file, -1 if it is unreadable or longer than cap. */
static ssize_t read_file(const char *path, char *out, size_t cap)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t n = 0;

    if (fd < 0)
        return -1;
    while (len < cap && (n = read(fd, out + len, cap - len)) > 0)
        len += (size_t)n;
    close(fd);
    return n < 0 || len == cap ? -1 : (ssize_t)len;
}

bool credential_read(struct credential *credential, const char *path)
{
    char text[CREDENTIAL_BYTES];
    ssize_t len = read_file(path, text, sizeof(text));

    return len >= 0 && credential_parse(credential, text, (size_t)len);
}

bool credential_write(const char *path, const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool written;

    if (fd < 0)
        return false;
    written = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
    if (close(fd) == 0 && written)
        return true;
    unlink(path);
    return false;
}

bool credential_password(char out[CREDENTIAL_TEXT], const char *path)
{
    char text[CREDENTIAL_BYTES];
    ssize_t len = read_file(path, text, sizeof(text) - 1);
    size_t line;

    if (len <= 0)
        return false;
    text[len] = '\0';
    line = strcspn(text, "\r\n");
    if (line == 0 || line >= CREDENTIAL_TEXT)
        return false;
    memcpy(out, text, line);
    out[line] = '\0';
    return true;
}
