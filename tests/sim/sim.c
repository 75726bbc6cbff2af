/*
 * sim: plays worlds.
 *
 *   sim --seed N [--trace]          one, its counts and its hash
 *   sim --seeds A..B [--jobs N]     many; stops at nothing, counts all
 *   sim --same A..B                 each twice: the hashes must be the same
 *   sim --plant NAME [--seeds A..B] until the judge finds what was planted
 *   sim --plants                    the names of all plants
 *
 * Exit 0: nothing was found, or what was planted was. 1: a rule was broken.
 */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/disk.h"
#include "tests/sim/trace.h"
#include "tests/sim/world.h"

#define MOST_JOBS    8
#define SAY_EACH_S   20
#define SHOWN        5       /* broken seeds in full, then only their numbers */
#define HEAP_GROWTH  1048576 /* bytes that may stay behind */
#define WARM_SEEDS   20      /* after so many it is looked at */
#define PLANT_WITHIN 50      /* seeds in which a plant is found */

static struct world world; /* large, and one at a time */

struct options {
    uint64_t from, to;
    uint32_t jobs;
    bool is_traced, is_same;
    enum plant plant;
};

/* What a job has done so far: written whole to its pipe, now and then. */
struct progress {
    uint64_t seeds, broken;
    struct tally tally;
};

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- counts --- */

static const struct {
    const char *name;
    size_t at;
} counts[] = {
#define COUNTED(name)                                                          \
    {                                                                          \
#name, offsetof(struct tally, name)                                    \
    }
    COUNTED(events), COUNTED(acks), COUNTED(refusals), COUNTED(repeats),
    COUNTED(crashes), COUNTED(stops), COUNTED(failures), COUNTED(fulls),
    COUNTED(clocks), COUNTED(cuts), COUNTED(stalls), COUNTED(closed),
    COUNTED(deliveries), COUNTED(resumes), COUNTED(pictures),
    COUNTED(broker_kills), COUNTED(power_losses), COUNTED(messages),
    COUNTED(jobs), COUNTED(prints), COUNTED(escalations)
#undef COUNTED
};

#define COUNTS (sizeof(counts) / sizeof(counts[0]))

static uint64_t *count_in(struct tally *tally, size_t i)
{
    return (uint64_t *)(void *)((char *)tally + counts[i].at);
}

static void add_tally(struct tally *to, struct tally *from)
{
    for (size_t i = 0; i < COUNTS; i++)
        *count_in(to, i) += *count_in(from, i);
}

#define A_LINE 7

static void print_tally(struct tally *tally)
{
    for (size_t i = 0; i < COUNTS; i++) {
        bool is_last = i % A_LINE == A_LINE - 1 || i + 1 == COUNTS;

        printf("%s%llu %s%s", i % A_LINE ? ", " : "  ",
                (unsigned long long)*count_in(tally, i), counts[i].name,
                is_last ? "\n" : "");
    }
}

/* --- one --- */

static int play_one(const struct options *options)
{
    world_play(&world, options->from, options->plant, false,
            options->is_traced ? stdout : NULL);
    printf("seed %llu: %llu steps, hash %016llx\n",
            (unsigned long long)options->from,
            (unsigned long long)trace_steps(),
            (unsigned long long)trace_hash());
    print_tally(&world.tally);
    return world.broken != NULL;
}

/* --- each twice --- */

static int play_same(const struct options *options)
{
    int differ = 0;

    for (uint64_t seed = options->from; seed <= options->to; seed++) {
        uint64_t hash, steps;

        world_play(&world, seed, PLANT_NONE, true, NULL);
        hash = trace_hash();
        steps = trace_steps();
        world_play(&world, seed, PLANT_NONE, true, NULL);
        if (hash == trace_hash() && steps == trace_steps())
            continue;
        printf("seed %llu: another trace the second time\n",
                (unsigned long long)seed);
        differ++;
    }
    printf("%llu seeds twice, %d differ\n",
            (unsigned long long)(options->to - options->from + 1), differ);
    return differ > 0;
}

/* --- planted --- */

/* Is the rule one of those that the row names? */
static bool is_expected(enum plant plant, const char *rule)
{
    const char *at = strstr(plants[plant].rule, rule);
    size_t len = strlen(rule);

    return at && (at[len] == ' ' || at[len] == '\0') &&
           (at == plants[plant].rule || at[-1] == ' ');
}

static int find_plant(const struct options *options)
{
    const char *name = plants[options->plant].name;
    uint64_t played = 0;

    for (uint64_t seed = options->from; played < PLANT_WITHIN; seed++) {
        played++;
        world_play(&world, seed, options->plant, true, NULL);
        if (!world.broken)
            continue;
        printf("%s: found by \"%s\" in %llu seeds%s\n", name, world.broken,
                (unsigned long long)played,
                is_expected(options->plant, world.broken) ? ""
                                                          : ", NOT EXPECTED");
        return !is_expected(options->plant, world.broken);
    }
    printf("%s: NOT FOUND in %llu seeds\n", name, (unsigned long long)played);
    return 1;
}

/* --- many --- */

static void report(int to, const struct progress *progress)
{
    if (write(to, progress, sizeof(*progress)) != sizeof(*progress))
        _exit(70);
}

static void play_next(
        const struct options *options, uint64_t seed, struct progress *progress)
{
    bool is_quiet = progress->broken >= SHOWN;

    world_play(&world, seed, options->plant, is_quiet, NULL);
    progress->seeds++;
    add_tally(&progress->tally, &world.tally);
    if (!world.broken)
        return;
    progress->broken++;
    printf("BROKEN seed %llu: %s\n", (unsigned long long)seed, world.broken);
}

/* More is left behind than after the first worlds, which made what is made
 * once. */
static bool has_grown(size_t first)
{
    size_t now = mallinfo2().uordblks;

    if (first == 0 || now <= first + HEAP_GROWTH)
        return false;
    printf("memory grew from %zu to %zu bytes\n", first, now);
    return true;
}

/* Every so manieth seed, the job's own. */
static int work(const struct options *options, uint32_t job, int to)
{
    struct progress progress = { 0 };
    double said = seconds();
    size_t heap = 0;

    for (uint64_t seed = options->from + job; seed <= options->to;
            seed += options->jobs) {
        play_next(options, seed, &progress);
        if (progress.seeds == WARM_SEEDS)
            heap = mallinfo2().uordblks;
        if (seconds() - said < SAY_EACH_S)
            continue;
        fflush(stdout);
        report(to, &progress);
        said = seconds();
    }
    progress.broken += has_grown(heap);
    fflush(stdout);
    report(to, &progress);
    return progress.broken > 0;
}

static void add_up(
        const struct progress *parts, uint32_t jobs, struct progress *sum)
{
    *sum = (struct progress){ 0 };
    for (uint32_t i = 0; i < jobs; i++) {
        struct progress part = parts[i];

        sum->seeds += part.seeds;
        sum->broken += part.broken;
        add_tally(&sum->tally, &part.tally);
    }
}

static void say_progress(
        const struct progress *sum, uint64_t wanted, double since)
{
    printf("%llu of %llu seeds, %llu broken, %.1f seeds/s\n",
            (unsigned long long)sum->seeds, (unsigned long long)wanted,
            (unsigned long long)sum->broken,
            (double)sum->seeds / (seconds() - since));
    fflush(stdout);
}

/* Until each pipe has come to its end. */
static void listen(const int *pipes, uint32_t jobs, uint64_t wanted,
        struct progress *sum, double since)
{
    struct pollfd fds[MOST_JOBS];
    struct progress parts[MOST_JOBS] = { { 0 } };
    uint32_t open = jobs;

    for (uint32_t i = 0; i < jobs; i++)
        fds[i] = (struct pollfd){ .fd = pipes[i], .events = POLLIN };
    while (open > 0 && poll(fds, jobs, -1) > 0)
        for (uint32_t i = 0; i < jobs; i++) {
            if (!fds[i].revents)
                continue;
            if (read(fds[i].fd, &parts[i], sizeof(parts[i])) ==
                    sizeof(parts[i])) {
                add_up(parts, jobs, sum);
                say_progress(sum, wanted, since);
            } else {
                fds[i].fd = -1;
                open--;
            }
        }
}

static pid_t start_job(const struct options *options, uint32_t job, int *from)
{
    int ends[2];
    pid_t pid;

    if (pipe(ends) != 0 || (pid = fork()) < 0) {
        perror("sim");
        exit(71);
    }
    if (pid == 0) {
        close(ends[0]);
        exit(work(options, job, ends[1]));
    }
    close(ends[1]);
    *from = ends[0];
    return pid;
}

static int play_many(const struct options *options)
{
    double since = seconds();
    struct progress sum = { 0 };
    int pipes[MOST_JOBS], bad = 0;
    pid_t pids[MOST_JOBS];

    fflush(stdout);
    for (uint32_t i = 0; i < options->jobs; i++)
        pids[i] = start_job(options, i, &pipes[i]);
    listen(pipes, options->jobs, options->to - options->from + 1, &sum, since);
    for (uint32_t i = 0; i < options->jobs; i++) {
        int status;

        waitpid(pids[i], &status, 0);
        bad += status != 0;
        close(pipes[i]);
    }
    printf("%llu seeds, %llu broken, %.0f s, %.1f seeds/s\n",
            (unsigned long long)sum.seeds, (unsigned long long)sum.broken,
            seconds() - since, (double)sum.seeds / (seconds() - since));
    print_tally(&sum.tally);
    return bad > 0;
}

/* --- what is asked --- */

static int list_plants(void)
{
    for (int i = 1; i < PLANT_COUNT; i++)
        puts(plants[i].name);
    return 0;
}

static bool find_plant_name(const char *name, enum plant *plant)
{
    for (int i = 1; i < PLANT_COUNT; i++)
        if (strcmp(plants[i].name, name) == 0) {
            *plant = (enum plant)i;
            return true;
        }
    return false;
}

static bool read_range(const char *text, struct options *options)
{
    char *end;

    options->from = strtoull(text, &end, 10);
    if (end == text || strncmp(end, "..", 2) != 0)
        return false;
    options->to = strtoull(end + 2, &end, 10);
    return *end == '\0' && options->to >= options->from;
}

static int usage(void)
{
    fprintf(stderr, "usage: sim --seed N [--trace] | --seeds A..B [--jobs N] | "
                    "--same A..B | --plant NAME | --plants\n");
    return 64;
}

/* `value` is what stands behind it, "" if nothing does. */
static bool read_option(
        const char *name, const char *value, struct options *options)
{
    if (strcmp(name, "--seed") == 0)
        options->from = strtoull(value, NULL, 10);
    else if (strcmp(name, "--jobs") == 0)
        options->jobs = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "--plant") == 0)
        return find_plant_name(value, &options->plant);
    else if (strcmp(name, "--seeds") == 0 || strcmp(name, "--same") == 0)
        return read_range(value, options);
    else
        return false;
    return *value != '\0';
}

static bool read_options(int argc, char **argv, struct options *options)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--trace") == 0) {
            options->is_traced = true;
            continue;
        }
        if (!read_option(argv[i], i + 1 < argc ? argv[i + 1] : "", options))
            return false;
        options->is_same = options->is_same || strcmp(argv[i], "--same") == 0;
        i++;
    }
    return options->jobs >= 1 && options->jobs <= MOST_JOBS;
}

static int play(const struct options *options)
{
    if (options->is_same)
        return play_same(options);
    if (options->to > 0)
        return play_many(options);
    return options->plant != PLANT_NONE ? find_plant(options)
                                        : play_one(options);
}

int main(int argc, char **argv)
{
    struct options options = { .from = 1, .jobs = 1 };

    if (argc == 2 && strcmp(argv[1], "--plants") == 0)
        return list_plants();
    if (!read_options(argc, argv, &options))
        return usage();
    disk_install();
    return play(&options);
}
