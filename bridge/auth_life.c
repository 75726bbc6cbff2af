#include "bridge/auth_life.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool life_read(const char *text, int64_t *ms)
{
    static const char units[] = "smhd";
    static const int64_t seconds[] = { 1, 60, 60 * 60, 24 * 60 * 60 };
    int64_t number, unit = 1;
    const char *which;
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (*end) {
        which = strchr(units, *end);
        if (!which || end[1])
            return false;
        unit = seconds[which - units];
    }
    if (errno || number < 1 || number > LIFE_MAX_MS / 1000 / unit)
        return false;
    *ms = number * unit * 1000;
    return true;
}

/* All of the text, with as many digits as there should be. */
static bool read_as(
        const char *text, const char *format, size_t len, int64_t *at_ms)
{
    struct tm parts = { 0 };
    const char *end = strptime(text, format, &parts);
    int day = parts.tm_mday;

    if (strlen(text) != len || !end || *end || parts.tm_year < 70)
        return false;
    *at_ms = (int64_t)timegm(&parts) * 1000;
    return parts.tm_mday == day; /* else the month has not so many */
}

bool life_read_end(const char *text, int64_t *at_ms)
{
    if (read_as(text, "%Y-%m-%dT%H:%M:%SZ", 20, at_ms))
        return true;
    if (!read_as(text, "%Y-%m-%d", 10, at_ms))
        return false;
    *at_ms += LIFE_DAY_MS;
    return true;
}
