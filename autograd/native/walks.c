/* The walks that write into a graph: backward, refresh, zero_grad, as in `autograd/walks.py`. */

#include "walks.h"

static Walk spare; /* the memory of the last walk, for the next one */
static uint64_t epoch;

/* More than this (half a megabyte in each array) is given back. */
enum { MOST_SPARE = 1 << 16 };

/* Look for Ctrl-C this often. */
enum { NODES_BETWEEN_SIGNALS = 1 << 16 };

/* How many nodes ahead to fetch memory.  Where a walk goes next is in its list or, while it makes
   the list, most likely just below: a graph's nodes are mostly made one after the other. */
enum { AHEAD = 8 };

static void open_walk(Walk *walk)
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

/* For tests: let the next walk allocate anew. */
void forget_spare(void)
{
    free_walk(&spare);
    memset(&spare, 0, sizeof spare);
}

static void close_walk(Walk *walk)
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

int check_fresh(Node *node) { return check(connected.check_fresh, node); }

static inline int unseen(Walk *walk, Node *x) { return x->mark != walk->seen; }

/* Whether a parent that changed after its node is a reason to stop, with an exception set. */
static inline int too_fresh(Walk *walk, Node *node, Node *x)
{
    return UNLIKELY(x->stamp > node->stamp) && walk->must_be_fresh && check_fresh(node) < 0;
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
    uintptr_t *top;
    if (reserve(&walk->pending, (size_t)xs.count + 1) < 0)
        return -1;
    top = walk->pending.items + walk->pending.count;
    *top++ = (uintptr_t)node | 1;
    for (Py_ssize_t i = xs.count; i-- > 0;) {
        if (xs.numbers[i])
            continue;
        if (too_fresh(walk, node, xs.slots[i].node))
            return -1;
        if (unseen(walk, xs.slots[i].node))
            *top++ = (uintptr_t)xs.slots[i].node;
    }
    walk->pending.count = (size_t)(top - walk->pending.items);
    return 0;
}

static inline int visit(Walk *walk, Node *node, Node **next)
{
    node->mark = walk->seen;
    PREFETCH((uintptr_t)node - AHEAD * sizeof(Node));
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

/* Find all nodes below root, in the order of `walks.topological`: interior ones and leaves. */
static int prepare(Walk *walk, Node *root, int must_be_fresh)
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

/* -- backward ------------------------------------------------------------------------------ */

/* A user's own rules may look at any adjoint: let them find what the reference has there. */
static void clear_all(Walk *walk)
{
    for (size_t i = 0; i < walk->order.count; i++)
        give((Node *)walk->order.items[i], 0.0, walk->seen + 1);
    for (size_t i = 0; i < walk->leaves; i++)
        give(walk->leaf[i].node, 0.0, walk->seen + 1);
}

static int sweep(Walk *walk, Node *root, double seed)
{
    uint64_t touched = walk->seen + 1;
    if (walk->foreign)
        clear_all(walk);
    root->mark = touched;
    root->flags |= REACHED;
    root->grad = seed;
    for (size_t i = walk->order.count; i-- > 0;) {
        Node *node = (Node *)walk->order.items[i];
        if (i >= AHEAD)
            PREFETCH(walk->order.items[i - AHEAD]);
        if (node->mark != touched) /* nothing flowed here */
            give(node, 0.0, touched);
        else if (node->grad != 0.0 && hand_down(node, node->grad, touched) < 0)
            return -1;
        if (i % NODES_BETWEEN_SIGNALS == 0 && PyErr_CheckSignals() < 0)
            return -1;
    }
    return 0;
}

static void add_up_leaves(Walk *walk)
{
    for (size_t i = 0; i < walk->leaves; i++) {
        Leaf *leaf = &walk->leaf[i];
        if (leaf->node->mark != walk->seen + 1)
            give(leaf->node, 0.0, walk->seen + 1);
        if (leaf->reached)
            leaf->node->grad = leaf->before + leaf->node->grad;
    }
}

static void set_reached(Node *node, int reached)
{
    node->flags = (uint8_t)((node->flags & ~REACHED) | (reached ? REACHED : 0));
}

static void restore(Walk *walk)
{
    for (size_t i = 0; i < walk->leaves; i++) {
        walk->leaf[i].node->grad = walk->leaf[i].before;
        set_reached(walk->leaf[i].node, walk->leaf[i].reached);
    }
    for (size_t i = 0; i < walk->order.count; i++)
        set_reached((Node *)walk->order.items[i], 0);
}

static int backward(Node *root, double seed)
{
    Walk walk;
    int failed;
    open_walk(&walk);
    failed = prepare(&walk, root, 1);
    if (!failed) {
        failed = sweep(&walk, root, seed);
        if (failed)
            restore(&walk);
        else
            add_up_leaves(&walk);
    }
    close_walk(&walk);
    return failed;
}

/* -- refresh, zero_grad -------------------------------------------------------------------- */

static int is_stale(Node *node)
{
    Operands xs = operands_of(node);
    for (Py_ssize_t i = 0; i < xs.count; i++)
        if (!xs.numbers[i] && xs.slots[i].node->stamp > node->stamp)
            return 1;
    return 0;
}

static int recompute(Node *node)
{
    if (node->rule == RULE_NONE)
        return recompute_foreign(node);
    if (rule_arity[node->rule] < 0)
        node->data = forward_variadic(node);
    else {
        double x[3] = {0.0, 0.0, 0.0};
        for (int i = 0; i < rule_arity[node->rule]; i++)
            x[i] = operand_value(node, i);
        node->data = forward_fixed(node->rule, x);
    }
    return 0;
}

static int refresh_all(Walk *walk)
{
    int64_t now = ++clock_now;
    for (size_t i = 0; i < walk->order.count; i++) {
        Node *node = (Node *)walk->order.items[i];
        if (is_stale(node)) {
            if (recompute(node) < 0)
                return -1;
            set_reached(node, 0);
            node->stamp = now;
        }
        if ((i + 1) % NODES_BETWEEN_SIGNALS == 0 && PyErr_CheckSignals() < 0)
            return -1;
    }
    return 0;
}

static int refresh(Node *root)
{
    Walk walk;
    int failed;
    open_walk(&walk);
    failed = prepare(&walk, root, 0);
    if (!failed)
        failed = refresh_all(&walk);
    close_walk(&walk);
    return failed;
}

static int zero_grad(Node *root)
{
    Walk walk;
    int failed;
    if (root->count == 0) {
        set_reached(root, 0);
        return 0;
    }
    open_walk(&walk);
    failed = prepare(&walk, root, 0);
    if (!failed) {
        for (size_t i = 0; i < walk.order.count; i++)
            set_reached((Node *)walk.order.items[i], 0);
        for (size_t i = 0; i < walk.leaves; i++)
            set_reached(walk.leaf[i].node, 0);
    }
    close_walk(&walk);
    return failed;
}

/* -- calls from Python --------------------------------------------------------------------- */

static PyObject *locked(const char *action)
{
    return PyObject_CallMethod(connected.graph_lock, action, NULL);
}

/* Give the lock back, whatever exception is on its way. */
static int unlock(int failed)
{
    PyObject *type, *value, *traceback, *done;
    PyErr_Fetch(&type, &value, &traceback);
    done = locked("release");
    if (done == NULL)
        failed = -1;
    Py_XDECREF(done);
    if (type != NULL)
        PyErr_Restore(type, value, traceback);
    return failed;
}

/* Marks belong to one walk at a time: one within a walk, as a user's partial may start, and one
   in debug mode, are the reference's. */
static int take_lock(int *deferred)
{
    PyObject *done = locked("acquire");
    Py_XDECREF(done);
    *deferred = walking || careful();
    return done == NULL ? -1 : 0;
}

static int call_reference(PyObject *function, PyObject *root, PyObject *seed)
{
    PyObject *done = PyObject_CallFunctionObjArgs(function, root, seed, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static PyObject *none_unless(int failed)
{
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *native_backward(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    double seed;
    int deferred, failed;
    (void)module;
    if (count != 2 || !is_node(args[0])) {
        PyErr_SetString(PyExc_TypeError, "expected a Value and a seed");
        return NULL;
    }
    if (as_double(args[1], &seed) < 0 || take_lock(&deferred) < 0)
        return NULL;
    if (deferred)
        failed = call_reference(connected.backward, args[0], args[1]);
    else
        failed = backward((Node *)args[0], seed);
    return none_unless(unlock(failed));
}

static PyObject *walk_from(PyObject *root, int (*walk)(Node *), PyObject *reference)
{
    int deferred, failed;
    if (!is_node(root)) {
        PyErr_SetString(PyExc_TypeError, "expected a Value");
        return NULL;
    }
    if (take_lock(&deferred) < 0)
        return NULL;
    failed = deferred ? call_reference(reference, root, NULL) : walk((Node *)root);
    return none_unless(unlock(failed));
}

PyObject *native_refresh(PyObject *module, PyObject *root)
{
    (void)module;
    return walk_from(root, refresh, connected.refresh);
}

PyObject *native_zero_grad(PyObject *module, PyObject *root)
{
    (void)module;
    return walk_from(root, zero_grad, connected.zero_grad);
}
