/*
 * hostile: notes such as nobody means well with, from a seed.
 *
 * A note is a few pieces, each of one sort of trouble. Some are text that the
 * hub would take, most are not. The same seed gives the same notes.
 */
#ifndef TESTS_DEVICES_HOSTILE_H
#define TESTS_DEVICES_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "devices/core/text.h"

#define HOSTILE_BYTES 2048 /* of a note, with its NUL */

struct hostile {
    uint64_t seed; /* not 0 */
    char *out;
    size_t len;
    size_t cap;
};

/* What does something on one make of printer or another, as bytes. */
#define HOSTILE_COMMAND(text)                                                  \
    {                                                                          \
        text, sizeof(text) - 1                                                 \
    }
static const struct hostile_command {
    const char *bytes;
    size_t len;
} hostile_commands[] = {
    HOSTILE_COMMAND("\x1B@"),                /* reset */
    HOSTILE_COMMAND("\x1Bp\x30\x19\xFA"),    /* open the drawer */
    HOSTILE_COMMAND("\x1Bp\x31\x19\xFA"),    /* and the other */
    HOSTILE_COMMAND("\x10\x14\x01\x01\x05"), /* at once */
    HOSTILE_COMMAND("\x10\x14\x02\x01\x08"), /* power off */
    HOSTILE_COMMAND("\x10\x05\x02"),         /* forget the data */
    HOSTILE_COMMAND("\x10\x04\x01"),         /* ask for the state */
    HOSTILE_COMMAND("\x1Bi"),                /* cut */
    HOSTILE_COMMAND("\x1Bm"),                /* cut */
    HOSTILE_COMMAND("\x1DV\x42\x30"),        /* cut */
    HOSTILE_COMMAND("\x1DV\x41\x60"),        /* cut */
    HOSTILE_COMMAND("\x1B=\x02"),            /* deaf from now on */
    HOSTILE_COMMAND("\x1B"
                    "c5\x01"), /* keys off */
    HOSTILE_COMMAND("\x1B"
                    "d\xFF"),                      /* feed a lot */
    HOSTILE_COMMAND("\x1BJ\xFF"),                  /* feed a lot */
    HOSTILE_COMMAND("\x1B{\x01"),                  /* upside down */
    HOSTILE_COMMAND("\x1BV\x01"),                  /* turned */
    HOSTILE_COMMAND("\x1B!\x38"),                  /* mode */
    HOSTILE_COMMAND("\x1BR\x08"),                  /* national set */
    HOSTILE_COMMAND("\x1Bt\x7F"),                  /* page nobody has */
    HOSTILE_COMMAND("\x1B*\x21\xFF\x7F"),          /* image eats the rest */
    HOSTILE_COMMAND("\x1Dv0\x30\xFF\x7F\xFF\x7F"), /* image eats the rest */
    HOSTILE_COMMAND("\x1D*\xFF\xFF"),              /* image eats the rest */
    HOSTILE_COMMAND("\x1D:"),                      /* macro begins */
    HOSTILE_COMMAND("\x1D^\xFF\x01\x01"),          /* macro runs */
    HOSTILE_COMMAND("\x1D(A\x02\x01\x31\x02"),     /* self-test */
    HOSTILE_COMMAND("\x1D(D\x03\x01\x14\x01\x01"), /* real time on */
    HOSTILE_COMMAND("\x1D(E\x03\x01\x01\x49\x4E"), /* settings of the user */
    HOSTILE_COMMAND("\x1D(k\x04\x01\x31\x41\x32"), /* QR */
    HOSTILE_COMMAND("\x1Dk\x49\x0AHACKED"),        /* bar code */
    HOSTILE_COMMAND("\x1D"
                    "a\xFF"),                      /* states unasked */
    HOSTILE_COMMAND("\x1DI\x41"),                  /* who are you */
    HOSTILE_COMMAND("\x1DW\x01\x01"),              /* narrow */
    HOSTILE_COMMAND("\x1DL\xFF\x01"),              /* margin */
    HOSTILE_COMMAND("\x1CpO\x01"),                 /* stored image */
    HOSTILE_COMMAND("\x1Cq\x01\x01\x01\x01\x01"),  /* store an image */
    HOSTILE_COMMAND("\x1Cg1\x01\x01\x01\x01\x01"), /* write its memory */
    HOSTILE_COMMAND("\x1C&"),                      /* two-byte characters */
    HOSTILE_COMMAND("\x1C(L\x02\x01\x42\x30"),     /* label */
    HOSTILE_COMMAND("\x0C"),                       /* page */
    HOSTILE_COMMAND("\x18"),                       /* cancel */
    HOSTILE_COMMAND("\x07"),                       /* ring */
    HOSTILE_COMMAND("\x1B\x1D\x03\x01\x01"),       /* Star: page */
    HOSTILE_COMMAND("\x1B\x07\x14\x14"),           /* Star: drawer */
    HOSTILE_COMMAND("\x1B[2J\x1B]0;x\x07"),        /* terminal */
    HOSTILE_COMMAND("\x9B"
                    "2J"), /* terminal, one byte */
    HOSTILE_COMMAND("\xC2\x9B"
                    "2J"), /* the same in UTF-8 */
};

#define HOSTILE_COMMANDS                                                       \
    (sizeof(hostile_commands) / sizeof(hostile_commands[0]))

/* xorshift64*, 0 to below - 1. */
static inline uint32_t hostile_draw(struct hostile *hostile, uint32_t below)
{
    hostile->seed ^= hostile->seed >> 12;
    hostile->seed ^= hostile->seed << 25;
    hostile->seed ^= hostile->seed >> 27;
    return (uint32_t)((hostile->seed * 0x2545F4914F6CDD1Du) >> 32) % below;
}

static inline void hostile_put(
        struct hostile *hostile, const char *bytes, size_t len)
{
    if (hostile->len + len >= hostile->cap)
        return;
    memcpy(hostile->out + hostile->len, bytes, len);
    hostile->len += len;
}

static inline void hostile_put_byte(struct hostile *hostile, uint32_t byte)
{
    char c = (char)byte;

    hostile_put(hostile, &c, 1);
}

static inline void hostile_put_point(struct hostile *hostile, uint32_t point)
{
    char bytes[TEXT_MAX_BYTES];

    hostile_put(hostile, bytes, text_put(bytes, point));
}

/* From `first` on, `count` of them. */
static inline void hostile_put_one(
        struct hostile *hostile, uint32_t first, uint32_t count)
{
    hostile_put_point(hostile, first + hostile_draw(hostile, count));
}

/* --- the sorts; each puts one piece --- */

static inline void hostile_words(struct hostile *hostile)
{
    static const char *const words[] = { "no nuts ", "extra ", "rare, ",
        "Crème brûlée ", "Żurek ", "Борщ ", "5 € ", "“please” ", "naïve\n" };

    const char *word =
            words[hostile_draw(hostile, sizeof(words) / sizeof(words[0]))];

    hostile_put(hostile, word, strlen(word));
}

static inline void hostile_bytes(struct hostile *hostile)
{
    hostile_put_byte(hostile, 1 + hostile_draw(hostile, 255));
}

static inline void hostile_high_bytes(struct hostile *hostile)
{
    hostile_put_byte(hostile, 0x80 + hostile_draw(hostile, 128));
}

static inline void hostile_spice(struct hostile *hostile)
{
    static const char spice[] = "\x1B\x1D\x1C\x10\x04\x05\x07\x0C\x14\x18\x7F"
                                "\r\t\v\b@!EtpVBrd=(*k";

    hostile_put_byte(
            hostile, (uint8_t)spice[hostile_draw(hostile, sizeof(spice) - 1)]);
}

static inline void hostile_a_command(struct hostile *hostile)
{
    const struct hostile_command *command =
            &hostile_commands[hostile_draw(hostile, HOSTILE_COMMANDS)];

    hostile_put(hostile, command->bytes, command->len);
}

static inline void hostile_any_point(struct hostile *hostile)
{
    static const uint32_t ends[] = { 0x7F, 0x7FF, 0xFFFF, 0x10FFFF };
    uint32_t point = 1 + hostile_draw(hostile, ends[hostile_draw(hostile, 4)]);

    if (point < 0xD800 || point > 0xDFFF)
        hostile_put_point(hostile, point);
}

static inline void hostile_controls(struct hostile *hostile)
{
    if (hostile_draw(hostile, 2))
        hostile_put_one(hostile, 0x01, 0x1F);
    else
        hostile_put_one(hostile, 0x7F, 0x21);
}

/* Marks by the dozen on one letter. */
static inline void hostile_marks(struct hostile *hostile)
{
    uint32_t count = 1 + hostile_draw(hostile, 12);

    hostile_put_one(hostile, 'A', 58);
    while (count-- > 0)
        hostile_put_one(hostile, 0x300, 0x70);
}

static inline void hostile_bidi(struct hostile *hostile)
{
    switch (hostile_draw(hostile, 4)) {
    case 0:
        hostile_put_one(hostile, 0x202A, 5);
        break;
    case 1:
        hostile_put_one(hostile, 0x2066, 4);
        break;
    case 2:
        hostile_put_one(hostile, 0x5D0, 27);
        break;
    default:
        hostile_put_one(hostile, 0x200B, 5);
    }
}

static inline void hostile_emoji(struct hostile *hostile)
{
    hostile_put_one(hostile, 0x1F300, 0x3FF);
    if (hostile_draw(hostile, 2))
        hostile_put_one(hostile, 0x1F3FB, 5);
    if (hostile_draw(hostile, 2))
        hostile_put_point(hostile, 0x200D);
    if (hostile_draw(hostile, 2))
        hostile_put_point(hostile, 0xFE0F);
}

/* Letters that look like others, of all pages in turn. */
static inline void hostile_twins(struct hostile *hostile)
{
    static const uint32_t first[] = { 0x410, 0x391, 0xFF01, 0x100, 0x1D400,
        0xC0, 0x2500, 0x3B1, 0x2000 };

    hostile_put_one(hostile, first[hostile_draw(hostile, 9)], 1 + 0x3E);
}

/* Code points whose last byte is a command, were they cut to it. */
static inline void hostile_shadows(struct hostile *hostile)
{
    static const uint8_t low[] = { 0x1B, 0x1D, 0x1C, 0x10, 0x0A, 0x7F, 0x9B };
    uint32_t plane = hostile_draw(hostile, 0x1100) << 8;

    if (plane < 0xD800 || plane > 0xDF00)
        hostile_put_point(hostile, plane | low[hostile_draw(hostile, 7)]);
}

/* Sequences that are none, of which a lax reader makes a control. */
static inline void hostile_overlong(struct hostile *hostile)
{
    static const struct hostile_command overlong[] = {
        HOSTILE_COMMAND("\xC0\x9B"), HOSTILE_COMMAND("\xC0\x9D"),
        HOSTILE_COMMAND("\xE0\x80\x9B"), HOSTILE_COMMAND("\xF0\x80\x80\x9B"),
        HOSTILE_COMMAND("\xF8\x80\x80\x80\x9B"), HOSTILE_COMMAND("\xC1\x80"),
        HOSTILE_COMMAND("\xED\xA0\x80\xED\xB0\x9B"),
        HOSTILE_COMMAND("\xF4\x90\x80\x9B"), HOSTILE_COMMAND("\xE2\x1B@"),
        HOSTILE_COMMAND("\xF0\x9F\x1B@"), HOSTILE_COMMAND("\xFE\xFF"),
        HOSTILE_COMMAND("\xEF\xBF\xBE"), HOSTILE_COMMAND("\xC2")
    };
    const struct hostile_command *one = &overlong[hostile_draw(
            hostile, sizeof(overlong) / sizeof(overlong[0]))];

    hostile_put(hostile, one->bytes, one->len);
}

/* What lays a text out badly: no blank, nothing but blanks, many lines. */
static inline void hostile_shapes(struct hostile *hostile)
{
    static const char of[] = "\n\n\r x -";
    char c = of[hostile_draw(hostile, sizeof(of) - 1)];
    uint32_t count = 1 + hostile_draw(hostile, 70);

    while (count-- > 0)
        hostile_put_byte(hostile, (uint8_t)c);
}

/* --- a note --- */

/* Write a note, up to `most` bytes, with its NUL, into out[HOSTILE_BYTES]. One
 * in three is of sorts that the hub may well take. */
static inline void hostile_note(struct hostile *hostile, char *out, size_t most)
{
    static void (*const sorts[])(struct hostile *) = { hostile_words,
        hostile_marks, hostile_bidi, hostile_emoji, hostile_twins,
        hostile_shadows, hostile_any_point, hostile_bytes, hostile_high_bytes,
        hostile_spice, hostile_a_command, hostile_controls, hostile_overlong,
        hostile_shapes };
    const uint32_t count = hostile_draw(hostile, 3) ? 14 : 5;
    void (*first)(struct hostile *) = sorts[hostile_draw(hostile, count)];
    bool mixed = hostile_draw(hostile, 2);
    uint32_t pieces = 1 + hostile_draw(hostile, 24);

    hostile->out = out;
    hostile->len = 0;
    hostile->cap = most < HOSTILE_BYTES ? most + 1 : HOSTILE_BYTES;
    while (pieces-- > 0) {
        if (hostile_draw(hostile, 4) == 0)
            hostile_words(hostile);
        (mixed ? sorts[hostile_draw(hostile, count)] : first)(hostile);
    }
    out[hostile->len] = '\0';
}

#endif
