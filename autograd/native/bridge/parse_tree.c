/* Nested arguments of a known shape read into an array of float64.

   That is for plain numbers: at anything else it gives up without an error, and signature.py finds
   out what there is. */

#include "nested.h"

typedef struct {
    double *next, *end;
} Room;

static int put(Room *room, double x)
{
    if (room->next == room->end)
        return 0;
    *room->next++ = x;
    return 1;
}

static int read_number(PyObject *x, Room *room)
{
    double number;
    if (PyFloat_CheckExact(x))
        return put(room, PyFloat_AS_DOUBLE(x));
    if (!PyLong_CheckExact(x))
        return 0;
    number = PyLong_AsDouble(x);
    if (number == -1.0 && PyErr_Occurred())
        PyErr_Clear();
    else
        return put(room, number);
    return 0;
}

/* Whether a buffer is of contiguous float64 with these lengths. */
static int is_like(const Py_buffer *view, PyObject *lengths)
{
    if (view->format == NULL || view->format[0] != 'd' || view->format[1] != 0 ||
        !PyTuple_CheckExact(lengths) || view->ndim != PyTuple_GET_SIZE(lengths))
        return 0;
    for (int i = 0; i < view->ndim; i++)
        if (view->shape[i] != length_of(PyTuple_GET_ITEM(lengths, i)))
            return 0;
    return 1;
}

static int read_buffer(PyObject *x, PyObject *lengths, Room *room)
{
    Py_buffer view;
    int read;
    if (PyObject_GetBuffer(x, &view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0) {
        PyErr_Clear();
        return 0;
    }
    read = is_like(&view, lengths) &&
           view.len <= (room->end - room->next) * (Py_ssize_t)sizeof(double);
    if (read && view.len) {
        memcpy(room->next, view.buf, (size_t)view.len);
        room->next += view.len / (Py_ssize_t)sizeof(double);
    }
    PyBuffer_Release(&view);
    return read;
}

static int read_tree(PyObject *shape, PyObject *x, Room *room);

/* `below` is how many numbers there are, or a tuple of shapes. */
static int read_items(PyObject *x, PyObject *below, Room *room)
{
    Py_ssize_t i = 0, count = count_of(below);
    int whole = PyTuple_Check(below), read = 1;
    if (PySequence_Fast_GET_SIZE(x) != count)
        return 0;
    for (; read && i < PySequence_Fast_GET_SIZE(x) && i < count; i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(x, i);
        read = whole ? read_tree(PyTuple_GET_ITEM(below, i), item, room) : read_number(item, room);
    }
    return read && i == count;
}

static int read_dict(PyObject *x, PyObject *names, PyObject *shapes, Room *room)
{
    PyObject *name, *item;
    Py_ssize_t place = 0, i = 0, count = shapes == NULL ? -1 : PyTuple_GET_SIZE(names);
    for (; i < count && PyDict_Next(x, &place, &name, &item); i++)
        if (name != PyTuple_GET_ITEM(names, i) ||
            !read_tree(PyTuple_GET_ITEM(shapes, i), item, room))
            return 0;
    return i == count && PyDict_GET_SIZE(x) == count;
}

static int read_held(PyObject *shape, PyObject *below, PyObject *x, Room *room)
{
    if (PyList_CheckExact(x) || PyTuple_CheckExact(x))
        return read_items(x, below, room);
    if (PyDict_CheckExact(x))
        return read_dict(x, below, shapes_of(shape, below), room);
    return !PyList_Check(x) && !PyTuple_Check(x) && read_buffer(x, below, room);
}

/* To ask a class for its buffer may run any code from Python 3.12 on: what is being read is held,
   since what it is in may be emptied meanwhile. */
static int read_tree(PyObject *shape, PyObject *x, Room *room)
{
    PyObject *below;
    int read;
    if (is_number_shape(shape))
        return read_number(x, room);
    below = below_of(shape);
    if (below == NULL || PyTuple_GET_ITEM(shape, 0) != (PyObject *)Py_TYPE(x))
        return 0;
    if (Py_EnterRecursiveCall(" while reading arguments")) {
        PyErr_Clear();
        return 0;
    }
    Py_INCREF(x);
    read = read_held(shape, below, x, room);
    Py_DECREF(x);
    Py_LeaveRecursiveCall();
    return read;
}

/* read_like(shape, x, into): whether x is of that shape; then `into` begins with its numbers. */
PyObject *native_read_like(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer view;
    Room room;
    int read;
    (void)module;
    if (expect_count(count, 3) < 0 || open_numbers(args[2], PyBUF_WRITABLE, &view) < 0)
        return NULL;
    room = (Room){view.buf, (double *)view.buf + view.len / (Py_ssize_t)sizeof(double)};
    read = read_tree(args[0], args[1], &room);
    give_back_buffer(&view);
    return PyBool_FromLong(read);
}
