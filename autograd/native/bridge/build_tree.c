/* Trees of a known shape grown from an array of float64. */

#include "imports.h"
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

static PyObject *no_shape(PyObject *shape)
{
    return PyErr_Format(PyExc_TypeError, "expected the shape of an argument, got %R", shape);
}

/* Until it is whole, the list is not to be found by way of the collector: a class of a shape may
   run any code when one of it is made. */
static PyObject *grow_list(PyObject *below, Source *source)
{
    Py_ssize_t count = count_of(below);
    PyObject *list = count < 0 ? no_shape(below) : PyList_New(count);
    if (list != NULL)
        PyObject_GC_UnTrack(list);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = PyTuple_Check(below) ? grow_tree(PyTuple_GET_ITEM(below, i), source)
                                                   : grow_number(source);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, i, item);
    }
    if (list != NULL)
        PyObject_GC_Track(list);
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

/* How many numbers a buffer of these lengths has; -1 where there are not so many left. */
static Py_ssize_t size_of(PyObject *lengths, const Source *source)
{
    Py_ssize_t size = 1, left = source->count - source->next;
    if (!PyTuple_Check(lengths))
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(lengths); i++)
        if (length_of(PyTuple_GET_ITEM(lengths, i)) == 0)
            return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(lengths); i++) {
        Py_ssize_t length = length_of(PyTuple_GET_ITEM(lengths, i));
        if (length < 0 || length > left / size)
            return -1;
        size *= length;
    }
    return size;
}

/* As signature.py shapes it; all the numbers there are need no copy. */
static PyObject *grow_buffer(PyObject *kind, PyObject *lengths, Source *source)
{
    static PyObject *shaped;
    PyObject *part, *made;
    Py_ssize_t size = size_of(lengths, source), from = source->next;
    if (size < 0)
        return no_shape(lengths);
    if (import_once(&shaped, "autograd.compiler.runtime.signature", "shaped") == NULL)
        return NULL;
    source->next += size;
    part = from == 0 && size == source->count
               ? Py_NewRef(source->numbers)
               : PySequence_GetSlice(source->numbers, from, source->next);
    made = part == NULL ? NULL
                        : PyObject_CallFunctionObjArgs(shaped, kind, lengths, part, NULL);
    Py_XDECREF(part);
    return made;
}

static PyObject *grow_nested(PyObject *shape, PyObject *below, Source *source)
{
    PyObject *kind = PyTuple_GET_ITEM(shape, 0);
    if (!PyType_Check(kind))
        return no_shape(shape);
    if (kind == (PyObject *)&PyDict_Type) {
        PyObject *shapes = shapes_of(shape, below);
        return shapes == NULL ? no_shape(shape) : grow_dict(below, shapes, source);
    }
    if (PyType_IsSubtype((PyTypeObject *)kind, &PyList_Type) ||
        PyType_IsSubtype((PyTypeObject *)kind, &PyTuple_Type))
        return grow_items(kind, below, source);
    return grow_buffer(kind, below, source);
}

static PyObject *grow_tree(PyObject *shape, Source *source)
{
    PyObject *below, *tree;
    if (is_number_shape(shape))
        return grow_number(source);
    below = below_of(shape);
    if (below == NULL)
        return no_shape(shape);
    if (Py_EnterRecursiveCall(" while making results"))
        return NULL;
    tree = grow_nested(shape, below, source);
    Py_LeaveRecursiveCall();
    return tree;
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
    give_back_buffer(&view);
    return tree;
}
