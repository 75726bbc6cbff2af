/* Whatever is said in dialect flat; see hear.h. */
#define LISTENER DIALECT_FLAT
#include "tests/fuzz/hear.h"
