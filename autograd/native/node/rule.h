/* Rules: the rows of the table that C knows, and what a Primitive has in C. */

#ifndef GLASSGRAD_RULE_H
#define GLASSGRAD_RULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* A primitive: what Python's class Primitive derives from. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    int code; /* 0 for a primitive that is no row of the table */
    int defaults;
    double preset[2];
    PyObject *forward, *partials; /* of a row: what C has once more */
    int altered;                  /* whether Python has something else by now */
} Rule;

enum {
    RULE_NONE,
#define UNARY(name, x) RULE_##name,
#define BINARY(name, x, y) RULE_##name,
#define TERNARY(name, x, y, z) RULE_##name,
#define VARIADIC(name) RULE_##name,
#include "rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
    RULES
};

extern PyTypeObject *rule_type;
extern PyType_Spec rule_spec;
extern const char *const rule_names[RULES];
extern const signed char rule_arity[RULES]; /* -1 for a variadic row */
extern int altered_rows;                    /* rows that Python has altered */

/* record.c */
PyObject *call_rule(PyObject *rule, PyObject *const *args, size_t count, PyObject *names);
int expect_row(Rule *rule, int code);
double forward_fixed(int code, const double *x);

static inline int is_rule(PyObject *x) { return PyObject_TypeCheck(x, rule_type); }

#endif
