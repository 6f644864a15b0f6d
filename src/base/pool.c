/* A thread pool. The caller of pool_each() works too, so a pool of n threads has n - 1 of its own. A loop is
 * published under `lock` by a new `round`; indices are handed out by one atomic counter; the last of the
 * threads to be done wakes the caller. `one_loop` makes loops from several threads take turns. */
#include "base/pool.h"

#include "base/memory.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

enum { MOST_THREADS = 1024 };

typedef struct {
    bool (*work)(void *context, size_t index);
    void *context;
    size_t count;
    atomic_size_t next;
    atomic_bool stopped;
} Loop;

struct Pool {
    pthread_mutex_t one_loop;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t begin, done;
    uint64_t round;
    Loop *loop;
    size_t busy; /* of our own threads */
    bool ending;
    size_t worker_count;
    pthread_t workers[];
};

static void run_loop(Loop *loop)
{
    while (!atomic_load(&loop->stopped)) {
        size_t index = atomic_fetch_add(&loop->next, 1);
        if (index >= loop->count) {
            return;
        }
        if (!loop->work(loop->context, index)) {
            atomic_store(&loop->stopped, true);
        }
    }
}

static void *worker(void *argument)
{
    Pool *pool = argument;
    uint64_t seen = 0;
    (void)pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->ending && pool->round == seen) {
            (void)pthread_cond_wait(&pool->begin, &pool->lock);
        }
        if (pool->ending) {
            break;
        }
        seen = pool->round;
        Loop *loop = pool->loop;
        (void)pthread_mutex_unlock(&pool->lock);
        run_loop(loop);
        (void)pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0) {
            (void)pthread_cond_signal(&pool->done);
        }
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static size_t processors(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        return 1;
    }
    int count = CPU_COUNT(&set);
    return count > 0 ? (size_t)count : 1;
}

Pool *pool_new(size_t threads)
{
    if (threads == 0) {
        threads = processors();
    }
    if (threads > MOST_THREADS) {
        threads = MOST_THREADS;
    }
    Pool *pool = memory_alloc(sizeof *pool + (threads - 1) * sizeof pool->workers[0]);
    if (pthread_mutex_init(&pool->one_loop, NULL) != 0 || pthread_mutex_init(&pool->lock, NULL) != 0 ||
        pthread_cond_init(&pool->begin, NULL) != 0 || pthread_cond_init(&pool->done, NULL) != 0) {
        memory_exhausted();
    }
    /* Where the machine refuses a thread, the work is done by fewer. */
    while (pool->worker_count < threads - 1 &&
           pthread_create(&pool->workers[pool->worker_count], NULL, worker, pool) == 0) {
        pool->worker_count++;
    }
    return pool;
}

void pool_free(Pool *pool)
{
    if (!pool) {
        return;
    }
    (void)pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    (void)pthread_cond_broadcast(&pool->begin);
    (void)pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->worker_count; i++) {
        (void)pthread_join(pool->workers[i], NULL);
    }
    (void)pthread_cond_destroy(&pool->done);
    (void)pthread_cond_destroy(&pool->begin);
    (void)pthread_mutex_destroy(&pool->lock);
    (void)pthread_mutex_destroy(&pool->one_loop);
    free(pool);
}

size_t pool_threads(const Pool *pool)
{
    return pool ? pool->worker_count + 1 : 1;
}

bool pool_each(Pool *pool, size_t count, bool (*work)(void *context, size_t index), void *context)
{
    Loop loop = {.work = work, .context = context, .count = count};
    if (!pool || pool->worker_count == 0 || count < 2) {
        run_loop(&loop);
        return !atomic_load(&loop.stopped);
    }
    (void)pthread_mutex_lock(&pool->one_loop);
    (void)pthread_mutex_lock(&pool->lock);
    pool->loop = &loop;
    pool->busy = pool->worker_count;
    pool->round++;
    (void)pthread_cond_broadcast(&pool->begin);
    (void)pthread_mutex_unlock(&pool->lock);

    run_loop(&loop);

    (void)pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0) {
        (void)pthread_cond_wait(&pool->done, &pool->lock);
    }
    pool->loop = NULL;
    (void)pthread_mutex_unlock(&pool->lock);
    (void)pthread_mutex_unlock(&pool->one_loop);
    return !atomic_load(&loop.stopped);
}
