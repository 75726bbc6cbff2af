/*
 * inbox: what producers and devices publish, on its way to authority_submit,
 * and the receipts that they get for it: a producer always, a device for what
 * has an id.
 *
 * A producer is heard in the dialect that it was given (tongues.h).
 *
 * A device is who its topic says, as the broker lets it write nowhere else;
 * ids in a payload do not count, and of what it says of itself its kind and
 * table do not, where its credential says otherwise. Who was retired is not
 * heard. Retained messages are old news, but for dev/<id>/state, which is how
 * the broker says that a device is gone, and a device that it sleeps.
 */
#ifndef BRIDGE_MQTT_INBOX_H
#define BRIDGE_MQTT_INBOX_H

#include <mosquitto.h>
#include <stdbool.h>
#include <stdint.h>

#include "bridge/dialect/dialect.h"
#include "bridge/mqtt/admit.h"
#include "bridge/mqtt/tongues.h"
#include "bridge/mqtt/topics.h"
#include "bridge/submit/authority.h"
#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "hub/outlet.h"

struct hub;

/* More than are read in one turn, and each turn ends in a commit. */
#define INBOX_NOTES   512
#define RECEIPT_BYTES 1024

enum note_stage {
    NOTE_FREE,
    NOTE_SUBMITTED, /* its ticket is with the hub */
    NOTE_ANSWERED,  /* a receipt is to be sent */
};

struct note {
    enum note_stage stage;
    bool wants_receipt;
    bool is_device;
    bool is_state; /* of a topic that is retained */
    enum evt_id what;
    int64_t at_ms;   /* when it was heard */
    uint32_t next_s; /* so long a device should sleep next; 0: as it likes */
    char client[ID_CHARS + 1];
    char key[KEY_CHARS + 1]; /* the sender's own id, or "" */
    struct settlement settlement;
    struct fault fault; /* the answer, if its code is not ERR_OK */
};

struct inbox {
    struct hub *hub;
    const char *site;
    const struct sites *sites; /* all that meet at the broker */
    struct tongues *tongues;
    struct admit *admit;      /* who is enrolled */
    enum authority authority; /* who decides what devices say */
    const struct outlet *outlet;
    void *owner;    /* of the outlet */
    bool must_drop; /* something was not stored: acknowledge nothing of this
                       turn, and let the broker send it again */
    bool has_missed_state; /* one could not be stored: to be read again when
                              there is room */
    bool is_stale;         /* a device that was retired has a retained state */
    uint32_t answered;     /* notes in that stage */
    struct note notes[INBOX_NOTES];
};

/* One message from the broker. */
void inbox_take(struct inbox *inbox, const struct mosquitto_message *message,
        int64_t now_ms);

/* For outlet->settled. */
void inbox_settle(struct inbox *inbox, uint64_t ticket,
        const struct settlement *settlement);

/*
 * The next receipt: write its text and whom it goes to. False: none waits.
 */
bool inbox_next_receipt(
        struct inbox *inbox, char client[ID_CHARS + 1], struct buf *text);

/* The link is gone: receipts that wait are worth nothing any more. */
void inbox_discard_receipts(struct inbox *inbox);

/*
 * {"id","seq","epoch","duplicate"} or {"id"?,"error":{…}}. The id is the
 * sender's own, where it gave one. A device without a clock reads "ts" besides,
 * our time in milliseconds, and "retry" where there is an error; one that
 * sleeps, for its device.online, "next": the seconds until it should wake.
 */
void receipt_put(struct buf *out, const struct note *note);

#endif
