/* What the Python side hands over, by name. */

#include "node.h"

Connected connected;

static int connect_row(Rule *rule, int code)
{
    PyObject *defaults = PyObject_GetAttrString((PyObject *)rule, "defaults");
    if (defaults == NULL)
        return -1;
    rule->defaults = PyTuple_Check(defaults) ? (int)PyTuple_GET_SIZE(defaults) : 0;
    rule->defaults = rule->defaults > 2 ? 2 : rule->defaults;
    for (int i = 0; i < rule->defaults; i++)
        rule->preset[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(defaults, i));
    Py_DECREF(defaults);
    if (PyErr_Occurred() || expect_row(rule, code) < 0)
        return -1;
    connected.table[code] = Py_NewRef((PyObject *)rule);
    /* Python 3.11 lets no class inherit it that a `class` statement made. */
    Py_TYPE(rule)->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
    return 0;
}

static int connect_table(PyObject *table)
{
    for (int code = 1; code < RULES; code++) {
        PyObject *row = Py_XNewRef(PyDict_GetItemString(table, rule_names[code]));
        int failed = row == NULL || !PyObject_TypeCheck(row, &Rule_Type);
        if (failed)
            PyErr_Format(PyExc_ImportError, "the accelerator is out of date: %s is no row",
                         rule_names[code]);
        else
            failed = connect_row((Rule *)row, code);
        Py_XDECREF(row);
        if (failed)
            return -1;
    }
    return 0;
}

/* Whether instances of a class have just what Core has: nodes are made and freed without Python's
   detours for attributes, weak references and the collector. */
static int is_like_core(PyObject *part)
{
    PyTypeObject *type = (PyTypeObject *)part;
    unsigned long more = 0;
#ifdef Py_TPFLAGS_MANAGED_DICT
    more |= Py_TPFLAGS_MANAGED_DICT;
#endif
#ifdef Py_TPFLAGS_MANAGED_WEAKREF
    more |= Py_TPFLAGS_MANAGED_WEAKREF;
#endif
    return PyType_Check(part) && PyType_IsSubtype(type, &Core_Type) &&
           type->tp_flags & Py_TPFLAGS_HEAPTYPE && type->tp_basicsize == sizeof(Node) &&
           type->tp_dictoffset == 0 && type->tp_weaklistoffset == 0 && !(type->tp_flags & more);
}

static int connect_value(PyObject *part)
{
    if (part == (PyObject *)value_type)
        return 0;
    if (value_type != NULL || !is_like_core(part)) {
        PyErr_Format(PyExc_TypeError,
                     "expected the one class of results, derived from Core and with __slots__ = (), "
                     "got %R", part);
        return -1;
    }
    adopt_value((PyTypeObject *)part);
    return 0;
}

#define PART(name) {#name, &connected.name}

static struct {
    const char *name;
    PyObject **place;
} parts[] = {
    PART(as_float), PART(foreign), PART(initialise), PART(record), PART(assign_data),
    PART(graph_lock), PART(scopes), PART(settle), PART(enter_scope),
    PART(leave_scope), PART(backward), PART(refresh), PART(zero_grad),
    PART(check_fresh), PART(local_partials), PART(compute), PART(given),
    PART(detach), PART(shaped), PART(identity_tuple),
};

static int connect_part(PyObject *name, PyObject *part)
{
    if (PyUnicode_CompareWithASCIIString(name, "table") == 0)
        return connect_table(part);
    if (PyUnicode_CompareWithASCIIString(name, "value") == 0)
        return connect_value(part);
    if (PyUnicode_CompareWithASCIIString(name, "given") == 0 && !PyType_Check(part)) {
        PyErr_Format(PyExc_TypeError, "expected the class Given, got %R", part);
        return -1;
    }
    if (PyUnicode_CompareWithASCIIString(name, "identity_tuple") == 0 &&
        !(PyType_Check(part) && PyType_FastSubclass((PyTypeObject *)part, Py_TPFLAGS_TUPLE_SUBCLASS))) {
        PyErr_Format(PyExc_TypeError, "expected a class derived from tuple, got %R", part);
        return -1;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (PyUnicode_CompareWithASCIIString(name, parts[i].name) == 0) {
            *parts[i].place = Py_NewRef(part); /* what it was, a call under way may still use */
            return 0;
        }
    PyErr_Format(PyExc_TypeError, "connect() knows no %R", name);
    return -1;
}

/* connect(**parts) */
PyObject *core_connect(PyObject *module, PyObject *args, PyObject *kwargs)
{
    PyObject *name, *part;
    Py_ssize_t place = 0;
    (void)module, (void)args;
    while (kwargs != NULL && PyDict_Next(kwargs, &place, &name, &part))
        if (connect_part(name, part) < 0)
            return NULL;
    Py_RETURN_NONE;
}
