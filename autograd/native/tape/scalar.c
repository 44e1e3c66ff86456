/* Instructions on single numbers: what is the same for all rows, and programs of one row. */

#include <float.h>
#include "node/forward.h"
#include "tape.h"

/* -- rows of any number of operands ------------------------------------------------------------ */

#define AT(i) v[xs[i]]

static double scalar_total(const double *v, const int32_t *xs, int32_t n)
{
    double sum = 0.0;
    for (int32_t i = 0; i < n; i++)
        sum += AT(i);
    return sum;
}

static double scalar_dot(const double *v, const int32_t *xs, int32_t n)
{
    const int32_t *ys = xs + n / 2;
    double sum = nothing(n);
    for (int32_t i = 0; i < n / 2; i++)
        sum += AT(i) * v[ys[i]];
    return sum;
}

static double scalar_maximum(const double *v, const int32_t *xs, int32_t n)
{
    double z = AT(0);
    for (int32_t i = 0; i < n; i++)
        z = AT(i) > z || AT(i) != AT(i) ? AT(i) : z;
    return z;
}

static double scalar_minimum(const double *v, const int32_t *xs, int32_t n)
{
    double z = AT(0);
    for (int32_t i = 0; i < n; i++)
        z = AT(i) < z || AT(i) != AT(i) ? AT(i) : z;
    return z;
}

static double scalar_logsumexp(const double *v, const int32_t *xs, int32_t n)
{
    double largest = scalar_maximum(v, xs, n), sum = 0.0;
    if (!isfinite(largest))
        return largest;
    for (int32_t i = 0; i < n; i++)
        sum += exp(AT(i) - largest);
    return largest + log(sum);
}

/* Where adjoints go, and which are wanted. */
typedef struct {
    const double *v;
    double *adjoints;
    const unsigned char *active;
} Sweep;

static void by_total(Sweep s, const int32_t *xs, int32_t n, double z, double a)
{
    (void)z;
    for (int32_t i = 0; i < n; i++)
        if (s.active[xs[i]])
            s.adjoints[xs[i]] += a;
}

static void by_dot(Sweep s, const int32_t *xs, int32_t n, double z, double a)
{
    const int32_t *ys = xs + n / 2;
    (void)z;
    for (int32_t i = 0; i < n / 2; i++) {
        if (s.active[xs[i]])
            s.adjoints[xs[i]] += a * s.v[ys[i]];
        if (s.active[ys[i]])
            s.adjoints[ys[i]] += a * s.v[xs[i]];
    }
}

/* maximum and minimum: an even share for each of those that equal the result. */
static void by_ties(Sweep s, const int32_t *xs, int32_t n, double z, double a)
{
    double hits = 0.0;
    for (int32_t i = 0; i < n; i++)
        hits += forward_same(s.v[xs[i]], z);
    for (int32_t i = 0; i < n; i++)
        if (s.active[xs[i]])
            s.adjoints[xs[i]] += a * forward_div(forward_same(s.v[xs[i]], z), hits);
}

#define by_maximum by_ties
#define by_minimum by_ties

/* `softmax` of the table: the shares, divided by their sum. */
static void by_logsumexp(Sweep s, const int32_t *xs, int32_t n, double z, double a)
{
    double whole = 0.0;
    for (int32_t i = 0; i < n; i++)
        whole += forward_share(s.v[xs[i]], z);
    whole = whole < DBL_MIN ? DBL_MIN : whole;
    for (int32_t i = 0; i < n; i++)
        if (s.active[xs[i]])
            s.adjoints[xs[i]] += a * forward_div(forward_share(s.v[xs[i]], z), whole);
}

/* -- the sweeps ------------------------------------------------------------------------------ */

/* Steps of one rule mostly follow each other: each case goes on for as long as they do. */
#define X(i) v[xs[i]]
#define FORWARD(name, z)                                                                       \
    case RULE_##name:                                                                          \
        do {                                                                                   \
            const int32_t *xs = operands + step->first;                                        \
            v[step->result] = z;                                                               \
        } while (++step < end && step->rule == RULE_##name);                                   \
        break;

void scalar_forward(const Stream *stream, double *v, int32_t from, int32_t to)
{
    const Step *step = stream->steps + from, *end = stream->steps + to;
    const int32_t *operands = stream->operands;
    while (step < end)
        switch (step->rule) {
#define UNARY(name, by_0) FORWARD(name, forward_##name(X(0)))
#define BINARY(name, by_0, by_1) FORWARD(name, forward_##name(X(0), X(1)))
#define TERNARY(name, by_0, by_1, by_2) FORWARD(name, forward_##name(X(0), X(1), X(2)))
#define VARIADIC(name) FORWARD(name, scalar_##name(v, xs, step->count))
#include "node/rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
        }
}

/* An adjoint of 0 hands down 0, whatever the partial: nothing is done. */
#define BACKWARD(name, give)                                                                   \
    case RULE_##name:                                                                          \
        do {                                                                                   \
            const Step *step = --next;                                                         \
            const int32_t *xs = operands + step->first;                                        \
            double z = v[step->result], a = adjoints[step->result];                            \
            if (a != 0.0 && active[step->result]) {                                            \
                give                                                                           \
                (void)z;                                                                       \
            }                                                                                  \
        } while (next > begin && next[-1].rule == RULE_##name);                                \
        break;
#define READ(i) double x##i = X(i); (void)x##i;
#define GIVE(name, i, partial)                                                                 \
    if (active[xs[i]])                                                                         \
        adjoints[xs[i]] += HANDED_DOWN(RULE_##name, a, (partial));

void scalar_backward(const Stream *stream, const double *v, double *adjoints,
                     const unsigned char *active, int32_t from, int32_t to)
{
    const Step *begin = stream->steps + from, *next = stream->steps + to;
    const int32_t *operands = stream->operands;
    const Sweep sweep = {v, adjoints, active};
    while (next > begin)
        switch (next[-1].rule) {
#define UNARY(name, by_0) BACKWARD(name, READ(0) GIVE(name, 0, by_0))
#define BINARY(name, by_0, by_1) BACKWARD(name, READ(0) READ(1) GIVE(name, 0, by_0) GIVE(name, 1, by_1))
#define TERNARY(name, by_0, by_1, by_2)                                                        \
    BACKWARD(name, READ(0) READ(1) READ(2) GIVE(name, 0, by_0) GIVE(name, 1, by_1) GIVE(name, 2, by_2))
#define VARIADIC(name) BACKWARD(name, by_##name(sweep, xs, step->count, z, a);)
#include "node/rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
        }
}
