/* Where nodes, and all other memory of the accelerator, come from and go to. */

#ifndef GLASSGRAD_MEMORY_H
#define GLASSGRAD_MEMORY_H

#include "node.h"

/* The one reference count that is written by hand: that of a node taken from this free list.  Its
   nodes are linked by `pair[0].node`, and each keeps its reference to the class. */
extern Node *free_nodes;
extern Py_ssize_t free_count;

void *allocate(size_t size);
void *reallocate(void *block, size_t size);
Node *node_from_python(void);
Block *new_block(Py_ssize_t count);
void free_block(Block *block);
Rare *rare_of(Node *node);

/* The class Value's. */
void value_dealloc(PyObject *self);
PyObject *value_alloc(PyTypeObject *type, Py_ssize_t items);
int value_traverse(PyObject *self, visitproc visit, void *arg);
int value_clear(PyObject *self);

/* Walks hold borrowed pointers: what may be below one is let go of at its end. */
extern int walking;
void defer_decref(PyObject *object);
void end_walk(void);
void forget_threads(int abandoned);

#ifdef GLASSGRAD_TEST_HOOKS
/* For tests: the allocation, counted from here, that fails; 0 for none. */
extern Py_ssize_t fail_after;
static inline int must_fail(void) { return fail_after && --fail_after == 0; }
PyObject *memory_counts(PyObject *module, PyObject *unused);
PyObject *memory_fail_after(PyObject *module, PyObject *count);
void forget_spare(void);
#else
static inline int must_fail(void) { return 0; }
#endif

#endif
