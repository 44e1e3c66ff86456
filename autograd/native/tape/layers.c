/* Finding layers: the dots of a program that share their varying operands, and their weights.

   A layer is computed where its first dot stands: there all of its inputs are known, and backward,
   all that reads a result of it is done.  A uniform number added to a dot is the neuron's bias. */

#include "layers.h"

/* A dot in which every product is of a uniform number and a varying one. */
static int is_neuron(const Tape *tape, const unsigned char *varies, const Instruction *dot)
{
    const int32_t *xs = tape->operands + dot->first;
    int32_t half = dot->count / 2;
    if (dot->rule != RULE_dot || half == 0)
        return 0;
    for (int32_t i = 0; i < half; i++)
        if (varies[xs[i]] == varies[xs[i + half]])
            return 0;
    return 1;
}

/* The varying operand of the dot's i-th product, or the weight. */
static int32_t input_of(const Finder *finder, int32_t k, int32_t i)
{
    const Instruction *dot = &finder->tape->instruction[k];
    const int32_t *xs = finder->tape->operands + dot->first;
    return finder->varies[xs[i]] ? xs[i] : xs[i + dot->count / 2];
}

static int32_t weight_of(const Finder *finder, int32_t k, int32_t i)
{
    const Instruction *dot = &finder->tape->instruction[k];
    const int32_t *xs = finder->tape->operands + dot->first;
    return finder->varies[xs[i]] ? xs[i + dot->count / 2] : xs[i];
}

static uint64_t hash_of(const Finder *finder, int32_t k)
{
    int32_t half = finder->tape->instruction[k].count / 2;
    uint64_t hash = (uint64_t)half;
    for (int32_t i = 0; i < half; i++)
        hash = (hash ^ (uint64_t)input_of(finder, k, i)) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

static int same_inputs(const Finder *finder, int32_t j, int32_t k)
{
    const Instruction *all = finder->tape->instruction;
    if (all[j].count != all[k].count)
        return 0;
    for (int32_t i = 0; i < all[j].count / 2; i++)
        if (input_of(finder, j, i) != input_of(finder, k, i))
            return 0;
    return 1;
}

/* Put the dot behind the last of its layer, or start one. */
static void enter(Finder *finder, int32_t k)
{
    size_t place = hash_of(finder, k) & finder->mask;
    finder->owner[k] = k;
    while (finder->table[place] >= 0 && !same_inputs(finder, finder->table[place], k))
        place = (place + 1) & finder->mask;
    if (finder->table[place] < 0) {
        finder->table[place] = k;
        finder->last[k] = k;
        finder->head[k] = k;
        return;
    }
    finder->head[k] = finder->table[place];
    finder->next[finder->last[finder->head[k]]] = k;
    finder->last[finder->head[k]] = k;
}

/* The neuron whose result is this register, where only one instruction reads it; else -1. */
static int32_t read_once(const Finder *finder, int32_t r)
{
    int32_t k = r - first_of_instructions(finder->tape);
    return k >= 0 && finder->uses[r] == 1 ? finder->owner[k] : -1;
}

/* Let z = dot + uniform be the dot's result, where nothing else reads the dot. */
static void add_bias(Finder *finder, int32_t k)
{
    const Instruction *add = &finder->tape->instruction[k];
    const int32_t *xs = finder->tape->operands + add->first;
    for (int i = 0; add->rule == RULE_add && i < 2; i++) {
        int32_t dot = read_once(finder, xs[i]);
        if (dot >= 0 && finder->bias[dot] < 0 && !finder->varies[xs[1 - i]]) {
            finder->bias[dot] = xs[1 - i];
            finder->result[dot] = first_of_instructions(finder->tape) + k;
            finder->owner[k] = dot;
            finder->absorbed[k] = 1;
            return;
        }
    }
}

static void note_relu(Finder *finder, int32_t k)
{
    const Instruction *relu = &finder->tape->instruction[k];
    int32_t dot = relu->rule == RULE_relu
                      ? read_once(finder, finder->tape->operands[relu->first]) : -1;
    if (dot >= 0)
        finder->relu[dot] = k;
}

/* A layer takes on the relu of its neurons where each has one. */
static void add_relus(Finder *finder, int32_t head)
{
    for (int32_t j = head; j >= 0; j = finder->next[j])
        if (finder->relu[j] < 0)
            finder->relu[head] = -1;
    if (finder->relu[head] < 0)
        return;
    for (int32_t j = head; j >= 0; j = finder->next[j]) {
        finder->result[j] = first_of_instructions(finder->tape) + finder->relu[j];
        finder->absorbed[finder->relu[j]] = 1;
    }
}

static void count_uses(Finder *finder)
{
    const Tape *tape = finder->tape;
    for (int32_t k = 0; k < tape->instructions; k++)
        for (int32_t i = 0; i < tape->instruction[k].count; i++)
            finder->uses[tape->operands[tape->instruction[k].first + i]]++;
    for (int32_t i = 0; i < tape->outputs; i++)
        finder->uses[tape->output[i]]++;
    for (int32_t i = 0; i < tape->guards; i++)
        finder->uses[tape->guard[i].left]++, finder->uses[tape->guard[i].right]++;
}

static int32_t *numbers(size_t count, int32_t value)
{
    int32_t *xs = allocate((count + 1) * sizeof *xs);
    for (size_t i = 0; xs != NULL && i < count; i++)
        xs[i] = value;
    return xs;
}

void close_finder(Finder *finder)
{
    PyMem_Free(finder->head), PyMem_Free(finder->next), PyMem_Free(finder->last);
    PyMem_Free(finder->bias), PyMem_Free(finder->result), PyMem_Free(finder->uses);
    PyMem_Free(finder->table), PyMem_Free(finder->absorbed);
    PyMem_Free(finder->relu), PyMem_Free(finder->owner);
}

int open_finder(Finder *finder, const Tape *tape, const unsigned char *varies)
{
    size_t n = (size_t)tape->instructions, size = 16;
    while (size < 2 * n)
        size *= 2;
    *finder = (Finder){.tape = tape, .varies = varies, .mask = size - 1};
    if ((finder->head = numbers(n, -1)) == NULL || (finder->next = numbers(n, -1)) == NULL ||
        (finder->last = numbers(n, -1)) == NULL || (finder->bias = numbers(n, -1)) == NULL ||
        (finder->result = numbers(n, -1)) == NULL || (finder->table = numbers(size, -1)) == NULL ||
        (finder->relu = numbers(n, -1)) == NULL || (finder->owner = numbers(n, -1)) == NULL ||
        (finder->uses = numbers((size_t)tape->registers, 0)) == NULL ||
        (finder->absorbed = allocate(n + 1)) == NULL) {
        close_finder(finder);
        return -1;
    }
    memset(finder->absorbed, 0, n + 1);
    count_uses(finder);
    for (int32_t k = 0; k < tape->instructions; k++) {
        finder->result[k] = first_of_instructions(tape) + k;
        if (is_neuron(tape, varies, &tape->instruction[k]))
            enter(finder, k);
        else if (varies[finder->result[k]]) {
            add_bias(finder, k);
            note_relu(finder, k);
        }
    }
    for (int32_t k = 0; k < tape->instructions; k++)
        if (finder->head[k] == k)
            add_relus(finder, k);
    return 0;
}

/* -- the packed order, as kernels_layer.h describes it --------------------------------------------- */

/* A neuron without a bias has the place behind all others, which holds -0. */
static void fill_sources(const Finder *finder, int32_t k, Plan *plan, Layer *layer)
{
    int32_t *sources = plan->sources + layer->packed, tile, dots[8];
    int32_t *biases = sources + (size_t)layer->inputs * (size_t)layer->neurons;
    for (int32_t j = 0; j < layer->neurons; j += tile) {
        tile = tile_at(layer, j);
        for (int32_t t = 0; t < tile; t++, k = finder->next[k]) {
            dots[t] = k;
            *biases++ = plan->place_of[finder->bias[k] < 0 ? finder->tape->registers
                                                           : finder->bias[k]];
        }
        for (int32_t i = 0; i < layer->inputs; i++)
            for (int32_t t = 0; t < tile; t++)
                *sources++ = plan->place_of[weight_of(finder, dots[t], i)];
    }
}

/* Write down the layer whose first dot is instruction k. */
int fill_layer(const Finder *finder, int32_t k, Plan *plan, Layer *layer)
{
    int32_t inputs = finder->tape->instruction[k].count / 2, neurons = 0;
    for (int32_t j = k; j >= 0; j = finder->next[j])
        neurons++;
    *layer = (Layer){.inputs = inputs, .neurons = neurons, .packed = plan->packed,
                     .relu = finder->relu[k] >= 0};
    layer->xs = allocate((size_t)inputs * sizeof(int32_t));
    layer->results = layer->xs == NULL ? NULL : allocate((size_t)neurons * sizeof(int32_t));
    layer->fresh = layer->results == NULL ? NULL : allocate((size_t)inputs);
    if (layer->fresh == NULL)
        return -1;
    for (int32_t i = 0; i < inputs; i++) {
        layer->xs[i] = plan->slot_of[input_of(finder, k, i)];
        layer->wanted_inputs |= plan->active_slot[layer->xs[i]];
    }
    for (int32_t j = k, n = 0; j >= 0; j = finder->next[j])
        layer->results[n++] = plan->slot_of[finder->result[j]];
    fill_sources(finder, k, plan, layer);
    plan->packed += ((size_t)inputs + 1) * (size_t)neurons;
    for (size_t p = layer->packed; p < plan->packed; p++)
        layer->wanted_weights |= plan->active_place[plan->sources[p]];
    return 0;
}
