/* det, ode, llsq, lse and gmm with their gradients written by hand; each returns the value. */

#include <math.h>
#include <string.h>

/* glibc's exp over lanes (libmvec, within 4 ulp), where a loop asks for it. */
extern double exp(double) __attribute__((simd("notinbranch")));

/* The minors of the last rows, by the set of their columns: each is computed once. */
double det(const double *a, double *g)
{
    enum { ELL = 7, SETS = 1 << ELL };
    double minor[SETS] = {1.0}, adjoint[SETS] = {0.0};
    for (int set = 1; set < SETS; set++) {
        const double *row = a + ELL * (ELL - __builtin_popcount((unsigned)set));
        double sign = 1.0;
        minor[set] = 0.0;
        for (int j = 0; j < ELL; j++)
            if (set >> j & 1) {
                minor[set] += sign * row[j] * minor[set ^ 1 << j];
                sign = -sign;
            }
    }
    memset(g, 0, ELL * ELL * sizeof(double));
    adjoint[SETS - 1] = 1.0;
    for (int set = SETS - 1; set > 0; set--) {
        int row = ELL * (ELL - __builtin_popcount((unsigned)set));
        double signed_adjoint = adjoint[set];
        for (int j = 0; j < ELL; j++)
            if (set >> j & 1) {
                g[row + j] += signed_adjoint * minor[set ^ 1 << j];
                adjoint[set ^ 1 << j] += signed_adjoint * a[row + j];
                signed_adjoint = -signed_adjoint;
            }
    }
    return minor[SETS - 1];
}

enum { MOST = 1000, STEPS = 10 };

static void slope(int n, const double *x, const double *y, double *k)
{
    k[0] = x[0];
    for (int i = 1; i < n; i++)
        k[i] = x[i] * y[i - 1];
}

static void slope_back(int n, const double *x, const double *y, const double *dk, double *dx, double *dy)
{
    dx[0] += dk[0];
    for (int i = 1; i < n; i++)
        dx[i] += dk[i] * y[i - 1];
    for (int i = 1; i < n; i++)
        dy[i - 1] = dk[i] * x[i];
    dy[n - 1] = 0.0;
}

/* The last component at t = 2, by Runge and Kutta's method in 10 steps from 0. */
double ode(int n, const double *x, double *g)
{
    static const double weight[4] = {1.0, 2.0, 2.0, 1.0};
    static double y[MOST], stage[STEPS][4][MOST], k[4][MOST], dy[MOST], dk[MOST], du[MOST];
    const double h = 2.0 / STEPS, moved[4] = {0.0, h / 2.0, h / 2.0, h};
    memset(y, 0, sizeof y);
    for (int step = 0; step < STEPS; step++) {
        for (int s = 0; s < 4; s++) {
            for (int i = 0; i < n; i++)
                stage[step][s][i] = s ? y[i] + moved[s] * k[s - 1][i] : y[i];
            slope(n, x, stage[step][s], k[s]);
        }
        for (int i = 0; i < n; i++)
            y[i] += h / 6.0 * (k[0][i] + 2.0 * k[1][i] + 2.0 * k[2][i] + k[3][i]);
    }
    memset(g, 0, (size_t)n * sizeof(double));
    memset(dy, 0, sizeof dy);
    dy[n - 1] = 1.0;
    for (int step = STEPS; step-- > 0;) {
        double before[MOST];
        memcpy(before, dy, sizeof before);
        for (int s = 4; s-- > 0;) {
            for (int i = 0; i < n; i++)
                dk[i] = weight[s] * h / 6.0 * before[i] + (s < 3 ? moved[s + 1] * du[i] : 0.0);
            slope_back(n, x, stage[step][s], dk, g, du);
            for (int i = 0; i < n; i++)
                dy[i] += du[i];
        }
    }
    return y[n - 1];
}

/* Half the sum of squares of sign - table·x; the table of powers is made beforehand. */
double llsq(int points, int terms, const double *table, const double *signs, const double *x, double *g)
{
    double sum = 0.0;
    memset(g, 0, (size_t)terms * sizeof(double));
    for (int i = 0; i < points; i++) {
        const double *row = table + i * terms;
        double rest = signs[i];
#pragma omp simd reduction(+ : rest)
        for (int j = 0; j < terms; j++)
            rest -= row[j] * x[j];
        sum += rest * rest;
        for (int j = 0; j < terms; j++)
            g[j] -= rest * row[j];
    }
    return 0.5 * sum;
}

double lse(int n, const double *x, double *g)
{
    double largest = x[0], sum = 0.0;
#pragma omp simd reduction(max : largest)
    for (int i = 1; i < n; i++)
        largest = x[i] > largest ? x[i] : largest;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < n; i++)
        sum += g[i] = exp(x[i] - largest);
    for (int i = 0; i < n; i++)
        g[i] /= sum;
    return log(sum) + largest;
}

/* Parameters and gradients: alpha[k], mu[k][2], q[k][2], l[k]. */
double gmm(int n, const double *x, const double *p, double *g)
{
    enum { K = 5 };
    const double *alpha = p, *mu = p + K, *q = p + 3 * K, *l = p + 5 * K;
    double *g_alpha = g, *g_mu = g + K, *g_q = g + 3 * K, *g_l = g + 5 * K;
    double diagonal[2 * K], weights[K], value = 0.0;
    memset(g, 0, 6 * K * sizeof(double));
    for (int i = 0; i < 2 * K; i++)
        diagonal[i] = exp(q[i]);
    for (int r = 0; r < n; r++) {
        double c[K][2], y[K][2], terms[K];
        for (int k = 0; k < K; k++) {
            for (int j = 0; j < 2; j++)
                c[k][j] = x[2 * r + j] - mu[2 * k + j];
            y[k][0] = diagonal[2 * k] * c[k][0];
            y[k][1] = diagonal[2 * k + 1] * c[k][1] + l[k] * c[k][0];
            terms[k] = alpha[k] + q[2 * k] + q[2 * k + 1] - 0.5 * (y[k][0] * y[k][0] + y[k][1] * y[k][1]);
        }
        value += lse(K, terms, weights);
        for (int k = 0; k < K; k++) {
            double w = weights[k], d0 = -w * y[k][0], d1 = -w * y[k][1];
            g_alpha[k] += w;
            g_q[2 * k] += w + d0 * y[k][0];
            g_q[2 * k + 1] += w + d1 * diagonal[2 * k + 1] * c[k][1];
            g_l[k] += d1 * c[k][0];
            g_mu[2 * k] -= d0 * diagonal[2 * k] + d1 * l[k];
            g_mu[2 * k + 1] -= d1 * diagonal[2 * k + 1];
        }
    }
    value -= n * lse(K, alpha, weights);
    for (int k = 0; k < K; k++) {
        g_alpha[k] -= n * weights[k];
        g_l[k] -= l[k];
        value -= 0.5 * l[k] * l[k];
    }
    for (int i = 0; i < 2 * K; i++) {
        g_q[i] -= diagonal[i] * diagonal[i];
        value -= 0.5 * diagonal[i] * diagonal[i];
    }
    return value;
}
