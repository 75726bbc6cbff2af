/*
 * config: what the operator may choose, from a file, the environment and the
 * command line, in this order of growing weight.
 *
 * The rows of config.def are everything: they make the struct, the schema of
 * the YAML file, the environment's names (DUMBWAITER_<SECTION>_<KEY>), the
 * flags, the checks and the help. Nothing here opens a socket or a directory.
 * Faults are sentences, one a line, "FILE:LINE: …" where there is a line.
 */
#ifndef BRIDGE_CONFIG_H
#define BRIDGE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/auth_sites.h"
#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "hub/escalate.h"

#define CONFIG_CHARS       255
#define CONFIG_NAMES_CHARS (SITES_MAX * (ID_CHARS + 2)) /* and TONGUES */
#define CONFIG_FAULT_BYTES 16384 /* give the buffer for faults this limit */
#define CONFIG_FILE_BYTES  65536 /* largest file read */

enum config_type {
    CONFIG_TEXT,
    CONFIG_NUMBER,
    CONFIG_SWITCH,
    CONFIG_NAMES,
    CONFIG_TONGUES,
    CONFIG_LADDER,
};

#define CONFIG_FIELD_TEXT(name)   char name[CONFIG_CHARS + 1]
#define CONFIG_FIELD_NUMBER(name) int64_t name
#define CONFIG_FIELD_SWITCH(name) bool name
#define CONFIG_FIELD_NAMES(name)  char name[CONFIG_NAMES_CHARS + 1]
#define CONFIG_FIELD_TONGUES      CONFIG_FIELD_NAMES
#define CONFIG_FIELD_LADDER       CONFIG_FIELD_TEXT

/* config.http.port and so on, as the rows say. */
struct config {
#define SECTION(name)                    struct {
#define OPTION(section, name, type, ...) CONFIG_FIELD_##type(name);
#define END(name)                                                              \
    }                                                                          \
    name;
#include "bridge/config.def"
#undef SECTION
#undef OPTION
#undef END
};

struct config_row {
    const char *section;
    const char *name;
    enum config_type type;
    size_t offset;     /* in struct config */
    const char *flag;  /* without the dashes */
    const char *text;  /* the default */
    const char *words; /* a text's possible values, or NULL */
    int64_t min, max;  /* of a number; of a text's length */
    bool reload;
    bool is_file; /* a path of one that is read, at a reload again */
    const char *help;
};

extern const struct config_row config_rows[];
extern const uint32_t config_row_count;

/* Every option at its default. */
void config_init(struct config *config);

/*
 * Set what the YAML file says; every fault in it is appended to `faults`.
 * ERR_CONFIG: there was one; `config` is then unchanged. ERR_IO: the file
 * cannot be read.
 */
enum err config_read_file(
        struct config *config, const char *path, struct buf *faults);

/* The same from YAML in memory; `name` stands in the faults. */
enum err config_read_text(struct config *config, const char *name,
        const char *text, size_t len, struct buf *faults);

/* Set what DUMBWAITER_… variables say. ERR_CONFIG: as above. */
enum err config_read_environment(struct config *config, struct buf *faults);

/* Set one option from text; `where` opens the sentence of a fault. */
enum err config_set(struct config *config, const struct config_row *row,
        const char *text, const char *where, struct buf *faults);

/*
 * Fill in the paths that depend on others: data.dir, auth.key_file,
 * webhook.secret_file.
 * ERR_CONFIG: there is no home directory, a path is too long, or two options
 * do not go together.
 */
enum err config_complete(struct config *config, struct buf *faults);

/*
 * Do the restaurants' names go together? `where` opens the sentence of a
 * fault, which is ERR_CONFIG.
 */
enum err config_check_sites(
        const struct config *config, const char *where, struct buf *faults);

/* All restaurants, the first one first; `config` is complete. */
void config_sites(const struct config *config, struct sites *sites);

/* Who is told of what nobody notices, into `ladders`; NULL: nobody is. */
const struct ladders *config_ladders(
        const struct config *config, struct ladders *ladders);

/*
 * Take over into `running` what may change while it runs; appends the names
 * of options that differ and cannot, with commas, to `kept`.
 */
void config_reload(
        struct config *running, const struct config *fresh, struct buf *kept);

/* The options for --help, or for the manual as a Markdown table. */
void config_print_help(struct buf *out);
void config_print_markdown(struct buf *out);

/* What the HTTP port speaks: "https" or "http". */
const char *config_http_scheme(const struct config *config);

/* "mqtt://HOST:PORT" in parts. False: not of this form. */
bool config_split_url(
        const char *url, char host[CONFIG_CHARS + 1], uint16_t *port);

#endif
