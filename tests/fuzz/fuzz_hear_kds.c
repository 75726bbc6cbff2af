/* Whatever is said in dialect kds; see hear.h. */
#define LISTENER DIALECT_KDS
#include "tests/fuzz/hear.h"
