/* The arguments of `train`: every buffer and number in it checked before anything runs. */

#include <math.h>
#include "buffers.h"
#include "train_args.h"

static int expect_shapes(const TrainArgs *train_args)
{
    const Tape *loss = train_args->loss, *update = train_args->update;
    if (loss->outputs < 1)
        PyErr_SetString(PyExc_ValueError, "expected the tape of a loss, got one without outputs");
    else if (update->columns < 2 || update->outputs != update->columns - 1)
        PyErr_Format(PyExc_ValueError,
                     "expected update to take columns (p, g, *state) and give (p, *state), "
                     "got %d columns and %d outputs",
                     (int)update->columns, (int)update->outputs);
    else if (train_args->batch < 1)
        PyErr_Format(PyExc_ValueError, "expected batch to be 1 or more, got %zd", train_args->batch);
    else if (train_args->threads < 1 || train_args->threads > MOST_THREADS)
        PyErr_Format(PyExc_ValueError, "expected threads to be 1 to %d, got %d", MOST_THREADS,
                     train_args->threads);
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

static int expect_wanted(const TrainArgs *train_args)
{
    for (Py_ssize_t i = 0; i < train_args->count; i++)
        if (!train_args->loss->wanted[train_args->loss->constants + train_args->parameters[i]]) {
            PyErr_Format(PyExc_ValueError,
                         "expected parameters to be wanted by the tape, but uniform %lld is not",
                         (long long)train_args->parameters[i]);
            return -1;
        }
    return 0;
}

/* Where the outputs but the first go: all of them row by row, the last ones to uniforms, too. */
static int read_others(TrainArgs *train_args, PyObject *others, PyObject *written, Buffers *buffers)
{
    Py_ssize_t many = others_of(train_args);
    if (written != Py_None &&
        expect_integers(buffers, "written", written, &train_args->writes, &train_args->written) < 0)
        return -1;
    if (train_args->writes > many) {
        PyErr_Format(PyExc_ValueError,
                     "expected written for at most %zd outputs besides the loss, got %zd", many,
                     train_args->writes);
        return -1;
    }
    if (many > 0 && train_args->steps > PY_SSIZE_T_MAX / 16 / many)
        return PyErr_NoMemory(), -1;
    return many == 0 ? 0
                     : expect_results(buffers, "others", others, train_args->steps * many,
                                      &train_args->others);
}

/* Several times through the order are whole batches each. */
static int expect_times(const TrainArgs *train_args)
{
    if (train_args->times < 1 || (train_args->times > 1 && train_args->entries % train_args->batch)) {
        PyErr_Format(PyExc_ValueError,
                     "expected times to be 1, or more for an order of whole batches, got %zd for %zd "
                     "rows in batches of %zd",
                     train_args->times, train_args->entries, train_args->batch);
        return -1;
    }
    if (train_args->entries > 0 && train_args->times > PY_SSIZE_T_MAX / 16 / train_args->entries)
        return PyErr_NoMemory(), -1;
    return 0;
}

static const int64_t *copied(int64_t **rest, const int64_t *from, Py_ssize_t count)
{
    int64_t *to = *rest;
    if (count > 0)
        memcpy(to, from, (size_t)count * sizeof *to);
    *rest += count;
    return to;
}

/* What is read as indices, in memory of our own and checked there.  All buffers are there by now:
   to ask a class for one may run code that changes another, and so may other threads later. */
static int copy_indices(TrainArgs *train_args)
{
    size_t size = (size_t)train_args->entries + (size_t)train_args->count + (size_t)train_args->writes + 1;
    int64_t *rest = train_args->indices = allocate(size * sizeof *rest);
    if (rest == NULL)
        return -1;
    train_args->order = copied(&rest, train_args->order, train_args->entries);
    train_args->parameters = copied(&rest, train_args->parameters, train_args->count);
    train_args->written = copied(&rest, train_args->written, train_args->writes);
    return expect_below("order", train_args->order, train_args->entries, train_args->rows) < 0 ||
                   expect_below("parameters", train_args->parameters, train_args->count,
                                train_args->loss->uniforms) < 0 ||
                   expect_below("written", train_args->written, train_args->writes,
                                train_args->loss->uniforms) < 0
               ? -1
               : expect_wanted(train_args);
}

/* Fill in the train_args from objects[]: columns, order, uniforms, parameters, state, settings, losses,
   others, written. */
static int read_train_args(TrainArgs *train_args, PyObject *const *objects, Buffers *buffers)
{
    const Tape *loss = train_args->loss;
    Py_ssize_t cells;
    if (expect_some(buffers, "columns", objects[0], &cells, &train_args->columns) < 0 ||
        expect_integers(buffers, "order", objects[1], &train_args->entries, &train_args->order) < 0 ||
        expect_results(buffers, "uniforms", objects[2], loss->uniforms, &train_args->uniforms) < 0 ||
        expect_integers(buffers, "parameters", objects[3], &train_args->count,
                        &train_args->parameters) < 0 ||
        expect_results(buffers, "state", objects[4], train_args->count * states_of(train_args),
                       &train_args->state) < 0 ||
        expect_results(buffers, "settings", objects[5], train_args->update->uniforms,
                       &train_args->settings) < 0)
        return -1;
    if (train_args->batch > train_args->entries)
        train_args->batch = train_args->entries > 0 ? train_args->entries : 1;
    if (expect_times(train_args) < 0)
        return -1;
    train_args->steps = train_args->entries * train_args->times;
    train_args->batches = train_args->steps / train_args->batch + (train_args->steps % train_args->batch != 0);
    train_args->rows = loss->columns ? cells / loss->columns : PY_SSIZE_T_MAX;
    if (loss->columns && cells % loss->columns) {
        PyErr_Format(PyExc_ValueError, "expected columns to hold rows of %d numbers, got %zd in all",
                     (int)loss->columns, cells);
        return -1;
    }
    return expect_results(buffers, "losses", objects[6], train_args->batches, &train_args->losses) < 0 ||
                   read_others(train_args, objects[7], objects[8], buffers) < 0
               ? -1
               : copy_indices(train_args);
}

PyObject *tape_train(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"update",   "columns", "order",   "batch",   "uniforms",
                            "parameters", "state", "settings", "losses", "max_norm",
                            "threads",  "others", "written", "times", NULL};
    TrainArgs train_args = {.loss = (Tape *)self, .max_norm = (double)INFINITY, .threads = 1,
                     .times = 1};
    Buffers buffers = {.count = 0};
    PyObject *o[9] = {[7] = Py_None, [8] = Py_None}, *max_norm = Py_None;
    Py_ssize_t done = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!OOnOOOOO|OiOOn:train", names, tape_type,
                                     &train_args.update, &o[0], &o[1], &train_args.batch, &o[2], &o[3],
                                     &o[4], &o[5], &o[6], &max_norm, &train_args.threads, &o[7],
                                     &o[8], &train_args.times))
        return NULL;
    if (max_norm != Py_None)
        train_args.max_norm = PyFloat_AsDouble(max_norm);
    if (PyErr_Occurred() || expect_shapes(&train_args) < 0)
        return NULL;
    if (read_train_args(&train_args, o, &buffers) == 0)
        done = train(&train_args);
    PyMem_Free(train_args.indices);
    give_back_buffers(&buffers);
    return done < 0 ? NULL : PyLong_FromSsize_t(done);
}
