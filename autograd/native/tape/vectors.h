/* Vectors of WIDTH doubles for the instruction set that a file of kernels is compiled for.

   Where the compiler knows none, a vector is one double.  A product may be fused with the sum it
   is added to only here, inside a layer.  `positive` is relu, and `through_positive` its
   adjoint's way back, but for 0 times nan; `weighed` is `weigh`; `transpose` takes WIDTH vectors. */

#if defined(KERNELS_AVX512)
#include <immintrin.h>
#define WIDTH 8
typedef __m512d Vector;
static inline Vector load(const double *x) { return _mm512_loadu_pd(x); }
static inline void store(double *x, Vector v) { _mm512_storeu_pd(x, v); }
static inline Vector spread_over(double x) { return _mm512_set1_pd(x); }
static inline Vector add_product(Vector sum, Vector x, Vector y) { return _mm512_fmadd_pd(x, y, sum); }
static inline Vector positive(Vector x)
{
    return _mm512_maskz_mov_pd(_mm512_cmp_pd_mask(x, _mm512_setzero_pd(), _CMP_NLE_UQ), x);
}
static inline Vector one_above_zero(Vector x)
{
    __mmask8 above = _mm512_cmp_pd_mask(x, _mm512_setzero_pd(), _CMP_GT_OQ);
    return _mm512_mask_mov_pd(x, above, _mm512_set1_pd(1.0));
}
static inline Vector through_positive(Vector a, Vector z)
{
    return _mm512_mask_mul_pd(a, _mm512_cmp_pd_mask(z, _mm512_setzero_pd(), _CMP_NGT_UQ), a, z);
}
static inline Vector weighed(Vector a, Vector x)
{
    return _mm512_maskz_mul_pd(_mm512_cmp_pd_mask(a, _mm512_setzero_pd(), _CMP_NEQ_UQ), a, x);
}
static inline double sum_of(Vector v) { return _mm512_reduce_add_pd(v); }
static inline __m256d halves(Vector v)
{
    return _mm512_castpd512_pd256(v) + _mm512_extractf64x4_pd(v, 1);
}
static inline void add_4_sums(double *to, const Vector *v)
{
    __m256d x = halves(_mm512_unpacklo_pd(v[0], v[1]) + _mm512_unpackhi_pd(v[0], v[1]));
    __m256d y = halves(_mm512_unpacklo_pd(v[2], v[3]) + _mm512_unpackhi_pd(v[2], v[3]));
    __m256d sums = _mm256_permute2f128_pd(x, y, 0x20) + _mm256_permute2f128_pd(x, y, 0x31);
    _mm256_storeu_pd(to, _mm256_loadu_pd(to) + sums);
}
static inline void transpose(Vector *v)
{
    __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    __m512i high = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
    Vector pair[8], four[8];
    for (int i = 0; i < 8; i += 2) {
        pair[i] = _mm512_unpacklo_pd(v[i], v[i + 1]);
        pair[i + 1] = _mm512_unpackhi_pd(v[i], v[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int k = 0; k < 2; k++) {
            four[i + k] = _mm512_permutex2var_pd(pair[i + k], low, pair[i + k + 2]);
            four[i + k + 2] = _mm512_permutex2var_pd(pair[i + k], high, pair[i + k + 2]);
        }
    for (int i = 0; i < 4; i++) {
        v[i] = _mm512_shuffle_f64x2(four[i], four[i + 4], 0x44);
        v[i + 4] = _mm512_shuffle_f64x2(four[i], four[i + 4], 0xee);
    }
}
#elif defined(KERNELS_AVX2)
#include <immintrin.h>
#define WIDTH 4
typedef __m256d Vector;
static inline Vector load(const double *x) { return _mm256_loadu_pd(x); }
static inline void store(double *x, Vector v) { _mm256_storeu_pd(x, v); }
static inline Vector spread_over(double x) { return _mm256_set1_pd(x); }
static inline Vector add_product(Vector sum, Vector x, Vector y) { return _mm256_fmadd_pd(x, y, sum); }
static inline Vector positive(Vector x)
{
    return _mm256_and_pd(_mm256_cmp_pd(x, _mm256_setzero_pd(), _CMP_NLE_UQ), x);
}
static inline Vector one_above_zero(Vector x)
{
    Vector above = _mm256_cmp_pd(x, _mm256_setzero_pd(), _CMP_GT_OQ);
    return _mm256_blendv_pd(x, _mm256_set1_pd(1.0), above);
}
static inline Vector weighed(Vector a, Vector x)
{
    return _mm256_and_pd(_mm256_cmp_pd(a, _mm256_setzero_pd(), _CMP_NEQ_UQ), a * x);
}
static inline double sum_of(Vector v) { return (v[0] + v[1]) + (v[2] + v[3]); }
static inline void add_4_sums(double *to, const Vector *v)
{
    Vector x = _mm256_hadd_pd(v[0], v[1]), y = _mm256_hadd_pd(v[2], v[3]);
    Vector sums = _mm256_permute2f128_pd(x, y, 0x20) + _mm256_permute2f128_pd(x, y, 0x31);
    _mm256_storeu_pd(to, _mm256_loadu_pd(to) + sums);
}
static inline void transpose(Vector *v)
{
    Vector even = _mm256_unpacklo_pd(v[0], v[1]), odd = _mm256_unpackhi_pd(v[0], v[1]);
    Vector even_2 = _mm256_unpacklo_pd(v[2], v[3]), odd_2 = _mm256_unpackhi_pd(v[2], v[3]);
    v[0] = _mm256_permute2f128_pd(even, even_2, 0x20);
    v[1] = _mm256_permute2f128_pd(odd, odd_2, 0x20);
    v[2] = _mm256_permute2f128_pd(even, even_2, 0x31);
    v[3] = _mm256_permute2f128_pd(odd, odd_2, 0x31);
}
#elif defined(__GNUC__)
#define WIDTH 2
typedef double Vector __attribute__((vector_size(16)));
static inline Vector load(const double *x) { Vector v = {x[0], x[1]}; return v; }
static inline void store(double *x, Vector v) { x[0] = v[0], x[1] = v[1]; }
static inline Vector spread_over(double x) { Vector v = {x, x}; return v; }
static inline Vector positive(Vector x)
{
    Vector v = {forward_relu(x[0]), forward_relu(x[1])};
    return v;
}
static inline Vector one_above_zero(Vector x)
{
    Vector v = {x[0] > 0.0 ? 1.0 : x[0], x[1] > 0.0 ? 1.0 : x[1]};
    return v;
}
static inline Vector weighed(Vector a, Vector x)
{
    Vector v = {forward_weigh(a[0], x[0]), forward_weigh(a[1], x[1])};
    return v;
}
static inline double sum_of(Vector v) { return v[0] + v[1]; }
static inline void transpose(Vector *v)
{
    Vector first = {v[0][0], v[1][0]}, second = {v[0][1], v[1][1]};
    v[0] = first, v[1] = second;
}
static inline Vector add_product(Vector sum, Vector x, Vector y) { return sum + x * y; }
#else
#define WIDTH 1
typedef double Vector;
static inline Vector load(const double *x) { return *x; }
static inline void store(double *x, Vector v) { *x = v; }
static inline Vector spread_over(double x) { return x; }
static inline Vector positive(Vector x) { return forward_relu(x); }
static inline Vector one_above_zero(Vector x) { return x > 0.0 ? 1.0 : x; }
static inline Vector weighed(Vector a, Vector x) { return forward_weigh(a, x); }
static inline double sum_of(Vector v) { return v; }
static inline void transpose(Vector *v) { (void)v; }
static inline Vector add_product(Vector sum, Vector x, Vector y) { return sum + x * y; }
#endif

#if WIDTH < 8
static inline Vector through_positive(Vector a, Vector z) { return a * one_above_zero(z); }
#endif

#if WIDTH < 4
static inline void add_4_sums(double *to, const Vector *v)
{
    for (int i = 0; i < 4; i++)
        to[i] += sum_of(v[i]);
}
#endif
