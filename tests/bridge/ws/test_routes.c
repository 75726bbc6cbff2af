#include "bridge/ws/routes.h"

#include <libwebsockets.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/ws/http.h"

static struct route_found found;

static const struct route *find(const char *path, int method)
{
    route_find(path, method, &found);
    return found.route;
}

static void a_path_is_found_by_its_method(void **unused)
{
    (void)unused;
    assert_int_equal(
            find("/api/orders", LWSHUMETH_POST)->rest, REST_ORDER_CREATE);
    assert_string_equal(found.id, "");
    assert_int_equal(find("/api/orders", LWSHUMETH_GET)->rest, REST_NONE);
    assert_ptr_equal(find("/api/orders", LWSHUMETH_HEAD),
            find("/api/orders", LWSHUMETH_GET));
}

static void the_last_part_of_a_path_may_be_an_id(void **unused)
{
    (void)unused;
    assert_int_equal(find("/api/orders/A-1_b", LWSHUMETH_PATCH)->rest,
            REST_ORDER_CHANGE);
    assert_string_equal(found.id, "A-1_b");
    assert_non_null(find(
            "/api/orders/123e4567-e89b-12d3-a456-426614174000", LWSHUMETH_GET));
    assert_int_equal(strlen(found.id), ID_CHARS);
}

static void an_id_may_stand_within_a_path(void **unused)
{
    const struct route *one = find("/api/orders/deliveries", LWSHUMETH_GET);

    (void)unused;
    assert_string_equal(found.id, "deliveries");
    assert_non_null(find("/api/orders/A-1/deliveries", LWSHUMETH_GET));
    assert_ptr_not_equal(found.route, one);
    assert_string_equal(found.id, "A-1");
}

static void what_is_no_id_is_no_address(void **unused)
{
    static const char *const paths[] = { "/api/orders/", "/api/orders/a/b",
        "/api/orders//deliveries", "/api/orders/a/b/deliveries",
        "/api/orders/a/deliveries/", "/api/orders/a b", "/api/orders/%2e",
        "/api/orders/\xc3\xa9",
        "/api/orders/123e4567-e89b-12d3-a456-4266141740000", "/api/order",
        "/api/orders/create/", "/api", "", "/api/layout/1" };

    (void)unused;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_null(find(paths[i], LWSHUMETH_GET));
        assert_int_equal(found.methods, 0);
        assert_string_equal(found.id, "");
    }
}

static void a_path_stands_before_a_pattern(void **unused)
{
    (void)unused;
    assert_int_equal(find("/api/orders/create", LWSHUMETH_POST)->rest,
            REST_ORDER_CREATE);
    assert_string_equal(found.id, "");
    assert_non_null(find("/api/orders/create", LWSHUMETH_GET));
    assert_string_equal(found.id, "create");
}

static void assert_methods(const char *path, const char *methods)
{
    char text[METHODS_CHARS + 1];

    assert_null(find(path, LWSHUMETH_OPTIONS));
    route_print_methods(found.methods, text);
    assert_string_equal(text, methods);
}

static void the_methods_of_a_path_are_known(void **unused)
{
    (void)unused;
    assert_methods("/api/orders", "GET, HEAD, POST");
    assert_methods("/api/orders/7", "GET, HEAD, PATCH");
    assert_methods("/api/orders/7/deliveries", "GET, HEAD");
    assert_methods("/api/orders/create", "GET, HEAD, POST, PATCH");
    assert_methods("/api/layout", "GET, HEAD, PUT");
    assert_methods("/api/messages", "GET, HEAD, POST, DELETE");
    assert_methods("/api/messages/m1", "PATCH, DELETE");
    assert_methods("/healthz", "GET, HEAD");
    assert_methods("/nowhere", "");
}

/* A column left out is zero and compiles. */
static void every_row_has_what_it_must_have(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < route_count; i++) {
        const struct route *route = &routes[i];
        bool has_body = route->method == LWSHUMETH_POST ||
                        route->method == LWSHUMETH_PUT ||
                        route->method == LWSHUMETH_PATCH;
        bool reads = route->method == LWSHUMETH_GET;
        const char *id = strchr(route->path, ':');

        assert_non_null(route->run);
        assert_int_equal(route->path[0], '/');
        assert_true(!id || strncmp(id, ":id", 3) == 0);
        assert_true(!id || id[3] == '\0' || id[3] == '/');
        assert_true(!id || !strchr(id + 1, ':'));
        assert_int_equal(route->messages > 0 || route->bytes > 0, has_body);
        assert_true(!route->messages || !route->bytes);
        assert_int_equal(route->states, !reads && !route->bytes);
        assert_true(!route->creates || route->method == LWSHUMETH_POST);
        assert_true(!reads || route->rest == REST_NONE);
        assert_true(route->rest == REST_NONE || route->run == rest_run);
    }
}

static void every_request_has_a_path(void **unused)
{
    bool has[REST_COUNT] = { false };

    (void)unused;
    for (uint32_t i = 0; i < route_count; i++)
        has[routes[i].rest] = true;
    for (int i = 0; i < REST_COUNT; i++)
        assert_true(has[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_found_by_its_method),
        cmocka_unit_test(the_last_part_of_a_path_may_be_an_id),
        cmocka_unit_test(an_id_may_stand_within_a_path),
        cmocka_unit_test(what_is_no_id_is_no_address),
        cmocka_unit_test(a_path_stands_before_a_pattern),
        cmocka_unit_test(the_methods_of_a_path_are_known),
        cmocka_unit_test(every_row_has_what_it_must_have),
        cmocka_unit_test(every_request_has_a_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
