/* Many numbers at once, for compiled functions: of leaves read, to gradients added, summed up. */

#include "nested.h"

/* A list of Values and a buffer of as many float64; 0, or -1 with an error set. */
static int open_pair(PyObject *const *args, Py_ssize_t count, int flags, Py_buffer *view)
{
    if (count != 2 || !PyList_CheckExact(args[0])) {
        PyErr_SetString(PyExc_TypeError, "expected a list of Values and a buffer of float64");
        return -1;
    }
    if (PyObject_GetBuffer(args[1], view, flags | PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0)
        return -1;
    if (view->itemsize == sizeof(double) && view->format != NULL && view->format[0] == 'd' &&
        view->len == PyList_GET_SIZE(args[0]) * (Py_ssize_t)sizeof(double))
        return 0;
    give_back_buffer(view);
    PyErr_SetString(PyExc_ValueError, "expected one float64 for each leaf");
    return -1;
}

/* The i-th Value of a list, or NULL with an error set. */
static Node *value_in(PyObject *list, Py_ssize_t i)
{
    PyObject *x = i < PyList_GET_SIZE(list) ? PyList_GET_ITEM(list, i) : NULL;
    if (x != NULL && is_node(x))
        return (Node *)x;
    PyErr_SetString(PyExc_TypeError, "expected a list of Values");
    return NULL;
}

/* read_leaves(leaves, into) */
PyObject *native_read_leaves(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer view;
    Node *node = NULL;
    Py_ssize_t many;
    (void)module;
    if (open_pair(args, count, PyBUF_WRITABLE, &view) < 0)
        return NULL;
    many = PyList_GET_SIZE(args[0]);
    for (Py_ssize_t i = 0; i < many && (node = value_in(args[0], i)) != NULL; i++)
        ((double *)view.buf)[i] = node->data;
    give_back_buffer(&view);
    if (many > 0 && node == NULL)
        return NULL;
    Py_RETURN_NONE;
}

/* add_gradients(leaves, terms), as backward adds a pass to what a leaf had. */
PyObject *native_add_gradients(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer view;
    Node *node = NULL;
    Py_ssize_t many;
    (void)module;
    if (open_pair(args, count, 0, &view) < 0)
        return NULL;
    many = PyList_GET_SIZE(args[0]);
    for (Py_ssize_t i = 0; i < many && (node = value_in(args[0], i)) != NULL; i++) {
        double term = ((double *)view.buf)[i];
        node->grad = node->flags & REACHED ? node->grad + term : term;
        node->flags |= REACHED;
    }
    give_back_buffer(&view);
    if (many > 0 && node == NULL)
        return NULL;
    Py_RETURN_NONE;
}

/* sum_of(numbers), from left to right. */
PyObject *native_sum_of(PyObject *module, PyObject *numbers)
{
    Py_buffer view;
    double sum = 0.0;
    (void)module;
    if (open_numbers(numbers, 0, &view) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < view.len / (Py_ssize_t)sizeof(double); i++)
        sum += ((const double *)view.buf)[i];
    give_back_buffer(&view);
    return PyFloat_FromDouble(sum);
}
