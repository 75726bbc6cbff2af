#include "devices/virtual/reader.h"

#include <string.h>

#define EOT 0x04
#define ENQ 0x05
#define BEL 0x07
#define DLE 0x10
#define DC4 0x14
#define ESC 0x1B
#define FS  0x1C
#define GS  0x1D
#define DEL 0x7F

#define MOST_TABS  32
#define PAIR_BYTES 72

const struct reader_command reader_commands[CMD_COUNT] = {
#define CMD(id, lead, verb, form, arguments, owner)                            \
    [CMD_##id] = { lead, verb, FORM_##form, arguments, OWNER_##owner },
#include "devices/virtual/commands.def"
#undef CMD
};

void reader_init(struct reader *reader, const struct reader_to *to)
{
    *reader = (struct reader){ .to = to };
}

void reader_rest(struct reader *reader)
{
    reader->state = READ_REST;
}

static uint32_t word(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8;
}

static enum reader_form form_of(const struct reader *reader)
{
    return reader_commands[reader->id].form;
}

/* --- data --- */

static void end_data(struct reader *reader)
{
    reader->state = READ_REST;
    reader->to->end(reader->to->ctx, reader->id);
}

/* Arguments are there; `count` bytes follow. */
static void begin_data(struct reader *reader, uint32_t count)
{
    reader->left = count;
    reader->state = count > 0 ? READ_DATA : READ_REST;
    reader->to->command(reader->to->ctx, reader->id, reader->arguments, count);
}

static void begin_to_zero(struct reader *reader, uint32_t most)
{
    reader->left = most;
    reader->state = READ_TO_ZERO;
    reader->to->command(reader->to->ctx, reader->id, reader->arguments, 1);
}

static void begin_groups(struct reader *reader, uint32_t count)
{
    reader->groups = count;
    reader->group_have = 0;
    reader->state = count > 0 ? READ_GROUP : READ_REST;
    reader->to->command(
            reader->to->ctx, reader->id, reader->arguments, count > 0 ? 1 : 0);
}

static void end_group(struct reader *reader)
{
    reader->group_have = 0;
    reader->state = READ_GROUP;
    if (--reader->groups == 0)
        end_data(reader);
}

static void take_group(struct reader *reader, uint8_t byte)
{
    bool is_letter = form_of(reader) == FORM_LETTERS;
    const uint8_t *group = reader->group;

    reader->group[reader->group_have++] = byte;
    if (reader->group_have < (is_letter ? 1u : 4u))
        return;
    if (is_letter)
        reader->left = group[0] * (uint32_t)reader->arguments[0];
    else /* 65535 * 65535 * 8 is too much for any printer */
        reader->left = (word(group) & 0xFFF) * (word(group + 2) & 0xFFF) * 8;
    reader->state = READ_DATA;
    if (reader->left == 0)
        end_group(reader);
}

static void take_data(struct reader *reader, uint8_t byte)
{
    reader->to->data(reader->to->ctx, reader->id, byte);
    if (--reader->left > 0)
        return;
    if (reader->groups > 0)
        end_group(reader);
    else
        end_data(reader);
}

static void take_to_zero(struct reader *reader, uint8_t byte)
{
    if (byte == 0) {
        end_data(reader);
        return;
    }
    reader->to->data(reader->to->ctx, reader->id, byte);
    if (--reader->left == 0)
        end_data(reader);
}

/* --- arguments --- */

/* Bytes more that the first argument asks for. */
static uint32_t more(const struct reader *reader)
{
    uint8_t first = reader->arguments[0];

    switch (form_of(reader)) {
    case FORM_CUT:
        return first != 0 && strchr("ABabgh", first) ? 1 : 0;
    case FORM_EOT:
        return first == 7 || first == 8 ? 1 : 0;
    case FORM_PULSE:
        return first == 7 ? 1 : first == 8 ? 7 : first == 3 ? 5 : 2;
    case FORM_BAR:
        return first >= 65 ? 1 : 0;
    default:
        return 0;
    }
}

static void begin(struct reader *reader)
{
    const uint8_t *a = reader->arguments;

    reader->groups = 0;
    switch (form_of(reader)) {
    case FORM_RASTER:
        begin_data(reader, word(a + 2) * word(a + 4));
        break;
    case FORM_COLUMNS:
        begin_data(reader, word(a + 1) * (a[0] >= 32 ? 3 : 1));
        break;
    case FORM_PARCEL:
        begin_data(reader, word(a + 1));
        break;
    case FORM_LARGE:
        begin_data(reader, word(a + 1) | word(a + 3) << 16);
        break;
    case FORM_DOTS:
        begin_data(reader, (uint32_t)a[0] * a[1] * 8);
        break;
    case FORM_PAIR:
        begin_data(reader, PAIR_BYTES);
        break;
    case FORM_ZERO:
        begin_to_zero(reader, MOST_TABS);
        break;
    case FORM_BAR:
        if (a[0] >= 65)
            begin_data(reader, a[1]);
        else
            begin_to_zero(reader, UINT8_MAX);
        break;
    case FORM_LETTERS:
        begin_groups(reader, a[2] >= a[1] ? a[2] - a[1] + 1u : 0);
        break;
    case FORM_PICTURES:
        begin_groups(reader, a[0]);
        break;
    case FORM_FIXED:
    case FORM_CUT:
    case FORM_EOT:
    case FORM_PULSE:
        begin_data(reader, 0);
        break;
    }
}

static void take_argument(struct reader *reader, uint8_t byte)
{
    reader->arguments[reader->have++] = byte;
    if (reader->have < reader->want)
        return;
    if (reader->state == READ_ARGUMENTS) {
        reader->want += more(reader);
        reader->state = READ_MORE;
    }
    if (reader->have == reader->want)
        begin(reader);
}

/* --- what begins a command --- */

static void take_verb(struct reader *reader, uint8_t byte)
{
    uint32_t id = 0;

    while (id < CMD_COUNT && (reader_commands[id].lead != reader->lead ||
                                     reader_commands[id].verb != byte))
        id++;
    reader->state = READ_REST;
    if (id == CMD_COUNT) {
        reader->unknown++;
        return;
    }
    reader->id = (enum command_id)id;
    memset(reader->arguments, 0, sizeof(reader->arguments));
    reader->have = 0;
    reader->want = reader_commands[id].arguments;
    reader->state = READ_ARGUMENTS;
    if (reader->want == 0)
        begin(reader);
}

static void take_byte(struct reader *reader, uint8_t byte)
{
    static const char controls[] = "\t\n\f\r\x18\a";

    if (byte == ESC || byte == GS || byte == FS || byte == DLE) {
        reader->lead = byte;
        reader->state = READ_VERB;
    } else if ((byte >= 0x20 && byte != DEL) ||
               memchr(controls, byte, sizeof(controls) - 1)) {
        reader->to->byte(reader->to->ctx, byte);
    } else if (byte != 0) {
        reader->unknown++;
    }
}

void reader_feed(struct reader *reader, uint8_t byte)
{
    switch (reader->state) {
    case READ_REST:
        take_byte(reader, byte);
        break;
    case READ_VERB:
        take_verb(reader, byte);
        break;
    case READ_ARGUMENTS:
    case READ_MORE:
        take_argument(reader, byte);
        break;
    case READ_DATA:
        take_data(reader, byte);
        break;
    case READ_TO_ZERO:
        take_to_zero(reader, byte);
        break;
    case READ_GROUP:
        take_group(reader, byte);
        break;
    }
}
