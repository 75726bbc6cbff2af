#include <stdio.h>
#include <string.h>

#include "bridge/catalogue/parts.h"

#define CHANNELS_AT "#/channels/"
#define TOPIC_ROOT  "dw/1/{site}/"

/* --- where things are said --- */

/* What goes one way through a channel. */
struct flow {
    bool events;        /* those that go to rooms, in envelopes */
    bool statements;    /* payloads of those that others may state */
    enum parcel_use ws; /* the native protocol's messages of this side */
    const char *other[3];
};

struct channel {
    const char *name;
    const char *server;
    const char *address; /* of mqtt: below the root */
    const char *about;
    struct flow in;    /* to the hub */
    struct flow out;   /* from the hub */
    const char *reply; /* the channel whose .out answers what comes .in */
    bool retained;
};

static const struct channel channels[] = {
    {
            .name = "in",
            .server = "mqtt",
            .address = "in/{client}/{event}",
            .about = "What a producer states: the payload, or "
                     "{\"id\",\"payload\"}; "
                     "`id` is the key that a repetition repeats.",
            .in = { .statements = true },
            .reply = "receipt",
    },
    {
            .name = "receipt",
            .server = "mqtt",
            .address = "receipt/{client}",
            .about = "What has become of what the producer stated.",
            .out = { .other = { "Receipt", "Refusal" } },
    },
    {
            .name = "json",
            .server = "mqtt",
            .address = "json/{room}",
            .about = "Events, for people and programs.",
            .out = { .events = true },
    },
    {
            .name = "pb",
            .server = "mqtt",
            .address = "pb/{room}",
            .about = "The same for devices.",
            .out = { .other = { MESSAGE_PROTOBUF } },
    },
    {
            .name = "state",
            .server = "mqtt",
            .address = "state/{room}",
            .about = "The picture of a room; empty when the room is gone.",
            .out = { .other = { MESSAGE_PICTURE } },
            .retained = true,
    },
    {
            .name = "cmd",
            .server = "mqtt",
            .address = "cmd/{event}",
            .about = "What the back end has to decide, where it is the one to "
                     "decide.",
            .out = { .other = { "Command" } },
    },
    {
            .name = "devState",
            .server = "mqtt",
            .address = "dev/{device}/state",
            .about = "Whether a device is there.",
            .in = { .other = { "DevicePresence" } },
            .retained = true,
    },
    {
            .name = "devInfo",
            .server = "mqtt",
            .address = "dev/{device}/info",
            .about = "What a device is: device.online.",
            .in = { .other = { MESSAGE_PROTOBUF } },
    },
    {
            .name = "devAck",
            .server = "mqtt",
            .address = "dev/{device}/ack",
            .about = "What a device has done.",
            .in = { .other = { MESSAGE_PROTOBUF } },
    },
    {
            .name = "devEvt",
            .server = "mqtt",
            .address = "dev/{device}/evt",
            .about = "What a device states, such as a call.",
            .in = { .other = { MESSAGE_PROTOBUF } },
    },
    {
            .name = "devJob",
            .server = "mqtt",
            .address = "dev/{device}/job",
            .about = "What a printer shall print.",
            .out = { .other = { MESSAGE_PROTOBUF } },
    },
    {
            .name = "devCmd",
            .server = "mqtt",
            .address = "dev/{device}/cmd",
            .about = "What else a device shall do.",
            .out = { .other = { MESSAGE_PROTOBUF } },
    },
    {
            .name = "hubState",
            .server = "mqtt",
            .address = "hub/state",
            .about = "Whether the hub is there.",
            .out = { .other = { "HubPresence" } },
            .retained = true,
    },
    {
            .name = "ws",
            .server = "ws",
            .address = "/ws",
            .about =
                    "The native protocol, subprotocol dumbwaiter.v1.json; in "
                    "dumbwaiter.v1.pb the same as schemas/native.proto has it.",
            .in = { .ws = PARCEL_OF_CLIENT },
            .out = { .events = true, .ws = PARCEL_OF_SERVER },
    },
    {
            .name = "events",
            .server = "http",
            .address = "/api/events",
            .about = "POST one statement, or an array of them; the answer is "
                     "one, or "
                     "an array.",
            .in = { .other = { "Statement" } },
            .out = { .other = { "Receipt", "Fault" } },
            .reply = "events",
    },
};

#define CHANNELS (sizeof(channels) / sizeof(channels[0]))

static const struct parameter {
    const char *name;
    const char *about;
} parameters[] = {
    { "site", "The restaurant." }, { "client", "The producer's id." },
    { "event", "The name of the event." }, { "device", "The device's id." },
    { "room", NULL }, /* as rooms.def says */
};

#define PARAMETERS (sizeof(parameters) / sizeof(parameters[0]))

static bool is_empty(const struct flow *flow)
{
    return !flow->events && !flow->statements && !flow->ws && !flow->other[0];
}

/* --- the messages of a flow --- */

static void doc_message_ref(
        struct doc *doc, const char *where, const char *name, bool is_map)
{
    doc_ref(doc, is_map ? name : NULL, where, name);
}

/* References to the messages, as a map by name or as a list. */
static void doc_flow(struct doc *doc, const struct flow *flow,
        const char *where, bool is_map)
{
    char name[NAME_CHARS + 1];

    for (int i = 0; flow->events && i < EVT_COUNT; i++)
        if (evt_kinds[i].to)
            doc_message_ref(doc, where, evt_kinds[i].name, is_map);
    for (int i = 0; flow->statements && i < EVT_COUNT; i++) {
        if (!evt_is_stated(&evt_kinds[i]))
            continue;
        snprintf(name, sizeof(name), "%s" STATED, evt_kinds[i].name);
        doc_message_ref(doc, where, name, is_map);
    }
    for (uint32_t i = 0; flow->ws && i < parcel_count; i++)
        if (parcels[i].ws == flow->ws)
            doc_message_ref(doc, where, parcels[i].name, is_map);
    for (int i = 0; i < 3 && flow->other[i]; i++)
        doc_message_ref(doc, where, flow->other[i], is_map);
}

/* --- channels --- */

static bool has_parameter(const char *address, const char *name)
{
    char text[NAME_CHARS + 1];

    snprintf(text, sizeof(text), "{%s}", name);
    return strstr(address, text) != NULL;
}

static void doc_address(struct doc *doc, const struct channel *channel)
{
    bool is_topic = strcmp(channel->server, "mqtt") == 0;
    char address[NAME_CHARS + 1];

    snprintf(address, sizeof(address), "%s%s", is_topic ? TOPIC_ROOT : "",
            channel->address);
    doc_text(doc, "address", address);
    doc_open(doc, "parameters", '{');
    for (size_t i = 0; i < PARAMETERS; i++)
        if (has_parameter(address, parameters[i].name))
            doc_ref(doc, parameters[i].name, "#/components/parameters/",
                    parameters[i].name);
    doc_close(doc, '{');
}

static void doc_channel(struct doc *doc, const struct channel *channel)
{
    doc_open(doc, channel->name, '{');
    doc_address(doc, channel);
    doc_text(doc, "description", channel->about);
    doc_open(doc, "servers", '[');
    doc_ref(doc, NULL, "#/servers/", channel->server);
    doc_close(doc, '[');
    doc_open(doc, "messages", '{');
    doc_flow(doc, &channel->in, MESSAGES_AT, true);
    doc_flow(doc, &channel->out, MESSAGES_AT, true);
    doc_close(doc, '{');
    doc_close(doc, '{');
}

/* --- operations, as the hub sees them: it receives .in and sends .out --- */

static void doc_bindings(struct doc *doc, const struct channel *channel)
{
    bool is_topic = strcmp(channel->server, "mqtt") == 0;

    if (!is_topic && strcmp(channel->server, "http") != 0)
        return;
    doc_open(doc, "bindings", '{');
    doc_open_row(doc, channel->server, '{');
    if (is_topic) {
        doc_number(doc, "qos", 1);
        doc_flag(doc, "retain", channel->retained);
    } else {
        doc_text(doc, "method", "POST");
    }
    doc_text(doc, "bindingVersion", is_topic ? "0.2.0" : "0.3.0");
    doc_close(doc, '{');
    doc_close(doc, '{');
}

/* The members that lead to a channel and some of its messages. */
static void doc_way(
        struct doc *doc, const struct channel *channel, const struct flow *flow)
{
    char where[NAME_CHARS + 1];

    snprintf(where, sizeof(where), CHANNELS_AT "%s/messages/", channel->name);
    doc_ref(doc, "channel", CHANNELS_AT, channel->name);
    doc_open(doc, "messages", '[');
    doc_flow(doc, flow, where, false);
    doc_close(doc, '[');
}

static void doc_reply(struct doc *doc, const char *name)
{
    for (size_t i = 0; i < CHANNELS; i++)
        if (strcmp(channels[i].name, name) == 0) {
            doc_open(doc, "reply", '{');
            doc_way(doc, &channels[i], &channels[i].out);
            doc_close(doc, '{');
        }
}

static void doc_operation(
        struct doc *doc, const struct channel *channel, bool is_in)
{
    const struct flow *flow = is_in ? &channel->in : &channel->out;
    bool is_reply = !is_in && channel->reply &&
                    strcmp(channel->reply, channel->name) == 0;
    char name[NAME_CHARS + 1];

    if (is_empty(flow) || is_reply)
        return;
    snprintf(name, sizeof(name), "%s.%s", channel->name, is_in ? "in" : "out");
    doc_open(doc, name, '{');
    doc_text(doc, "action", is_in ? "receive" : "send");
    doc_way(doc, channel, flow);
    doc_bindings(doc, channel);
    if (is_in && channel->reply)
        doc_reply(doc, channel->reply);
    doc_close(doc, '{');
}

void doc_channels(struct doc *doc)
{
    doc_open(doc, "channels", '{');
    for (size_t i = 0; i < CHANNELS; i++)
        doc_channel(doc, &channels[i]);
    doc_close(doc, '{');
}

void doc_operations(struct doc *doc)
{
    doc_open(doc, "operations", '{');
    for (size_t i = 0; i < CHANNELS; i++) {
        doc_operation(doc, &channels[i], true);
        doc_operation(doc, &channels[i], false);
    }
    doc_close(doc, '{');
}

/* --- parameters --- */

/* What other dialects call the rooms, by our name. */
static void doc_room_aliases(struct doc *doc)
{
    char name[ROOM_CHARS + 1];

    doc_open(doc, "x-aliases", '{');
    for (int i = 0; i < ROOM_COUNT; i++) {
        print_room_kind((enum room_index)i, name);
        doc_aliases(doc, name, (enum room_index)i);
    }
    doc_close(doc, '{');
}

static void doc_room_parameter(struct doc *doc)
{
    char name[ROOM_CHARS + 1];
    struct buf text;

    buf_init(&text, 4096);
    buf_puts(&text, "The room; it may have two levels:");
    for (int i = 0; i < ROOM_COUNT; i++) {
        print_room_kind((enum room_index)i, name);
        buf_printf(&text, "%s %s", i ? "," : "", name);
    }
    buf_puts(&text, ".");
    buf_putc(&text, '\0');
    doc_text(doc, "description", text.failed ? "" : text.data);
    doc->out->failed |= text.failed;
    buf_finish(&text);
    doc_room_aliases(doc);
}

void doc_parameters(struct doc *doc, const char *site)
{
    doc_open(doc, "parameters", '{');
    for (size_t i = 0; i < PARAMETERS; i++) {
        doc_open(doc, parameters[i].name, '{');
        if (parameters[i].about)
            doc_text(doc, "description", parameters[i].about);
        else
            doc_room_parameter(doc);
        if (strcmp(parameters[i].name, "site") == 0)
            doc_text(doc, "default", site);
        doc_close(doc, '{');
    }
    doc_close(doc, '{');
}
