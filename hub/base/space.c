#include "hub/base/space.h"

#include <errno.h>

const char *const space_words[SPACE_COUNT] = {
    [SPACE_OK] = "ok",
    [SPACE_RESERVE] = "reserve",
    [SPACE_FULL] = "full",
};

bool space_is_lacking(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}
