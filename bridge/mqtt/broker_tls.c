#include "bridge/mqtt/broker_tls.h"

#include <string.h>

#include "bridge/mqtt/broker_conf.h"
#include "bridge/mqtt/files.h"
#include "bridge/tls_files.h"

#define NEXT_FILE "tls.next.pem"

/* Append a file, whatever its folder. */
static enum err read_file(const char *path, struct buf *out)
{
    const char *slash = strrchr(path, '/');
    char dir[BROKER_PATH_BYTES] = ".";
    size_t len = slash ? (size_t)(slash - path) : 0;

    if (len >= sizeof(dir))
        return ERR_IO;
    if (slash) {
        memcpy(dir, path, len);
        dir[len] = '\0';
    }
    return files_read(dir, slash ? slash + 1 : path, out);
}

/* What was read may be another than what was checked: it is checked again. */
static enum err put_pair(
        const char *dir, const struct buf *pair, struct fault *fault)
{
    char path[BROKER_PATH_BYTES];
    enum err err = files_path(dir, NEXT_FILE, path);

    if (err == ERR_OK)
        err = files_replace(dir, NEXT_FILE, pair->data, pair->len);
    if (err == ERR_OK)
        err = tls_files_check(path, path, NULL, fault);
    if (err == ERR_OK)
        err = files_replace(dir, BROKER_TLS_FILE, pair->data, pair->len);
    files_remove(dir, NEXT_FILE);
    return err;
}

static enum err take_pair(
        const struct broker_tls *tls, const char *dir, struct fault *fault)
{
    struct buf pair;
    enum err err;

    buf_init(&pair, 2 * TLS_FILE_BYTES + 1);
    err = read_file(tls->cert, &pair);
    buf_putc(&pair, '\n');
    if (err == ERR_OK)
        err = read_file(tls->key, &pair);
    if (err == ERR_OK && pair.failed)
        err = ERR_NO_MEMORY;
    if (err == ERR_OK)
        err = put_pair(dir, &pair, fault);
    if (pair.data)
        explicit_bzero(pair.data, pair.len);
    buf_finish(&pair);
    return err;
}

static enum err take_ca(const char *ca, const char *dir)
{
    struct buf text;
    enum err err;

    if (!*ca)
        return ERR_OK;
    buf_init(&text, TLS_FILE_BYTES);
    err = read_file(ca, &text);
    if (err == ERR_OK)
        err = files_replace(dir, BROKER_CA_FILE, text.data, text.len);
    buf_finish(&text);
    return err;
}

enum err broker_tls_take(
        const struct broker_tls *tls, const char *dir, struct fault *fault)
{
    enum err err;

    *fault = (struct fault){ 0 };
    if (!*tls->cert)
        return ERR_OK;
    err = tls_files_check(tls->cert, tls->key, tls->ca, fault);
    if (err == ERR_OK)
        err = take_pair(tls, dir, fault);
    if (err == ERR_OK)
        err = take_ca(tls->ca, dir);
    if (err != ERR_OK && fault->code == ERR_OK)
        fault_set(fault, err, "tls_cert", NULL);
    return err;
}
