/*
 * fuzz_out: what printers and CUPS send back. A job is on paper only where the
 * bytes have its number whole, flow control left out; whatever is read is read
 * in bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "devices/port/posix/out_ipp.h"
#include "devices/port/posix/out_talk.h"

#define NUMBER 4711
#define BYTES  4096

static const char *const samples[] = {
    "\x10\x01\x01\x01\x12\x16\x12\x37\x22  QX\x01",
    "HTTP/1.0 200 OK\r\n\r\n\x01\x01\x01\x01\x01\x01\x01\x01\x02\x21",
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

#include "tests/fuzz/samples.h"

/* Does the answer stand there? */
static bool has_answer(const uint8_t *data, size_t len)
{
    uint8_t wanted[ESCPOS_NUMBER_DIGITS + 3] = { 0x37, 0x22 };
    uint8_t plain[BYTES];
    size_t count = 0;

    escpos_number_digits(NUMBER, wanted + 2);
    for (size_t i = 0; i < len; i++)
        if (data[i] != 0x11 && data[i] != 0x13)
            plain[count++] = data[i];
    return memmem(plain, count, wanted, sizeof(wanted)) != NULL;
}

static void try_talk(const uint8_t *data, size_t len)
{
    struct print_status status = { 0 };
    struct out_talk talk;
    uint32_t answered = 0;

    talk_begin(&talk);
    for (size_t i = 0; i < len; i++)
        answered += talk_status(&talk, data[i], &status);
    if (answered > 1)
        abort();
    talk_begin(&talk);
    for (size_t i = 0; i < len; i++)
        if (talk_confirm(&talk, data[i], CONFIRM_PROCESS_ID, NUMBER) ==
                        OUT_DONE &&
                !has_answer(data, i + 1))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ipp_answer answer;
    uint8_t *copy;

    if (len > BYTES)
        return 0;
    copy = malloc(len ? len : 1); /* so that its end is watched */
    if (!copy)
        abort();
    if (len > 0)
        memcpy(copy, data, len);
    try_talk(copy, len);
    if (!ipp_read(&answer, copy, len) &&
            (answer.is_ok || answer.job || answer.state))
        abort();
    free(copy);
    return 0;
}
