"""Planted faults: an error above the resolution never passes; a right gradient never fails."""

import collections
import math
import random
import struct

import pytest

import autograd
from autograd import Value, check
from autograd.checking import error_bounds
from autograd.primitives import TABLE
from tests.support import faults
from tests.support.programs import SMOOTH
from tests.support.random_programs import exact_derivatives, random_program

CHANGES = {
    "scaled 1e-2": lambda p: p * 1.01,
    "scaled 1e-4": lambda p: p * 1.0001,
    "scaled 1e-6": lambda p: p * 1.000002,
    "sign": lambda p: -p,
    "dropped": lambda p: p * 0.0,
}
ROWS_OF = {"square": "pow", "cube": "pow"}


def planted(draw, program, kind):
    """A context in which one partial of one operation of the program is wrong."""
    if kind == "overwritten":
        return faults.last_term_only()
    used = program.used()
    start = len(program.leaves)
    ops = [op for k, (op, _) in enumerate(program.wiring(), start) if k in used]
    op = draw.choice(ops or ["add"])
    row = TABLE[ROWS_OF.get(op, op)]
    count = 2 if row.variadic else len(row.partials)
    i = 0 if op in ROWS_OF else draw.randrange(count)
    return faults.partial_changed(row.name, i, CHANGES[kind])


def verdicts_on(kind, programs, black_box=False):
    """Count (error is above the resolution, verdict) over random programs with a planted fault."""
    draw = random.Random(kind)
    counts: collections.Counter[tuple[bool, str]] = collections.Counter()
    for _ in range(programs):
        program = random_program(draw, 8)
        exact = exact_derivatives(program)
        with planted(draw, program, kind):
            report = checked(program, black_box)
        for p, derivative in zip(report.partials, exact, strict=True):
            error = abs(p.gradient - derivative)
            # A black box that never changes by a bit has no scale; what that may hide is the bound.
            counts[error > (1e-6 * p.scale or p.bound), p.verdict] += 1
            if p.verdict == "FAIL":
                assert error > 1e-14 * abs(derivative), f"{p}\n{program}"
    return counts


def checked(program, black_box):
    if not black_box:
        return check(lambda *xs: program.run(xs)[-1], program.leaves)
    leaves = [Value(x) for x in program.leaves]
    program.run(leaves)[-1].backward()
    found = tuple(leaf.grad for leaf in leaves)
    return check(lambda *xs: program.run(xs)[-1], program.leaves, gradient=lambda *xs: found)


@pytest.mark.parametrize("black_box", [False, True])
@pytest.mark.parametrize("kind", [*CHANGES, "overwritten"])
def test_a_planted_fault_never_passes(kind, black_box):
    counts = verdicts_on(kind, 120, black_box)
    assert counts[True, "PASS"] == 0
    assert counts[True, "FAIL"] > 10
    assert counts[True, "INCONCLUSIVE"] <= 0.1 * counts[True, "FAIL"]


def test_noise_added_to_every_number_never_makes_a_wrong_gradient_pass():
    draw = random.Random(0)
    for size in (1e-12, 1e-9, 1e-6, 1e-3):
        noise = [draw.uniform(-size, size) for _ in range(997)]

        def f(x, noise=noise):
            return math.sin(x) + noise[hash(x) % 997]

        report = check(f, 0.7, gradient=lambda x: math.cos(x) * 1.001)
        assert report.count("PASS") == 0, str(report)
        report = check(f, 0.7, gradient=lambda x: math.cos(x))
        assert report.count("FAIL") == 0, str(report)


def test_an_inflated_bound_never_makes_a_pass(monkeypatch):
    monkeypatch.setattr(error_bounds, "UNIT", 1e-3)
    assert check(lambda x: autograd.sin(x) * x, 0.5).count("PASS") == 0
    with faults.partial_changed("sin", 0, lambda p: p * 1.01):
        assert check(lambda x: autograd.sin(x) * x, 0.5).count("PASS") == 0


# -- kinks at a distance, the gradient being right ------------------------------------------------

KINKS = {
    "relu": autograd.relu,
    "abs": abs,
    "maximum": lambda u: autograd.maximum(u, 0.3 * u),
    "where": lambda u: autograd.where(u, 2.0 * u, -u),
    "leaky_relu": autograd.leaky_relu,
    "elu": autograd.elu,
    "step": lambda u: autograd.step(u) + u,
    "if": lambda u: 3.0 * u if u > 0 else 0.5 * u,
    "if with a jump": lambda u: u + 1.0 if u > 0 else u,
}
DISTANCES = (0.0, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)


def with_kink(draw, kink, distance):
    """A random program with a kink at a distance from its point, and the point."""
    program = random_program(draw, draw.randint(1, 6), SMOOTH)
    side, weight, speed = draw.choice((-1, 1)), draw.choice((-1.0, 1.0, 0.01)), draw.uniform(0.5, 2)
    corner = program.leaves[0] + side * distance

    def f(x, *rest):
        return program.run([x, *rest])[-1] + weight * kink(speed * (x - corner))

    return f, program.leaves


@pytest.mark.parametrize("name", KINKS)
def test_a_right_gradient_near_a_kink_never_fails(name):
    draw = random.Random(name)
    counts: collections.Counter[tuple[bool, str]] = collections.Counter()
    for distance in DISTANCES * 6:
        f, point = with_kink(draw, KINKS[name], distance)
        leaves = [Value(x) for x in point]
        f(*leaves).backward()
        gradient = tuple(leaf.grad for leaf in leaves)
        for stated in (None, lambda *xs, gradient=gradient: gradient):
            report = check(f, point, gradient=stated)
            assert report.count("FAIL") == 0, f"{distance} {stated}\n{report}"
            counts[distance >= 1e-4, report.partials[0].verdict] += 1
    assert counts[True, "PASS"] > 0.8 * (counts[True, "PASS"] + counts[True, "INCONCLUSIVE"])


# -- anyone's gradient ----------------------------------------------------------------------------


def test_a_gradient_by_hand_of_nested_containers():
    def f(p, scale):
        return scale * sum(w * w for w in p["w"]) + math.exp(p["b"])

    def gradient(p, scale):
        return {"w": [2 * scale * w for w in p["w"]], "b": math.exp(p["b"])}, sum(
            w * w for w in p["w"]
        )

    report = check(f, ({"w": [1.0, -2.0], "b": 0.5}, 3.0), gradient=gradient)
    assert report, str(report)
    assert [p.name for p in report.partials] == ["p['w'][0]", "p['w'][1]", "p['b']", "scale"]


def single(x):
    """Rounded to a float32, as most frameworks compute."""
    return struct.unpack("f", struct.pack("f", x))[0]


@pytest.mark.parametrize("f", [lambda x: single(math.sin(x)), lambda x: math.sin(single(x))])
def test_a_function_in_single_precision_is_no_cause_for_alarm(f):
    report = check(f, 1.0, gradient=math.cos)
    assert report.partials[0].verdict == "INCONCLUSIVE"
    assert "round-off" in str(report)
    assert check(f, 1.0, gradient=math.cos, resolution=1e-3)
    for resolution in (1e-6, 1e-3):
        wrong = check(f, 1.0, gradient=lambda x: 1.01 * math.cos(x), resolution=resolution)
        assert wrong.partials[0].verdict == "FAIL"


def test_a_point_as_an_array_is_refused():
    numpy = pytest.importorskip("numpy")
    refused = r"got a ndarray of shape \(2,\): give its tolist\(\), and let f take lists"
    for gradient in (None, lambda x: x):
        with pytest.raises(TypeError, match=refused):
            check(lambda x: x[0] * x[1], numpy.ones(2), gradient=gradient)
    assert check(lambda x: x * x, numpy.float64(2.0))
    w, rows = Value(2.0), numpy.ones(2)
    assert check(lambda xs: w * float(xs.sum()), rows, wrt=[w])


def test_a_gradient_as_a_numpy_array():
    numpy = pytest.importorskip("numpy")

    def f(xs):
        return float(numpy.sin(numpy.array(xs)).sum())

    assert check(f, [0.5, 1.0], gradient=lambda xs: numpy.cos(numpy.array(xs)))
    wrong = check(f, [0.5, 1.0], gradient=lambda xs: -numpy.cos(numpy.array(xs)))
    assert wrong.count("FAIL") == 2


def test_a_gradient_that_nests_otherwise_is_refused():
    with pytest.raises(ValueError, match="expected a gradient that nests like"):
        check(lambda x, y: x * y, (1.0, 2.0), gradient=lambda x, y: y)


def test_a_kink_at_the_point_of_a_black_box_is_inconclusive():
    for slope in (0.0, 0.5, 1.0):
        report = check(lambda x: max(x, 0.0), 0.0, gradient=lambda x, slope=slope: slope)
        assert report.count("INCONCLUSIVE") == 1


def test_an_unused_input_of_a_black_box_passes():
    assert check(lambda x, y: math.sin(x), (1.0, 2.0), gradient=lambda x, y: (math.cos(x), 0.0))


def test_a_slope_lost_in_the_last_bit_is_not_taken_for_0():
    report = check(lambda x: 1e20 + x, 1.0, gradient=lambda x: 0.0)
    assert report.count("INCONCLUSIVE") == 1


def test_a_wrong_gradient_of_a_flat_function_fails():
    assert check(lambda x: 3.0, 1.0, gradient=lambda x: 1e-9).count("FAIL") == 1


@pytest.mark.parametrize("f", [lambda x: math.log(math.tanh(x**4)), lambda x: x - x + 1e-17])
def test_what_round_off_inside_a_flat_black_box_hides_neither_fails_nor_passes(f):
    report = check(f, 3.0, gradient=lambda x: 5e-18)
    assert [p.verdict for p in report.partials] == ["INCONCLUSIVE"], str(report)
    assert "f does not change by a bit" in report.partials[0].reason
    assert check(f, 3.0, gradient=lambda x: 0.0)
    assert check(f, 3.0, gradient=lambda x: 1e-5).count("FAIL") == 1


def test_a_black_box_gradient_off_by_less_than_the_resolution_passes():
    """Round-off in another's gradient has no graph to show it: terms of size 1 that cancel, say."""
    assert check(lambda x: 1e-9 * x, 1.5, gradient=lambda x: 1e-9 + 1e-17)
    assert check(lambda x: x * x, 1.5, gradient=lambda x: 3.0 * (1 + 2e-6)).count("FAIL") == 1


def test_round_off_is_seen_where_a_regular_grid_would_miss_it():
    def f(x):
        return x - (x + 0.01 * abs(1.4525369607517176 * (x - 1.0319764509270204)))

    def gradient(x):
        return math.copysign(0.014525369607517176, 1.0319764509270204 - x)

    report = check(f, 1.0319764275095924, gradient=gradient)
    assert report.count("FAIL") == 0, str(report)


def test_a_side_of_a_hidden_kink_is_not_known_to_a_hair():
    def f(x):
        angle = autograd.tanh(
            autograd.atan2(autograd.tanh(autograd.softplus(autograd.tan(x**3))), autograd.tan(x))
        )
        u = 1.5007814062424398 * (angle - 0.00016808704552596096)
        bent = angle + 0.01 * autograd.maximum(u, 0.3 * u)
        return autograd.exp(autograd.sinh(autograd.atan2(bent, autograd.tan(x))))

    report = check(f, -1.9769862014201065, gradient=autograd.grad(f))
    assert report.count("FAIL") == 0, str(report)


def test_a_hidden_kink_costs_few_calls_more():
    report = check(math.exp, 0.7, gradient=lambda x: 1.001 * math.exp(x))
    assert report.count("FAIL") == 1
    assert report.partials[0].evaluations <= 40


def test_what_round_off_inside_a_black_box_swallows_nearby_does_not_fail():
    def f(x):
        return math.log(math.erf(0.05768833460406597**-x))

    report = check(f, 2.3, gradient=lambda x: -2e-105)
    assert [p.verdict for p in report.partials] == ["INCONCLUSIVE"], str(report)
    assert check(f, 2.3, gradient=lambda x: 1e-5).count("FAIL") == 1
