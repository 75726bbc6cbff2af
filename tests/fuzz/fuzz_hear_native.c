/* Whatever is said in dialect native; see hear.h. */
#define LISTENER DIALECT_NATIVE
#include "tests/fuzz/hear.h"
