/* The extension module `autograd.native.core`. */

#include "node.h"
#include "scopes.h"
#include "tape/tape.h"

static void init_leaf(Node *node, double number)
{
    node->data = number;
    node->flags = 0;
    node->stamp = clock_now;
    node->scope = scoped_threads ? modes.scope : 0;
}

/* Whether something is a tuple or list of Values and, if they are allowed, floats. */
static int is_plain(PyObject *xs, int floats)
{
    if (!PyTuple_CheckExact(xs) && !PyList_CheckExact(xs))
        return 0;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(xs); i++) {
        PyObject *x = PySequence_Fast_GET_ITEM(xs, i);
        if (!is_node(x) && !(floats && PyFloat_CheckExact(x)))
            return 0;
    }
    return 1;
}

/* The class Given applied to a tuple that needs no look at each of its items. */
static PyObject *new_given(PyObject *partials)
{
    PyTypeObject *type = (PyTypeObject *)connected.given;
    PyObject *rule = type->tp_alloc(type, 0), *given = PySequence_Tuple(partials);
    if (rule == NULL || given == NULL || PyObject_SetAttrString(rule, "given", given) < 0)
        Py_CLEAR(rule);
    Py_XDECREF(given);
    return rule;
}

static int init_given(Node *node, PyObject *parents, PyObject *partials)
{
    PyObject *operands, *rule;
    int failed;
    if (unusual_threads && modes.paused)
        return 0;
    operands = PySequence_Tuple(parents);
    rule = new_given(partials);
    failed = operands == NULL || rule == NULL || set_operands(node, operands) < 0 ||
             set_rule(node, rule) < 0;
    Py_XDECREF(operands);
    Py_XDECREF(rule);
    return failed ? -1 : 0;
}

static int are_plainly_given(PyObject *parents, PyObject *partials)
{
    return is_plain(parents, 0) && is_plain(partials, 1) && PySequence_Fast_GET_SIZE(parents) > 0 &&
           PySequence_Fast_GET_SIZE(parents) == PySequence_Fast_GET_SIZE(partials);
}

static int init_slowly(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *bound = PyMethod_New(connected.initialise, self);
    PyObject *done = bound == NULL ? NULL : PyObject_Call(bound, args, kwargs);
    Py_XDECREF(bound);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* The same once the number has been read, which is not done twice. */
static int init_from(PyObject *self, double number, PyObject *args)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    PyObject *first = PyFloat_FromDouble(number), *read = first ? PyTuple_New(count) : NULL;
    int failed = -1;
    if (read != NULL) {
        PyTuple_SET_ITEM(read, 0, Py_NewRef(first));
        for (Py_ssize_t i = 1; i < count; i++)
            PyTuple_SET_ITEM(read, i, Py_NewRef(PyTuple_GET_ITEM(args, i)));
        failed = init_slowly(self, read, NULL);
    }
    Py_XDECREF(first);
    Py_XDECREF(read);
    return failed;
}

static int is_new(const Node *node) { return !node->count && !node->rare; }

/* Value(number) and Value(number, parents, partials), where all is plain and the node is new; the
   reference has the rest.  To read the number may run any code, so what is plain and new is seen
   after that. */
static int core_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    Node *node = (Node *)self;
    PyObject **given = PySequence_Fast_ITEMS(args);
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    double number;
    if (kwargs != NULL || (count != 1 && count != 3) || !is_new(node) || careful())
        return init_slowly(self, args, kwargs);
    if (as_double(given[0], &number) < 0)
        return -1;
    if (unusual_threads)
        settled();
    if (!is_new(node) || careful() || (count == 3 && !are_plainly_given(given[1], given[2])))
        return init_from(self, number, args);
    init_leaf(node, number);
    return count == 1 ? 0 : init_given(node, given[1], given[2]);
}

static PyMethodDef core_methods[] = {
    {"__autograd_record__", (PyCFunction)(void (*)(void))record_hook, METH_FASTCALL | METH_STATIC,
     "__autograd_record__(rule, operands)\n--\n\n"
     "Return the Value of rule(*operands), recorded unless in `no_grad()`.\n\n"
     "This is the hook by which a Primitive recognises what records."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject Core_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "autograd.native.core.Core",
    .tp_doc = "Core(data, parents=(), partials=(), *, label=None)\n--\n\n"
              "The hot half of Value, in C.",
    .tp_basicsize = sizeof(Node),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_init = core_init,
    .tp_dealloc = core_dealloc,
    .tp_as_number = &core_operators,
    .tp_richcompare = core_compare,
    .tp_getset = core_attributes,
    .tp_methods = core_methods,
};

static PyMethodDef functions[] = {
    {"connect", (PyCFunction)(void (*)(void))core_connect, METH_VARARGS | METH_KEYWORDS,
     "Hand over parts of the Python side by name."},
    {"backward", (PyCFunction)(void (*)(void))native_backward, METH_FASTCALL,
     "walks.backward, in C."},
    {"refresh", native_refresh, METH_O, "walks.refresh, in C."},
    {"zero_grad", native_zero_grad, METH_O, "walks.zero_grad, in C."},
    {"scope_call", (PyCFunction)(void (*)(void))scope_call, METH_FASTCALL | METH_KEYWORDS,
     "Return function(...), its nodes recorded in the group of that name."},
    {"read_leaves", (PyCFunction)(void (*)(void))native_read_leaves, METH_FASTCALL,
     "compiler.leaves.read_leaves, in C."},
    {"add_gradients", (PyCFunction)(void (*)(void))native_add_gradients, METH_FASTCALL,
     "compiler.leaves.add_gradients, in C."},
    {"all_unchanged", native_all_unchanged, METH_O, "compiler.places.all_unchanged, in C."},
    {"unchanged_since", (PyCFunction)(void (*)(void))native_unchanged_since, METH_FASTCALL,
     "compiler.places.unchanged_since, in C."},
    {"sum_of", native_sum_of, METH_O, "compiler.sums.sum_of, in C."},
    {"read_like", (PyCFunction)(void (*)(void))native_read_like, METH_FASTCALL,
     "compiler.arguments.read_like, in C."},
    {"grow_like", (PyCFunction)(void (*)(void))native_grow_like, METH_FASTCALL,
     "compiler.arguments.grow_like, in C."},
    {"method", method_of, METH_O, "Return the method for the row of that name, or None."},
    {"forked", native_forked, METH_O, "Tell that this process is a child, of one thread."},
    {"counts", memory_counts, METH_NOARGS, "Return how many Values are alive, and are free."},
    {"fail_after", memory_fail_after, METH_O,
     "For tests: let the n-th allocation from now fail; 0 for none."},
    {"vectors", (PyCFunction)(void (*)(void))choose_kernels, METH_O,
     "Return the instruction set that tapes run on, after choosing it by name unless None."},
    {NULL, NULL, 0, NULL},
};

/* For `copying`: the attributes that a copy must carry over, as a class in Python lists them. */
static int list_slots(void)
{
    PyObject *slots = Py_BuildValue("(sssssssss)", "_data", "_grad", "_mark", "_operands", "_rule",
                                    "_scope", "_source", "_stamp", "label");
    int failed = slots == NULL || PyDict_SetItemString(Core_Type.tp_dict, "__slots__", slots) < 0;
    Py_XDECREF(slots);
    PyType_Modified(&Core_Type);
    return failed ? -1 : 0;
}

static int add_types(PyObject *core)
{
    PyTypeObject *types[] = {&Core_Type, &Rule_Type, &Clock_Type, &Modes_Type,
                             &Scope_Type, &Scopes_Type, &Tape_Type};
    const char *names[] = {"Core", "Rule", "Clock", "Modes", "Scope", "ScopeEach", "Tape"};
    Core_Type.tp_new = PyBaseObject_Type.tp_new; /* so that object.__new__(Value) will do */
    Core_Type.tp_hash = PyBaseObject_Type.tp_hash; /* by identity, though == is by value */
    for (int i = 0; i < 7; i++)
        if (PyType_Ready(types[i]) < 0)
            return -1;
    for (int i = 0; i < 7; i++)
        if (PyModule_AddObjectRef(core, names[i], (PyObject *)types[i]) < 0)
            return -1;
    return list_slots();
}

/* The classes, the clock, the free list and what Python hands over are there once, for the objects
   of one interpreter and one import.  Who comes later runs the reference engine. */
static int run_once(PyObject *core)
{
    static int used;
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_ImportError, "the accelerator runs in the main interpreter alone; "
                                           "in others, autograd runs in plain Python");
        return -1;
    }
    if (used) {
        PyErr_SetString(PyExc_ImportError, "the accelerator can be imported once in a process; "
                                           "imported again, autograd runs in plain Python");
        return -1;
    }
    used = 1;
    return add_types(core);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)run_once},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "autograd.native.core",
    .m_doc = "The engine in C: the same behaviour as node.py, backward.py, clock.py, modes.py and scopes.py.",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_core(void) { return PyModuleDef_Init(&module); }
