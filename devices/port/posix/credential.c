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

/* true, false, null or a number: only passed over. */
static bool skip_word(struct reader *reader)
{
    const char *from = reader->at;

    while (reader->at < reader->end && *reader->at &&
            strchr("abcdefghijklmnopqrstuvwxyzE0123456789+-.", *reader->at))
        reader->at++;
    return reader->at > from;
}

static char *field(struct credential *credential, const char *key)
{
    if (strcmp(key, "client_id") == 0)
        return credential->client_id;
    if (strcmp(key, "username") == 0)
        return credential->username;
    if (strcmp(key, "password") == 0)
        return credential->password;
    if (strcmp(key, "site") == 0)
        return credential->site;
    if (strcmp(key, "id") == 0)
        return credential->id;
    return NULL;
}

static bool take_member(struct reader *reader, struct credential *credential)
{
    char key[CREDENTIAL_TEXT];
    char other[CREDENTIAL_TEXT];
    char *value;

    if (!take_string(reader, key) || !take(reader, ':'))
        return false;
    value = field(credential, key);
    if (value && value[0])
        return false; /* twice */
    skip_blanks(reader);
    if (value || (reader->at < reader->end && *reader->at == '"'))
        return take_string(reader, value ? value : other);
    return skip_word(reader);
}

bool credential_parse(
        struct credential *credential, const char *text, size_t len)
{
    struct reader reader = { text, text + len };

    memset(credential, 0, sizeof(*credential));
    if (!take(&reader, '{'))
        return false;
    do {
        if (!take_member(&reader, credential))
            return false;
    } while (take(&reader, ','));
    if (!take(&reader, '}'))
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
