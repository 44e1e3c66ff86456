/* What C imports of Python, by name. */

#include "imports.h"

Imported imported;

static const struct {
    const char *module, *name;
    PyObject **place;
} parts[] = {
    {"autograd.core.ieee754", "as_float", &imported.as_float},
    {"autograd.core.operators", "foreign", &imported.foreign},
    {"autograd.core.operators", "record_with_care", &imported.record_with_care},
    {"autograd.core.modes", "graph_lock", &imported.graph_lock},
    {"autograd.core.modes", "scopes", &imported.scopes},
    {"autograd.core.modes", "settle", &imported.settle},
    {"autograd.core.scopes", "enter_scope", &imported.enter_scope},
    {"autograd.core.scopes", "leave_scope", &imported.leave_scope},
    {"autograd.backward", "backward", &imported.backward},
    {"autograd.backward", "refresh", &imported.refresh},
    {"autograd.backward", "zero_grad", &imported.zero_grad},
    {"autograd.backward", "local_partials", &imported.local_partials},
    {"autograd.backward", "compute", &imported.compute},
    {"autograd.toposort", "check_fresh", &imported.check_fresh},
    {"autograd.core.precomputed", "Precomputed", &imported.precomputed},
    {"autograd.core.identity_list", "IdentityTuple", &imported.identity_tuple},
};

PyObject *import_once(PyObject **place, const char *module, const char *name)
{
    PyObject *found, *from;
    if (*place != NULL)
        return *place;
    from = PyImport_ImportModule(module);
    if (from == NULL)
        return NULL;
    found = PyObject_GetAttrString(from, name);
    Py_DECREF(from);
    if (*place == NULL) /* the import may have come by here itself */
        *place = found;
    else
        Py_XDECREF(found);
    return *place;
}

static int import_row(PyObject *row, int code)
{
    Rule *rule = (Rule *)row;
    PyObject *defaults = PyObject_GetAttrString(row, "defaults");
    if (defaults == NULL)
        return -1;
    rule->defaults = PyTuple_Check(defaults) ? (int)PyTuple_GET_SIZE(defaults) : 0;
    rule->defaults = rule->defaults > 2 ? 2 : rule->defaults;
    for (int i = 0; i < rule->defaults; i++)
        rule->preset[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(defaults, i));
    Py_DECREF(defaults);
    if (PyErr_Occurred() || expect_row(rule, code) < 0)
        return -1;
    imported.table[code] = Py_NewRef(row);
#if PY_VERSION_HEX < 0x030C0000
    /* Python 3.11 lets no class inherit it that a `class` statement made, and a call of a row is
       then three times as long; later ones let it. */
    Py_TYPE(row)->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
#endif
    return 0;
}

static int import_table(void)
{
    PyObject *rows = NULL, *helpers = NULL;
    int failed = import_once(&rows, "autograd.primitives", "TABLE") == NULL ||
                 import_once(&helpers, "autograd.primitives", "HELPERS") == NULL;
    for (int code = 1; !failed && code < RULES; code++) {
        PyObject *row = PyDict_GetItemString(rows, rule_names[code]);
        row = row != NULL ? row : PyDict_GetItemString(helpers, rule_names[code]);
        failed = row == NULL || !is_rule(row);
        if (failed)
            PyErr_Format(PyExc_ImportError, "the accelerator is out of date: %s is no row",
                         rule_names[code]);
        else
            failed = import_row(row, code) < 0;
    }
    Py_XDECREF(rows);
    Py_XDECREF(helpers);
    return failed ? -1 : 0;
}

/* Take what the class in Python does in the cases that C leaves to it. */
static int import_reference(PyObject *reference)
{
    PyObject *data = PyObject_GetAttrString(reference, "data");
    imported.initialise = PyObject_GetAttrString(reference, "__init__");
    imported.assign_data = data == NULL ? NULL : PyObject_GetAttrString(data, "fset");
    Py_XDECREF(data);
    return imported.initialise == NULL || imported.assign_data == NULL ? -1 : 0;
}

int import_python(PyObject *reference)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (import_once(parts[i].place, parts[i].module, parts[i].name) == NULL)
            return -1;
    if (!PyType_Check(imported.precomputed) || !PyType_Check(imported.identity_tuple) ||
        !PyType_FastSubclass((PyTypeObject *)imported.identity_tuple,
                             Py_TPFLAGS_TUPLE_SUBCLASS)) {
        PyErr_SetString(PyExc_TypeError,
                        "expected Precomputed to be a class, and IdentityTuple one derived from tuple");
        return -1;
    }
    return import_table() < 0 ? -1 : import_reference(reference);
}
