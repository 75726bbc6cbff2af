/*
 * tls_files: are a certificate, its key and the authorities that a listener is
 * told to use fit to be used? Asked before they are, at the start and at each
 * reload, so that a broken file changes nothing. Reads files, keeps nothing,
 * never logs.
 */
#ifndef BRIDGE_TLS_FILES_H
#define BRIDGE_TLS_FILES_H

#include "hub/base/err.h"

#define TLS_FILE_BYTES (256 * 1024) /* largest of these files */
#define TLS_CHAIN_MOST 8            /* certificates in `cert` */

/*
 * `cert`: PEM, the server's own certificate, then those that lead to its
 * authority. `key`: PEM, not encrypted, of this certificate, for its owner's
 * eyes only. `ca`: PEM, authorities of client certificates; NULL or "": none.
 * ERR_CONFIG: one cannot be read, is no such thing, is not valid now, does not
 * go with the others, or others may read the key; the fault's field is
 * tls_cert, tls_key or tls_ca, its text a sentence. ERR_NO_MEMORY.
 */
enum err tls_files_check(
        const char *cert, const char *key, const char *ca, struct fault *fault);

#endif
