/*
 * validate_parts: what the files of validate share, and nobody else.
 *
 * The two tables that say which function is asked for which event stand in
 * validate.c (possible?) and validate_complete.c (what was not given).
 */
#ifndef HUB_VALIDATE_PARTS_H
#define HUB_VALIDATE_PARTS_H

#include "hub/evt/shelf.h"
#include "hub/validate.h"
#include "schemas/common.pb-c.h"

/* A moment may lie so far back; older is a wrong clock. */
#define VALIDATE_OLDEST_MS (12 * 60 * 60 * 1000ll)

/* May it happen now? The body is well formed and completed. */
typedef enum err possible_fn(const struct statement *statement,
        const struct state *state, struct fault *fault);

/* Fill in what was not given. Cannot fail. */
typedef void complete_fn(
        const struct statement *statement, const struct state *state);

/* Fill in what every body may have, then what its table says. */
complete_fn validate_complete;

/* An id from the event's number ("call-17"), or from it and another one where
 * somebody else counts in the same way and has it on the shelf. */
void validate_make_id(const struct statement *statement,
        const struct shelf *shelf, const char *prefix, char id[ID_CHARS + 1]);

/* Does a guest or a device say it of what is its own, and nobody who may say it
 * of everything? */
bool validate_is_of_own(const struct statement *statement);

/* Where something is, the picture knows better than whoever looks at a screen:
 * at another table, guests would be told what is not theirs. */
void validate_put_table(ProtobufCMessage *body, const Dw__TableRef *table);

/* --- validate_doors.c --- */

/* Of the roles that may say such a thing, those that may not say this one: its
 * token names stations or tables, and this is about others. */
uint32_t validate_out_of_scope(
        const struct statement *statement, const struct state *state);

/* The same of listening. */
uint32_t validate_room_out_of_scope(const struct principal *principal,
        const struct room *room, const struct state *state);

/* Does it speak for itself, or may it speak for others? */
bool validate_is_in_own_name(const struct statement *statement);

possible_fn doors_may_revoke;
complete_fn doors_complete_revoked, doors_complete_ended;

/* --- validate_order.c --- */

possible_fn order_may_be_created, order_may_be_updated, order_may_change_status,
        order_may_step, order_may_be_recalled, order_may_be_asked_to_cancel,
        order_may_be_answered, order_may_get_items, order_may_change_item,
        order_may_get_station;

/* Served or cancelled: nothing more happens to it. */
bool order_item_is_done(const Dw__Item *item);

/* --- validate_order_complete.c --- */

complete_fn order_complete_created, order_complete_updated,
        order_complete_status, order_complete_whole, order_complete_accepted,
        order_complete_summary, order_complete_items_added,
        order_complete_item_status, order_complete_kitchen_completed,
        order_complete_recalled;

/* --- validate_floor.c --- */

possible_fn floor_may_move, floor_may_call, floor_may_alert,
        floor_may_handle_call, floor_may_change_alert, floor_may_page,
        floor_may_answer_page, floor_may_go_online, floor_may_go_offline,
        floor_may_be_in_trouble;

complete_fn floor_complete_table, floor_complete_layout, floor_complete_call,
        floor_complete_handled, floor_complete_alert,
        floor_complete_alert_updated, floor_complete_acknowledged,
        floor_complete_page, floor_complete_page_over, floor_complete_device,
        floor_complete_receipt;

/* --- validate_device.c --- */

possible_fn device_may_be_assigned, device_may_be_configured, device_may_press;
complete_fn device_complete_configured, device_complete_key;

/* --- validate_job.c --- */

possible_fn job_may_be_answered, job_may_be_accepted, job_may_have_failed,
        job_may_be_reprinted, job_may_expire;
complete_fn job_complete;

/* --- validate_board.c --- */

/* Is it to the house, and from nobody else? Ids are not for guests to give:
 * whether there is such a message is none of their business. */
bool board_is_own_message(
        const struct principal *from, const ProtobufCMessage *body);

possible_fn board_may_write, board_may_change_message, board_may_delete_message,
        board_may_delete_messages, board_may_notify;

complete_fn board_complete_item, board_complete_item_name,
        board_complete_message, board_complete_message_changed,
        board_complete_message_deleted, board_complete_notice;

#endif
