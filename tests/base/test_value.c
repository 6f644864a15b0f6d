/* Trees of values: building, reading with anything, paths, copies, equality. */
#include "testing.h"

#include "base/value.h"
#include "base/value_node.h"

#include <math.h>

static Value *sample(Arena *arena)
{
    Value *root = value_new_map(arena);
    value_set_string(root, "name", "x");
    Value *findings = value_set_map(root, "findings");
    Value *t1 = value_set_map(findings, "mr.t1");
    value_set_format(t1, "read", "%s-%d", "low", 3);
    Value *list = value_set_list(root, "list");
    value_add_number(list, 1.5);
    value_add_string(list, "s");
    value_set_bool(value_add_map(list), "deep", true);
    value_add_integer(value_add_list(list), 7);
    return root;
}

static void reads_what_was_built(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const Value *root = sample(arena);
    assert_int_equal(root->count, 3);
    assert_string_equal(value_text(root, "name"), "x");
    const Value *t1 = value_get(value_get(root, "findings"), "mr.t1");
    assert_string_equal(value_text(t1, "read"), "low-3");
    const Value *list = value_get(root, "list");
    assert_int_equal(list->count, 4);
    double number = 0.0;
    assert_true(value_number(value_at(list, 0), &number));
    assert_near(number, 1.5, 0.0);
    assert_true(value_truth(value_at(list, 2), "deep"));
    assert_true(value_at(value_at(list, 3), 0)->integral);
    size_t seen = 0;
    VALUE_EACH(child, list)
    {
        assert_ptr_equal(child->parent, list);
        assert_int_equal(child->line, 0);
        seen++;
    }
    assert_int_equal(seen, 4);
}

static void readers_take_anything(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const Value *root = sample(arena);
    const Value *name = value_get(root, "name"), *list = value_get(root, "list");
    const Value *const wrong[] = {NULL, name, list};
    for (size_t i = 0; i < 3; i++) {
        assert_null(value_get(wrong[i], "a"));
        assert_null(value_path(wrong[i], "a.b"));
        assert_null(value_text(wrong[i], "a"));
        assert_false(value_truth(wrong[i], "a"));
        assert_near(value_number_or(wrong[i], "a", 4.5), 4.5, 0.0);
    }
    double number = 9.0;
    assert_false(value_number(NULL, &number));
    assert_false(value_number(name, &number));
    assert_near(number, 9.0, 0.0);
    assert_null(value_string(NULL));
    assert_null(value_string(list));
    assert_null(value_at(NULL, 0));
    assert_null(value_at(root, 0));
    assert_null(value_at(list, 4));
    assert_null(value_get(root, "nam"));
    assert_null(value_get(root, "names"));
    assert_false(value_truth(root, "name"));
    VALUE_EACH(child, (const Value *)NULL)
    {
        fail();
    }
}

static void paths_go_down(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *root = value_new_map(arena);
    value_set_number(value_set_map(value_set_map(root, "a"), "b"), "c", 2.0);
    assert_near(value_number_or(value_path(root, "a.b"), "c", 0.0), 2.0, 0.0);
    assert_non_null(value_path(root, "a.b.c"));
    assert_null(value_path(root, "a.b.c.d"));
    assert_null(value_path(root, "a..c"));
    assert_null(value_path(root, ""));
    assert_null(value_path(root, "a."));
}

static void where_is_a_json_path(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *root = sample(arena);
    const Value *read = value_get(value_get(value_get(root, "findings"), "mr.t1"), "read");
    assert_string_equal(value_where(read, arena), "$.findings['mr.t1'].read");
    assert_string_equal(value_where(value_get(value_at(value_get(root, "list"), 2), "deep"), arena),
                        "$.list[2].deep");
    assert_string_equal(value_where(root, arena), "$");
    assert_string_equal(value_where(NULL, arena), "");
    assert_string_equal(value_where(value_set_null(root, "it's\\"), arena), "$['it\\'s\\\\']");
    assert_string_equal(value_where(value_set_null(root, "1a"), arena), "$['1a']");
    assert_string_equal(value_where(value_set_null(root, ""), arena), "$['']");
    assert_string_equal(value_where(value_set_null(root, "_a9"), arena), "$._a9");
}

static void a_second_value_takes_the_place_of_the_first(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *root = value_new_map(arena);
    value_set_list(root, "a");
    value_set_string(root, "b", "1");
    value_set_string(root, "c", "2");
    value_set_number(root, "a", 3.0);
    value_set_bool(root, "c", true);
    assert_int_equal(root->count, 3);
    assert_string_equal(root->first->key, "a");
    assert_int_equal(root->first->kind, VALUE_NUMBER);
    assert_int_equal(root->first->count, 0);
    assert_string_equal(root->last->key, "c");
    assert_null(value_text(root, "c"));
    value_set_string(root, "d", "x"); /* the chain is whole */
    assert_ptr_equal(value_get(root, "d"), root->last);
}

static void what_is_no_number_is_null(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *root = value_new_map(arena);
    assert_int_equal(value_set_number(root, "nan", (double)NAN)->kind, VALUE_NULL);
    assert_int_equal(value_set_number(root, "inf", -(double)INFINITY)->kind, VALUE_NULL);
    assert_int_equal(value_set_string(root, "none", NULL)->kind, VALUE_NULL);
    assert_int_equal(value_add_number(value_set_list(root, "list"), (double)INFINITY)->kind, VALUE_NULL);
}

static void copies_are_deep_and_equal(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(arena_auto) Arena *other = arena_new();
    Value *root = sample(arena);
    Value *copy = value_copy(other, root);
    assert_true(value_equal(root, copy));
    assert_ptr_equal(copy->arena, other);
    value_set_string(copy, "name", "y");
    assert_string_equal(value_text(root, "name"), "x");
    assert_false(value_equal(root, copy));
    Value *inner = value_set_copy(root, "again", value_get(root, "findings"));
    assert_string_equal(value_where(value_get(value_get(inner, "mr.t1"), "read"), arena),
                        "$.again['mr.t1'].read");
    assert_int_equal(value_add_copy(value_set_list(root, "l"), NULL)->kind, VALUE_NULL);
}

static void a_map_can_hold_a_copy_of_itself(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *root = value_new_map(arena);
    value_set_string(root, "a", "1");
    Value *inner = value_set_copy(root, "self", root);
    assert_int_equal(inner->count, 1);
    assert_int_equal(root->count, 2);
    value_set_copy(root, "self", root); /* in the place of the old one, of which it holds a copy */
    assert_string_equal(value_text(value_path(root, "self.self"), "a"), "1");
}

static void equality(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *a = value_new_map(arena), *b = value_new_map(arena);
    value_set_number(a, "x", 1.0);
    value_set_string(a, "y", "s");
    value_set_string(b, "y", "s");
    value_set_integer(b, "x", 1);
    assert_true(value_equal(a, b)); /* neither order nor the way a number is written counts */
    value_set_number(b, "x", 1.0000001);
    assert_false(value_equal(a, b));
    value_set_string(b, "x", "1");
    assert_false(value_equal(a, b));
    Value *p = value_new_list(arena), *q = value_new_list(arena);
    value_add_number(p, 1.0);
    assert_false(value_equal(p, q));
    value_add_number(q, 2.0);
    assert_false(value_equal(p, q));
    assert_true(value_equal(NULL, NULL));
    assert_false(value_equal(a, NULL));
    assert_false(value_equal(a, p));
}

static void kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(value_kind_name(VALUE_LIST), "a list");
    assert_string_equal(value_kind_name(VALUE_NUMBER), "a number");
}

static void numbers_are_jsons(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",     "-",   "+1",  "01",   "-01",   ".5",  "1.",
                                        "1.e3", "1e",  "1e+", "0x10", "1 ",    " 1",  "1_0",
                                        "nan",  "inf", "1,5", "--1",  "1e5.0", "0b1", "1d"};
    double number = 0.0;
    bool integral = false;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(value_read_number(wrong[i], strlen(wrong[i]), &number, &integral), NUMBER_NONE);
    }
    assert_int_equal(value_read_number("-0.5e-3x", 7, &number, &integral), NUMBER_OK);
    assert_near(number, -0.0005, 0.0);
    assert_false(integral);
    assert_int_equal(value_read_number("0", 1, &number, &integral), NUMBER_OK);
    assert_true(integral);
    assert_int_equal(value_read_number("1E9", 3, &number, &integral), NUMBER_OK);
    assert_false(integral);
    assert_int_equal(value_read_number("1e999", 5, &number, &integral), NUMBER_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_built),
        cmocka_unit_test(readers_take_anything),
        cmocka_unit_test(paths_go_down),
        cmocka_unit_test(where_is_a_json_path),
        cmocka_unit_test(a_second_value_takes_the_place_of_the_first),
        cmocka_unit_test(what_is_no_number_is_null),
        cmocka_unit_test(copies_are_deep_and_equal),
        cmocka_unit_test(a_map_can_hold_a_copy_of_itself),
        cmocka_unit_test(equality),
        cmocka_unit_test(kinds_have_names),
        cmocka_unit_test(numbers_are_jsons),
    };
    return cmocka_run_group_tests_name("base-value", tests, NULL, NULL);
}
