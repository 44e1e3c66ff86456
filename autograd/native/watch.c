/* Whether containers still hold what they held: `compiler/watch.py` where there are many. */

#include "node.h"

static int same_items(PyObject *const *now, PyObject *before)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(before); i++)
        if (now[i] != PyTuple_GET_ITEM(before, i))
            return 0;
    return 1;
}

static int same_values(PyObject *now, PyObject *before)
{
    PyObject *name, *value;
    Py_ssize_t place = 0;
    for (Py_ssize_t i = 0; PyDict_Next(now, &place, &name, &value); i++)
        if (value != PyTuple_GET_ITEM(before, i))
            return 0;
    return 1;
}

/* Of names, some: a dict of those. */
static int same_names(PyObject *now, PyObject *before)
{
    PyObject *name, *value;
    int same = 1;
    for (Py_ssize_t place = 0; same && PyDict_Next(before, &place, &name, &value);) {
        Py_INCREF(name); /* the key that it is compared with may run anything */
        same = PyDict_GetItemWithError(now, name) == value;
        Py_DECREF(name);
    }
    return PyErr_Occurred() ? -1 : same;
}

/* A pair of a dict, list, tuple or cell and the tuple of its items, or of a dict and a dict of some
   of its items; -1 with an error set for others. */
static int is_unchanged(PyObject *pair)
{
    int is_pair = PyTuple_Check(pair) && PyTuple_GET_SIZE(pair) == 2;
    PyObject *now = is_pair ? PyTuple_GET_ITEM(pair, 0) : Py_None;
    PyObject *before = is_pair ? PyTuple_GET_ITEM(pair, 1) : Py_None;
    if (PyDict_Check(before) && PyDict_Check(now))
        return same_names(now, before);
    if (PyTuple_Check(before) && PyCell_Check(now))
        return PyTuple_GET_SIZE(before) == 1 && PyCell_GET(now) == PyTuple_GET_ITEM(before, 0);
    if (PyTuple_Check(before) && PyDict_Check(now))
        return PyDict_GET_SIZE(now) == PyTuple_GET_SIZE(before) && same_values(now, before);
    if (PyTuple_Check(before) && (PyList_Check(now) || PyTuple_Check(now)))
        return PySequence_Fast_GET_SIZE(now) == PyTuple_GET_SIZE(before) &&
               same_items(PySequence_Fast_ITEMS(now), before);
    PyErr_SetString(PyExc_TypeError, "expected a container and what it held");
    return -1;
}

/* all_unchanged(seen), of a list of such pairs. */
PyObject *native_all_unchanged(PyObject *module, PyObject *seen)
{
    int unchanged = 1;
    (void)module;
    if (!PyList_CheckExact(seen)) {
        PyErr_SetString(PyExc_TypeError, "expected a list of containers and what they held");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(seen) && unchanged > 0; i++) {
        PyObject *pair = Py_NewRef(PyList_GET_ITEM(seen, i));
        unchanged = is_unchanged(pair);
        Py_DECREF(pair);
    }
    return unchanged < 0 ? NULL : PyBool_FromLong(unchanged);
}
