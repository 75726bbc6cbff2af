#include "bridge/command.h"
#include "bridge/catalogue/catalogue.h"

int command_catalogue(int argc, char **argv)
{
    struct config config;
    struct buf out;
    const char *format = "markdown";
    bool json = false;
    const struct command_option own[] = {
        { "format", "FORMAT", "json, markdown, ts or asyncapi", NULL, &format },
        { "json", NULL, "the same as --format json", &json, NULL },
    };
    struct catalogue_place place;
    int first, code = command_read(
                       "catalogue", argc, argv, own, 2, &config, &first);

    if (code != COMMAND_GO_ON)
        return code;
    if (first < argc)
        return command_usage("catalogue", "takes no arguments");
    place = (struct catalogue_place){
        .site = config.site.name,
        .http_port = config.http.port,
        .mqtt_port = config.broker.port,
    };
    buf_init(&out, CATALOGUE_BYTES);
    if (!dialect_catalogue(&out, json ? "json" : format, &place)) {
        buf_finish(&out);
        return command_usage("catalogue", "no such format: %.40s", format);
    }
    return command_print(&out);
}
