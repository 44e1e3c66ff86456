/* What `train` is called with. */

#ifndef GLASSGRAD_LESSON_H
#define GLASSGRAD_LESSON_H

#include "run.h"

typedef struct {
    Tape *loss, *update;
    const double *columns;
    const int64_t *order, *parameters, *written; /* which uniforms the last outputs become */
    double *uniforms, *state, *settings, *losses, *others; /* others: the outputs but the first */
    Py_ssize_t rows, entries, batch, count, batches; /* entries: of order; count: parameters */
    Py_ssize_t times, steps; /* steps: rows gone through, `times` times the entries */
    Py_ssize_t writes;
    double max_norm;                               /* inf for none */
    int threads;
} Lesson;

static inline Py_ssize_t others_of(const Lesson *lesson) { return lesson->loss->outputs - 1; }
static inline Py_ssize_t states_of(const Lesson *lesson) { return lesson->update->columns - 2; }

/* train.c */
Py_ssize_t train(const Lesson *lesson);

#endif
