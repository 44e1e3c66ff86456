/* A run of a tape: what it was called with, its memory, its threads. */

#ifndef GLASSGRAD_RUN_H
#define GLASSGRAD_RUN_H

#include "tape.h"

/* What evaluate and differentiate are given; seeds is NULL for the first.  A training leaves out
   uniforms that the run has already, and uniform_grads that it finds among the layers' sums. */
typedef struct {
    const double *uniforms, *columns, *seeds;
    double *outputs, *uniform_grads, *column_grads;
    unsigned char *failed;
    const int64_t *order; /* which rows of `columns`, or NULL for the first ones */
    Py_ssize_t rows;
    double *const *lists; /* instead of `columns` and `outputs`, each a list of whole lanes */
    int threads;
} Call;

/* Whether to go on: the calling thread looks for signals, the others at what it found. */
typedef struct {
    PyThreadState *thread; /* the caller's, while the GIL is released */
    int64_t looked;        /* when it last looked, in milliseconds */
    int stop;
} Watch;

typedef struct Run Run;

/* One thread's share of the rows. */
typedef struct {
    Run *run;
    Frame frame;
    Py_ssize_t from, to, failures;
    size_t work; /* since it last looked whether to stop */
    const int64_t *loaded; /* the order of the one block whose columns are in their slots */
    Py_ssize_t loaded_rows;
    int first; /* whether it is the calling thread's */
    int spread; /* whether the spread numbers' slots have been filled */
} Worker;

struct Workspace {
    double *doubles; /* on a cache line */
    size_t size;
    void *block;
};

struct Run {
    Tape *tape;
    const Plan *plan;
    const Kernels *kernels;
    const Call *call;
    Workspace *workspace;
    double *uniforms, *packed; /* `packed` is not used where it is bound */
    Worker *workers;
    int threads, careful, many;
    int bound; /* whether `packed`, and the first thread's sums, are the caller's */
    size_t stride;
    Watch *watch;
};

typedef struct Pool Pool;

/* Whole lanes, or whole cache lines, of doubles. */
static inline size_t rounded(size_t count)
{
    return (count + LANES_TOGETHER - 1) / LANES_TOGETHER * LANES_TOGETHER;
}

/* threads.c */
Pool *open_pool(int threads);
void close_pool(Pool *pool);
void run_in_pool(Pool *pool, Run *run, void (*work)(Worker *));
int stopping(Watch *watch);
int look_for_signals(Watch *watch);
void release(Watch *watch);
int take_back(Watch *watch);

/* workspace.c */
int open_run(Run *run, Tape *tape, const Call *call, Watch *watch);
void share_rows(Run *run);
void bind_weights(Run *run, const double *weights, double *gradients);
void close_run(Run *run);
Workspace *new_workspace(size_t size);
void free_workspace(Workspace *workspace);

/* pack.c */
void load_columns(Worker *worker, Py_ssize_t start, Py_ssize_t count);
const double *numbers_of(const Frame *frame, int32_t r, size_t *apart);
void store_outputs(Worker *worker, Py_ssize_t start, Py_ssize_t count);
void store_column_grads(Worker *worker, Py_ssize_t start, Py_ssize_t count);

/* blocks.c */
void run_rows(Worker *worker);

/* run.c */
Py_ssize_t run_released(Run *run, Pool *pool);
Py_ssize_t run_call(Tape *tape, const Call *call);

#endif
