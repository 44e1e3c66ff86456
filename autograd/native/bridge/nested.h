/* What nests, for parse_tree.c and build_tree.c: how a shape of compiler/runtime/signature.py is made.

   float; (list, 3); (list, (shape, ...)); (dict, names, shapes); (class, (n, m)) for a buffer. */

#ifndef GLASSGRAD_NESTED_H
#define GLASSGRAD_NESTED_H

#include "bridge/bridge.h"
#include "node/compat.h"
#include "node/memory.h"

/* A shape is the caller's, and anything at all until it has been looked at. */
static inline int is_number_shape(PyObject *shape) { return shape == (PyObject *)&PyFloat_Type; }

/* What a shape has beside its class: a number, or a tuple; NULL where it is no shape. */
static inline PyObject *below_of(PyObject *shape)
{
    Py_ssize_t parts = PyTuple_CheckExact(shape) ? PyTuple_GET_SIZE(shape) : 0;
    PyObject *below = parts == 2 || parts == 3 ? PyTuple_GET_ITEM(shape, 1) : NULL;
    return below != NULL && (PyLong_CheckExact(below) || PyTuple_Check(below)) ? below : NULL;
}

/* Of a dict, whose names are `below`, the shape of each item; NULL where it is no such shape. */
static inline PyObject *shapes_of(PyObject *shape, PyObject *below)
{
    PyObject *shapes = PyTuple_GET_SIZE(shape) == 3 ? PyTuple_GET_ITEM(shape, 2) : NULL;
    return shapes != NULL && PyTuple_CheckExact(shapes) && PyTuple_Check(below) &&
                   PyTuple_GET_SIZE(shapes) == PyTuple_GET_SIZE(below)
               ? shapes
               : NULL;
}

/* A length or a count; -1, without an error, for what is none. */
static inline Py_ssize_t length_of(PyObject *number)
{
    Py_ssize_t length = PyLong_CheckExact(number) ? PyLong_AsSsize_t(number) : -1;
    if (length == -1)
        PyErr_Clear();
    return length < 0 ? -1 : length;
}

/* How many items: a number, or a shape for each. */
static inline Py_ssize_t count_of(PyObject *below)
{
    return PyTuple_Check(below) ? PyTuple_GET_SIZE(below) : length_of(below);
}

/* Give a buffer back.  From Python 3.12 on that may run Python code, which must not find the
   exception that is on its way. */
static inline void give_back_buffer(Py_buffer *view)
{
    PyObject *raised = PyErr_GetRaisedException();
    PyBuffer_Release(view);
    PyErr_SetRaisedException(raised);
}

/* A buffer of float64; 0, or -1 with an error set. */
static inline int open_numbers(PyObject *object, int flags, Py_buffer *view)
{
    if (PyObject_GetBuffer(object, view, flags | PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0)
        return -1;
    if (view->format != NULL && view->format[0] == 'd' && view->itemsize == sizeof(double))
        return 0;
    give_back_buffer(view);
    PyErr_SetString(PyExc_ValueError, "expected a buffer of float64");
    return -1;
}

static inline int expect_count(Py_ssize_t count, Py_ssize_t expected)
{
    if (count != expected)
        PyErr_Format(PyExc_TypeError, "expected %zd arguments, got %zd", expected, count);
    return count == expected ? 0 : -1;
}

#endif
