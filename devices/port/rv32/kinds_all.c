/* Every kind that needs no paper. */
#include "devices/kinds/kinds.h"
#include "devices/port/rv32/board.h"

const struct board_kind board_kinds[] = {
    { "pager", &pager_kind },
    { "waiter", &waiter_kind },
    { "buzzer", &buzzer_kind },
    { "button", &button_kind },
    { "bumpbar", &bumpbar_kind },
    { NULL, NULL },
};
