/* The parameters in a training: a list of each of the update's columns and results, lane by lane.

   Where the layers of the loss read each of their weights and biases once, the first lanes are
   these in the order in which layers pack them.  Then layers read the list of parameters itself,
   and leave gradients in that of gradients: nothing is copied from one order to another. */

#include "train_args.h"

static int32_t uniform_at(const Parameters *found, Py_ssize_t lane)
{
    return (int32_t)found->train_args->parameters[found->lanes[lane]];
}

/* Which of the parameters each of the loss's uniforms is, or -1; whether none is there twice. */
static int find_parameters(const TrainArgs *train_args, int32_t *found)
{
    for (int32_t u = 0; u < train_args->loss->uniforms; u++)
        found[u] = -1;
    for (Py_ssize_t i = 0; i < train_args->count; i++) {
        if (found[train_args->parameters[i]] >= 0)
            return 0;
        found[train_args->parameters[i]] = (int32_t)i;
    }
    return 1;
}

/* Put the packed parameters first, where each number that is packed is another parameter; how many
   these are, or 0. */
static Py_ssize_t follow_layers(Parameters *found, const Plan *plan, int32_t *parameter_of)
{
    const Tape *tape = found->train_args->loss;
    Py_ssize_t next = (Py_ssize_t)plan->packed;
    for (size_t p = 0; p < plan->packed; p++) {
        int32_t u = plan->sources[p] - tape->constants;
        if (u < 0 || u >= tape->uniforms || parameter_of[u] < 0)
            return 0;
        found->lanes[p] = parameter_of[u];
        parameter_of[u] = -1;
    }
    for (Py_ssize_t i = 0; i < found->count; i++)
        if (parameter_of[found->train_args->parameters[i]] >= 0)
            found->lanes[next++] = (int32_t)i;
    return (Py_ssize_t)plan->packed;
}

static int choose_lanes(Parameters *found, const Plan *plan)
{
    const TrainArgs *train_args = found->train_args;
    int32_t *parameter_of = allocate(((size_t)train_args->loss->uniforms + 1) * sizeof *parameter_of);
    if (parameter_of == NULL)
        return -1;
    if (find_parameters(train_args, parameter_of))
        found->bound = follow_layers(found, plan, parameter_of);
    for (Py_ssize_t i = 0; !found->bound && i < found->count; i++)
        found->lanes[i] = (int32_t)i;
    PyMem_Free(parameter_of);
    return 0;
}

/* Whether anything but a layer reads a parameter. */
static int read_elsewhere(const Parameters *found, const Plan *plan)
{
    const Tape *tape = found->train_args->loss;
    const Stream *stream = &plan->uniform;
    int reads = !found->bound;
#define SEE(place) reads |= (place) < first_of_columns(tape) && tape->wanted[place]
    for (int32_t k = 0; k < stream->count; k++)
        for (int32_t i = 0; i < stream->steps[k].count; i++)
            SEE(stream->operands[stream->steps[k].first + i]);
    for (int32_t i = 0; i < plan->spreads; i++)
        SEE(plan->spread[i]);
    for (int32_t i = 0; i < tape->outputs; i++)
        SEE(tape->output[i]);
    for (int32_t i = 0; i < tape->guards; i++) {
        SEE(tape->guard[i].left);
        SEE(tape->guard[i].right);
    }
#undef SEE
    return reads;
}

static int reserve(Parameters *found)
{
    const Tape *update = found->train_args->update;
    size_t lists = (size_t)(update->columns + update->outputs);
    size_t padded = rounded((size_t)found->count);
    if (padded > PY_SSIZE_T_MAX / 64 / lists)
        return PyErr_NoMemory(), -1;
    found->lists = allocate(lists * sizeof(double *));
    found->lanes = found->lists == NULL ? NULL : allocate((padded + 1) * sizeof(int32_t));
    found->memory = found->lanes == NULL ? NULL : new_workspace(lists * padded);
    if (found->memory == NULL)
        return -1;
    memset(found->memory->doubles, 0, lists * padded * sizeof(double));
    for (size_t i = 0; i < lists; i++)
        found->lists[i] = found->memory->doubles + i * padded;
    return 0;
}

/* Lay out the lists, and fill them with what the train_args starts from. */
int open_parameters(Parameters *found, const TrainArgs *train_args, const Plan *plan)
{
    Py_ssize_t states = states_of(train_args);
    *found = (Parameters){.train_args = train_args, .count = train_args->count};
    if (reserve(found) < 0 || choose_lanes(found, plan) < 0) {
        close_parameters(found);
        return -1;
    }
    found->read_elsewhere = read_elsewhere(found, plan);
    for (Py_ssize_t i = 0; i < found->count; i++) {
        found->lists[0][i] = train_args->uniforms[uniform_at(found, i)];
        for (Py_ssize_t s = 0; s < states; s++)
            found->lists[2 + s][i] = train_args->state[found->lanes[i] * states + s];
    }
    return 0;
}

void close_parameters(Parameters *found)
{
    PyMem_Free(found->lists), PyMem_Free(found->lanes), free_workspace(found->memory);
}

/* The parameters to where they are uniforms. */
void scatter(const Parameters *found, double *uniforms)
{
    for (Py_ssize_t i = 0; i < found->count; i++)
        uniforms[uniform_at(found, i)] = found->lists[0][i];
}

/* The uniforms' gradients to the list of gradients, to which layers may have left theirs. */
void gather(const Parameters *found, const double *grads)
{
    double *to = found->lists[1];
    for (Py_ssize_t i = 0; i < found->bound; i++)
        to[i] += grads[uniform_at(found, i)];
    for (Py_ssize_t i = found->bound; i < found->count; i++)
        to[i] = grads[uniform_at(found, i)];
}

/* Let the update's results be its next columns. */
void take_results(const Parameters *found)
{
    double **lists = found->lists, **results = lists + found->train_args->update->columns;
    for (int32_t o = 0; o < found->train_args->update->outputs; o++) {
        double **column = lists + (o == 0 ? 0 : o + 1), *before = *column;
        *column = results[o];
        results[o] = before;
    }
}

void hand_back_parameters(const Parameters *found)
{
    const TrainArgs *train_args = found->train_args;
    Py_ssize_t states = states_of(train_args);
    scatter(found, train_args->uniforms);
    for (Py_ssize_t i = 0; i < found->count; i++)
        for (Py_ssize_t s = 0; s < states; s++)
            train_args->state[found->lanes[i] * states + s] = found->lists[2 + s][i];
}
