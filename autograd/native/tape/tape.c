/* The class Tape: made of a program, it keeps what later calls can use again. */

#include "run.h"

static void tape_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Tape *tape = (Tape *)self;
    PyMem_Free(tape->constant), PyMem_Free(tape->instruction), PyMem_RawFree(tape->operands);
    PyMem_Free(tape->output), PyMem_Free(tape->guard), PyMem_Free(tape->wanted);
    free_plan(tape->plans[0]), free_plan(tape->plans[1]);
    free_workspace(tape->spare);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *tape_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"constants", "uniforms", "columns", "instructions",
                            "outputs",   "guards",   "wanted",  "in_order", NULL};
    PyObject *given[LISTS], *lists[LISTS];
    int uniforms, columns, in_order = 0, failed = 0;
    Tape *tape;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OiiOOOO|p:Tape", names, &given[CONSTANTS],
                                     &uniforms, &columns, &given[INSTRUCTIONS], &given[OUTPUTS],
                                     &given[GUARDS], &given[WANTED], &in_order))
        return NULL;
    for (int i = 0; i < LISTS; i++) {
        lists[i] = failed ? NULL : PySequence_Tuple(given[i]);
        failed |= lists[i] == NULL;
    }
    tape = failed ? NULL : (Tape *)type->tp_alloc(type, 0);
    if (tape != NULL) {
        tape->uniforms = uniforms;
        tape->columns = columns;
        tape->in_order = in_order;
        if (read_program(tape, lists) < 0)
            Py_CLEAR(tape);
    }
    for (int i = 0; i < LISTS; i++)
        Py_XDECREF(lists[i]);
    return (PyObject *)tape;
}

/* For tests: `carrying` of autograd/compiler/ir/program.py, as the plan of one row or many has it. */
static PyObject *tape_carrying(PyObject *self, PyObject *many)
{
    Tape *tape = (Tape *)self;
    int which = PyObject_IsTrue(many);
    const Plan *plan = which < 0 ? NULL : plan_of(tape, which);
    PyObject *found = plan == NULL ? NULL : PyList_New(0);
    for (int32_t r = 0; found != NULL && r < tape->registers; r++) {
        PyObject *register_ = plan->active[r] ? PyLong_FromLong(r) : NULL;
        if (plan->active[r] && (register_ == NULL || PyList_Append(found, register_) < 0))
            Py_CLEAR(found);
        Py_XDECREF(register_);
    }
    return found;
}

static PyMethodDef tape_methods[] = {
    {"evaluate", (PyCFunction)(void (*)(void))tape_evaluate, METH_VARARGS | METH_KEYWORDS,
     "evaluate(uniforms, columns, rows, outputs, failed, threads=1)\n--\n\n"
     "Write the results of each row to `outputs`; return how many rows fail a guard."},
    {"differentiate", (PyCFunction)(void (*)(void))tape_differentiate,
     METH_VARARGS | METH_KEYWORDS,
     "differentiate(uniforms, columns, rows, seeds, outputs, failed, uniform_grads, column_grads, "
     "threads=1)\n--\n\n"
     "Evaluate, and hand each output's seed down to the wanted inputs."},
    {"train", (PyCFunction)(void (*)(void))tape_train, METH_VARARGS | METH_KEYWORDS,
     "train(update, columns, order, batch, uniforms, parameters, state, settings, losses, "
     "max_norm=None, threads=1, others=None, written=None)\n--\n\n"
     "Take a step of `update` for each batch of rows in `order`; return how many were taken."},
    {"carrying", tape_carrying, METH_O,
     "carrying(many)\n--\n\n"
     "The registers through which adjoints flow, in the plan for one row or for many."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot tape_slots[] = {
    {Py_tp_doc, (void *)"Tape(constants, uniforms, columns, instructions, outputs, guards, wanted)\n--\n\n"
                        "The Tape of autograd/compiler/runtime/interpreter.py, over rows in lanes."},
    {Py_tp_new, (void *)tape_new},
    {Py_tp_dealloc, (void *)tape_dealloc},
    {Py_tp_methods, tape_methods},
    {0, NULL},
};

PyTypeObject *tape_type;
PyType_Spec tape_spec = {
    .name = "autograd.native.core.Tape",
    .basicsize = sizeof(Tape),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = tape_slots,
};
