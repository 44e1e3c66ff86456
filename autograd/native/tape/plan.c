/* From a program to a plan: what is uniform, what varies, what has an adjoint, and in which slot. */

#include "layers.h"

void free_plan(Plan *plan)
{
    if (plan == NULL)
        return;
    for (int32_t k = 0; plan->layers != NULL && k < plan->layer_count; k++) {
        PyMem_Free(plan->layers[k].xs);
        PyMem_Free(plan->layers[k].results);
        PyMem_Free(plan->layers[k].fresh);
    }
    PyMem_Free(plan->layers), PyMem_Free(plan->sources);
    PyMem_Free(plan->varies), PyMem_Free(plan->active), PyMem_Free(plan->active_slot);
    PyMem_Free(plan->slot_of), PyMem_Free(plan->spread);
    PyMem_Free(plan->place_of), PyMem_Free(plan->active_place);
    PyMem_Free(plan->uniform.stretches), PyMem_Free(plan->uniform.traits);
    PyMem_Free(plan->uniform.steps), PyMem_Free(plan->uniform.operands);
    PyMem_Free(plan->varying.steps), PyMem_Free(plan->varying.operands);
    PyMem_Free(plan->varying.fresh), PyMem_Free(plan->cleared), PyMem_Free(plan->edges);
    PyMem_Free(plan);
}

static void *zeros(size_t count, size_t size)
{
    void *block = allocate((count + 1) * size);
    if (block != NULL)
        memset(block, 0, (count + 1) * size);
    return block;
}

static int reserve(Plan *plan, const Tape *tape)
{
    size_t registers = (size_t)tape->registers, n = (size_t)tape->instructions;
    size_t operands = 0;
    for (int32_t k = 0; k < tape->instructions; k++)
        operands += (size_t)tape->instruction[k].count;
    plan->varies = zeros(registers, 1);
    plan->active = plan->varies ? zeros(registers, 1) : NULL;
    plan->active_slot = plan->active ? zeros(registers, 1) : NULL;
    plan->slot_of = plan->active_slot ? zeros(registers, sizeof(int32_t)) : NULL;
    plan->place_of = plan->slot_of ? zeros(registers, sizeof(int32_t)) : NULL;
    plan->active_place = plan->place_of ? zeros(registers, 1) : NULL;
    plan->spread = plan->active_place ? zeros(registers, sizeof(int32_t)) : NULL;
    plan->uniform.steps = plan->spread ? zeros(n, sizeof(Step)) : NULL;
    plan->varying.steps = plan->uniform.steps ? zeros(n, sizeof(Step)) : NULL;
    plan->uniform.operands = plan->varying.steps ? zeros(operands, sizeof(int32_t)) : NULL;
    plan->varying.operands = plan->uniform.operands ? zeros(operands, sizeof(int32_t)) : NULL;
    return plan->varying.operands == NULL ? -1 : 0;
}

static void mark_varying(Plan *plan, const Tape *tape, int many)
{
    int32_t base = first_of_instructions(tape);
    for (int32_t i = 0; many && i < tape->columns; i++)
        plan->varies[first_of_columns(tape) + i] = 1;
    for (int32_t k = 0; k < tape->instructions; k++) {
        const int32_t *xs = tape->operands + tape->instruction[k].first;
        for (int32_t i = 0; i < tape->instruction[k].count; i++)
            plan->varies[base + k] |= plan->varies[xs[i]];
    }
}

/* How many operands an instruction hands adjoints down to. */
static int32_t hands_down(const Instruction *instruction)
{
    return instruction->rule == DETACH ? 0 : instruction->count;
}

/* A register has an adjoint where it rests on a wanted input and an output rests on it, neither of
   them through DETACH alone: `carrying` of autograd/compiler/ir/program.py, to which tests hold it.  So
   each has an instruction that starts its adjoint, or is an output. */
static void mark_active(Plan *plan, const Tape *tape)
{
    int32_t base = first_of_instructions(tape);
    unsigned char *active = plan->active;
    memcpy(active, tape->wanted, (size_t)base); /* bit 1: rests on one; bit 2: is rested on */
    for (int32_t k = 0; k < tape->instructions; k++) {
        const int32_t *xs = tape->operands + tape->instruction[k].first;
        for (int32_t i = 0; i < hands_down(&tape->instruction[k]); i++)
            active[base + k] |= active[xs[i]];
    }
    for (int32_t i = 0; i < tape->outputs; i++)
        active[tape->output[i]] |= 2;
    for (int32_t k = tape->instructions; k-- > 0;) {
        const int32_t *xs = tape->operands + tape->instruction[k].first;
        for (int32_t i = 0; active[base + k] & 2 && i < hands_down(&tape->instruction[k]); i++)
            active[xs[i]] |= 2;
    }
    for (int32_t r = 0; r < tape->registers; r++)
        active[r] = active[r] == 3;
}

static void append(Stream *stream, int32_t *used, const Step *step, const int32_t *xs,
                   const int32_t *slot_of)
{
    stream->steps[stream->count] = *step;
    stream->steps[stream->count++].first = *used;
    for (int32_t i = 0; i < step->count; i++)
        stream->operands[(*used)++] = slot_of[xs[i]];
}

/* The order of slots: columns, spread uniforms, results. */
static void give_slots(Plan *plan, const Tape *tape, const Finder *finder)
{
    int32_t base = first_of_instructions(tape), columns = first_of_columns(tape);
    for (int32_t r = 0; r < tape->registers; r++)
        plan->slot_of[r] = -1;
    for (int32_t i = 0; plan->columns && i < tape->columns; i++)
        plan->slot_of[columns + i] = plan->slots++;
    for (int32_t k = 0; k < tape->instructions; k++) {
        const int32_t *xs = tape->operands + tape->instruction[k].first;
        if (!plan->varies[base + k] || finder->head[k] >= 0 || finder->absorbed[k])
            continue;
        for (int32_t i = 0; i < tape->instruction[k].count; i++)
            if (!plan->varies[xs[i]] && plan->slot_of[xs[i]] < 0) {
                plan->spread[plan->spreads++] = plan->place_of[xs[i]];
                plan->slot_of[xs[i]] = plan->slots++;
            }
    }
    for (int32_t k = 0; k < tape->instructions; k++) {
        if (finder->head[k] == k) /* a layer's results lie side by side */
            for (int32_t j = k; j >= 0; j = finder->next[j])
                plan->slot_of[finder->result[j]] = plan->slots++;
        else if (plan->varies[base + k] && finder->head[k] < 0 && !finder->absorbed[k])
            plan->slot_of[base + k] = plan->slots++;
    }
    for (int32_t r = 0; r < tape->registers; r++)
        if (plan->slot_of[r] >= 0)
            plan->active_slot[plan->slot_of[r]] = plan->active[r];
}

static int add_layer(Plan *plan, const Finder *finder, int32_t k)
{
    Layer *layer = &plan->layers[plan->layer_count++];
    Step *step = &plan->varying.steps[plan->varying.count++];
    *step = (Step){.rule = LAYER, .first = plan->layer_count - 1};
    if (fill_layer(finder, k, plan, layer) < 0)
        return -1;
    step->result = layer->results[0];
    return 0;
}

static int reserve_layers(Plan *plan, const Tape *tape, const Finder *finder)
{
    size_t layers = 0, packed = 0;
    for (int32_t k = 0; k < tape->instructions; k++) {
        layers += finder->head[k] == k;
        packed += finder->head[k] >= 0 ? (size_t)tape->instruction[k].count / 2 + 1 : 0;
    }
    plan->layers = zeros(layers, sizeof(Layer));
    plan->sources = plan->layers == NULL ? NULL : zeros(packed, sizeof(int32_t));
    return plan->sources == NULL ? -1 : 0;
}

static int write_steps(Plan *plan, const Tape *tape, const Finder *finder)
{
    int32_t base = first_of_instructions(tape), used = 0;
    if (reserve_layers(plan, tape, finder) < 0)
        return -1;
    for (int32_t k = 0; k < tape->instructions; k++) {
        const Instruction *instruction = &tape->instruction[k];
        const int32_t *xs = tape->operands + instruction->first;
        int32_t rule = instruction->rule == DETACH ? RULE_identity : instruction->rule;
        Step step = {rule, base + k, 0, instruction->count};
        if (!plan->varies[base + k])
            continue;
        if (finder->head[k] == k && add_layer(plan, finder, k) < 0)
            return -1;
        else if (finder->head[k] < 0 && !finder->absorbed[k]) {
            step.result = plan->slot_of[base + k];
            append(&plan->varying, &used, &step, xs, plan->slot_of);
        }
    }
    return 0;
}

static Plan *make_plan(const Tape *tape, int many)
{
    Plan *plan = zeros(1, sizeof(Plan));
    Finder finder;
    int failed = plan == NULL || reserve(plan, tape) < 0;
    if (!failed) {
        plan->columns = many ? tape->columns : 0;
        mark_varying(plan, tape, many);
        mark_active(plan, tape);
        failed = schedule(plan, tape) < 0 || open_finder(&finder, tape, plan->varies) < 0;
    }
    if (!failed) {
        give_slots(plan, tape, &finder);
        failed = write_steps(plan, tape, &finder) < 0 || find_starts(plan, tape) < 0 ||
                 (!many && find_places(plan, tape) < 0);
        close_finder(&finder);
    }
    if (!failed)
        return plan;
    free_plan(plan);
    return NULL;
}

Plan *plan_of(Tape *tape, int many)
{
    if (tape->plans[many] == NULL)
        tape->plans[many] = make_plan(tape, many);
    return tape->plans[many];
}
