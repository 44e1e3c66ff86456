/* The arguments of `train`: every buffer and number in it checked before anything runs. */

#include <math.h>
#include "buffers.h"
#include "lesson.h"

static int expect_shapes(const Lesson *lesson)
{
    const Tape *loss = lesson->loss, *update = lesson->update;
    if (loss->outputs < 1)
        PyErr_SetString(PyExc_ValueError, "expected the tape of a loss, got one without outputs");
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

/* Where the outputs but the first go: all of them row by row, the last ones to uniforms, too. */
static int read_others(Lesson *lesson, PyObject *others, PyObject *written, Buffers *buffers)
{
    Py_ssize_t many = others_of(lesson);
    if (written != Py_None &&
        expect_integers(buffers, "written", written, &lesson->writes, &lesson->written) < 0)
        return -1;
    if (lesson->writes > many) {
        PyErr_Format(PyExc_ValueError,
                     "expected written for at most %zd outputs besides the loss, got %zd", many,
                     lesson->writes);
        return -1;
    }
    if (many > 0 && lesson->steps > PY_SSIZE_T_MAX / 16 / many)
        return PyErr_NoMemory(), -1;
    return many == 0 ? 0
                     : expect_results(buffers, "others", others, lesson->steps * many,
                                      &lesson->others);
}

/* Several times through the order are whole batches each. */
static int expect_times(const Lesson *lesson)
{
    if (lesson->times < 1 || (lesson->times > 1 && lesson->entries % lesson->batch)) {
        PyErr_Format(PyExc_ValueError,
                     "expected times to be 1, or more for an order of whole batches, got %zd for %zd "
                     "rows in batches of %zd",
                     lesson->times, lesson->entries, lesson->batch);
        return -1;
    }
    if (lesson->entries > 0 && lesson->times > PY_SSIZE_T_MAX / 16 / lesson->entries)
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
static int copy_indices(Lesson *lesson)
{
    size_t size = (size_t)lesson->entries + (size_t)lesson->count + (size_t)lesson->writes + 1;
    int64_t *rest = lesson->indices = allocate(size * sizeof *rest);
    if (rest == NULL)
        return -1;
    lesson->order = copied(&rest, lesson->order, lesson->entries);
    lesson->parameters = copied(&rest, lesson->parameters, lesson->count);
    lesson->written = copied(&rest, lesson->written, lesson->writes);
    return expect_below("order", lesson->order, lesson->entries, lesson->rows) < 0 ||
                   expect_below("parameters", lesson->parameters, lesson->count,
                                lesson->loss->uniforms) < 0 ||
                   expect_below("written", lesson->written, lesson->writes,
                                lesson->loss->uniforms) < 0
               ? -1
               : expect_wanted(lesson);
}

/* Fill in the lesson from objects[]: columns, order, uniforms, parameters, state, settings, losses,
   others, written. */
static int read_lesson(Lesson *lesson, PyObject *const *objects, Buffers *buffers)
{
    const Tape *loss = lesson->loss;
    Py_ssize_t cells;
    if (expect_some(buffers, "columns", objects[0], &cells, &lesson->columns) < 0 ||
        expect_integers(buffers, "order", objects[1], &lesson->entries, &lesson->order) < 0 ||
        expect_results(buffers, "uniforms", objects[2], loss->uniforms, &lesson->uniforms) < 0 ||
        expect_integers(buffers, "parameters", objects[3], &lesson->count,
                        &lesson->parameters) < 0 ||
        expect_results(buffers, "state", objects[4], lesson->count * states_of(lesson),
                       &lesson->state) < 0 ||
        expect_results(buffers, "settings", objects[5], lesson->update->uniforms,
                       &lesson->settings) < 0)
        return -1;
    if (lesson->batch > lesson->entries)
        lesson->batch = lesson->entries > 0 ? lesson->entries : 1;
    if (expect_times(lesson) < 0)
        return -1;
    lesson->steps = lesson->entries * lesson->times;
    lesson->batches = lesson->steps / lesson->batch + (lesson->steps % lesson->batch != 0);
    lesson->rows = loss->columns ? cells / loss->columns : PY_SSIZE_T_MAX;
    if (loss->columns && cells % loss->columns) {
        PyErr_Format(PyExc_ValueError, "expected columns to hold rows of %d numbers, got %zd in all",
                     (int)loss->columns, cells);
        return -1;
    }
    return expect_results(buffers, "losses", objects[6], lesson->batches, &lesson->losses) < 0 ||
                   read_others(lesson, objects[7], objects[8], buffers) < 0
               ? -1
               : copy_indices(lesson);
}

PyObject *tape_train(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"update",   "columns", "order",   "batch",   "uniforms",
                            "parameters", "state", "settings", "losses", "max_norm",
                            "threads",  "others", "written", "times", NULL};
    Lesson lesson = {.loss = (Tape *)self, .max_norm = (double)INFINITY, .threads = 1,
                     .times = 1};
    Buffers buffers = {.count = 0};
    PyObject *o[9] = {[7] = Py_None, [8] = Py_None}, *max_norm = Py_None;
    Py_ssize_t done = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!OOnOOOOO|OiOOn:train", names, &Tape_Type,
                                     &lesson.update, &o[0], &o[1], &lesson.batch, &o[2], &o[3],
                                     &o[4], &o[5], &o[6], &max_norm, &lesson.threads, &o[7],
                                     &o[8], &lesson.times))
        return NULL;
    if (max_norm != Py_None)
        lesson.max_norm = PyFloat_AsDouble(max_norm);
    if (PyErr_Occurred() || expect_shapes(&lesson) < 0)
        return NULL;
    if (read_lesson(&lesson, o, &buffers) == 0)
        done = train(&lesson);
    PyMem_Free(lesson.indices);
    give_back_buffers(&buffers);
    return done < 0 ? NULL : PyLong_FromSsize_t(done);
}
