/* Buffers that a call has got hold of, to be given back at its end. */

#ifndef GLASSGRAD_BUFFERS_H
#define GLASSGRAD_BUFFERS_H

#include "node/node.h"

enum { MOST_THREADS = 1024 };

typedef struct {
    Py_buffer views[9];
    int count;
} Buffers;

int expect_doubles(Buffers *buffers, const char *name, PyObject *object, Py_ssize_t count,
                   const double **place);
int expect_results(Buffers *buffers, const char *name, PyObject *object, Py_ssize_t count,
                   double **place);
int expect_flags(Buffers *buffers, const char *name, PyObject *object, Py_ssize_t count,
                 unsigned char **place);
int expect_some(Buffers *buffers, const char *name, PyObject *object, Py_ssize_t *count,
                const double **place);
int expect_integers(Buffers *buffers, const char *name, PyObject *object, Py_ssize_t *count,
                    const int64_t **place);
void give_back_buffers(Buffers *buffers);

#endif
