/*
 * files: the broker's small files, read whole and replaced whole.
 *
 * They hold passwords or their hashes, so they are readable by their owner
 * only. A reader never sees half a file: the new one is complete on disk
 * before it takes the old one's name. Two may replace different files of a
 * folder at once; whoever replaces the same one takes turns (roster.h).
 */
#ifndef BRIDGE_MQTT_FILES_H
#define BRIDGE_MQTT_FILES_H

#include "hub/base/buf.h"
#include "hub/base/err.h"

#define BROKER_FILE_BYTES (1024u * 1024)
#define BROKER_PATH_BYTES 1024 /* longest path of one of these files */

/*
 * Make <data>/broker where it is missing and write its absolute path to
 * `dir`. ERR_IO: the log says why.
 */
enum err files_make_dir(const char *data_dir, char dir[BROKER_PATH_BYTES]);

/* Write dir/name to `path`. ERR_IO: longer than BROKER_PATH_BYTES. */
enum err files_path(
        const char *dir, const char *name, char path[BROKER_PATH_BYTES]);

/*
 * Append dir/name to `out`. ERR_NOT_FOUND: there is none; ERR_TOO_LARGE: more
 * than `out` takes; ERR_IO: the log says why.
 */
enum err files_read(const char *dir, const char *name, struct buf *out);

/* Give dir/name these contents; written by root, it belongs to the owner of
 * `dir`. ERR_IO: the old ones stay; the log says why. */
enum err files_replace(
        const char *dir, const char *name, const void *data, size_t len);

/* Remove dir/name, if it is there. */
void files_remove(const char *dir, const char *name);

#endif
