/* An epoch below Python: a loss's gradient over batches of rows, and an update of the parameters. */

#include <math.h>
#include "buffers.h"
#include "run.h"

/* What `train` is given, checked. */
typedef struct {
    Tape *loss, *update;
    const double *columns;
    const int64_t *order, *parameters;
    double *uniforms, *state, *settings, *losses;
    Py_ssize_t rows, steps, batch, count, batches; /* steps: entries of order; count: parameters */
    double max_norm;                               /* inf for none */
    int threads;
} Lesson;

/* What it works on: the buffers are written to only where whole batches are done. */
typedef struct {
    const Lesson *lesson;
    Watch watch;
    Call loss_call, update_call;
    Run loss, update;
    double *uniforms, *grads, *settings, *values, *seeds;
    double *inputs, *results; /* of the update, column by column: (p, g, *state), (p, *state) */
    unsigned char *failed;
    void *block;
} Training;

static Py_ssize_t states_of(const Lesson *lesson) { return lesson->update->columns - 2; }

static int reserve(Training *training)
{
    const Lesson *lesson = training->lesson;
    size_t u = (size_t)lesson->loss->uniforms, p = (size_t)lesson->count;
    size_t s = (size_t)lesson->update->uniforms, c = (size_t)lesson->update->columns;
    size_t batch = (size_t)lesson->batch, flags = (batch > p ? batch : p) / sizeof(double) + 1;
    double *rest;
    if (batch > PY_SSIZE_T_MAX / 64 || p > PY_SSIZE_T_MAX / 64 / (2 * c))
        return PyErr_NoMemory(), -1;
    rest = allocate((2 * u + s + 2 * batch + (2 * c - 1) * p + flags) * sizeof(double));
    training->block = rest;
    if (rest == NULL)
        return -1;
    training->uniforms = rest, rest += u;
    training->grads = rest, rest += u;
    training->settings = rest, rest += s;
    training->values = rest, rest += batch;
    training->seeds = rest, rest += batch;
    training->inputs = rest, rest += c * p;
    training->results = rest, rest += (c - 1) * p;
    training->failed = (unsigned char *)rest;
    return 0;
}

static void take_over(Training *training)
{
    const Lesson *lesson = training->lesson;
    Py_ssize_t states = states_of(lesson), count = lesson->count;
    memcpy(training->uniforms, lesson->uniforms, (size_t)lesson->loss->uniforms * sizeof(double));
    memcpy(training->settings, lesson->settings, (size_t)lesson->update->uniforms * sizeof(double));
    for (Py_ssize_t i = 0; i < count; i++) {
        training->inputs[i] = training->uniforms[lesson->parameters[i]];
        for (Py_ssize_t s = 0; s < states; s++)
            training->inputs[(2 + s) * count + i] = lesson->state[i * states + s];
    }
}

static void hand_back(const Training *training)
{
    const Lesson *lesson = training->lesson;
    Py_ssize_t states = states_of(lesson), count = lesson->count;
    memcpy(lesson->settings, training->settings, (size_t)lesson->update->uniforms * sizeof(double));
    for (Py_ssize_t i = 0; i < count; i++) {
        lesson->uniforms[lesson->parameters[i]] = training->inputs[i];
        for (Py_ssize_t s = 0; s < states; s++)
            lesson->state[i * states + s] = training->inputs[(2 + s) * count + i];
    }
}

static int open_training(Training *training)
{
    const Lesson *lesson = training->lesson;
    if (reserve(training) < 0)
        return -1;
    take_over(training);
    training->loss_call = (Call){
        .uniforms = training->uniforms, .columns = lesson->columns, .seeds = training->seeds,
        .outputs = training->values, .uniform_grads = training->grads, .failed = training->failed,
        .order = lesson->order, .rows = lesson->batch, .threads = lesson->threads};
    training->update_call = (Call){
        .uniforms = training->settings, .columns = training->inputs, .outputs = training->results,
        .failed = training->failed, .rows = lesson->count, .transposed = 1,
        .threads = lesson->threads};
    if (open_run(&training->loss, lesson->loss, &training->loss_call, &training->watch) == 0) {
        if (open_run(&training->update, lesson->update, &training->update_call,
                     &training->watch) == 0)
            return 0;
        close_run(&training->loss);
    }
    PyMem_Free(training->block);
    return -1;
}

static void close_training(Training *training)
{
    close_run(&training->loss);
    close_run(&training->update);
    PyMem_Free(training->block);
}

/* Scale the gradient to a norm of at most max_norm, as nn.clipping does it. */
static void clip(const Training *training)
{
    double *g = training->inputs + training->lesson->count, largest = 0.0, sum = 0.0, shape;
    double max_norm = training->lesson->max_norm;
    for (Py_ssize_t i = 0; i < training->lesson->count; i++) {
        largest = fabs(g[i]) > largest ? fabs(g[i]) : largest;
        sum += g[i] * 0.0; /* not 0 where one is not finite */
    }
    if (largest == 0.0 || sum != 0.0)
        return;
    for (Py_ssize_t i = 0; i < training->lesson->count; i++)
        sum += (g[i] / largest) * (g[i] / largest);
    shape = sqrt(sum);
    for (Py_ssize_t i = 0; shape * largest > max_norm && i < training->lesson->count; i++)
        g[i] = g[i] / largest / shape * max_norm;
}

static double mean_loss(const Training *training, Py_ssize_t rows)
{
    double sum = 0.0;
    for (Py_ssize_t i = 0; i < rows; i++)
        sum += training->values[i];
    return sum / (double)rows;
}

/* Whether the gradient of one batch is there, in the update's inputs. */
static int find_gradient(Training *training, Pool *pool, Py_ssize_t start)
{
    const Lesson *lesson = training->lesson;
    Py_ssize_t left = lesson->steps - start;
    Call *call = &training->loss_call;
    call->rows = left < lesson->batch ? left : lesson->batch;
    call->order = lesson->order + start;
    share_rows(&training->loss);
    for (Py_ssize_t i = 0; i < call->rows; i++)
        training->seeds[i] = 1.0 / (double)call->rows;
    if (run_released(&training->loss, pool) > 0 || stopping(&training->watch))
        return 0;
    for (Py_ssize_t i = 0; i < lesson->count; i++)
        training->inputs[lesson->count + i] = training->grads[lesson->parameters[i]];
    if (lesson->max_norm < (double)INFINITY)
        clip(training);
    return 1;
}

/* Whether the parameters have been updated; else they and the settings are as before. */
static int update_all(Training *training, Pool *pool)
{
    const Lesson *lesson = training->lesson;
    Py_ssize_t count = lesson->count;
    double before = 0.0;
    if (lesson->update->uniforms > 1)
        before = training->settings[1]++;
    if (run_released(&training->update, pool) > 0 || stopping(&training->watch)) {
        if (lesson->update->uniforms > 1)
            training->settings[1] = before;
        return 0;
    }
    memcpy(training->inputs, training->results, (size_t)count * sizeof(double));
    memcpy(training->inputs + 2 * count, training->results + count,
           (size_t)(states_of(lesson) * count) * sizeof(double));
    for (Py_ssize_t i = 0; i < count; i++)
        training->uniforms[lesson->parameters[i]] = training->inputs[i];
    return 1;
}

/* How many batches are done; fewer than all where a guard fails, -1 with an error set. */
static Py_ssize_t train(const Lesson *lesson)
{
    Training training = {.lesson = lesson};
    Py_ssize_t done = 0;
    Pool *pool;
    int stopped;
    if (open_training(&training) < 0)
        return -1;
    release(&training.watch);
    pool = open_pool(lesson->threads);
    while (done < lesson->batches && find_gradient(&training, pool, done * lesson->batch) &&
           update_all(&training, pool)) {
        Py_ssize_t rows = training.loss_call.rows;
        lesson->losses[done++] = mean_loss(&training, rows);
    }
    close_pool(pool);
    stopped = take_back(&training.watch);
    hand_back(&training);
    close_training(&training);
    return stopped ? -1 : done;
}

/* -- what it is called with ------------------------------------------------------------------------ */

static int expect_shapes(const Lesson *lesson)
{
    const Tape *loss = lesson->loss, *update = lesson->update;
    if (loss->outputs != 1)
        PyErr_Format(PyExc_ValueError, "expected the tape of a loss, with 1 output, got %d",
                     (int)loss->outputs);
    else if (update->columns < 2 || update->outputs != update->columns - 1)
        PyErr_Format(PyExc_ValueError,
                     "expected update to take columns (p, g, *state) and give (p, *state), "
                     "got %d columns and %d outputs",
                     (int)update->columns, (int)update->outputs);
    else if (lesson->batch < 1)
        PyErr_Format(PyExc_ValueError, "expected batch to be 1 or more, got %zd", lesson->batch);
    else if (lesson->threads < 1 || lesson->threads > MOST_THREADS)
        PyErr_Format(PyExc_ValueError, "expected threads to be 1 to %d, got %d", MOST_THREADS,
                     lesson->threads);
    else
        return 0;
    return -1;
}

static int expect_below(const char *name, const int64_t *xs, Py_ssize_t count, Py_ssize_t limit)
{
    for (Py_ssize_t i = 0; i < count; i++)
        if (xs[i] < 0 || xs[i] >= limit) {
            PyErr_Format(PyExc_ValueError, "expected %s to hold numbers from 0 to %zd, got %lld",
                         name, limit - 1, (long long)xs[i]);
            return -1;
        }
    return 0;
}

static int expect_wanted(const Lesson *lesson)
{
    for (Py_ssize_t i = 0; i < lesson->count; i++)
        if (!lesson->loss->wanted[lesson->loss->constants + lesson->parameters[i]]) {
            PyErr_Format(PyExc_ValueError,
                         "expected parameters to be wanted by the tape, but uniform %lld is not",
                         (long long)lesson->parameters[i]);
            return -1;
        }
    return 0;
}

/* Fill in the lesson from objects[]: columns, order, uniforms, parameters, state, settings, losses. */
static int read_lesson(Lesson *lesson, PyObject *const *objects, Buffers *buffers)
{
    const Tape *loss = lesson->loss;
    Py_ssize_t cells;
    if (expect_some(buffers, "columns", objects[0], &cells, &lesson->columns) < 0 ||
        expect_integers(buffers, "order", objects[1], &lesson->steps, &lesson->order) < 0 ||
        expect_results(buffers, "uniforms", objects[2], loss->uniforms, &lesson->uniforms) < 0 ||
        expect_integers(buffers, "parameters", objects[3], &lesson->count,
                        &lesson->parameters) < 0 ||
        expect_results(buffers, "state", objects[4], lesson->count * states_of(lesson),
                       &lesson->state) < 0 ||
        expect_results(buffers, "settings", objects[5], lesson->update->uniforms,
                       &lesson->settings) < 0)
        return -1;
    if (lesson->batch > lesson->steps)
        lesson->batch = lesson->steps > 0 ? lesson->steps : 1;
    lesson->batches = lesson->steps / lesson->batch + (lesson->steps % lesson->batch != 0);
    lesson->rows = loss->columns ? cells / loss->columns : PY_SSIZE_T_MAX;
    if (loss->columns && cells % loss->columns) {
        PyErr_Format(PyExc_ValueError, "expected columns to hold rows of %d numbers, got %zd in all",
                     (int)loss->columns, cells);
        return -1;
    }
    return expect_results(buffers, "losses", objects[6], lesson->batches, &lesson->losses) < 0 ||
                   expect_below("order", lesson->order, lesson->steps, lesson->rows) < 0 ||
                   expect_below("parameters", lesson->parameters, lesson->count, loss->uniforms) < 0
               ? -1
               : expect_wanted(lesson);
}

PyObject *tape_train(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"update",   "columns", "order",   "batch",   "uniforms",
                            "parameters", "state", "settings", "losses", "max_norm",
                            "threads",  NULL};
    Lesson lesson = {.loss = (Tape *)self, .max_norm = (double)INFINITY, .threads = 1};
    Buffers buffers = {.count = 0};
    PyObject *o[7], *max_norm = Py_None;
    Py_ssize_t done = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!OOnOOOOO|Oi:train", names, &Tape_Type,
                                     &lesson.update, &o[0], &o[1], &lesson.batch, &o[2], &o[3],
                                     &o[4], &o[5], &o[6], &max_norm, &lesson.threads))
        return NULL;
    if (max_norm != Py_None)
        lesson.max_norm = PyFloat_AsDouble(max_norm);
    if (PyErr_Occurred() || expect_shapes(&lesson) < 0)
        return NULL;
    if (read_lesson(&lesson, o, &buffers) == 0)
        done = train(&lesson);
    give_back_buffers(&buffers);
    return done < 0 ? NULL : PyLong_FromSsize_t(done);
}
