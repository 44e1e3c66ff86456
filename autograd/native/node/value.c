/* The class Value: how one is made from Python, its methods, and the class itself. */

#include "bridge/imports.h"
#include "memory.h"

/* -- Value(data, parents, partials, label=) ---------------------------------------------------- */

static void init_leaf(Node *node, double number)
{
    node->data = number;
    node->flags &= TRACKED;
    if (Py_TYPE(node) != value_type)
        track(node); /* what a subclass adds may lead anywhere */
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

/* The class Precomputed applied to a sequence that needs no look at each of its items. */
static PyObject *new_precomputed(PyObject *partials)
{
    PyTypeObject *type = (PyTypeObject *)imported.precomputed;
    PyObject *rule = type->tp_alloc(type, 0), *given = PySequence_Tuple(partials);
    if (rule == NULL || given == NULL || PyObject_SetAttrString(rule, "given", given) < 0)
        Py_CLEAR(rule);
    Py_XDECREF(given);
    return rule;
}

static int init_precomputed(Node *node, PyObject *parents, PyObject *partials)
{
    PyObject *operands, *rule;
    int failed;
    if (unusual_threads && modes.paused)
        return 0;
    operands = PySequence_Tuple(parents);
    rule = new_precomputed(partials);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(partials); i++) {
        PyObject *partial = PySequence_Fast_GET_ITEM(partials, i);
        if (is_node(partial) && ((Node *)partial)->flags & TRACKED)
            track(node);
    }
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
    PyObject *bound = PyMethod_New(imported.initialise, self);
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
static int value_init(PyObject *self, PyObject *args, PyObject *kwargs)
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
    return count == 1 ? 0 : init_precomputed(node, given[1], given[2]);
}

/* -- methods: what the trace that is being made is told comes first ----------------------------- */

static PyObject *value_backward(PyObject *self, PyObject *const *args, Py_ssize_t count,
                                PyObject *names)
{
    PyObject *given[2] = {self, NULL}, *result;
    Py_ssize_t named = names == NULL ? 0 : PyTuple_GET_SIZE(names);
    if (count + named > 1)
        return PyErr_Format(PyExc_TypeError, "backward() takes at most 1 argument (%zd given)",
                            count + named);
    if (named && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "seed"))
        return PyErr_Format(PyExc_TypeError, "backward() got an unexpected keyword argument '%U'",
                            PyTuple_GET_ITEM(names, 0));
    if (tracing() && tell(self, "backward") < 0)
        return NULL;
    given[1] = count + named ? Py_NewRef(args[0]) : PyFloat_FromDouble(1.0);
    if (given[1] == NULL)
        return NULL;
    result = native_backward(NULL, given, 2);
    Py_DECREF(given[1]);
    return result;
}

static PyObject *value_refresh(PyObject *self, PyObject *unused)
{
    PyObject *done;
    (void)unused;
    if (tracing() && tell(self, "refresh") < 0)
        return NULL;
    done = native_refresh(NULL, self);
    Py_XDECREF(done);
    return done == NULL ? NULL : Py_NewRef(self);
}

static PyObject *value_zero_grad(PyObject *self, PyObject *unused)
{
    (void)unused;
    if (tracing() && tell(self, "clear") < 0)
        return NULL;
    return native_zero_grad(NULL, self);
}

static PyObject *value_detach(PyObject *self, PyObject *unused)
{
    (void)unused;
    if (tracing()) {
        PyObject *tracer = Py_NewRef(modes.tracer); /* it may be replaced meanwhile */
        PyObject *leaf = PyObject_CallMethod(tracer, "detached", "O", self);
        Py_DECREF(tracer);
        return leaf;
    }
    return (PyObject *)new_leaf(((Node *)self)->data);
}

#define FUNCTION(f) (PyCFunction)(void (*)(void))f

/* The methods, then those of the table, then a NULL. */
enum { OWN = 5 };
static PyMethodDef methods[OWN + RULES + 1] = {
    {"__autograd_record__", FUNCTION(record_hook), METH_FASTCALL | METH_STATIC,
     "__autograd_record__(rule, operands)\n--\n\n"
     "Return the Value of rule(*operands), recorded unless in `no_grad()`."},
    {"backward", FUNCTION(value_backward), METH_FASTCALL | METH_KEYWORDS,
     "backward($self, /, seed=1.0)\n--\n\n"},
    {"refresh", FUNCTION(value_refresh), METH_NOARGS, "refresh($self, /)\n--\n\n"},
    {"zero_grad", FUNCTION(value_zero_grad), METH_NOARGS, "zero_grad($self, /)\n--\n\n"},
    {"detach", FUNCTION(value_detach), METH_NOARGS, "detach($self, /)\n--\n\n"},
};

/* -- the class ---------------------------------------------------------------------------------- */

static PyType_Slot slots[] = {
    {Py_tp_hash, NULL}, /* by identity, though == is by value */
    {Py_tp_doc, NULL},
    {Py_tp_init, (void *)value_init},
    {Py_tp_alloc, (void *)value_alloc},
    {Py_tp_dealloc, (void *)value_dealloc},
    {Py_tp_free, (void *)PyObject_GC_Del},
    {Py_tp_traverse, (void *)value_traverse},
    {Py_tp_clear, (void *)value_clear},
    {Py_tp_getset, value_attributes},
    {Py_tp_methods, methods},
    {Py_tp_richcompare, (void *)value_compare},
    {Py_nb_add, (void *)value_add},
    {Py_nb_subtract, (void *)value_subtract},
    {Py_nb_multiply, (void *)value_multiply},
    {Py_nb_true_divide, (void *)value_divide},
    {Py_nb_power, (void *)value_power},
    {Py_nb_negative, (void *)value_negative},
    {Py_nb_absolute, (void *)value_absolute},
    {Py_nb_positive, (void *)value_positive},
    {Py_nb_bool, (void *)value_bool},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "autograd.value.Value",
    .basicsize = sizeof(Node),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};

/* The reference's words about a method, after the signature that it has here; owned by nobody, for
   as long as the process runs. */
static const char *document(PyObject *reference, const char *name, const char *signature)
{
    PyObject *member = PyObject_GetAttrString(reference, name);
    PyObject *doc = member == NULL ? NULL : PyObject_GetAttrString(member, "__doc__");
    PyObject *text = doc == NULL ? NULL : PyUnicode_FromFormat("%s%S", signature, doc);
    Py_XDECREF(member);
    Py_XDECREF(doc);
    return text == NULL ? NULL : PyUnicode_AsUTF8(text);
}

static int document_all(PyObject *reference)
{
    for (int i = 1; i < OWN; i++)
        if ((methods[i].ml_doc = document(reference, methods[i].ml_name, methods[i].ml_doc)) == NULL)
            return -1;
    for (PyGetSetDef *each = value_attributes; each->name != NULL; each++)
        if (each->name[0] != '_' && strcmp(each->name, "label") &&
            (each->doc = document(reference, each->name, "")) == NULL)
            return -1;
    return 0;
}

/* Python's messages name a class made here with its module in front, one made there without: let
   them be the same. */
static PyObject *short_name(PyObject *type)
{
    PyObject *name = PyObject_GetAttrString(type, "__name__");
    int failed = name == NULL || PyObject_SetAttrString(type, "__name__", name) < 0;
    Py_XDECREF(name);
    return failed ? NULL : Py_NewRef(type);
}

/* value_type(reference): make the class Value, from the one in Python whose bases and words it has
   and whose methods do what is out of the ordinary. */
PyObject *make_value_type(PyObject *module, PyObject *reference)
{
    PyObject *bases, *doc;
    if (value_type != NULL) {
        PyErr_SetString(PyExc_TypeError, "expected to make the class Value once, got a second call");
        return NULL;
    }
    if (import_python(reference) < 0 || document_all(reference) < 0)
        return NULL;
    bases = PyObject_GetAttrString(reference, "__bases__");
    doc = PyObject_GetAttrString(reference, "__doc__");
    if (bases != NULL && doc != NULL && table_methods(PyTuple_GET_ITEM(bases, 0), methods + OWN) == 0) {
        slots[0].pfunc = (void *)PyBaseObject_Type.tp_hash;
        slots[1].pfunc = (void *)PyUnicode_AsUTF8(doc);
        value_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &spec, bases);
    }
    Py_XDECREF(bases);
    Py_XDECREF(doc);
    return value_type == NULL ? NULL : short_name((PyObject *)value_type);
}
