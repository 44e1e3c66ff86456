/* Scopes: the groups that new nodes of this thread are put in, as in `autograd/core/scopes.py`. */

#include "bridge/imports.h"
#include "memory.h"
#include "scopes.h"
#include <string.h>

/* (outer, name) -> inner for names seen lately, told by identity; each pair has a few places. */
enum { RECENT = 1024, PLACES = 4 };
static struct {
    PyObject *name;
    uint32_t outer, inner;
} recent[RECENT + PLACES];

/* The number that Python has for a scope.  `name` is the caller's to hold: its hash may run
   anything. */
static int ask_for_scope(uint32_t outer, PyObject *name, uint32_t *inner)
{
    PyObject *found = PyObject_CallMethod(imported.scopes, "find", "IO", (unsigned)outer, name);
    if (found == NULL)
        return -1;
    *inner = (uint32_t)PyLong_AsUnsignedLong(found);
    Py_DECREF(found);
    return PyErr_Occurred() ? -1 : 0;
}

int find_scope(uint32_t outer, PyObject *name, uint32_t *inner)
{
    size_t place = ((uintptr_t)name / 16 + outer * 31u) % RECENT, end = place + PLACES - 1;
    PyObject *old;
    for (;; place++) {
        if (recent[place].name == name && recent[place].outer == outer) {
            *inner = recent[place].inner;
            return 0;
        }
        if (recent[place].name == NULL || place == end)
            break;
    }
    Py_INCREF(name);
    if (ask_for_scope(outer, name, inner) < 0) {
        Py_DECREF(name);
        return -1;
    }
    old = recent[place].name;
    recent[place].name = name;
    recent[place].outer = outer;
    recent[place].inner = *inner;
    Py_XDECREF(old);
    return 0;
}

int push_scope(uint32_t scope)
{
    if (modes.depth == modes.room) {
        int room = modes.room ? 2 * modes.room : 16;
        uint32_t *larger = reallocate(modes.around, (size_t)room * sizeof(uint32_t));
        if (larger == NULL)
            return -1;
        modes.around = larger;
        modes.room = room;
    }
    modes.around[modes.depth++] = scope;
    return 0;
}

PyObject *leave_scope(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    (void)args, (void)count;
    if (UNLIKELY(modes.owners != NULL)) {
        PyObject *done = PyObject_CallOneArg(imported.leave_scope, self);
        if (done == NULL || done == Py_True) {
            Py_XDECREF(done);
            return done == NULL ? NULL : Py_NewRef(Py_None);
        }
        Py_DECREF(done);
    }
    if (modes.depth == 0) {
        PyErr_SetString(PyExc_IndexError, "pop from empty list");
        return NULL;
    }
    set_scope(modes.around[--modes.depth]);
    if (modes.depth == 0) { /* the thread may end */
        PyMem_RawFree(modes.around);
        modes.around = NULL;
        modes.room = 0;
    }
    Py_RETURN_NONE;
}

/* -- scope(name) ------------------------------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    PyObject *name;
} Scope;

/* Whether the block may be one of a generator or coroutine: its code, or code that enters it for
   another, as a context manager does, which the Python side looks at. */
static int suspends(void)
{
    PyFrameObject *frame = PyEval_GetFrame();
    PyCodeObject *code;
    int found;
    if (frame == NULL)
        return 0;
    code = PyFrame_GetCode(frame);
    found = (code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)) != 0;
    if (!found) {
        const char *name = PyUnicode_AsUTF8(code->co_name);
        if (name == NULL) /* with a surrogate in it */
            PyErr_Clear();
        else
            found = strstr(name, "enter") != NULL;
    }
    Py_DECREF(code);
    return found;
}

static PyObject *scope_enter(Scope *self, PyObject *unused)
{
    uint32_t outer, inner;
    (void)unused;
    if (self->name == NULL)
        return PyErr_Format(PyExc_AttributeError, "'%.100s' object has no attribute 'name'",
                            Py_TYPE(self)->tp_name);
    if (suspends()) {
        PyObject *frame = (PyObject *)PyEval_GetFrame(), *done;
        done = PyObject_CallFunctionObjArgs(imported.enter_scope, (PyObject *)self, self->name,
                                            frame, NULL);
        if (done == NULL || done == Py_True) {
            Py_XDECREF(done);
            return done == NULL ? NULL : Py_NewRef(Py_None);
        }
        Py_DECREF(done);
    }
    outer = settled()->scope;
    if (find_scope(outer, self->name, &inner) < 0 || push_scope(outer) < 0)
        return NULL;
    set_scope(inner);
    Py_RETURN_NONE;
}

static int scope_init(Scope *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"name", NULL};
    PyObject *name;
    if (kwargs == NULL && PyTuple_GET_SIZE(args) == 1) {
        Py_XSETREF(self->name, Py_NewRef(PyTuple_GET_ITEM(args, 0)));
        return 0;
    }
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:scope", names, &name))
        return -1;
    Py_XSETREF(self->name, Py_NewRef(name));
    return 0;
}

static int scope_traverse(Scope *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->name);
    return 0;
}

static int scope_clear(Scope *self)
{
    Py_CLEAR(self->name);
    return 0;
}

static void scope_dealloc(Scope *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    scope_clear(self);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyObject *scope_name(Scope *self, void *closure)
{
    (void)closure;
    return Py_NewRef(self->name != NULL ? self->name : Py_None);
}

static PyGetSetDef scope_attributes[] = {
    {"name", (getter)(void (*)(void))scope_name, NULL, "The group's own name.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef scope_methods[] = {
    {"__enter__", (PyCFunction)(void (*)(void))scope_enter, METH_NOARGS, "Enter the group."},
    {"__exit__", (PyCFunction)(void (*)(void))leave_scope, METH_FASTCALL, "Leave the group."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot scope_slots[] = {
    {Py_tp_doc, (void *)"Puts new nodes of this thread in a group."},
    {Py_tp_init, (void *)scope_init},
    {Py_tp_dealloc, (void *)scope_dealloc},
    {Py_tp_traverse, (void *)scope_traverse},
    {Py_tp_clear, (void *)scope_clear},
    {Py_tp_getset, scope_attributes},
    {Py_tp_methods, scope_methods},
    {0, NULL},
};

PyType_Spec scope_spec = {
    .name = "autograd.native.core.Scope",
    .basicsize = sizeof(Scope),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = scope_slots,
};

/* -- scope_call(name, function, ...) ----------------------------------------------------------- */

PyObject *scope_call(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    uint32_t outer = settled()->scope, inner;
    PyObject *result;
    (void)module;
    if (count < 2) {
        PyErr_Format(PyExc_TypeError, "scope_call() missing %s",
                     count ? "1 required positional argument: 'function'"
                           : "2 required positional arguments: 'name' and 'function'");
        return NULL;
    }
    if (find_scope(outer, args[0], &inner) < 0)
        return NULL;
    set_scope(inner);
    result = PyObject_Vectorcall(args[1], args + 2, (size_t)(count - 2), names);
    set_scope(outer);
    return result;
}
