/*
 * Play the stories and print what is seen, on stdout; what is wrong, and
 * figures, on stderr.
 *
 *   suite [--cuts] [--board FILE] [--broker FOLDER] [--story WORDS]
 *         [--kind KIND]
 *
 * --board: the firmware in FILE, in the emulator. --broker: a real one. --cuts:
 * those about a loss of power at each write of the store, too; not with a real
 * broker, whose library has acknowledged by then what the device has not taken.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/devices/suite/bench.h"

struct play {
    const char *board;
    const char *folder;
    const char *story;
    const char *kind;
    bool cuts;
    bool gives_again; /* the broker, so that cuts can be played */
    struct bench *bench;
    uint32_t good;
    uint32_t bad;
    uint32_t stack_bytes;
    uint32_t state_bytes;
};

static uint32_t play_one(struct play *play, const struct story *story,
        const struct bench_cut *cut)
{
    struct bench_figures figures;
    bool good = bench_play(play->bench, story, cut, &figures);

    printf("== %s", story->name);
    if (cut->write)
        printf(", power lost %s write %" PRIu32,
                cut->after ? "after" : "before", cut->write);
    printf("\n%s", bench_seen(play->bench));
    if (!good)
        fprintf(stderr, "%s: write %" PRIu32 "%s: %s\n", story->name,
                cut->write, cut->after ? " done" : "",
                bench_wrong(play->bench));
    play->good += good;
    play->bad += !good;
    if (figures.stack_bytes > play->stack_bytes)
        play->stack_bytes = figures.stack_bytes;
    if (figures.state_bytes > play->state_bytes)
        play->state_bytes = figures.state_bytes;
    return figures.writes;
}

static void play_story(struct play *play, const struct story *story)
{
    struct bench_cut cut = { 0 };
    uint32_t writes = play_one(play, story, &cut);

    if (!play->cuts || !play->gives_again || !story->cut)
        return;
    for (cut.write = 1; cut.write <= writes; cut.write++)
        for (int after = 0; after < 2; after++) {
            cut.after = after != 0;
            play_one(play, story, &cut);
        }
}

static bool is_wanted(const struct play *play, const struct story *story)
{
    return (!play->story || strstr(story->name, play->story)) &&
           (!play->kind || strcmp(story->kind, play->kind) == 0);
}

static bool read_options(struct play *play, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--cuts") == 0) {
            play->cuts = true;
        } else if (strcmp(argv[i], "--board") == 0 && i + 1 < argc) {
            play->board = argv[++i];
        } else if (strcmp(argv[i], "--story") == 0 && i + 1 < argc) {
            play->story = argv[++i];
        } else if (strcmp(argv[i], "--kind") == 0 && i + 1 < argc) {
            play->kind = argv[++i];
        } else if (strcmp(argv[i], "--broker") == 0 && i + 1 < argc) {
            play->folder = argv[++i];
        } else {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct play play = { 0 };
    struct line line = { 0 };
    struct broker broker = { 0 };
    bool opened;

    if (!read_options(&play, argc, argv)) {
        fprintf(stderr, "usage: suite [--cuts] [--board FILE] "
                        "[--broker FOLDER] [--story WORDS] "
                        "[--kind KIND]\n");
        return 64;
    }
    opened = play.folder ? broker_open_real(&broker, play.folder)
                         : broker_open_model(&broker);
    opened = opened && (play.board ? line_open_emulator(&line, play.board)
                                   : line_open_direct(&line));
    play.gives_again = broker.gives_again;
    if (opened) {
        play.bench = bench_create(&line, &broker);
        for (const struct story *story = stories; story->name; story++)
            if (is_wanted(&play, story))
                play_story(&play, story);
        bench_destroy(play.bench);
    } else {
        fprintf(stderr, "suite: board or broker cannot be started\n");
        play.bad = 1;
    }
    if (line.close)
        line.close(line.ctx);
    if (broker.close)
        broker.close(broker.ctx);
    fprintf(stderr, "stack %" PRIu32 " state %" PRIu32 "\n", play.stack_bytes,
            play.state_bytes);
    fprintf(stderr, "%" PRIu32 " passed, %" PRIu32 " failed\n", play.good,
            play.bad);
    return play.bad > 0;
}
