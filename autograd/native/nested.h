/* What nests, for reading.c and growing.c: how a shape of compiler/arguments.py is made.

   float; (list, 3); (list, (shape, ...)); (dict, names, shapes); (class, (n, m)) for a buffer. */

#ifndef GLASSGRAD_NESTED_H
#define GLASSGRAD_NESTED_H

#include "node.h"

/* What a shape has beside its class; NULL for that of one number. */
static inline PyObject *below_of(PyObject *shape)
{
    return PyTuple_CheckExact(shape) ? PyTuple_GET_ITEM(shape, 1) : NULL;
}

/* How many items: a number, or a shape for each. */
static inline Py_ssize_t count_of(PyObject *below)
{
    return PyTuple_CheckExact(below) ? PyTuple_GET_SIZE(below) : PyLong_AsSsize_t(below);
}

/* A buffer of float64; 0, or -1 with an error set. */
static inline int open_numbers(PyObject *object, int flags, Py_buffer *view)
{
    if (PyObject_GetBuffer(object, view, flags | PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0)
        return -1;
    if (view->format != NULL && view->format[0] == 'd' && view->itemsize == sizeof(double))
        return 0;
    PyBuffer_Release(view);
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
