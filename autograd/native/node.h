/* The node: what a Value is in C, and the state that all of this extension shares. */

#ifndef GLASSGRAD_NODE_H
#define GLASSGRAD_NODE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

#ifdef Py_GIL_DISABLED
#error "the accelerator relies on the GIL: free-threaded Python runs the reference engine"
#endif

#ifdef _MSC_VER
#define THREAD_LOCAL __declspec(thread)
#define UNLIKELY(x) (x)
#define PREFETCH(address) ((void)(address))
#else
#define THREAD_LOCAL __thread
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define PREFETCH(address) __builtin_prefetch((void *)(address))
#endif

typedef struct Node Node;

typedef union {
    Node *node;
    double number;
} Slot;

/* Three operands or more; after the slots comes one byte each, 1 for a number. */
typedef struct {
    Py_ssize_t count;
    Slot slots[];
} Block;

/* What few nodes have.  `rule` is set where it is no row of the table that C knows. */
typedef struct {
    PyObject *label, *source, *rule, *mark;
} Rare;

enum { NUMBER_0 = 1, NUMBER_1 = 2, OUT_OF_LINE = 4, REACHED = 8 };

/* 80 bytes.  Operands are older than what rests on them, so there are no cycles and no need for
   the cycle collector. */
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

/* A primitive: what Python's class Primitive derives from. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    int code; /* 0 for a primitive that is no row of the table */
    int defaults;
    double preset[2];
    PyObject *forward, *partials; /* of a row: what C has once more */
    int altered;                  /* whether Python has something else by now */
} Rule;

enum {
    RULE_NONE,
#define UNARY(name, x) RULE_##name,
#define BINARY(name, x, y) RULE_##name,
#define TERNARY(name, x, y, z) RULE_##name,
#define VARIADIC(name) RULE_##name,
#include "rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
    RULES
};

/* How this thread records. */
typedef struct {
    int paused; /* no_grad() */
    int debugging;
    uint32_t scope;
    int depth, room; /* of `around`: the scopes to go back to */
    uint32_t *around;
    PyObject *tracer; /* what is told of comparisons and reads, or NULL */
    PyObject *owners; /* frames of generators and coroutines with blocks of their own, or NULL */
    uint64_t live;    /* which of them were running when the modes were settled */
} Modes;

/* Python objects that other modules hand over by `connect`. */
typedef struct {
    PyObject *as_float, *foreign, *initialise, *record, *assign_data; /* node.py, ieee754.py */
    PyObject *graph_lock, *scopes, *settle, *enter_scope, *leave_scope; /* modes.py and scopes.py */
    PyObject *backward, *refresh, *zero_grad;                         /* backward.py */
    PyObject *check_fresh, *local_partials, *compute;                 /* backward.py */
    PyObject *given, *identity_tuple;         /* precomputed.py, identity_list.py: the classes */
    PyObject *detach, *shaped;                /* compiler/program.py, compiler/arguments.py */
    PyObject *table[RULES];                                           /* primitives.py */
} Connected;

extern PyTypeObject Core_Type, Rule_Type, Clock_Type, Modes_Type, Scope_Type, Scopes_Type;
extern PyTypeObject *value_type; /* the class Value */
extern Connected connected;
extern int64_t clock_now, clock_changed; /* the latest change of data */
extern int unusual_threads; /* how many have a mode on; altered rows count too */
extern int scoped_threads;  /* how many are within a scope */
extern int altered_rows, walking; /* rows that Python has altered, walks under way */
extern THREAD_LOCAL Modes modes;
void settle(void); /* modes.c */
extern Node *free_nodes;
extern Py_ssize_t free_count, fail_after;
extern const char *const rule_names[RULES];
extern const signed char rule_arity[RULES]; /* -1 for a variadic row */

/* memory.c */
void *allocate(size_t size);
void *reallocate(void *block, size_t size);
Node *node_from_python(void);
void core_dealloc(PyObject *self);
PyObject *core_alloc(PyTypeObject *type, Py_ssize_t items);
void adopt_value(PyTypeObject *type);
Block *new_block(Py_ssize_t count);
void free_block(Block *block);
Rare *rare_of(Node *node);
void defer_decref(PyObject *object);
void end_walk(void);
PyObject *memory_counts(PyObject *module, PyObject *unused);
PyObject *memory_fail_after(PyObject *module, PyObject *count);

/* operands.c */
PyObject *get_operand(Node *node, Py_ssize_t i);
PyObject *get_operands(Node *node);
int set_operands(Node *node, PyObject *operands);
PyObject *get_rule(Node *node);
int set_rule(Node *node, PyObject *rule);
int as_double(PyObject *x, double *number);

/* record.c, record_variadic.c */
PyObject *call_rule(PyObject *rule, PyObject *const *args, size_t count, PyObject *names);
int expect_row(Rule *rule, int code);
PyObject *record_hook(PyObject *type, PyObject *const *args, Py_ssize_t count);
double forward_fixed(int code, const double *x);
PyObject *call_variadic(int code, PyObject *const *args, Py_ssize_t count);
PyObject *record_flat(int code, PyObject *const *xs, Py_ssize_t n, int always);

/* variadic.c */
double forward_variadic(Node *node);
void hand_down_variadic(Node *node, double adjoint, uint64_t touched);

/* the rest */
PyObject *core_connect(PyObject *module, PyObject *args, PyObject *kwargs);
void set_scope(uint32_t scope);
PyObject *native_forked(PyObject *module, PyObject *abandoned);
void forget_threads(int abandoned);
PyObject *method_of(PyObject *module, PyObject *rule);
extern PyGetSetDef core_attributes[];
extern PyNumberMethods core_operators;
PyObject *core_compare(PyObject *self, PyObject *other, int how);
void forget_spare(void);
PyObject *native_backward(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *native_refresh(PyObject *module, PyObject *root);
PyObject *native_zero_grad(PyObject *module, PyObject *root);
PyObject *native_read_leaves(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *native_add_gradients(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *native_sum_of(PyObject *module, PyObject *numbers);
PyObject *native_all_unchanged(PyObject *module, PyObject *seen);
PyObject *native_unchanged_since(PyObject *module, PyObject *const *args, Py_ssize_t count);

/* parse_tree.c, build_tree.c */
PyObject *native_read_like(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *native_grow_like(PyObject *module, PyObject *const *args, Py_ssize_t count);

/* What a fast path returns to hand over to the reference; never leaves the extension. */
#define DEFERRED Py_NotImplemented

/* For tests: whether this allocation is the one to fail. */
static inline int must_fail(void) { return UNLIKELY(fail_after) && --fail_after == 0; }

static inline int64_t clock_change(void) { return clock_changed = ++clock_now; }

static inline int is_node(PyObject *x)
{
    return Py_TYPE(x) == value_type || PyObject_TypeCheck(x, &Core_Type);
}

/* This thread's modes, true for whatever generator or coroutine is running. */
static inline Modes *settled(void)
{
    if (UNLIKELY(modes.owners != NULL))
        settle();
    return &modes;
}

/* Whether a trace is being made, which has to know of every comparison and read. */
static inline int tracing(void) { return UNLIKELY(unusual_threads) && modes.tracer != NULL; }

/* Whether the reference has to run: in debug mode, and while somebody has put another function
   into a row of the table, as tests do that plant a fault. */
static inline int careful(void)
{
    return UNLIKELY(unusual_threads) && (settled()->debugging || altered_rows);
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
