/* Where nodes come from and go to: a free list, and deallocation that never recurses. */

#include "poison.h"
#include "record.h"

/* About 12 MB of nodes are kept for the next graph; more goes back to Python's allocator. */
enum { MOST_FREE = 1 << 17, AT_ONCE = 64 };

PyTypeObject *value_type;
Node *free_nodes;
Py_ssize_t free_count;
static PyObject *deferred_refs; /* what a walk under way may still look at */
int walking;

/* While foreign code runs in the middle of freeing, the chain that it may add to. */
static THREAD_LOCAL Node **open_chain;
static int open_chains;

/* -- memory that holds no objects --------------------------------------------------------------- */

void *allocate(size_t size)
{
    void *block = must_fail() ? NULL : PyMem_Malloc(size);
    if (block == NULL)
        PyErr_NoMemory();
    poison(block, size);
    return block;
}

/* Of memory that a thread without the GIL, or one that ends, may free: PyMem_RawFree frees it. */
void *reallocate(void *block, size_t size)
{
    void *larger = must_fail() ? NULL : PyMem_RawRealloc(block, size);
    if (larger == NULL)
        PyErr_NoMemory();
    return larger;
}

/* Blocks of few operands wait for the next node of as many, linked by their first slot. */
enum { MOST_SLOTS = 64, MOST_SPARE_BLOCKS = 1 << 14 };
static Block *spare_blocks[MOST_SLOTS + 1];
static int spare_count;

void free_block(Block *block)
{
    if (block->count > MOST_SLOTS || spare_count == MOST_SPARE_BLOCKS) {
        PyMem_Free(block);
        return;
    }
    spare_count++;
    block->slots[0].node = (Node *)spare_blocks[block->count];
    spare_blocks[block->count] = block;
}

Block *new_block(Py_ssize_t count)
{
    Block *block = count > MOST_SLOTS ? NULL : spare_blocks[count];
    if (must_fail())
        return (Block *)PyErr_NoMemory();
    if (block != NULL) {
        spare_count--;
        spare_blocks[count] = (Block *)block->slots[0].node;
        return block;
    }
    if (count < PY_SSIZE_T_MAX / 16)
        block = allocate(sizeof(Block) + (size_t)count * (sizeof(Slot) + 1));
    else
        PyErr_NoMemory();
    if (block != NULL)
        block->count = count;
    return block;
}

Rare *rare_of(Node *node)
{
    if (node->rare == NULL) {
        node->rare = allocate(sizeof(Rare));
        if (node->rare != NULL)
            memset(node->rare, 0, sizeof(Rare));
    }
    return node->rare;
}

/* -- nodes made ---------------------------------------------------------------------------------- */

#ifdef GLASSGRAD_TEST_HOOKS
static Py_ssize_t node_count; /* Values in memory, those on the free list among them */
Py_ssize_t fail_after;
static void count_nodes(int change) { node_count += change; }
#else
static void count_nodes(int change) { (void)change; }
#endif

/* A node whose fields are for the caller to fill, when the free list is empty: it gets some more,
   too.  To make one runs no Python code: its operands may be held by nothing but a list that such
   code could change. */
Node *node_from_python(void)
{
    int collecting = PyGC_Disable();
    Node *first = PyObject_GC_New(Node, value_type), **last = &free_nodes, *node = first;
    count_nodes(first != NULL);
    for (int i = 1; i < AT_ONCE && node != NULL; i++) {
        node = PyObject_GC_New(Node, value_type);
        if (node == NULL) {
            PyErr_Clear(); /* the first one is there */
            break;
        }
        count_nodes(1);
        *last = node; /* in the order of their addresses, which walks count on */
        last = &node->pair[0].node;
        free_count++;
    }
    *last = NULL;
    if (collecting)
        PyGC_Enable();
    return first;
}

/* Of the class alone: subclasses, made by `class` statements, have Python's. */
PyObject *value_alloc(PyTypeObject *type, Py_ssize_t items)
{
    Node *node;
    if (type != value_type)
        return PyType_GenericAlloc(type, items);
    node = fresh_node();
    if (node != NULL)
        memset((char *)node + sizeof(PyObject), 0, sizeof(Node) - sizeof(PyObject));
    return (PyObject *)node;
}

/* -- nodes freed --------------------------------------------------------------------------------- */

/* Drop a reference, owned until now, to something whose death may run any code, and may free nodes
   in its turn: those join our chain instead of the C stack. */
static void drop_foreign(PyObject *object, Node **chain)
{
    Node **outer = open_chain;
    if (object == NULL)
        return;
    open_chain = chain;
    open_chains++;
    Py_DECREF(object);
    open_chains--;
    open_chain = outer;
}

/* Add a node that nothing refers to any more. */
static inline void put_on(Node **chain, Node *node)
{
    if (node->flags & TRACKED)
        PyObject_GC_UnTrack(node);
    node->mark = (uint64_t)(uintptr_t)*chain;
    *chain = node;
}

/* Drop a reference to an operand; the last one stays, on the chain. */
static inline void drop(Node *node, Node **chain)
{
    if (Py_REFCNT(node) > 1)
        Py_DECREF(node);
    else if (Py_TYPE(node) == value_type)
        put_on(chain, node);
    else
        drop_foreign((PyObject *)node, chain);
}

static void drop_operands(Node *node, Node **chain)
{
    Operands xs = operands_of(node);
    for (Py_ssize_t i = 0; i < xs.count; i++)
        if (!xs.numbers[i])
            drop(xs.slots[i].node, chain);
    if (node->flags & OUT_OF_LINE)
        free_block(node->block);
    node->count = 0;
    node->flags &= REACHED;
}

static void drop_rare(Node *node, Node **chain)
{
    Rare *rare = node->rare;
    node->rare = NULL;
    drop_foreign(rare->label, chain);
    drop_foreign(rare->source, chain);
    drop_foreign(rare->rule, chain);
    drop_foreign(rare->mark, chain);
    PyMem_Free(rare);
}

static void give_back(Node *node)
{
    PyTypeObject *type = Py_TYPE(node);
    if (type == value_type && free_count < MOST_FREE) {
        node->pair[0].node = free_nodes;
        free_nodes = node;
        free_count++;
        return;
    }
    count_nodes(-(type == value_type));
    type->tp_free(node);
    Py_DECREF(type);
}

/* Free a node, and all that dies with it, one after the other. */
void value_dealloc(PyObject *self)
{
    Node *chain = NULL;
    if (Py_TYPE(self) != value_type)
        PyObject_GC_UnTrack(self); /* `subtype_dealloc` has tracked it again */
    if (UNLIKELY(open_chains) && open_chain != NULL) {
        put_on(open_chain, (Node *)self);
        return;
    }
    put_on(&chain, (Node *)self);
    while (chain != NULL) {
        Node *node = chain;
        chain = (Node *)(uintptr_t)node->mark;
        if (node->count)
            drop_operands(node, &chain);
        if (node->rare != NULL)
            drop_rare(node, &chain);
        give_back(node);
    }
}

/* -- cycles -------------------------------------------------------------------------------------- */

int value_traverse(PyObject *self, visitproc visit, void *arg)
{
    Node *node = (Node *)self;
    Operands xs = operands_of(node);
    Py_VISIT(Py_TYPE(self));
    for (Py_ssize_t i = 0; i < xs.count; i++)
        if (!xs.numbers[i])
            Py_VISIT(xs.slots[i].node);
    if (node->rare != NULL) {
        Py_VISIT(node->rare->label);
        Py_VISIT(node->rare->source);
        Py_VISIT(node->rare->rule);
        Py_VISIT(node->rare->mark);
    }
    return 0;
}

/* Cut what can close a cycle.  A node whose rule goes becomes a leaf. */
int value_clear(PyObject *self)
{
    Node *node = (Node *)self;
    if (node->rare == NULL)
        return 0;
    if (node->rare->rule != NULL)
        forget_operands(node);
    if (node->rare != NULL)
        Py_CLEAR(node->rare->label);
    if (node->rare != NULL)
        Py_CLEAR(node->rare->mark);
    return 0;
}

/* -- walks --------------------------------------------------------------------------------------- */

/* Let go of an object, which takes over the caller's reference, but not while a walk may hold a
   borrowed pointer below it. */
void defer_decref(PyObject *object)
{
    if (walking && deferred_refs == NULL) {
        deferred_refs = PyList_New(0);
        if (deferred_refs != NULL)
            PyObject_GC_UnTrack(deferred_refs); /* nobody else gets hold of it */
    }
    if (walking && (deferred_refs == NULL || PyList_Append(deferred_refs, object) < 0)) {
        PyErr_Clear(); /* out of memory: a leak is better than a crash */
        return;
    }
    Py_DECREF(object);
}

void end_walk(void)
{
    if (--walking == 0)
        Py_CLEAR(deferred_refs);
}

/* In the child of a fork: what other threads were in the middle of, nobody finishes. */
void forget_threads(int abandoned)
{
    if (open_chain == NULL)
        open_chains = 0;
    if (abandoned && walking) {
        walking = 1;
        end_walk();
    }
}

#ifdef GLASSGRAD_TEST_HOOKS
PyObject *memory_counts(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return Py_BuildValue("nn", node_count - free_count, free_count);
}

PyObject *memory_fail_after(PyObject *module, PyObject *count)
{
    Py_ssize_t number = PyLong_AsSsize_t(count);
    (void)module;
    if (number == -1 && PyErr_Occurred())
        return NULL;
    forget_spare();
    fail_after = number;
    Py_RETURN_NONE;
}
#endif
