#include "hub/base/private.h"

bool private_is(const struct stat *about, uid_t reader)
{
    bool is_handed_over =
            about->st_uid == 0 && about->st_gid == 0 && reader != 0;

    return (about->st_mode & (is_handed_over ? 037 : 077)) == 0;
}
