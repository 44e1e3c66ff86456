/* What C imports of Python, by name. */

#ifndef GLASSGRAD_IMPORTS_H
#define GLASSGRAD_IMPORTS_H

#include "node/rule.h"

/* Owned, for as long as the process runs. */
typedef struct {
    PyObject *as_float, *foreign, *record_with_care;                    /* ieee754, operators */
    PyObject *graph_lock, *scopes, *settle, *enter_scope, *leave_scope; /* modes, scopes */
    PyObject *backward, *refresh, *zero_grad;                           /* backward */
    PyObject *check_fresh, *local_partials, *compute;                   /* toposort, backward */
    PyObject *precomputed, *identity_tuple;                             /* classes */
    PyObject *table[RULES];                                             /* primitives */
    PyObject *initialise, *assign_data; /* of the reference's class Value */
} Imported;

extern Imported imported;

/* Import all of them; the class Value, which needs them, is made after that. */
int import_python(PyObject *reference);
/* Import one thing when it is first needed: borrowed, kept in `*place`. */
PyObject *import_once(PyObject **place, const char *module, const char *name);

#endif
