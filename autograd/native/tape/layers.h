/* What finding the layers of a program takes: one entry per instruction, unless said otherwise. */

#ifndef GLASSGRAD_LAYERS_H
#define GLASSGRAD_LAYERS_H

#include "tape.h"

typedef struct {
    const Tape *tape;
    const unsigned char *varies; /* by register */
    int32_t *head;               /* a neuron's layer: its first dot; else -1 */
    int32_t *next, *last;        /* the dots of a layer, and by head the last one */
    int32_t *bias, *result;      /* registers */
    int32_t *relu;               /* the instruction that takes the result's relu, or -1 */
    int32_t *owner;              /* the neuron whose result it is, or -1 */
    unsigned char *absorbed;     /* whether it is part of a neuron: the bias added, the relu */
    int32_t *uses;               /* by register */
    int32_t *table;              /* layers by their inputs */
    size_t mask;
} Finder;

int open_finder(Finder *finder, const Tape *tape, const unsigned char *varies);
void close_finder(Finder *finder);
int fill_layer(const Finder *finder, int32_t k, Plan *plan, Layer *layer);

#endif
