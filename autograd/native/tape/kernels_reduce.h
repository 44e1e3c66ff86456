/* One instruction of many operands on single numbers, which are its lanes: part of kernels.h. */

/* -- dot and total ------------------------------------------------------------------------------- */

static double sum_of_products(const double *x, const double *y, size_t n)
{
    Vector sum = spread_over(-0.0), more = spread_over(-0.0);
    double rest = -0.0;
    size_t whole = n - n % (2 * WIDTH);
    for (size_t l = 0; l < whole; l += 2 * WIDTH) {
        sum += load(x + l) * load(y + l);
        more += load(x + l + WIDTH) * load(y + l + WIDTH);
    }
    for (size_t l = whole; l < n; l++)
        rest += x[l] * y[l];
    return sum_of(sum + more) + rest;
}

/* As eager adds: in another order, what overflows on the way may be nan for inf. */
static double sum_in_order(const Step *step, const int32_t *xs, const double *v)
{
    double sum = 0.0;
    int32_t half = step->count / 2;
    for (int32_t i = 0; step->rule == RULE_total && i < step->count; i++)
        sum += v[xs[i]];
    for (int32_t i = 0; step->rule == RULE_dot && i < half; i++)
        sum += v[xs[i]] * v[xs[i + half]];
    return sum;
}

static double long_sum(const Trait *traits, const Step *step, const int32_t *xs, const double *v)
{
    double buffers[2][AT_ONCE], sum = step->rule == RULE_dot ? nothing(step->count) : 0.0;
    int32_t half = step->rule == RULE_dot ? step->count / 2 : step->count;
    for (int32_t i = 0; i < half; i += AT_ONCE) {
        size_t n = (size_t)(half - i < AT_ONCE ? half - i : AT_ONCE);
        const double *x = bring(v, xs + i, 1, traits[0].apart, n, buffers[0]);
        if (step->rule == RULE_total)
            sum += sum_of_all(x, n);
        else
            sum += sum_of_products(
                x, bring(v, xs + half + i, 1, traits[1].apart, n, buffers[1]), n);
    }
    return isfinite(sum) ? sum : sum_in_order(step, xs, v);
}

static void add_scaled(double *restrict to, double a, const double *restrict x, size_t n)
{
    EACH_LANE to[l] += a * x[l];
}

static void add_to_all(double *to, double a, size_t n)
{
    EACH_LANE to[l] += a;
}

/* Hand a * (the partners) down to operands xs[0..n). */
static void scaled_down(double *adjoints, const int32_t *xs, Trait trait, double a,
                        const double *y, size_t n)
{
    double sums[AT_ONCE], *to = lend(adjoints, xs, trait, n, sums);
    if (y == NULL)
        add_to_all(to, a, n);
    else
        add_scaled(to, a, y, n);
    take_back(adjoints, xs, 1, trait.apart, n, sums);
}

static void long_sum_backward(const Trait *traits, const Step *step, const int32_t *xs,
                              const double *v, double *adjoints, double a)
{
    double buffer[AT_ONCE];
    int32_t half = step->rule == RULE_dot ? step->count / 2 : step->count;
    for (int32_t i = 0; i < half; i += AT_ONCE) {
        size_t n = (size_t)(half - i < AT_ONCE ? half - i : AT_ONCE);
        const int32_t *ys = xs + half;
        if (step->rule == RULE_total) {
            scaled_down(adjoints, xs + i, traits[0], a, NULL, n);
            continue;
        }
        if (traits[0].wanted)
            scaled_down(adjoints, xs + i, traits[0], a,
                        bring(v, ys + i, 1, traits[1].apart, n, buffer), n);
        if (traits[1].wanted)
            scaled_down(adjoints, ys + i, traits[1], a,
                        bring(v, xs + i, 1, traits[0].apart, n, buffer), n);
    }
}

/* -- maximum, minimum and logsumexp ------------------------------------------------------------------ */

#define PIECES(i, n, from, to)                                                                 \
    for (int32_t i = from, n; n = to - i < AT_ONCE ? to - i : AT_ONCE, n > 0; i += AT_ONCE)
#define EACH_PIECE(i, n) PIECES(i, n, 0, step->count)

static double long_extreme(const Trait *traits, const Step *step, const int32_t *xs, const double *v,
                           int largest)
{
    double buffer[AT_ONCE], best[AT_ONCE], z;
    for (int l = 0; l < AT_ONCE; l++)
        best[l] = v[xs[0]];
    EACH_PIECE(i, n) {
        const double *x = bring(v, xs + i, 1, traits->apart, (size_t)n, buffer);
        if (largest)
            fold_larger(best, x, (size_t)n);
        else
            fold_smaller(best, x, (size_t)n);
    }
    z = best[0];
    for (int l = 1; l < AT_ONCE; l++)
        z = largest ? larger(z, best[l]) : smaller(z, best[l]);
    return z;
}

static double long_logsumexp(const Trait *traits, const Step *step, const int32_t *xs,
                             const double *v)
{
    double buffer[AT_ONCE], sums[AT_ONCE] = {0.0}, tops[AT_ONCE];
    double top = long_extreme(traits, step, xs, v, 1);
    if (!isfinite(top))
        return top;
    for (int l = 0; l < AT_ONCE; l++)
        tops[l] = top;
    EACH_PIECE(i, n)
        add_exp(sums, bring(v, xs + i, 1, traits->apart, (size_t)n, buffer), tops, (size_t)n);
    return top + lane_log(sum_of_all(sums, AT_ONCE));
}

/* Each operand's weight in the result: what it is of their sum that goes to its adjoint. */
static void find_weights(const Step *step, double *restrict weights, const double *restrict x,
                         double z, size_t n)
{
    if (step->rule == RULE_logsumexp)
        EACH_LANE weights[l] = forward_share(x[l], z);
    else
        EACH_LANE weights[l] = forward_same(x[l], z);
}

/* From weights to what is handed down.  What ties weighs 1, and gets the same each; so does a part
   of logsumexp, but for a sum far from 1: no number needs a division of its own. */
static void weigh_out(const Step *step, double *weights, double a, double whole, size_t n)
{
    double each = a * forward_div(1.0, whole);
    if (step->rule == RULE_logsumexp && !(whole > 0.5 && whole < 2.0))
        EACH_LANE weights[l] = a * forward_div(weights[l], whole);
    else
        EACH_LANE weights[l] *= each;
}

/* Where nobody weighs anything, nothing is handed down, except that 0 times inf is nan.  Weights of
   operands whose adjoints start here wait in the place of these. */
static void long_share_backward(const Trait *traits, const Step *step, const int32_t *xs,
                                const double *v, double *adjoints, double a)
{
    double buffer[AT_ONCE], room[AT_ONCE], sums[AT_ONCE], whole = 0.0, z = v[step->result];
    int32_t from = step->count, to = 0;
    EACH_PIECE(i, n) {
        double *weights = traits->fresh ? adjoints + xs[i] : room;
        double part;
        find_weights(step, weights, bring(v, xs + i, 1, traits->apart, (size_t)n, buffer), z,
                     (size_t)n);
        part = sum_of_all(weights, (size_t)n);
        whole += part;
        if (part != 0.0)
            from = i < from ? i : from, to = i + n;
    }
    if (step->rule == RULE_logsumexp && whole < DBL_MIN)
        whole = DBL_MIN;
    if (traits->fresh || !isfinite(a))
        from = 0, to = step->count;
    PIECES(i, n, from, to) {
        if (traits->fresh) {
            weigh_out(step, adjoints + xs[i], a, whole, (size_t)n);
            continue;
        }
        find_weights(step, room, bring(v, xs + i, 1, traits->apart, (size_t)n, buffer), z,
                     (size_t)n);
        weigh_out(step, room, a, whole, (size_t)n);
        double *place = lend(adjoints, xs + i, *traits, (size_t)n, sums);
        give_whole(place, room, (size_t)n);
        take_back(adjoints, xs + i, 1, traits->apart, (size_t)n, sums);
    }
}

static void long_step(const Trait *traits, const Step *step, const int32_t *xs, double *v)
{
    double *z = v + step->result;
    if (step->rule == RULE_maximum || step->rule == RULE_minimum)
        *z = long_extreme(traits, step, xs, v, step->rule == RULE_maximum);
    else if (step->rule == RULE_logsumexp)
        *z = long_logsumexp(traits, step, xs, v);
    else
        *z = long_sum(traits, step, xs, v);
}

/* What starts here has to be 0 even where nothing is handed down. */
static void clear_fresh(const Trait *traits, const Step *step, const int32_t *xs, double *adjoints)
{
    int32_t rows = step->rule == RULE_dot ? 2 : 1, count = step->count / rows;
    for (int32_t t = 0; t < rows; t++)
        if (traits[t].fresh)
            memset(adjoints + xs[t * count], 0, (size_t)count * sizeof *adjoints);
}

static void long_step_backward(const Trait *traits, const Step *step, const int32_t *xs,
                               const double *v, double *adjoints)
{
    double a = adjoints[step->result];
    if (a == 0.0)
        clear_fresh(traits, step, xs, adjoints);
    else if (step->rule == RULE_dot || step->rule == RULE_total)
        long_sum_backward(traits, step, xs, v, adjoints, a);
    else
        long_share_backward(traits, step, xs, v, adjoints, a);
}
