/*
 * places: the jail's files, by the rows of jail.def and by the configuration.
 */
#ifndef BRIDGE_JAIL_PLACES_H
#define BRIDGE_JAIL_PLACES_H

#include <limits.h>
#include <stdint.h>

#include "bridge/jail/jail.h"
#include "hub/base/err.h"

/*
 * From here on this thread, and all that it starts, has these places and no
 * others. Where the kernel has no Landlock it is ERR_OK, and the log says so.
 * ERR_IO: not possible.
 */
enum err places_enter(const struct jail *jail, uint32_t traits);

/*
 * What to grant, so that `file` can be read again when another has taken its
 * name: its folder. But the file alone where the folder is the root or lies
 * right below it: /etc and /home have more in them than a key.
 */
void place_of_file(const char *file, char place[PATH_MAX]);

/*
 * And where its name lies, by the same measure, if the name is a link: some
 * who hand out keys put them into another folder each time.
 */
void place_of_name(const char *file, char place[PATH_MAX]);

#endif
