/* JSON: what is read, where every node stands, what is refused and how that is said, what is written. */
#include "testing.h"

#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static Value *parse(Arena *arena, const char *text, DensError **err)
{
    return json_parse(arena, text, strlen(text), "t.json", err);
}

static void reads_every_kind(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    const Value *root = parse(
        arena, "{\"z\": null, \"a\": [true, false, -1.5e2, 3, 3.0, \"x\\u00e9\\n\\\"\"], \"m\": {}}", &err);
    assert_no_error(err);
    assert_string_equal(root->first->key, "z"); /* the order is kept */
    assert_string_equal(root->last->key, "m");
    const Value *a = value_get(root, "a");
    assert_int_equal(a->count, 6);
    assert_true(value_at(a, 0)->boolean);
    assert_false(value_at(a, 1)->boolean);
    assert_near(value_at(a, 2)->number, -150.0, 0.0);
    assert_false(value_at(a, 2)->integral);
    assert_true(value_at(a, 3)->integral);
    assert_false(value_at(a, 4)->integral);
    assert_string_equal(value_string(value_at(a, 5)), "x\xC3\xA9\n\"");
}

static void any_value_may_be_the_root(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    assert_string_equal(value_string(parse(arena, " \"a\" ", &err)), "a");
    assert_int_equal(parse(arena, "null", &err)->kind, VALUE_NULL);
    assert_near(parse(arena, "-0", &err)->number, 0.0, 0.0);
    assert_int_equal(parse(arena, "[]", &err)->count, 0);
    assert_no_error(err);
}

static void every_node_knows_its_place(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    const Value *root =
        parse(arena,
              "\xEF\xBB\xBF{\r\n  \"a,:\" :\t[ 1,\n\n2 ,\"]\\\"[\"  , {\"\xC3\xA9\": \"\xC3\xA9\", \"x\"\n:\n"
              "true}], \"last\": [[ ], {} ,null]}\n",
              &err);
    assert_no_error(err);
    static const struct {
        const char *path;
        int line, column, key_line, key_column;
    } places[] = {
        {"$", 1, 1, 0, 0},
        {"$['a,:']", 2, 11, 2, 3},
        {"$['a,:'][0]", 2, 13, 0, 0},
        {"$['a,:'][1]", 4, 1, 0, 0},
        {"$['a,:'][2]", 4, 4, 0, 0},
        {"$['a,:'][3]", 4, 14, 0, 0},
        {"$['a,:'][3]['\xC3\xA9']", 4, 20, 4, 15},
        {"$['a,:'][3].x", 6, 1, 4, 25},
        {"$.last", 6, 17, 6, 9},
        {"$.last[0]", 6, 18, 0, 0},
        {"$.last[1]", 6, 23, 0, 0},
        {"$.last[2]", 6, 27, 0, 0},
    };
    size_t at = 0;
    const Value *node = root;
    while (node) { /* in the order of the text */
        assert_string_equal(value_where(node, arena), places[at].path);
        assert_int_equal(node->line, places[at].line);
        assert_int_equal(node->column, places[at].column);
        assert_int_equal(node->key_line, places[at].key_line);
        assert_int_equal(node->key_column, places[at].key_column);
        at++;
        if (node->first) {
            node = node->first;
            continue;
        }
        while (node && !node->next) {
            node = node->parent;
        }
        node = node ? node->next : NULL;
    }
    assert_int_equal(at, sizeof places / sizeof places[0]);
}

static void refuses_with_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where, *summary;
    } cases[] = {
        {"", "t.json:1:1", "the text is empty"},
        {" \n\t ", "t.json:2:3", "the text is empty"},
        {"\xEF\xBB\xBF", "t.json:1:1", "the text is empty"},
        {"{\"a\" 1}", "t.json:1:6", "':' expected"},
        {"{\"a\": 1,}", "t.json:1:9", "expected"},
        {"{a: 1}", "t.json:1:2", "expected"},
        {"{'a': 1}", "t.json:1:2", "expected"},
        {"[1,\n2", "t.json:2:2", "the text ends before its value does"},
        {"[1,]", "t.json:1:4", "not JSON"},
        {"[1 2]", "t.json:1:4", "expected"},
        {"[1]]", "t.json:1:4", "text after the end of the value"},
        {"{} {}", "t.json:1:4", "text after the end of the value"},
        {"[01]", "t.json:1:2", "not JSON"},
        {"[+1]", "t.json:1:2", "not JSON"},
        {"[.5]", "t.json:1:2", "not JSON"},
        {"[0x10]", "t.json:1:3", "not JSON"},
        {"[NaN]", "t.json:1:4", "not JSON"},
        {"[Infinity]", "t.json:1:9", "not JSON"},
        {"[-]", "t.json:1:2", "not JSON"},
        {"[1e999]", "t.json:1:6", "a number is too large"},
        {"[True]", "t.json:1:5", "not JSON"},
        {"// note\n1", "t.json:1:1", "not JSON"},
        {"[\"a\nb\"]", "t.json:1:3", "not JSON: unexpected newline"},
        {"[\"a\tb\"]", "t.json:1:3", "not JSON: control character 0x9"},
        {"[\"\\x\"]", "t.json:1:4", "not JSON: invalid escape"},
        {"[\"\\ud800\"]", "t.json:1:", "not JSON: invalid Unicode"},
        {"[\"\\u0000\"]", "t.json:1:9", "\\u0000"},
        {"{\"\\u0000\": 1}", "t.json:1:9", "\\u0000"},
        {"[\"\xFF\"]", "t.json:1:3", "not UTF-8"},
        {"[\n\"\xC0\x80\"]", "t.json:2:2", "not UTF-8"},
        {"[\"\xED\xA0\x80\"]", "t.json:1:3", "not UTF-8"},
        {"{\"a\": 1,\n \"b\\\"\": [\"a\"], \"a\" : 2}", "t.json:2:16",
         "the key \"a\" is here for the second time"},
        {"{\"x\": {\"k\": 1, \"\\u006b\": 2}}", "t.json:1:16", "second time"},
        {"{\"\": 1, \"\": 2}", "t.json:1:9", "the key \"\" is here for the second time"},
        {"\"abc", "t.json:1:5", "the text ends before its value does"},
        {"[\"abc\\", "t.json:1:6", "invalid escape"},
        {"]", "t.json:1:1", "not JSON"},
        {"}}}}", "t.json:1:1", "not JSON"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO(arena_auto) Arena *arena = arena_new();
        DensError *err = NULL;
        assert_null(parse(arena, cases[i].text, &err));
        assert_error(&err, DENS_ERROR_INPUT, cases[i].where, cases[i].summary);
    }
}

static void errors_do_not_quote_the_text(void **state)
{
    (void)state;
    static const char *const texts[] = {"{\"name\": Doe}", "{\"name\": \"Doe\" \"Doe\"}", "[\"Doe\", Doe]",
                                        "{\"n\": 1 Doe"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        AUTO(arena_auto) Arena *arena = arena_new();
        DensError *err = NULL;
        assert_null(parse(arena, texts[i], &err));
        assert_null(strstr(dens_error_summary(err), "Doe"));
        dens_error_free(err);
    }
}

static void nul_bytes_are_refused(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    assert_null(json_parse(arena, "[1,\n \0]", 7, "t.json", &err));
    assert_error(&err, DENS_ERROR_INPUT, "t.json:2:2", "NUL byte");
    assert_null(json_parse(arena, "1\0", 2, "t.json", &err));
    assert_error(&err, DENS_ERROR_INPUT, "t.json:1:2", "NUL byte");
}

/* `depth` times "[", or "[" then "]" if closed. */
static char *brackets(size_t depth, bool closed)
{
    char *text = malloc(depth * 2 + 1);
    assert_non_null(text);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    text[closed ? 2 * depth : depth] = '\0';
    return text;
}

static void depth_is_limited(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    char *text = brackets(100, true);
    assert_non_null(parse(arena, text, &err));
    assert_no_error(err);
    free(text);
    text = brackets(101, true);
    assert_null(parse(arena, text, &err));
    assert_error(&err, DENS_ERROR_INPUT, "t.json:1:101", "nested deeper than 100 levels");
    free(text);
    /* brackets in strings are no depth */
    text = brackets(300, false);
    Text quoted = TEXT_INIT;
    text_addf(&quoted, "[\"\\\"%s\"]", text);
    assert_non_null(parse(arena, text_string(&quoted), &err));
    text_clear(&quoted);
    free(text);
}

static void hostile_sizes_stay_small(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    char *text = brackets(100 * 1000 * 1000, false);
    assert_null(parse(arena, text, &err));
    assert_error(&err, DENS_ERROR_INPUT, "t.json:1:101", "nested deeper");
    free(text);

    enum { COMMAS = 5 * 1000 * 1000 };
    text = malloc(COMMAS + 1);
    assert_non_null(text);
    memset(text, ',', COMMAS);
    text[COMMAS] = '\0';
    assert_null(parse(arena, text, &err));
    assert_error(&err, DENS_ERROR_INPUT, "t.json:1:", "more than 4194304 values");
    free(text);
    assert_int_equal(arena_used(arena), 0);
    assert_null(
        json_parse(arena, "", (size_t)JSON_MAX_BYTES + 1, "t.json", &err)); /* before a byte is read */
    assert_error(&err, DENS_ERROR_INPUT, "t.json", "at most 268435456");
}

static void a_missing_file_is_an_error(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    assert_null(json_read(arena, "/nonexistent/x.json", &err));
    assert_error(&err, DENS_ERROR_INPUT, "/nonexistent/x.json", "No such file");
}

/* ---- Writing ---- */

static void assert_written(const Value *value, JsonStyle style, const char *expected)
{
    AUTO_TEXT text = TEXT_INIT;
    json_write(value, style, &text);
    assert_string_equal(text_string(&text), expected);
}

static void numbers_are_short_and_exact(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    static const struct {
        double number;
        const char *text;
    } cases[] = {{0.1, "0.1"},
                 {1.0 / 3.0, "0.3333333333333333"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {100.0, "100"},
                 {1e21, "1e+21"},
                 {-2.5e-9, "-2.5e-09"},
                 {5e-324, "4.94065645841247e-324"},
                 {1.7976931348623157e308, "1.7976931348623157e+308"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Value *list = value_new_list(arena);
        assert_written(value_add_number(list, cases[i].number), JSON_COMPACT, cases[i].text);
    }
    Value *list = value_new_list(arena);
    value_add_integer(list, 1234567890123456LL);
    value_add_integer(list, -1);
    value_add_number(list, -0.0);
    assert_written(list, JSON_COMPACT, "[1234567890123456,-1,-0]");
}

static void random_doubles_come_back(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    uint64_t bits = 88172645463325252U;
    for (int i = 0; i < 20000; i++) {
        bits ^= bits << 13U;
        bits ^= bits >> 7U;
        bits ^= bits << 17U;
        double number;
        memcpy(&number, &bits, sizeof number);
        if (!isfinite(number)) {
            continue;
        }
        AUTO_TEXT text = TEXT_INIT;
        json_write(value_add_number(value_new_list(arena), number), JSON_COMPACT, &text);
        DensError *err = NULL;
        const Value *again = parse(arena, text_string(&text), &err);
        assert_no_error(err);
        assert_memory_equal(&again->number, &number, sizeof number);
    }
}

static void strings_are_escaped(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *list = value_new_list(arena);
    value_add_string(list, "\"\\/\b\f\n\r\t\x01\x1f\x7f\xC3\xA9");
    value_add_string(list, "\xFF|\xC3");
    assert_written(list, JSON_COMPACT,
                   "[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xC3\xA9\",\"\xEF\xBF\xBD|\xEF\xBF\xBD\"]");
}

static void pretty_has_lines(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *root = value_new_map(arena);
    Value *numbers = value_set_list(root, "numbers");
    value_add_number(numbers, 1.0);
    value_add_string(numbers, "ab");
    Value *long_strings = value_set_list(root, "long");
    value_add_string(long_strings, "a string that is too long for one line");
    value_add_string(long_strings, "b");
    value_set_null(value_add_map(value_set_list(root, "maps")), "x");
    value_set_map(root, "none");
    value_set_list(root, "nothing");
    assert_written(root, JSON_PRETTY,
                   "{\n \"numbers\": [1, \"ab\"],\n \"long\": [\n  \"a string that is too long for one "
                   "line\",\n  \"b\"\n ],\n"
                   " \"maps\": [\n  {\n   \"x\": null\n  }\n ],\n \"none\": {},\n \"nothing\": []\n}\n");
    assert_written(root, JSON_COMPACT,
                   "{\"numbers\":[1,\"ab\"],\"long\":[\"a string that is too long for one line\",\"b\"],"
                   "\"maps\":[{\"x\":null}],\"none\":{},\"nothing\":[]}");
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    const Value *root =
        parse(arena, "{\"a\": [1, 2.5, [\"\\u20ac\", {\"k.l\": [null, true]}]], \"b\": \"\\u0001\"}", &err);
    assert_no_error(err);
    for (int style = 0; style < 2; style++) {
        AUTO_TEXT text = TEXT_INIT;
        json_write(root, style ? JSON_PRETTY : JSON_COMPACT, &text);
        assert_true(value_equal(parse(arena, text_string(&text), &err), root));
        assert_no_error(err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind),
        cmocka_unit_test(any_value_may_be_the_root),
        cmocka_unit_test(every_node_knows_its_place),
        cmocka_unit_test(refuses_with_line_and_column),
        cmocka_unit_test(errors_do_not_quote_the_text),
        cmocka_unit_test(nul_bytes_are_refused),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(hostile_sizes_stay_small),
        cmocka_unit_test(a_missing_file_is_an_error),
        cmocka_unit_test(numbers_are_short_and_exact),
        cmocka_unit_test(random_doubles_come_back),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(pretty_has_lines),
        cmocka_unit_test(what_is_written_reads_back),
    };
    return cmocka_run_group_tests_name("base-json", tests, NULL, NULL);
}
