/* Scopes: the groups that new nodes of this thread are put in, for pictures. */

#include "node.h"

/* (outer, name) -> inner for names seen lately, told by identity. */
enum { RECENT = 256 };
static struct {
    PyObject *name;
    uint32_t outer, inner;
} recent[RECENT];

static int find_scope(uint32_t outer, PyObject *name, uint32_t *inner)
{
    size_t place = ((uintptr_t)name / 16 + outer * 31u) % RECENT;
    PyObject *found, *old;
    if (recent[place].name == name && recent[place].outer == outer) {
        *inner = recent[place].inner;
        return 0;
    }
    found = PyObject_CallMethod(connected.scopes, "find", "IO", (unsigned)outer, name);
    if (found == NULL)
        return -1;
    *inner = (uint32_t)PyLong_AsUnsignedLong(found);
    Py_DECREF(found);
    if (PyErr_Occurred())
        return -1;
    old = recent[place].name;
    recent[place].name = Py_NewRef(name);
    recent[place].outer = outer;
    recent[place].inner = *inner;
    Py_XDECREF(old);
    return 0;
}

static int push_around(uint32_t scope)
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

static PyObject *scope_exit(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    (void)self, (void)args, (void)count;
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

static PyObject *scope_enter(Scope *self, PyObject *unused)
{
    uint32_t inner;
    (void)unused;
    if (find_scope(modes.scope, self->name, &inner) < 0 || push_around(modes.scope) < 0)
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

static void scope_dealloc(Scope *self)
{
    Py_XDECREF(self->name);
    Py_TYPE(self)->tp_free((PyObject *)self);
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
    {"__exit__", (PyCFunction)(void (*)(void))scope_exit, METH_FASTCALL, "Leave the group."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject Scope_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "autograd.native.core.Scope",
    .tp_doc = "Puts new nodes of this thread in a group.",
    .tp_basicsize = sizeof(Scope),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)(void (*)(void))scope_init,
    .tp_dealloc = (destructor)(void (*)(void))scope_dealloc,
    .tp_getset = scope_attributes,
    .tp_methods = scope_methods,
};

/* -- scope_each(modules) ----------------------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    PyObject *modules; /* a list or a tuple */
    Py_ssize_t next;
    uint32_t outer;
} Scopes;

static PyObject *scopes_enter(Scopes *self, PyObject *unused)
{
    (void)unused;
    if (push_around(modes.scope) < 0)
        return NULL;
    self->outer = modes.scope;
    self->next = 0;
    return Py_NewRef((PyObject *)self);
}

static PyObject *scopes_next(Scopes *self)
{
    static PyObject *scope_name;
    PyObject *module, *name;
    uint32_t inner = self->outer;
    int failed;
    if (scope_name == NULL && (scope_name = PyUnicode_InternFromString("scope_name")) == NULL)
        return NULL;
    if (self->modules == NULL || self->next >= PySequence_Fast_GET_SIZE(self->modules)) {
        set_scope(self->outer);
        return NULL;
    }
    module = PySequence_Fast_GET_ITEM(self->modules, self->next++);
    Py_INCREF(module);
    name = PyObject_GetAttr(module, scope_name);
    failed = name == NULL || find_scope(self->outer, name, &inner) < 0;
    Py_XDECREF(name);
    if (failed)
        Py_CLEAR(module);
    else
        set_scope(inner);
    return module;
}

static int scopes_init(Scopes *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"modules", NULL};
    PyObject *modules;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:scope_each", names, &modules))
        return -1;
    modules = PySequence_Fast(modules, "expected a sequence of modules");
    if (modules == NULL)
        return -1;
    Py_XSETREF(self->modules, modules);
    return 0;
}

static void scopes_dealloc(Scopes *self)
{
    Py_XDECREF(self->modules);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMethodDef scopes_methods[] = {
    {"__enter__", (PyCFunction)(void (*)(void))scopes_enter, METH_NOARGS, "Return the modules."},
    {"__exit__", (PyCFunction)(void (*)(void))scope_exit, METH_FASTCALL, "Leave the last group."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject Scopes_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "autograd.native.core.ScopeEach",
    .tp_doc = "Goes through modules, the scope of each on in its turn.",
    .tp_basicsize = sizeof(Scopes),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)(void (*)(void))scopes_init,
    .tp_dealloc = (destructor)(void (*)(void))scopes_dealloc,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = (iternextfunc)(void (*)(void))scopes_next,
    .tp_methods = scopes_methods,
};
