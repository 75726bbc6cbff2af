#include "bridge/confine.h"

#include <stdlib.h>

#include "bridge/command.h"
#include "bridge/jail/jail.h"
#include "bridge/jail/rights.h"
#include "bridge/mqtt/files.h"
#include "bridge/mqtt/place.h"
#include "hub/base/log.h"

#define MOST_FILES 65536

/* Libraries have to keep to what the jail leaves them. */
static void prepare_libraries(const struct config *config)
{
    setenv("SQLITE_TMPDIR", config->data.dir, 1);
    setenv("UV_USE_IO_URING", "0", 1);
}

enum err confine_begin(const struct config *config)
{
    enum err err;

    /* Not beyond: libwebsockets scans the whole table at each close. */
    jail_begin(MOST_FILES);
    prepare_libraries(config);
    err = rights_become(config->process.user, config->data.dir);
    return err == ERR_OK ? command_make_dir(config->data.dir) : err;
}

static void add_files(struct jail *jail, const struct config *config,
        const struct issuers *issuers)
{
    if (command_config_path())
        jail_add_file(jail, command_config_path());
    for (uint32_t i = 0; i < config_row_count; i++)
        if (config_rows[i].is_file)
            jail_add_file(jail, (const char *)config + config_rows[i].offset);
    for (uint32_t i = 0; i < issuers->count; i++)
        jail_add_file(jail, issuers->rows[i].key_file);
}

enum err confine_minder(const struct config *config, struct minder *minder)
{
    char program[BROKER_PATH_BYTES], dir[BROKER_PATH_BYTES];
    char conf[BROKER_PATH_BYTES];
    struct jail jail = { .whom = JAIL_BROKER, .data = dir, .program = program };
    const struct minder_options options = { .program = program,
        .conf = conf,
        .jail = config->process.sandbox ? &jail : NULL };
    enum err err;

    if (*config->mqtt.url)
        return ERR_OK;
    err = place_find_program(NULL, program);
    if (err == ERR_OK)
        err = files_make_dir(config->data.dir, dir);
    if (err == ERR_OK)
        err = files_path(dir, "mosquitto.conf", conf);
    return err == ERR_OK ? minder_open(minder, &options) : err;
}

enum err confine_enter(
        const struct config *config, const struct issuers *issuers)
{
    struct jail jail = {
        .whom = JAIL_DAEMON, .data = config->data.dir, .pages = config->web.dir
    };

    if (!config->process.sandbox) {
        log_warn("process.sandbox is off");
        rights_drop();
        return ERR_OK;
    }
    add_files(&jail, config, issuers);
    return jail_enter(&jail);
}
