/* A thread's share of the rows, block by block: columns in, outputs and gradients out. */

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

static const double *row_at(const Call *call, Py_ssize_t row, int32_t columns)
{
    return call->columns + (call->order != NULL ? call->order[row] : row) * columns;
}

/* Whether an output is computed in its own list: it is a result, and no output before it. */
static int is_in_place(const Worker *worker, int32_t o)
{
    const Tape *tape = worker->run->tape;
    int32_t r = tape->output[o];
    for (int32_t i = 0; i < o; i++)
        if (tape->output[i] == r)
            return 0;
    return worker->frame.plan->varies[r] && r >= first_of_instructions(tape);
}

/* Let the slots of columns and outputs be parts of the caller's lists. */
static void work_in_lists(Worker *worker, Py_ssize_t start)
{
    const Tape *tape = worker->run->tape;
    const Frame *frame = &worker->frame;
    double *const *lists = worker->run->call->lists;
    for (int32_t c = 0; c < tape->columns; c++)
        frame->values[c] = lists[c] + start;
    for (int32_t o = 0; o < tape->outputs; o++)
        if (is_in_place(worker, o))
            frame->values[frame->plan->slot_of[tape->output[o]]] = lists[tape->columns + o] + start;
}

/* Whether the last block had the same rows, as in a training on all rows at once. */
static int is_loaded(Worker *worker, Py_ssize_t start, Py_ssize_t count)
{
    const int64_t *order = worker->run->call->order;
    int again = order != NULL && worker->loaded == order + start && worker->loaded_rows == count;
    worker->loaded = order == NULL ? NULL : order + start;
    worker->loaded_rows = count;
    return again;
}

/* Rows to lanes; lanes without a row repeat the first one. */
static void load_columns(Worker *worker, Py_ssize_t start, Py_ssize_t count)
{
    const Frame *frame = &worker->frame;
    int32_t columns = frame->plan->columns;
    const double *rows[MOST_LANES + LANES_TOGETHER];
    if (is_loaded(worker, start, count))
        return;
    for (Py_ssize_t l = 0; l < (Py_ssize_t)frame->lanes; l++)
        rows[l] = row_at(worker->run->call, start + (l < count ? l : 0), columns);
    worker->run->kernels->load_rows(rows, frame->values, columns, frame->lanes);
}

/* Where a register's numbers are, and how far apart from lane to lane. */
static const double *numbers_of(const Frame *frame, int32_t r, size_t *apart)
{
    *apart = frame->plan->varies[r];
    return *apart ? frame->values[frame->plan->slot_of[r]]
                  : frame->uniforms + frame->plan->place_of[r];
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

static void store_outputs(Worker *worker, Py_ssize_t start, Py_ssize_t count)
{
    const Tape *tape = worker->run->tape;
    const Call *call = worker->run->call;
    for (int32_t o = 0; o < tape->outputs; o++) {
        Py_ssize_t by_row = call->lists != NULL ? 1 : tape->outputs;
        double *outputs = call->lists != NULL ? call->lists[tape->columns + o] + start
                                              : call->outputs + start * by_row + o;
        size_t apart;
        const double *z = numbers_of(&worker->frame, tape->output[o], &apart);
        if (by_row == 1 && apart && z != outputs)
            memcpy(outputs, z, (size_t)count * sizeof(double));
        for (Py_ssize_t l = 0; !(by_row == 1 && apart) && l < count; l++)
            outputs[l * by_row] = z[(size_t)l * apart];
    }
}

static void clear_adjoints(const Frame *frame)
{
    const Plan *plan = frame->plan;
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

static void store_column_grads(Worker *worker, Py_ssize_t start, Py_ssize_t count)
{
    const Frame *frame = &worker->frame;
    int32_t columns = frame->plan->columns;
    double *grads = worker->run->call->column_grads + start * columns;
    for (Py_ssize_t l = 0; l < count; l++)
        for (int32_t c = 0; c < columns; c++)
            grads[l * columns + c] = frame->plan->active_slot[c]
                                         ? frame->adjoints[(size_t)c * frame->stride + (size_t)l]
                                         : 0.0;
}

static void run_block(Worker *worker, Py_ssize_t start, Py_ssize_t count)
{
    const Run *run = worker->run;
    Frame *frame = &worker->frame;
    int32_t steps = frame->plan->varying.count;
    size_t work = frame->plan->work / (size_t)(steps / STEPS_AT_ONCE + 1) * (size_t)count;
    frame->lanes = rounded((size_t)count);
    if (run->call->lists != NULL)
        work_in_lists(worker, start);
    else
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
