/* One step of backward: hand a node's adjoint down to its parents. */

#include "forward.h"
#include "walks.h"

static PyObject *given_of(Node *node)
{
    static PyObject *name;
    if (name == NULL)
        name = PyUnicode_InternFromString("given");
    return name == NULL ? NULL : PyObject_GetAttr(node->rare->rule, name);
}

/* A node with partials that its maker gave: numbers, or Values read as numbers. */
static int hand_down_given(Node *node, double adjoint, uint64_t touched)
{
    PyObject *given = given_of(node);
    Py_ssize_t count = operand_count(node);
    int failed = given == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; !failed && i < count; i++) {
        PyObject *partial = PyTuple_GET_ITEM(given, i);
        if (is_node(partial) && ((Node *)partial)->stamp > node->stamp)
            failed = check_fresh(node);
    }
    for (Py_ssize_t i = 0; !failed && i < count; i++) {
        PyObject *partial = PyTuple_GET_ITEM(given, i);
        double number = is_node(partial) ? ((Node *)partial)->data : PyFloat_AsDouble(partial);
        if (!is_number(node, i))
            give(operand_slots(node)[i].node, adjoint * number, touched);
    }
    Py_XDECREF(given);
    return failed;
}

/* Whether a Given's partials are a tuple, one per operand, of floats and Values. */
static int is_plainly_given(Node *node)
{
    PyObject *rule = node->rare->rule, *given;
    int plain;
    if ((PyObject *)Py_TYPE(rule) != connected.given)
        return 0;
    given = given_of(node);
    plain = given != NULL && PyTuple_CheckExact(given) &&
            PyTuple_GET_SIZE(given) == operand_count(node);
    for (Py_ssize_t i = 0; plain && i < PyTuple_GET_SIZE(given); i++)
        plain = is_node(PyTuple_GET_ITEM(given, i)) ||
                PyFloat_CheckExact(PyTuple_GET_ITEM(given, i));
    if (given == NULL)
        PyErr_Clear();
    Py_XDECREF(given);
    return plain;
}

/* A rule of the user's own: (parent, partial) pairs come from the reference. */
static int hand_down_foreign(Node *node, double adjoint, uint64_t touched)
{
    PyObject *pairs;
    if (check_fresh(node) < 0)
        return -1;
    pairs = PyObject_CallOneArg(connected.local_partials, (PyObject *)node);
    if (pairs == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); i++) {
        PyObject *pair = PyList_GET_ITEM(pairs, i);
        double partial = PyFloat_AsDouble(PyTuple_GET_ITEM(pair, 1));
        give((Node *)PyTuple_GET_ITEM(pair, 0), adjoint * partial, touched);
    }
    Py_DECREF(pairs);
    return 0;
}

int recompute_foreign(Node *node)
{
    PyObject *operands = get_operands(node), *rule = get_rule(node), *result = NULL;
    PyObject *source = node->rare != NULL && node->rare->source ? node->rare->source : Py_None;
    double data = 0.0;
    if (operands != NULL)
        result = PyObject_CallFunctionObjArgs(connected.compute, rule, operands, source, NULL);
    Py_XDECREF(operands);
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
        if (node->rare == NULL || node->rare->rule == NULL)
            return hand_down_foreign(node, adjoint, touched);
        return is_plainly_given(node) ? hand_down_given(node, adjoint, touched)
                                      : hand_down_foreign(node, adjoint, touched);
#define READ(i) x##i = is_number(node, i) ? slots[i].number : slots[i].node->data
#define GIVE(i, partial)                                                                       \
    if (!is_number(node, i))                                                                   \
    give(slots[i].node, adjoint * (partial), touched)
#define UNARY(name, by_0)                                                                      \
    case RULE_##name:                                                                          \
        READ(0);                                                                               \
        GIVE(0, by_0);                                                                         \
        (void)x0, (void)z;                                                                     \
        return 0;
#define BINARY(name, by_0, by_1)                                                               \
    case RULE_##name:                                                                          \
        READ(0), READ(1);                                                                      \
        GIVE(0, by_0);                                                                         \
        GIVE(1, by_1);                                                                         \
        (void)x0, (void)x1;                                                                    \
        return 0;
#define TERNARY(name, by_0, by_1, by_2)                                                        \
    case RULE_##name:                                                                          \
        READ(0), READ(1), READ(2);                                                             \
        GIVE(0, by_0);                                                                         \
        GIVE(1, by_1);                                                                         \
        GIVE(2, by_2);                                                                         \
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
