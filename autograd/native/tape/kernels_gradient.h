/* A layer backward over the lanes of a block: its weights' gradients, then all of it.

   Part of kernels.h, after kernels_layer.h, whose tiles and packed order these are. */

enum { INPUTS_IN_CACHE = 32 };

/* -- the weights' gradients: neurons x inputs, summed over lanes ---------------------------------- */

/* The sums that a tile ends in: of a lone neuron, the inputs' lie side by side. */
TILE end_tile(double *sums, int32_t stride, Vector sum[4][4], const int tall, const int wide)
{
    if (tall == 1 && wide == 4 && stride == 1) {
        Vector each[4] = {sum[0][0], sum[1][0], sum[2][0], sum[3][0]};
        add_4_sums(sums, each);
        return;
    }
#pragma GCC unroll 4
    for (int u = 0; u < wide; u++)
        if (tall == 4)
            add_4_sums(sums + u * stride, sum[u]);
        else
#pragma GCC unroll 4
            for (int t = 0; t < tall; t++)
                sums[u * stride + t] += sum_of(sum[u][t]);
}

TILE weights_tile(const Frame *f, const Layer *layer, double *sums, int32_t stride,
                  int32_t j, int32_t i, const int tall, const int wide)
{
    Vector sum[4][4], a[4], x;
#pragma GCC unroll 4
    for (int u = 0; u < wide; u++)
#pragma GCC unroll 4
        for (int t = 0; t < tall; t++)
            sum[u][t] = spread_over(0.0);
    for (size_t l = 0; l < f->lanes; l += WIDTH) {
#pragma GCC unroll 4
        for (int t = 0; t < tall; t++)
            a[t] = load(RESULT_ADJOINT(j + t) + l);
#pragma GCC unroll 4
        for (int u = 0; u < wide; u++) {
            x = load(INPUT(i + u) + l);
#pragma GCC unroll 4
            for (int t = 0; t < tall; t++)
                sum[u][t] = add_product(sum[u][t], a[t], x);
        }
    }
    end_tile(sums + i * stride, stride, sum, tall, wide);
}

TILE weights_inputs(const Frame *f, const Layer *layer, double *sums, int32_t stride,
                    int32_t j, int32_t from, int32_t to, const int tall)
{
    int32_t i = from;
    for (; i + 4 <= to; i += 4)
        weights_tile(f, layer, sums, stride, j, i, tall, 4);
    for (; i + 2 <= to; i += 2)
        weights_tile(f, layer, sums, stride, j, i, tall, 2);
    for (; i < to; i++)
        weights_tile(f, layer, sums, stride, j, i, tall, 1);
}

#include "kernels_panel.h"

/* Some neurons, in whole tiles, for a few inputs, which stay in the cache meanwhile. */
static void weights_columns(const Frame *f, const Layer *layer, int32_t j, int32_t end,
                            int32_t from, int32_t to)
{
    for (int32_t tile; j < end; j += tile) {
        double *sums = f->sums + layer->packed + (size_t)j * layer->inputs;
        tile = tile_at(layer, j);
        if (tile >= 4)
            for (int32_t t = 0; t < tile; t += 4)
                weights_inputs(f, layer, sums + t, tile, j + t, from, to, 4);
        else if (tile == 2)
            weights_inputs(f, layer, sums, 2, j, from, to, 2);
        else
            weights_inputs(f, layer, sums, 1, j, from, to, 1);
    }
}

/* Eight sums at a time, for each addition waits for the one before. */
TILE biases_tile(const Frame *f, const Layer *layer, double *biases, int32_t j, const int tall)
{
    Vector sum[8];
#pragma GCC unroll 8
    for (int t = 0; t < tall; t++)
        sum[t] = spread_over(0.0);
    for (size_t l = 0; l < f->lanes; l += WIDTH)
#pragma GCC unroll 8
        for (int t = 0; t < tall; t++)
            sum[t] += load(RESULT_ADJOINT(j + t) + l);
    for (int t = 0; t + 4 <= tall; t += 4)
        add_4_sums(biases + j + t, sum + t);
    if (tall == 1)
        biases[j] += sum_of(sum[0]);
}

static void weights_backward(const Frame *f, const Layer *layer)
{
    double *biases = f->sums + layer->packed + (size_t)layer->inputs * layer->neurons;
    int32_t j = 0, paneled = panel_neurons(f, layer);
    weights_panels(f, layer);
    weights_columns(f, layer, 0, paneled, panel_inputs(layer), layer->inputs);
    for (int32_t i = 0; i < layer->inputs; i += INPUTS_IN_CACHE) {
        int32_t left = layer->inputs - i, to = i + (left < INPUTS_IN_CACHE ? left : INPUTS_IN_CACHE);
        weights_columns(f, layer, paneled, layer->neurons, i, to);
    }
    for (; j + 8 <= layer->neurons; j += 8)
        biases_tile(f, layer, biases, j, 8);
    for (; j + 4 <= layer->neurons; j += 4)
        biases_tile(f, layer, biases, j, 4);
    for (; j < layer->neurons; j++)
        biases_tile(f, layer, biases, j, 1);
}

/* -- the same, where an adjoint of 0 must hand down 0 to an infinite operand ---------------------- */

static void careful_product(const Frame *f, const Layer *layer, int32_t i, int32_t j, size_t place)
{
    const double *a = RESULT_ADJOINT(j), *x = INPUT(i);
    double weight = f->packed[place], sum = 0.0;
    double *to = INPUT_ADJOINT(i);
    for (size_t l = 0; l < f->lanes; l++) {
        sum += forward_weigh(a[l], x[l]);
        if (f->plan->active_slot[layer->xs[i]])
            to[l] += forward_weigh(a[l], weight);
    }
    f->sums[place] += sum;
}

static void careful_backward(const Frame *f, const Layer *layer)
{
    size_t biases = layer->packed + (size_t)layer->inputs * layer->neurons;
    for (int32_t i = 0; i < layer->inputs; i++)
        if (layer->fresh[i])
            memset(INPUT_ADJOINT(i), 0, f->lanes * sizeof(double));
    for (int32_t j = 0, tile; j < layer->neurons; j += tile) {
        tile = tile_at(layer, j);
        for (int32_t t = 0; t < tile; t++) {
            size_t place = layer->packed + (size_t)j * layer->inputs + t;
            for (int32_t i = 0; i < layer->inputs; i++)
                careful_product(f, layer, i, j + t, place + (size_t)i * tile);
            for (size_t l = 0; l < f->lanes; l++)
                f->sums[biases + j + t] += RESULT_ADJOINT(j + t)[l];
        }
    }
}

/* From the adjoint of a relu to that of its operand.  Its result z is positive, or it is 0 or nan,
   and then the partial is z itself. */
static void through_relu(double *restrict a, const double *restrict z, size_t n, int careful)
{
    for (size_t l = 0; !careful && l < n; l += WIDTH)
        store(a + l, through_positive(load(a + l), load(z + l)));
    for (size_t l = 0; careful && l < n; l += WIDTH)
        store(a + l, weighed(load(a + l), one_above_zero(load(z + l))));
}

/* A layer's results are mostly side by side, and then it is one loop. */
static void through_relus(const Frame *f, const Layer *layer)
{
    size_t all = (size_t)layer->neurons * f->stride;
    if (f->lanes == f->stride && RESULT(layer->neurons - 1) + f->stride == RESULT(0) + all)
        through_relu(RESULT_ADJOINT(0), RESULT(0), all, f->careful);
    else
        for (int32_t j = 0; j < layer->neurons; j++)
            through_relu(RESULT_ADJOINT(j), RESULT(j), f->lanes, f->careful);
}

static void layer_backward(const Frame *f, const Layer *layer)
{
    if (layer->relu && (f->careful || !layer->relu_is_done))
        through_relus(f, layer);
    if (f->careful) {
        careful_backward(f, layer);
        return;
    }
    if (layer->wanted_inputs)
        inputs_backward(f, layer);
    if (layer->wanted_weights)
        weights_backward(f, layer);
}
