/*
 * Each codec both ways: what stands in their JSON becomes a field of ours and
 * is said again. One row a case.
 */
#include "bridge/dialect/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/count.h"
#include "hub/evt/body.h"
#include "schemas/floor.pb-c.h"
#include "schemas/kitchen.pb-c.h"
#include "schemas/people.pb-c.h"

static struct fault fault;

struct field {
    enum dialect_id dialect;
    enum codec as;
    const ProtobufCMessageDescriptor *type;
    const char *ours;
    const struct shape_field *shape;
    const ProtobufCEnumDescriptor *words;
    unsigned flags;
};

static const struct shape_field modifier[] = { { "name", "name", AS_TEXT, NULL,
                                                       NULL, NEEDED },
    { NULL, NULL, AS_END, NULL, NULL, 0 } };

static const struct field text = {
    .as = AS_TEXT, .type = &dw__order__descriptor, .ours = "customer.name"
};
static const struct field id = {
    .as = AS_ID, .type = &dw__order__descriptor, .ours = "table.id"
};
static const struct field number_id = {
    .as = AS_NUMBER_ID, .type = &dw__order__descriptor, .ours = "id"
};
static const struct field number = {
    .as = AS_NUMBER, .type = &dw__order__descriptor, .ours = "table.number"
};
static const struct field place = { .as = AS_NUMBER,
    .type = &dw__layout_node__descriptor,
    .ours = "x",
    .flags = ROUNDED };
static const struct field boolean = {
    .as = AS_BOOL, .type = &dw__alert__descriptor, .ours = "acknowledged"
};
static const struct field moment = {
    .as = AS_MOMENT, .type = &dw__order__descriptor, .ours = "created_at_ms"
};
static const struct field minutes = { .as = AS_MINUTES,
    .type = &dw__kitchen_completed__descriptor,
    .ours = "prep_time_ms" };
static const struct field cents = {
    .as = AS_CENTS, .type = &dw__order__descriptor, .ours = "totals.total_cents"
};
static const struct field money = {
    .as = AS_MONEY, .type = &dw__order__descriptor, .ours = "totals.total_cents"
};
static const struct field env_word = { .dialect = DIALECT_ENV,
    .as = AS_WORD,
    .type = &dw__order__descriptor,
    .ours = "status" };
static const struct field flat_word = { .dialect = DIALECT_FLAT,
    .as = AS_WORD,
    .type = &dw__order__descriptor,
    .ours = "status" };
static const struct field strict_word = { .dialect = DIALECT_ENV,
    .as = AS_WORD,
    .type = &dw__order__descriptor,
    .ours = "priority" };
static const struct field whole = { .as = AS_PART,
    .type = &dw__modifier__descriptor,
    .ours = ".",
    .shape = modifier };
static const struct field list = { .as = AS_LIST,
    .type = &dw__item__descriptor,
    .ours = "modifiers",
    .shape = modifier };
static const struct field texts = {
    .as = AS_TEXTS, .type = &dw__live_user__descriptor, .ours = "roles"
};
static const struct field tally = { .dialect = DIALECT_ENV,
    .as = AS_TALLY,
    .type = &dw__orders_summary__descriptor,
    .ours = "by_status",
    .words = &dw__order_status__descriptor };
static const struct field hashed = {
    .as = AS_HASHED, .type = &dw__order__descriptor, .ours = "session.key"
};

/* The codec's field, named x, and the end of the shape. */
static void make_shape(
        const struct field *field, struct shape_field shape[static 2])
{
    shape[0] = (struct shape_field){ "x", field->ours, field->as, field->shape,
        field->words, field->flags };
    shape[1] = (struct shape_field){ NULL, NULL, AS_END, NULL, NULL, 0 };
}

/* The body that {"x":…} becomes, or NULL. */
static ProtobufCMessage *hear(const struct field *field, const char *value)
{
    struct walk walk = { .dialect = field->dialect, .fault = &fault };
    ProtobufCMessage *body = body_new(field->type);
    struct shape_field shape[2];
    char json[256];
    cJSON *tree;
    enum err err;

    make_shape(field, shape);
    snprintf(json, sizeof(json), "{\"x\":%s}", value);
    fault = (struct fault){ 0 };
    tree = json_read(json, strlen(json), &fault);
    if (!tree)
        fail_msg("%s: %s", value, fault.text);
    err = hear_shape(&walk, shape, tree, body);
    cJSON_Delete(tree);
    assert_int_equal(err, fault.code);
    if (err == ERR_OK)
        return body;
    body_free(body);
    return NULL;
}

static void expect_said(const struct field *field, const ProtobufCMessage *body,
        const char *value)
{
    struct shape_field shape[2];
    struct buf out;
    const struct saying saying = { &out, field->dialect, VIEW_FULL };
    char json[256];

    make_shape(field, shape);
    buf_init(&out, 4096);
    say_shape(&saying, shape, body);
    buf_putc(&out, '\0');
    assert_false(out.failed);
    snprintf(json, sizeof(json), "{\"x\":%s}", value);
    assert_string_equal(out.data, json);
    buf_finish(&out);
}

static void takes(
        const struct field *field, const char *value, const char *said)
{
    ProtobufCMessage *body = hear(field, value);

    if (!body)
        fail_msg("%s: %s: %s", value, fault.field, fault.text);
    expect_said(field, body, said);
    body_free(body);
}

static void refuses(const struct field *field, const char *value, enum err code,
        const char *path)
{
    ProtobufCMessage *body = hear(field, value);

    if (body)
        fail_msg("%s was taken", value);
    if (fault.code != code)
        fail_msg("%s: %s", value, fault.text);
    assert_string_equal(fault.field, path);
}

static int64_t heard_number(const struct field *field, const char *value)
{
    ProtobufCMessage *body = hear(field, value);
    struct spot spot;
    int64_t heard;

    if (!body)
        fail_msg("%s: %s", value, fault.text);
    assert_true(spot_find(body, field->ours, VIEW_FULL, &spot));
    assert_true(spot_is_there(&spot));
    heard = spot_number(&spot);
    body_free(body);
    return heard;
}

static void a_text_is_a_string(void **unused)
{
    (void)unused;
    takes(&text, "\"Zo\\u00eb \\\"Z\\\" \\n\"", "\"Zo\xc3\xab \\\"Z\\\" \\n\"");
    takes(&text, "\"12.5\"", "\"12.5\"");
    takes(&text, "\"\"", "\"\"");
    refuses(&text, "12", ERR_WRONG_TYPE, "x");
    refuses(&text, "12.5", ERR_WRONG_TYPE, "x");
    refuses(&text, "[]", ERR_WRONG_TYPE, "x");
}

static void an_id_may_be_a_number_and_is_said_as_a_string(void **unused)
{
    (void)unused;
    takes(&id, "\"t-5\"", "\"t-5\"");
    takes(&id, "17", "\"17\"");
    takes(&id, "\"17\"", "\"17\"");
    takes(&id, "9007199254740991", "\"9007199254740991\"");
    refuses(&id, "9007199254740992", ERR_OUT_OF_RANGE, "x");
    refuses(&id, "17.0", ERR_WRONG_TYPE, "x");
    refuses(&id, "true", ERR_WRONG_TYPE, "x");
}

static void a_number_id_is_said_as_a_number_if_it_is_one(void **unused)
{
    static const char *const strings[] = { "\"o-17\"", "\"017\"", "\"+17\"",
        "\"00\"", "\"-0\"", "\"-\"", "\"1-2\"", "\"--1\"", "\"1e3\"", "\"\"",
        "\"9007199254740992\"", "\"99999999999999999999999999\"" };

    (void)unused;
    takes(&number_id, "17", "17");
    takes(&number_id, "\"17\"", "17");
    takes(&number_id, "\"0\"", "0");
    takes(&number_id, "-5", "-5");
    takes(&number_id, "\"9007199254740991\"", "9007199254740991");
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        takes(&number_id, strings[i], strings[i]);
    refuses(&number_id, "1e3", ERR_WRONG_TYPE, "x");
}

static void a_number_is_whole_however_it_is_written(void **unused)
{
    (void)unused;
    takes(&number, "5", "5");
    takes(&number, "5.0", "5");
    takes(&number, "4.2e1", "42");
    takes(&number, "4294967295", "4294967295");
    refuses(&number, "5.4", ERR_WRONG_TYPE, "x");
    refuses(&number, "0.5", ERR_WRONG_TYPE, "x");
    refuses(&number, "-0.4", ERR_WRONG_TYPE, "x");
}

static void a_fraction_is_rounded_where_that_does_no_harm(void **unused)
{
    (void)unused;
    takes(&place, "5.4", "5");
    takes(&place, "5.5", "6");
    takes(&place, "-0.4", "0");
    takes(&place, "-12.6", "-13");
    takes(&place, "-2147483648", "-2147483648");
    takes(&place, "1e-300", "0");
}

static void a_number_may_stand_in_a_string(void **unused)
{
    (void)unused;
    takes(&number, "\"5\"", "5");
}

static void a_number_beyond_its_field_is_refused(void **unused)
{
    (void)unused;
    refuses(&number, "-1", ERR_OUT_OF_RANGE, "x");
    refuses(&number, "4294967296", ERR_OUT_OF_RANGE, "x");
    refuses(&number, "4294967295.5", ERR_WRONG_TYPE, "x");
    refuses(&number, "1e300", ERR_OUT_OF_RANGE, "x");
    refuses(&number, "9007199254740993", ERR_OUT_OF_RANGE, "x");
    refuses(&place, "2147483648", ERR_OUT_OF_RANGE, "x");
    refuses(&number, "\"five\"", ERR_WRONG_TYPE, "x");
    refuses(&number, "false", ERR_WRONG_TYPE, "x");
}

static void a_truth_is_true_or_false(void **unused)
{
    (void)unused;
    takes(&boolean, "true", "true");
    takes(&boolean, "false", "false");
    refuses(&boolean, "1", ERR_WRONG_TYPE, "x");
    refuses(&boolean, "\"true\"", ERR_WRONG_TYPE, "x");
}

static void a_moment_may_be_milliseconds_and_is_said_in_iso(void **unused)
{
    (void)unused;
    takes(&moment, "1769882645123", "\"2026-01-31T18:04:05.123Z\"");
    takes(&moment, "\"2026-01-31T19:04:05.123+01:00\"",
            "\"2026-01-31T18:04:05.123Z\"");
    refuses(&moment, "\"yesterday\"", ERR_WRONG_TYPE, "x");
    refuses(&moment, "1769882645123.5", ERR_WRONG_TYPE, "x");
    refuses(&moment, "-1", ERR_OUT_OF_RANGE, "x");
}

static void minutes_have_three_places(void **unused)
{
    (void)unused;
    assert_int_equal(heard_number(&minutes, "12.5"), 750000);
    assert_int_equal(heard_number(&minutes, "0.001"), 60);
    assert_int_equal(heard_number(&minutes, "12.333333333333334"), 740000);
    assert_int_equal(heard_number(&minutes, "12"), 720000);
    takes(&minutes, "12.5", "12.5");
    takes(&minutes, "12", "12");
    takes(&minutes, "12.005", "12.005");
    takes(&minutes, "12.3456", "12.346");
    takes(&minutes, "0.00001", "0");
    refuses(&minutes, "-1", ERR_OUT_OF_RANGE, "x");
    refuses(&minutes, "\"12\"", ERR_WRONG_TYPE, "x");
}

static void cents_are_whole(void **unused)
{
    (void)unused;
    takes(&cents, "1250", "1250");
    takes(&cents, "-50", "-50");
    refuses(&cents, "12.5", ERR_WRONG_TYPE, "x");
    refuses(&cents, "1250.0", ERR_WRONG_TYPE, "x");
    refuses(&cents, "\"1250\"", ERR_WRONG_TYPE, "x");
}

static void money_is_exact_cents(void **unused)
{
    static const struct {
        const char *value;
        int64_t cents;
    } rows[] = { { "12", 1200 }, { "\"12\"", 1200 }, { "\"12.50\"", 1250 },
        { "12.5", 1250 }, { "12.50", 1250 }, { "1250e-2", 1250 },
        { "1.25E1", 1250 }, { "125e-1", 1250 }, { "0", 0 }, { "-0.0", 0 },
        { "-0.5", -50 }, { "0.30000000000000004", 30 },
        { "0.29999999999999999", 30 }, { "3.3000000000000003", 330 },
        { "1.005e2", 10050 }, { "0.01", 1 }, { "1e-300", 0 }, { "0e307", 0 },
        { "\"1e-99999\"", 0 }, { "90071992547409.91", 9007199254740991 },
        { "12.000000001", 1200 } };

    (void)unused;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(heard_number(&money, rows[i].value), rows[i].cents);
}

static void money_that_is_no_whole_number_of_cents_is_refused(void **unused)
{
    static const char *const rows[] = { "12.345", "0.001", "12.00001", "-0.005",
        "\"12.345\"", "0.0000001" };

    (void)unused;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        refuses(&money, rows[i], ERR_OUT_OF_RANGE, "x");
        assert_string_equal(fault.text, "is no whole number of cents");
    }
    refuses(&money, "90071992547409.92", ERR_OUT_OF_RANGE, "x");
    refuses(&money, "1e20", ERR_OUT_OF_RANGE, "x");
    refuses(&money, "9007199254740993", ERR_OUT_OF_RANGE, "x");
}

static void money_in_a_string_is_written_like_a_number(void **unused)
{
    static const char *const rows[] = { "\"\"", "\"12,50\"", "\"012\"",
        "\" 12\"", "\"12 \"", "\"12.\"", "\".5\"", "\"+1\"", "\"0x10\"",
        "\"1e\"", "\"1e+\"", "\"-\"", "\"12 EUR\"", "\"NaN\"",
        "\"123456789012345678\"" };

    (void)unused;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        refuses(&money, rows[i], ERR_WRONG_TYPE, "x");
    refuses(&money, "[12]", ERR_WRONG_TYPE, "x");
}

static void money_is_said_as_the_shortest_decimal(void **unused)
{
    (void)unused;
    takes(&money, "12.00", "12");
    takes(&money, "12.50", "12.5");
    takes(&money, "12.05", "12.05");
    takes(&money, "-0.50", "-0.5");
    takes(&money, "-0.05", "-0.05");
    takes(&money, "0", "0");
    takes(&money, "100", "100");
}

static void a_word_is_the_dialect_s_first(void **unused)
{
    (void)unused;
    takes(&env_word, "\"preparando\"", "\"preparando\"");
    assert_int_equal(heard_number(&env_word, "\"preparando\""),
            DW__ORDER_STATUS__ORDER_STATUS_PREPARING);
    /* One word for several: the first is heard. */
    assert_int_equal(heard_number(&env_word, "\"abierto\""),
            DW__ORDER_STATUS__ORDER_STATUS_PENDING);
    assert_int_equal(heard_number(&flat_word, "\"pending\""),
            DW__ORDER_STATUS__ORDER_STATUS_PENDING);
    /* Ours is understood as well. */
    takes(&env_word, "\"confirmed\"", "\"abierto\"");
    takes(&flat_word, "\"ready\"", "\"pending\"");
    takes(&flat_word, "\"served\"", "\"served\"");
}

static void a_word_that_nobody_knows_is_passed_on(void **unused)
{
    uint64_t before = count_of(COUNT_UNKNOWN_WORDS);
    ProtobufCMessage *body = hear(&env_word, "\"emplatado\"");

    (void)unused;
    assert_non_null(body);
    assert_false(((Dw__Order *)body)->has_status);
    assert_string_equal(((Dw__Order *)body)->status_word, "emplatado");
    expect_said(&env_word, body, "\"emplatado\"");
    body_free(body);
    assert_int_equal(count_of(COUNT_UNKNOWN_WORDS) - before, 1);
    refuses(&env_word, "\"\"", ERR_OUT_OF_RANGE, "x");
    refuses(&env_word, "3", ERR_WRONG_TYPE, "x");
    refuses(&strict_word, "\"plating\"", ERR_OUT_OF_RANGE, "x");
    assert_string_equal(fault.text, "must be one of normal, express, vip");
}

static void a_list_is_an_array_of_objects(void **unused)
{
    (void)unused;
    takes(&list, "[]", "[]");
    takes(&list, "[{\"name\":\"hot\"},{\"name\":\"new\"}]",
            "[{\"name\":\"hot\"},{\"name\":\"new\"}]");
    refuses(&list, "{}", ERR_WRONG_TYPE, "x");
    refuses(&list, "[{\"name\":\"hot\"},null]", ERR_WRONG_TYPE, "x[1]");
    refuses(&list, "[{\"name\":\"hot\"},{\"name\":5}]", ERR_WRONG_TYPE,
            "x[1].name");
    refuses(&list, "[{}]", ERR_MISSING_FIELD, "x[0].name");
}

static void a_part_may_be_the_whole_body(void **unused)
{
    (void)unused;
    takes(&whole, "{\"name\":\"hot\"}", "{\"name\":\"hot\"}");
    refuses(&whole, "[]", ERR_WRONG_TYPE, "x");
    refuses(&whole, "{\"name\":{}}", ERR_WRONG_TYPE, "x.name");
}

static void texts_are_an_array_of_strings(void **unused)
{
    (void)unused;
    takes(&texts, "[]", "[]");
    takes(&texts, "[\"kitchen\",\"pool\"]", "[\"kitchen\",\"pool\"]");
    refuses(&texts, "\"kitchen\"", ERR_WRONG_TYPE, "x");
    refuses(&texts, "[\"kitchen\",1.5]", ERR_WRONG_TYPE, "x[1]");
}

static void counters_of_one_word_are_added_up(void **unused)
{
    Dw__OrdersSummary summary = DW__ORDERS_SUMMARY__INIT;
    Dw__OrdersByStatus by = DW__ORDERS_BY_STATUS__INIT;

    (void)unused;
    summary.by_status = &by;
    by.has_pending = by.has_confirmed = by.has_ready = by.has_served = 1;
    by.pending = 2;
    by.confirmed = 3;
    by.served = 4; /* ready is there, and 0 */
    expect_said(&tally, &summary.base, "{\"abierto\":5,\"entregado\":4}");
}

static void a_tally_is_heard_to_the_first_of_its_words(void **unused)
{
    uint64_t before = count_of(COUNT_UNKNOWN_WORDS);
    ProtobufCMessage *body = hear(&tally,
            "{\"abierto\":5,\"pending\":1,\"emplatado\":7,\"listo\":null}");
    const Dw__OrdersByStatus *by;

    (void)unused;
    assert_non_null(body);
    by = ((Dw__OrdersSummary *)body)->by_status;
    assert_int_equal(by->pending, 6);
    assert_false(by->has_confirmed || by->has_ready);
    body_free(body);
    assert_int_equal(count_of(COUNT_UNKNOWN_WORDS) - before, 1);
    takes(&tally, "{}", "{}");
    refuses(&tally, "[]", ERR_WRONG_TYPE, "x");
    refuses(&tally, "{\"listo\":-1}", ERR_OUT_OF_RANGE, "x.listo");
    refuses(&tally, "{\"listo\":\"1\"}", ERR_WRONG_TYPE, "x.listo");
    refuses(&tally, "{\"abierto\":4294967295,\"pending\":1}", ERR_OUT_OF_RANGE,
            "x.pending");
}

/* The first half of its SHA-256, as anybody can work out. */
static void of_a_token_only_its_hash_is_kept_and_nothing_said(void **unused)
{
    ProtobufCMessage *body = hear(&hashed, "\"abc\"");

    (void)unused;
    assert_non_null(body);
    assert_string_equal(((Dw__Order *)body)->session->key,
            "ba7816bf8f01cfea414140de5dae2223");
    body_free(body);
    assert_null(codecs[AS_HASHED].say);
    refuses(&hashed, "\"\"", ERR_OUT_OF_RANGE, "x");
    refuses(&hashed, "17", ERR_WRONG_TYPE, "x");
}

static void what_is_always_said_is_not_heard(void **unused)
{
    const struct field always = {
        .as = AS_ALWAYS, .type = &dw__order__descriptor, .ours = "warning"
    };

    (void)unused;
    takes(&always, "\"anything\"", "\"warning\"");
    assert_null(codecs[AS_ALWAYS].hear);
}

static void every_codec_has_a_function(void **unused)
{
    (void)unused;
    for (int as = AS_END + 1; as < AS_COUNT; as++)
        assert_true(codecs[as].say || codecs[as].hear);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_a_string),
        cmocka_unit_test(an_id_may_be_a_number_and_is_said_as_a_string),
        cmocka_unit_test(a_number_id_is_said_as_a_number_if_it_is_one),
        cmocka_unit_test(a_number_is_whole_however_it_is_written),
        cmocka_unit_test(a_fraction_is_rounded_where_that_does_no_harm),
        cmocka_unit_test(a_number_may_stand_in_a_string),
        cmocka_unit_test(a_number_beyond_its_field_is_refused),
        cmocka_unit_test(a_truth_is_true_or_false),
        cmocka_unit_test(a_moment_may_be_milliseconds_and_is_said_in_iso),
        cmocka_unit_test(minutes_have_three_places),
        cmocka_unit_test(cents_are_whole),
        cmocka_unit_test(money_is_exact_cents),
        cmocka_unit_test(money_that_is_no_whole_number_of_cents_is_refused),
        cmocka_unit_test(money_in_a_string_is_written_like_a_number),
        cmocka_unit_test(money_is_said_as_the_shortest_decimal),
        cmocka_unit_test(a_word_is_the_dialect_s_first),
        cmocka_unit_test(a_word_that_nobody_knows_is_passed_on),
        cmocka_unit_test(a_list_is_an_array_of_objects),
        cmocka_unit_test(a_part_may_be_the_whole_body),
        cmocka_unit_test(texts_are_an_array_of_strings),
        cmocka_unit_test(counters_of_one_word_are_added_up),
        cmocka_unit_test(a_tally_is_heard_to_the_first_of_its_words),
        cmocka_unit_test(of_a_token_only_its_hash_is_kept_and_nothing_said),
        cmocka_unit_test(what_is_always_said_is_not_heard),
        cmocka_unit_test(every_codec_has_a_function),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
