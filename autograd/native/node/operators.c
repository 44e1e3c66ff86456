/* Value's operators, comparisons and methods. */

#include "bridge/imports.h"
#include "forward.h"
#include "record.h"

static PyObject *record_slowly(int code, PyObject *a, PyObject *b)
{
    PyObject *pair = PyTuple_Pack(2, a, b), *result;
    if (pair == NULL)
        return NULL;
    result = PyObject_CallFunctionObjArgs(imported.record_with_care, (PyObject *)value_type,
                                          imported.table[code], pair, NULL);
    Py_DECREF(pair);
    return result;
}

/* One operand is some other number: a bool, a Fraction, a NumPy scalar. */
static PyObject *record_odd(int code, PyObject *a, PyObject *b)
{
    int first = !is_node(a);
    Slot x = {.node = (Node *)a}, y = {.node = (Node *)b};
    double values[3] = {0.0, 0.0, 0.0};
    if (as_double(first ? a : b, first ? &x.number : &y.number) < 0)
        return NULL;
    values[0] = first ? x.number : x.node->data;
    values[1] = first ? y.node->data : y.number;
    return small_node(code, forward_fixed(code, values), x, y, first ? NUMBER_0 : NUMBER_1, 2);
}

/* What is no Value, float or int: some other number, or a stranger whose operators may know. */
static PyObject *odd_operand(int code, PyObject *a, PyObject *b)
{
    PyObject *other = is_node(a) ? b : a;
    PyObject *answer = PyObject_CallOneArg(imported.foreign, other);
    int foreign = answer == NULL ? -1 : PyObject_IsTrue(answer);
    Py_XDECREF(answer);
    if (foreign < 0)
        return NULL;
    if (foreign)
        Py_RETURN_NOTIMPLEMENTED;
    return careful() || is_node(other) ? record_slowly(code, a, b) : record_odd(code, a, b);
}

static inline PyObject *infix(int code, double (*forward)(double, double), PyObject *a,
                              PyObject *b)
{
    Slot x = {0}, y = {0};
    int number_x = read_slot(a, &x), number_y = read_slot(b, &y);
    if (UNLIKELY(number_x < 0 || number_y < 0) || careful())
        return odd_operand(code, a, b);
    return small_node(code,
                      forward(number_x ? x.number : x.node->data,
                              number_y ? y.number : y.node->data),
                      x, y, number_x * NUMBER_0 | number_y * NUMBER_1, 2);
}

PyObject *value_add(PyObject *a, PyObject *b)
{
    /* `sum` starts at the int 0, which adds nothing, not even a node. */
    if (UNLIKELY(PyLong_CheckExact(a)) && PyObject_Not(a))
        return Py_NewRef(b);
    return infix(RULE_add, forward_add, a, b);
}

PyObject *value_subtract(PyObject *a, PyObject *b) { return infix(RULE_sub, forward_sub, a, b); }
PyObject *value_multiply(PyObject *a, PyObject *b) { return infix(RULE_mul, forward_mul, a, b); }
PyObject *value_divide(PyObject *a, PyObject *b) { return infix(RULE_div, forward_div, a, b); }

PyObject *value_power(PyObject *a, PyObject *b, PyObject *modulus)
{
    if (modulus != Py_None) {
        PyErr_SetString(PyExc_TypeError, "pow of a Value takes no modulus: it has no derivative; "
                                         "got three arguments");
        return NULL;
    }
    return infix(RULE_pow, forward_pow, a, b);
}

PyObject *value_negative(PyObject *self)
{
    return call_rule(imported.table[RULE_neg], &self, 1, NULL);
}

PyObject *value_absolute(PyObject *self)
{
    return call_rule(imported.table[RULE_abs], &self, 1, NULL);
}

PyObject *value_positive(PyObject *self) { return Py_NewRef(self); }

/* Tell the trace that is being made what a comparison gave; return the comparison's result. */
static PyObject *compared(PyObject *x, PyObject *y, int how, PyObject *result)
{
    static const char *const names[] = {"lt", "le", "eq", "ne", "gt", "ge"};
    PyObject *done, *tracer;
    if (!tracing() || result == NULL || result == Py_NotImplemented)
        return result;
    tracer = Py_NewRef(modes.tracer); /* it may be replaced meanwhile */
    done = PyObject_CallMethod(tracer, "guard", "sOOO", names[how], x, y, result);
    Py_DECREF(tracer);
    if (done == NULL)
        Py_CLEAR(result);
    Py_XDECREF(done);
    return result;
}

int value_bool(PyObject *self)
{
    int truth = ((Node *)self)->data != 0.0;
    PyObject *zero, *result;
    if (!tracing())
        return truth;
    zero = PyFloat_FromDouble(0.0);
    result = zero == NULL ? NULL : compared(self, zero, Py_NE, PyBool_FromLong(truth));
    Py_XDECREF(zero);
    Py_XDECREF(result);
    return result == NULL ? -1 : truth;
}

/* Compare with some other number as a float would. */
static PyObject *compare_odd(double data, PyObject *other, int how)
{
    PyObject *number = PyFloat_FromDouble(data), *result;
    double as_float;
    if (number == NULL || PyFloat_Check(other) || PyLong_Check(other)) {
        result = number ? PyFloat_Type.tp_richcompare(number, other, how) : NULL;
        Py_XDECREF(number);
        return result;
    }
    Py_DECREF(number);
    if (!PyObject_HasAttrString((PyObject *)Py_TYPE(other), "__float__"))
        Py_RETURN_NOTIMPLEMENTED;
    if (as_double(other, &as_float) < 0)
        return NULL;
    Py_RETURN_RICHCOMPARE(data, as_float, how);
}

static PyObject *compare(PyObject *self, PyObject *other, int how)
{
    double x = ((Node *)self)->data, y;
    if (is_node(other))
        y = ((Node *)other)->data;
    else if (PyFloat_CheckExact(other))
        y = PyFloat_AS_DOUBLE(other);
    else
        return compare_odd(x, other, how);
    Py_RETURN_RICHCOMPARE(x, y, how);
}

PyObject *value_compare(PyObject *self, PyObject *other, int how)
{
    return compared(self, other, how, compare(self, other, how));
}

/* -- methods: x.tanh() is tanh(x) -------------------------------------------------------------- */

static PyObject *method(int code, PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    PyObject *all[8] = {self}, *operands, *result;
    if (count < 8) {
        for (Py_ssize_t i = 0; i < count; i++)
            all[i + 1] = args[i];
        return call_rule(imported.table[code], all, (size_t)count + 1, NULL);
    }
    operands = PyTuple_New(count + 1);
    if (operands == NULL)
        return NULL;
    PyTuple_SET_ITEM(operands, 0, Py_NewRef(self));
    for (Py_ssize_t i = 0; i < count; i++)
        PyTuple_SET_ITEM(operands, i + 1, Py_NewRef(args[i]));
    result = PyObject_CallObject(imported.table[code], operands);
    Py_DECREF(operands);
    return result;
}

#define ROW(name)                                                                              \
    static PyObject *method_##name(PyObject *self, PyObject *const *args, Py_ssize_t count)   \
    {                                                                                          \
        return method(RULE_##name, self, args, count);                                         \
    }
#define UNARY(name, x) ROW(name)
#define BINARY(name, x, y) ROW(name)
#define TERNARY(name, x, y, z) ROW(name)
#define VARIADIC(name) ROW(name)
#include "rules.h"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef VARIADIC
#undef ROW

#define ROW(name)                                                                              \
    {#name, (PyCFunction)(void (*)(void))method_##name, METH_FASTCALL,                         \
     #name "($self, /, *others)\n--\n\nReturn autograd." #name "(self, ...)."},
#define UNARY(name, x) ROW(name)
#define BINARY(name, x, y) ROW(name)
#define TERNARY(name, x, y, z) ROW(name)
#define VARIADIC(name) ROW(name)

static const PyMethodDef methods[] = {
#include "rules.h"
};

/* Append the methods of those rows that are a method of the class `base`. */
int table_methods(PyObject *base, PyMethodDef *found)
{
    for (int code = 1; code < RULES; code++) {
        PyObject *method = PyObject_GetAttrString(base, rule_names[code]);
        if (method != NULL)
            *found++ = methods[code - 1];
        else if (PyErr_ExceptionMatches(PyExc_AttributeError))
            PyErr_Clear();
        else
            return -1;
        Py_XDECREF(method);
    }
    return 0;
}
