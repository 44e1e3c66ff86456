/* A layer over the lanes of a block: products of matrices, in tiles that stay in registers.

   Part of kernels.h; the weights' gradients are in kernels_gradient.h.  A layer's weights are packed by tiles of 8 neurons, then 4, 2 and 1 of what
   is left: in a tile of S neurons from j on, the weight of neuron j + t for input i is at
   j * inputs + i * S + t.  Behind them come the biases.  The gradients are packed alike. */

#if WIDTH == 8
#define TOGETHER 8 /* neurons, or inputs: with two vectors of lanes, 16 sums */
#else
#define TOGETHER 4
#endif

enum { UNFUSED = 8 }; /* inputs, up to which a product is not fused with the sum it is added to */

/* A tile's size has to be known where it is compiled: then its sums stay in registers. */
#if defined(__GNUC__)
#define TILE static inline __attribute__((always_inline)) void
#else
#define TILE static inline void
#endif

#define INPUT(i) (f->values[layer->xs[i]])
#define INPUT_ADJOINT(i) (f->adjoints + (size_t)layer->xs[i] * f->stride)
#define RESULT(j) (f->values[layer->results[j]])
#define RESULT_ADJOINT(j) (f->adjoints + (size_t)layer->results[j] * f->stride)

/* -- forward: neurons x lanes, summed over inputs ------------------------------------------------- */

TILE forward_tile(const Frame *f, const Layer *layer, const double *weights, int32_t stride,
                  int32_t j, size_t l, const int tall, const int wide, const int relu,
                  const int fused, Vector *strange)
{
    const double *biases = f->packed + layer->packed + (size_t)layer->inputs * layer->neurons;
    Vector sum[TOGETHER][4], x[4];
#pragma GCC unroll 8
    for (int t = 0; t < tall; t++)
#pragma GCC unroll 4
        for (int v = 0; v < wide; v++)
            sum[t][v] = spread_over(-0.0);
    for (int32_t i = 0; i < layer->inputs; i++, weights += stride) {
        const double *input = INPUT(i) + l;
#pragma GCC unroll 4
        for (int v = 0; v < wide; v++)
            x[v] = load(input + v * WIDTH);
#pragma GCC unroll 8
        for (int t = 0; t < tall; t++) {
            Vector weight = spread_over(weights[t]);
#pragma GCC unroll 4
            for (int v = 0; v < wide; v++)
                if (fused)
                    sum[t][v] = add_product(sum[t][v], weight, x[v]);
                else
                    sum[t][v] += weight * x[v];
        }
    }
#pragma GCC unroll 8
    for (int t = 0; t < tall; t++)
#pragma GCC unroll 4
        for (int v = 0; v < wide; v++) {
            Vector z = sum[t][v] + spread_over(biases[j + t]);
            *strange += z - z; /* nan where z is inf or nan */
            store(RESULT(j + t) + l + v * WIDTH, relu ? positive(z) : z);
        }
}

/* All lanes of `tall` neurons from j on: of few neurons more lanes at once, for each sum waits for
   its last product. */
TILE forward_lanes(const Frame *f, const Layer *layer, const double *weights,
                   int32_t stride, int32_t j, const int tall, const int relu, const int fused,
                   Vector *strange)
{
    size_t l = 0;
    for (; tall <= 2 && l + 4 * WIDTH <= f->lanes; l += 4 * WIDTH)
        forward_tile(f, layer, weights, stride, j, l, tall, 4, relu, fused, strange);
    for (; WIDTH == 8 && tall > 2 && l + 3 * WIDTH <= f->lanes; l += 3 * WIDTH)
        forward_tile(f, layer, weights, stride, j, l, tall, 3, relu, fused, strange);
    for (; l + 2 * WIDTH <= f->lanes; l += 2 * WIDTH)
        forward_tile(f, layer, weights, stride, j, l, tall, 2, relu, fused, strange);
    for (; l < f->lanes; l += WIDTH)
        forward_tile(f, layer, weights, stride, j, l, tall, 1, relu, fused, strange);
}

TILE forward_neurons(const Frame *f, const Layer *layer, const int relu, const int fused,
                     Vector *strange)
{
    for (int32_t j = 0, tile; j < layer->neurons; j += tile) {
        const double *weights = f->packed + layer->packed + (size_t)j * layer->inputs;
        tile = tile_at(layer, j);
        if (tile == 8)
            for (int32_t t = 0; t < 8; t += TOGETHER)
                forward_lanes(f, layer, weights + t, 8, j + t, TOGETHER, relu, fused, strange);
        else if (tile == 4)
            forward_lanes(f, layer, weights, 4, j, 4, relu, fused, strange);
        else if (tile == 2)
            forward_lanes(f, layer, weights, 2, j, 2, relu, fused, strange);
        else
            forward_lanes(f, layer, weights, 1, j, 1, relu, fused, strange);
    }
}

/* As eager adds, where a result is inf or nan: a product that was fused with its sum overflows
   otherwise. */
static void careful_forward(const Frame *f, const Layer *layer)
{
    const double *weights = f->packed + layer->packed;
    const double *biases = weights + (size_t)layer->inputs * layer->neurons;
    for (int32_t j = 0, tile; j < layer->neurons; j += tile, weights += (size_t)tile * layer->inputs) {
        tile = tile_at(layer, j);
        for (int32_t t = 0; t < tile; t++)
            for (size_t l = 0; l < f->lanes; l++) {
                double sum = -0.0;
                for (int32_t i = 0; i < layer->inputs; i++)
                    sum += weights[(size_t)i * tile + t] * INPUT(i)[l];
                sum += biases[j + t];
                RESULT(j + t)[l] = layer->relu ? forward_relu(sum) : sum;
            }
    }
}

/* A layer of few inputs multiplies and adds apart: bit for bit as eager does. */
static void layer_forward(const Frame *f, const Layer *layer)
{
    Vector strange = spread_over(0.0);
    int fused = layer->inputs > UNFUSED;
    if (layer->relu && fused)
        forward_neurons(f, layer, 1, 1, &strange);
    else if (layer->relu)
        forward_neurons(f, layer, 1, 0, &strange);
    else if (fused)
        forward_neurons(f, layer, 0, 1, &strange);
    else
        forward_neurons(f, layer, 0, 0, &strange);
    if (fused && sum_of(strange) != 0.0)
        careful_forward(f, layer);
}

/* -- the inputs' adjoints: inputs x lanes, summed over neurons ------------------------------------ */

/* The share of `tile` neurons from j on, whose weights for these inputs start at `weights`. */
TILE add_neurons(const Frame *f, const Layer *layer, const double *weights, int32_t j, size_t l,
                 Vector sum[TOGETHER][4], const int tile, const int tall, const int wide)
{
    for (int32_t s = 0; s < tile; s++) {
        const double *adjoint = RESULT_ADJOINT(j + s) + l;
        Vector a[4];
#pragma GCC unroll 4
        for (int v = 0; v < wide; v++)
            a[v] = load(adjoint + v * WIDTH);
#pragma GCC unroll 8
        for (int t = 0; t < tall; t++) {
            Vector weight = spread_over(weights[t * tile + s]);
#pragma GCC unroll 4
            for (int v = 0; v < wide; v++)
                sum[t][v] = add_product(sum[t][v], weight, a[v]);
        }
    }
}

/* Where not all adjoints are wanted and start here, each is asked. */
static void add_to_inputs(const Frame *f, const Layer *layer, int32_t i, size_t l, Vector sum)
{
    double *to = INPUT_ADJOINT(i) + l;
    if (f->plan->active_slot[layer->xs[i]])
        store(to, (layer->fresh[i] ? spread_over(0.0) : load(to)) + sum);
}

TILE inputs_tile(const Frame *f, const Layer *layer, int32_t i, size_t l, const int tall,
                 const int wide)
{
    Vector sum[TOGETHER][4];
#pragma GCC unroll 8
    for (int t = 0; t < tall; t++)
#pragma GCC unroll 4
        for (int v = 0; v < wide; v++)
            sum[t][v] = spread_over(0.0);
    for (int32_t j = 0, tile; j < layer->neurons; j += tile) {
        const double *weights = f->packed + layer->packed + (size_t)j * layer->inputs;
        tile = tile_at(layer, j);
        weights += (size_t)i * (size_t)tile;
        if (tile == 8)
            add_neurons(f, layer, weights, j, l, sum, 8, tall, wide);
        else if (tile == 4)
            add_neurons(f, layer, weights, j, l, sum, 4, tall, wide);
        else if (tile == 2)
            add_neurons(f, layer, weights, j, l, sum, 2, tall, wide);
        else
            add_neurons(f, layer, weights, j, l, sum, 1, tall, wide);
    }
#pragma GCC unroll 8
    for (int t = 0; t < tall; t++)
#pragma GCC unroll 4
        for (int v = 0; v < wide; v++)
            if (layer->through_relus)
                store(INPUT_ADJOINT(i + t) + l + v * WIDTH,
                      through_positive(sum[t][v], load(INPUT(i + t) + l + v * WIDTH)));
            else if (layer->fresh_inputs)
                store(INPUT_ADJOINT(i + t) + l + v * WIDTH, sum[t][v]);
            else
                add_to_inputs(f, layer, i + t, l + v * WIDTH, sum[t][v]);
}

TILE inputs_lanes(const Frame *f, const Layer *layer, int32_t i, const int tall)
{
    size_t l = 0;
    for (; WIDTH == 8 && l + 3 * WIDTH <= f->lanes; l += 3 * WIDTH)
        inputs_tile(f, layer, i, l, tall, 3);
    for (; l + 2 * WIDTH <= f->lanes; l += 2 * WIDTH)
        inputs_tile(f, layer, i, l, tall, 2);
    for (; l < f->lanes; l += WIDTH)
        inputs_tile(f, layer, i, l, tall, 1);
}

static void inputs_backward(const Frame *f, const Layer *layer)
{
    int32_t i = 0;
    for (; i + TOGETHER <= layer->inputs; i += TOGETHER)
        inputs_lanes(f, layer, i, TOGETHER);
    for (; i + 2 <= layer->inputs; i += 2)
        inputs_lanes(f, layer, i, 2);
    for (; i < layer->inputs; i++)
        inputs_lanes(f, layer, i, 1);
}
