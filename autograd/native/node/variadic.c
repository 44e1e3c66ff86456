/* The rows of any number of operands, by hand: their forward functions and partials. */

#include <float.h>
#include "forward.h"
#include "node.h"

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
