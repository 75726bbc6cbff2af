#include <stdio.h>

#include "bridge/catalogue/parts.h"

/* --- servers --- */

static void doc_variable(struct doc *doc, const char *name, const char *value)
{
    doc_open_row(doc, name, '{');
    doc_text(doc, "default", value);
    doc_close(doc, '{');
}

static void doc_server(struct doc *doc, const char *name, const char *version,
        int64_t port, const char *security)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)port);
    doc_open(doc, name, '{');
    doc_text(doc, "host", "{host}:{port}");
    doc_text(doc, "protocol", name);
    if (version)
        doc_text(doc, "protocolVersion", version);
    doc_open(doc, "variables", '{');
    doc_variable(doc, "host", "localhost");
    doc_variable(doc, "port", text);
    doc_close(doc, '{');
    doc_open(doc, "security", '[');
    doc_ref(doc, NULL, "#/components/securitySchemes/", security);
    doc_close(doc, '[');
    doc_close(doc, '{');
}

static void doc_servers(struct doc *doc, const struct catalogue_place *place)
{
    doc_open(doc, "servers", '{');
    doc_server(doc, "mqtt", "3.1.1", place->mqtt_port, "credential");
    doc_server(doc, "ws", NULL, place->http_port, "token");
    doc_server(doc, "http", "1.1", place->http_port, "token");
    doc_close(doc, '{');
}

static void doc_security(struct doc *doc)
{
    doc_open(doc, "securitySchemes", '{');
    doc_open(doc, "credential", '{');
    doc_text(doc, "type", "userPassword");
    doc_text(doc, "description", "Made by `dumbwaiter enrol`.");
    doc_close(doc, '{');
    doc_open(doc, "token", '{');
    doc_text(doc, "type", "http");
    doc_text(doc, "scheme", "bearer");
    doc_text(doc, "bearerFormat", "JWT");
    doc_text(doc, "description",
            "Made by `dumbwaiter token`; on /ws also as ?token= or by WsAuth.");
    doc_close(doc, '{');
    doc_close(doc, '{');
}

/* --- messages --- */

/* What the type's schema does not ask for, but the hub does. */
static void doc_given(struct doc *doc, const ProtobufCMessageDescriptor *type)
{
    struct member member;

    doc_open_row(doc, NULL, '{');
    doc_open(doc, "required", '[');
    for (uint32_t at = 0; member_read(type, &at, &member);)
        if (member.required)
            doc_text(doc, NULL, member.name);
    doc_close(doc, '[');
    doc_close(doc, '{');
}

/* What one says to state the event. */
static void doc_statement(struct doc *doc, enum evt_id what)
{
    const struct evt_kind *kind = &evt_kinds[what];
    char name[NAME_CHARS + 1];

    snprintf(name, sizeof(name), "%s" STATED, kind->name);
    doc_open(doc, name, '{');
    doc_text(doc, "name", kind->name);
    doc_open(doc, "payload", '{');
    doc_open(doc, "allOf", '[');
    doc_ref(doc, NULL, SCHEMAS_AT, kind->body->short_name);
    doc_given(doc, kind->body);
    doc_close(doc, '[');
    doc_close(doc, '{');
    doc_roles(doc, "x-from", kind->from & ~(uint32_t)ROLE_HUB);
    doc_roles(doc, "x-from-own", kind->from_own);
    doc_said(doc, "x-said-as", what, SAID_IN);
    doc_close(doc, '{');
}

/* What one hears of the event. */
static void doc_event(struct doc *doc, enum evt_id what)
{
    const struct evt_kind *kind = &evt_kinds[what];

    doc_open(doc, kind->name, '{');
    doc_text(doc, "name", kind->name);
    doc_open(doc, "payload", '{');
    doc_open(doc, "allOf", '[');
    doc_ref(doc, NULL, SCHEMAS_AT, "Envelope");
    doc_open(doc, NULL, '{');
    doc_text(doc, "type", "object");
    doc_open(doc, "properties", '{');
    doc_open_row(doc, "event", '{');
    doc_text(doc, "const", kind->name);
    doc_close(doc, '{');
    doc_ref(doc, "payload", SCHEMAS_AT, kind->body->short_name);
    doc_close(doc, '{');
    doc_close(doc, '{');
    doc_close(doc, '[');
    doc_close(doc, '{');
    doc_number(doc, "x-number", kind->wire);
    doc_rooms(doc, "x-rooms", kind->to);
    doc_text(doc, "x-keep", keep_name(kind->keep));
    doc_number(doc, "x-ttl-seconds", kind->ttl_s);
    doc_said(doc, "x-said-as", what, SAID_OUT);
    doc_close(doc, '{');
}

static void doc_plain_message(struct doc *doc, const char *name)
{
    doc_open(doc, name, '{');
    doc_text(doc, "name", name);
    doc_ref(doc, "payload", SCHEMAS_AT, name);
    doc_close(doc, '{');
}

static void doc_protobuf_message(struct doc *doc)
{
    doc_open(doc, MESSAGE_PROTOBUF, '{');
    doc_text(doc, "name", MESSAGE_PROTOBUF);
    doc_text(doc, "contentType", "application/x-protobuf");
    doc_text(doc, "description",
            "An Envelope of schemas/envelope.proto, which says what stands in "
            "these bytes.");
    doc_open_row(doc, "payload", '{');
    doc_text(doc, "type", "string");
    doc_text(doc, "format", "binary");
    doc_close(doc, '{');
    doc_close(doc, '{');
}

static void doc_messages(struct doc *doc)
{
    doc_open(doc, "messages", '{');
    for (int i = 0; i < EVT_COUNT; i++) {
        doc_event(doc, (enum evt_id)i);
        if (evt_is_stated(&evt_kinds[i]))
            doc_statement(doc, (enum evt_id)i);
    }
    /* An envelope is always one of an event. */
    for (uint32_t i = 0; i < parcel_count; i++)
        if (parcel_subject(&parcels[i]) != VALUE_PAYLOAD)
            doc_plain_message(doc, parcels[i].name);
    doc_plain_message(doc, MESSAGE_PICTURE);
    doc_protobuf_message(doc);
    doc_close(doc, '{');
}

/* --- the document --- */

static void doc_info(struct doc *doc)
{
    doc_open(doc, "info", '{');
    doc_text(doc, "title", "dumbwaiter");
    doc_text(doc, "version", DUMBWAITER_VERSION);
    doc_text(doc, "description",
            "A restaurant's events between its back end, its browsers and its "
            "hardware. The hub sends and receives; whoever reads this does the "
            "opposite. maxLength is in characters, while the hub counts bytes "
            "of UTF-8.");
    doc_open_row(doc, "license", '{');
    doc_text(doc, "name", "MIT");
    doc_close(doc, '{');
    doc_close(doc, '{');
}

static void doc_components(struct doc *doc, const char *site)
{
    doc_open(doc, "components", '{');
    doc_security(doc);
    doc_parameters(doc, site);
    doc_messages(doc);
    doc_open(doc, "schemas", '{');
    doc_schemas(doc);
    doc_close(doc, '{');
    doc_close(doc, '{');
}

void catalogue_asyncapi(struct buf *out, const struct catalogue_place *place)
{
    struct doc doc = { .out = out };

    doc_open(&doc, NULL, '{');
    doc_text(&doc, "asyncapi", "3.0.0");
    doc_info(&doc);
    doc_text(&doc, "defaultContentType", "application/json");
    doc_servers(&doc, place);
    doc_channels(&doc);
    doc_operations(&doc);
    doc_components(&doc, place->site);
    doc_close(&doc, '{');
    buf_putc(out, '\n');
}
