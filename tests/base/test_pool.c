/* The thread pool: every index once, early stop, loops from several threads. */
#include "testing.h"

#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>

enum { COUNT = 10000 };

static bool count_one(void *context, size_t index)
{
    atomic_int *counts = context;
    atomic_fetch_add(&counts[index], 1);
    return true;
}

static void assert_each_once(Pool *pool, size_t count)
{
    static atomic_int counts[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        atomic_store(&counts[i], 0);
    }
    assert_true(pool_each(pool, count, count_one, counts));
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(atomic_load(&counts[i]), i < count);
    }
}

static void every_index_once(void **state)
{
    (void)state;
    static const size_t threads[] = {0, 1, 2, 3, 8};
    for (size_t t = 0; t < sizeof threads / sizeof threads[0]; t++) {
        AUTO(pool_auto) Pool *pool = pool_new(threads[t]);
        assert_true(threads[t] == 0 ? pool_threads(pool) >= 1 : pool_threads(pool) == threads[t]);
        assert_each_once(pool, COUNT);
        assert_each_once(pool, 0);
        assert_each_once(pool, 1);
        assert_each_once(pool, 2);
    }
}

static void no_pool_is_the_callers_thread(void **state)
{
    (void)state;
    assert_each_once(NULL, COUNT);
    assert_int_equal(pool_threads(NULL), 1);
    pool_free(NULL);
}

static void many_short_loops(void **state)
{
    (void)state;
    AUTO(pool_auto) Pool *pool = pool_new(4);
    atomic_int counts[3] = {0, 0, 0};
    for (int i = 0; i < 2000; i++) {
        assert_true(pool_each(pool, 3, count_one, counts));
    }
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(atomic_load(&counts[i]), 2000);
    }
}

static bool stop_at_ten(void *context, size_t index)
{
    atomic_size_t *begun = context;
    atomic_fetch_add(begun, 1);
    return index != 10;
}

static void false_stops_the_loop(void **state)
{
    (void)state;
    AUTO(pool_auto) Pool *pool = pool_new(4);
    atomic_size_t begun = 0;
    assert_false(pool_each(pool, 100 * 1000 * 1000, stop_at_ten, &begun));
    assert_true(atomic_load(&begun) >= 11);
    assert_true(atomic_load(&begun) < 100 * 1000 * 1000);
    begun = 0;
    assert_false(pool_each(NULL, 1000, stop_at_ten, &begun));
    assert_int_equal(atomic_load(&begun), 11);
    assert_each_once(pool, COUNT); /* and the pool goes on */
}

static bool write_square(void *context, size_t index)
{
    ((size_t *)context)[index] = index * index; /* no lock: each index is one thread's */
    return true;
}

static void results_are_seen_by_the_caller(void **state)
{
    (void)state;
    AUTO(pool_auto) Pool *pool = pool_new(4);
    static size_t squares[COUNT];
    assert_true(pool_each(pool, COUNT, write_square, squares));
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(squares[i], i * i);
    }
}

static void *loop_in_thread(void *pool)
{
    atomic_int counts[50];
    for (size_t i = 0; i < 50; i++) {
        atomic_init(&counts[i], 0);
    }
    for (int i = 0; i < 100; i++) {
        (void)pool_each(pool, 50, count_one, counts);
    }
    for (size_t i = 0; i < 50; i++) {
        if (atomic_load(&counts[i]) != 100) {
            return NULL;
        }
    }
    return pool;
}

static void loops_from_several_threads_take_turns(void **state)
{
    (void)state;
    AUTO(pool_auto) Pool *pool = pool_new(3);
    pthread_t threads[3];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, loop_in_thread, pool), 0);
    }
    for (size_t i = 0; i < 3; i++) {
        void *outcome = NULL;
        assert_int_equal(pthread_join(threads[i], &outcome), 0);
        assert_ptr_equal(outcome, pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_index_once),
        cmocka_unit_test(no_pool_is_the_callers_thread),
        cmocka_unit_test(many_short_loops),
        cmocka_unit_test(false_stops_the_loop),
        cmocka_unit_test(results_are_seen_by_the_caller),
        cmocka_unit_test(loops_from_several_threads_take_turns),
    };
    return cmocka_run_group_tests_name("base-pool", tests, NULL, NULL);
}
