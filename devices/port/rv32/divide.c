#include "devices/port/rv32/divide.h"

uint64_t divide(uint64_t number, uint64_t divisor, uint64_t *rest)
{
    uint64_t quotient = 0;

    *rest = 0;
    for (int bit = 63; bit >= 0; bit--) {
        uint64_t carry = *rest >> 63;

        *rest = *rest << 1 | (number >> bit & 1);
        quotient <<= 1;
        if (carry || *rest >= divisor) {
            *rest -= divisor;
            quotient |= 1;
        }
    }
    return quotient;
}

#if defined(__riscv_xlen) && __riscv_xlen == 32

/* What the compiler calls where the source has `/` and `%`. */
uint64_t __udivdi3(uint64_t number, uint64_t divisor);
uint64_t __umoddi3(uint64_t number, uint64_t divisor);
int64_t __divdi3(int64_t number, int64_t divisor);
int64_t __moddi3(int64_t number, int64_t divisor);

static uint64_t size_of(int64_t number)
{
    return number < 0 ? -(uint64_t)number : (uint64_t)number;
}

uint64_t __udivdi3(uint64_t number, uint64_t divisor)
{
    uint64_t rest;

    return divide(number, divisor, &rest);
}

uint64_t __umoddi3(uint64_t number, uint64_t divisor)
{
    uint64_t rest;

    divide(number, divisor, &rest);
    return rest;
}

int64_t __divdi3(int64_t number, int64_t divisor)
{
    uint64_t rest;
    uint64_t size = divide(size_of(number), size_of(divisor), &rest);

    return (int64_t)((number < 0) != (divisor < 0) ? -size : size);
}

/* The rest has the sign of what was divided. */
int64_t __moddi3(int64_t number, int64_t divisor)
{
    uint64_t rest;

    divide(size_of(number), size_of(divisor), &rest);
    return (int64_t)(number < 0 ? -rest : rest);
}

#endif
