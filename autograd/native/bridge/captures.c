/* Whether objects still hold what they held: `compiler/tracing/reachable.py` where there are many.

   Looking a name up may run the code of another key, nothing else runs any: what is looked at is
   held meanwhile. */

#include "bridge.h"
#include "node/memory.h"

/* One object, or floats of the same bits; any nan is as good as another. */
static inline int is_same(PyObject *now, PyObject *before)
{
    double x, y;
    if (now == before)
        return 1;
    if (now == NULL || !PyFloat_CheckExact(now) || !PyFloat_CheckExact(before))
        return 0;
    x = PyFloat_AS_DOUBLE(now), y = PyFloat_AS_DOUBLE(before);
    return memcmp(&x, &y, sizeof x) == 0 || (x != x && y != y);
}

static int same_items(PyObject *const *now, PyObject *before)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(before); i++)
        if (!is_same(now[i], PyTuple_GET_ITEM(before, i)))
            return 0;
    return 1;
}

static int same_values(PyObject *now, PyObject *before)
{
    PyObject *name, *value;
    Py_ssize_t place = 0;
    for (Py_ssize_t i = 0; PyDict_Next(now, &place, &name, &value); i++)
        if (!is_same(value, PyTuple_GET_ITEM(before, i)))
            return 0;
    return 1;
}

/* Keys and values by turns, from some item of a list on. */
static int same_pairs(PyObject *now, PyObject *before, Py_ssize_t i)
{
    PyObject *name, *value;
    if (2 * PyDict_GET_SIZE(now) + i != PyList_GET_SIZE(before))
        return 0;
    for (Py_ssize_t place = 0; PyDict_Next(now, &place, &name, &value); i += 2)
        if (!is_same(name, PyList_GET_ITEM(before, i)) ||
            !is_same(value, PyList_GET_ITEM(before, i + 1)))
            return 0;
    return 1;
}

/* Of names, some: a dict of those; NotImplemented for one that stands for nothing. */
static int same_names(PyObject *now, PyObject *before)
{
    PyObject *name, *value;
    for (Py_ssize_t place = 0; PyDict_Next(before, &place, &name, &value);) {
        PyObject *found;
        int same;
        Py_INCREF(name), Py_INCREF(value); /* a key in its place in the dict may run anything */
        found = PyUnicode_CheckExact(name) ? PyDict_GetItemWithError(now, name) : NULL;
        same = found == NULL && PyErr_Occurred()
                   ? -1 : is_same(found == NULL ? Py_NotImplemented : found, value);
        Py_DECREF(name), Py_DECREF(value);
        if (same != 1)
            return same;
    }
    return 1;
}

/* Of the slots of a class, some: a dict of their descriptors. */
static int same_slots(PyObject *now, PyObject *before)
{
    PyObject *slot, *value;
    for (Py_ssize_t place = 0; PyDict_Next(before, &place, &slot, &value);) {
        PyObject *found = NULL;
        int same;
        if (Py_IS_TYPE(slot, &PyMemberDescr_Type))
            found = PyMemberDescr_Type.tp_descr_get(slot, now, (PyObject *)Py_TYPE(now));
        if (found == NULL)
            PyErr_Clear();
        same = is_same(found == NULL ? Py_NotImplemented : found, value);
        Py_XDECREF(found); /* the object has it, too */
        if (!same)
            return 0;
    }
    return 1;
}

static inline PyObject *or_none(PyObject *x) { return x == NULL ? Py_None : x; }

/* What of a function can be assigned. */
static int same_function(PyObject *now, PyObject *before)
{
    PyFunctionObject *function = (PyFunctionObject *)now;
    PyObject *parts[] = {function->func_code, or_none(function->func_defaults),
                         or_none(function->func_kwdefaults), or_none(function->func_closure),
                         function->func_dict};
    return PyTuple_GET_SIZE(before) == 5 && same_items(parts, before);
}

typedef struct {
    PyObject *before;
    Py_ssize_t next;
} Expected;

/* Called for each object that another refers to; not 0 ends it. */
static int differs(PyObject *now, void *expected)
{
    Expected *than = expected;
    return than->next >= PyTuple_GET_SIZE(than->before) ||
           !is_same(now, PyTuple_GET_ITEM(than->before, than->next++));
}

/* What an object tells the cycle collector that it refers to. */
static int same_referents(PyObject *now, PyObject *before)
{
    Expected expected = {before, 0};
    return !Py_TYPE(now)->tp_traverse(now, differs, &expected) &&
           expected.next == PyTuple_GET_SIZE(before);
}

static int same_tuple(PyObject *now, PyObject *before)
{
    Py_ssize_t count = PyTuple_GET_SIZE(before);
    if (PyList_CheckExact(now))
        return PyList_GET_SIZE(now) == count &&
               same_items(((PyListObject *)now)->ob_item, before);
    if (PyTuple_CheckExact(now))
        return PyTuple_GET_SIZE(now) == count &&
               same_items(((PyTupleObject *)now)->ob_item, before);
    if (PyDict_Check(now))
        return PyDict_GET_SIZE(now) == count && same_values(now, before);
    if (PyCell_Check(now))
        return PyCell_GET(now) == NULL ? count == 0
                                       : count == 1 && is_same(PyCell_GET(now),
                                                               PyTuple_GET_ITEM(before, 0));
    if (PyFunction_Check(now))
        return same_function(now, before);
    return same_referents(now, before);
}

/* An object and what it held, as Place in reachable.py; -1 with an error set for others. */
static int is_unchanged(PyObject *pair)
{
    int is_pair = PyTuple_Check(pair) && PyTuple_GET_SIZE(pair) == 2;
    PyObject *now = is_pair ? PyTuple_GET_ITEM(pair, 0) : Py_None;
    PyObject *before = is_pair ? PyTuple_GET_ITEM(pair, 1) : Py_None;
    if (PyTuple_CheckExact(before) && PyType_IS_GC(Py_TYPE(now)))
        return same_tuple(now, before);
    if (PyDict_CheckExact(before) && PyDict_CheckExact(now))
        return same_names(now, before);
    if (PyDict_CheckExact(before) && PyType_HasFeature(Py_TYPE(now), Py_TPFLAGS_HEAPTYPE))
        return same_slots(now, before);
    if (PyList_CheckExact(before) && PyDict_Check(now))
        return same_pairs(now, before, 0);
    if (PyList_CheckExact(before) && PyType_Check(now) && PyList_GET_SIZE(before) > 0)
        return ((PyTypeObject *)now)->tp_mro == PyList_GET_ITEM(before, 0) &&
               same_pairs(((PyTypeObject *)now)->tp_dict, before, 1);
    PyErr_SetString(PyExc_TypeError, "expected a container and what it held");
    return -1;
}

/* A number that differs after each change of a dict, or a class's; 0 where there is none. */
#if PY_VERSION_HEX < 0x030d0000
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static uint64_t version_of(PyObject *pair)
{
    PyObject *now = PyTuple_CheckExact(pair) && PyTuple_GET_SIZE(pair) ? PyTuple_GET_ITEM(pair, 0)
                                                                       : Py_None;
    return PyDict_Check(now) ? ((PyDictObject *)now)->ma_version_tag : 0;
}
#else
static uint64_t version_of(PyObject *pair)
{
    (void)pair;
    return 0;
}
#endif

static int expect_places(PyObject *seen)
{
    if (PyList_CheckExact(seen))
        return 0;
    PyErr_SetString(PyExc_TypeError, "expected a list of containers and what they held");
    return -1;
}

/* all_unchanged(seen), of a list of such pairs. */
PyObject *native_all_unchanged(PyObject *module, PyObject *seen)
{
    int unchanged = 1;
    (void)module;
    if (expect_places(seen) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(seen) && unchanged > 0; i++) {
        PyObject *pair = Py_NewRef(PyList_GET_ITEM(seen, i));
        unchanged = is_unchanged(pair);
        Py_DECREF(pair);
    }
    return unchanged < 0 ? NULL : PyBool_FromLong(unchanged);
}

/* unchanged_since(seen, versions): all_unchanged, with the versions of the dicts when they were
   looked at last, eight bytes for each pair.  The pairs must be the same at each call. */
PyObject *native_unchanged_since(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    int unchanged = 1;
    (void)module;
    if (count != 2 || !PyByteArray_CheckExact(args[1]) || expect_places(args[0]) < 0 ||
        PyByteArray_GET_SIZE(args[1]) != 8 * PyList_GET_SIZE(args[0])) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "expected a list and eight bytes for each item of it");
        return NULL;
    }
    /* A key of a dict may run anything, so what is borrowed is taken anew for each place. */
    for (Py_ssize_t i = 0; unchanged > 0 && i < PyList_GET_SIZE(args[0]) &&
                           8 * i < PyByteArray_GET_SIZE(args[1]); i++) {
        PyObject *pair = PyList_GET_ITEM(args[0], i);
        uint64_t version = version_of(pair);
        if (version != 0 && version == ((uint64_t *)PyByteArray_AS_STRING(args[1]))[i])
            continue;
        Py_INCREF(pair);
        unchanged = is_unchanged(pair);
        Py_DECREF(pair);
        if (unchanged > 0 && 8 * i + 8 <= PyByteArray_GET_SIZE(args[1]))
            ((uint64_t *)PyByteArray_AS_STRING(args[1]))[i] = version;
    }
    return unchanged < 0 ? NULL : PyBool_FromLong(unchanged);
}
