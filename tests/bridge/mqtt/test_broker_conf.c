#include "bridge/mqtt/broker_conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct broker_conf plain(void)
{
    return (struct broker_conf){
        .dir = "/data/broker", .user = "me", .port = 1883, .sites = 1
    };
}

/* Only what stands from the listener's line up to the next one. */
static void listener_of(
        const struct broker_conf *conf, const char *line, char out[1024])
{
    struct buf text;
    char *at, *next;

    buf_init(&text, 4096);
    broker_conf_put(conf, &text);
    buf_putc(&text, '\0');
    assert_false(text.failed);
    at = strstr(text.data, line);
    assert_non_null(at);
    next = strstr(at + 1, "\nlistener");
    if (next)
        *next = '\0';
    assert_true(strlen(at) < 1024);
    memcpy(out, at, strlen(at) + 1);
    buf_finish(&text);
}

static void strangers_are_let_in_only_where_a_debug_reader_is(void **unused)
{
    struct broker_conf conf = plain();
    char text[1024];

    (void)unused;
    listener_of(&conf, "listener 1883 127.0.0.1", text);
    assert_non_null(strstr(text, "allow_anonymous false\n"));
    assert_non_null(strstr(text, "use_username_as_clientid true\n"));
    conf.debug_reader = true;
    listener_of(&conf, "listener 1883 127.0.0.1", text);
    assert_non_null(strstr(text, "allow_anonymous true\n"));
    assert_non_null(strstr(text, "acl_file /data/broker/acl\n"));
}

static void every_restaurant_adds_to_the_connections(void **unused)
{
    struct broker_conf conf = plain();
    char text[1024];

    (void)unused;
    listener_of(&conf, "listener 1883 127.0.0.1", text);
    assert_non_null(strstr(text, "max_connections 1000\n"));
    conf.sites = 3;
    listener_of(&conf, "listener 1883 127.0.0.1", text);
    assert_non_null(strstr(text, "max_connections 3000\n"));
}

/* Who started it may be killed before it could. */
static void the_broker_notes_its_id_itself(void **unused)
{
    struct broker_conf conf = plain();
    struct buf text;

    (void)unused;
    buf_init(&text, 8192);
    broker_conf_put(&conf, &text);
    buf_putc(&text, '\0');
    assert_false(text.failed);
    assert_non_null(
            strstr(text.data, "\npid_file /data/broker/mosquitto.pid\n"));
    buf_finish(&text);
}

static void the_lan_never_lets_strangers_in(void **unused)
{
    struct broker_conf conf = plain();
    char text[1024];

    (void)unused;
    conf.debug_reader = true;
    assert_true(broker_conf_listen(&conf, "192.168.1.5:1884"));
    listener_of(&conf, "listener 1884 192.168.1.5", text);
    assert_non_null(strstr(text, "allow_anonymous false\n"));
    assert_non_null(strstr(text, "password_file /data/broker/passwd\n"));
}

static void the_lan_speaks_tls_where_there_is_a_certificate(void **unused)
{
    struct broker_conf conf = plain();
    char text[1024];

    (void)unused;
    assert_true(broker_conf_listen(&conf, "0.0.0.0:8883"));
    listener_of(&conf, "listener 8883 0.0.0.0", text);
    assert_null(strstr(text, "certfile"));
    conf.lan_tls = true;
    listener_of(&conf, "listener 8883 0.0.0.0", text);
    assert_non_null(strstr(text, "certfile /data/broker/tls.pem\n"
                                 "keyfile /data/broker/tls.pem\n"
                                 "tls_version tlsv1.2\n"));
    assert_null(strstr(text, "require_certificate"));
    conf.lan_certs = true;
    listener_of(&conf, "listener 8883 0.0.0.0", text);
    assert_non_null(strstr(text, "require_certificate true\n"
                                 "use_identity_as_username true\n"));
    listener_of(&conf, "listener 1883 127.0.0.1", text);
    assert_null(strstr(text, "certfile"));
}

static void nothing_is_said_with_qos_2(void **unused)
{
    struct broker_conf conf = plain();
    char text[1024];

    (void)unused;
    assert_true(broker_conf_listen(&conf, "0.0.0.0:8883"));
    listener_of(&conf, "listener 8883 0.0.0.0", text);
    assert_non_null(strstr(text, "max_qos 1\n"));
    listener_of(&conf, "listener 1883 127.0.0.1", text);
    assert_non_null(strstr(text, "max_qos 1\n"));
}

static void an_address_in_brackets_may_have_colons(void **unused)
{
    struct broker_conf conf = plain();

    (void)unused;
    assert_true(broker_conf_listen(&conf, "[fe80::1]:1884"));
    assert_string_equal(conf.lan_host, "fe80::1");
    assert_int_equal(conf.lan_port, 1884);
}

static void what_is_no_address_and_port_is_refused(void **unused)
{
    static const char *const bad[] = { "", ":", ":1883", "1.2.3.4",
        "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:1x",
        "[]:1", "a b:1883", "a\nallow_anonymous true:1883" };
    struct broker_conf conf = plain();

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (broker_conf_listen(&conf, bad[i]))
            fail_msg("taken: %s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers_are_let_in_only_where_a_debug_reader_is),
        cmocka_unit_test(every_restaurant_adds_to_the_connections),
        cmocka_unit_test(the_broker_notes_its_id_itself),
        cmocka_unit_test(the_lan_never_lets_strangers_in),
        cmocka_unit_test(the_lan_speaks_tls_where_there_is_a_certificate),
        cmocka_unit_test(nothing_is_said_with_qos_2),
        cmocka_unit_test(an_address_in_brackets_may_have_colons),
        cmocka_unit_test(what_is_no_address_and_port_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
