/* An epoch below Python: a loss's gradient over batches of rows, and an update of the parameters. */

#include <math.h>
#include "train_args.h"

/* What it works on: the train_args's buffers are written to only where whole batches are done. */
typedef struct {
    const TrainArgs *train_args;
    Watch watch;
    Call loss_call, update_call;
    Run loss, update;
    Parameters parameters;
    double *uniforms; /* of the loss, in its run */
    double *grads, *settings, *values, *seeds;
    Py_ssize_t seeded; /* for a batch of how many rows */
    unsigned char *failed;
    void *block;
} Training;

static int reserve(Training *training)
{
    const TrainArgs *train_args = training->train_args;
    size_t u = (size_t)train_args->loss->uniforms, p = (size_t)train_args->count;
    size_t s = (size_t)train_args->update->uniforms, batch = (size_t)train_args->batch;
    size_t outputs = (size_t)train_args->loss->outputs, results = batch * outputs;
    size_t flags = (batch > p ? batch : p) / sizeof(double) + 1;
    double *rest;
    if (batch > PY_SSIZE_T_MAX / 64 / outputs)
        return PyErr_NoMemory(), -1;
    rest = allocate((u + s + 2 * results + flags) * sizeof(double));
    training->block = rest;
    if (rest == NULL)
        return -1;
    training->grads = rest, rest += u;
    training->settings = rest, rest += s;
    training->values = rest, rest += results;
    training->seeds = rest, rest += results;
    training->failed = (unsigned char *)rest;
    memset(training->seeds, 0, results * sizeof(double));
    memcpy(training->settings, train_args->settings, s * sizeof(double));
    return 0;
}

/* The parameters, and the loss's uniforms, which stay in its run from here on. */
static int open_loss(Training *training)
{
    const TrainArgs *train_args = training->train_args;
    Run *run = &training->loss;
    training->loss_call = (Call){
        .columns = train_args->columns, .seeds = training->seeds, .outputs = training->values,
        .failed = training->failed, .order = train_args->order, .rows = train_args->batch,
        .threads = train_args->threads};
    if (open_run(run, train_args->loss, &training->loss_call, &training->watch) < 0)
        return -1;
    if (open_parameters(&training->parameters, train_args, run->plan) < 0) {
        close_run(run);
        return -1;
    }
    training->uniforms = run->uniforms + train_args->loss->constants;
    memcpy(training->uniforms, train_args->uniforms, (size_t)train_args->loss->uniforms * sizeof(double));
    if (training->parameters.read_elsewhere)
        training->loss_call.uniform_grads = training->grads;
    return 0;
}

static int open_training(Training *training)
{
    const TrainArgs *train_args = training->train_args;
    if (reserve(training) < 0)
        return -1;
    if (open_loss(training) == 0) {
        training->update_call = (Call){
            .uniforms = training->settings, .lists = training->parameters.lists,
            .failed = training->failed, .rows = train_args->count, .threads = train_args->threads};
        if (open_run(&training->update, train_args->update, &training->update_call,
                     &training->watch) == 0)
            return 0;
        close_run(&training->loss);
        close_parameters(&training->parameters);
    }
    PyMem_Free(training->block);
    return -1;
}

static void hand_back(const Training *training)
{
    const TrainArgs *train_args = training->train_args;
    memcpy(train_args->settings, training->settings, (size_t)train_args->update->uniforms * sizeof(double));
    hand_back_parameters(&training->parameters);
    for (Py_ssize_t i = 0; i < train_args->writes; i++)
        train_args->uniforms[train_args->written[i]] = training->uniforms[train_args->written[i]];
}

static void close_training(Training *training)
{
    close_run(&training->loss);
    close_run(&training->update);
    close_parameters(&training->parameters);
    PyMem_Free(training->block);
}

/* Add x to a sum, and to `rest` what that rounds off (Knuth's TwoSum). */
static void add_with_rest(double *sum, double *rest, double x)
{
    double before = *sum, added;
    *sum = before + x;
    added = *sum - before;
    *rest += (before - (*sum - added)) + (x - added);
}

/* Scale the gradient to a norm of at most max_norm, as nn.optim.clipping does it; its sum of squares is
   rounded once, so that the order of the parameters, another one here, leaves the bits as they are. */
static void clip(const Training *training)
{
    double *g = training->parameters.lists[1], largest = 0.0, sum = 0.0, rest = 0.0, shape;
    double max_norm = training->train_args->max_norm;
    for (Py_ssize_t i = 0; i < training->train_args->count; i++) {
        largest = fabs(g[i]) > largest ? fabs(g[i]) : largest;
        sum += g[i] * 0.0; /* not 0 where one is not finite */
    }
    if (largest == 0.0 || sum != 0.0)
        return;
    for (Py_ssize_t i = 0; i < training->train_args->count; i++)
        add_with_rest(&sum, &rest, (g[i] / largest) * (g[i] / largest));
    shape = sqrt(sum + rest);
    for (Py_ssize_t i = 0; shape * largest > max_norm && i < training->train_args->count; i++)
        g[i] = g[i] / largest / shape * max_norm;
}

static double mean_loss(const Training *training, Py_ssize_t rows)
{
    double sum = 0.0;
    if (training->train_args->loss->outputs == 1)
        return training->loss.kernels->sum(training->values, (size_t)rows) / (double)rows;
    for (Py_ssize_t i = 0; i < rows; i++)
        sum += training->values[i * training->train_args->loss->outputs];
    return sum / (double)rows;
}

/* The outputs but the first, of the rows from `start` on; the last row's last ones are written. */
static void keep_others(const Training *training, Py_ssize_t start, Py_ssize_t rows)
{
    const TrainArgs *train_args = training->train_args;
    Py_ssize_t many = others_of(train_args);
    const double *last = training->values + rows * (many + 1) - train_args->writes;
    for (Py_ssize_t i = 0; many && i < rows; i++)
        memcpy(train_args->others + (start + i) * many, training->values + i * (many + 1) + 1,
               (size_t)many * sizeof(double));
    for (Py_ssize_t i = 0; i < train_args->writes; i++)
        training->uniforms[train_args->written[i]] = last[i];
}

/* The gradient of a batch's mean loss starts from the same number in each row. */
static void seed(Training *training, Py_ssize_t rows)
{
    for (Py_ssize_t i = 0; rows != training->seeded && i < rows; i++)
        training->seeds[i * training->train_args->loss->outputs] = 1.0 / (double)rows;
    training->seeded = rows;
}

/* Whether the gradient of one batch is there, in the parameters' list. */
static int find_gradient(Training *training, Pool *pool, Py_ssize_t start)
{
    const TrainArgs *train_args = training->train_args;
    Py_ssize_t left = train_args->steps - start;
    const Parameters *parameters = &training->parameters;
    Call *call = &training->loss_call;
    call->rows = left < train_args->batch ? left : train_args->batch;
    call->order = train_args->order + start % train_args->entries;
    share_rows(&training->loss);
    seed(training, call->rows);
    if (parameters->bound)
        bind_weights(&training->loss, parameters->lists[0], parameters->lists[1]);
    if (run_released(&training->loss, pool) > 0 || stopping(&training->watch))
        return 0;
    if (parameters->read_elsewhere)
        gather(parameters, training->grads);
    if (train_args->max_norm < (double)INFINITY)
        clip(training);
    return 1;
}

/* Whether the parameters have been updated; else they and the settings are as before. */
static int update_all(Training *training, Pool *pool)
{
    const TrainArgs *train_args = training->train_args;
    double before = 0.0;
    if (train_args->update->uniforms > 1)
        before = training->settings[1]++;
    if (run_released(&training->update, pool) > 0 || stopping(&training->watch)) {
        if (train_args->update->uniforms > 1)
            training->settings[1] = before;
        return 0;
    }
    take_results(&training->parameters);
    if (training->parameters.read_elsewhere)
        scatter(&training->parameters, training->uniforms);
    return 1;
}

/* How many batches are done; fewer than all where a guard fails, -1 with an error set. */
Py_ssize_t train(const TrainArgs *train_args)
{
    Training training = {.train_args = train_args};
    Py_ssize_t done = 0;
    Pool *pool;
    int stopped;
    if (open_training(&training) < 0)
        return -1;
    release(&training.watch);
    pool = open_pool(train_args->threads);
    while (done < train_args->batches && find_gradient(&training, pool, done * train_args->batch) &&
           update_all(&training, pool)) {
        Py_ssize_t rows = training.loss_call.rows;
        keep_others(&training, done * train_args->batch, rows);
        train_args->losses[done++] = mean_loss(&training, rows);
    }
    close_pool(pool);
    stopped = take_back(&training.watch);
    hand_back(&training);
    close_training(&training);
    return stopped ? -1 : done;
}
