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
#include "forward.h"
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
#include "rules.h"
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
            to[l] += forward_weigh(a[l], partial);                                             \
        }                                                                                      \
    }
#define READ_OPERANDS double x0 = x0s[l]; (void)x0
#define UNARY(name, by_0) BY(0, name, by_0)
#define BINARY(name, by_0, by_1)
#define TERNARY(name, by_0, by_1, by_2)
#include "rules.h"
#undef READ_OPERANDS
#undef UNARY
#undef BINARY
#define READ_OPERANDS double x0 = x0s[l], x1 = x1s[l]; (void)x0, (void)x1
#define UNARY(name, by_0)
#define BINARY(name, by_0, by_1) BY(0, name, by_0) BY(1, name, by_1)
#include "rules.h"
#undef READ_OPERANDS
#undef BINARY
#undef TERNARY
#define READ_OPERANDS double x0 = x0s[l], x1 = x1s[l], x2 = x2s[l]; (void)x0, (void)x1, (void)x2
#define BINARY(name, by_0, by_1)
#define TERNARY(name, by_0, by_1, by_2) BY(0, name, by_0) BY(1, name, by_1) BY(2, name, by_2)
#include "rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC

#include "kernels_variadic.h"
#include "kernels_layer.h"

/* -- the sweeps ------------------------------------------------------------------------------- */

#define VALUE(slot) (f->values + (size_t)(slot)*f->stride)
#define ADJOINT(slot) (f->adjoints + (size_t)(slot)*f->stride)

static void sweep_forward(const Frame *f, int32_t from, int32_t to)
{
    const Stream *stream = &f->plan->varying;
    size_t n = f->lanes;
    for (int32_t k = from; k < to; k++) {
        const Step *step = &stream->steps[k];
        const int32_t *xs = stream->operands + step->first;
        double *z = VALUE(step->result);
        switch (step->rule) {
        case LAYER:
            layer_forward(f, &f->plan->layers[step->first]);
            break;
#define UNARY(name, a) case RULE_##name: lanes_##name(z, VALUE(xs[0]), n); break;
#define BINARY(name, a, b)                                                                     \
    case RULE_##name: lanes_##name(z, VALUE(xs[0]), VALUE(xs[1]), n); break;
#define TERNARY(name, a, b, c)                                                                 \
    case RULE_##name: lanes_##name(z, VALUE(xs[0]), VALUE(xs[1]), VALUE(xs[2]), n); break;
#define VARIADIC(name) case RULE_##name: variadic_##name(f, z, xs, step->count); break;
#include "rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
        }
    }
}

static void sweep_backward(const Frame *f, int32_t from, int32_t to)
{
    const Stream *stream = &f->plan->varying;
    const unsigned char *active = f->plan->active_slot;
    size_t n = f->lanes;
    for (int32_t k = to; k-- > from;) {
        const Step *step = &stream->steps[k];
        const int32_t *xs = stream->operands + step->first;
        Reads r = {ADJOINT(step->result), VALUE(step->result), NULL, NULL, NULL};
        if (step->rule == LAYER) {
            layer_backward(f, &f->plan->layers[step->first]);
            continue;
        }
        if (!active[step->result])
            continue;
        switch (step->rule) {
#define GIVE(i, name)                                                                          \
    if (active[xs[i]])                                                                         \
    by_##i##_##name(ADJOINT(xs[i]), r, n)
#define UNARY(name, by_0)                                                                      \
    case RULE_##name:                                                                          \
        r.x0 = VALUE(xs[0]);                                                                   \
        GIVE(0, name);                                                                         \
        break;
#define BINARY(name, by_0, by_1)                                                               \
    case RULE_##name:                                                                          \
        r.x0 = VALUE(xs[0]), r.x1 = VALUE(xs[1]);                                              \
        GIVE(0, name);                                                                         \
        GIVE(1, name);                                                                         \
        break;
#define TERNARY(name, by_0, by_1, by_2)                                                        \
    case RULE_##name:                                                                          \
        r.x0 = VALUE(xs[0]), r.x1 = VALUE(xs[1]), r.x2 = VALUE(xs[2]);                         \
        GIVE(0, name);                                                                         \
        GIVE(1, name);                                                                         \
        GIVE(2, name);                                                                         \
        break;
#define VARIADIC(name) case RULE_##name: variadic_by_##name(f, r, xs, step->count); break;
#include "rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
        }
    }
}

KERNELS = {NAME, sweep_forward, sweep_backward};
