/* The clock, and each thread's modes. */

#ifndef GLASSGRAD_MODES_H
#define GLASSGRAD_MODES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

#ifdef Py_GIL_DISABLED
#error "the accelerator relies on the GIL: free-threaded Python runs the reference engine"
#endif

#ifdef _MSC_VER
#define THREAD_LOCAL __declspec(thread)
#define UNLIKELY(x) (x)
#define PREFETCH(address) ((void)(address))
#else
#define THREAD_LOCAL __thread
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define PREFETCH(address) __builtin_prefetch((void *)(address))
#endif

/* How this thread records. */
typedef struct {
    int paused; /* no_grad() */
    int debugging;
    uint32_t scope;
    int depth, room; /* of `around`: the scopes to go back to */
    uint32_t *around;
    PyObject *tracer; /* what is told of comparisons and reads, or NULL */
    PyObject *owners; /* frames of generators and coroutines with blocks of their own, or NULL */
    uint64_t live;    /* which of them were running when the modes were settled */
} Modes;

extern int64_t clock_now, clock_changed; /* the latest change of data */
extern int unusual_threads; /* how many have a mode on; altered rows count too */
extern int scoped_threads;  /* how many are within a scope */
extern THREAD_LOCAL Modes modes;
extern PyType_Spec clock_spec, modes_spec;

/* modes.c */
void settle(void);
void set_scope(uint32_t scope);
PyObject *native_forked(PyObject *module, PyObject *abandoned);

static inline int64_t clock_change(void) { return clock_changed = ++clock_now; }

/* This thread's modes, true for whatever generator or coroutine is running. */
static inline Modes *settled(void)
{
    if (UNLIKELY(modes.owners != NULL))
        settle();
    return &modes;
}

/* Whether a trace is being made, which has to know of every comparison and read. */
static inline int tracing(void) { return UNLIKELY(unusual_threads) && modes.tracer != NULL; }

#endif
