#include "hub/base/count.h"

#include <string.h>

#include "hub/base/buf.h"

static const struct {
    const char *name, *labels, *help;
} rows[COUNT_COUNT] = {
#define COUNT(id, name, labels, help) [COUNT_##id] = { name, labels, help },
#include "hub/base/count.def"
#undef COUNT
};

static uint64_t counts[COUNT_COUNT];
static uint64_t refused[ERR_COUNT];

void count_add(enum count which, uint64_t n)
{
    counts[which] += n;
}

uint64_t count_of(enum count which)
{
    return counts[which];
}

void count_refused(enum err code)
{
    counts[COUNT_REFUSED]++;
    refused[code]++;
}

static void print_row(struct buf *out, int i)
{
    if (i == 0 || strcmp(rows[i].name, rows[i - 1].name) != 0)
        buf_printf(out,
                "# HELP dumbwaiter_%s %s\n# TYPE dumbwaiter_%s counter\n",
                rows[i].name, rows[i].help, rows[i].name);
    buf_printf(out, "dumbwaiter_%s%s%s%s %llu\n", rows[i].name,
            rows[i].labels[0] ? "{" : "", rows[i].labels,
            rows[i].labels[0] ? "}" : "", (unsigned long long)counts[i]);
}

void count_print(struct buf *out)
{
    for (int i = 0; i < COUNT_COUNT; i++)
        print_row(out, i);
    buf_puts(out, "# HELP dumbwaiter_refusals_total Refusals by code.\n"
                  "# TYPE dumbwaiter_refusals_total counter\n");
    for (int i = ERR_OK + 1; i < ERR_COUNT; i++)
        if (refused[i])
            buf_printf(out, "dumbwaiter_refusals_total{code=\"%s\"} %llu\n",
                    err_kinds[i].name, (unsigned long long)refused[i]);
}
