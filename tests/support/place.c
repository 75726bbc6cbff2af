#include "tests/support/place.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void place_make(struct place *place)
{
    const char *under = getenv("TMPDIR");

    snprintf(place->folder, sizeof(place->folder), "%s/dumbwaiter-XXXXXX",
            under && under[0] ? under : "/tmp");
    if (!mkdtemp(place->folder)) {
        perror(place->folder);
        abort();
    }
}

const char *place_file(struct place *place, const char *name)
{
    snprintf(place->file, sizeof(place->file), "%s/%.31s", place->folder, name);
    return place->file;
}

void place_remove(struct place *place)
{
    DIR *folder = opendir(place->folder);
    struct dirent *entry;

    while (folder && (entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            unlink(place_file(place, entry->d_name));
    if (folder)
        closedir(folder);
    rmdir(place->folder);
}
