/* The arena: alignment, zeroed memory, blocks of every size. */
#include "testing.h"

#include "base/arena.h"

#include <stdalign.h>

static void many_sizes_are_aligned_zeroed_and_apart(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    enum { COUNT = 2000 };
    unsigned char *blocks[COUNT];
    size_t sizes[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        sizes[i] = i * i % 3001;
        blocks[i] = arena_alloc(arena, sizes[i]);
        assert_int_equal((uintptr_t)blocks[i] % alignof(max_align_t), 0);
        for (size_t k = 0; k < sizes[i]; k++) {
            assert_int_equal(blocks[i][k], 0);
        }
        memset(blocks[i], (int)(i % 251), sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t k = 0; k < sizes[i]; k++) {
            assert_int_equal(blocks[i][k], i % 251);
        }
    }
}

static void large_blocks_do_not_waste_the_current_one(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    char *first = arena_alloc(arena, 16);
    memset(arena_alloc(arena, 10 * 1024 * 1024), 1, 10 * 1024 * 1024);
    char *second = arena_alloc(arena, 16);
    assert_ptr_equal(second, first + 16);
}

static void a_large_block_may_be_the_first(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    memset(arena_array(arena, 1000, 1000), 1, 1000 * 1000);
    memset(arena_alloc(arena, 1), 1, 1);
    assert_true(arena_used(arena) >= 1000001);
}

static void strings(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    assert_string_equal(arena_strdup(arena, "abc"), "abc");
    assert_string_equal(arena_strdup(arena, ""), "");
    assert_string_equal(arena_strndup(arena, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(arena, "ab", 10), "ab");
    assert_string_equal(arena_printf(arena, "%s-%d", "x", 5), "x-5");
    assert_string_equal(arena_printf(arena, "%s", ""), "");
}

static void nothing_is_something(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    assert_int_equal(arena_used(arena), 0);
    void *a = arena_alloc(arena, 0), *b = arena_array(arena, 0, 100);
    assert_non_null(a);
    assert_ptr_not_equal(a, b);
    arena_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_sizes_are_aligned_zeroed_and_apart),
        cmocka_unit_test(large_blocks_do_not_waste_the_current_one),
        cmocka_unit_test(a_large_block_may_be_the_first),
        cmocka_unit_test(strings),
        cmocka_unit_test(nothing_is_something),
    };
    return cmocka_run_group_tests_name("base-arena", tests, NULL, NULL);
}
