/* Where adjoints start: what adds to a slot first, backward, has to clear it.

   So nothing is cleared long before it is used.  Seeds come before all steps; a neuron that
   nothing adds to must be cleared as well, since its layer takes it along.  Where a layer alone
   adds to the adjoints of another's relus, it takes them through these at once. */

#include "tape.h"

typedef struct {
    Plan *plan;
    unsigned char *started; /* by slot */
    int32_t *reads;         /* by slot: how many operands it is */
    int32_t *owner;         /* by slot: the layer whose result it is, or -1 */
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

static void count_reads(Starts *found)
{
    const Plan *plan = found->plan;
    const Step *last = &plan->varying.steps[plan->varying.count];
    memset(found->reads, 0, (size_t)plan->slots * sizeof(int32_t));
    memset(found->owner, 0xff, (size_t)plan->slots * sizeof(int32_t));
    for (const Step *step = plan->varying.steps; step < last; step++)
        for (int32_t i = 0; step->rule != LAYER && i < step->count; i++)
            found->reads[plan->varying.operands[step->first + i]]++;
    for (int32_t k = 0; k < plan->layer_count; k++) {
        for (int32_t i = 0; i < plan->layers[k].inputs; i++)
            found->reads[plan->layers[k].xs[i]]++;
        for (int32_t j = 0; j < plan->layers[k].neurons; j++)
            found->owner[plan->layers[k].results[j]] = k;
    }
}

/* The layer whose relus are this layer's inputs, one by one, and nobody else's; or NULL. */
static Layer *relus_below(const Starts *found, const Layer *layer)
{
    int32_t k = found->owner[layer->xs[0]];
    Layer *below = k < 0 ? NULL : &found->plan->layers[k];
    if (below == NULL || !below->relu || below->neurons != layer->inputs || !layer->fresh_inputs)
        return NULL;
    for (int32_t i = 0; i < layer->inputs; i++)
        if (layer->xs[i] != below->results[i] || found->reads[layer->xs[i]] > 1)
            return NULL;
    return below;
}

static void join_relus(Starts *found)
{
    count_reads(found);
    for (int32_t k = 0; k < found->plan->layer_count; k++) {
        Layer *below = relus_below(found, &found->plan->layers[k]);
        if (below != NULL)
            found->plan->layers[k].through_relus = below->relu_is_done = 1;
    }
}

int find_starts(Plan *plan, const Tape *tape)
{
    size_t slots = (size_t)plan->slots + 1, operands = 1;
    Starts found = {plan, allocate(slots), NULL, NULL};
    for (int32_t k = 0; k < plan->varying.count; k++)
        operands += (size_t)plan->varying.steps[k].count;
    plan->work = operands + plan->packed;
    found.reads = found.started == NULL ? NULL : allocate(slots * sizeof(int32_t));
    found.owner = found.reads == NULL ? NULL : allocate(slots * sizeof(int32_t));
    plan->cleared = found.owner == NULL ? NULL : allocate(slots * sizeof(int32_t));
    plan->varying.fresh = plan->cleared == NULL ? NULL : allocate(operands);
    if (plan->varying.fresh != NULL) {
        memset(plan->varying.fresh, 0, operands);
        start_all(&found, tape);
        join_relus(&found);
    }
    PyMem_Free(found.started), PyMem_Free(found.reads), PyMem_Free(found.owner);
    return plan->varying.fresh == NULL ? -1 : 0;
}
