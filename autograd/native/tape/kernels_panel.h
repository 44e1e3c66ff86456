/* A layer's weights' gradients where inputs outnumber lanes: vectors of neurons, not of lanes.

   Part of kernels_gradient.h.  The adjoints of some neurons are turned to lie side by side, lane by
   lane, so that no tile ends in sums over the numbers of a vector: each costs as much as three or
   four products, of which there are only as many as vectors of lanes. */

#if WIDTH == 8
#define PANEL_INPUTS 8 /* with two vectors of neurons, 16 sums */
#else
#define PANEL_INPUTS 4
#endif

enum { PANEL = 2 * WIDTH };

/* Where the sums of neurons from j on for input i are, in whole tiles of 8 neurons. */
static inline double *panel_sums(const Frame *f, const Layer *layer, int32_t j, int32_t i)
{
    return f->sums + layer->packed + (size_t)(j & ~7) * (size_t)layer->inputs + (size_t)i * 8 +
           (size_t)(j & 7);
}

static void turn(const Frame *f, const Layer *layer, int32_t j, double *restrict panel)
{
    for (int t = 0; t < PANEL; t += WIDTH)
        for (size_t l = 0; l < f->lanes; l += WIDTH) {
            Vector v[WIDTH];
#pragma GCC unroll 8
            for (int k = 0; k < WIDTH; k++)
                v[k] = load(RESULT_ADJOINT(j + t + k) + l);
            transpose(v);
#pragma GCC unroll 8
            for (size_t k = 0; k < WIDTH; k++)
                store(panel + (l + k) * PANEL + (size_t)t, v[k]);
        }
}

static void panel_tile(const Frame *f, const Layer *layer, const double *panel, int32_t j, int32_t i)
{
    Vector sum[PANEL_INPUTS][2];
    const double *x[PANEL_INPUTS];
#pragma GCC unroll 8
    for (int u = 0; u < PANEL_INPUTS; u++) {
        x[u] = INPUT(i + u);
        sum[u][0] = sum[u][1] = spread_over(0.0);
    }
    for (size_t l = 0; l < f->lanes; l++) {
        Vector low = load(panel + l * PANEL), high = load(panel + l * PANEL + WIDTH);
#pragma GCC unroll 8
        for (int u = 0; u < PANEL_INPUTS; u++) {
            Vector one = spread_over(x[u][l]);
            sum[u][0] = add_product(sum[u][0], low, one);
            sum[u][1] = add_product(sum[u][1], high, one);
        }
    }
#pragma GCC unroll 8
    for (int u = 0; u < PANEL_INPUTS; u++)
#pragma GCC unroll 2
        for (int v = 0; v < 2; v++) {
            double *to = panel_sums(f, layer, j + v * WIDTH, i + u);
            store(to, load(to) + sum[u][v]);
        }
}

/* How many neurons and inputs, from the first on, are summed so: the rest is left.  Sums over short
   vectors cost little. */
static int32_t panel_neurons(const Frame *f, const Layer *layer)
{
    int32_t whole = layer->neurons & ~7;
    return WIDTH < 4 || (size_t)layer->inputs < f->lanes ? 0 : whole - whole % PANEL;
}

static int32_t panel_inputs(const Layer *layer)
{
    return layer->inputs - layer->inputs % PANEL_INPUTS;
}

static void weights_panels(const Frame *f, const Layer *layer)
{
    double panel[MOST_LANES * PANEL];
    for (int32_t j = 0; j < panel_neurons(f, layer); j += PANEL) {
        turn(f, layer, j, panel);
        for (int32_t i = 0; i < panel_inputs(layer); i += PANEL_INPUTS)
            panel_tile(f, layer, panel, j, i);
    }
}
