/* scope_each: a loop over modules, the scope of each on in its turn. */

#include "scopes.h"

typedef struct {
    PyObject_HEAD
    PyObject *modules; /* a list or a tuple */
    PyObject *only;    /* the class that a module must be of, or NULL for any */
    Py_ssize_t next;
    uint32_t outer;
} ScopeEach;

static PyObject *scope_each_enter(ScopeEach *self, PyObject *unused)
{
    (void)unused;
    if (push_scope(settled()->scope) < 0)
        return NULL;
    self->outer = modes.scope;
    self->next = 0;
    return Py_NewRef((PyObject *)self);
}

/* The module whose turn it is, borrowed; NULL where there is none, or one of another class. */
static PyObject *next_of(ScopeEach *self)
{
    PyObject *module;
    if (self->modules == NULL || self->next >= PySequence_Fast_GET_SIZE(self->modules))
        return NULL;
    module = PySequence_Fast_GET_ITEM(self->modules, self->next);
    return self->only == NULL || self->only == (PyObject *)Py_TYPE(module) ? module : NULL;
}

static PyObject *scope_each_next(ScopeEach *self)
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

static int scope_each_init(ScopeEach *self, PyObject *args, PyObject *kwargs)
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

static int scope_each_traverse(ScopeEach *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->modules);
    Py_VISIT(self->only);
    return 0;
}

static int scope_each_clear(ScopeEach *self)
{
    Py_CLEAR(self->modules);
    Py_CLEAR(self->only);
    return 0;
}

static void scope_each_dealloc(ScopeEach *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    scope_each_clear(self);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyMethodDef scope_each_methods[] = {
    {"__enter__", (PyCFunction)(void (*)(void))scope_each_enter, METH_NOARGS, "Return the modules."},
    {"__exit__", (PyCFunction)(void (*)(void))leave_scope, METH_FASTCALL, "Leave the last group."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot scope_each_slots[] = {
    {Py_tp_doc, (void *)"Goes through modules, the scope of each on in its turn."},
    {Py_tp_init, (void *)scope_each_init},
    {Py_tp_dealloc, (void *)scope_each_dealloc},
    {Py_tp_traverse, (void *)scope_each_traverse},
    {Py_tp_clear, (void *)scope_each_clear},
    {Py_tp_iter, (void *)PyObject_SelfIter},
    {Py_tp_iternext, (void *)scope_each_next},
    {Py_tp_methods, scope_each_methods},
    {0, NULL},
};

PyType_Spec scope_each_spec = {
    .name = "autograd.native.core.ScopeEach",
    .basicsize = sizeof(ScopeEach),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = scope_each_slots,
};
