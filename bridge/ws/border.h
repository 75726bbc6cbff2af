/*
 * border: what libwebsockets calls, translated into what happened.
 */
#ifndef BRIDGE_WS_BORDER_H
#define BRIDGE_WS_BORDER_H

#include <libwebsockets.h>

int border(struct lws *wsi, enum lws_callback_reasons reason, void *user,
        void *in, size_t len);

#endif
