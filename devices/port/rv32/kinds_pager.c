/* A pager that is nothing else. */
#include "devices/kinds/kinds.h"
#include "devices/port/rv32/board.h"

const struct board_kind board_kinds[] = {
    { "pager", &pager_kind },
    { NULL, NULL },
};
