/* The rows of any number of operands, by hand: their forward functions, partials and calls. */

#include <float.h>
#include "forward.h"
#include "record.h"

static double forward_total(Node *node)
{
    Operands xs = operands_of(node);
    double result = 0.0;
    for (Py_ssize_t i = 0; i < xs.count; i++)
        result += value_at(xs, i);
    return result;
}

static double forward_dot(Node *node)
{
    Operands xs = operands_of(node);
    Py_ssize_t half = xs.count / 2;
    double result = half ? -0.0 : 0.0; /* what adds nothing to the first product */
    for (Py_ssize_t i = 0; i < half; i++)
        result += value_at(xs, i) * value_at(xs, i + half);
    return result;
}

static double forward_maximum(Node *node)
{
    Operands xs = operands_of(node);
    double result = value_at(xs, 0);
    for (Py_ssize_t i = 0; i < xs.count; i++) {
        double x = value_at(xs, i);
        if (x > result || x != x)
            result = x;
    }
    return result;
}

static double forward_minimum(Node *node)
{
    Operands xs = operands_of(node);
    double result = value_at(xs, 0);
    for (Py_ssize_t i = 0; i < xs.count; i++) {
        double x = value_at(xs, i);
        if (x < result || x != x)
            result = x;
    }
    return result;
}

static double forward_logsumexp(Node *node)
{
    Operands xs = operands_of(node);
    double largest = forward_maximum(node), sum = 0.0;
    if (!isfinite(largest))
        return largest;
    for (Py_ssize_t i = 0; i < xs.count; i++)
        sum += exp(value_at(xs, i) - largest);
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
    Operands xs = operands_of(node);
    for (Py_ssize_t i = 0; i < xs.count; i++)
        if (!xs.numbers[i])
            give(xs.slots[i].node, adjoint, touched);
}

static void hand_down_dot(Node *node, double adjoint, uint64_t touched)
{
    Operands xs = operands_of(node);
    Py_ssize_t half = xs.count / 2;
    for (Py_ssize_t i = 0; i < xs.count; i++)
        if (!xs.numbers[i]) {
            double partner = value_at(xs, i < half ? i + half : i - half);
            give(xs.slots[i].node, adjoint * partner, touched);
        }
}

/* maximum and minimum: an even share for each of those that equal the result. */
static void hand_down_ties(Node *node, double adjoint, uint64_t touched)
{
    Operands xs = operands_of(node);
    double hits = 0.0, z = node->data;
    for (Py_ssize_t i = 0; i < xs.count; i++)
        hits += forward_same(value_at(xs, i), z);
    for (Py_ssize_t i = 0; i < xs.count; i++)
        if (!xs.numbers[i]) {
            Node *x = xs.slots[i].node;
            give(x, adjoint * forward_div(forward_same(x->data, z), hits), touched);
        }
}

/* `softmax` of the table: the shares, divided by their sum. */
static void hand_down_logsumexp(Node *node, double adjoint, uint64_t touched)
{
    Operands xs = operands_of(node);
    double whole = 0.0;
    for (Py_ssize_t i = 0; i < xs.count; i++)
        whole += forward_share(value_at(xs, i), node->data);
    if (whole < DBL_MIN)
        whole = DBL_MIN;
    for (Py_ssize_t i = 0; i < xs.count; i++)
        if (!xs.numbers[i]) {
            Node *x = xs.slots[i].node;
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
    Operands xs = operands_of(sketch);
    Node *node;
    if (!(sketch->flags & OUT_OF_LINE))
        return small_node(sketch->rule, data, sketch->pair[0], sketch->pair[1], sketch->flags,
                          sketch->count);
    node = bare_node(data);
    if (node == NULL || paused()) {
        PyMem_Free(sketch->block);
        return (PyObject *)node;
    }
    for (Py_ssize_t i = 0; i < xs.count; i++)
        if (!xs.numbers[i])
            Py_INCREF(xs.slots[i].node);
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
