/*
 * hex: digits of base 16.
 */
#ifndef HUB_BASE_HEX_H
#define HUB_BASE_HEX_H

/* What the digit stands for, 0 to 15, in either case. -1: it is none. */
int hex_digit(char c);

#endif
