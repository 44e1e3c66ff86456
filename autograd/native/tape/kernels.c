/* Which kernels run: the best that this processor has, found out once. */

#include "tape.h"

static const Kernels *chosen;

static const Kernels *best(void)
{
#if defined(__GNUC__) && defined(__x86_64__)
    __builtin_cpu_init();
    if (avx512_kernels && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return avx512_kernels;
    if (avx2_kernels && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return avx2_kernels;
#endif
    return &plain_kernels;
}

const Kernels *kernels(void)
{
    if (chosen == NULL)
        chosen = best();
    return chosen;
}

/* vectors(name=None): which kernels run; for tests and benchmarks, choose less than the best. */
PyObject *choose_kernels(PyObject *module, PyObject *name)
{
    const Kernels *all[] = {&plain_kernels, avx2_kernels, avx512_kernels}, *limit = best();
    (void)module;
    if (name == Py_None)
        return PyUnicode_FromString(kernels()->name);
    for (int i = 0; i < 3; i++) {
        if (all[i] != NULL && PyUnicode_Check(name) &&
            PyUnicode_CompareWithASCIIString(name, all[i]->name) == 0) {
            chosen = all[i];
            return PyUnicode_FromString(chosen->name);
        }
        if (all[i] == limit)
            break;
    }
    return PyErr_Format(PyExc_ValueError, "this processor runs no %R kernels; the best are '%s'",
                        name, limit->name);
}
