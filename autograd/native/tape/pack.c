/* Rows to lanes and back: columns in, outputs and the columns' gradients out.

   Where a call has lists, its columns' and outputs' slots are parts of these instead. */

#include "run.h"

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
static void load_rows(Worker *worker, Py_ssize_t start, Py_ssize_t count)
{
    const Frame *frame = &worker->frame;
    int32_t columns = frame->plan->columns;
    const double *rows[MOST_LANES];
    if (is_loaded(worker, start, count))
        return;
    for (Py_ssize_t l = 0; l < (Py_ssize_t)frame->lanes; l++)
        rows[l] = row_at(worker->run->call, start + (l < count ? l : 0), columns);
    worker->run->kernels->load_rows(rows, frame->values, columns, frame->lanes);
}

void load_columns(Worker *worker, Py_ssize_t start, Py_ssize_t count)
{
    if (worker->run->call->lists != NULL)
        work_in_lists(worker, start);
    else
        load_rows(worker, start, count);
}

/* Where a register's numbers are, and how far apart from lane to lane. */
const double *numbers_of(const Frame *frame, int32_t r, size_t *apart)
{
    *apart = frame->plan->varies[r];
    return *apart ? frame->values[frame->plan->slot_of[r]]
                  : frame->uniforms + frame->plan->place_of[r];
}

void store_outputs(Worker *worker, Py_ssize_t start, Py_ssize_t count)
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

void store_column_grads(Worker *worker, Py_ssize_t start, Py_ssize_t count)
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
