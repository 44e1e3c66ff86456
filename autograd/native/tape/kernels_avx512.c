/* The kernels for processors with AVX-512. */

#if defined(__GNUC__) && defined(__x86_64__)
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#else
#pragma GCC optimize("O3", "no-trapping-math", "no-math-errno", "fp-contract=off")
#pragma GCC target("avx512f,avx512dq,avx512vl,avx2,fma")
#endif
#define NAME "avx512"
#define KERNELS_AVX512
#define KERNELS static const Kernels chosen
#include "kernels.h"
const Kernels *const avx512_kernels = &chosen;
#ifdef __clang__
#pragma clang attribute pop
#endif
#else
#include "tape.h"
const Kernels *const avx512_kernels = NULL;
#endif
