/* Instructions on single numbers that are alike, side by side in vectors: part of kernels.h. */

enum { AT_ONCE = 504 }; /* a cache line less than 4 KB: buffers do not fall onto the same lines */

/* The i-th operands of n steps: in place where they lie side by side, else brought together.
   `width` is how many operands a step has. */
static const double *bring(const double *v, const int32_t *xs, int width, int apart, size_t n,
                           double *buffer)
{
    if (apart == NEXT)
        return v + xs[0];
    if (apart == SAME)
        EACH_LANE buffer[l] = v[xs[0]];
    else
        EACH_LANE buffer[l] = v[xs[l * (size_t)width]];
    return buffer;
}

static double sum_of_all(const double *x, size_t n)
{
    Vector sum = spread_over(0.0), more = spread_over(0.0);
    double rest = 0.0;
    size_t whole = n - n % (2 * WIDTH);
    for (size_t l = 0; l < whole; l += 2 * WIDTH) {
        sum += load(x + l);
        more += load(x + l + WIDTH);
    }
    for (size_t l = whole; l < n; l++)
        rest += x[l];
    return sum_of(sum + more) + rest;
}

/* The other way: where a sum may be added to in place, `take_back` has nothing to do. */
static double *lend(double *adjoints, const int32_t *xs, Trait trait, size_t n, double *buffer)
{
    double *lent = trait.apart == NEXT ? adjoints + xs[0] : buffer;
    if (trait.apart != NEXT || trait.fresh)
        memset(lent, 0, n * sizeof *lent);
    return lent;
}

static void take_back(double *adjoints, const int32_t *xs, int width, int apart, size_t n,
                      const double *buffer)
{
    if (apart == ANYWHERE)
        EACH_LANE adjoints[xs[l * (size_t)width]] += buffer[l];
    else if (apart == SAME)
        adjoints[xs[0]] += sum_of_all(buffer, n);
}

/* -- rows of fixed arity: a step for each element ------------------------------------------------- */

static void alike_rows(const Trait *traits, const Step *step, const int32_t *xs, double *v,
                       size_t n)
{
    double buffers[3][AT_ONCE];
    const double *x[3];
    for (int i = 0; i < step->count; i++)
        x[i] = bring(v, xs + i, step->count, traits[i].apart, n, buffers[i]);
    apply_row(step->rule, v + step->result, x, n);
}

static void alike_rows_backward(const Trait *traits, const Step *step, const int32_t *xs,
                                const double *v, double *adjoints, size_t n)
{
    double buffers[3][AT_ONCE], sums[AT_ONCE];
    const double *x[3] = {NULL, NULL, NULL};
    Reads r = {adjoints + step->result, v + step->result, NULL, NULL, NULL};
    for (int i = 0; i < step->count; i++)
        x[i] = bring(v, xs + i, step->count, traits[i].apart, n, buffers[i]);
    r.x0 = x[0], r.x1 = x[1], r.x2 = x[2];
    for (int i = 0; i < step->count; i++)
        if (traits[i].wanted) {
            double *to = lend(adjoints, xs + i, traits[i], n, sums);
            hand_down_row(step->rule, i, to, r, n);
            take_back(adjoints, xs + i, step->count, traits[i].apart, n, sums);
        }
}

/* -- short sums: dot and total of a few operands, a step for each element -------------------------- */

static void add_products(double *restrict z, const double *restrict x, const double *restrict y,
                         size_t n)
{
    EACH_LANE z[l] += x[l] * y[l];
}

static void short_sums(const Trait *traits, const Step *step, const int32_t *xs, double *v, size_t n)
{
    double buffers[2][AT_ONCE], *z = v + step->result;
    int32_t half = step->count / 2;
    double start = step->rule == RULE_total ? 0.0 : nothing(step->count);
    EACH_LANE z[l] = start;
    if (step->rule == RULE_total)
        for (int32_t i = 0; i < step->count; i++)
            give_whole(z, bring(v, xs + i, step->count, traits[i].apart, n, buffers[0]), n);
    else
        for (int32_t i = 0, j = half; i < half; i++, j++)
            add_products(z, bring(v, xs + i, step->count, traits[i].apart, n, buffers[0]),
                         bring(v, xs + j, step->count, traits[j].apart, n, buffers[1]), n);
}

static void short_sums_backward(const Trait *traits, const Step *step, const int32_t *xs,
                                const double *v, double *adjoints, size_t n)
{
    double buffer[AT_ONCE], sums[AT_ONCE];
    const double *a = adjoints + step->result;
    int32_t half = step->count / 2;
    for (int32_t i = 0; i < step->count; i++) {
        int32_t j = i < half ? i + half : i - half;
        double *to;
        if (!traits[i].wanted)
            continue;
        to = lend(adjoints, xs + i, traits[i], n, sums);
        if (step->rule == RULE_total)
            give_whole(to, a, n);
        else
            give_product(to, a, bring(v, xs + j, step->count, traits[j].apart, n, buffer), n);
        take_back(adjoints, xs + i, step->count, traits[i].apart, n, sums);
    }
}

#include "kernels_reduce.h"

static void forward_alike(const Stream *stream, const Stretch *stretch, double *v)
{
    const Trait *traits = stream->traits + stretch->traits;
    for (int32_t k = stretch->from; k < stretch->to; k += AT_ONCE) {
        const Step *step = &stream->steps[k];
        const int32_t *xs = stream->operands + step->first;
        size_t n = (size_t)(stretch->to - k < AT_ONCE ? stretch->to - k : AT_ONCE);
        if (rule_arity[step->rule] > 0)
            alike_rows(traits, step, xs, v, n);
        else if (stretch->to - stretch->from > 1)
            short_sums(traits, step, xs, v, n);
        else
            long_step(traits, step, xs, v);
    }
}

static void backward_alike(const Stream *stream, const Stretch *stretch, const double *v,
                           double *adjoints)
{
    const Trait *traits = stream->traits + stretch->traits;
    int32_t count = stretch->to - stretch->from;
    for (int32_t k = (count - 1) / AT_ONCE * AT_ONCE; k >= 0; k -= AT_ONCE) {
        const Step *step = &stream->steps[stretch->from + k];
        const int32_t *xs = stream->operands + step->first;
        size_t n = (size_t)(count - k < AT_ONCE ? count - k : AT_ONCE);
        if (rule_arity[step->rule] > 0)
            alike_rows_backward(traits, step, xs, v, adjoints, n);
        else if (count > 1)
            short_sums_backward(traits, step, xs, v, adjoints, n);
        else
            long_step_backward(traits, step, xs, v, adjoints);
    }
}
