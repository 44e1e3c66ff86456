/* The walks that write into a graph: backward, refresh, zero_grad, as in `autograd/backward.py`. */

#include "bridge/imports.h"
#include "compat.h"
#include "walk.h"

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
    int64_t now = clock_change();
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

/* "acquire" and "release", made once. */
static PyObject *locked(PyObject **action, const char *name)
{
    if (*action == NULL && (*action = PyUnicode_InternFromString(name)) == NULL)
        return NULL;
    return PyObject_CallMethodNoArgs(imported.graph_lock, *action);
}

/* Give the lock back, whatever exception is on its way. */
static int unlock(int failed)
{
    static PyObject *release;
    PyObject *raised = PyErr_GetRaisedException(), *done;
    done = locked(&release, "release");
    if (done == NULL)
        failed = -1;
    Py_XDECREF(done);
    if (raised != NULL)
        PyErr_SetRaisedException(raised);
    return failed;
}

/* Marks belong to one walk at a time: one within a walk, as a user's partial may start, and one
   in debug mode, are the reference's. */
static int take_lock(int *deferred)
{
    static PyObject *acquire;
    PyObject *done = locked(&acquire, "acquire");
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
        failed = call_reference(imported.backward, args[0], args[1]);
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
    return walk_from(root, refresh, imported.refresh);
}

PyObject *native_zero_grad(PyObject *module, PyObject *root)
{
    (void)module;
    /* Every parameter comes by here; where no thread can be within a walk, there is no lock to
       wait for. */
    if (is_node(root) && ((Node *)root)->count == 0 && !walking && !unusual_threads) {
        set_reached((Node *)root, 0);
        Py_RETURN_NONE;
    }
    return walk_from(root, zero_grad, imported.zero_grad);
}
