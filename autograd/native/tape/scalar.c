/* Instructions on single numbers: what is the same for all rows, and programs of one row. */

#include <float.h>
#include "../forward.h"
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
    double sum = 0.0;
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

#define X(i) v[xs[i]]

void scalar_forward(const Stream *stream, double *v, int32_t from, int32_t to)
{
    for (int32_t k = from; k < to; k++) {
        const Step *step = &stream->steps[k];
        const int32_t *xs = stream->operands + step->first;
        double *z = &v[step->result];
        switch (step->rule) {
#define UNARY(name, by_0) case RULE_##name: *z = forward_##name(X(0)); break;
#define BINARY(name, by_0, by_1) case RULE_##name: *z = forward_##name(X(0), X(1)); break;
#define TERNARY(name, by_0, by_1, by_2)                                                        \
    case RULE_##name: *z = forward_##name(X(0), X(1), X(2)); break;
#define VARIADIC(name) case RULE_##name: *z = scalar_##name(v, xs, step->count); break;
#include "../rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
        }
    }
}

/* An adjoint of 0 hands down 0, whatever the partial: nothing is done. */
void scalar_backward(const Stream *stream, const double *v, double *adjoints,
                     const unsigned char *active, int32_t from, int32_t to)
{
    Sweep sweep = {v, adjoints, active};
    for (int32_t k = to; k-- > from;) {
        const Step *step = &stream->steps[k];
        const int32_t *xs = stream->operands + step->first;
        double z = v[step->result], a = adjoints[step->result], x0, x1, x2;
        if (a == 0.0 || !active[step->result])
            continue;
        switch (step->rule) {
#define GIVE(i, partial)                                                                       \
    if (active[xs[i]])                                                                         \
    adjoints[xs[i]] += a * (partial)
#define UNARY(name, by_0)                                                                      \
    case RULE_##name:                                                                          \
        x0 = X(0);                                                                             \
        GIVE(0, by_0);                                                                         \
        (void)x0, (void)z;                                                                     \
        break;
#define BINARY(name, by_0, by_1)                                                               \
    case RULE_##name:                                                                          \
        x0 = X(0), x1 = X(1);                                                                  \
        GIVE(0, by_0);                                                                         \
        GIVE(1, by_1);                                                                         \
        (void)x0, (void)x1, (void)z;                                                           \
        break;
#define TERNARY(name, by_0, by_1, by_2)                                                        \
    case RULE_##name:                                                                          \
        x0 = X(0), x1 = X(1), x2 = X(2);                                                       \
        GIVE(0, by_0);                                                                         \
        GIVE(1, by_1);                                                                         \
        GIVE(2, by_2);                                                                         \
        (void)x0, (void)x1, (void)x2, (void)z;                                                 \
        break;
#define VARIADIC(name) case RULE_##name: by_##name(sweep, xs, step->count, z, a); break;
#include "../rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
        }
    }
}
