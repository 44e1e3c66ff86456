/* Reading the program that a Tape is made of, every number of it checked. */

#include "bridge/imports.h"
#include "tape.h"

/* A register number below `limit`, or -1 with an error set that says whose it is. */
static int32_t read_register(PyObject *number, int32_t limit, const char *whose, Py_ssize_t k)
{
    Py_ssize_t r = PyNumber_AsSsize_t(number, PyExc_OverflowError);
    if (r == -1 && PyErr_Occurred())
        return -1;
    if (r >= 0 && r < limit)
        return (int32_t)r;
    PyErr_Format(PyExc_ValueError, "%s %zd: expected a register from 0 to %d, got %zd", whose, k,
                 (int)limit - 1, r);
    return -1;
}

static int read_rule(PyObject *rule)
{
    static PyObject *detach;
    if (is_rule(rule) && ((Rule *)rule)->code && !((Rule *)rule)->altered)
        return ((Rule *)rule)->code;
    if (import_once(&detach, "autograd.compiler.ir.program", "DETACH") == NULL)
        return -1;
    if (rule == detach)
        return DETACH;
    PyErr_Format(PyExc_TypeError,
                 "the native Tape runs rows of the table as they are, got %R: let the Tape of "
                 "autograd.compiler run it",
                 rule);
    return -1;
}

static int expect_count(int code, Py_ssize_t count, Py_ssize_t k)
{
    int arity = code == DETACH ? 1 : rule_arity[code];
    if (arity >= 0 && count != arity)
        PyErr_Format(PyExc_ValueError, "instruction %zd: expected %d operands of %s, got %zd", k,
                     arity, code == DETACH ? "detach" : rule_names[code], count);
    else if (code == RULE_dot && count % 2)
        PyErr_Format(PyExc_ValueError,
                     "instruction %zd: expected as many xs as ys of dot, got %zd operands in all",
                     k, count);
    else if (arity < 0 && code != RULE_dot && code != RULE_total && count == 0)
        PyErr_Format(PyExc_ValueError, "instruction %zd: expected operands of %s, got none", k,
                     rule_names[code]);
    else
        return 0;
    return -1;
}

/* Append the instruction's operands; how many there are, -1 with an error set. */
static int32_t read_operands(Tape *tape, PyObject *operands, Py_ssize_t k, size_t used,
                             size_t *room)
{
    PyObject *xs = PySequence_Tuple(operands);
    Py_ssize_t count = xs == NULL ? -1 : PySequence_Fast_GET_SIZE(xs);
    if (xs != NULL && used + (size_t)count > *room) {
        int32_t *larger;
        *room = used + (size_t)count < INT32_MAX / 4 ? 2 * (used + (size_t)count) : SIZE_MAX / 8;
        larger = reallocate(tape->operands, *room * sizeof *larger);
        if (larger != NULL)
            tape->operands = larger;
        else
            count = -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        int32_t r = read_register(PySequence_Fast_GET_ITEM(xs, i),
                                  first_of_instructions(tape) + (int32_t)k, "instruction", k);
        tape->operands[used + (size_t)i] = r;
        if (r < 0)
            count = -1;
    }
    Py_XDECREF(xs);
    return (int32_t)count;
}

static int read_instructions(Tape *tape, PyObject *instructions)
{
    size_t used = 0, room = 0;
    for (int32_t k = 0; k < tape->instructions; k++) {
        PyObject *pair = PySequence_Fast_GET_ITEM(instructions, k);
        Instruction *instruction = &tape->instruction[k];
        if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
            PyErr_Format(PyExc_TypeError, "instruction %d: expected (rule, operands), got %R",
                         (int)k, pair);
            return -1;
        }
        instruction->rule = read_rule(PyTuple_GET_ITEM(pair, 0));
        if (instruction->rule < 0)
            return -1;
        instruction->first = (int32_t)used;
        instruction->count = read_operands(tape, PyTuple_GET_ITEM(pair, 1), k, used, &room);
        if (instruction->count < 0 || expect_count(instruction->rule, instruction->count, k) < 0)
            return -1;
        used += (size_t)instruction->count;
    }
    return 0;
}

static int read_constants(Tape *tape, PyObject *constants)
{
    for (int32_t i = 0; i < tape->constants; i++) {
        tape->constant[i] = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(constants, i));
        if (tape->constant[i] == -1.0 && PyErr_Occurred())
            return -1;
    }
    return 0;
}

static int read_outputs(Tape *tape, PyObject *outputs)
{
    for (int32_t i = 0; i < tape->outputs; i++) {
        tape->output[i] = read_register(PySequence_Fast_GET_ITEM(outputs, i), tape->registers,
                                        "output", i);
        if (tape->output[i] < 0)
            return -1;
    }
    return 0;
}

static int read_guards(Tape *tape, PyObject *guards)
{
    for (int32_t i = 0; i < tape->guards; i++) {
        PyObject *item = PySequence_Tuple(PySequence_Fast_GET_ITEM(guards, i)), *left, *right;
        Guard *guard = &tape->guard[i];
        int read = item != NULL && PyArg_ParseTuple(item, "iOOp;a guard is (kind, left, right, "
                                                          "outcome)", &guard->kind, &left, &right,
                                                    &guard->outcome);
        if (read) {
            guard->left = read_register(left, tape->registers, "guard", i);
            guard->right = guard->left < 0 ? -1 : read_register(right, tape->registers, "guard", i);
        }
        Py_XDECREF(item);
        if (!read || guard->right < 0)
            return -1;
        if (guard->kind < 0 || guard->kind > 5) {
            PyErr_Format(PyExc_ValueError, "guard %d: expected a kind from 0 to 5, got %d", (int)i,
                         guard->kind);
            return -1;
        }
    }
    return 0;
}

static int read_wanted(Tape *tape, PyObject *wanted)
{
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(wanted); i++) {
        int32_t r = read_register(PySequence_Fast_GET_ITEM(wanted, i), first_of_instructions(tape),
                                  "wanted", i);
        if (r < 0)
            return -1;
        tape->wanted[r] = 1;
    }
    return 0;
}

static int reserve(Tape *tape)
{
    size_t inputs = (size_t)first_of_instructions(tape);
    tape->constant = allocate((size_t)(tape->constants + 1) * sizeof(double));
    tape->instruction = tape->constant ? allocate((size_t)(tape->instructions + 1) *
                                                  sizeof(Instruction)) : NULL;
    tape->output = tape->instruction ? allocate((size_t)(tape->outputs + 1) * sizeof(int32_t))
                                     : NULL;
    tape->guard = tape->output ? allocate((size_t)(tape->guards + 1) * sizeof(Guard)) : NULL;
    tape->wanted = tape->guard ? allocate(inputs + 1) : NULL;
    if (tape->wanted == NULL)
        return -1;
    memset(tape->wanted, 0, inputs + 1);
    return 0;
}

static int count_registers(Tape *tape, PyObject *const *lists)
{
    Py_ssize_t sizes[LISTS], all = tape->uniforms + (Py_ssize_t)tape->columns;
    if (tape->uniforms < 0 || tape->columns < 0) {
        PyErr_SetString(PyExc_ValueError, "expected uniforms and columns to be 0 or more");
        return -1;
    }
    for (int i = 0; i < LISTS; i++)
        sizes[i] = PySequence_Fast_GET_SIZE(lists[i]);
    all += sizes[CONSTANTS] + sizes[INSTRUCTIONS];
    if (all >= INT32_MAX || sizes[OUTPUTS] >= INT32_MAX || sizes[GUARDS] >= INT32_MAX) {
        PyErr_Format(PyExc_ValueError, "a tape has fewer than 2**31 registers, got %zd", all);
        return -1;
    }
    tape->constants = (int32_t)sizes[CONSTANTS];
    tape->instructions = (int32_t)sizes[INSTRUCTIONS];
    tape->outputs = (int32_t)sizes[OUTPUTS];
    tape->guards = (int32_t)sizes[GUARDS];
    tape->registers = (int32_t)all;
    return 0;
}

/* From the lists, tuples by now; the numbers of uniforms and columns are set. */
int read_program(Tape *tape, PyObject *const *lists)
{
    return count_registers(tape, lists) < 0 || reserve(tape) < 0 ||
                   read_constants(tape, lists[CONSTANTS]) < 0 ||
                   read_instructions(tape, lists[INSTRUCTIONS]) < 0 ||
                   read_outputs(tape, lists[OUTPUTS]) < 0 ||
                   read_guards(tape, lists[GUARDS]) < 0 || read_wanted(tape, lists[WANTED]) < 0
               ? -1
               : 0;
}
