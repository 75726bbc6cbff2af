/*
 * An Origin or Host: what is one has one meaning, which is the same when it
 * is written again.
 */
#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "bridge/ws/origin.h"

static const char *const samples[] = {
    "https://menu.example",
    "http://[::1]:3000",
    "HTTP://Hub:8080",
    "capacitor://localhost",
    "https://user@menu.example/",
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

#include "tests/fuzz/samples.h"

static void check_small(const char *text, const char *more)
{
    for (; *text; text++)
        assert(islower((unsigned char)*text) || isdigit((unsigned char)*text) ||
                strchr(more, *text));
}

static void check(const struct origin *origin)
{
    char text[ORIGIN_CHARS + 16];
    struct origin again;

    assert(origin->scheme[0] && origin->host[0]);
    check_small(origin->scheme, "+-.");
    check_small(origin->host, "-._[]:");
    assert(origin_equal(origin, origin));
    if (origin->port)
        snprintf(text, sizeof(text), "%s://%s:%u", origin->scheme, origin->host,
                (unsigned)origin->port);
    else
        snprintf(text, sizeof(text), "%s://%s", origin->scheme, origin->host);
    assert(origin_read(text, &again));
    assert(origin_equal(origin, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text = malloc(len + 1);
    struct origin origin;

    assert(text);
    memcpy(text, data, len);
    text[len] = '\0';
    if (origin_read(text, &origin))
        check(&origin);
    else
        assert(!origin_equal(&origin, &origin));
    if (origin_of_host("https", text, &origin))
        check(&origin);
    free(text);
    return 0;
}
