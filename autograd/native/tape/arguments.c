/* What evaluate and differentiate are called with: every buffer checked before anything runs. */

#include "bridge/nested.h"
#include "buffers.h"
#include "run.h"

static const char *const kinds[] = {"float64", "uint8", "int64"};

/* Whether a format of the struct module means the kind on this machine. */
static int is_format(const char *format, char kind, Py_ssize_t size)
{
    if (format == NULL)
        return kind == 'B';
    if (*format == '@' || *format == '=' || *format == (PY_LITTLE_ENDIAN ? '<' : '>'))
        format++;
    if (format[0] == 0 || format[1] != 0)
        return 0;
    if (kind == 'q')
        return (format[0] == 'q' || format[0] == 'l') && size == 8;
    if (kind == 'B')
        return format[0] == 'B' || format[0] == '?';
    return format[0] == kind;
}

/* Get hold of a buffer of any number of items: 'd' float64, 'B' uint8, 'q' int64. */
static Py_buffer *expect_kind(Buffers *buffers, const char *name, PyObject *object, char kind,
                              int writable)
{
    const char *type = kinds[kind == 'd' ? 0 : kind == 'B' ? 1 : 2];
    const char *access = writable ? "writable " : "";
    Py_buffer *view = &buffers->views[buffers->count];
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(object, view, flags) < 0) {
        if (PyErr_ExceptionMatches(PyExc_MemoryError))
            return NULL;
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError,
                     "expected %s to be a %scontiguous buffer of %s, got %.100s", name, access,
                     type, Py_TYPE(object)->tp_name);
        return NULL;
    }
    buffers->count++;
    if (!is_format(view->format, kind, view->itemsize)) {
        PyErr_Format(PyExc_TypeError,
                     "expected %s to be a contiguous buffer of %s, got format '%.100s'", name, type,
                     view->format == NULL ? "B" : view->format);
        return NULL;
    }
    return view;
}

/* The same, of `count` items. */
static int expect_buffer(Buffers *buffers, const char *name, PyObject *object, char kind,
                         Py_ssize_t count, int writable, void *place)
{
    Py_buffer *view = expect_kind(buffers, name, object, kind, writable);
    if (view == NULL)
        return -1;
    if (view->len / view->itemsize != count) {
        PyErr_Format(PyExc_ValueError, "expected %s to hold %zd numbers, got %zd", name, count,
                     view->len / view->itemsize);
        return -1;
    }
    *(void **)place = view->buf;
    return 0;
}

int expect_doubles(Buffers *buffers, const char *name, PyObject *object, Py_ssize_t count,
                   const double **place)
{
    return expect_buffer(buffers, name, object, 'd', count, 0, place);
}

int expect_results(Buffers *buffers, const char *name, PyObject *object, Py_ssize_t count,
                   double **place)
{
    return expect_buffer(buffers, name, object, 'd', count, 1, place);
}

int expect_flags(Buffers *buffers, const char *name, PyObject *object, Py_ssize_t count,
                 unsigned char **place)
{
    return expect_buffer(buffers, name, object, 'B', count, 1, place);
}

/* The same, of any number of items, which is told. */
static int expect_any(Buffers *buffers, const char *name, PyObject *object, char kind,
                      Py_ssize_t *count, void *place)
{
    Py_buffer *view = expect_kind(buffers, name, object, kind, 0);
    if (view == NULL)
        return -1;
    *count = view->len / view->itemsize;
    *(void **)place = view->buf;
    return 0;
}

int expect_some(Buffers *buffers, const char *name, PyObject *object, Py_ssize_t *count,
                const double **place)
{
    return expect_any(buffers, name, object, 'd', count, place);
}

int expect_integers(Buffers *buffers, const char *name, PyObject *object, Py_ssize_t *count,
                    const int64_t **place)
{
    return expect_any(buffers, name, object, 'q', count, place);
}

void give_back_buffers(Buffers *buffers)
{
    while (buffers->count > 0)
        give_back_buffer(&buffers->views[--buffers->count]);
}

/* rows times `width`, or -1 with an error set. */
static Py_ssize_t times(Py_ssize_t rows, int32_t width)
{
    if (width == 0 || rows <= PY_SSIZE_T_MAX / 16 / width)
        return rows * width;
    PyErr_NoMemory();
    return -1;
}

static int expect_sizes(const Call *call)
{
    if (call->rows < 0) {
        PyErr_Format(PyExc_ValueError, "expected rows to be 0 or more, got %zd", call->rows);
        return -1;
    }
    if (call->threads < 1 || call->threads > MOST_THREADS) {
        PyErr_Format(PyExc_ValueError, "expected threads to be 1 to %d, got %d", MOST_THREADS,
                     call->threads);
        return -1;
    }
    return 0;
}

static PyObject *call_with(Tape *tape, Call *call, Buffers *buffers, int ready)
{
    Py_ssize_t failures = ready ? run_call(tape, call) : -1;
    give_back_buffers(buffers);
    return failures < 0 ? NULL : PyLong_FromSsize_t(failures);
}

PyObject *tape_evaluate(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"uniforms", "columns", "rows", "outputs", "failed", "threads", NULL};
    Tape *tape = (Tape *)self;
    Buffers buffers = {.count = 0};
    Call call = {.threads = 1};
    PyObject *uniforms, *columns, *outputs, *failed;
    Py_ssize_t cells, results;
    int ready;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOnOO|i:evaluate", names, &uniforms, &columns,
                                     &call.rows, &outputs, &failed, &call.threads) ||
        expect_sizes(&call) < 0 || (cells = times(call.rows, tape->columns)) < 0 ||
        (results = times(call.rows, tape->outputs)) < 0)
        return NULL;
    ready =
        expect_doubles(&buffers, "uniforms", uniforms, tape->uniforms, &call.uniforms) == 0 &&
        expect_doubles(&buffers, "columns", columns, cells, &call.columns) == 0 &&
        expect_results(&buffers, "outputs", outputs, results, &call.outputs) == 0 &&
        expect_flags(&buffers, "failed", failed, call.rows, &call.failed) == 0;
    return call_with(tape, &call, &buffers, ready);
}

PyObject *tape_differentiate(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"uniforms", "columns",       "rows",         "seeds",   "outputs",
                            "failed",   "uniform_grads", "column_grads", "threads", NULL};
    Tape *tape = (Tape *)self;
    Buffers buffers = {.count = 0};
    Call call = {.threads = 1};
    PyObject *uniforms, *columns, *seeds, *outputs, *failed, *uniform_grads, *column_grads;
    Py_ssize_t cells, results;
    int ready;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOnOOOOO|i:differentiate", names, &uniforms,
                                     &columns, &call.rows, &seeds, &outputs, &failed,
                                     &uniform_grads, &column_grads, &call.threads) ||
        expect_sizes(&call) < 0 || (cells = times(call.rows, tape->columns)) < 0 ||
        (results = times(call.rows, tape->outputs)) < 0)
        return NULL;
    ready =
        expect_doubles(&buffers, "uniforms", uniforms, tape->uniforms, &call.uniforms) == 0 &&
        expect_doubles(&buffers, "columns", columns, cells, &call.columns) == 0 &&
        expect_doubles(&buffers, "seeds", seeds, results, &call.seeds) == 0 &&
        expect_results(&buffers, "outputs", outputs, results, &call.outputs) == 0 &&
        expect_flags(&buffers, "failed", failed, call.rows, &call.failed) == 0 &&
        expect_results(&buffers, "uniform_grads", uniform_grads, tape->uniforms,
                       &call.uniform_grads) == 0 &&
        (column_grads == Py_None || expect_results(&buffers, "column_grads", column_grads, cells,
                                                   &call.column_grads) == 0);
    return call_with(tape, &call, &buffers, ready);
}
