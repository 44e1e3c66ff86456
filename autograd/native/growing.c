/* Trees of a known shape grown from an array of float64. */

#include "nested.h"

typedef struct {
    PyObject *numbers;
    const double *all;
    Py_ssize_t next, count;
} Source;

static PyObject *grow_tree(PyObject *shape, Source *source);

static PyObject *grow_number(Source *source)
{
    if (source->next < source->count)
        return PyFloat_FromDouble(source->all[source->next++]);
    PyErr_SetString(PyExc_ValueError, "expected more numbers for that shape");
    return NULL;
}

static PyObject *grow_list(PyObject *below, Source *source)
{
    Py_ssize_t count = count_of(below);
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = PyTuple_CheckExact(below) ? grow_tree(PyTuple_GET_ITEM(below, i), source)
                                                   : grow_number(source);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, i, item);
    }
    return list;
}

/* A tuple or a subclass of list or tuple; one with named fields takes them one by one. */
static PyObject *grow_items(PyObject *kind, PyObject *below, Source *source)
{
    PyObject *list = grow_list(below, source), *items, *made;
    if (list == NULL || kind == (PyObject *)&PyList_Type)
        return list;
    items = PyList_AsTuple(list);
    if (items == NULL || kind == (PyObject *)&PyTuple_Type)
        made = items;
    else {
        made = PyObject_HasAttrString(kind, "_fields") ? PyObject_CallObject(kind, items)
                                                       : PyObject_CallOneArg(kind, list);
        Py_DECREF(items);
    }
    Py_DECREF(list);
    return made;
}

static PyObject *grow_dict(PyObject *names, PyObject *shapes, Source *source)
{
    PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; dict != NULL && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *item = grow_tree(PyTuple_GET_ITEM(shapes, i), source);
        if (item == NULL || PyDict_SetItem(dict, PyTuple_GET_ITEM(names, i), item) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(item);
    }
    return dict;
}

/* As arguments.py shapes it; all the numbers there are need no copy. */
static PyObject *grow_buffer(PyObject *kind, PyObject *lengths, Source *source)
{
    PyObject *part, *made;
    Py_ssize_t size = 1, from = source->next;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(lengths); i++)
        size *= PyLong_AsSsize_t(PyTuple_GET_ITEM(lengths, i));
    source->next += size;
    part = from == 0 && size == source->count
               ? Py_NewRef(source->numbers)
               : PySequence_GetSlice(source->numbers, from, source->next);
    made = part == NULL ? NULL
                        : PyObject_CallFunctionObjArgs(connected.shaped, kind, lengths, part, NULL);
    Py_XDECREF(part);
    return made;
}

static PyObject *grow_tree(PyObject *shape, Source *source)
{
    PyObject *below = below_of(shape), *kind;
    if (below == NULL)
        return grow_number(source);
    kind = PyTuple_GET_ITEM(shape, 0);
    if (kind == (PyObject *)&PyDict_Type)
        return grow_dict(below, PyTuple_GET_ITEM(shape, 2), source);
    if (PyObject_IsSubclass(kind, (PyObject *)&PyList_Type) > 0 ||
        PyObject_IsSubclass(kind, (PyObject *)&PyTuple_Type) > 0)
        return grow_items(kind, below, source);
    return grow_buffer(kind, below, source);
}

/* grow_like(shape, numbers): a tree of that shape with these numbers. */
PyObject *native_grow_like(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer view;
    Source source;
    PyObject *tree;
    (void)module;
    if (expect_count(count, 2) < 0 || open_numbers(args[1], 0, &view) < 0)
        return NULL;
    source = (Source){args[1], view.buf, 0, view.len / (Py_ssize_t)sizeof(double)};
    tree = grow_tree(args[0], &source);
    PyBuffer_Release(&view);
    return tree;
}
