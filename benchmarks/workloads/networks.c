/* The three networks written by hand: forward, backward and the optimiser's step, below Python.

   Numbers of a row lie side by side, so that lanes are neurons; all three products of a layer
   are then one loop with a broadcast, and none ends in a sum over lanes. */

#include <math.h>
#include <string.h>

enum { LANES = 8, PANEL = 2 * LANES };
typedef double lanes __attribute__((vector_size(8 * LANES), aligned(8)));
#define INLINE static inline __attribute__((always_inline))

INLINE lanes *at(const double *p) { return (lanes *)p; }

/* c[m][n] = start[n] + a[m][k]·b[k][n]; a may be read transposed, n is a multiple of PANEL. */
INLINE void multiply(int m, int n, int k, const double *a, int a_row, int a_column,
                     const double *b, const double *start, double *c, const int tile)
{
    for (int j = 0; j < n; j += PANEL)
        for (int i = 0; i < m; i += tile) {
            lanes sum[8][2];
#pragma GCC unroll 8
            for (int t = 0; t < tile; t++)
                for (int v = 0; v < 2; v++)
                    sum[t][v] = start ? *at(start + j + v * LANES) : (lanes){0};
            for (int p = 0; p < k; p++) {
                lanes b0 = *at(b + p * n + j), b1 = *at(b + p * n + j + LANES);
#pragma GCC unroll 8
                for (int t = 0; t < tile; t++) {
                    double x = a[(i + t) * a_row + p * a_column];
                    sum[t][0] += x * b0;
                    sum[t][1] += x * b1;
                }
            }
#pragma GCC unroll 8
            for (int t = 0; t < tile; t++)
                for (int v = 0; v < 2; v++)
                    *at(c + (i + t) * n + j + v * LANES) = sum[t][v];
        }
}

INLINE void relu(int count, double *x)
{
    for (int i = 0; i < count; i++)
        x[i] = x[i] > 0.0 ? x[i] : 0.0;
}

INLINE void relu_back(int count, const double *x, double *dx)
{
    for (int i = 0; i < count; i++)
        dx[i] = x[i] > 0.0 ? dx[i] : 0.0;
}

INLINE void sum_rows(int rows, int n, const double *x, double *sum)
{
    memset(sum, 0, (size_t)n * sizeof(double));
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < n; j++)
            sum[j] += x[r * n + j];
}

INLINE void transpose(int m, int n, const double *a, double *b)
{
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            b[j * m + i] = a[i * n + j];
}

/* -- moons: 2-16-16-1, 100 rows, mean hinge loss and a penalty, plain descent ------------------ */

enum { ROWS = 100, H = 16 };

typedef struct {
    double w1[2 * H], b1[H], w2[H * H], b2[H], w3[H], b3;
} Moons;

enum { MOONS = sizeof(Moons) / sizeof(double) };

static void moons_step(const double *x, const double *y, Moons *p, double rate, double penalty)
{
    static double h1[ROWS * H], h2[ROWS * H], d1[ROWS * H], d2[ROWS * H], w2t[H * H];
    Moons g;
    multiply(ROWS, H, 2, x, 2, 1, p->w1, p->b1, h1, 5);
    relu(ROWS * H, h1);
    multiply(ROWS, H, H, h1, H, 1, p->w2, p->b2, h2, 5);
    relu(ROWS * H, h2);
    lanes w3[2] = {*at(p->w3), *at(p->w3 + LANES)}, g3[2] = {{0}, {0}};
    g.b3 = 0.0;
    for (int r = 0; r < ROWS; r++) {
        lanes u = *at(h2 + r * H), v = *at(h2 + r * H + LANES), s = u * w3[0] + v * w3[1];
        double score = p->b3 + (((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7])));
        double d = 1.0 - y[r] * score > 0.0 ? -y[r] / ROWS : 0.0;
        g.b3 += d;
        g3[0] += d * u;
        g3[1] += d * v;
        *at(d2 + r * H) = d * w3[0];
        *at(d2 + r * H + LANES) = d * w3[1];
    }
    *at(g.w3) = g3[0];
    *at(g.w3 + LANES) = g3[1];
    relu_back(ROWS * H, h2, d2);
    transpose(H, H, p->w2, w2t);
    multiply(H, H, ROWS, h1, 1, H, d2, NULL, g.w2, 8);
    sum_rows(ROWS, H, d2, g.b2);
    multiply(ROWS, H, H, d2, H, 1, w2t, NULL, d1, 5);
    relu_back(ROWS * H, h1, d1);
    multiply(2, H, ROWS, x, 1, 2, d1, NULL, g.w1, 2);
    sum_rows(ROWS, H, d1, g.b1);
    for (int i = 0; i < MOONS; i++)
        ((double *)p)[i] -= rate * (((double *)&g)[i] + 2.0 * penalty * ((double *)p)[i]);
}

void moons_steps(const double *x, const double *y, double *p, double rate, double penalty, int steps)
{
    while (steps--)
        moons_step(x, y, (Moons *)p, rate, penalty);
}

/* -- one hidden layer, softmax and cross-entropy over 10 classes (16 lanes) -------------------- */

enum { CLASSES = 10 };

/* From scores to the gradient of the mean loss, in place. */
static void softmax_back(int rows, const int *labels, double *z)
{
    for (int r = 0; r < rows; r++, z += PANEL) {
        double largest = z[0], sum = 0.0;
        for (int j = 1; j < CLASSES; j++)
            largest = z[j] > largest ? z[j] : largest;
        for (int j = 0; j < CLASSES; j++)
            sum += z[j] = exp(z[j] - largest);
        for (int j = 0; j < CLASSES; j++)
            z[j] = (z[j] / sum - (j == labels[r])) / rows;
        for (int j = CLASSES; j < PANEL; j++)
            z[j] = 0.0;
    }
}

/* Parameters and gradients: w1[in][hidden], b1[hidden], w2[hidden][16], b2[16]. */
INLINE void gradient(int rows, int in, int hidden, const double *x, const int *labels,
                     const double *p, double *g, double *h, double *dh, double *z, double *w2t)
{
    const double *w1 = p, *b1 = w1 + in * hidden, *w2 = b1 + hidden, *b2 = w2 + hidden * PANEL;
    double *g1 = g, *gb1 = g1 + in * hidden, *g2 = gb1 + hidden, *gb2 = g2 + hidden * PANEL;
    multiply(rows, hidden, in, x, in, 1, w1, b1, h, 8);
    relu(rows * hidden, h);
    multiply(rows, PANEL, hidden, h, hidden, 1, w2, b2, z, 8);
    softmax_back(rows, labels, z);
    multiply(hidden, PANEL, rows, h, 1, hidden, z, NULL, g2, 8);
    sum_rows(rows, PANEL, z, gb2);
    transpose(hidden, PANEL, w2, w2t);
    multiply(rows, hidden, CLASSES, z, PANEL, 1, w2t, NULL, dh, 8);
    relu_back(rows * hidden, h, dh);
    multiply(in, hidden, rows, x, 1, in, dh, NULL, g1, 8);
    sum_rows(rows, hidden, dh, gb1);
}

#define SIZE(in, hidden) ((in) * (hidden) + (hidden) + (hidden)*PANEL + PANEL)

/* Digits: an epoch of batches of 64 through 64-32-10 with Adam; state is t, then mean and square. */
void digits_epoch(const double *x, const int *labels, int rows, double *p, double *state, double rate)
{
    enum { BATCH = 64, IN = 64, HIDDEN = 32, COUNT = SIZE(IN, HIDDEN) };
    static double g[COUNT], h[BATCH * HIDDEN], dh[BATCH * HIDDEN], z[BATCH * PANEL], w2t[HIDDEN * PANEL];
    double *mean = state + 1, *square = mean + COUNT;
    for (int r = 0; r < rows; r += BATCH) {
        double t = ++state[0], c1 = 1.0 - pow(0.9, t), c2 = sqrt(1.0 - pow(0.999, t));
        gradient(BATCH, IN, HIDDEN, x + r * IN, labels + r, p, g, h, dh, z, w2t);
        for (int i = 0; i < COUNT; i++) {
            mean[i] = 0.9 * mean[i] + 0.1 * g[i];
            square[i] = 0.999 * square[i] + 0.001 * g[i] * g[i];
            p[i] -= rate / c1 * (mean[i] / (sqrt(square[i]) / c2 + 1e-8));
        }
    }
}

/* Wide: steps of 784-128-10 on the same 256 rows, plain descent. */
void wide_steps(const double *x, const int *labels, double *p, double rate, int steps)
{
    enum { BATCH = 256, IN = 784, HIDDEN = 128, COUNT = SIZE(IN, HIDDEN) };
    static double g[COUNT], h[BATCH * HIDDEN], dh[BATCH * HIDDEN], z[BATCH * PANEL], w2t[HIDDEN * PANEL];
    while (steps--) {
        gradient(BATCH, IN, HIDDEN, x, labels, p, g, h, dh, z, w2t);
        for (int i = 0; i < COUNT; i++)
            p[i] -= rate * g[i];
    }
}
