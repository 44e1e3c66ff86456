/* Making a node: inline, for the operators and the rows of fixed arity to share. */

#ifndef GLASSGRAD_RECORD_H
#define GLASSGRAD_RECORD_H

#include "memory.h"

/* A Value whose fields, other than the object's head, are for the caller to fill. */
static inline Node *fresh_node(void)
{
    Node *node = free_nodes;
    if (must_fail())
        return (Node *)PyErr_NoMemory();
    if (UNLIKELY(node == NULL))
        return node_from_python();
    free_nodes = node->pair[0].node;
    free_count--;
    Py_SET_REFCNT(node, 1);
    return node;
}

/* A Value without operands, in this thread's scope. */
static inline Node *bare_node(double data)
{
    Node *node = fresh_node();
    if (UNLIKELY(node == NULL))
        return NULL;
    node->data = data;
    node->grad = 0.0;
    node->stamp = clock_now;
    node->rule = RULE_NONE;
    node->flags = 0;
    node->count = 0;
    node->scope = UNLIKELY(scoped_threads) ? settled()->scope : 0;
    node->mark = 0;
    node->rare = NULL;
    return node;
}

static inline int paused(void) { return UNLIKELY(unusual_threads) && settled()->paused; }

/* The Value of one or two operands; `numbers` has a bit for each that is no Value. */
static inline PyObject *small_node(int code, double data, Slot x, Slot y, int numbers, int count)
{
    Node *node = bare_node(data);
    int flags = 0;
    if (UNLIKELY(node == NULL) || paused())
        return (PyObject *)node;
    if (!(numbers & NUMBER_0)) {
        Py_INCREF(x.node);
        flags |= x.node->flags;
    }
    if (count == 2 && !(numbers & NUMBER_1)) {
        Py_INCREF(y.node);
        flags |= y.node->flags;
    }
    node->rule = (uint16_t)code;
    node->flags = (uint8_t)numbers;
    node->count = (uint8_t)count;
    node->pair[0] = x;
    node->pair[1] = y;
    if (UNLIKELY(flags & TRACKED))
        track(node);
    return (PyObject *)node;
}

/* Read an argument that is a Value (0), or exactly a float or int (1); -1 for anything else. */
static inline int read_slot(PyObject *x, Slot *slot)
{
    if (PyFloat_CheckExact(x)) {
        slot->number = PyFloat_AS_DOUBLE(x);
        return 1;
    }
    if (is_node(x)) {
        slot->node = (Node *)x;
        return 0;
    }
    if (!PyLong_CheckExact(x))
        return -1;
    slot->number = PyLong_AsDouble(x);
    if (slot->number == -1.0 && PyErr_Occurred()) {
        PyErr_Clear(); /* too large: the reference says so */
        return -1;
    }
    return 1;
}

#endif
