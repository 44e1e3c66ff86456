/* One call of a tape: what is uniform first and, backward, last; what varies by blocks between. */

#include <math.h>
#include "node/poison.h"
#include "run.h"

enum { STRETCHES_AT_ONCE = 256 }; /* between two looks at whether to stop */

static void load_uniforms(Run *run)
{
    const Tape *tape = run->tape;
    const Call *call = run->call;
    double *values = run->uniforms;
    memcpy(values, tape->constant, (size_t)tape->constants * sizeof(double));
    if (call->uniforms != NULL)
        memcpy(values + tape->constants, call->uniforms, (size_t)tape->uniforms * sizeof(double));
    values[tape->registers] = -0.0; /* the bias of a neuron without one: see layers.c */
    if (run->many)
        return;
    values += first_of_columns(tape);
    if (call->lists == NULL)
        memcpy(values, call->columns + (call->order == NULL ? 0 : call->order[0] * tape->columns),
               (size_t)tape->columns * sizeof(double));
    for (int32_t c = 0; call->lists != NULL && c < tape->columns; c++)
        values[c] = call->lists[c][0];
}

static void forward_uniform(Run *run)
{
    const Stream *stream = &run->plan->uniform;
    poison(run->uniforms + first_of_instructions(run->tape),
           (size_t)run->tape->instructions * sizeof(double));
    load_uniforms(run);
    for (int32_t s = 0; s < stream->stretch_count; s++) {
        const Stretch *stretch = &stream->stretches[s];
        if (stretch->alike)
            run->kernels->forward_alike(stream, stretch, run->uniforms);
        else
            scalar_forward(stream, run->uniforms, stretch->from, stretch->to);
        if ((s + 1) % STRETCHES_AT_ONCE == 0 && look_for_signals(run->watch))
            return;
    }
}

static void backward_uniform(Run *run, double *adjoints)
{
    const Stream *stream = &run->plan->uniform;
    for (int32_t s = stream->stretch_count; s-- > 0;) {
        const Stretch *stretch = &stream->stretches[s];
        if (stretch->alike && stretch->active)
            run->kernels->backward_alike(stream, stretch, run->uniforms, adjoints);
        else if (!stretch->alike)
            scalar_backward(stream, run->uniforms, adjoints, run->plan->active_place,
                            stretch->from, stretch->to);
        if ((s + 1) % STRETCHES_AT_ONCE == 0 && look_for_signals(run->watch))
            return;
    }
}

static double uniform_at(const Run *run, int32_t r)
{
    return run->uniforms[run->plan->place_of[r]];
}

/* Whether a guard between uniform numbers fails, and so does every row. */
static int fails_everywhere(const Run *run)
{
    const Tape *tape = run->tape;
    for (int32_t g = 0; g < tape->guards; g++) {
        const Guard *guard = &tape->guard[g];
        if (!run->plan->varies[guard->left] && !run->plan->varies[guard->right] &&
            !passes(guard, uniform_at(run, guard->left), uniform_at(run, guard->right)))
            return 1;
    }
    return 0;
}

static void fail_everywhere(const Run *run)
{
    const Call *call = run->call;
    size_t rows = (size_t)call->rows;
    memset(call->failed, 1, rows);
    if (call->seeds != NULL && call->uniform_grads != NULL)
        memset(call->uniform_grads, 0, (size_t)run->tape->uniforms * sizeof(double));
    if (call->seeds != NULL && call->column_grads != NULL)
        memset(call->column_grads, 0, rows * (size_t)run->tape->columns * sizeof(double));
}

static void copy_grads(const Run *run, const double *adjoints, double *grads, int32_t from,
                       int32_t count)
{
    const unsigned char *active = run->plan->active + from;
    const unsigned char *idle = memchr(active, 0, (size_t)count);
    memcpy(grads, adjoints + from, (size_t)count * sizeof(double));
    for (int32_t i = idle == NULL ? count : (int32_t)(idle - active); i < count; i++)
        if (!active[i])
            grads[i] = 0.0;
}

/* A program of one row: everything is uniform. */
static void run_single(Run *run)
{
    const Tape *tape = run->tape;
    const Call *call = run->call;
    double *adjoints = run->workers[0].frame.uniform_adjoints;
    call->failed[0] = 0;
    for (int32_t o = 0; o < tape->outputs; o++)
        *(call->lists == NULL ? call->outputs + o : call->lists[tape->columns + o]) =
            uniform_at(run, tape->output[o]);
    if (call->seeds == NULL)
        return;
    poison(adjoints, (size_t)tape->registers * sizeof(double));
    clear_places(run->plan, adjoints);
    for (int32_t o = 0; o < tape->outputs; o++)
        adjoints[run->plan->place_of[tape->output[o]]] += call->seeds[o];
    backward_uniform(run, adjoints);
    copy_grads(run, adjoints, call->uniform_grads, tape->constants, tape->uniforms);
    if (call->column_grads != NULL)
        copy_grads(run, adjoints, call->column_grads, first_of_columns(tape), tape->columns);
}

/* Add up what the threads have found, in their order. */
static double *reduce(Run *run)
{
    const Frame *whole = &run->workers[0].frame;
    const int32_t *sources = run->plan->sources;
    double *adjoints = whole->uniform_adjoints;
    for (int i = 1; i < run->threads; i++) {
        const Frame *part = &run->workers[i].frame;
        for (int32_t r = 0; run->call->uniform_grads != NULL && r < run->tape->registers; r++)
            adjoints[r] += part->uniform_adjoints[r];
        for (size_t p = 0; p < run->plan->packed; p++)
            whole->sums[p] += part->sums[p];
    }
    for (size_t p = 0; !run->bound && p < run->plan->packed; p++)
        adjoints[sources[p]] += whole->sums[p];
    return adjoints;
}

/* A layer multiplies without looking, and 0 times inf is nan; where a product is fused with the sum
   it is added to, what overflows may be inf for nan.  Then it has to look. */
static int must_be_careful(const Run *run)
{
    const Call *call = run->call;
    const Tape *tape = run->tape;
    int (*any_not_finite)(const double *, size_t) = run->kernels->any_not_finite;
    if (run->careful || run->plan->layer_count == 0)
        return 0;
    return (run->bound && any_not_finite(run->workers[0].frame.sums, run->plan->packed)) ||
           (call->uniform_grads != NULL && any_not_finite(call->uniform_grads, (size_t)tape->uniforms)) ||
           (call->column_grads != NULL &&
            any_not_finite(call->column_grads, (size_t)call->rows * (size_t)tape->columns));
}

static void find_uniform_grads(Run *run, double *adjoints)
{
    double *grads = run->call->uniform_grads;
    if (grads == NULL)
        return;
    backward_uniform(run, adjoints);
    copy_grads(run, adjoints, grads, run->tape->constants, run->tape->uniforms);
}

static Py_ssize_t run_many(Run *run, Pool *pool)
{
    Py_ssize_t failures = 0;
    for (size_t p = 0; !run->bound && p < run->plan->packed; p++)
        run->packed[p] = run->uniforms[run->plan->sources[p]];
    do {
        for (int i = 0; i < run->threads; i++)
            run->workers[i].frame.careful = run->careful;
        run_in_pool(pool, run, run_rows);
        if (run->watch->stop || run->call->seeds == NULL)
            break;
        find_uniform_grads(run, reduce(run));
    } while ((run->careful = must_be_careful(run)));
    for (int i = 0; i < run->threads; i++)
        failures += run->workers[i].failures;
    return failures;
}

/* With the GIL released; the number of rows that failed. */
Py_ssize_t run_released(Run *run, Pool *pool)
{
    run->careful = 0;
    forward_uniform(run);
    if (fails_everywhere(run)) {
        fail_everywhere(run);
        return run->call->rows;
    }
    if (run->many)
        return run_many(run, pool);
    run_single(run);
    return 0;
}

/* -1 with an exception set where memory does not suffice or a signal came. */
Py_ssize_t run_call(Tape *tape, const Call *call)
{
    Run run;
    Watch watch;
    Pool *pool;
    Py_ssize_t failures;
    int stopped;
    if (open_run(&run, tape, call, &watch) < 0)
        return -1;
    release(&watch);
    pool = run.threads > 1 ? open_pool(run.threads) : NULL;
    failures = run_released(&run, pool);
    close_pool(pool);
    stopped = take_back(&watch);
    close_run(&run);
    return stopped ? -1 : failures;
}
