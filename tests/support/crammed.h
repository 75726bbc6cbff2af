/*
 * crammed: a disk on which no file may be larger than so much, which is as
 * near to a full one as a process comes by itself.
 */
#ifndef TESTS_SUPPORT_CRAMMED_H
#define TESTS_SUPPORT_CRAMMED_H

#include <stdint.h>

/* What grows beyond it is refused (EFBIG), for all of the process. */
void crammed_begin(uint64_t bytes);
void crammed_end(void);

#endif
