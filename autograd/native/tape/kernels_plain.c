/* The kernels as every processor runs them. */

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "no-trapping-math", "no-math-errno", "fp-contract=off")
#endif
#define NAME "plain"
#define KERNELS const Kernels plain_kernels
#include "kernels.h"
