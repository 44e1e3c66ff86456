/* The extension module `autograd.native.core`. */

#include "bridge.h"
#include "node/memory.h"
#include "node/scopes.h"
#include "tape/tape.h"

#define FUNCTION(f) (PyCFunction)(void (*)(void))f

static PyMethodDef functions[] = {
    {"value_type", make_value_type, METH_O, "Return the class Value, made from the reference's."},
    {"backward", FUNCTION(native_backward), METH_FASTCALL, "autograd.backward.backward, in C."},
    {"refresh", native_refresh, METH_O, "autograd.backward.refresh, in C."},
    {"zero_grad", native_zero_grad, METH_O, "autograd.backward.zero_grad, in C."},
    {"scope_call", FUNCTION(scope_call), METH_FASTCALL | METH_KEYWORDS,
     "Return function(...), its nodes recorded in the group of that name."},
    {"read_leaves", FUNCTION(native_read_leaves), METH_FASTCALL,
     "compiler.runtime.buffers.read_leaves, in C."},
    {"add_gradients", FUNCTION(native_add_gradients), METH_FASTCALL,
     "compiler.runtime.buffers.add_gradients, in C."},
    {"sum_of", native_sum_of, METH_O, "compiler.runtime.buffers.sum_of, in C."},
    {"all_unchanged", native_all_unchanged, METH_O,
     "compiler.tracing.containers.all_unchanged, in C."},
    {"unchanged_since", FUNCTION(native_unchanged_since), METH_FASTCALL,
     "compiler.tracing.containers.unchanged_since, in C."},
    {"read_like", FUNCTION(native_read_like), METH_FASTCALL,
     "compiler.runtime.signature.read_like, in C."},
    {"grow_like", FUNCTION(native_grow_like), METH_FASTCALL,
     "compiler.runtime.signature.grow_like, in C."},
    {"forked", native_forked, METH_O, "Tell that this process is a child, of one thread."},
    {"vectors", choose_kernels, METH_O,
     "Return the instruction set that tapes run on, after choosing it by name unless None."},
#ifdef GLASSGRAD_TEST_HOOKS
    {"counts", memory_counts, METH_NOARGS, "Return how many Values are alive, and are free."},
    {"fail_after", memory_fail_after, METH_O, "Let the n-th allocation from now fail; 0 for none."},
#endif
    {NULL, NULL, 0, NULL},
};

/* Make a class of the module; `*type`, where there is one, is borrowed from the module, which is
   never unloaded. */
static int add_type(PyObject *module, PyType_Spec *spec, PyTypeObject **type)
{
    PyObject *made = PyType_FromModuleAndSpec(module, spec, NULL);
    int failed = made == NULL || PyModule_AddType(module, (PyTypeObject *)made) < 0;
    if (!failed && type != NULL)
        *type = (PyTypeObject *)made;
    Py_XDECREF(made);
    return failed ? -1 : 0;
}

/* The clock, the free list and the class Value are there once, for the objects of one interpreter
   and one import, and hot loops reach them without a module to ask: so the state of the module is
   static.  Who comes later runs the reference engine. */
static int run_once(PyObject *module)
{
    static int used;
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_ImportError, "the accelerator runs in the main interpreter alone; "
                                           "in others, autograd runs in plain Python");
        return -1;
    }
    if (used) {
        PyErr_SetString(PyExc_ImportError, "the accelerator can be imported once in a process; "
                                           "imported again, autograd runs in plain Python");
        return -1;
    }
    used = 1;
    Py_INCREF(module); /* Values may outlive every other reference to it */
    return add_type(module, &clock_spec, NULL) || add_type(module, &modes_spec, NULL) ||
                   add_type(module, &rule_spec, &rule_type) ||
                   add_type(module, &scope_spec, NULL) ||
                   add_type(module, &scope_each_spec, NULL) ||
                   add_type(module, &tape_spec, &tape_type)
               ? -1
               : 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)run_once},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "autograd.native.core",
    .m_doc = "The engine in C: what value.py, backward.py and the interpreter do in Python.",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_core(void) { return PyModuleDef_Init(&module); }
