/*
 * A device that fetches its credential: what the hub, or whoever stands
 * between, answers, and the file it becomes; and the code that a person has
 * typed, which makes no head of HTTP and no JSON.
 *
 * The first byte chooses: an answer, a credential, a code.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "devices/port/posix/claim.h"
#include "devices/port/posix/credential.h"

/* As it is answered to a code. */
#define CREDENTIAL                                                             \
    "1{\"client_id\":\"p\",\"username\":\"p\",\"password\":\"\","              \
    "\"site\":\"main\",\"mqtt\":{\"host\":\"hub\",\"port\":1884}}"

static const char *const samples[] = {
    "0HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"a\":\"b\"}123",
    "0HTTP/1.1 403 Forbidden\r\n\r\n{}",
    "1{\"client_id\":\"p\",\"username\":\"p\",\"password\":\"x\"}",
    CREDENTIAL,
    "27GK2M-Q9RTX",
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

#include "tests/fuzz/samples.h"

static void check_value(const char *text)
{
    assert(memchr(text, '\0', CREDENTIAL_TEXT));
    for (; *text; text++)
        assert((unsigned char)*text >= 0x20);
}

static void read_answer(const char *text, size_t len)
{
    const char *body = NULL;
    size_t body_len = 0;
    unsigned status = claim_answer(text, len, &body, &body_len);

    if (status)
        assert(body >= text && body + body_len <= text + len);
}

static void read_credential(const char *text, size_t len)
{
    struct credential credential;

    if (!credential_parse(&credential, text, len))
        return;
    assert(credential.client_id[0] && credential.username[0]);
    check_value(credential.client_id);
    check_value(credential.username);
    check_value(credential.password);
    check_value(credential.site);
    check_value(credential.id);
    check_value(credential.table);
    check_value(credential.host);
    check_value(credential.port);
}

/* Five lines of a head, then one object with one text. */
static void ask(const char *code)
{
    static const struct claim_url url = { .host = "hub", .port = "80" };
    char request[CLAIM_REQUEST_BYTES];
    const char *body;
    int lines = 0;

    if (!claim_request(request, &url, code))
        return;
    body = strstr(request, "\r\n\r\n");
    assert(body);
    for (const char *c = request; c < body; c++)
        lines += *c == '\n';
    assert(lines == 4);
    body += 4;
    assert(strncmp(body, "{\"code\":\"", 9) == 0);
    assert(strcspn(body + 9, "\"\\\r\n") == strlen(code));
    assert(strcmp(body + 9 + strlen(code), "\"}") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text;

    if (len < 1)
        return 0;
    text = malloc(len);
    assert(text);
    memcpy(text, data + 1, len - 1);
    text[len - 1] = '\0';
    if (data[0] % 3 == 0)
        read_answer(text, len - 1);
    else if (data[0] % 3 == 1)
        read_credential(text, len - 1);
    else
        ask(text);
    free(text);
    return 0;
}
