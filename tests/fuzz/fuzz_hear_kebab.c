/* Whatever is said in dialect kebab; see hear.h. */
#define LISTENER DIALECT_KEBAB
#include "tests/fuzz/hear.h"
