/* A thread's share of the rows, block by block: forward, guards, seeds, backward. */

#include "node/poison.h"
#include "run.h"

enum {
    STEPS_AT_ONCE = 256,
    WORK_BETWEEN_LOOKS = 1 << 18, /* operands times lanes, before a look at whether to stop */
};

static int must_stop(Worker *worker, size_t work)
{
    Watch *watch = worker->run->watch;
    worker->work += work;
    if (worker->work < WORK_BETWEEN_LOOKS)
        return stopping(watch);
    worker->work = 0;
    return worker->first ? look_for_signals(watch) : stopping(watch);
}

/* Flag the lanes where a guard does not pass, which are few or none. */
static void check_guards(Worker *worker, Py_ssize_t start, Py_ssize_t count)
{
    const Kernels *kernels = worker->run->kernels;
    const Tape *tape = worker->run->tape;
    const Frame *frame = &worker->frame;
    unsigned char *failed = worker->run->call->failed + start;
    memset(failed, 0, (size_t)count);
    if (tape->guards == 0)
        return;
    for (int32_t g = 0; g < tape->guards; g++) {
        const Guard *guard = &tape->guard[g];
        size_t x_apart, y_apart;
        const double *x = numbers_of(frame, guard->left, &x_apart);
        const double *y = numbers_of(frame, guard->right, &y_apart);
        if ((!x_apart && !y_apart) ||
            kernels->all_pass(guard, x, x_apart, y, y_apart, (size_t)count))
            continue;
        for (size_t l = 0; l < (size_t)count; l++)
            failed[l] |= !passes(guard, x[l * x_apart], y[l * y_apart]);
    }
    for (Py_ssize_t l = 0; l < count; l++)
        worker->failures += failed[l];
}

static void clear_adjoints(const Frame *frame)
{
    const Plan *plan = frame->plan;
    size_t spread_end = (size_t)(plan->columns + plan->spreads) * frame->stride;
    poison(frame->adjoints, (size_t)plan->columns * frame->stride * sizeof(double));
    poison(frame->adjoints + spread_end,
           ((size_t)plan->slots * frame->stride - spread_end) * sizeof(double));
    for (int32_t i = 0; i < plan->cleared_count; i++)
        memset(frame->adjoints + (size_t)plan->cleared[i] * frame->stride, 0,
               frame->lanes * sizeof(double));
}

static void add_seeds(Worker *worker, Py_ssize_t start, Py_ssize_t count)
{
    const Tape *tape = worker->run->tape;
    const Call *call = worker->run->call;
    const Frame *frame = &worker->frame;
    for (int32_t o = 0; o < tape->outputs; o++) {
        int32_t r = tape->output[o];
        size_t varies = frame->plan->varies[r];
        double *to = varies ? frame->adjoints + (size_t)frame->plan->slot_of[r] * frame->stride
                            : frame->uniform_adjoints + frame->plan->place_of[r];
        const double *seeds = call->seeds + start * tape->outputs + o;
        const unsigned char *failed = call->failed + start;
        if (!frame->plan->active[r])
            continue;
        if (varies && tape->outputs == 1)
            for (Py_ssize_t l = 0; l < count; l++)
                to[l] += failed[l] ? 0.0 : seeds[l];
        else
            for (Py_ssize_t l = 0; l < count; l++)
                to[(size_t)l * varies] += failed[l] ? 0.0 : seeds[l * tape->outputs];
    }
}

static void run_block(Worker *worker, Py_ssize_t start, Py_ssize_t count)
{
    const Run *run = worker->run;
    Frame *frame = &worker->frame;
    int32_t steps = frame->plan->varying.count;
    size_t work = frame->plan->work / (size_t)(steps / STEPS_AT_ONCE + 1) * (size_t)count;
    frame->lanes = rounded((size_t)count);
    load_columns(worker, start, count);
    for (int32_t k = 0; k < steps && !must_stop(worker, work); k += STEPS_AT_ONCE)
        run->kernels->forward(frame, k, k + STEPS_AT_ONCE < steps ? k + STEPS_AT_ONCE : steps);
    check_guards(worker, start, count);
    store_outputs(worker, start, count);
    if (run->call->seeds == NULL)
        return;
    clear_adjoints(frame);
    add_seeds(worker, start, count);
    for (int32_t k = steps; k > 0 && !must_stop(worker, work); k -= STEPS_AT_ONCE)
        run->kernels->backward(frame, k > STEPS_AT_ONCE ? k - STEPS_AT_ONCE : 0, k);
    if (run->call->column_grads != NULL)
        store_column_grads(worker, start, count);
}

/* The lanes of what did not change since the last run hold it already. */
static void fill_spread(Worker *worker)
{
    const Frame *frame = &worker->frame;
    const Plan *plan = frame->plan;
    for (int32_t i = 0; i < plan->spreads; i++) {
        double *slot = frame->values[plan->columns + i];
        const double *number = &frame->uniforms[plan->spread[i]];
        if (worker->spread && memcmp(slot, number, sizeof *number) == 0)
            continue;
        for (size_t l = 0; l < frame->stride; l++)
            slot[l] = *number;
    }
    worker->spread = 1;
}

static void add_up_spread(const Frame *frame)
{
    const Plan *plan = frame->plan;
    for (int32_t i = 0; i < plan->spreads; i++) {
        const double *slot = frame->adjoints + (size_t)(plan->columns + i) * frame->stride;
        double sum = 0.0;
        for (size_t l = 0; plan->active_place[plan->spread[i]] && l < frame->stride; l++)
            sum += slot[l];
        frame->uniform_adjoints[plan->spread[i]] += sum;
    }
}

void run_rows(Worker *worker)
{
    Frame *frame = &worker->frame;
    const Plan *plan = frame->plan;
    int differentiates = worker->run->call->seeds != NULL;
    int whole = differentiates && worker->run->call->uniform_grads != NULL;
    worker->failures = 0;
    fill_spread(worker);
    if (whole)
        memset(frame->uniform_adjoints, 0, ((size_t)worker->run->tape->registers + 1) * sizeof(double));
    if (differentiates) {
        memset(frame->sums, 0, plan->packed * sizeof(double));
        memset(frame->adjoints + (size_t)plan->columns * frame->stride, 0,
               (size_t)plan->spreads * frame->stride * sizeof(double));
    }
    for (Py_ssize_t row = worker->from; row < worker->to; row += (Py_ssize_t)frame->stride) {
        Py_ssize_t left = worker->to - row, most = (Py_ssize_t)frame->stride;
        run_block(worker, row, left < most ? left : most);
        if (must_stop(worker, (size_t)worker->run->tape->columns * frame->lanes))
            return;
    }
    if (whole)
        add_up_spread(frame);
}
