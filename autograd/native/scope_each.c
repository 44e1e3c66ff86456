/* scope_each: a loop over modules, the scope of each on in its turn. */

#include "scopes.h"

typedef struct {
    PyObject_HEAD
    PyObject *modules; /* a list or a tuple */
    PyObject *only;    /* the class that a module must be of, or NULL for any */
    Py_ssize_t next;
    uint32_t outer;
} Scopes;

static PyObject *scopes_enter(Scopes *self, PyObject *unused)
{
    (void)unused;
    if (push_scope(settled()->scope) < 0)
        return NULL;
    self->outer = modes.scope;
    self->next = 0;
    return Py_NewRef((PyObject *)self);
}

/* The module whose turn it is, borrowed; NULL where there is none, or one of another class. */
static PyObject *next_of(Scopes *self)
{
    PyObject *module;
    if (self->modules == NULL || self->next >= PySequence_Fast_GET_SIZE(self->modules))
        return NULL;
    module = PySequence_Fast_GET_ITEM(self->modules, self->next);
    return self->only == NULL || self->only == (PyObject *)Py_TYPE(module) ? module : NULL;
}

static PyObject *scopes_next(Scopes *self)
{
    static PyObject *scope_name;
    PyObject *module = next_of(self), *name;
    uint32_t inner = self->outer;
    int failed;
    if (scope_name == NULL && (scope_name = PyUnicode_InternFromString("scope_name")) == NULL)
        return NULL;
    if (module == NULL) {
        set_scope(self->outer);
        return NULL;
    }
    self->next++;
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
    static char *names[] = {"modules", "only", NULL};
    PyObject *modules, *only = Py_None;
    if (kwargs == NULL && PyTuple_GET_SIZE(args) == 2) /* soon: it is asked for at every layer */
        modules = PyTuple_GET_ITEM(args, 0), only = PyTuple_GET_ITEM(args, 1);
    else if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:scope_each", names, &modules, &only))
        return -1;
    modules = PySequence_Fast(modules, "expected a sequence of modules");
    if (modules == NULL)
        return -1;
    Py_XSETREF(self->modules, modules);
    Py_XSETREF(self->only, only == Py_None ? NULL : Py_NewRef(only));
    return 0;
}

static void scopes_dealloc(Scopes *self)
{
    Py_XDECREF(self->modules);
    Py_XDECREF(self->only);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMethodDef scopes_methods[] = {
    {"__enter__", (PyCFunction)(void (*)(void))scopes_enter, METH_NOARGS, "Return the modules."},
    {"__exit__", (PyCFunction)(void (*)(void))leave_scope, METH_FASTCALL, "Leave the last group."},
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
