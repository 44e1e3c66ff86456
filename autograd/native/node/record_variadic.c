/* Recording a row of any number of operands: read straight from a list, a tuple or the call. */

#include "record.h"

/* Apply a row to one or two objects. */
static PyObject *record_few(int code, PyObject *const *xs, Py_ssize_t count, int always)
{
    Node sketch = {.rule = (uint16_t)code, .count = (uint8_t)count};
    double data;
    for (Py_ssize_t i = 0; i < count; i++) {
        int kind = read_slot(xs[i], &sketch.pair[i]);
        if (kind < 0)
            return DEFERRED;
        sketch.flags |= (uint8_t)(kind << i);
    }
    data = forward_variadic(&sketch);
    if (sketch.flags == (1 << count) - 1 && !always)
        return PyFloat_FromDouble(data);
    return small_node(code, data, sketch.pair[0], sketch.pair[1], sketch.flags, (int)count);
}

/* -- more: the block holds its Values from when they are read -------------------------------- */

/* A block with nothing in it yet, which reads as numbers. */
static Block *empty_block(Py_ssize_t count)
{
    Block *block = new_block(count);
    if (block != NULL)
        memset(block_numbers(block), 1, (size_t)count);
    return block;
}

/* Read an object into its place, as `read_slot` does; add a Value's flags. */
static inline int hold(Block *block, Py_ssize_t i, PyObject *x, int *flags)
{
    int kind = read_slot(x, &block->slots[i]);
    block_numbers(block)[i] = (unsigned char)kind;
    if (kind == 0) {
        Py_INCREF(x);
        *flags |= ((Node *)x)->flags;
    }
    return kind;
}

/* What a call returns instead of a node. */
static PyObject *without_node(Block *block, PyObject *result)
{
    const unsigned char *numbers = block_numbers(block);
    for (Py_ssize_t i = 0; i < block->count; i++)
        if (!numbers[i])
            Py_DECREF(block->slots[i].node);
    free_block(block);
    return result;
}

/* `flags` are those of all operands together. */
static PyObject *many_node(int code, double data, Block *block, int flags)
{
    Node *node = bare_node(data);
    if (UNLIKELY(node == NULL) || paused())
        return without_node(block, (PyObject *)node);
    node->rule = (uint16_t)code;
    node->flags = OUT_OF_LINE;
    node->count = 3;
    node->block = block;
    if (UNLIKELY(flags & TRACKED))
        track(node);
    return (PyObject *)node;
}

static PyObject *record_many(int code, PyObject *const *xs, Py_ssize_t count, int always)
{
    Node sketch = {.rule = (uint16_t)code, .flags = OUT_OF_LINE};
    int values = 0, flags = 0;
    sketch.block = empty_block(count);
    if (sketch.block == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        int kind = hold(sketch.block, i, xs[i], &flags);
        if (kind < 0)
            return without_node(sketch.block, DEFERRED);
        values |= !kind;
    }
    if (!values && !always)
        return without_node(sketch.block, PyFloat_FromDouble(forward_variadic(&sketch)));
    return many_node(code, forward_variadic(&sketch), sketch.block, flags);
}

/* -- dot: the sum is taken while its two rows are read --------------------------------------- */

/* Hold pairs of Values, up to the first of something else; return how many. */
static Py_ssize_t hold_pairs(Block *block, PyObject *const *xs, PyObject *const *ys, double *sum,
                             int *flags)
{
    Py_ssize_t i, n = block->count / 2;
    for (i = 0; i < n && Py_TYPE(xs[i]) == value_type && Py_TYPE(ys[i]) == value_type; i++) {
        Node *x = (Node *)Py_NewRef(xs[i]), *y = (Node *)Py_NewRef(ys[i]);
        block->slots[i].node = x;
        block->slots[n + i].node = y;
        *sum += x->data * y->data;
        *flags |= x->flags | y->flags;
    }
    if (i) {
        memset(block_numbers(block), 0, (size_t)i);
        memset(block_numbers(block) + n, 0, (size_t)i);
    }
    return i;
}

static PyObject *record_dot(PyObject *const *xs, PyObject *const *ys, Py_ssize_t n, int always)
{
    Block *block = empty_block(2 * n);
    double sum = -0.0; /* as in forward_dot */
    Py_ssize_t values;
    int flags = 0;
    if (block == NULL)
        return NULL;
    values = hold_pairs(block, xs, ys, &sum, &flags);
    for (Py_ssize_t i = values; i < n; i++) {
        int x = hold(block, i, xs[i], &flags), y = hold(block, n + i, ys[i], &flags);
        Slot left = block->slots[i], right = block->slots[n + i];
        if (x < 0 || y < 0)
            return without_node(block, DEFERRED);
        sum += (x ? left.number : left.node->data) * (y ? right.number : right.node->data);
        values += !(x && y);
    }
    if (!values && !always)
        return without_node(block, PyFloat_FromDouble(sum));
    return many_node(RULE_dot, sum, block, flags);
}

/* -- calls ----------------------------------------------------------------------------------- */

/* Apply a row to n objects, of `dot` all of one side and then all of the other.  The result is a
   float where no Value is among them, unless a Value is wanted `always`. */
PyObject *record_flat(int code, PyObject *const *xs, Py_ssize_t n, int always)
{
    if (n == 0 || (code == RULE_dot && n % 2))
        return DEFERRED;
    if (n <= 2)
        return record_few(code, xs, n, always);
    return code == RULE_dot ? record_dot(xs, xs + n / 2, n / 2, always)
                            : record_many(code, xs, n, always);
}

static int is_row(PyObject *x) { return PyList_CheckExact(x) || PyTuple_CheckExact(x); }

static PyObject *call_dot(PyObject *const *args, Py_ssize_t count)
{
    PyObject *const *xs, *const *ys;
    Py_ssize_t n;
    if (count != 2 || !is_row(args[0]) || !is_row(args[1]) ||
        PySequence_Fast_GET_SIZE(args[0]) != PySequence_Fast_GET_SIZE(args[1]))
        return DEFERRED;
    xs = PySequence_Fast_ITEMS(args[0]), ys = PySequence_Fast_ITEMS(args[1]);
    n = PySequence_Fast_GET_SIZE(args[0]);
    if (n == 1)
        return record_few(RULE_dot, (PyObject *[]){xs[0], ys[0]}, 2, 0);
    return n == 0 ? DEFERRED : record_dot(xs, ys, n, 0);
}

/* f(xs) and f(x, y, ...) alike. */
PyObject *call_variadic(int code, PyObject *const *args, Py_ssize_t count)
{
    if (code == RULE_dot)
        return call_dot(args, count);
    if (count == 1 && is_row(args[0]))
        return record_flat(code, PySequence_Fast_ITEMS(args[0]),
                           PySequence_Fast_GET_SIZE(args[0]), 0);
    return record_flat(code, args, count, 0);
}
