/* The clock, and each thread's modes and scope: `autograd/state.py` where C can read it. */

#include "node.h"

int64_t clock_now;
int unusual_threads;
int altered_rows;
THREAD_LOCAL Modes modes;

/* -- Clock ------------------------------------------------------------------------------------- */

static PyObject *clock_get(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return PyLong_FromLongLong(clock_now);
}

static PyObject *clock_tick(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyLong_FromLongLong(++clock_now);
}

static PyGetSetDef clock_attributes[] = {
    {"now", clock_get, NULL, "The time.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef clock_methods[] = {
    {"tick", clock_tick, METH_NOARGS, "Advance the clock and return the new time."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject Clock_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "autograd.native.core.Clock",
    .tp_doc = "Counts the assignments to leaves: one clock for the process.",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = PyType_GenericNew,
    .tp_getset = clock_attributes,
    .tp_methods = clock_methods,
};

/* -- Modes ------------------------------------------------------------------------------------- */

static int unusual(void)
{
    return modes.paused || modes.debugging || modes.scope || modes.tracer != NULL;
}

/* Set this thread's modes, and count it among the unusual ones while it is one. */
static void set_modes(int paused, int debugging, uint32_t scope)
{
    int before = unusual();
    modes.paused = paused;
    modes.debugging = debugging;
    modes.scope = scope;
    unusual_threads += unusual() - before;
}

/* Set what is told of this thread's comparisons and reads; NULL for nothing. */
static void set_tracer(PyObject *tracer)
{
    PyObject *old = modes.tracer;
    int before = unusual();
    modes.tracer = Py_XNewRef(tracer);
    unusual_threads += unusual() - before;
    Py_XDECREF(old);
}

static PyObject *recording_get(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return PyBool_FromLong(!modes.paused);
}

static PyObject *debugging_get(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return PyBool_FromLong(modes.debugging);
}

static PyObject *scope_get(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return PyLong_FromUnsignedLong(modes.scope);
}

static int recording_set(PyObject *self, PyObject *value, void *closure)
{
    int on = value == NULL ? 1 : PyObject_IsTrue(value);
    (void)self, (void)closure;
    if (on >= 0)
        set_modes(!on, modes.debugging, modes.scope);
    return on < 0 ? -1 : 0;
}

static int debugging_set(PyObject *self, PyObject *value, void *closure)
{
    int on = value == NULL ? 0 : PyObject_IsTrue(value);
    (void)self, (void)closure;
    if (on >= 0)
        set_modes(modes.paused, on, modes.scope);
    return on < 0 ? -1 : 0;
}

static int scope_set(PyObject *self, PyObject *value, void *closure)
{
    unsigned long scope = value == NULL ? 0 : PyLong_AsUnsignedLong(value);
    (void)self, (void)closure;
    if (scope == (unsigned long)-1 && PyErr_Occurred())
        return -1;
    set_modes(modes.paused, modes.debugging, (uint32_t)scope);
    return 0;
}

static PyObject *tracer_get(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return Py_NewRef(modes.tracer != NULL ? modes.tracer : Py_None);
}

static int tracer_set(PyObject *self, PyObject *value, void *closure)
{
    (void)self, (void)closure;
    set_tracer(value == Py_None ? NULL : value);
    return 0;
}

static PyGetSetDef modes_attributes[] = {
    {"recording", recording_get, recording_set, "Whether results are recorded.", NULL},
    {"debugging", debugging_get, debugging_set, "Whether results are checked.", NULL},
    {"scope", scope_get, scope_set, "The number of the group of new nodes.", NULL},
    {"tracer", tracer_get, tracer_set, "What is told of comparisons and reads, or None.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject Modes_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "autograd.native.core.Modes",
    .tp_doc = "How this thread records.",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = PyType_GenericNew,
    .tp_getset = modes_attributes,
};

/* -- Scope ------------------------------------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    PyObject *name;
} Scope;

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

static PyObject *scope_enter(Scope *self, PyObject *unused)
{
    uint32_t inner;
    (void)unused;
    if (find_scope(modes.scope, self->name, &inner) < 0 || push_around(modes.scope) < 0)
        return NULL;
    set_modes(modes.paused, modes.debugging, inner);
    Py_RETURN_NONE;
}

static PyObject *scope_exit(Scope *self, PyObject *const *args, Py_ssize_t count)
{
    (void)self, (void)args, (void)count;
    if (modes.depth == 0) {
        PyErr_SetString(PyExc_IndexError, "pop from empty list");
        return NULL;
    }
    set_modes(modes.paused, modes.debugging, modes.around[--modes.depth]);
    if (modes.depth == 0) { /* the thread may end */
        PyMem_RawFree(modes.around);
        modes.around = NULL;
        modes.room = 0;
    }
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
