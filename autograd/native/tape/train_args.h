/* What `train` is called with. */

#ifndef GLASSGRAD_TRAIN_ARGS_H
#define GLASSGRAD_TRAIN_ARGS_H

#include "run.h"

typedef struct {
    Tape *loss, *update;
    const double *columns;
    const int64_t *order, *parameters, *written; /* which uniforms the last outputs become */
    int64_t *indices; /* those three, copied */
    double *uniforms, *state, *settings, *losses, *others; /* others: the outputs but the first */
    Py_ssize_t rows, entries, batch, count, batches; /* entries: of order; count: parameters */
    Py_ssize_t times, steps; /* steps: rows gone through, `times` times the entries */
    Py_ssize_t writes;
    double max_norm;                               /* inf for none */
    int threads;
} TrainArgs;

static inline Py_ssize_t others_of(const TrainArgs *train_args) { return train_args->loss->outputs - 1; }
static inline Py_ssize_t states_of(const TrainArgs *train_args) { return train_args->update->columns - 2; }

/* The parameters in a training: see parameters.c. */
typedef struct {
    const TrainArgs *train_args;
    Py_ssize_t count;
    int32_t *lanes; /* by lane: which of the train_args's parameters */
    double **lists; /* of the update's columns, (p, g, *state), and then of its results, (p, *state) */
    Workspace *memory;
    Py_ssize_t bound;   /* of how many lanes, the first ones, layers read p and leave g */
    int read_elsewhere; /* whether the loss reads parameters among its uniforms, too */
} Parameters;

/* parameters.c */
int open_parameters(Parameters *found, const TrainArgs *train_args, const Plan *plan);
void close_parameters(Parameters *found);
void scatter(const Parameters *found, double *uniforms);
void gather(const Parameters *found, const double *grads);
void take_results(const Parameters *found);
void hand_back_parameters(const Parameters *found);

/* train.c */
Py_ssize_t train(const TrainArgs *train_args);

#endif
