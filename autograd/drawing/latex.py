"""Formulas as LaTeX: how every primitive is written, and names that cannot break out of it."""

import re
from collections.abc import Sequence
from typing import Any

from autograd.core.symbols import Symbol

__all__ = ["LATEX", "latex", "latex_name", "latex_number"]

# How each primitive is written; {0}, {1} are its operands, {all} is all of them.
LATEX = {
    "identity": "{0}",
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": r"{0} \, {1}",
    "div": r"\frac{{{0}}}{{{1}}}",
    "neg": "-{0}",
    "abs": r"\left|{0}\right|",
    "weigh": r"{0} \, {1}",
    "pow": "{0}^{{{1}}}",
    "sqrt": r"\sqrt{{{0}}}",
    "exp": "e^{{{0}}}",
    "expm1": "e^{{{0}}} - 1",
    "log": r"\ln\left({0}\right)",
    "log1p": r"\ln\left(1 + {0}\right)",
    "sin": r"\sin\left({0}\right)",
    "cos": r"\cos\left({0}\right)",
    "tan": r"\tan\left({0}\right)",
    "asin": r"\arcsin\left({0}\right)",
    "acos": r"\arccos\left({0}\right)",
    "atan": r"\arctan\left({0}\right)",
    "atan2": r"\operatorname{{atan2}}\left({0}, {1}\right)",
    "hypot": r"\sqrt{{{0}^2 + {1}^2}}",
    "sinh": r"\sinh\left({0}\right)",
    "cosh": r"\cosh\left({0}\right)",
    "tanh": r"\tanh\left({0}\right)",
    "sech2": r"\operatorname{{sech}}^2\left({0}\right)",
    "sigmoid": r"\sigma\left({0}\right)",
    "softplus": r"\operatorname{{softplus}}\left({0}\right)",
    "relu": r"\operatorname{{relu}}\left({0}\right)",
    "leaky_relu": r"\operatorname{{leaky}}_{{{1}}}\left({0}\right)",
    "elu": r"\operatorname{{elu}}_{{{1}}}\left({0}\right)",
    "gelu": r"\operatorname{{gelu}}\left({0}\right)",
    "silu": r"\operatorname{{silu}}\left({0}\right)",
    "erf": r"\operatorname{{erf}}\left({0}\right)",
    "erfc": r"\operatorname{{erfc}}\left({0}\right)",
    "step": r"\left[{0} > 0\right]",
    "same": r"\left[{0} = {1}\right]",
    "where": r"\left({1} \text{{ if }} {0} > 0 \text{{ else }} {2}\right)",
    "total": r"\textstyle\sum\left({all}\right)",
    "dot": r"\operatorname{{dot}}\left({all}\right)",
    "maximum": r"\max\left({all}\right)",
    "minimum": r"\min\left({all}\right)",
    "logsumexp": r"\ln\textstyle\sum\exp\left({all}\right)",
    "share": r"e^{{{0} - {1}}}",
}
# An operand of one of these needs parentheses when it is a sum, a product or a negative number.
TIGHT = {"mul", "weigh", "pow", "neg", "sub", "hypot"}
LOOSE = {"add", "sub", "neg", "expm1"}


def latex(formula: Any, names: Sequence[str], output: str) -> str:
    """Return a formula in z, x0, x1, ... as LaTeX.

    Args:
        formula: a Symbol, or a number.
        names: what to write for x0, x1, ..., in LaTeX.
        output: what to write for z.

    >>> from autograd.primitives import tanh
    >>> from autograd.core.symbols import partial_formulas
    >>> print(latex(partial_formulas(tanh)[0], ["n"], "o"))
    \\operatorname{sech}^2\\left(n\\right)
    """
    if not isinstance(formula, Symbol):
        return latex_number(formula)
    if formula.rule is None:
        return output if formula.name == "z" else names[int(formula.name[1:])]
    rule = formula.rule.name
    words = [
        guarded(latex(x, names, output), x) if rule in TIGHT else latex(x, names, output)
        for x in formula.operands
    ]
    if rule not in LATEX:  # a primitive of the user's own
        return rf"\operatorname{{{latex_name(rule)}}}\left({', '.join(words)}\right)"
    return LATEX[rule].format(*words, all=", ".join(words))


def guarded(text: str, formula: Any) -> str:
    """Put parentheses around what would be misread as an operand."""
    number = not isinstance(formula, Symbol) and text.startswith("-")
    loose = isinstance(formula, Symbol) and formula.rule is not None and formula.rule.name in LOOSE
    return rf"\left({text}\right)" if number or loose else text


def latex_number(x: float, fmt: str = ".4g") -> str:
    """Return a number as LaTeX.

    >>> print(latex_number(1.5e-7), latex_number(float("inf")))
    1.5 \\times 10^{-7} \\infty
    """
    text = format(x, fmt)
    if "inf" in text:
        return text.replace("inf", r"\infty")
    if text == "nan":
        return r"\text{nan}"
    mantissa, exponent, power = text.partition("e")
    return rf"{mantissa} \times 10^{{{int(power)}}}" if exponent else text


def latex_name(name: str) -> str:
    """Return a name as LaTeX; a number at its end becomes an index.

    >>> print(latex_name("x1"), latex_name("50%"))
    x_{1} \\text{50\\%}
    """
    indexed = re.fullmatch(r"([A-Za-z])_?(\d+)", name)
    if indexed:
        return f"{indexed[1]}_{{{indexed[2]}}}"
    if re.fullmatch(r"[A-Za-z]", name):
        return name
    named = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
    escaped = "".join(
        named.get(c, "\\" + c if c in "%$#&_{}" else c) for c in name if c.isprintable()
    )
    return rf"\text{{{escaped}}}"
