/* YAML: what is read, where it stands, and all that is refused. */
#include "testing.h"

#include "base/json.h"
#include "base/yaml.h"

#include <unistd.h>

static Value *parse(Arena *arena, const char *text, DensError **err)
{
    return yaml_parse(arena, text, strlen(text), "t.yaml", err);
}

/* The tree that `yaml` gives, as JSON. */
static void assert_reads(const char *yaml, const char *json)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    const Value *value = parse(arena, yaml, &err);
    assert_no_error(err);
    AUTO_TEXT text = TEXT_INIT;
    json_write(value, JSON_COMPACT, &text);
    assert_string_equal(text_string(&text), json);
}

static void reads_every_kind(void **state)
{
    (void)state;
    assert_reads("a: 1\nb: [x, 'y', \"z\\n\"]\nc:\n  - d: {e: f}\n  - true\n",
                 "{\"a\":1,\"b\":[\"x\",\"y\",\"z\\n\"],\"c\":[{\"d\":{\"e\":\"f\"}},true]}");
    assert_reads("a: |\n  one\n  two\nb: >-\n  three\n  four\n",
                 "{\"a\":\"one\\ntwo\\n\",\"b\":\"three four\"}");
    assert_reads("# note\n--- # note\nx\n...\n", "\"x\"");
    assert_reads("\xEF\xBB\xBF"
                 "a: caf\xC3\xA9\r\nb: 2\r\n",
                 "{\"a\":\"caf\xC3\xA9\",\"b\":2}");
    assert_reads("{\"a\": [1, null], \"b\": {}}", "{\"a\":[1,null],\"b\":{}}");
    assert_reads("[]", "[]");
}

static void plain_scalars_are_what_json_says(void **state)
{
    (void)state;
    assert_reads("[1, -2, 0, 1.5, 1e3, -1.5E-2, true, false, null]",
                 "[1,-2,0,1.5,1000,-0.015,true,false,null]");
    assert_reads("[010, 0x10, 0o7, +1, .5, 1., 1_000, .inf, .nan, 1:30, 2024-01-31]",
                 "[\"010\",\"0x10\",\"0o7\",\"+1\",\".5\",\"1.\",\"1_000\",\".inf\",\".nan\",\"1:30\",\"2024-"
                 "01-31\"]");
    assert_reads("[yes, no, on, off, True, FALSE, Null, ~, y]",
                 "[\"yes\",\"no\",\"on\",\"off\",\"True\",\"FALSE\",\"Null\",\"~\",\"y\"]");
    assert_reads("['1', \"true\", 'null', '']", "[\"1\",\"true\",\"null\",\"\"]");
    assert_reads("a:\nb:\n", "{\"a\":null,\"b\":null}");
    assert_reads("1: one\ntrue: two\nnull: three\n", "{\"1\":\"one\",\"true\":\"two\",\"null\":\"three\"}");
    assert_reads("a: |\n  1\n", "{\"a\":\"1\\n\"}");
}

static void every_node_knows_its_place(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    const Value *root =
        parse(arena, "# note\na: 1\nlonger:\n  - x\n  - 'q': \"v\"\n\xC3\xA9: [1, \xC3\xA9, 2]\n", &err);
    assert_no_error(err);
    const Value *a = value_get(root, "a"), *list = value_get(root, "longer"),
                *flow = value_get(root, "\xC3\xA9");
    const Value *q = value_get(value_at(list, 1), "q");
    assert_int_equal(a->line, 2);
    assert_int_equal(a->column, 4);
    assert_int_equal(a->key_line, 2);
    assert_int_equal(a->key_column, 1);
    assert_int_equal(list->key_line, 3);
    assert_int_equal(value_at(list, 0)->line, 4);
    assert_int_equal(value_at(list, 0)->column, 5);
    assert_int_equal(q->key_column, 5);
    assert_int_equal(q->line, 5);
    assert_int_equal(q->column, 10);
    assert_int_equal(flow->column, 4);
    assert_int_equal(value_at(flow, 2)->column, 11);
    assert_string_equal(value_where(q, arena), "$.longer[1].q");
}

static void refuses_with_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where, *summary;
    } cases[] = {
        {"", "t.yaml:1:1", "the text is empty"},
        {"# nothing\n", "t.yaml:1:1", "the text is empty"},
        {"a: 1\nb: 2\na: 3\n", "t.yaml:3:1", "the key \"a\" is here for the second time"},
        {"x:\n  b: 1\n  a: 2\n  \"a\": 2\n  b: 3\n", "t.yaml:4:3",
         "the key \"a\" is here for the second time"},
        {"{a: 1, a: 2}", "t.yaml:1:8", "second time"},
        {"a: &x 1\n", "t.yaml:1:4", "anchors"},
        {"a: &x [1]\n", "t.yaml:1:4", "anchors"},
        {"&x a: 1\n", "t.yaml:1:1", "anchors"},
        {"a: *x\n", "t.yaml:1:4", "aliases"},
        {"a: 1\nb:\n  <<: *a\n", "t.yaml:3:7", "aliases"},
        {"a: !!str 1\n", "t.yaml:1:4", "tags"},
        {"a: !x {b: 1}\n", "t.yaml:1:4", "tags"},
        {"- !!python/object:os.system [x]\n", "t.yaml:1:3", "tags"},
        {"a: 1\n---\nb: 2\n", "t.yaml:3:1", "a second document"},
        {"a: 1\n...\nb: 2\n", "t.yaml:3:1", "a second document"},
        {"a: 1\n---\n", "t.yaml", "a second document"},
        {"? [a, b]\n: 1\n", "t.yaml:1:3", "a key must be a string, not a list"},
        {"? {a: b}\n: 1\n", "t.yaml:1:3", "a key must be a string, not a map"},
        {"a: [1, 2\nb: 3\n", "t.yaml:3:1", "not YAML"},
        {"a: b: c\n", "t.yaml:1:5", "not YAML"},
        {"\ta: b\n", "t.yaml:1:1", "not YAML"},
        {"a: 'open\n", "t.yaml:1:5", "not YAML"},
        {"a: \"\\q\"\n", "t.yaml:1:", "not YAML"},
        {"a:\n - b\n  - c\n- d\n", "t.yaml:", "not YAML"},
        {"a: @b\n", "t.yaml:1:4", "not YAML"},
        {"a: %b\n", "t.yaml:1:4", "not YAML"},
        {"]", "t.yaml:1:1", "not YAML"},
        {"a: 1\nb: |0\n  x\n", "t.yaml:2:1",
         "the parser stopped after this place"}, /* libfyaml says nothing */
        {"a: \"\\0\"\n", "t.yaml:1:4", "a string holds \\0"},
        {"\"\\x00\": 1\n", "t.yaml:1:1", "a string holds \\0"},
        {"a: \"\\ud800\"\n", "t.yaml:1:", ""},
        {"a: 1e999\n", "t.yaml:1:4", "a number is too large"},
        {"a: b\nc: \xFF\n", "t.yaml:2:4", "not UTF-8"},
        {"\xFE\xFF\x61", "t.yaml:1:1", "not UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO(arena_auto) Arena *arena = arena_new();
        DensError *err = NULL;
        if (parse(arena, cases[i].text, &err)) {
            print_error("accepted: %s\n", cases[i].text);
            fail();
        }
        assert_error(&err, DENS_ERROR_INPUT, cases[i].where, cases[i].summary);
    }
}

static void nul_bytes_are_refused(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    assert_null(yaml_parse(arena, "a: 1\n\0b", 7, "t.yaml", &err));
    assert_error(&err, DENS_ERROR_INPUT, "t.yaml:2:1", "NUL byte");
}

static void depth_is_limited(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    char text[2 * 200 + 1];
    for (size_t depth = 60; depth <= 200; depth += 70) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        text[2 * depth] = '\0';
        const Value *value = parse(arena, text, &err);
        if (depth == 60) {
            assert_no_error(err);
            assert_non_null(value);
        } else {
            assert_null(value);
            assert_error(&err, DENS_ERROR_INPUT, "t.yaml:1:61", "nested deeper than 60 levels");
        }
    }
}

static void references_cannot_blow_up(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    assert_null(parse(arena, "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n", &err));
    assert_error(&err, DENS_ERROR_INPUT, "t.yaml:1:4", "anchors");
}

static void hostile_sizes_are_refused(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    enum { SIZE = 9 * 1024 * 1024 };
    char *text = malloc(SIZE);
    assert_non_null(text);
    memset(text, 'a', SIZE);
    assert_null(yaml_parse(arena, text, SIZE, "t.yaml", &err));
    assert_error(&err, DENS_ERROR_INPUT, "t.yaml", "at most 8388608");
    free(text);
}

static void many_keys_are_fast(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    AUTO_TEXT text = TEXT_INIT;
    for (int i = 0; i < 50000; i++) {
        text_addf(&text, "key_%d: %d\n", i, i);
    }
    const Value *root = parse(arena, text_string(&text), &err);
    assert_no_error(err);
    assert_int_equal(root->count, 50000);
    text_add(&text, "key_777: x\n");
    assert_null(parse(arena, text_string(&text), &err));
    assert_error(&err, DENS_ERROR_INPUT, "t.yaml:50001:1", "the key \"key_777\"");
}

/* libfyaml prints by default; we must not. */
static void nothing_is_printed(void **state)
{
    (void)state;
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    int saved = dup(STDERR_FILENO);
    (void)dup2(pipe_ends[1], STDERR_FILENO);
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    const Value *value = parse(arena, "a: [1, 2\nb: 3\n", &err);
    (void)dup2(saved, STDERR_FILENO);
    (void)close(saved);
    (void)close(pipe_ends[1]);
    char said[100];
    assert_int_equal(read(pipe_ends[0], said, sizeof said), 0);
    (void)close(pipe_ends[0]);
    assert_null(value);
    dens_error_free(err);
}

static void a_missing_file_is_an_error(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    assert_null(yaml_read(arena, "/nonexistent/x.yaml", &err));
    assert_error(&err, DENS_ERROR_INPUT, "/nonexistent/x.yaml", "No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind),           cmocka_unit_test(plain_scalars_are_what_json_says),
        cmocka_unit_test(every_node_knows_its_place), cmocka_unit_test(refuses_with_line_and_column),
        cmocka_unit_test(nul_bytes_are_refused),      cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(references_cannot_blow_up),  cmocka_unit_test(hostile_sizes_are_refused),
        cmocka_unit_test(many_keys_are_fast),         cmocka_unit_test(nothing_is_printed),
        cmocka_unit_test(a_missing_file_is_an_error),
    };
    return cmocka_run_group_tests_name("base-yaml", tests, NULL, NULL);
}
