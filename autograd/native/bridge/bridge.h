/* What the module offers to the compiler: trees and leaves of arguments, and what is captured. */

#ifndef GLASSGRAD_BRIDGE_H
#define GLASSGRAD_BRIDGE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* leaf_buffers.c */
PyObject *native_read_leaves(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *native_add_gradients(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *native_sum_of(PyObject *module, PyObject *numbers);

/* captures.c */
PyObject *native_all_unchanged(PyObject *module, PyObject *seen);
PyObject *native_unchanged_since(PyObject *module, PyObject *const *args, Py_ssize_t count);

/* parse_tree.c, build_tree.c */
PyObject *native_read_like(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *native_grow_like(PyObject *module, PyObject *const *args, Py_ssize_t count);

#endif
