/* The rows of any number of operands over the lanes of a block, by hand: part of kernels.h. */

#define ROW(slot) (f->values[slot])
#define EACH_VECTOR for (size_t l = 0; l < n; l += WIDTH)

static void variadic_total(const Frame *f, double *z, const int32_t *xs, int32_t count)
{
    size_t n = f->lanes;
    EACH_VECTOR {
        Vector sum = spread_over(0.0);
        for (int32_t i = 0; i < count; i++)
            sum += load(ROW(xs[i]) + l);
        store(z + l, sum);
    }
}

static void variadic_dot(const Frame *f, double *z, const int32_t *xs, int32_t count)
{
    size_t n = f->lanes;
    const int32_t *ys = xs + count / 2;
    EACH_VECTOR {
        Vector sum = spread_over(nothing(count));
        for (int32_t i = 0; i < count / 2; i++)
            sum += load(ROW(xs[i]) + l) * load(ROW(ys[i]) + l);
        store(z + l, sum);
    }
}

static inline double larger(double z, double x) { return x > z || x != x ? x : z; }
static inline double smaller(double z, double x) { return x < z || x != x ? x : z; }

static void fold_larger(double *restrict z, const double *restrict x, size_t n)
{
    EACH_LANE z[l] = larger(z[l], x[l]);
}

static void fold_smaller(double *restrict z, const double *restrict x, size_t n)
{
    EACH_LANE z[l] = smaller(z[l], x[l]);
}

static void variadic_maximum(const Frame *f, double *z, const int32_t *xs, int32_t count)
{
    size_t n = f->lanes;
    memcpy(z, ROW(xs[0]), n * sizeof *z);
    for (int32_t i = 1; i < count; i++)
        fold_larger(z, ROW(xs[i]), n);
}

static void variadic_minimum(const Frame *f, double *z, const int32_t *xs, int32_t count)
{
    size_t n = f->lanes;
    memcpy(z, ROW(xs[0]), n * sizeof *z);
    for (int32_t i = 1; i < count; i++)
        fold_smaller(z, ROW(xs[i]), n);
}

static void add_exp(double *restrict sum, const double *restrict x, const double *restrict largest,
                    size_t n)
{
    EACH_LANE sum[l] += lane_exp(x[l] - largest[l]);
}

static void variadic_logsumexp(const Frame *f, double *z, const int32_t *xs, int32_t count)
{
    size_t n = f->lanes;
    double *largest = f->scratch;
    variadic_maximum(f, largest, xs, count);
    memset(z, 0, n * sizeof *z);
    for (int32_t i = 0; i < count; i++)
        add_exp(z, ROW(xs[i]), largest, n);
    EACH_LANE z[l] = isfinite(largest[l]) ? largest[l] + lane_log(z[l]) : largest[l];
}

/* -- backward: r.a is the result's adjoint, r.z the result --------------------------------------- */

#define TO(slot) (f->adjoints + (size_t)(slot)*f->stride)

static void give_whole(double *restrict to, const double *restrict a, size_t n)
{
    EACH_LANE to[l] += a[l];
}

static void give_product(double *restrict to, const double *restrict a, const double *restrict x,
                         size_t n)
{
    EACH_LANE to[l] += forward_weigh(a[l], x[l]);
}

static void variadic_by_total(const Frame *f, Reads r, const int32_t *xs, int32_t count)
{
    for (int32_t i = 0; i < count; i++)
        if (f->plan->active_slot[xs[i]])
            give_whole(TO(xs[i]), r.a, f->lanes);
}

static void variadic_by_dot(const Frame *f, Reads r, const int32_t *xs, int32_t count)
{
    size_t n = f->lanes;
    int32_t half = count / 2;
    for (int32_t i = 0; i < count; i++)
        if (f->plan->active_slot[xs[i]])
            give_product(TO(xs[i]), r.a, ROW(xs[i < half ? i + half : i - half]), n);
}

static void add_same(double *restrict hits, const double *restrict x, const double *restrict z,
                     size_t n)
{
    EACH_LANE hits[l] += forward_same(x[l], z[l]);
}

static void give_tie(double *restrict to, Reads r, const double *restrict x,
                     const double *restrict hits, size_t n)
{
    const double *restrict a = r.a, *restrict z = r.z;
    EACH_LANE to[l] += forward_weigh(a[l], forward_div(forward_same(x[l], z[l]), hits[l]));
}

/* maximum and minimum: an even share for each of those that equal the result. */
static void variadic_by_ties(const Frame *f, Reads r, const int32_t *xs, int32_t count)
{
    size_t n = f->lanes;
    memset(f->scratch, 0, n * sizeof(double));
    for (int32_t i = 0; i < count; i++)
        add_same(f->scratch, ROW(xs[i]), r.z, n);
    for (int32_t i = 0; i < count; i++)
        if (f->plan->active_slot[xs[i]])
            give_tie(TO(xs[i]), r, ROW(xs[i]), f->scratch, n);
}

#define variadic_by_maximum variadic_by_ties
#define variadic_by_minimum variadic_by_ties

static void add_share(double *restrict whole, const double *restrict x, const double *restrict z,
                      size_t n)
{
    EACH_LANE whole[l] += forward_share(x[l], z[l]);
}

static void give_share(double *restrict to, Reads r, const double *restrict x,
                       const double *restrict whole, size_t n)
{
    const double *restrict a = r.a, *restrict z = r.z;
    EACH_LANE to[l] += forward_weigh(a[l], forward_div(forward_share(x[l], z[l]), whole[l]));
}

/* `softmax` of the table: the shares, divided by their sum. */
static void variadic_by_logsumexp(const Frame *f, Reads r, const int32_t *xs, int32_t count)
{
    size_t n = f->lanes;
    double *whole = f->scratch;
    memset(whole, 0, n * sizeof(double));
    for (int32_t i = 0; i < count; i++)
        add_share(whole, ROW(xs[i]), r.z, n);
    EACH_LANE whole[l] = whole[l] < DBL_MIN ? DBL_MIN : whole[l];
    for (int32_t i = 0; i < count; i++)
        if (f->plan->active_slot[xs[i]])
            give_share(TO(xs[i]), r, ROW(xs[i]), whole, n);
}
