/* An epoch below Python: a loss's gradient over batches of rows, and an update of the parameters. */

#include <math.h>
#include "lesson.h"

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
    int in_a_row; /* whether the parameters are uniforms side by side */
} Training;

/* The parameters' numbers among those of all uniforms, and back. */
static void gather(const Training *training, const double *uniforms, double *to)
{
    const int64_t *places = training->lesson->parameters;
    Py_ssize_t count = training->lesson->count;
    if (training->in_a_row)
        memcpy(to, uniforms + places[0], (size_t)count * sizeof(double));
    else
        for (Py_ssize_t i = 0; i < count; i++)
            to[i] = uniforms[places[i]];
}

static void scatter(const Training *training, const double *from, double *uniforms)
{
    const int64_t *places = training->lesson->parameters;
    Py_ssize_t count = training->lesson->count;
    if (training->in_a_row)
        memcpy(uniforms + places[0], from, (size_t)count * sizeof(double));
    else
        for (Py_ssize_t i = 0; i < count; i++)
            uniforms[places[i]] = from[i];
}

static int reserve(Training *training)
{
    const Lesson *lesson = training->lesson;
    size_t u = (size_t)lesson->loss->uniforms, p = (size_t)lesson->count;
    size_t s = (size_t)lesson->update->uniforms, c = (size_t)lesson->update->columns;
    size_t batch = (size_t)lesson->batch, outputs = (size_t)lesson->loss->outputs;
    size_t results = batch * outputs, flags = (batch > p ? batch : p) / sizeof(double) + 1;
    double *rest;
    if (batch > PY_SSIZE_T_MAX / 64 / outputs || p > PY_SSIZE_T_MAX / 64 / (2 * c))
        return PyErr_NoMemory(), -1;
    rest = allocate((2 * u + s + 2 * results + (2 * c - 1) * p + flags) * sizeof(double));
    training->block = rest;
    if (rest == NULL)
        return -1;
    training->uniforms = rest, rest += u;
    training->grads = rest, rest += u;
    training->settings = rest, rest += s;
    training->values = rest, rest += results;
    training->seeds = rest, rest += results;
    training->inputs = rest, rest += c * p;
    training->results = rest, rest += (c - 1) * p;
    training->failed = (unsigned char *)rest;
    memset(training->seeds, 0, results * sizeof(double));
    return 0;
}

static void take_over(Training *training)
{
    const Lesson *lesson = training->lesson;
    Py_ssize_t states = states_of(lesson), count = lesson->count;
    memcpy(training->uniforms, lesson->uniforms, (size_t)lesson->loss->uniforms * sizeof(double));
    memcpy(training->settings, lesson->settings, (size_t)lesson->update->uniforms * sizeof(double));
    training->in_a_row = count > 0;
    for (Py_ssize_t i = 1; i < count; i++)
        training->in_a_row &= lesson->parameters[i] == lesson->parameters[0] + i;
    gather(training, training->uniforms, training->inputs);
    for (Py_ssize_t i = 0; i < count; i++)
        for (Py_ssize_t s = 0; s < states; s++)
            training->inputs[(2 + s) * count + i] = lesson->state[i * states + s];
}

static void hand_back(const Training *training)
{
    const Lesson *lesson = training->lesson;
    Py_ssize_t states = states_of(lesson), count = lesson->count;
    memcpy(lesson->settings, training->settings, (size_t)lesson->update->uniforms * sizeof(double));
    scatter(training, training->inputs, lesson->uniforms);
    for (Py_ssize_t i = 0; i < lesson->writes; i++)
        lesson->uniforms[lesson->written[i]] = training->uniforms[lesson->written[i]];
    for (Py_ssize_t i = 0; i < count; i++)
        for (Py_ssize_t s = 0; s < states; s++)
            lesson->state[i * states + s] = training->inputs[(2 + s) * count + i];
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
        sum += training->values[i * training->lesson->loss->outputs];
    return sum / (double)rows;
}

/* The outputs but the first, of the rows from `start` on; the last row's last ones are written. */
static void keep_others(const Training *training, Py_ssize_t start, Py_ssize_t rows)
{
    const Lesson *lesson = training->lesson;
    Py_ssize_t many = others_of(lesson);
    const double *last = training->values + rows * (many + 1) - lesson->writes;
    for (Py_ssize_t i = 0; many && i < rows; i++)
        memcpy(lesson->others + (start + i) * many, training->values + i * (many + 1) + 1,
               (size_t)many * sizeof(double));
    for (Py_ssize_t i = 0; i < lesson->writes; i++)
        training->uniforms[lesson->written[i]] = last[i];
}

/* Whether the gradient of one batch is there, in the update's inputs. */
static int find_gradient(Training *training, Pool *pool, Py_ssize_t start)
{
    const Lesson *lesson = training->lesson;
    Py_ssize_t left = lesson->steps - start;
    Call *call = &training->loss_call;
    call->rows = left < lesson->batch ? left : lesson->batch;
    call->order = lesson->order + start % lesson->entries;
    share_rows(&training->loss);
    for (Py_ssize_t i = 0; i < call->rows; i++)
        training->seeds[i * lesson->loss->outputs] = 1.0 / (double)call->rows;
    if (run_released(&training->loss, pool) > 0 || stopping(&training->watch))
        return 0;
    gather(training, training->grads, training->inputs + lesson->count);
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
    scatter(training, training->inputs, training->uniforms);
    return 1;
}

/* How many batches are done; fewer than all where a guard fails, -1 with an error set. */
Py_ssize_t train(const Lesson *lesson)
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
        keep_others(&training, done * lesson->batch, rows);
        lesson->losses[done++] = mean_loss(&training, rows);
    }
    close_pool(pool);
    stopped = take_back(&training.watch);
    hand_back(&training);
    close_training(&training);
    return stopped ? -1 : done;
}
