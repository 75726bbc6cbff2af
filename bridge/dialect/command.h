/*
 * command: what somebody wants to be true, for the back end to decide.
 *
 * With `authority: backend` a statement by anybody else becomes an event of
 * its own, command.requested, which says what was stated and by whom. Here
 * one is made of the other, and said to the back end.
 */
#ifndef BRIDGE_DIALECT_COMMAND_H
#define BRIDGE_DIALECT_COMMAND_H

#include "hub/base/err.h"
#include "hub/evt/evt.h"

/*
 * The body of command.requested for what `from` states: the same statement
 * makes the same body, so that a repetition is known. `stated` is borrowed,
 * `*command` is handed over. ERR_TOO_LARGE: more than one event can hold;
 * ERR_NO_MEMORY.
 */
enum err dialect_make_command(const struct principal *from, enum evt_id what,
        const ProtobufCMessage *stated, ProtobufCMessage **command);

/*
 * A command.requested as MQTT cmd/<event> and the webhook have it:
 * {"v":1,"command":true,"id","epoch","seq","event","ts","exp","by","roles",
 * "payload"}, where event and payload are those that were stated. Borrowed:
 * lives as long as the event. NULL: out of memory.
 */
const struct evt_form *dialect_say_command(struct evt *evt);

/* The name of the event that a command.requested is about; borrowed. */
const char *dialect_command_name(const struct evt *evt);

#endif
