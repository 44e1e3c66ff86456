/* The order of a walk: every node below a root, each after its parents, found without recursion. */

#include "bridge/imports.h"
#include "walk.h"

static Walk spare; /* the memory of the last walk, for the next one */
static uint64_t epoch;

/* More than this (half a megabyte in each array) is given back. */
enum { MOST_SPARE = 1 << 16 };

void open_walk(Walk *walk)
{
    *walk = spare;
    memset(&spare, 0, sizeof spare);
    walk->order.count = walk->pending.count = walk->leaves = 0;
    walk->foreign = 0;
    walk->seen = 2 * ++epoch;
    walking++;
}

static void free_walk(Walk *walk)
{
    PyMem_RawFree(walk->order.items);
    PyMem_RawFree(walk->pending.items);
    PyMem_RawFree(walk->leaf);
}

#ifdef GLASSGRAD_TEST_HOOKS
/* Let the next walk allocate anew. */
void forget_spare(void)
{
    free_walk(&spare);
    memset(&spare, 0, sizeof spare);
}
#endif

void close_walk(Walk *walk)
{
    Walk old = spare;
    int keep = walk->order.room <= MOST_SPARE && walk->pending.room <= MOST_SPARE &&
               walk->leaf_room <= MOST_SPARE;
    if (keep)
        spare = *walk;
    free_walk(keep ? &old : walk);
    end_walk();
}

/* Make room for `more` pointers. */
static inline int reserve(Pointers *list, size_t more)
{
    uintptr_t *larger;
    size_t room;
    if (list->count + more <= list->room)
        return 0;
    room = 2 * (list->count + more) + 1024;
    larger = reallocate(list->items, room * sizeof(uintptr_t));
    if (larger == NULL)
        return -1;
    list->items = larger;
    list->room = room;
    return 0;
}

static int add_leaf(Walk *walk, Node *node)
{
    if (walk->leaves == walk->leaf_room) {
        size_t room = 2 * walk->leaves + 256;
        Leaf *larger = reallocate(walk->leaf, room * sizeof(Leaf));
        if (larger == NULL)
            return -1;
        walk->leaf = larger;
        walk->leaf_room = room;
    }
    walk->leaf[walk->leaves].node = node;
    walk->leaf[walk->leaves].before = node->grad;
    walk->leaf[walk->leaves++].reached = node->flags & REACHED;
    return 0;
}

static int check(PyObject *checker, Node *node)
{
    PyObject *done = PyObject_CallOneArg(checker, (PyObject *)node);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

int check_fresh(Node *node) { return check(imported.check_fresh, node); }

/* Raise what a node is told to be stale with.  It cannot be but raised: where the message's parts
   ran code that changed the graph, nothing that the walk knows of it holds any more. */
int raise_stale(Node *node)
{
    if (check_fresh(node) == 0)
        PyErr_SetString(PyExc_RuntimeError, "the graph was changed while it was being walked");
    return -1;
}

static inline int unseen(Walk *walk, Node *x) { return x->mark != walk->seen; }

/* Whether a parent that changed after its node is a reason to stop, with an exception set. */
static inline int too_fresh(Walk *walk, Node *node, Node *x)
{
    return UNLIKELY(x->stamp > node->stamp) && walk->must_be_fresh && raise_stale(node) < 0;
}

/* Put a node's parents on the stack but for the first, which is the one to visit next.  Nothing
   is on top of it then, so this is what pushing and popping it would do. */
static inline int push_few(Walk *walk, Node *node, Node **next)
{
    uintptr_t *top = walk->pending.items + walk->pending.count;
    *top++ = (uintptr_t)node | 1; /* met again when everything above it is done */
    if (node->count == 2 && !(node->flags & NUMBER_1)) {
        Node *y = node->pair[1].node;
        if (too_fresh(walk, node, y))
            return -1;
        if (unseen(walk, y))
            *top++ = (uintptr_t)y;
    }
    if (!(node->flags & NUMBER_0)) {
        Node *x = node->pair[0].node;
        if (too_fresh(walk, node, x))
            return -1;
        *next = x;
    }
    walk->pending.count = (size_t)(top - walk->pending.items);
    return 0;
}

static int push_many(Walk *walk, Node *node)
{
    Operands xs = operands_of(node);
    uint64_t seen = walk->seen;
    int64_t latest = INT64_MIN;
    uintptr_t *top;
    if (reserve(&walk->pending, (size_t)xs.count + 1) < 0)
        return -1;
    top = walk->pending.items + walk->pending.count;
    *top++ = (uintptr_t)node | 1;
    for (Py_ssize_t i = xs.count; i-- > 0;) {
        Node *x = xs.slots[i].node;
        if (xs.numbers[i])
            continue;
        latest = x->stamp > latest ? x->stamp : latest;
        if (x->mark != seen)
            *top++ = (uintptr_t)x;
    }
    if (UNLIKELY(latest > node->stamp) && walk->must_be_fresh && raise_stale(node) < 0)
        return -1;
    walk->pending.count = (size_t)(top - walk->pending.items);
    return 0;
}

static inline int visit(Walk *walk, Node *node, Node **next)
{
    node->mark = walk->seen;
    PREFETCH((uintptr_t)node - AHEAD * NODE_STRIDE);
    if (node->count == 0)
        return add_leaf(walk, node);
    walk->foreign |= node->rule == RULE_NONE;
    if (UNLIKELY(node->flags & OUT_OF_LINE))
        return push_many(walk, node);
    return reserve(&walk->pending, 3) < 0 ? -1 : push_few(walk, node, next);
}

/* Take the next node from the stack, and those that are done on the way to the list. */
static inline int take(Walk *walk, Node **next)
{
    while (walk->pending.count) {
        uintptr_t top = walk->pending.items[--walk->pending.count];
        if (!(top & 1)) {
            *next = (Node *)top;
            return 0;
        }
        if (reserve(&walk->order, 1) < 0)
            return -1;
        walk->order.items[walk->order.count++] = top - 1;
    }
    return 0;
}

/* Find all nodes below root, in the order of `order.topological`: interior ones and leaves. */
int prepare(Walk *walk, Node *root, int must_be_fresh)
{
    size_t visits = 0;
    Node *node = root;
    walk->must_be_fresh = must_be_fresh;
    while (node != NULL) {
        Node *next = NULL;
        if (unseen(walk, node) && visit(walk, node, &next) < 0)
            return -1;
        if (next == NULL && take(walk, &next) < 0)
            return -1;
        if (++visits % NODES_BETWEEN_SIGNALS == 0 && PyErr_CheckSignals() < 0)
            return -1;
        node = next;
    }
    return 0;
}
