/*
 * device: a device as a house sees it: one object that says whether it is
 * there, how it is and whose it is, made from the picture.
 *
 * It is what GET /api/devices lists, what `dumbwaiter devices` prints and what
 * MQTT retains for programs of the house. Nothing of an order or of guests is
 * in it but an order's id and number, and a table.
 */
#ifndef BRIDGE_REST_DEVICE_H
#define BRIDGE_REST_DEVICE_H

#include <stddef.h>

#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "hub/evt/evt.h"

struct Dw__Device;
struct Dw__Picture;

/*
 * Write the members of the object, without its braces. `picture` is the one
 * that the device is of; a printer's tickets are counted in it.
 */
void device_put(struct buf *out, const struct Dw__Device *device,
        const struct Dw__Picture *picture, enum view view);

#define DEVICE_LIST_BYTES (4u << 20) /* longest answer that is read */

/*
 * The answer of GET /api/devices, text[0..len), as a table for people: one line
 * a device, columns aligned, printable ASCII alone. ERR_BAD_JSON: no such
 * answer. ERR_NO_MEMORY. On failure nothing is written.
 */
enum err device_print_list(struct buf *out, const char *text, size_t len);

#endif
