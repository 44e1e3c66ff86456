/* The clock, and each thread's modes: `autograd/core/clock.py` and `modes.py` where C can read them. */

#include "bridge/imports.h"
#include "memory.h"

int64_t clock_now, clock_changed;
int unusual_threads;
int scoped_threads;
int altered_rows;
THREAD_LOCAL Modes modes;

/* -- Clock ------------------------------------------------------------------------------------- */

static PyObject *clock_get(PyObject *self, void *time)
{
    (void)self;
    return PyLong_FromLongLong(*(int64_t *)time);
}

static PyObject *clock_tick(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyLong_FromLongLong(clock_change());
}

static PyObject *clock_begin(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyLong_FromLongLong(++clock_now);
}

static PyGetSetDef clock_attributes[] = {
    {"now", clock_get, NULL, "The time.", &clock_now},
    {"changed", clock_get, NULL, "The time of the latest change of data.", &clock_changed},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef clock_methods[] = {
    {"tick", clock_tick, METH_NOARGS, "Advance the clock for a change of data; return the time."},
    {"begin", clock_begin, METH_NOARGS, "Advance the clock for a call that begins; return the time."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot clock_slots[] = {
    {Py_tp_doc, (void *)"Counts the assignments to leaves: one clock for the process."},
    {Py_tp_getset, clock_attributes},
    {Py_tp_methods, clock_methods},
    {0, NULL},
};

PyType_Spec clock_spec = {
    .name = "autograd.native.core.Clock",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = clock_slots,
};

/* -- Modes ------------------------------------------------------------------------------------- */

static int unusual(void)
{
    return modes.paused || modes.debugging || modes.tracer != NULL || modes.owners != NULL;
}

/* Set this thread's modes, and count it among the unusual ones while it is one. */
static void set_modes(int paused, int debugging)
{
    int before = unusual();
    modes.paused = paused;
    modes.debugging = debugging;
    unusual_threads += unusual() - before;
}

/* Set the group that this thread's new nodes are put in, 0 for none. */
void set_scope(uint32_t scope)
{
    scoped_threads += (scope != 0) - (modes.scope != 0);
    modes.scope = scope;
}

/* forked(abandoned): in the child of a fork, where no other thread goes on.  `abandoned` tells that
   one of them was within a walk. */
PyObject *native_forked(PyObject *module, PyObject *abandoned)
{
    int walk = PyObject_IsTrue(abandoned);
    (void)module;
    if (walk < 0)
        return NULL;
    unusual_threads = unusual() + altered_rows;
    scoped_threads = (modes.scope != 0) + (modes.owners != NULL);
    forget_threads(walk);
    Py_RETURN_NONE;
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

/* Which frames are running: nothing has called a suspended one. */
static uint64_t running(PyObject *owners)
{
    uint64_t live = 1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(owners); i++) {
        PyFrameObject *back = PyFrame_GetBack((PyFrameObject *)PyTuple_GET_ITEM(owners, i));
        live = 31 * live + (back != NULL);
        Py_XDECREF(back);
    }
    return live;
}

/* Let the Python side set the modes anew, if another generator or coroutine runs than before. */
void settle(void)
{
    PyObject *owners = Py_NewRef(modes.owners), *done;
    if (running(owners) != modes.live) {
        done = PyObject_CallNoArgs(imported.settle);
        if (done == NULL)
            PyErr_WriteUnraisable(imported.settle);
        Py_XDECREF(done);
    }
    Py_DECREF(owners);
}

static PyObject *owners_get(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return Py_NewRef(modes.owners != NULL ? modes.owners : Py_None);
}

static int are_frames(PyObject *owners)
{
    if (!PyTuple_CheckExact(owners))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(owners); i++)
        if (!PyFrame_Check(PyTuple_GET_ITEM(owners, i)))
            return 0;
    return 1;
}

/* A tuple of frames, or None. */
static int owners_set(PyObject *self, PyObject *value, void *closure)
{
    PyObject *old = modes.owners;
    int before = unusual();
    (void)self, (void)closure;
    if (value != NULL && value != Py_None && !are_frames(value)) {
        PyErr_Format(PyExc_TypeError, "expected a tuple of frames or None, got %R", value);
        return -1;
    }
    modes.owners = value == NULL || value == Py_None ? NULL : Py_NewRef(value);
    modes.live = modes.owners == NULL ? 0 : running(modes.owners);
    unusual_threads += unusual() - before;
    scoped_threads += (modes.owners != NULL) - (old != NULL);
    Py_XDECREF(old);
    return 0;
}

static PyObject *recording_get(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return PyBool_FromLong(!settled()->paused);
}

static PyObject *debugging_get(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return PyBool_FromLong(settled()->debugging);
}

static PyObject *scope_get(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return PyLong_FromUnsignedLong(settled()->scope);
}

static int recording_set(PyObject *self, PyObject *value, void *closure)
{
    int on = value == NULL ? 1 : PyObject_IsTrue(value);
    (void)self, (void)closure;
    if (on >= 0)
        set_modes(!on, modes.debugging);
    return on < 0 ? -1 : 0;
}

static int debugging_set(PyObject *self, PyObject *value, void *closure)
{
    int on = value == NULL ? 0 : PyObject_IsTrue(value);
    (void)self, (void)closure;
    if (on >= 0)
        set_modes(modes.paused, on);
    return on < 0 ? -1 : 0;
}

static int scope_set(PyObject *self, PyObject *value, void *closure)
{
    unsigned long scope = value == NULL ? 0 : PyLong_AsUnsignedLong(value);
    (void)self, (void)closure;
    if (scope == (unsigned long)-1 && PyErr_Occurred())
        return -1;
    set_scope((uint32_t)scope);
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
    {"owners", owners_get, owners_set, "Frames of blocks that can be suspended, or None.", NULL},
    {"tracer", tracer_get, tracer_set, "What is told of comparisons and reads, or None.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot modes_slots[] = {
    {Py_tp_doc, (void *)"How this thread records."},
    {Py_tp_getset, modes_attributes},
    {0, NULL},
};

PyType_Spec modes_spec = {
    .name = "autograd.native.core.Modes",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = modes_slots,
};
