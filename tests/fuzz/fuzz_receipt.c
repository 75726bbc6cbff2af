/*
 * fuzz_receipt: what a device takes for the hub's answer. Whatever is read has
 * its id in the text, as the hub would write it.
 */
#include <stdlib.h>
#include <string.h>

#include "devices/core/receipt.h"

static const char *const samples[] = {
    "{\"id\":\"01081G81860W40J2GB1G6GW3RG\",\"seq\":4711,\"epoch\":\"k3f9x2a\","
    "\"duplicate\":false,\"ts\":1769882645123,\"next\":30}",
    "{\"id\":\"7ZZZZZZZZZZZZZZZZZZZZZZZZZ\",\"retry\":true,\"ts\":1,\"error\":{"
    "\"code\":\"busy\",\"field\":\"a[0]\",\"message\":\"\\\"}\"}}",
    "{ \"a\" : [ { } , \"]\" ] , \"id\" : \"00000000000000000000000001\" }",
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

#include "tests/fuzz/samples.h"

static void print(const uint8_t id[DEVICE_ID_BYTES], char out[28])
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    out[0] = out[27] = '"';
    for (int i = 0; i < 26; i++) {
        int value = 0;

        for (int bit = i * 5 - 2; bit < i * 5 + 3; bit++)
            value = value << 1 |
                    (bit < 0 ? 0 : id[bit / 8] >> (7 - bit % 8) & 1);
        out[1 + i] = digits[value];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct receipt receipt = { .ts_ms = 4711 };
    uint8_t *copy = malloc(len ? len : 1); /* so that its end is watched */
    char id[28];

    if (!copy)
        abort();
    if (len > 0)
        memcpy(copy, data, len);
    if (receipt_read(&receipt, copy, len)) {
        print(receipt.id, id);
        if (!memmem(copy, len, id, sizeof(id)) ||
                receipt.ts_ms > 999999999999999 || receipt.next_s > 3600)
            abort();
    } else if (receipt.ts_ms != 4711) {
        abort();
    }
    free(copy);
    return 0;
}
