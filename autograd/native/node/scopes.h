/* What the two files about scopes share. */

#ifndef GLASSGRAD_SCOPES_H
#define GLASSGRAD_SCOPES_H

#include "node.h"

extern PyType_Spec scope_spec, scope_each_spec;

/* scopes.c */
int find_scope(uint32_t outer, PyObject *name, uint32_t *inner);
int push_scope(uint32_t scope);
PyObject *scope_call(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *names);
PyObject *leave_scope(PyObject *self, PyObject *const *args, Py_ssize_t count);

#endif
