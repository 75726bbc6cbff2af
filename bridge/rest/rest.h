/*
 * rest: requests to paths as statements of ours, and what they are
 * answered with: parts of the picture.
 *
 * Which request becomes which event stands in rest.def. Knows no
 * sockets, no paths and no rights: whether somebody may say what the request
 * says is for the hub to find.
 */
#ifndef BRIDGE_REST_REST_H
#define BRIDGE_REST_REST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/dialect/dialect.h"

struct Dw__Picture;
struct Dw__OrderDeliveries;

/* --- hearing --- */

enum rest_id {
    REST_NONE,
#define REST(id, ...) REST_##id,
#include "bridge/rest/rest.def"
    REST_COUNT
};

/* All of it borrowed. */
struct rest_asked {
    enum rest_id what;
    enum dialect_id dialect; /* whose words the body is in; native: ours, or
                                those of session */
    const struct principal *from;
    const char *id;   /* of the path, or "" */
    const char *text; /* the body; len 0: none */
    size_t len;
};

/*
 * The statement that the request makes: heard->what and heard->body, which is
 * handed over; no key. Of several events that a request could be it is the
 * one that `from` may state. Not ERR_OK: fault says why; its field is named
 * as in the event, or as the dialect does.
 */
enum err rest_hear(const struct rest_asked *asked, struct heard *heard,
        struct fault *fault);

/* Of a fault that was found in what the request has become: its field gets the
 * name that it has in the request, where that is another one. */
void rest_name_fault(enum rest_id what, struct fault *fault);

/* --- answering --- */

enum part_id {
    PART_NONE,
#define PART(id, ...) PART_##id,
#include "bridge/rest/rest.def"
    PART_COUNT
};

struct rest_part {
    const char *list; /* its name in the picture: "orders" */
    const char *one;  /* what one of them is called: "order" */
    uint32_t room;    /* room_bit: one of them is shown in that of its id */
    const char *also; /* a list that is needed to show one; or NULL */
    /* Write one that is not shown as it stands in the picture; or NULL. */
    void (*put)(struct buf *out, const ProtobufCMessage *one,
            const struct Dw__Picture *picture, enum view view);
};

extern const struct rest_part rest_parts[PART_COUNT];

/* Which ones: "" is all. */
struct rest_filter {
    const char *statuses; /* words with commas between; of ours or session's */
    const char *table;    /* its id or number */
};

/* "orders":[…] of the picture, as far as they pass; a part that is no list is
 * an object, or null. */
void rest_put_list(struct buf *out, enum part_id part,
        const struct Dw__Picture *picture, enum view view,
        const struct rest_filter *filter);

/* "order":{…}. False, and nothing is written: there is none of this id. */
bool rest_put_one(struct buf *out, enum part_id part,
        const struct Dw__Picture *picture, enum view view, const char *id);

/* "orderId":…,"deliveries":[…],"leftOut":n; NULL `of`: there are none. */
void rest_put_deliveries(struct buf *out, const char *order_id,
        const struct Dw__OrderDeliveries *of, enum view view);

/*
 * Does the request want an order of the picture to have the status that it has
 * already, and nothing else? Then, if the hub finds it impossible, it is not
 * wrong: it has come true before.
 */
bool rest_is_so(
        const struct rest_asked *asked, const struct Dw__Picture *picture);

/* The id of the one that an event tells about; borrowed, or NULL. */
const char *rest_subject(enum part_id part, const struct evt *evt);

#endif
