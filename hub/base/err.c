#include "hub/base/err.h"

#include <stdarg.h>
#include <stdio.h>

const struct err_kind err_kinds[ERR_COUNT] = {
#define ERR(id, ...) [ERR_##id] = { __VA_ARGS__ },
#include "hub/base/err.def"
#undef ERR
};

static void make_printable(char *text)
{
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            *text = '?';
}

enum err fault_set(struct fault *fault, enum err code, const char *field,
        const char *format, ...)
{
    va_list args;

    fault->code = code;
    snprintf(fault->field, sizeof(fault->field), "%s", field ? field : "");
    va_start(args, format);
    if (format)
        vsnprintf(fault->text, sizeof(fault->text), format, args);
    else
        snprintf(fault->text, sizeof(fault->text), "%s", err_kinds[code].text);
    va_end(args);
    make_printable(fault->field);
    make_printable(fault->text);
    return code;
}
