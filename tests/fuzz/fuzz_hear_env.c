/* Whatever is said in dialect env; see hear.h. */
#define LISTENER DIALECT_ENV
#include "tests/fuzz/hear.h"
