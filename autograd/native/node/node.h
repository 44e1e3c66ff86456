/* The node: what a Value is in C.

   In all of this extension a function borrows the references that it is given, and returns a new
   one, or NULL with an exception set; one that does otherwise says so.  A function that returns an
   int returns -1 with an exception set. */

#ifndef GLASSGRAD_NODE_H
#define GLASSGRAD_NODE_H

#include "modes.h"
#include "rule.h"

typedef struct Node Node;

typedef union {
    Node *node; /* owned */
    double number;
} Slot;

/* Three operands or more; after the slots comes one byte each, 1 for a number. */
typedef struct {
    Py_ssize_t count;
    Slot slots[];
} Block;

/* What few nodes have; all owned.  `rule` is set where it is no row of the table that C knows. */
typedef struct {
    PyObject *label, *source, *rule, *mark;
} Rare;

enum { NUMBER_0 = 1, NUMBER_1 = 2, OUT_OF_LINE = 4, REACHED = 8, TRACKED = 16 };

/* 80 bytes, and 16 in front of it for the cycle collector.  Operands are older than what rests on
   them, so only a label, or a rule of the user's, can close a cycle: a node is TRACKED when it has
   such a thing or rests on a node that is. */
struct Node {
    PyObject_HEAD
    double data;
    double grad; /* means something where flags has REACHED */
    int64_t stamp;
    uint16_t rule; /* a RULE_ code; 0 for a leaf, and where rare->rule is set */
    uint8_t flags;
    uint8_t count; /* of operands; any number but 0 where they are out of line */
    uint32_t scope;
    uint64_t mark; /* which walk was here last; for a dead node, the next one to free */
    union {
        Slot pair[2];
        Block *block;
    };
    Rare *rare;
};

/* How far apart two nodes are that Python makes one after the other. */
enum { NODE_STRIDE = sizeof(Node) + 2 * sizeof(void *) };

extern PyTypeObject *value_type; /* the class Value */

/* operands.c */
PyObject *get_operand(Node *node, Py_ssize_t i);
PyObject *get_operands(Node *node);
int set_operands(Node *node, PyObject *operands);
void forget_operands(Node *node);
PyObject *get_rule(Node *node);
int set_rule(Node *node, PyObject *rule);
int as_double(PyObject *x, double *number);

/* record.c, record_variadic.c */
Node *new_leaf(double data);
PyObject *record_hook(PyObject *type, PyObject *const *args, Py_ssize_t count);
PyObject *call_variadic(int code, PyObject *const *args, Py_ssize_t count);
PyObject *record_flat(int code, PyObject *const *xs, Py_ssize_t n, int always);

/* variadic.c */
double forward_variadic(Node *node);
void hand_down_variadic(Node *node, double adjoint, uint64_t touched);

/* value.c, operators.c, attributes.c */
PyObject *make_value_type(PyObject *module, PyObject *reference);
int table_methods(PyObject *base, PyMethodDef *methods);
int tell(PyObject *self, const char *what);
extern PyGetSetDef value_attributes[];
PyObject *value_compare(PyObject *self, PyObject *other, int how);
PyObject *value_add(PyObject *a, PyObject *b);
PyObject *value_subtract(PyObject *a, PyObject *b);
PyObject *value_multiply(PyObject *a, PyObject *b);
PyObject *value_divide(PyObject *a, PyObject *b);
PyObject *value_power(PyObject *a, PyObject *b, PyObject *modulus);
PyObject *value_negative(PyObject *self);
PyObject *value_absolute(PyObject *self);
PyObject *value_positive(PyObject *self);
int value_bool(PyObject *self);

/* backward.c */
PyObject *native_backward(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *native_refresh(PyObject *module, PyObject *root);
PyObject *native_zero_grad(PyObject *module, PyObject *root);

/* What a fast path returns to hand over to the reference; never leaves the extension. */
#define DEFERRED Py_NotImplemented

static inline int is_node(PyObject *x)
{
    return Py_TYPE(x) == value_type || PyObject_TypeCheck(x, value_type);
}

/* Whether the reference has to run: in debug mode, and while somebody has put another function
   into a row of the table, as tests do that plant a fault. */
static inline int careful(void)
{
    return UNLIKELY(unusual_threads) && (settled()->debugging || altered_rows);
}

/* Let the cycle collector see a node of which something may lead back to it. */
static inline void track(Node *node)
{
    if (!(node->flags & TRACKED)) {
        node->flags |= TRACKED;
        if (!PyObject_GC_IsTracked((PyObject *)node))
            PyObject_GC_Track(node);
    }
}

static inline Py_ssize_t operand_count(const Node *node)
{
    return node->flags & OUT_OF_LINE ? node->block->count : node->count;
}

static inline Slot *operand_slots(Node *node)
{
    return node->flags & OUT_OF_LINE ? node->block->slots : node->pair;
}

static inline unsigned char *block_numbers(Block *block)
{
    return (unsigned char *)(block->slots + block->count);
}

/* A node's operands, wherever they are, for loops over them. */
typedef struct {
    Slot *slots;
    const unsigned char *numbers; /* 1 for a number, 0 for a Value */
    Py_ssize_t count;
} Operands;

static inline Operands operands_of(Node *node)
{
    static const unsigned char pairs[4][2] = {{0, 0}, {1, 0}, {0, 1}, {1, 1}};
    Block *block = node->block;
    if (node->flags & OUT_OF_LINE)
        return (Operands){block->slots, block_numbers(block), block->count};
    return (Operands){node->pair, pairs[node->flags & (NUMBER_0 | NUMBER_1)], node->count};
}

static inline double value_at(Operands xs, Py_ssize_t i)
{
    return xs.numbers[i] ? xs.slots[i].number : xs.slots[i].node->data;
}

static inline int is_number(const Node *node, Py_ssize_t i)
{
    return node->flags & OUT_OF_LINE ? block_numbers(node->block)[i] : node->flags >> i & 1;
}

static inline double operand_value(Node *node, Py_ssize_t i)
{
    Slot slot = operand_slots(node)[i];
    return is_number(node, i) ? slot.number : slot.node->data;
}

/* Add a term to an adjoint; the first one of a walk starts the sum at 0. */
static inline void give(Node *x, double term, uint64_t touched)
{
    if (x->mark == touched) {
        x->grad += term;
        return;
    }
    x->mark = touched;
    x->flags |= REACHED;
    x->grad = 0.0 + term;
}

#endif
