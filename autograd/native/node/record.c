/* Primitives of the table applied: floats in, a float out; a Value among them, a node out.

   Whatever is out of the ordinary (a rule of the user's, debug mode, an odd argument) is DEFERRED
   to the reference, so that there is one place for each meaning and each message. */

#include <stddef.h>
#include "bridge/imports.h"
#include "forward.h"
#include "record.h"
#include <structmember.h>

const char *const rule_names[RULES] = {
    NULL,
#define UNARY(name, x) #name,
#define BINARY(name, x, y) #name,
#define TERNARY(name, x, y, z) #name,
#define VARIADIC(name) #name,
#include "rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
};

const signed char rule_arity[RULES] = {
    0,
#define UNARY(name, x) 1,
#define BINARY(name, x, y) 2,
#define TERNARY(name, x, y, z) 3,
#define VARIADIC(name) -1,
#include "rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
};

double forward_fixed(int code, const double *x)
{
    switch (code) {
#define UNARY(name, by_x) case RULE_##name: return forward_##name(x[0]);
#define BINARY(name, by_x, by_y) case RULE_##name: return forward_##name(x[0], x[1]);
#define TERNARY(name, a, b, c) case RULE_##name: return forward_##name(x[0], x[1], x[2]);
#define VARIADIC(name)
#include "rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
    default:
        return Py_NAN;
    }
}

/* The Value of three operands of a row of fixed arity. */
static PyObject *ternary_node(int code, double data, const Slot *slots, const int *kinds)
{
    Block *block = paused() ? NULL : new_block(3);
    Node *node;
    int flags = 0;
    if (block == NULL)
        return paused() ? (PyObject *)bare_node(data) : NULL;
    node = bare_node(data);
    if (node == NULL) {
        free_block(block);
        return NULL;
    }
    for (int i = 0; i < 3; i++) {
        block->slots[i] = slots[i];
        block_numbers(block)[i] = (unsigned char)kinds[i];
        if (!kinds[i]) {
            Py_INCREF(slots[i].node);
            flags |= slots[i].node->flags;
        }
    }
    node->block = block;
    node->rule = (uint16_t)code;
    node->count = 3;
    node->flags = OUT_OF_LINE;
    if (UNLIKELY(flags & TRACKED))
        track(node);
    return (PyObject *)node;
}

Node *new_leaf(double data) { return bare_node(data); }

static PyObject *apply_fixed(int code, const Slot *slots, const int *kinds, int always)
{
    int arity = rule_arity[code], numbers = 0;
    double values[3] = {0.0, 0.0, 0.0}, data;
    for (int i = 0; i < arity; i++) {
        values[i] = kinds[i] ? slots[i].number : slots[i].node->data;
        numbers |= kinds[i] << i;
    }
    data = forward_fixed(code, values);
    if (numbers == (1 << arity) - 1 && !always)
        return PyFloat_FromDouble(data);
    if (arity == 3)
        return ternary_node(code, data, slots, kinds);
    return small_node(code, data, slots[0], slots[1], numbers, arity);
}

static PyObject *call_fixed(Rule *rule, PyObject *const *args, Py_ssize_t count, int always)
{
    int code = rule->code, arity = rule_arity[code], kinds[3] = {1, 1, 1};
    Slot slots[3] = {{0}, {0}, {0}};
    Py_ssize_t missing = arity - count;
    if (arity == 1 && count == 1 && is_node(args[0])) { /* mostly so: the rest comes to the same */
        slots[0].node = (Node *)args[0];
        return small_node(code, forward_fixed(code, &slots[0].node->data), slots[0], slots[1], 0, 1);
    }
    if (missing < 0 || missing > (always ? 0 : rule->defaults))
        return DEFERRED;
    for (Py_ssize_t i = 0; i < count; i++) {
        kinds[i] = read_slot(args[i], &slots[i]);
        if (kinds[i] < 0)
            return DEFERRED;
    }
    for (Py_ssize_t i = count; i < arity; i++)
        slots[i].number = rule->preset[rule->defaults - (arity - i)];
    return apply_fixed(code, slots, kinds, always);
}

static PyObject *call_slowly(PyObject *rule, PyObject *const *args, size_t count, PyObject *names)
{
    PyObject *apply = PyObject_GetAttrString(rule, "apply"), *result;
    if (apply == NULL)
        return NULL;
    result = PyObject_Vectorcall(apply, args, (size_t)PyVectorcall_NARGS(count), names);
    Py_DECREF(apply);
    return result;
}

PyObject *call_rule(PyObject *self, PyObject *const *args, size_t flagged, PyObject *names)
{
    Rule *rule = (Rule *)self;
    Py_ssize_t count = PyVectorcall_NARGS(flagged);
    PyObject *result = DEFERRED;
    if (rule->code && names == NULL && !careful())
        result = rule_arity[rule->code] < 0 ? call_variadic(rule->code, args, count)
                                            : call_fixed(rule, args, count, 0);
    return result == DEFERRED ? call_slowly(self, args, flagged, names) : result;
}

/* Value.__autograd_record__(rule, operands): the hook by which a Primitive recognises what records. */
PyObject *record_hook(PyObject *type, PyObject *const *args, Py_ssize_t count)
{
    PyObject *result = DEFERRED, *given[3] = {(PyObject *)value_type};
    (void)type;
    if (count != 2) {
        PyErr_Format(PyExc_TypeError, "expected a rule and its operands, got %zd arguments", count);
        return NULL;
    }
    if (is_rule(args[0]) && !careful() &&
        (PyTuple_CheckExact(args[1]) || PyList_CheckExact(args[1]))) {
        Rule *rule = (Rule *)args[0];
        PyObject **items = PySequence_Fast_ITEMS(args[1]);
        Py_ssize_t n = PySequence_Fast_GET_SIZE(args[1]);
        if (rule->code && rule_arity[rule->code] < 0)
            result = record_flat(rule->code, items, n, 1);
        else if (rule->code)
            result = call_fixed(rule, items, n, 1);
    }
    if (result != DEFERRED)
        return result;
    given[1] = args[0], given[2] = args[1];
    return PyObject_Vectorcall(imported.record_with_care, given, 3, NULL);
}

static PyObject *rule_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *rule = type->tp_alloc(type, 0);
    (void)args, (void)kwargs;
    if (rule != NULL)
        ((Rule *)rule)->vectorcall = call_rule;
    return rule;
}

/* Remember what a row of the table had when C took over its work. */
int expect_row(Rule *rule, int code)
{
    rule->forward = PyObject_GetAttrString((PyObject *)rule, "forward");
    rule->partials = PyObject_GetAttrString((PyObject *)rule, "partials");
    rule->code = code;
    return rule->forward == NULL || rule->partials == NULL ? -1 : 0;
}

static int is_altered(Rule *rule)
{
    PyObject *forward = PyObject_GetAttrString((PyObject *)rule, "forward");
    PyObject *partials = PyObject_GetAttrString((PyObject *)rule, "partials");
    int altered = forward != rule->forward || partials != rule->partials;
    PyErr_Clear(); /* one was deleted */
    Py_XDECREF(forward);
    Py_XDECREF(partials);
    return altered;
}

static int rule_set(PyObject *self, PyObject *name, PyObject *value)
{
    Rule *rule = (Rule *)self;
    int failed = PyObject_GenericSetAttr(self, name, value), altered, change;
    if (failed || rule->code == RULE_NONE)
        return failed;
    altered = is_altered(rule);
    change = altered - rule->altered; /* from what it is now: looking may have set it again */
    rule->altered = altered;
    altered_rows += change;
    unusual_threads += change;
    return 0;
}

static PyMemberDef rule_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Rule, vectorcall), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot rule_slots[] = {
    {Py_tp_doc, (void *)"What a Primitive derives from: the call, in C for the rows of the table."},
    {Py_tp_new, (void *)rule_new},
    {Py_tp_setattro, (void *)rule_set},
    {Py_tp_call, (void *)PyVectorcall_Call},
    {Py_tp_members, rule_members},
    {0, NULL},
};

PyTypeObject *rule_type;
PyType_Spec rule_spec = {
    .name = "autograd.native.core.Rule",
    .basicsize = sizeof(Rule),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = rule_slots,
};
