/* Memory: zeroed, never NULL, and the end of the process where there is none. */
#include "testing.h"

#include "base/arena.h"
#include "base/memory.h"

#include <sys/wait.h>
#include <unistd.h>

static void blocks_are_zeroed(void **state)
{
    (void)state;
    unsigned char *block = memory_array(100, 3);
    for (size_t i = 0; i < 300; i++) {
        assert_int_equal(block[i], 0);
    }
    block[299] = 7;
    block = memory_resize(block, 1000, 1);
    assert_int_equal(block[299], 7);
    free(block);
    char *copy = memory_strdup("abc");
    assert_string_equal(copy, "abc");
    free(copy);
}

static void nothing_is_a_block_too(void **state)
{
    (void)state;
    void *block = memory_alloc(0);
    assert_non_null(block);
    block = memory_resize(block, 0, 8);
    assert_non_null(block);
    free(block);
    block = memory_try_array(0, 8);
    assert_non_null(block);
    free(block);
}

static void large_blocks_are_zeroed_to_their_end(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, ((size_t)4 << 20) - 1, (size_t)4 << 20, ((size_t)9 << 20) + 5};
    for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        unsigned char *block = memory_try_large(sizes[n], 1);
        assert_non_null(block);
        unsigned sum = 0;
        for (size_t i = 0; i < sizes[n]; i++) {
            sum += block[i];
            block[i] = 1;
        }
        assert_int_equal(sum, 0);
        free(block);
    }
}

static void products_that_overflow_are_no_memory(void **state)
{
    (void)state;
    assert_null(memory_try_large(SIZE_MAX / 2, 3));
    assert_null(memory_try_array(SIZE_MAX / 2, 3));
}

/* Runs `action` in a process of its own, whose stderr it answers in `said`; returns the exit status. */
static int status_of(void (*action)(void), char *said, size_t size)
{
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(pipe_ends[1], STDERR_FILENO);
        action();
        _exit(0);
    }
    (void)close(pipe_ends[1]);
    ssize_t got = read(pipe_ends[0], said, size - 1);
    said[got > 0 ? got : 0] = '\0';
    (void)close(pipe_ends[0]);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void too_large_array(void)
{
    free(memory_array(SIZE_MAX / 2, 3));
}

static void too_large_resize(void)
{
    free(memory_resize(NULL, SIZE_MAX / 2, 3));
}

static void too_large_in_arena(void)
{
    Arena *arena = arena_new();
    (void)arena_array(arena, SIZE_MAX / 2, 3);
}

static void no_memory_ends_the_process_with_a_line(void **state)
{
    (void)state;
    void (*const actions[])(void) = {too_large_array, too_large_resize, too_large_in_arena};
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        char said[200];
        assert_int_equal(status_of(actions[i], said, sizeof said), 3);
        assert_string_equal(said, "dens: out of memory\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed),
        cmocka_unit_test(nothing_is_a_block_too),
        cmocka_unit_test(large_blocks_are_zeroed_to_their_end),
        cmocka_unit_test(products_that_overflow_are_no_memory),
        cmocka_unit_test(no_memory_ends_the_process_with_a_line),
    };
    return cmocka_run_group_tests_name("base-memory", tests, NULL, NULL);
}
