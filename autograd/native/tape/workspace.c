/* The memory of a run, kept by its tape for the next one. */

#include "node/poison.h"
#include "run.h"

enum { CACHE_LINE = 64 };

void free_workspace(Workspace *workspace)
{
    if (workspace != NULL)
        PyMem_Free(workspace->block);
    PyMem_Free(workspace);
}

Workspace *new_workspace(size_t size)
{
    Workspace *workspace = allocate(sizeof *workspace);
    if (workspace == NULL)
        return NULL;
    workspace->block = size < PY_SSIZE_T_MAX / 16 ? allocate(size * sizeof(double) + CACHE_LINE)
                                                  : PyErr_NoMemory();
    if (workspace->block == NULL) {
        PyMem_Free(workspace);
        return NULL;
    }
    workspace->size = size;
    workspace->doubles = (double *)(((uintptr_t)workspace->block + CACHE_LINE - 1) &
                                    ~(uintptr_t)(CACHE_LINE - 1));
    return workspace;
}

/* The tape's own, if it is large enough and no other call is using it. */
static Workspace *borrow_workspace(Tape *tape, size_t size)
{
    Workspace *spare = tape->spare;
    if (spare == NULL || spare->size < size)
        return new_workspace(size);
    tape->spare = NULL;
    return spare;
}

/* How many lanes a slot has room for: as few blocks as can be, of about the same size. */
static size_t stride_for(Py_ssize_t rows)
{
    Py_ssize_t blocks = rows > 0 ? (rows + MOST_LANES - 1) / MOST_LANES : 1;
    size_t lines = rounded((size_t)((rows + blocks - 1) / blocks)) / LANES_TOGETHER;
    return (lines | 1) * LANES_TOGETHER;
}

/* How many threads there is work for. */
static int threads_for(const Call *call)
{
    Py_ssize_t most = (call->rows + LANES_TOGETHER - 1) / LANES_TOGETHER;
    return call->rows == 0 ? 1 : call->threads < most ? call->threads : (int)most;
}

/* Split the call's rows, of which there may be fewer than when the run was opened. */
void share_rows(Run *run)
{
    Py_ssize_t rows = run->call->rows;
    Py_ssize_t share = (Py_ssize_t)rounded((size_t)((rows + run->threads - 1) / run->threads));
    for (int i = 0; i < run->threads; i++) {
        Worker *worker = &run->workers[i];
        worker->from = i * share < rows ? i * share : rows;
        worker->to = worker->from + share < rows ? worker->from + share : rows;
        worker->first = i == 0;
        worker->work = 0;
    }
}

static double *take(double **rest, size_t count)
{
    double *taken = *rest;
    *rest += rounded(count);
    return taken;
}

static void lay_out(Run *run, int differentiates)
{
    const Plan *plan = run->plan;
    double *rest = run->workspace->doubles;
    size_t registers = (size_t)run->tape->registers + 1, slots = (size_t)plan->slots * run->stride;
    run->uniforms = take(&rest, registers);
    run->packed = take(&rest, plan->packed);
    for (int i = 0; i < run->threads; i++) {
        Worker *worker = &run->workers[i];
        Frame *frame = &worker->frame;
        worker->run = run;
        worker->loaded = NULL;
        worker->spread = 0;
        *frame = (Frame){.plan = plan, .uniforms = run->uniforms, .packed = run->packed,
                         .stride = run->stride};
        frame->values = (double **)take(&rest, (size_t)plan->slots);
        for (int32_t s = 0; s < plan->slots; s++)
            frame->values[s] = take(&rest, run->stride);
        frame->scratch = take(&rest, run->stride);
        if (differentiates) {
            frame->adjoints = take(&rest, slots);
            frame->uniform_adjoints = take(&rest, registers);
            frame->sums = take(&rest, plan->packed);
        }
    }
}

static size_t room_for(const Run *run, int differentiates)
{
    size_t registers = rounded((size_t)run->tape->registers + 1);
    size_t packed = rounded(run->plan->packed);
    size_t slots = (size_t)run->plan->slots * run->stride;
    size_t each = rounded((size_t)run->plan->slots) + slots + run->stride +
                  (differentiates ? slots + registers + packed : 0);
    return registers + packed + (size_t)run->threads * each;
}

/* Let the layers read their weights, in the order in which they are packed, and leave their
   gradients elsewhere than in the run's own memory. */
void bind_weights(Run *run, const double *weights, double *gradients)
{
    run->bound = 1;
    for (int i = 0; i < run->threads; i++)
        run->workers[i].frame.packed = weights;
    run->workers[0].frame.sums = gradients;
}

/* Get all that running the call takes; its kind of plan depends on whether it has one row. */
int open_run(Run *run, Tape *tape, const Call *call, Watch *watch)
{
    int differentiates = call->seeds != NULL;
    *run = (Run){.tape = tape, .call = call, .kernels = kernels(), .watch = watch};
    run->many = call->rows != 1;
    run->plan = plan_of(tape, run->many);
    if (run->plan == NULL)
        return -1;
    run->workers = allocate((size_t)call->threads * sizeof(Worker));
    if (run->workers == NULL)
        return -1;
    run->threads = threads_for(call);
    run->stride = stride_for((call->rows + run->threads - 1) / run->threads);
    share_rows(run);
    run->workspace = borrow_workspace(tape, room_for(run, differentiates));
    if (run->workspace == NULL) {
        PyMem_Free(run->workers);
        return -1;
    }
    poison(run->workspace->doubles, run->workspace->size * sizeof(double));
    lay_out(run, differentiates);
    return 0;
}

void close_run(Run *run)
{
    Workspace *spare = run->tape->spare;
    PyMem_Free(run->workers);
    if (spare == NULL || spare->size < run->workspace->size) {
        run->tape->spare = run->workspace;
        run->workspace = spare;
    }
    free_workspace(run->workspace);
}
