/* Where adjoints start: what adds to a slot first, backward, has to clear it.

   So nothing is cleared long before it is used.  Seeds come before all steps; a neuron that
   nothing adds to must be cleared as well, since its layer takes it along. */

#include "tape.h"

typedef struct {
    Plan *plan;
    unsigned char *started; /* by slot */
} Starts;

/* Whether this is where the slot's adjoint starts. */
static unsigned char starts(Starts *found, int32_t slot)
{
    unsigned char first = found->plan->active_slot[slot] && !found->started[slot];
    found->started[slot] |= first;
    return first;
}

static void clear_before(Starts *found, int32_t slot)
{
    if (!found->started[slot])
        found->plan->cleared[found->plan->cleared_count++] = slot;
    found->started[slot] = 1;
}

static void start_layer(Starts *found, Layer *layer)
{
    for (int32_t j = 0; j < layer->neurons; j++)
        clear_before(found, layer->results[j]);
    layer->fresh_inputs = 1;
    for (int32_t i = 0; i < layer->inputs; i++) {
        layer->fresh[i] = starts(found, layer->xs[i]);
        layer->fresh_inputs &= layer->fresh[i];
    }
}

static void start_all(Starts *found, const Tape *tape)
{
    Plan *plan = found->plan;
    const Stream *stream = &plan->varying;
    memset(found->started, 0, (size_t)plan->slots);
    memset(found->started + plan->columns, 1, (size_t)plan->spreads); /* summed over blocks */
    for (int32_t o = 0; o < tape->outputs; o++)
        if (plan->varies[tape->output[o]])
            clear_before(found, plan->slot_of[tape->output[o]]);
    for (int32_t k = stream->count; k-- > 0;) {
        const Step *step = &stream->steps[k];
        if (step->rule == LAYER)
            start_layer(found, &plan->layers[step->first]);
        else if (plan->active_slot[step->result])
            for (int32_t i = step->first; i < step->first + step->count; i++)
                stream->fresh[i] = starts(found, stream->operands[i]);
    }
}

int find_starts(Plan *plan, const Tape *tape)
{
    Starts found = {plan, allocate((size_t)plan->slots + 1)};
    size_t operands = 1;
    for (int32_t k = 0; k < plan->varying.count; k++)
        operands += (size_t)plan->varying.steps[k].count;
    plan->work = operands + plan->packed;
    plan->cleared = allocate(((size_t)plan->slots + 1) * sizeof(int32_t));
    plan->varying.fresh = plan->cleared == NULL ? NULL : allocate(operands);
    if (found.started != NULL && plan->varying.fresh != NULL) {
        memset(plan->varying.fresh, 0, operands);
        start_all(&found, tape);
    }
    PyMem_Free(found.started);
    return found.started == NULL || plan->varying.fresh == NULL ? -1 : 0;
}
