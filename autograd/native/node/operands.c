/* A node's operands and rule as Python sees them: read by debug mode, pictures and copies, written
   by copies and by the reference's way of recording. */

#include "bridge/imports.h"
#include "memory.h"

/* A real number as a double; what is no float or int, autograd.core.ieee754.as_float judges. */
int as_double(PyObject *x, double *number)
{
    PyObject *converted;
    if (PyFloat_CheckExact(x)) {
        *number = PyFloat_AS_DOUBLE(x);
        return 0;
    }
    if (PyLong_CheckExact(x)) {
        double converted_int = PyLong_AsDouble(x);
        if (converted_int != -1.0 || !PyErr_Occurred()) {
            *number = converted_int;
            return 0;
        }
        PyErr_Clear(); /* too large: as_float says so */
    }
    converted = PyObject_CallOneArg(imported.as_float, x);
    if (converted == NULL)
        return -1;
    *number = PyFloat_AsDouble(converted);
    Py_DECREF(converted);
    return 0;
}

PyObject *get_operand(Node *node, Py_ssize_t i)
{
    Slot *slots = operand_slots(node);
    if (is_number(node, i))
        return PyFloat_FromDouble(slots[i].number);
    return Py_NewRef((PyObject *)slots[i].node);
}

/* A tuple of them.  To make room for it may run the garbage collector, and with it any code. */
PyObject *get_operands(Node *node)
{
    Py_ssize_t count;
    PyObject *operands = NULL;
    do {
        Py_XDECREF(operands);
        count = operand_count(node);
        operands = PyTuple_New(count);
    } while (operands != NULL && count != operand_count(node));
    for (Py_ssize_t i = 0; operands != NULL && i < count; i++) {
        PyObject *x = get_operand(node, i);
        if (x == NULL)
            Py_CLEAR(operands);
        else
            PyTuple_SET_ITEM(operands, i, x);
    }
    return operands;
}

/* -- writing: what runs Python comes first, or last; a node is changed at once between --------- */

/* Operands read, and the references to them held, before a node has them. */
typedef struct {
    Slot slots[2];
    unsigned char numbers[2];
    Py_ssize_t count;
    Block *block; /* of more than two */
} Read;

static int read_operands(PyObject *operands, Read *read)
{
    Slot *slots = read->slots;
    unsigned char *numbers = read->numbers;
    *read = (Read){.count = PyTuple_GET_SIZE(operands)};
    if (read->count > 2) {
        read->block = new_block(read->count);
        if (read->block == NULL)
            return -1;
        slots = read->block->slots, numbers = block_numbers(read->block);
    }
    for (Py_ssize_t i = 0; i < read->count; i++) {
        PyObject *x = PyTuple_GET_ITEM(operands, i);
        numbers[i] = !is_node(x);
        if (!numbers[i])
            slots[i].node = (Node *)x; /* held by the tuple */
        else if (as_double(x, &slots[i].number) < 0) {
            if (read->block != NULL)
                free_block(read->block);
            return -1;
        }
    }
    return 0;
}

/* Let a node have what was read.  Of what it had, the memory is given back; the references are the
   caller's, who has them in a tuple. */
static void install(Node *node, const Read *read)
{
    Operands old = operands_of(node), xs;
    for (Py_ssize_t i = 0; i < old.count; i++)
        if (!old.numbers[i])
            Py_DECREF(old.slots[i].node);
    if (node->flags & OUT_OF_LINE)
        free_block(node->block);
    node->flags &= REACHED | TRACKED;
    if (read->block != NULL) {
        node->block = read->block;
        node->count = 3;
        node->flags |= OUT_OF_LINE;
    }
    else {
        node->pair[0] = read->slots[0], node->pair[1] = read->slots[1];
        node->count = (uint8_t)read->count;
        node->flags |= (uint8_t)(read->numbers[0] * NUMBER_0 | read->numbers[1] * NUMBER_1);
    }
    xs = operands_of(node);
    for (Py_ssize_t i = 0; i < xs.count; i++)
        if (!xs.numbers[i]) {
            Py_INCREF(xs.slots[i].node);
            if (xs.slots[i].node->flags & TRACKED)
                track(node);
        }
}

/* Whether a row of the table takes that many operands: only then is the code for it in C. */
static int fits(int code, Py_ssize_t count)
{
    if (code == RULE_dot && count % 2)
        return 0;
    if (rule_arity[code] < 0)
        return count > 0;
    return rule_arity[code] == count;
}

/* The code of a rule for so many operands: RULE_NONE where it is none that C knows. */
static int code_of(PyObject *rule, Py_ssize_t count)
{
    int code = is_rule(rule) ? ((Rule *)rule)->code : RULE_NONE;
    return code != RULE_NONE && fits(code, count) ? code : RULE_NONE;
}

/* Make sure that a node can have a rule with so many operands. */
static int make_room_for(Node *node, PyObject *rule, Py_ssize_t count)
{
    int in_python = rule != Py_None && code_of(rule, count) == RULE_NONE;
    return in_python && rare_of(node) == NULL ? -1 : 0;
}

/* Let a node have a rule that there is room for; what it had in Python is the caller's. */
static PyObject *install_rule(Node *node, PyObject *rule)
{
    int code = code_of(rule, operand_count(node));
    PyObject *old = node->rare != NULL ? node->rare->rule : NULL;
    node->rule = (uint16_t)code;
    if (node->rare != NULL)
        node->rare->rule = code != RULE_NONE || rule == Py_None ? NULL : Py_NewRef(rule);
    /* A Precomputed holds numbers and older Values; what a rule of the user's holds, nobody knows. */
    if (code == RULE_NONE && rule != Py_None && (PyObject *)Py_TYPE(rule) != imported.precomputed)
        track(node);
    return old;
}

/* Replace a node's operands by what was read; -1 with an error set, and nothing changed. */
static int replace(Node *node, const Read *read)
{
    PyObject *old = get_operands(node), *rule = get_rule(node), *old_rule;
    if (old == NULL || make_room_for(node, rule, read->count) < 0) {
        Py_XDECREF(old);
        Py_DECREF(rule);
        return -1;
    }
    install(node, read);
    old_rule = install_rule(node, rule);
    Py_DECREF(rule); /* the table's, or in old_rule */
    defer_decref(old);
    if (old_rule != NULL)
        defer_decref(old_rule);
    return 0;
}

int set_operands(Node *node, PyObject *operands)
{
    Read read;
    if (!PyTuple_Check(operands)) {
        PyErr_SetString(PyExc_TypeError, "expected a tuple of operands");
        return -1;
    }
    if (read_operands(operands, &read) < 0)
        return -1;
    if (replace(node, &read) == 0)
        return 0;
    if (read.block != NULL)
        free_block(read.block);
    return -1;
}

/* Make a leaf of a node with a rule of the user's, as far as memory allows. */
void forget_operands(Node *node)
{
    PyObject *old = get_operands(node), *old_rule;
    if (old == NULL) {
        PyErr_Clear();
        return;
    }
    install(node, &(Read){0});
    old_rule = install_rule(node, Py_None);
    defer_decref(old);
    if (old_rule != NULL)
        defer_decref(old_rule);
}

PyObject *get_rule(Node *node)
{
    PyObject *rule = node->rare != NULL ? node->rare->rule : NULL;
    if (node->rule != RULE_NONE)
        rule = imported.table[node->rule];
    return Py_NewRef(rule != NULL ? rule : Py_None);
}

int set_rule(Node *node, PyObject *rule)
{
    PyObject *old;
    if (make_room_for(node, rule, operand_count(node)) < 0)
        return -1;
    old = install_rule(node, rule);
    if (old != NULL)
        defer_decref(old);
    return 0;
}
