/* What newer versions of Python have, for the older ones. */

#ifndef GLASSGRAD_COMPAT_H
#define GLASSGRAD_COMPAT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#if PY_VERSION_HEX < 0x030C0000
/* Return the exception that is on its way, owned, or NULL. */
static inline PyObject *PyErr_GetRaisedException(void)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (type == NULL)
        return NULL;
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(value, traceback);
    Py_DECREF(type);
    Py_XDECREF(traceback);
    return value;
}

/* Let an exception go on its way; takes over the reference. */
static inline void PyErr_SetRaisedException(PyObject *exception)
{
    PyErr_Restore(exception == NULL ? NULL : Py_NewRef((PyObject *)Py_TYPE(exception)), exception,
                  exception == NULL ? NULL : PyException_GetTraceback(exception));
}
#endif

#endif
