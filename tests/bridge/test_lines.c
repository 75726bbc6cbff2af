/*
 * Every line of the five contracts, one file each in tests/golden/lines:
 *
 *     # <number> <dialect> <names>     and more lines with #, for readers
 *     in <rooms>                       as the dialect calls them, or as we do
 *     <story>                          what a back end says in our words
 *     =
 *     <rooms> <name> <payload>         what is said, in order
 *
 * A story's line may say "from": a role, or "client" and "role": a user's page
 * tells the hub of itself. Each is said a second after the one before. There
 * is a listener in every room; those in rooms that the file does not name must
 * not hear the names, unless another file of the same name has their room.
 *
 * What clients say is `from clients`, and then pairs of lines: a name and its
 * argument, and what becomes of it.
 */
#include "tests/bridge/golden.h"

#include <dirent.h>

#include <cjson/cJSON.h>

#include "bridge/wire.h"
#include "hub/evt/body.h"
#include "schemas/roles.h"

#define LINES   71
#define STEP_MS 1000
#define NAMES   8

/* The sittings are those of "tok-1" and "tok-2". */
static const char *const rooms[] = { "all", "kitchen", "kitchen/2", "kitchen/4",
    "waiters", "restaurant", "table/5", "table/6", "order/17", "order/18",
    "session/65dcf16ea3dfa49069628089eb4a7548",
    "session/b9d7f2826c798e990d30dd291fddb436", "user/u7", "user/u8", "pool",
    "guests", "admin" };

#define ROOMS (sizeof(rooms) / sizeof(rooms[0]))

struct line {
    char file[128];
    unsigned number;
    char dialect[16];
    char *text;         /* all of the file, cut into lines */
    char *names[NAMES]; /* in it */
    uint32_t name_count;
    char *where; /* the line after the head */
    char *rest;  /* what stands behind that */
    char title[128];
};

static struct line lines[LINES + 1];
static uint32_t line_count;

/* --- the files --- */

/* Cut into words. */
static void read_names(struct line *line, char *text)
{
    while (*text) {
        size_t len = strcspn(text, " ");
        bool is_last = !text[len];

        assert_true(line->name_count < NAMES);
        line->names[line->name_count++] = text;
        text[len] = '\0';
        text += len + !is_last;
    }
}

static void read_head(struct line *line)
{
    char *at = line->text;
    char *head = golden_line(&at);
    int used = 0;

    if (!head || sscanf(head, "# %u %15s %n", &line->number, line->dialect,
                         &used) != 2)
        fail_msg("%s: has no head", line->file);
    snprintf(line->title, sizeof(line->title), "line %02u: %s %s", line->number,
            line->dialect, head + used);
    read_names(line, head + used);
    do
        line->where = golden_line(&at);
    while (line->where && line->where[0] == '#');
    assert_non_null(line->where);
    line->rest = at;
}

static void add_line(const char *name)
{
    struct line *line = &lines[line_count];
    char path[160], start[32];

    if (line_count++ > LINES)
        fail_msg("there are more files than lines");
    snprintf(line->file, sizeof(line->file), "%s", name);
    snprintf(path, sizeof(path), "lines/%s", line->file);
    line->text = golden_read(path);
    read_head(line);
    snprintf(start, sizeof(start), "%02u-%s-", line->number, line->dialect);
    if (strncmp(name, start, strlen(start)) != 0)
        fail_msg("%s: is called otherwise in its head", name);
}

static int by_number(const void *a, const void *b)
{
    const struct line *first = a, *second = b;

    return (first->number > second->number) - (first->number < second->number);
}

static void read_lines(void)
{
    DIR *folder = opendir(SOURCE_DIR "/tests/golden/lines");
    struct dirent *entry;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            add_line(entry->d_name);
    closedir(folder);
    qsort(lines, line_count, sizeof(lines[0]), by_number);
}

static void there_is_a_file_for_each_line(void **unused)
{
    (void)unused;
    assert_int_equal(line_count, LINES);
    for (unsigned i = 0; i < LINES; i++)
        assert_int_equal(lines[i].number, i + 1);
}

static enum dialect_id dialect_of(const struct line *line)
{
    enum dialect_id dialect = dialect_find(line->dialect);

    if (dialect == DIALECT_COUNT)
        fail_msg("%s: there is no dialect %s", line->file, line->dialect);
    return dialect;
}

static bool has_name(const void *context, const char *name)
{
    const struct line *line = context;

    for (uint32_t i = 0; i < line->name_count; i++)
        if (strcmp(line->names[i], name) == 0)
            return true;
    return false;
}

/* Is the room one of those after "in "? */
static bool has_room(const struct line *line, const char *room)
{
    size_t len = strlen(room);
    const char *at = line->where + strlen("in ");

    if (strncmp(line->where, "in ", 3) != 0)
        return false;
    for (; *at; at += strcspn(at, ","), at += *at == ',')
        if (strncmp(at, room, len) == 0 && (at[len] == ',' || !at[len]))
            return true;
    return false;
}

/* --- stories --- */

static const char *text_in(const cJSON *json, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));
}

/* Users' pages, from when they are first heard of. */
struct page {
    char subject[SUBJECT_CHARS + 1];
    struct hub_client *client;
};

struct play {
    struct golden *golden;
    struct page page; /* one is enough */
};

static void open_page(struct play *play, const char *subject, const char *role)
{
    struct principal who = { .roles = role_find(role) };

    if (play->page.client) {
        assert_string_equal(play->page.subject, subject);
        return;
    }
    assert_int_not_equal(who.roles, 0);
    snprintf(who.subject, sizeof(who.subject), "%s", subject);
    snprintf(play->page.subject, sizeof(play->page.subject), "%s", subject);
    play->page.client = golden_attach(play->golden, &who, "waiters");
}

/* A page tells the hub something of itself. */
static enum err tell(struct play *play, const char *text)
{
    struct golden *golden = play->golden;
    struct heard heard;
    enum err err = dialect_hear_message(
            DIALECT_NATIVE, NULL, text, strlen(text), &heard, &golden->fault);

    if (err != ERR_OK)
        return err;
    return hub_note(golden->hub, play->page.client, heard.what, heard.body,
            golden->now_ms, &golden->fault);
}

static enum err say(struct play *play, const char *text)
{
    struct principal from = { .roles = ROLE_BACKEND, .subject = "backend" };
    cJSON *json = cJSON_Parse(text);
    const char *client = text_in(json, "client");
    const char *role = text_in(json, "from");
    enum err err;

    if (role) {
        from.roles = role_find(role);
        snprintf(from.subject, sizeof(from.subject), "%s", role);
    }
    if (client) {
        open_page(play, client, text_in(json, "role"));
        err = tell(play, text);
    } else {
        err = golden_say(play->golden, &from, DIALECT_NATIVE, text);
    }
    cJSON_Delete(json);
    return err;
}

/* Up to the line "="; *at is behind it then. */
static struct play play_story(const struct line *line, char **at)
{
    struct play play = { .golden = golden_begin(dialect_of(line)) };
    char *text;

    for (size_t i = 0; i < ROOMS; i++)
        golden_sit(play.golden, rooms[i]);
    while ((text = golden_line(at)) != NULL && strcmp(text, "=") != 0) {
        if (say(&play, text) != ERR_OK)
            fail_msg("%s: %s: %s: %s", line->file, text,
                    play.golden->fault.field, play.golden->fault.text);
        golden_pass(play.golden, STEP_MS);
    }
    assert_non_null(text);
    return play;
}

static void end_play(struct play *play)
{
    hub_detach(play->golden->hub, play->page.client);
    golden_end(play->golden);
}

/* --- what is said --- */

/* The seats that the line is about: each of its rooms has one. */
static uint32_t find_seats(const struct line *line, const struct golden *golden)
{
    uint32_t seats = 0, count = 1;
    const char *at = line->where;

    for (uint32_t i = 0; i < golden->seat_count; i++)
        if (has_room(line, golden->seats[i].name))
            seats |= 1u << i;
    while ((at = strchr(at, ',')) != NULL) {
        at++;
        count++;
    }
    if ((uint32_t)__builtin_popcount(seats) != count)
        fail_msg(
                "%s: not every room of it exists: %s", line->file, line->where);
    return seats;
}

/* Another line of the same name may be about the room. */
static bool is_anothers(const struct line *line, const struct golden_told *told,
        const struct golden *golden)
{
    for (uint32_t i = 0; i < line_count; i++)
        if (&lines[i] != line && strcmp(lines[i].dialect, line->dialect) == 0 &&
                has_name(&lines[i], told->row->name) &&
                has_room(&lines[i], golden->seats[told->seat].name))
            return true;
    return false;
}

static void expect_nobody_else(
        const struct line *line, const struct golden *golden, uint32_t seats)
{
    for (uint32_t i = 0; i < golden->told_count; i++) {
        const struct golden_told *told = &golden->told[i];

        if (has_name(line, told->row->name) && !(seats >> told->seat & 1) &&
                !is_anothers(line, told, golden))
            fail_msg("%s: %s hears %s, too", line->file,
                    golden->seats[told->seat].name, told->row->name);
    }
}

static void expect_everybody(
        const struct line *line, const struct golden *golden, uint32_t seats)
{
    uint32_t heard = 0;

    for (uint32_t i = 0; i < golden->told_count; i++)
        if (has_name(line, golden->told[i].row->name))
            heard |= 1u << golden->told[i].seat;
    for (uint32_t i = 0; i < golden->seat_count; i++)
        if (seats >> i & 1 && !(heard >> i & 1))
            fail_msg("%s: %s hears nothing", line->file, golden->seats[i].name);
}

static void expect_in_rooms(const struct line *line)
{
    char *at = line->rest;
    struct play play = play_story(line, &at);
    uint32_t seats = find_seats(line, play.golden);
    char *said = golden_print(play.golden, seats, has_name, line);

    golden_expect(line->file, at, said);
    free(said);
    expect_everybody(line, play.golden, seats);
    expect_nobody_else(line, play.golden, seats);
    end_play(&play);
}

/* --- what is said to a connection --- */

static struct Dw__Picture *whole_picture(struct hub *hub)
{
    static const char *const all[] = { "all", "kitchen", "waiters",
        "restaurant", "admin" };
    struct room seen[5];

    for (int i = 0; i < 5; i++)
        assert_true(room_parse(all[i], strlen(all[i]), &seen[i]));
    return hub_picture(hub, ROLE_HUB, seen, 5);
}

static void say_own(
        struct buf *out, const struct line *line, const struct golden *golden)
{
    const struct wire *wire = wires[WIRE_ENV];
    struct Dw__Picture *picture = whole_picture(golden->hub);
    struct wire_ready ready = { .connection_id = "c-1",
        .now_ms = golden->now_ms,
        .picture = picture,
        .view = VIEW_FULL };
    struct wire_beat beat = { .connection_id = "c-1",
        .now_ms = golden->now_ms };

    assert_non_null(picture);
    if (has_name(line, "socket.ready"))
        wire->say_ready(out, &ready);
    else
        wire->say_heartbeat(out, &beat);
    hub_picture_free(picture);
}

/* The whole envelope, and that nobody hears such a thing from a room. */
static void expect_to_socket(const struct line *line)
{
    char *at = line->rest;
    struct play play = play_story(line, &at);
    const char *payload = strchr(at, '{');
    char ts[ISO_CHARS + 1];
    struct buf said, expected;

    assert_non_null(payload);
    dialect_print_time(play.golden->now_ms, ts);
    buf_init(&said, GOLDEN_BYTES);
    buf_init(&expected, GOLDEN_BYTES);
    say_own(&said, line, play.golden);
    buf_putc(&said, '\0');
    buf_printf(&expected, "{\"event\":\"%s\",\"payload\":%.*s,\"ts\":\"%s\"}",
            line->names[0], (int)strcspn(payload, "\n"), payload, ts);
    buf_putc(&expected, '\0');
    golden_expect(line->file, expected.data, said.data);
    expect_nobody_else(line, play.golden, 0);
    buf_finish(&said);
    buf_finish(&expected);
    end_play(&play);
}

/* --- what clients say --- */

static void put_fault(struct buf *out, const struct fault *fault)
{
    buf_printf(out, "%s %s", err_kinds[fault->code].name, fault->field);
}

static void put_wish(struct buf *out, const struct wish *wish)
{
    char room[ROOM_CHARS + 1];

    room_print(&wish->room, room);
    buf_printf(out, "%s %s", wish->leaves ? "leave" : "join", room);
}

/* What becomes of a name and its argument: a room that it asks for, or an
 * event of ours. */
static void put_heard(struct buf *out, enum dialect_id dialect,
        const char *name, const char *argument)
{
    size_t len = strlen(argument);
    struct fault fault = { 0 };
    struct heard heard;
    struct wish wish;
    enum err err = dialect_hear_verb(
            dialect, GOLDEN_SITE, name, argument, len, &wish, &fault);

    if (err == ERR_OK) {
        put_wish(out, &wish);
        return;
    }
    if (err == ERR_UNKNOWN_EVENT)
        err = dialect_hear_message(
                dialect, name, argument, len, &heard, &fault);
    if (err != ERR_OK) {
        put_fault(out, &fault);
        return;
    }
    buf_printf(out, "%s ", evt_kinds[heard.what].name);
    dialect_put_json(out, heard.body, VIEW_FULL);
    body_free(heard.body);
}

static void expect_from_clients(const struct line *line)
{
    enum dialect_id dialect = dialect_of(line);
    uint32_t left = line->name_count;
    char *at = line->rest, *text;
    bool known[NAMES] = { false };

    while ((text = golden_line(&at)) != NULL) {
        char *expected = golden_line(&at);
        char *argument = text + strcspn(text, " ");
        struct buf said;

        if (*argument)
            *argument++ = '\0';
        buf_init(&said, GOLDEN_BYTES);
        buf_puts(&said, "=> ");
        put_heard(&said, dialect, text, argument);
        buf_putc(&said, '\0');
        assert_non_null(expected);
        if (strcmp(expected, said.data) != 0)
            fail_msg("%s: %s %s\n  file: %s\n  said: %s", line->file, text,
                    argument, expected, said.data);
        buf_finish(&said);
        for (uint32_t i = 0; i < line->name_count; i++)
            if (strcmp(line->names[i], text) == 0 && !known[i]) {
                known[i] = true;
                left--;
            }
    }
    assert_int_equal(left, 0);
}

static void expect_refusals(const struct line *line)
{
    struct buf said;

    buf_init(&said, GOLDEN_BYTES);
    for (int i = 0; i < DIALECT_COUNT; i++)
        if (dialects[i].auth_error)
            buf_printf(
                    &said, "%s %s\n", dialects[i].name, dialects[i].auth_error);
    buf_putc(&said, '\0');
    golden_expect(line->file, line->rest, said.data);
    buf_finish(&said);
}

/* --- all --- */

static void expect_line(void **state)
{
    static const struct {
        const char *where;
        void (*expect)(const struct line *line);
    } kinds[] = {
        { "in socket", expect_to_socket },
        { "in ", expect_in_rooms },
        { "from clients", expect_from_clients },
        { "refused", expect_refusals },
    };
    const struct line *line = *state;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strncmp(line->where, kinds[i].where, strlen(kinds[i].where)) == 0) {
            kinds[i].expect(line);
            return;
        }
    fail_msg("%s: neither in a room nor from clients", line->file);
}

static void print_line(const struct line *line)
{
    char *at = line->rest;
    struct play play = play_story(line, &at);
    char *said = golden_print(play.golden, ~0u, has_name, line);

    fputs(said, stdout);
    free(said);
    end_play(&play);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[LINES + 2] = { cmocka_unit_test(
            there_is_a_file_for_each_line) };
    int failed;

    read_lines();
    if (argc == 3 && strcmp(argv[1], "--print") == 0) {
        print_line(&lines[strtoul(argv[2], NULL, 10) - 1]);
        return 0;
    }
    for (uint32_t i = 0; i < line_count; i++)
        tests[i + 1] = (struct CMUnitTest){ .name = lines[i].title,
            .test_func = expect_line,
            .initial_state = &lines[i] };
    failed =
            _cmocka_run_group_tests("lines", tests, line_count + 1, NULL, NULL);
    for (uint32_t i = 0; i < line_count; i++)
        free(lines[i].text);
    return failed;
}
