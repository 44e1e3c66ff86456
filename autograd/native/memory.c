/* Where nodes come from and go to: a free list, and deallocation that never recurses. */

#include "poison.h"
#include "record.h"

/* About 10 MB of nodes are kept for the next graph; more goes back to Python's allocator. */
enum { MOST_FREE = 1 << 17 };

PyTypeObject *value_type;
Node *free_nodes; /* linked by pair[0].node, each with its type and no references */
Py_ssize_t free_count;
static Py_ssize_t node_count;  /* Values in memory, those on the free list among them */
Py_ssize_t fail_after;        /* for tests: the allocation counted from here that fails */
static PyObject *deferred_refs; /* what a walk under way may still look at */
int walking;

/* While foreign code runs in the middle of freeing, the chain that it may add to. */
static THREAD_LOCAL Node **open_chain;
static int open_chains;

void *allocate(size_t size)
{
    void *block = must_fail() ? NULL : PyMem_Malloc(size);
    if (block == NULL)
        PyErr_NoMemory();
    poison(block, size);
    return block;
}

void *reallocate(void *block, size_t size)
{
    void *larger = must_fail() ? NULL : PyMem_RawRealloc(block, size);
    if (larger == NULL)
        PyErr_NoMemory();
    return larger;
}

Node *node_from_python(void)
{
    Node *node = PyObject_Malloc(sizeof(Node));
    if (node == NULL)
        return (Node *)PyErr_NoMemory();
    node_count++;
    return (Node *)PyObject_Init((PyObject *)node, value_type);
}

PyObject *core_alloc(PyTypeObject *type, Py_ssize_t items)
{
    Node *node;
    if (type != value_type)
        return PyType_GenericAlloc(type, items);
    node = fresh_node();
    if (node != NULL)
        memset((char *)node + sizeof(PyObject), 0, sizeof(Node) - sizeof(PyObject));
    return (PyObject *)node;
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
    Block *block = count > MOST_SLOTS || UNLIKELY(fail_after) ? NULL : spare_blocks[count];
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

/* Drop a reference to something whose death may run any code, and may free nodes in its turn:
   those join our chain instead of the C stack. */
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

static inline void put_on(Node **chain, Node *node)
{
    node->mark = (uint64_t)(uintptr_t)*chain;
    *chain = node;
}

static inline void drop(Node *node, Node **chain)
{
    if (Py_REFCNT(node) > 1)
        Py_SET_REFCNT(node, Py_REFCNT(node) - 1);
    else if (Py_TYPE(node) == value_type) {
        Py_SET_REFCNT(node, 0);
        put_on(chain, node);
    }
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
    node_count -= type == value_type;
    type->tp_free(node);
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        Py_DECREF(type);
}

/* Free a node, and all that dies with it, one after the other. */
void core_dealloc(PyObject *self)
{
    Node *chain = (Node *)self;
    if (UNLIKELY(open_chains) && open_chain != NULL) {
        put_on(open_chain, chain);
        return;
    }
    chain->mark = 0;
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

/* Take over the class Value: results are its instances, made and freed without Python's detours.
   A `class` statement always asks for the cycle collector, which has nothing to find here. */
void adopt_value(PyTypeObject *type)
{
    Py_INCREF(type);
    value_type = type;
    type->tp_flags &= ~Py_TPFLAGS_HAVE_GC;
    type->tp_traverse = NULL;
    type->tp_clear = NULL;
    type->tp_dealloc = core_dealloc;
    type->tp_alloc = core_alloc;
    type->tp_free = PyObject_Free;
    /* Freeing counts on Value, a class on the heap, being the base of every other subclass. */
    Core_Type.tp_flags &= ~Py_TPFLAGS_BASETYPE;
    PyType_Modified(type);
}

/* Let go of an object, but not while a walk may hold a borrowed pointer below it. */
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
