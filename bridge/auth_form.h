/*
 * auth_form: the form of a token, before anybody looks at what it says.
 *
 * The library that verifies tokens reads base 64 generously: what it skips or
 * throws away would make many texts of one token. Here a token has one text.
 */
#ifndef BRIDGE_AUTH_FORM_H
#define BRIDGE_AUTH_FORM_H

#include <stdbool.h>

#define AUTH_TOKEN_CHARS 2048 /* longest token accepted */

/*
 * Three parts with a dot between them, none empty, each in base 64 for
 * addresses, without padding and with no bit too many; the first two are JSON
 * objects as the strict gate in front of all our JSON has them.
 */
bool token_is_formed(const char *token);

#endif
