/* Threads that share the rows of a run, and how a run notices an interrupt. */

#include "run.h"

#ifdef _WIN32
#include <windows.h>
static int64_t milliseconds(void) { return (int64_t)GetTickCount64(); }
#else
#include <pthread.h>
#include <time.h>
static int64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
#endif

enum { BETWEEN_LOOKS = 50 }; /* milliseconds */

#ifdef __GNUC__
int stopping(Watch *watch) { return __atomic_load_n(&watch->stop, __ATOMIC_RELAXED); }
static void stop(Watch *watch) { __atomic_store_n(&watch->stop, 1, __ATOMIC_RELAXED); }
#else
int stopping(Watch *watch) { return *(volatile int *)&watch->stop; }
static void stop(Watch *watch) { *(volatile int *)&watch->stop = 1; }
#endif

/* Let other Python code run from here on. */
void release(Watch *watch)
{
    watch->stop = 0;
    watch->looked = milliseconds();
    watch->thread = PyEval_SaveThread();
}

/* -1, with an exception set, where a signal's handler has raised one. */
int take_back(Watch *watch)
{
    PyEval_RestoreThread(watch->thread);
    return watch->stop ? -1 : 0;
}

/* For the calling thread: run signal handlers from time to time; whether to stop. */
int look_for_signals(Watch *watch)
{
    int64_t now = milliseconds();
    if (now - watch->looked < BETWEEN_LOOKS || watch->stop)
        return watch->stop;
    watch->looked = now;
    PyEval_RestoreThread(watch->thread);
    if (PyErr_CheckSignals() < 0)
        stop(watch);
    watch->thread = PyEval_SaveThread();
    return watch->stop;
}

#ifdef _WIN32

/* One after the other: the same numbers, as the shares are the same. */
Pool *open_pool(int threads) { (void)threads; return NULL; }
void close_pool(Pool *pool) { (void)pool; }

void run_in_pool(Pool *pool, Run *run, void (*work)(Worker *))
{
    (void)pool;
    for (int i = 0; i < run->threads; i++)
        work(&run->workers[i]);
}

#else

struct Pool {
    pthread_mutex_t lock;
    pthread_cond_t begin, end;
    int helpers, busy, closing;
    unsigned round;
    Run *run;
    void (*work)(Worker *);
    struct Helper {
        Pool *pool;
        pthread_t thread;
        int number;
    } helper[];
};

static void *help(void *argument)
{
    struct Helper *self = argument;
    Pool *pool = self->pool;
    unsigned seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->round == seen && !pool->closing)
            pthread_cond_wait(&pool->begin, &pool->lock);
        if (pool->closing)
            break;
        seen = pool->round;
        pthread_mutex_unlock(&pool->lock);
        if (self->number < pool->run->threads)
            pool->work(&pool->run->workers[self->number]);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0)
            pthread_cond_signal(&pool->end);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* As many helpers as the system lets us have; a share without a helper is the caller's. */
Pool *open_pool(int threads)
{
    Pool *pool;
    if (threads < 2)
        return NULL;
    pool = PyMem_RawCalloc(1, sizeof *pool + (size_t)threads * sizeof(struct Helper));
    if (pool == NULL)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->begin, NULL);
    pthread_cond_init(&pool->end, NULL);
    for (int i = 0; i < threads - 1; i++) {
        pool->helper[i].pool = pool;
        pool->helper[i].number = i + 1;
        if (pthread_create(&pool->helper[i].thread, NULL, help, &pool->helper[i]) != 0)
            break;
        pool->helpers++;
    }
    return pool;
}

void close_pool(Pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = 1;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->helpers; i++)
        pthread_join(pool->helper[i].thread, NULL);
    pthread_cond_destroy(&pool->begin);
    pthread_cond_destroy(&pool->end);
    pthread_mutex_destroy(&pool->lock);
    PyMem_RawFree(pool);
}

/* Wait for the helpers, looking for signals all the while. */
static void wait_for_helpers(Pool *pool, Watch *watch)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->busy) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += BETWEEN_LOOKS * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&pool->end, &pool->lock, &until);
        pthread_mutex_unlock(&pool->lock);
        look_for_signals(watch);
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
}

/* Let each worker of the run do its share; the GIL must be released. */
void run_in_pool(Pool *pool, Run *run, void (*work)(Worker *))
{
    int helpers = pool == NULL || run->threads < 2 ? 0 : pool->helpers;
    if (helpers) {
        pthread_mutex_lock(&pool->lock);
        pool->run = run;
        pool->work = work;
        pool->busy = helpers;
        pool->round++;
        pthread_cond_broadcast(&pool->begin);
        pthread_mutex_unlock(&pool->lock);
    }
    work(&run->workers[0]);
    for (int i = helpers + 1; i < run->threads; i++)
        work(&run->workers[i]);
    if (helpers)
        wait_for_helpers(pool, run->watch);
}

#endif
