/* The rows of any number of operands, by hand: their forward functions, partials and calls. */

#include <float.h>
#include "forward.h"
#include "record.h"

static double forward_total(Node *node)
{
    Py_ssize_t count = operand_count(node);
    double result = 0.0;
    for (Py_ssize_t i = 0; i < count; i++)
        result += operand_value(node, i);
    return result;
}

static double forward_dot(Node *node)
{
    Py_ssize_t half = operand_count(node) / 2;
    double result = 0.0;
    for (Py_ssize_t i = 0; i < half; i++)
        result += operand_value(node, i) * operand_value(node, i + half);
    return result;
}

static double forward_maximum(Node *node)
{
    Py_ssize_t count = operand_count(node);
    double result = operand_value(node, 0);
    for (Py_ssize_t i = 0; i < count; i++) {
        double x = operand_value(node, i);
        if (x > result || x != x)
            result = x;
    }
    return result;
}

static double forward_minimum(Node *node)
{
    Py_ssize_t count = operand_count(node);
    double result = operand_value(node, 0);
    for (Py_ssize_t i = 0; i < count; i++) {
        double x = operand_value(node, i);
        if (x < result || x != x)
            result = x;
    }
    return result;
}

static double forward_logsumexp(Node *node)
{
    Py_ssize_t count = operand_count(node);
    double largest = forward_maximum(node), sum = 0.0;
    if (!isfinite(largest))
        return largest;
    for (Py_ssize_t i = 0; i < count; i++)
        sum += exp(operand_value(node, i) - largest);
    return largest + log(sum);
}

double forward_variadic(Node *node)
{
    switch (node->rule) {
#define UNARY(name, x)
#define BINARY(name, x, y)
#define TERNARY(name, x, y, z)
#define VARIADIC(name) case RULE_##name: return forward_##name(node);
#include "rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
    default:
        return Py_NAN;
    }
}

/* -- backward ------------------------------------------------------------------------------ */

static void hand_down_total(Node *node, double adjoint, uint64_t touched)
{
    Py_ssize_t count = operand_count(node);
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_number(node, i))
            give(operand_slots(node)[i].node, adjoint, touched);
}

static void hand_down_dot(Node *node, double adjoint, uint64_t touched)
{
    Py_ssize_t count = operand_count(node), half = count / 2;
    Slot *slots = operand_slots(node);
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_number(node, i)) {
            double partner = operand_value(node, i < half ? i + half : i - half);
            give(slots[i].node, adjoint * partner, touched);
        }
}

/* maximum and minimum: an even share for each of those that equal the result. */
static void hand_down_ties(Node *node, double adjoint, uint64_t touched)
{
    Py_ssize_t count = operand_count(node);
    double hits = 0.0, z = node->data;
    for (Py_ssize_t i = 0; i < count; i++)
        hits += forward_same(operand_value(node, i), z);
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_number(node, i)) {
            Node *x = operand_slots(node)[i].node;
            give(x, adjoint * forward_div(forward_same(x->data, z), hits), touched);
        }
}

/* `softmax` of the table: the shares, divided by their sum. */
static void hand_down_logsumexp(Node *node, double adjoint, uint64_t touched)
{
    Py_ssize_t count = operand_count(node);
    double whole = 0.0;
    for (Py_ssize_t i = 0; i < count; i++)
        whole += forward_share(operand_value(node, i), node->data);
    if (whole < DBL_MIN)
        whole = DBL_MIN;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_number(node, i)) {
            Node *x = operand_slots(node)[i].node;
            give(x, adjoint * forward_div(forward_share(x->data, node->data), whole), touched);
        }
}

#define hand_down_maximum hand_down_ties
#define hand_down_minimum hand_down_ties

void hand_down_variadic(Node *node, double adjoint, uint64_t touched)
{
    switch (node->rule) {
#define UNARY(name, x)
#define BINARY(name, x, y)
#define TERNARY(name, x, y, z)
#define VARIADIC(name) case RULE_##name: hand_down_##name(node, adjoint, touched); break;
#include "rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
    }
}

/* -- recording ----------------------------------------------------------------------------- */

/* Read items into the node's operands from place `from` on, as borrowed references. */
static int read_items(Node *node, PyObject *const *items, Py_ssize_t n, Py_ssize_t from)
{
    Slot *slots = operand_slots(node) + from;
    unsigned char *numbers =
        node->flags & OUT_OF_LINE ? block_numbers(node->block) + from : NULL;
    int values = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        int kind = read_slot(items[i], &slots[i]);
        if (kind < 0)
            return -1;
        if (numbers != NULL)
            numbers[i] = (unsigned char)kind;
        else
            node->flags |= (uint8_t)(kind << (from + i));
        values |= !kind;
    }
    return values;
}

/* Make a sketch of a node, on the C stack, into a Value. */
static PyObject *finish(Node *sketch)
{
    double data = forward_variadic(sketch);
    Py_ssize_t count = operand_count(sketch);
    Node *node;
    if (!(sketch->flags & OUT_OF_LINE))
        return small_node(sketch->rule, data, sketch->pair[0], sketch->pair[1], sketch->flags,
                          sketch->count);
    node = bare_node(data);
    if (node == NULL || paused()) {
        PyMem_Free(sketch->block);
        return (PyObject *)node;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_number(sketch, i))
            Py_INCREF(sketch->block->slots[i].node);
    node->rule = sketch->rule;
    node->flags = OUT_OF_LINE;
    node->count = sketch->count;
    node->block = sketch->block;
    return (PyObject *)node;
}

/* Apply a row to the n objects at xs, and as many at ys where it takes two sequences.  The result
   is a float where no Value is among them, unless a Value is wanted `always`. */
PyObject *record_flat(int code, PyObject *const *xs, Py_ssize_t n, PyObject *const *ys, int always)
{
    Node sketch = {.rule = (uint16_t)code};
    Py_ssize_t count = ys != NULL ? 2 * n : n;
    int values;
    if (count == 0 || (code == RULE_dot && count % 2))
        return DEFERRED;
    sketch.count = count > 2 ? 3 : (uint8_t)count;
    if (count > 2) {
        sketch.flags = OUT_OF_LINE;
        sketch.block = new_block(count);
        if (sketch.block == NULL)
            return NULL;
    }
    values = read_items(&sketch, xs, n, 0);
    if (values >= 0 && ys != NULL) {
        int more = read_items(&sketch, ys, n, n);
        values = more < 0 ? more : values | more;
    }
    if (values > 0 || (values == 0 && always))
        return finish(&sketch);
    {
        PyObject *result =
            values == 0 ? PyFloat_FromDouble(forward_variadic(&sketch)) : DEFERRED;
        if (sketch.flags & OUT_OF_LINE)
            PyMem_Free(sketch.block);
        return result;
    }
}

static int is_row(PyObject *x) { return PyList_CheckExact(x) || PyTuple_CheckExact(x); }

static PyObject *call_dot(PyObject *const *args, Py_ssize_t count)
{
    if (count != 2 || !is_row(args[0]) || !is_row(args[1]) ||
        PySequence_Fast_GET_SIZE(args[0]) != PySequence_Fast_GET_SIZE(args[1]))
        return DEFERRED;
    return record_flat(RULE_dot, PySequence_Fast_ITEMS(args[0]),
                       PySequence_Fast_GET_SIZE(args[0]), PySequence_Fast_ITEMS(args[1]), 0);
}

/* f(xs) and f(x, y, ...) alike, read straight from the list, the tuple or the call. */
PyObject *call_variadic(int code, PyObject *const *args, Py_ssize_t count)
{
    if (code == RULE_dot)
        return call_dot(args, count);
    if (count == 1 && is_row(args[0]))
        return record_flat(code, PySequence_Fast_ITEMS(args[0]),
                           PySequence_Fast_GET_SIZE(args[0]), NULL, 0);
    return record_flat(code, args, count, NULL, 0);
}
