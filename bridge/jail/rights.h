/*
 * rights: who the process is, and what it may do as that.
 */
#ifndef BRIDGE_JAIL_RIGHTS_H
#define BRIDGE_JAIL_RIGHTS_H

#include "hub/base/err.h"

/*
 * Started as root with a `user` (not ""): become that user for good, with its
 * groups. The right to listen below port 1024 stays until rights_drop.
 * `data_dir` is made for that user where it is missing. As root without one
 * the log warns; as anybody else nothing happens.
 * ERR_CONFIG: there is no such user, it is root, or `data_dir` belongs to
 * somebody else. ERR_IO: it cannot be made, or root cannot be left.
 */
enum err rights_become(const char *user, const char *data_dir);

/*
 * No capability is left, nor can one come back. But root, where it stays root,
 * keeps its way with files: what lies in a data directory may be others'.
 */
void rights_drop(void);

#endif
