/* What surrounds the sweeps: rows to lanes, guards, a look for inf and nan.  Part of kernels.h. */

/* A row for each lane to a slot for each column. */
static void load_rows(const double *const *rows, double *const *slots, int32_t columns, size_t n)
{
    int32_t c = 0;
    for (; c + WIDTH <= columns; c += WIDTH)
        EACH_VECTOR {
            Vector v[WIDTH];
#pragma GCC unroll 8
            for (int k = 0; k < WIDTH; k++)
                v[k] = load(rows[l + (size_t)k] + c);
            transpose(v);
#pragma GCC unroll 8
            for (int k = 0; k < WIDTH; k++)
                store(slots[c + k] + l, v[k]);
        }
    for (; c < columns; c++)
        EACH_LANE slots[c][l] = rows[l][c];
}

/* Whether one of them is inf or nan. */
static int any_not_finite(const double *xs, size_t n)
{
    int found = 0;
    EACH_LANE found |= xs[l] - xs[l] != 0.0;
    return found;
}

#define FAIL(compare)                                                                          \
    EACH_LANE failed |= (x[x_apart ? l : 0] compare y[y_apart ? l : 0]) != guard->outcome;     \
    break

/* Whether a guard passes in all lanes; a number that is the same in all is 0 apart. */
static int all_pass(const Guard *guard, const double *x, size_t x_apart, const double *y,
                    size_t y_apart, size_t n)
{
    int failed = 0;
    switch (guard->kind) {
    case 0: FAIL(<);
    case 1: FAIL(<=);
    case 2: FAIL(==);
    case 3: FAIL(!=);
    case 4: FAIL(>);
    default: FAIL(>=);
    }
    return !failed;
}
