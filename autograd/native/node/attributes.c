/* The attributes of a node: public ones, and the private ones that the reference's code uses. */

#include <stddef.h>
#include "bridge/imports.h"
#include "memory.h"

/* `closure` is the attribute's name, for messages that read as those of a Python property. */
static int refuse(PyObject *self, PyObject *value, void *name)
{
    const char *lack = value == NULL ? "deleter" : "setter";
    PyErr_Format(PyExc_AttributeError, "property '%s' of '%s' object has no %s", (char *)name,
                 Py_TYPE(self)->tp_name, lack);
    return -1;
}

/* Tell the trace that is being made, which may object, that a number is read. */
int tell(PyObject *self, const char *what)
{
    PyObject *tracer = Py_NewRef(modes.tracer); /* it may be replaced meanwhile */
    PyObject *done = PyObject_CallMethod(tracer, "read", "Os", self, what);
    Py_DECREF(tracer);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static PyObject *plain_data_get(Node *self, void *name)
{
    (void)name;
    return PyFloat_FromDouble(self->data);
}

static PyObject *data_get(Node *self, void *name)
{
    if (tracing() && tell((PyObject *)self, "data") < 0)
        return NULL;
    return plain_data_get(self, name);
}

static int data_set(Node *self, PyObject *value, void *name)
{
    PyObject *done;
    if (value == NULL)
        return refuse((PyObject *)self, value, name);
    if (!self->count && PyFloat_CheckExact(value) && !tracing()) {
        self->stamp = clock_change();
        self->data = PyFloat_AS_DOUBLE(value);
        return 0;
    }
    done = PyObject_CallFunctionObjArgs(imported.assign_data, self, value, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static int plain_data_set(Node *self, PyObject *value, void *name)
{
    if (value == NULL)
        return refuse((PyObject *)self, value, name);
    if (Py_TYPE(self) != value_type)
        track(self); /* what a subclass adds may lead anywhere; a copy gets its number here */
    return as_double(value, &self->data);
}

static PyObject *grad_get(Node *self, void *name)
{
    (void)name;
    if (tracing() && tell((PyObject *)self, "grad") < 0)
        return NULL;
    return PyFloat_FromDouble(self->flags & REACHED ? self->grad : 0.0);
}

static int grad_set(Node *self, PyObject *value, void *name)
{
    if (value == NULL)
        return refuse((PyObject *)self, value, name);
    if (tracing() && tell((PyObject *)self, "clear") < 0)
        return -1;
    if (value == Py_None) { /* not computed */
        self->flags &= (uint8_t)~REACHED;
        return 0;
    }
    if (as_double(value, &self->grad) < 0)
        return -1;
    self->flags |= REACHED;
    return 0;
}

static PyObject *plain_grad_get(Node *self, void *name)
{
    (void)name;
    if (!(self->flags & REACHED))
        Py_RETURN_NONE;
    return PyFloat_FromDouble(self->grad);
}

static int plain_grad_set(Node *self, PyObject *value, void *name)
{
    if (value != Py_None)
        return grad_set(self, value, name);
    self->flags &= (uint8_t)~REACHED;
    return 0;
}

static PyObject *reached_get(Node *self, void *name)
{
    (void)name;
    if (tracing() && tell((PyObject *)self, "grad") < 0)
        return NULL;
    return PyBool_FromLong(self->flags & REACHED);
}

/* A new tuple in which Values are found by identity. */
static PyObject *identity_tuple(Py_ssize_t count)
{
    PyTypeObject *type = (PyTypeObject *)imported.identity_tuple;
    return count && type != NULL ? type->tp_alloc(type, count) : PyTuple_New(count);
}

static PyObject *plain_operands_get(Node *self, void *name)
{
    (void)name;
    return get_operands(self);
}

static PyObject *operands_get(Node *self, void *name)
{
    PyObject *operands = get_operands(self), *found; /* what a new tuple may run changes no tuple */
    Py_ssize_t count = operands == NULL ? 0 : PyTuple_GET_SIZE(operands);
    (void)name;
    found = operands == NULL ? NULL : identity_tuple(count);
    for (Py_ssize_t i = 0; found != NULL && i < count; i++)
        PyTuple_SET_ITEM(found, i, Py_NewRef(PyTuple_GET_ITEM(operands, i)));
    Py_XDECREF(operands);
    return found;
}

/* As the reference keeps them: two operands apart, any other number in a tuple and None. */
static PyObject *first_get(Node *self, void *name)
{
    (void)name;
    return operand_count(self) == 2 ? get_operand(self, 0) : get_operands(self);
}

static PyObject *second_get(Node *self, void *name)
{
    (void)name;
    if (operand_count(self) == 2)
        return get_operand(self, 1);
    Py_RETURN_NONE;
}

static int operands_set(Node *self, PyObject *value, void *name)
{
    return value == NULL ? refuse((PyObject *)self, value, name) : set_operands(self, value);
}

static PyObject *parents_get(Node *self, void *name)
{
    PyObject *operands = get_operands(self), *found; /* what a new tuple may run changes no tuple */
    Py_ssize_t count = operands == NULL ? 0 : PyTuple_GET_SIZE(operands), parents = 0;
    (void)name;
    for (Py_ssize_t i = 0; i < count; i++)
        parents += is_node(PyTuple_GET_ITEM(operands, i));
    found = operands == NULL ? NULL : identity_tuple(parents);
    for (Py_ssize_t i = count; found != NULL && i-- > 0;)
        if (is_node(PyTuple_GET_ITEM(operands, i)))
            PyTuple_SET_ITEM(found, --parents, Py_NewRef(PyTuple_GET_ITEM(operands, i)));
    Py_XDECREF(operands);
    return found;
}

static PyObject *rule_get(Node *self, void *name)
{
    (void)name;
    return get_rule(self);
}

static int rule_set(Node *self, PyObject *value, void *name)
{
    return value == NULL ? refuse((PyObject *)self, value, name) : set_rule(self, value);
}

static PyObject *stamp_get(Node *self, void *name)
{
    (void)name;
    return PyLong_FromLongLong(self->stamp);
}

static int stamp_set(Node *self, PyObject *value, void *name)
{
    long long stamp;
    if (value == NULL)
        return refuse((PyObject *)self, value, name);
    stamp = PyLong_AsLongLong(value);
    if (stamp == -1 && PyErr_Occurred())
        return -1;
    self->stamp = stamp;
    return 0;
}

static PyObject *scope_get(Node *self, void *name)
{
    (void)name;
    return PyLong_FromUnsignedLong(self->scope);
}

static int scope_set(Node *self, PyObject *value, void *name)
{
    unsigned long scope;
    if (value == NULL)
        return refuse((PyObject *)self, value, name);
    scope = PyLong_AsUnsignedLong(value);
    if (scope == (unsigned long)-1 && PyErr_Occurred())
        return -1;
    self->scope = (uint32_t)scope;
    return 0;
}

/* The rare fields: `closure` is where in Rare they are. */
static PyObject *rare_get(Node *self, void *offset)
{
    PyObject *object = NULL;
    if (self->rare != NULL)
        object = *(PyObject **)((char *)self->rare + (size_t)offset);
    return Py_NewRef(object != NULL ? object : Py_None);
}

static int rare_set(Node *self, PyObject *value, void *offset)
{
    PyObject **field, *old;
    value = value == Py_None ? NULL : value;
    if (value == NULL && self->rare == NULL)
        return 0;
    if (rare_of(self) == NULL)
        return -1;
    field = (PyObject **)((char *)self->rare + (size_t)offset);
    old = *field;
    *field = Py_XNewRef(value);
    if (value != NULL && PyObject_IS_GC(value))
        track(self);
    Py_XDECREF(old);
    return 0;
}

#define GET(f) (getter)(void (*)(void))f
#define SET(f) (setter)(void (*)(void))f
#define RARE(field) GET(rare_get), SET(rare_set), NULL, (void *)offsetof(Rare, field)

PyGetSetDef value_attributes[] = {
    {"data", GET(data_get), SET(data_set), NULL, "data"},
    {"grad", GET(grad_get), SET(grad_set), NULL, "grad"},
    {"reached", GET(reached_get), SET(refuse), NULL, "reached"},
    {"operands", GET(operands_get), SET(refuse), NULL, "operands"},
    {"parents", GET(parents_get), SET(refuse), NULL, "parents"},
    {"_data", GET(plain_data_get), SET(plain_data_set), NULL, "_data"},
    {"_grad", GET(plain_grad_get), SET(plain_grad_set), NULL, "_grad"},
    {"_operands", GET(plain_operands_get), SET(operands_set), NULL, "_operands"},
    {"_first", GET(first_get), SET(refuse), NULL, "_first"},
    {"_second", GET(second_get), SET(refuse), NULL, "_second"},
    {"_rule", GET(rule_get), SET(rule_set), NULL, "_rule"},
    {"_stamp", GET(stamp_get), SET(stamp_set), NULL, "_stamp"},
    {"_scope", GET(scope_get), SET(scope_set), NULL, "_scope"},
    {"_mark", RARE(mark)},
    {"_source", RARE(source)},
    {"label", RARE(label)},
    {NULL, NULL, NULL, NULL, NULL},
};
