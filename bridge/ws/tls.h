/*
 * tls: what the port shows of itself, and how it speaks TLS.
 *
 * TLS 1.2 and 1.3, ciphers with forward secrecy and authentication alone, no
 * compression, no renegotiation, no session cache. Each new handshake is given
 * the certificate that there is at that moment, so a new one is shown from the
 * next handshake on, and nobody who is connected notices.
 */
#ifndef BRIDGE_WS_TLS_H
#define BRIDGE_WS_TLS_H

#include <openssl/ssl.h>
#include <stdint.h>

#include "hub/base/err.h"

struct tls;

#define TLS_SERIAL_CHARS 80

/*
 * Both are paths of PEM files, copied; see bridge/tls_files.h for what is asked
 * of them. ERR_CONFIG: they are not fit to be used, the fault says why.
 */
enum err tls_open(struct tls **tls, const char *cert, const char *key,
        struct fault *fault);

/* NULL is fine. Handshakes under way go on. */
void tls_close(struct tls *tls);

/* Read the files again. ERR_CONFIG: as above; what there was stays. */
enum err tls_reload(struct tls *tls, struct fault *fault);

/* Have `context` speak as said above; `tls` has to outlive it. ERR_IO: OpenSSL
 * does not want to. */
enum err tls_use(struct tls *tls, SSL_CTX *context);

/* Of the certificate that is shown: its number in hexadecimal, and when it ends
 * (Unix seconds). */
const char *tls_serial(const struct tls *tls);
int64_t tls_ends_s(const struct tls *tls);

#endif
