#include "bridge/dialect/parts.h"

/* Exactly `count` digits, then `end` (0: nothing is asked). */
static bool read_digits(const char **text, int count, char end, int *number)
{
    *number = 0;
    for (int i = 0; i < count; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *number = *number * 10 + (**text - '0');
    }
    if (end == '\0')
        return true;
    return *(*text)++ == end;
}

static bool read_date(const char **text, int64_t *days)
{
    static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273,
        304, 334, 365 };
    int year, month, day, leap, length, past;

    if (!read_digits(text, 4, '-', &year) ||
            !read_digits(text, 2, '-', &month) ||
            !read_digits(text, 2, 'T', &day))
        return false;
    if (year < 1970 || month < 1 || month > 12)
        return false;
    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    length = before[month] - before[month - 1] + (month == 2 && leap);
    if (day < 1 || day > length)
        return false;
    past = year - 1; /* leap days up to the end of the year before */
    *days = (int64_t)(year - 1970) * 365 +
            (past / 4 - past / 100 + past / 400) - 477 + before[month - 1] +
            (month > 2 && leap) + day - 1;
    return true;
}

/* ".123", any number of digits from 1 to 9; finer than a millisecond is cut. */
static bool read_fraction(const char **text, int *ms)
{
    int scale = 100, count = 0;

    *ms = 0;
    if (**text != '.')
        return true;
    for ((*text)++; **text >= '0' && **text <= '9'; (*text)++) {
        *ms += (**text - '0') * scale;
        scale /= 10;
        count++;
    }
    return count >= 1 && count <= 9;
}

static bool read_zone(const char **text, int *minutes)
{
    char sign = *(*text)++;
    int hour, minute;

    *minutes = 0;
    if (sign == 'Z')
        return true;
    if ((sign != '+' && sign != '-') || !read_digits(text, 2, ':', &hour) ||
            !read_digits(text, 2, '\0', &minute) || hour > 14 || minute > 59)
        return false;
    *minutes = (sign == '-' ? -1 : 1) * (hour * 60 + minute);
    return true;
}

bool parse_time(const char *text, int64_t *at_ms)
{
    int hour, minute, second, ms, zone;
    int64_t days, seconds;

    if (!read_date(&text, &days) || !read_digits(&text, 2, ':', &hour) ||
            !read_digits(&text, 2, ':', &minute) ||
            !read_digits(&text, 2, '\0', &second) ||
            !read_fraction(&text, &ms) || !read_zone(&text, &zone) || *text)
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    seconds = days * 86400 + hour * 3600 + (minute - zone) * 60 + second;
    if (seconds < 0)
        return false;
    *at_ms = seconds * 1000 + ms;
    return true;
}
