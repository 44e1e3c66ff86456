/* The forward function of every primitive: `autograd/core/ieee754.py` once more, bit for bit.

   One definition `forward_<name>` per row of the table; `python -m tools.generate_c_rules`
   finds them by that name.  Variadic rows read their operands from a Node: see variadic.c. */

#ifndef GLASSGRAD_FORWARD_H
#define GLASSGRAD_FORWARD_H

#include <math.h>

/* Of nan there are many bit patterns; what is outside a function's domain gives Python's. */
static inline double or_nan(double result, double x)
{
    return isnan(result) && !isnan(x) ? (double)NAN : result;
}

static inline double forward_identity(double x) { return x; }
static inline double forward_add(double x, double y) { return x + y; }
static inline double forward_sub(double x, double y) { return x - y; }
static inline double forward_mul(double x, double y) { return x * y; }
static inline double forward_neg(double x) { return -x; }
static inline double forward_abs(double x) { return fabs(x); }
static inline double forward_weigh(double a, double p) { return a == 0.0 ? 0.0 : a * p; }

/* Whether a partial of 0 is that of an operand not selected, to which nothing flows at all, as
   `Primitive.selects` says.  It is known when this is compiled. */
#define SELECTS(rule)                                                                          \
    (rule == RULE_where || rule == RULE_step || rule == RULE_same || rule == RULE_follow)
/* What is handed down of an adjoint that is not 0. */
#define HANDED_DOWN(rule, adjoint, partial)                                                    \
    (SELECTS(rule) ? forward_weigh(partial, adjoint) : (adjoint) * (partial))

static inline double forward_div(double x, double y)
{
    return y == 0.0 && (x == 0.0 || isnan(x)) ? (double)NAN : x / y;
}

static inline double forward_pow(double x, double y)
{
    double result = pow(x, y);
    return isnan(result) && !isnan(x) && !isnan(y) ? (double)NAN : result;
}

static inline double forward_sqrt(double x) { return x >= 0.0 ? sqrt(x) + 0.0 : (double)NAN; }
static inline double forward_exp(double x) { return exp(x); }
static inline double forward_expm1(double x) { return expm1(x); }

static inline double forward_log(double x)
{
    if (x > 0.0)
        return log(x);
    return x == 0.0 ? -(double)INFINITY : (double)NAN;
}

static inline double forward_log1p(double x)
{
    if (x > -1.0)
        return x == 0.0 ? x : log1p(x);
    return x == -1.0 ? -(double)INFINITY : (double)NAN;
}

static inline double forward_sin(double x) { return or_nan(sin(x), x); }
static inline double forward_cos(double x) { return or_nan(cos(x), x); }
static inline double forward_tan(double x) { return or_nan(tan(x), x); }
static inline double forward_asin(double x) { return or_nan(asin(x), x); }
static inline double forward_acos(double x) { return or_nan(acos(x), x); }
static inline double forward_atan(double x) { return atan(x); }
static inline double forward_atan2(double x, double y) { return atan2(x, y); }

/* By scaling, not libm's: the same few operations as in ieee754.py, hence the same bits. */
static inline double forward_hypot(double x, double y)
{
    double small, large, ratio;
    x = fabs(x), y = fabs(y);
    if (x == (double)INFINITY || y == (double)INFINITY)
        return (double)INFINITY;
    small = x > y ? y : x, large = x > y ? x : y;
    if (large == 0.0)
        return small + large; /* 0, or nan */
    ratio = small / large;
    return large * sqrt(1.0 + ratio * ratio);
}

static inline double forward_sinh(double x) { return sinh(x); }
static inline double forward_cosh(double x) { return cosh(x); }
static inline double forward_tanh(double x) { return tanh(x); }

static inline double forward_sech2(double x)
{
    double e = exp(-2.0 * fabs(x));
    return 4.0 * e / ((1.0 + e) * (1.0 + e));
}

#ifndef forward_sigmoid /* the lanes have their own: vector_math.h */
static inline double forward_sigmoid(double x)
{
    double e = exp(-fabs(x));
    return (x >= 0.0 ? 1.0 : e) / (1.0 + e);
}
#endif

static inline double forward_softplus(double x)
{
    return (x > 0.0 ? x : 0.0) + log1p(exp(-fabs(x)));
}

static inline double forward_relu(double x) { return x <= 0.0 ? 0.0 : x; }
static inline double forward_leaky_relu(double x, double slope) { return x > 0.0 ? x : slope * x; }

static inline double forward_elu(double x, double alpha)
{
    return x > 0.0 ? x : alpha * expm1(x);
}

/* 0x1.6a09e667f3bcdp-1 is sqrt(0.5). */
static inline double forward_gelu(double x)
{
    return forward_weigh(0.5 * erfc(-x * 0x1.6a09e667f3bcdp-1), x);
}

static inline double forward_silu(double x) { return forward_weigh(forward_sigmoid(x), x); }
static inline double forward_erf(double x) { return erf(x); }
static inline double forward_erfc(double x) { return erfc(x); }

static inline double forward_step(double x)
{
    if (x > 0.0)
        return 1.0;
    return x <= 0.0 ? 0.0 : x;
}

static inline double forward_same(double x, double y)
{
    if (x == y)
        return 1.0;
    return x == x && y == y ? 0.0 : (double)NAN;
}

static inline double forward_where(double c, double x, double y) { return c > 0.0 ? x : y; }

static inline double forward_share(double x, double z)
{
    if (x == z)
        return x == -(double)INFINITY ? 0.0 : 1.0;
    return exp(x - z);
}

/* -- what only derivatives are made of ----------------------------------------------------------- */

static inline double forward_powlog(double x, double y, double n)
{
    return n == 0.0 ? forward_pow(x, y)
                    : forward_weigh(forward_pow(x, y), forward_pow(forward_log(x), n));
}

static inline double forward_dasin(double x)
{
    return forward_div(1.0, forward_sqrt((1.0 - x) * (1.0 + x)));
}

static inline double forward_datan(double x)
{
    double q = 1.0 + x * x;
    return q != (double)INFINITY ? 1.0 / q : 1.0 / x / x;
}

static inline double forward_dsigmoid(double x) { return forward_sigmoid(x) * forward_sigmoid(-x); }

static inline double forward_over(double x, double y)
{
    if (y == 0.0)
        return y;
    if (y == (double)INFINITY && isinf(x))
        return copysign(1.0, x);
    return x / y;
}

static inline double forward_slant(double x, double y)
{
    double z = forward_hypot(x, y);
    return z == 0.0 ? (double)NAN : forward_over(x, z);
}

static inline double forward_follow(double x, double y)
{
    (void)y;
    return x;
}

#endif
