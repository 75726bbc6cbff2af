#include "bridge/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bridge/config_origins.h"

struct world {
    struct config config;
    struct buf faults;
};

static int open_world(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    buf_init(&world->faults, CONFIG_FAULT_BYTES);
    config_init(&world->config);
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;

    buf_finish(&world->faults);
    free(world);
    return 0;
}

static enum err read_yaml(struct world *world, const char *text)
{
    return config_read_text(
            &world->config, "a.yml", text, strlen(text), &world->faults);
}

static const char *faults_of(struct world *world)
{
    buf_putc(&world->faults, '\0');
    return world->faults.data;
}

static const struct config_row *row_of(const char *flag)
{
    for (uint32_t i = 0; i < config_row_count; i++)
        if (strcmp(config_rows[i].flag, flag) == 0)
            return &config_rows[i];
    fail();
    return NULL;
}

static void every_row_has_a_default_that_it_accepts(void **state)
{
    struct world *world = *state;

    for (uint32_t i = 0; i < config_row_count; i++) {
        const struct config_row *row = &config_rows[i];

        assert_non_null(row->help);
        assert_non_null(row->flag);
        assert_true(strlen(row->help) < 80);
        assert_int_equal(config_set(&world->config, row, row->text, "default",
                                 &world->faults),
                ERR_OK);
        for (uint32_t j = 0; j < i; j++)
            assert_string_not_equal(row->flag, config_rows[j].flag);
    }
    assert_int_equal(world->faults.len, 0);
}

static bool ends_in(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);

    return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

/* What is not known to be a file cannot be read any more at a reload. */
static void files_are_known_as_files(void **state)
{
    unsigned files = 0;

    (void)state;
    for (uint32_t i = 0; i < config_row_count; i++) {
        const struct config_row *row = &config_rows[i];

        if (row->is_file != (ends_in(row->name, "_file") ||
                                    ends_in(row->name, "tls_cert") ||
                                    ends_in(row->name, "tls_key") ||
                                    ends_in(row->name, "tls_ca")))
            fail_msg("%s.%s: is it a file?", row->section, row->name);
        files += row->is_file;
    }
    assert_true(files >= 3);
}

static void with_no_file_at_all_it_works(void **state)
{
    struct world *world = *state;

    setenv("XDG_STATE_HOME", "/somewhere", 1);
    assert_int_equal(config_complete(&world->config, &world->faults), ERR_OK);
    unsetenv("XDG_STATE_HOME");
    assert_int_equal(world->config.http.port, 8080);
    assert_int_equal(world->config.broker.port, 1883);
    assert_true(world->config.broker.debug_reader);
    assert_string_equal(world->config.site.name, "main");
    assert_string_equal(world->config.data.dir, "/somewhere/dumbwaiter");
    assert_string_equal(
            world->config.auth.key_file, "/somewhere/dumbwaiter/token.key");
    assert_string_equal(world->config.authority.mode, "hub");
    assert_string_equal(world->config.webhook.url, "");
    assert_string_equal(world->config.webhook.what, "commands");
    assert_string_equal(world->config.webhook.secret_file,
            "/somewhere/dumbwaiter/webhook.secret");
}

static void a_webhook_has_the_address_of_a_web_server(void **state)
{
    static const char *const good[] = { "http://10.0.0.2/hook",
        "https://example.org", "http://[::1]:8080/a?b=c", "" };
    static const char *const bad[] = { "ftp://example.org/", "http://",
        "https:///hook", "example.org", "http://a b/", "http://a/#b",
        "http://a/\xc3\xa9" };
    struct world *world = *state;

    snprintf(world->config.data.dir, sizeof(world->config.data.dir), "/d");
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        snprintf(world->config.webhook.url, sizeof(world->config.webhook.url),
                "%s", good[i]);
        assert_int_equal(
                config_complete(&world->config, &world->faults), ERR_OK);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(world->config.webhook.url, sizeof(world->config.webhook.url),
                "%s", bad[i]);
        assert_int_equal(
                config_complete(&world->config, &world->faults), ERR_CONFIG);
    }
}

static void a_file_sets_what_it_names_and_nothing_else(void **state)
{
    struct world *world = *state;

    assert_int_equal(read_yaml(world, "# mine\n"
                                      "http:\n"
                                      "  port: 9000\n"
                                      "broker:\n"
                                      "  debug_reader: no\n"
                                      "site: { name: north }\n"),
            ERR_OK);
    assert_int_equal(world->config.http.port, 9000);
    assert_string_equal(world->config.http.address, "127.0.0.1");
    assert_false(world->config.broker.debug_reader);
    assert_string_equal(world->config.site.name, "north");
}

static void a_file_of_comments_alone_is_fine(void **state)
{
    assert_int_equal(read_yaml(*state, "# nothing\n\n  # yet\n"), ERR_OK);
    assert_int_equal(read_yaml(*state, ""), ERR_OK);
}

static void a_section_without_options_is_fine(void **state)
{
    struct world *world = *state;

    assert_int_equal(read_yaml(world, "http:\nlog:\n  level: debug\n"), ERR_OK);
    assert_string_equal(world->config.log.level, "debug");
}

static void every_fault_is_told_with_its_line(void **state)
{
    struct world *world = *state;
    const char *faults;

    assert_int_equal(read_yaml(world, "http:\n"
                                      "  port: 99999\n"
                                      "  adress: 0.0.0.0\n"
                                      "log:\n"
                                      "  level: loud\n"
                                      "broker:\n"
                                      "  debug_reader: perhaps\n"),
            ERR_CONFIG);
    faults = faults_of(world);
    assert_non_null(
            strstr(faults, "a.yml:2: http.port: a number from 0 to 65535\n"));
    assert_non_null(strstr(faults, "a.yml:3: unknown key 'adress'; did you "
                                   "mean 'address'?\n"));
    assert_non_null(strstr(
            faults, "a.yml:5: log.level: one of: error warn info debug\n"));
    assert_non_null(
            strstr(faults, "a.yml:7: broker.debug_reader: yes or no\n"));
}

static void an_unknown_section_is_told_with_its_line(void **state)
{
    struct world *world = *state;

    assert_int_equal(read_yaml(world, "log:\n  level: info\nhtpp:\n  a: 1\n"),
            ERR_CONFIG);
    assert_non_null(strstr(faults_of(world),
            "a.yml:3: unknown key 'htpp'; did you mean 'http'?\n"));
}

static void a_bad_file_changes_nothing(void **state)
{
    struct world *world = *state;

    assert_int_equal(read_yaml(world, "http:\n  port: 9000\nlog:\n"
                                      "  level: loud\n"),
            ERR_CONFIG);
    assert_int_equal(world->config.http.port, 8080);
}

static void text_that_is_no_yaml_is_told_with_a_line(void **state)
{
    struct world *world = *state;

    assert_int_equal(read_yaml(world, "http:\n  port: [1\n"), ERR_CONFIG);
    assert_int_equal(strncmp(faults_of(world), "a.yml:", 6), 0);
}

static void a_list_where_a_section_belongs_is_told_with_its_line(void **state)
{
    struct world *world = *state;

    assert_int_equal(
            read_yaml(world, "log:\n  level: info\nhttp:\n- 1\n"), ERR_CONFIG);
    assert_int_equal(strncmp(faults_of(world), "a.yml:4: ", 9), 0);
}

static void an_alias_cannot_blow_a_file_up(void **state)
{
    assert_int_equal(
            read_yaml(*state, "site: &a\n  name: x\nhttp: *a\n"), ERR_CONFIG);
}

/* Nobody writes to this one: the daemon reads again in its loop. */
static void a_pipe_that_says_nothing_holds_nobody_up(void **state)
{
    struct world *world = *state;
    char dir[] = "/tmp/test_config.XXXXXX", path[64];

    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/a.yml", dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(
            config_read_file(&world->config, path, &world->faults), ERR_IO);
    assert_non_null(strstr(faults_of(world), "a.yml: nothing comes out of it"));
    unlink(path);
    rmdir(dir);
}

static void a_pipe_can_be_read_as_a_file_can(void **state)
{
    static const char text[] = "http:\n  port: 81\n";
    struct world *world = *state;
    char path[32];
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, sizeof(text) - 1), sizeof(text) - 1);
    close(ends[1]);
    snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
    assert_int_equal(
            config_read_file(&world->config, path, &world->faults), ERR_OK);
    assert_int_equal(world->config.http.port, 81);
    close(ends[0]);
}

static void a_missing_file_is_an_io_error(void **state)
{
    struct world *world = *state;

    assert_int_equal(
            config_read_file(&world->config, "/no/such/file", &world->faults),
            ERR_IO);
    assert_non_null(strstr(faults_of(world), "/no/such/file"));
}

static void the_environment_wins_over_defaults(void **state)
{
    struct world *world = *state;

    setenv("DUMBWAITER_HTTP_PORT", "8181", 1);
    assert_int_equal(
            config_read_environment(&world->config, &world->faults), ERR_OK);
    setenv("DUMBWAITER_HTTP_PORT", "many", 1);
    assert_int_equal(config_read_environment(&world->config, &world->faults),
            ERR_CONFIG);
    unsetenv("DUMBWAITER_HTTP_PORT");
    assert_int_equal(world->config.http.port, 8181);
    assert_non_null(strstr(faults_of(world), "DUMBWAITER_HTTP_PORT: "
                                             "http.port: a number"));
}

static void a_site_must_be_an_id(void **state)
{
    struct world *world = *state;

    assert_int_equal(config_set(&world->config, row_of("site"), "a/b", "--site",
                             &world->faults),
            ERR_OK);
    assert_int_equal(
            config_complete(&world->config, &world->faults), ERR_CONFIG);
}

static void more_restaurants_follow_the_first(void **state)
{
    struct world *world = *state;
    struct sites sites;

    setenv("XDG_STATE_HOME", "/somewhere", 1);
    assert_int_equal(
            read_yaml(world, "site:\n  name: old\n  others: harbour, kiosk\n"),
            ERR_OK);
    assert_int_equal(config_complete(&world->config, &world->faults), ERR_OK);
    config_sites(&world->config, &sites);
    assert_int_equal(sites.count, 3);
    assert_string_equal(sites.names[0], "old");
    assert_string_equal(sites.names[1], "harbour");
    assert_string_equal(sites.names[2], "kiosk");
}

static void alone_it_is_the_only_restaurant(void **state)
{
    struct world *world = *state;
    struct sites sites;

    config_sites(&world->config, &sites);
    assert_int_equal(sites.count, 1);
    assert_string_equal(sites.names[0], "main");
}

static void names_that_are_no_ids_or_stand_twice_have_a_line(void **state)
{
    struct world *world = *state;
    const char *faults;

    assert_int_equal(
            read_yaml(world, "site:\n  others: harbour a/b\n"), ERR_CONFIG);
    assert_int_equal(
            read_yaml(world, "site:\n\n  others: kiosk,kiosk\n"), ERR_CONFIG);
    assert_int_equal(
            read_yaml(world, "site:\n  name: bar\n\n  others: kiosk,bar\n"),
            ERR_CONFIG);
    faults = faults_of(world);
    assert_non_null(strstr(faults, "a.yml:2: site.others: a name is 1 to 36 "
                                   "characters of A-Z a-z 0-9 _ and -\n"));
    assert_non_null(
            strstr(faults, "a.yml:3: site.others: kiosk is named twice\n"));
    assert_non_null(
            strstr(faults, "a.yml:4: site.others: bar is named twice\n"));
    assert_string_equal(world->config.site.others, "");
}

static void another_may_not_be_called_as_the_first_by_default(void **state)
{
    struct world *world = *state;

    assert_int_equal(read_yaml(world, "site:\n  others: main\n"), ERR_OK);
    assert_int_equal(
            config_complete(&world->config, &world->faults), ERR_CONFIG);
    assert_string_equal(faults_of(world), "site.others: main is named twice\n");
}

static void as_many_of_the_longest_names_fit_as_are_allowed(void **state)
{
    char text[CONFIG_NAMES_CHARS + 64] = "";
    struct world *world = *state;
    struct sites sites;
    size_t len = 0;

    for (int i = 1; i < SITES_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%032d, ", i);
    assert_int_equal(config_set(&world->config, row_of("other-sites"), text,
                             "--other-sites", &world->faults),
            ERR_OK);
    config_sites(&world->config, &sites);
    assert_int_equal(sites.count, SITES_MAX);
    snprintf(text + len, sizeof(text) - len, "more");
    assert_int_equal(config_set(&world->config, row_of("other-sites"), text,
                             "--other-sites", &world->faults),
            ERR_OK); /* by itself; with the first they are too many */
    setenv("XDG_STATE_HOME", "/somewhere", 1);
    assert_int_equal(
            config_complete(&world->config, &world->faults), ERR_CONFIG);
}

static void dialects_of_producers_go_with_a_broker_of_others(void **state)
{
    struct world *world = *state;

    setenv("XDG_STATE_HOME", "/somewhere", 1);
    assert_int_equal(read_yaml(world, "site:\n  others: harbour\n"
                                      "mqtt:\n"
                                      "  dialects: till-1=kds, "
                                      "harbour.till-1=flat\n"),
            ERR_OK);
    assert_int_equal(
            config_complete(&world->config, &world->faults), ERR_CONFIG);
    assert_int_equal(
            read_yaml(world, "mqtt:\n  url: mqtt://10.0.0.1\n"), ERR_OK);
    assert_int_equal(config_complete(&world->config, &world->faults), ERR_OK);
    assert_int_equal(
            read_yaml(world, "mqtt:\n  dialects: kiosk.app=kds\n"), ERR_OK);
    assert_int_equal(
            config_complete(&world->config, &world->faults), ERR_CONFIG);
    unsetenv("XDG_STATE_HOME");
    assert_string_equal(faults_of(world),
            "mqtt.dialects: goes with mqtt.url; else say `enrol producer ID "
            "--dialect NAME`\n"
            "mqtt.dialects: kiosk.app: there is no restaurant kiosk\n");
}

static void a_dialect_that_nobody_knows_is_told_with_its_line(void **state)
{
    struct world *world = *state;
    const char *faults;

    assert_int_equal(
            read_yaml(world, "mqtt:\n  dialects: app=latin\n"), ERR_CONFIG);
    assert_int_equal(
            read_yaml(world, "mqtt:\n\n  dialects: a=kds a=kds\n"), ERR_CONFIG);
    faults = faults_of(world);
    assert_non_null(strstr(faults,
            "a.yml:2: mqtt.dialects: latin is no dialect; there are native, "));
    assert_non_null(
            strstr(faults, "a.yml:3: mqtt.dialects: a is there twice\n"));
    assert_string_equal(world->config.mqtt.dialects, "");
}

static enum err read_origins(
        const char *list, struct origins *origins, struct fault *fault)
{
    return origins_read(origins, "", list, fault);
}

static void origins_are_scheme_and_host_and_no_more(void **unused)
{
    static const char *const bad[] = { "menu.example", "https://",
        "https://menu.example/", "https://*.example", "://menu.example",
        "https://a.example menu", "null", "https://u@menu.example" };
    struct origins origins;
    struct fault fault;

    (void)unused;
    assert_int_equal(read_origins(" https://menu.example, "
                                  "http://10.0.0.2:3000\thttp://[::1] ",
                             &origins, &fault),
            ERR_OK);
    assert_int_equal(origins.count, 3);
    assert_false(origins.any);
    assert_string_equal(origins.others[0].scheme, "https");
    assert_string_equal(origins.others[0].host, "menu.example");
    assert_int_equal(origins.others[1].port, 3000);
    assert_string_equal(origins.others[2].host, "[::1]");
    assert_int_equal(read_origins("*, http://a", &origins, &fault), ERR_OK);
    assert_true(origins.any);
    assert_int_equal(origins.count, 1);
    assert_int_equal(read_origins("", &origins, &fault), ERR_OK);
    assert_int_equal(origins.count, 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(read_origins(bad[i], &origins, &fault), ERR_CONFIG);
        assert_string_equal(fault.field, "origins");
    }
}

static void there_are_at_most_sixteen_origins(void **unused)
{
    char text[CONFIG_CHARS + 1] = "";
    struct origins origins;
    struct fault fault;

    (void)unused;
    for (size_t len = 0; len < ORIGINS_MAX * strlen("h://a,");)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "h://a,");
    assert_int_equal(read_origins(text, &origins, &fault), ERR_OK);
    assert_int_equal(origins.count, ORIGINS_MAX);
    snprintf(text + strlen(text), sizeof(text) - strlen(text), "h://b");
    assert_int_equal(read_origins(text, &origins, &fault), ERR_CONFIG);
}

static void what_browsers_call_us_is_an_origin(void **unused)
{
    static const char *const bad[] = { "orders.example", "ftp://a.example",
        "https://a.example/b", "https://a.example//", "*", "null" };
    struct origins origins;
    struct fault fault;

    (void)unused;
    assert_int_equal(
            origins_read(&origins, "https://orders.example/", "", &fault),
            ERR_OK);
    assert_string_equal(origins.own.host, "orders.example");
    assert_int_equal(origins.own.port, 443);
    assert_int_equal(origins_read(&origins, "", "", &fault), ERR_OK);
    assert_string_equal(origins.own.host, "");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(
                origins_read(&origins, bad[i], "", &fault), ERR_CONFIG);
        assert_string_equal(fault.field, "public_url");
    }
}

static void an_origin_that_is_none_stops_the_start(void **state)
{
    struct world *world = *state;

    setenv("XDG_STATE_HOME", "/somewhere", 1);
    assert_int_equal(
            read_yaml(world, "http:\n  origins: menu.example\n"), ERR_OK);
    assert_int_equal(
            config_complete(&world->config, &world->faults), ERR_CONFIG);
    unsetenv("XDG_STATE_HOME");
    assert_string_equal(faults_of(world),
            "http.origins: menu.example has not the form https://HOST or "
            "http://HOST:PORT\n");
}

static void a_certificate_goes_with_its_key(void **state)
{
    struct world *world = *state;

    setenv("XDG_STATE_HOME", "/somewhere", 1);
    assert_int_equal(read_yaml(world, "http:\n  tls_cert: /c.pem\n"), ERR_OK);
    assert_int_equal(
            config_complete(&world->config, &world->faults), ERR_CONFIG);
    assert_string_equal(config_http_scheme(&world->config), "https");
    assert_int_equal(read_yaml(world, "http:\n  tls_key: /k.pem\n"), ERR_OK);
    assert_int_equal(config_complete(&world->config, &world->faults), ERR_OK);
    unsetenv("XDG_STATE_HOME");
    assert_string_equal(faults_of(world),
            "http.tls_cert: goes with the other one of http.tls_cert and "
            "http.tls_key\n");
}

static void certificates_of_the_broker_go_together(void **state)
{
    static const struct {
        const char *text, *fault;
    } bad[] = {
        { "broker: {tls_cert: /c, listen: \"0.0.0.0:8883\"}",
                "broker.tls_cert and broker.tls_key" },
        { "broker: {tls_cert: /c, tls_key: /k}", "broker.listen" },
        { "broker: {tls_cert: /c, tls_key: /k, listen: \"0.0.0.0:8883\", "
          "tls_ca: /a}",
                "broker.tls_ca" },
        { "broker: {tls_client_certs: required}", "broker.tls_ca" },
        { "broker: {tls_client_certs: required, tls_ca: /a}",
                "wants a broker.tls_cert" },
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        config_init(&world->config);
        buf_clear(&world->faults);
        assert_int_equal(config_read_text(&world->config, "f", bad[i].text,
                                 strlen(bad[i].text), &world->faults),
                ERR_OK);
        assert_int_equal(
                config_complete(&world->config, &world->faults), ERR_CONFIG);
        buf_putc(&world->faults, '\0');
        if (!strstr(world->faults.data, bad[i].fault))
            fail_msg("%s: %s", bad[i].text, world->faults.data);
    }
}

static void a_number_with_a_tail_is_no_number(void **state)
{
    static const char *const bad[] = { "", " 1", "1 ", "0x10", "1e3", "-1",
        "99999999999999999999" };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(config_set(&world->config, row_of("port"), bad[i],
                                 "--port", &world->faults),
                ERR_CONFIG);
    assert_int_equal(world->config.http.port, 8080);
}

static void a_reload_changes_only_what_may_change(void **state)
{
    struct world *world = *state;
    struct config fresh = world->config;

    config_set(&fresh, row_of("log-level"), "debug", "", &world->faults);
    config_set(&fresh, row_of("mqtt-dialects"), "a=kds", "", &world->faults);
    config_set(&fresh, row_of("port"), "9999", "", &world->faults);
    config_set(&fresh, row_of("other-sites"), "kiosk", "", &world->faults);
    config_reload(&world->config, &fresh, &world->faults);
    assert_string_equal(world->config.log.level, "debug");
    assert_string_equal(world->config.mqtt.dialects, "a=kds");
    assert_int_equal(world->config.http.port, 8080);
    assert_string_equal(world->config.site.others, "");
    assert_string_equal(faults_of(world), "site.others, http.port");
}

static void a_broker_url_has_a_host_and_perhaps_a_port(void **state)
{
    char host[CONFIG_CHARS + 1];
    uint16_t port;

    (void)state;
    assert_true(config_split_url("mqtt://10.0.0.1:1884", host, &port));
    assert_string_equal(host, "10.0.0.1");
    assert_int_equal(port, 1884);
    assert_true(config_split_url("mqtt://[::1]", host, &port));
    assert_string_equal(host, "::1");
    assert_int_equal(port, 1883);
    assert_false(config_split_url("mqtts://x", host, &port));
    assert_false(config_split_url("mqtt://", host, &port));
    assert_false(config_split_url("mqtt://x:0", host, &port));
    assert_false(config_split_url("mqtt://x:1/y", host, &port));
    assert_false(config_split_url("mqtt://[::1", host, &port));
}

static void help_and_manual_name_every_option(void **state)
{
    struct world *world = *state;
    struct buf manual;

    config_print_help(&world->faults);
    buf_init(&manual, CONFIG_FAULT_BYTES);
    config_print_markdown(&manual);
    buf_putc(&manual, '\0');
    for (uint32_t i = 0; i < config_row_count; i++) {
        assert_non_null(strstr(faults_of(world), config_rows[i].flag));
        assert_non_null(strstr(manual.data, config_rows[i].help));
    }
    buf_finish(&manual);
}

/* ladder.def says what happens where nothing is configured. */
static void the_ladders_are_those_of_the_hub_unless_they_are_replaced(
        void **state)
{
    struct world *world = *state;
    struct ladders ours, theirs;

    ladders_init(&theirs);
    assert_ptr_equal(config_ladders(&world->config, &ours), &ours);
    assert_memory_equal(&ours, &theirs, sizeof(ours));

    assert_int_equal(read_yaml(world, "escalation:\n"
                                      "  order: manager 0.4\n"
                                      "  call: none\n"
                                      "  empty_after: 1\n"),
            ERR_OK);
    config_ladders(&world->config, &ours);
    assert_int_equal(ours.of[ESCALATE_ORDER].count, 1);
    assert_int_equal(ours.of[ESCALATE_ORDER].rungs[0].after_ms, 400);
    assert_int_equal(ours.of[ESCALATE_CALL].count, 0);
    assert_int_equal(ours.empty_after_ms, 1000);

    assert_int_equal(read_yaml(world, "escalation:\n  enabled: no\n"), ERR_OK);
    assert_null(config_ladders(&world->config, &ours));
}

static void a_ladder_that_is_none_is_told_with_its_line(void **state)
{
    struct world *world = *state;

    assert_int_equal(read_yaml(world, "escalation:\n"
                                      "  enabled: yes\n"
                                      "  order: kitchen 20, chef 30\n"),
            ERR_CONFIG);
    assert_non_null(strstr(faults_of(world),
            "a.yml:3: escalation.order: has steps such as \"station 20"));
    assert_non_null(strstr(faults_of(world), "; or is none\n"));
}

static void where_home_assistant_looks_is_one_level_of_a_topic(void **state)
{
    static const char *const bad[] = { "a/b", "+", "#", "a b" };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char *prefix = world->config.mqtt.home_assistant_prefix;
        char *client = world->config.mqtt.home_assistant_client;

        config_init(&world->config);
        snprintf(prefix, CONFIG_CHARS, "%s", bad[i]);
        assert_int_equal(
                config_complete(&world->config, &world->faults), ERR_CONFIG);
        config_init(&world->config);
        snprintf(client, CONFIG_CHARS, "%s", bad[i]);
        assert_int_equal(
                config_complete(&world->config, &world->faults), ERR_CONFIG);
    }
    assert_non_null(strstr(
            faults_of(world), "mqtt.home_assistant_prefix: is an id: 1 to 36"));
    assert_non_null(strstr(
            faults_of(world), "mqtt.home_assistant_client: is an id: 1 to 36"));
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_row_has_a_default_that_it_accepts),
        TEST(files_are_known_as_files),
        TEST(with_no_file_at_all_it_works),
        TEST(a_webhook_has_the_address_of_a_web_server),
        TEST(a_file_sets_what_it_names_and_nothing_else),
        TEST(a_file_of_comments_alone_is_fine),
        TEST(a_section_without_options_is_fine),
        TEST(every_fault_is_told_with_its_line),
        TEST(an_unknown_section_is_told_with_its_line),
        TEST(a_bad_file_changes_nothing),
        TEST(text_that_is_no_yaml_is_told_with_a_line),
        TEST(a_list_where_a_section_belongs_is_told_with_its_line),
        TEST(an_alias_cannot_blow_a_file_up),
        TEST(a_pipe_that_says_nothing_holds_nobody_up),
        TEST(a_pipe_can_be_read_as_a_file_can),
        TEST(a_missing_file_is_an_io_error),
        TEST(the_environment_wins_over_defaults),
        TEST(a_site_must_be_an_id),
        TEST(more_restaurants_follow_the_first),
        TEST(alone_it_is_the_only_restaurant),
        TEST(names_that_are_no_ids_or_stand_twice_have_a_line),
        TEST(another_may_not_be_called_as_the_first_by_default),
        TEST(as_many_of_the_longest_names_fit_as_are_allowed),
        TEST(dialects_of_producers_go_with_a_broker_of_others),
        TEST(a_dialect_that_nobody_knows_is_told_with_its_line),
        TEST(where_home_assistant_looks_is_one_level_of_a_topic),
        TEST(origins_are_scheme_and_host_and_no_more),
        TEST(there_are_at_most_sixteen_origins),
        TEST(what_browsers_call_us_is_an_origin),
        TEST(an_origin_that_is_none_stops_the_start),
        TEST(a_certificate_goes_with_its_key),
        TEST(certificates_of_the_broker_go_together),
        TEST(a_number_with_a_tail_is_no_number),
        TEST(the_ladders_are_those_of_the_hub_unless_they_are_replaced),
        TEST(a_ladder_that_is_none_is_told_with_its_line),
        TEST(a_reload_changes_only_what_may_change),
        TEST(a_broker_url_has_a_host_and_perhaps_a_port),
        TEST(help_and_manual_name_every_option),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
