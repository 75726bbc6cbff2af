/*
 * What printers post that fetch their jobs, or publish: JSON of Star's, forms
 * and XML of Epson's. Whatever it is, texts end where they must, and only a
 * result with the job's own token can end the job.
 *
 * The first byte chooses: a message, a form, a result, a notification.
 */
#include <assert.h>
#include <stdlib.h>

#include "devices/port/posix/epson.h"
#include "devices/port/posix/star.h"

#define JOB "0123456789abcdef-00000001"

static const char *const samples[] = {
    "0{\"printerMAC\":\"00:11:62:aa:bb:cc\",\"statusCode\":\"200%20OK\","
    "\"printingInProgress\":false,\"clientAction\":[{\"request\":\"x\"}]}",
    "0{\"title\":\"print-result\",\"jobToken\":\"" JOB "\","
    "\"printSucceeded\":false,\"statusCode\":\"410\"}",
    "1ConnectionType=SetResponse&ID=&ResponseFile=%3Ca+b%3E",
    "2<printjobid>" JOB "</printjobid><response success=\"true\" code=\"\" "
    "status=\"251658262\"/></ePOSPrint>",
    "3<printerstatus devicename=\"local_printer\" asbstatus = \"0x0F00003C\"/>",
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

#include "tests/fuzz/samples.h"

static void read_message(const char *text, size_t len)
{
    struct star_message message;
    char again[STAR_MAC_BYTES];

    if (!star_read(&message, text, len))
        return;
    assert(memchr(message.token, '\0', sizeof(message.token)));
    assert(memchr(message.title, '\0', sizeof(message.title)));
    assert(message.code == 0 || (message.code >= 100 && message.code <= 9999));
    if (message.mac[0])
        assert(star_mac(again, message.mac, strlen(message.mac)) &&
                strcmp(again, message.mac) == 0);
}

static void read_form(const char *text, size_t len)
{
    char value[64];

    if (epson_form(text, len, "ConnectionType", value, sizeof(value)))
        assert(memchr(value, '\0', sizeof(value)));
}

static void read_result(const char *text)
{
    struct epson_result result;

    if (!epson_read_result(&result, text))
        return;
    assert(memchr(result.token, '\0', sizeof(result.token)));
    assert(strstr(text, result.token));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct print_status status;
    char *text;

    if (len < 1)
        return 0;
    text = malloc(len);
    assert(text);
    memcpy(text, data + 1, len - 1);
    text[len - 1] = '\0';
    if (data[0] % 4 == 0)
        read_message(text, len - 1);
    else if (data[0] % 4 == 1)
        read_form(text, len - 1);
    else if (data[0] % 4 == 2)
        read_result(text);
    else
        epson_read_status(&status, text);
    free(text);
    return 0;
}
