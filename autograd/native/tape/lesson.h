/* What `train` is called with. */

#ifndef GLASSGRAD_LESSON_H
#define GLASSGRAD_LESSON_H

#include "run.h"

typedef struct {
    Tape *loss, *update;
    const double *columns;
    const int64_t *order, *parameters;
    double *uniforms, *state, *settings, *losses;
    Py_ssize_t rows, steps, batch, count, batches; /* steps: entries of order; count: parameters */
    double max_norm;                               /* inf for none */
    int threads;
} Lesson;

static inline Py_ssize_t states_of(const Lesson *lesson) { return lesson->update->columns - 2; }

/* train.c */
Py_ssize_t train(const Lesson *lesson);

#endif
