/* One step of backward: hand a node's adjoint down to its parents. */

#include "bridge/imports.h"
#include "forward.h"
#include "walk.h"

/* The partials of a Precomputed, if they are a tuple, one per operand, of floats and Values; else NULL, and an
   error is set where one came up. */
static PyObject *plainly_given(Node *node)
{
    static PyObject *name;
    PyObject *rule = node->rare == NULL ? NULL : node->rare->rule, *given;
    int plain;
    if (rule == NULL || (PyObject *)Py_TYPE(rule) != imported.precomputed ||
        (name == NULL && (name = PyUnicode_InternFromString("given")) == NULL))
        return NULL;
    Py_INCREF(rule); /* the class may have got a property of that name */
    given = PyObject_GetAttr(rule, name);
    Py_DECREF(rule);
    if (given == NULL) {
        PyErr_Clear(); /* the reference says so */
        return NULL;
    }
    plain = PyTuple_CheckExact(given) && PyTuple_GET_SIZE(given) == operand_count(node);
    for (Py_ssize_t i = 0; plain && i < PyTuple_GET_SIZE(given); i++)
        plain = is_node(PyTuple_GET_ITEM(given, i)) ||
                PyFloat_CheckExact(PyTuple_GET_ITEM(given, i));
    if (!plain)
        Py_CLEAR(given);
    return given;
}

/* A node with partials that its maker gave: numbers, or Values read as numbers. */
static int hand_down_given(Node *node, PyObject *given, double adjoint, uint64_t touched)
{
    Operands xs = operands_of(node);
    for (Py_ssize_t i = 0; i < xs.count; i++) {
        PyObject *partial = PyTuple_GET_ITEM(given, i);
        if (is_node(partial) && ((Node *)partial)->stamp > node->stamp)
            return raise_stale(node);
    }
    for (Py_ssize_t i = 0; i < xs.count; i++) {
        PyObject *partial = PyTuple_GET_ITEM(given, i);
        double number = is_node(partial) ? ((Node *)partial)->data : PyFloat_AS_DOUBLE(partial);
        if (!xs.numbers[i])
            give(xs.slots[i].node, adjoint * number, touched);
    }
    return 0;
}

/* One (parent, partial) pair; 0, or -1 with an error set. */
static int hand_down_pair(PyObject *pair, double adjoint, uint64_t touched)
{
    int is_pair = PyTuple_Check(pair) && PyTuple_GET_SIZE(pair) == 2;
    double partial;
    if (!is_pair || !is_node(PyTuple_GET_ITEM(pair, 0))) {
        PyErr_Format(PyExc_TypeError, "expected a Value and its partial, got %R", pair);
        return -1;
    }
    if (as_double(PyTuple_GET_ITEM(pair, 1), &partial) < 0)
        return -1;
    give((Node *)PyTuple_GET_ITEM(pair, 0), adjoint * partial, touched);
    return 0;
}

/* A rule of the user's own: (parent, partial) pairs come from the reference. */
static int hand_down_foreign(Node *node, double adjoint, uint64_t touched)
{
    PyObject *pairs, *list;
    int failed = 0;
    if (check_fresh(node) < 0)
        return -1;
    list = PyObject_CallOneArg(imported.local_partials, (PyObject *)node);
    pairs = list == NULL ? NULL : PySequence_Tuple(list); /* that stays as it is */
    Py_XDECREF(list);
    if (pairs == NULL)
        return -1;
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(pairs); i++)
        failed = hand_down_pair(PyTuple_GET_ITEM(pairs, i), adjoint, touched);
    Py_DECREF(pairs);
    return failed;
}

static int hand_down_in_python(Node *node, double adjoint, uint64_t touched)
{
    PyObject *given = plainly_given(node);
    int failed;
    if (given == NULL)
        return PyErr_Occurred() ? -1 : hand_down_foreign(node, adjoint, touched);
    failed = hand_down_given(node, given, adjoint, touched);
    Py_DECREF(given);
    return failed;
}

int recompute_foreign(Node *node)
{
    PyObject *operands = get_operands(node), *rule = get_rule(node), *result = NULL;
    PyObject *source = node->rare != NULL && node->rare->source ? node->rare->source : Py_None;
    double data = 0.0;
    Py_INCREF(source); /* the node may get another */
    if (operands != NULL)
        result = PyObject_CallFunctionObjArgs(imported.compute, rule, operands, source, NULL);
    Py_XDECREF(operands);
    Py_DECREF(source);
    Py_DECREF(rule);
    if (result == NULL || as_double(result, &data) < 0) {
        Py_XDECREF(result);
        return -1;
    }
    Py_DECREF(result);
    node->data = data;
    return 0;
}

/* The rows of the table.  `weigh`, which the chain rule multiplies with, is plain multiplication
   here: the sweep leaves out adjoints of 0. */
int hand_down(Node *node, double adjoint, uint64_t touched)
{
    Slot *slots = operand_slots(node);
    double z = node->data, x0, x1, x2;
    switch (node->rule) {
    case RULE_NONE:
        return hand_down_in_python(node, adjoint, touched);
#define READ(i) x##i = is_number(node, i) ? slots[i].number : slots[i].node->data
#define GIVE(name, i, partial)                                                                 \
    if (!is_number(node, i))                                                                   \
    give(slots[i].node, HANDED_DOWN(RULE_##name, adjoint, (partial)), touched)
#define UNARY(name, by_0)                                                                      \
    case RULE_##name:                                                                          \
        READ(0);                                                                               \
        GIVE(name, 0, by_0);                                                                   \
        (void)x0, (void)z;                                                                     \
        return 0;
#define BINARY(name, by_0, by_1)                                                               \
    case RULE_##name:                                                                          \
        READ(0), READ(1);                                                                      \
        GIVE(name, 0, by_0);                                                                   \
        GIVE(name, 1, by_1);                                                                   \
        (void)x0, (void)x1;                                                                    \
        return 0;
#define TERNARY(name, by_0, by_1, by_2)                                                        \
    case RULE_##name:                                                                          \
        READ(0), READ(1), READ(2);                                                             \
        GIVE(name, 0, by_0);                                                                   \
        GIVE(name, 1, by_1);                                                                   \
        GIVE(name, 2, by_2);                                                                   \
        (void)x0, (void)x1, (void)x2;                                                          \
        return 0;
#define VARIADIC(name)                                                                         \
    case RULE_##name:                                                                          \
        hand_down_variadic(node, adjoint, touched);                                            \
        return 0;
#include "rules.h"
    }
    return 0;
}
