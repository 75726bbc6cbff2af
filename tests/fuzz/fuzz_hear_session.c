/* Whatever is said in dialect session; see hear.h. */
#define LISTENER DIALECT_SESSION
#include "tests/fuzz/hear.h"
