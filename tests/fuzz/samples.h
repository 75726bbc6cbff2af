/*
 * samples: a mutator that starts from whole inputs: chance alone would hardly
 * find one. Include once, after `samples` and `SAMPLES` are defined.
 */
#ifndef TESTS_FUZZ_SAMPLES_H
#define TESTS_FUZZ_SAMPLES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max);
size_t LLVMFuzzerCustomMutator(
        uint8_t *data, size_t len, size_t max, unsigned seed);

size_t LLVMFuzzerCustomMutator(
        uint8_t *data, size_t len, size_t max, unsigned seed)
{
    const char *text = samples[seed / 16 % SAMPLES];

    if ((len <= 1 || seed % 16 == 0) && strlen(text) <= max) {
        len = strlen(text);
        memcpy(data, text, len);
    }
    return LLVMFuzzerMutate(data, len, max);
}

#endif
