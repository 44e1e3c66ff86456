/* The varying instructions over the lanes of a block: included once for each instruction set.

   `forward.h` is compiled once more here, on `vector_math.h` instead of libm, in loops that the
   compiler turns into vector code; so a new row of the table needs nothing here. */

#include <math.h>
#ifdef __GNUC__
#define fabs(x) __builtin_fabs(x) /* setup.py says -fno-builtin */
#define sqrt(x) __builtin_sqrt(x)
#endif
#include "vector_math.h"
#define exp lane_exp
#define expm1 lane_expm1
#define log lane_log
#define log1p lane_log1p
#define tanh lane_tanh
#include "node/forward.h"
#undef exp
#undef expm1
#undef log
#undef log1p
#undef tanh
#undef fabs
#undef sqrt
#include "tape.h"
#include "vectors.h"

#define EACH_LANE for (size_t l = 0; l < n; l++)

/* -- rows of fixed arity ---------------------------------------------------------------------- */

#define UNARY(name, by_0)                                                                      \
    static void lanes_##name(double *restrict z, const double *x, size_t n)                    \
    {                                                                                          \
        EACH_LANE z[l] = forward_##name(x[l]);                                                 \
    }
#define BINARY(name, by_0, by_1)                                                               \
    static void lanes_##name(double *restrict z, const double *x, const double *y, size_t n)   \
    {                                                                                          \
        EACH_LANE z[l] = forward_##name(x[l], y[l]);                                           \
    }
#define TERNARY(name, by_0, by_1, by_2)                                                        \
    static void lanes_##name(double *restrict z, const double *x, const double *y,             \
                             const double *w, size_t n)                                        \
    {                                                                                          \
        EACH_LANE z[l] = forward_##name(x[l], y[l], w[l]);                                     \
    }
#define VARIADIC(name)
#include "node/rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY

/* What a partial reads, lane by lane, and where its product with the adjoint goes. */
typedef struct {
    const double *a, *z, *x0, *x1, *x2;
} Reads;

#define BY(i, name, partial)                                                                   \
    static void by_##i##_##name(double *restrict to, Reads r, size_t n)                        \
    {                                                                                          \
        const double *restrict a = r.a, *restrict zs = r.z;                                    \
        const double *restrict x0s = r.x0, *restrict x1s = r.x1, *restrict x2s = r.x2;         \
        (void)x0s, (void)x1s, (void)x2s, (void)zs;                                             \
        EACH_LANE {                                                                            \
            double z = zs[l];                                                                  \
            READ_OPERANDS;                                                                     \
            (void)z;                                                                           \
            to[l] += SELECTS(RULE_##name) ? forward_weigh(partial, a[l])                       \
                                          : forward_weigh(a[l], partial);                      \
        }                                                                                      \
    }
#define READ_OPERANDS double x0 = x0s[l]; (void)x0
#define UNARY(name, by_0) BY(0, name, by_0)
#define BINARY(name, by_0, by_1)
#define TERNARY(name, by_0, by_1, by_2)
#include "node/rules.h"
#undef READ_OPERANDS
#undef UNARY
#undef BINARY
#define READ_OPERANDS double x0 = x0s[l], x1 = x1s[l]; (void)x0, (void)x1
#define UNARY(name, by_0)
#define BINARY(name, by_0, by_1) BY(0, name, by_0) BY(1, name, by_1)
#include "node/rules.h"
#undef READ_OPERANDS
#undef BINARY
#undef TERNARY
#define READ_OPERANDS double x0 = x0s[l], x1 = x1s[l], x2 = x2s[l]; (void)x0, (void)x1, (void)x2
#define BINARY(name, by_0, by_1)
#define TERNARY(name, by_0, by_1, by_2) BY(0, name, by_0) BY(1, name, by_1) BY(2, name, by_2)
#include "node/rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC

/* A row of fixed arity, by its code. */
static void apply_row(int32_t rule, double *z, const double *const *x, size_t n)
{
    switch (rule) {
#define UNARY(name, a) case RULE_##name: lanes_##name(z, x[0], n); break;
#define BINARY(name, a, b) case RULE_##name: lanes_##name(z, x[0], x[1], n); break;
#define TERNARY(name, a, b, c) case RULE_##name: lanes_##name(z, x[0], x[1], x[2], n); break;
#define VARIADIC(name)
#include "node/rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
    }
}

/* Its partial by operand i, times the adjoint, added to `to`. */
static void hand_down_row(int32_t rule, int i, double *to, Reads r, size_t n)
{
    switch (3 * rule + i) {
#define CASE(i, name) case 3 * RULE_##name + i: by_##i##_##name(to, r, n); break;
#define UNARY(name, a) CASE(0, name)
#define BINARY(name, a, b) CASE(0, name) CASE(1, name)
#define TERNARY(name, a, b, c) CASE(0, name) CASE(1, name) CASE(2, name)
#include "node/rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
    }
}

#include "kernels_variadic.h"
#include "kernels_layer.h"
#include "kernels_gradient.h"
#include "kernels_uniform.h"
#include "kernels_io.h"

/* -- the sweeps ------------------------------------------------------------------------------- */

#define VALUE(slot) (f->values[slot])
#define ADJOINT(slot) (f->adjoints + (size_t)(slot)*f->stride)

static void step_forward(const Frame *f, const Step *step, const int32_t *xs)
{
    double *z = VALUE(step->result);
    switch (step->rule) {
    case LAYER:
        layer_forward(f, &f->plan->layers[step->first]);
        break;
#define UNARY(name, a)
#define BINARY(name, a, b)
#define TERNARY(name, a, b, c)
#define VARIADIC(name) case RULE_##name: variadic_##name(f, z, xs, step->count); break;
#include "node/rules.h"
#undef VARIADIC
    default: {
        const double *x[3];
        for (int32_t i = 0; i < step->count; i++)
            x[i] = VALUE(xs[i]);
        apply_row(step->rule, z, x, f->lanes);
    }
    }
}

static void step_backward(const Frame *f, const Step *step, const int32_t *xs)
{
    Reads r = {ADJOINT(step->result), VALUE(step->result), NULL, NULL, NULL};
    for (int32_t i = 0; step->rule != LAYER && i < step->count; i++)
        if (f->plan->varying.fresh[step->first + i])
            memset(ADJOINT(xs[i]), 0, f->lanes * sizeof(double));
    switch (step->rule) {
    case LAYER:
        layer_backward(f, &f->plan->layers[step->first]);
        break;
#define VARIADIC(name) case RULE_##name: variadic_by_##name(f, r, xs, step->count); break;
#include "node/rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
    default:
        r.x0 = VALUE(xs[0]);
        r.x1 = step->count > 1 ? VALUE(xs[1]) : NULL;
        r.x2 = step->count > 2 ? VALUE(xs[2]) : NULL;
        for (int32_t i = 0; i < step->count; i++)
            if (f->plan->active_slot[xs[i]])
                hand_down_row(step->rule, i, ADJOINT(xs[i]), r, f->lanes);
    }
}

static void sweep_forward(const Frame *f, int32_t from, int32_t to)
{
    const Stream *stream = &f->plan->varying;
    for (int32_t k = from; k < to; k++)
        step_forward(f, &stream->steps[k], stream->operands + stream->steps[k].first);
}

static void sweep_backward(const Frame *f, int32_t from, int32_t to)
{
    const Stream *stream = &f->plan->varying;
    for (int32_t k = to; k-- > from;) {
        const Step *step = &stream->steps[k];
        if (step->rule == LAYER || f->plan->active_slot[step->result])
            step_backward(f, step, stream->operands + step->first);
    }
}

KERNELS = {NAME,      sweep_forward, sweep_backward, forward_alike, backward_alike,
           load_rows, sum_of_all,    any_not_finite, all_pass};
