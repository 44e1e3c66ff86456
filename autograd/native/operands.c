/* A node's operands and rule as Python sees them: read by debug mode, pictures and copies, written
   by copies and by the reference's way of recording. */

#include "node.h"

/* A real number as a double; what is no float or int, autograd.reals.as_float judges. */
int as_double(PyObject *x, double *number)
{
    PyObject *converted;
    if (PyFloat_CheckExact(x)) {
        *number = PyFloat_AS_DOUBLE(x);
        return 0;
    }
    if (PyLong_CheckExact(x)) {
        double converted_int = PyLong_AsDouble(x);
        if (converted_int == -1.0 && PyErr_Occurred())
            return -1;
        *number = converted_int;
        return 0;
    }
    converted = PyObject_CallOneArg(connected.as_float, x);
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

PyObject *get_operands(Node *node)
{
    Py_ssize_t count = operand_count(node);
    PyObject *operands = PyTuple_New(count);
    for (Py_ssize_t i = 0; operands != NULL && i < count; i++) {
        PyObject *x = get_operand(node, i);
        if (x == NULL)
            Py_CLEAR(operands);
        else
            PyTuple_SET_ITEM(operands, i, x);
    }
    return operands;
}

/* Let go of the operands, by way of a tuple, since a walk may have borrowed them. */
static int clear_operands(Node *node)
{
    Py_ssize_t count = operand_count(node);
    PyObject *old;
    if (count == 0)
        return 0;
    old = get_operands(node);
    if (old == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_number(node, i))
            Py_DECREF(operand_slots(node)[i].node); /* `old` holds it still */
    if (node->flags & OUT_OF_LINE)
        free_block(node->block);
    node->flags &= REACHED;
    node->count = 0;
    bury(old);
    return 0;
}

static int fill(Node *node, PyObject *operands, Slot *slots, unsigned char *numbers)
{
    Py_ssize_t count = PyTuple_GET_SIZE(operands);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *x = PyTuple_GET_ITEM(operands, i);
        numbers[i] = !is_node(x);
        if (!numbers[i])
            slots[i].node = (Node *)x;
        else if (as_double(x, &slots[i].number) < 0)
            return -1;
    }
    if (clear_operands(node) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!numbers[i])
            Py_INCREF(slots[i].node);
    return 0;
}

static int set_few(Node *node, PyObject *operands)
{
    Slot slots[2] = {{0}, {0}};
    unsigned char numbers[2] = {0, 0};
    if (fill(node, operands, slots, numbers) < 0)
        return -1;
    node->pair[0] = slots[0], node->pair[1] = slots[1];
    node->count = (uint8_t)PyTuple_GET_SIZE(operands);
    node->flags |= (uint8_t)(numbers[0] * NUMBER_0 | numbers[1] * NUMBER_1);
    return 0;
}

static int set_many(Node *node, PyObject *operands)
{
    Block *block = new_block(PyTuple_GET_SIZE(operands));
    if (block == NULL)
        return -1;
    if (fill(node, operands, block->slots, block_numbers(block)) < 0) {
        free_block(block);
        return -1;
    }
    node->block = block;
    node->count = 3;
    node->flags |= OUT_OF_LINE;
    return 0;
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

int set_operands(Node *node, PyObject *operands)
{
    PyObject *rule = get_rule(node);
    int failed;
    if (!PyTuple_Check(operands)) {
        PyErr_SetString(PyExc_TypeError, "expected a tuple of operands");
        failed = -1;
    }
    else
        failed = PyTuple_GET_SIZE(operands) > 2 ? set_many(node, operands)
                                                : set_few(node, operands);
    if (!failed)
        failed = set_rule(node, rule);
    Py_DECREF(rule);
    return failed;
}

PyObject *get_rule(Node *node)
{
    PyObject *rule = node->rare != NULL ? node->rare->rule : NULL;
    if (node->rule != RULE_NONE)
        rule = connected.table[node->rule];
    return Py_NewRef(rule != NULL ? rule : Py_None);
}

int set_rule(Node *node, PyObject *rule)
{
    int code = PyObject_TypeCheck(rule, &Rule_Type) ? ((Rule *)rule)->code : RULE_NONE;
    PyObject *old = node->rare != NULL ? node->rare->rule : NULL;
    int known = code != RULE_NONE && fits(code, operand_count(node));
    if (!known && rule != Py_None && rare_of(node) == NULL)
        return -1;
    node->rule = (uint16_t)(known ? code : RULE_NONE);
    if (node->rare != NULL)
        node->rare->rule = known || rule == Py_None ? NULL : Py_NewRef(rule);
    if (old != NULL)
        bury(old);
    return 0;
}
