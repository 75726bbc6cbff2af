/*
 * private: is a file with a secret in it shut to others?
 */
#ifndef HUB_BASE_PRIVATE_H
#define HUB_BASE_PRIVATE_H

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Nobody but its owner may read or write it: mode 0600 or less. To another user
 * than root, `reader`, a file of root's may be shown as readable for root's
 * group: so a service manager hands a credential over (LoadCredential=).
 */
bool private_is(const struct stat *about, uid_t reader);

#endif
