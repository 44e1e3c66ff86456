/* Vectors of WIDTH doubles for the instruction set that a file of kernels is compiled for.

   Where the compiler knows none, a vector is one double.  A product may be fused with the sum it
   is added to only here, inside a dot. */

#if defined(KERNELS_AVX512)
#include <immintrin.h>
#define WIDTH 8
typedef __m512d Vector;
static inline Vector load(const double *x) { return _mm512_loadu_pd(x); }
static inline void store(double *x, Vector v) { _mm512_storeu_pd(x, v); }
static inline Vector spread_over(double x) { return _mm512_set1_pd(x); }
static inline Vector add_product(Vector sum, Vector x, Vector y) { return _mm512_fmadd_pd(x, y, sum); }
static inline double sum_of(Vector v) { return _mm512_reduce_add_pd(v); }
#elif defined(KERNELS_AVX2)
#include <immintrin.h>
#define WIDTH 4
typedef __m256d Vector;
static inline Vector load(const double *x) { return _mm256_loadu_pd(x); }
static inline void store(double *x, Vector v) { _mm256_storeu_pd(x, v); }
static inline Vector spread_over(double x) { return _mm256_set1_pd(x); }
static inline Vector add_product(Vector sum, Vector x, Vector y) { return _mm256_fmadd_pd(x, y, sum); }
static inline double sum_of(Vector v) { return (v[0] + v[1]) + (v[2] + v[3]); }
#elif defined(__GNUC__)
#define WIDTH 2
typedef double Vector __attribute__((vector_size(16)));
static inline Vector load(const double *x) { Vector v = {x[0], x[1]}; return v; }
static inline void store(double *x, Vector v) { x[0] = v[0], x[1] = v[1]; }
static inline Vector spread_over(double x) { Vector v = {x, x}; return v; }
static inline double sum_of(Vector v) { return v[0] + v[1]; }
static inline Vector add_product(Vector sum, Vector x, Vector y) { return sum + x * y; }
#else
#define WIDTH 1
typedef double Vector;
static inline Vector load(const double *x) { return *x; }
static inline void store(double *x, Vector v) { *x = v; }
static inline Vector spread_over(double x) { return x; }
static inline double sum_of(Vector v) { return v; }
static inline Vector add_product(Vector sum, Vector x, Vector y) { return sum + x * y; }
#endif
