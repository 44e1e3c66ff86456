"""The modules of a course: gradients checked, shapes refused, pictures named, copies and states."""

import copy
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, check, draw, total
from nn import (
    GRU,
    LSTM,
    MLP,
    RNN,
    Attention,
    AvgPool2d,
    BatchNorm,
    Batchwise,
    Buffer,
    Conv2d,
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    MaxPool2d,
    Module,
    Residual,
    Sequential,
    TransformerBlock,
    flatten,
)
from nn.modules.shapes import elementwise, shape

RNG = random.Random(0)


def numbers(*sizes):
    if not sizes:
        return RNG.gauss(0.0, 1.0)
    return [numbers(*sizes[1:]) for _ in range(sizes[0])]


# A module, what it is called on, and the shape that comes out.
CASES = {
    "residual": (Residual(Layer(3, 3, "tanh", seed=0)), numbers(3), (3,)),
    "layer_norm": (LayerNorm(4), numbers(4), (4,)),
    "batch_norm": (BatchNorm(2), numbers(3, 2), (3, 2)),
    "batchwise": (
        Batchwise(Layer(2, 3, "linear", seed=1), BatchNorm(3), Residual(BatchNorm(3))),
        numbers(4, 2),
        (4, 3),
    ),
    "conv": (Conv2d(2, 2, 2, activation="tanh", seed=0), numbers(2, 3, 4), (2, 2, 3)),
    "conv_stride": (Conv2d(1, 2, 3, stride=2, padding=1, seed=3), numbers(5, 5), (2, 3, 3)),
    "rnn": (RNN(2, 3, seed=0), numbers(3, 2), (3, 3)),
    "lstm": (LSTM(2, 2, seed=0), numbers(3, 2), (3, 2)),
    "gru": (GRU(2, 2, seed=0), numbers(3, 2), (3, 2)),
    "embedding": (Embedding(4, 3, seed=0), [1, 3, 1], (3, 3)),
    "attention": (Attention(4, 2, seed=0), numbers(3, 4), (3, 4)),
    "attention_both_ways": (Attention(4, 2, causal=False, seed=0), numbers(3, 4), (3, 4)),
    "block": (TransformerBlock(2, 1, hidden=3, seed=0), numbers(3, 2), (3, 2)),
}
every = pytest.mark.parametrize("name", CASES)
# Normalised rows have Σ z² = n whatever the weights: other weights make other gradients.
WEIGHTS = [RNG.gauss(0.0, 1.0) for _ in range(100)]


def loss(module, x):
    return total([w * z * z * z for w, z in zip(WEIGHTS, flatten(module(x)), strict=False)])


@every
def test_gradients(name):
    module, x, _ = CASES[name]
    report = check(lambda: loss(module, x), (), wrt=module)
    assert report, report
    if name != "embedding":
        assert check(lambda x: loss(module, x), (x,))


@every
def test_shapes_of_outputs(name):
    module, x, expected = CASES[name]
    assert shape(module(x)) == expected


@every
def test_a_deep_copy_gives_the_same_and_shares_nothing(name):
    module, x, _ = CASES[name]
    other = copy.deepcopy(module)
    assert [z.data for z in flatten(other(x))] == [z.data for z in flatten(module(x))]
    assert not {*module.parameters()} & {*other.parameters()}
    for p in other.parameters():
        p.data += 1.0
    assert [z.data for z in flatten(other(x))] != [z.data for z in flatten(module(x))]


@every
def test_a_state_comes_back(name, tmp_path):
    module, x, _ = CASES[name]
    other = copy.deepcopy(module)
    for i, (_, p) in enumerate(other.named_state()):
        p.data = i + 0.5
    module.save(tmp_path / "state.json")
    other.load(tmp_path / "state.json")
    assert other.state_dict() == module.state_dict()
    assert [z.data for z in flatten(other.eval()(x))] == [z.data for z in flatten(module.eval()(x))]
    module.train()


@every
def test_a_picture_names_its_parts(name):
    module, x, _ = CASES[name]
    z = loss(module, x)
    z.backward()
    graph = draw(z, max_nodes=5000)
    assert graph.svg().startswith("<svg")
    if name != "embedding":  # which hands out its rows as they are
        scopes = {node.scope for node in nodes(z)}
        assert any(scope.split(".")[0] == module.scope_name for scope in scopes)


def nodes(z):
    found, stack = set(), [z]
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack.extend(node.parents)
    return found


def scopes_of(module, x):
    return {node.scope for node in nodes(total(flatten(module(x))))}


def test_scopes_of_attention_filters_and_gates():
    scopes = scopes_of(Sequential(TransformerBlock(2, 2)), numbers(2, 2))
    inner = {scope.removeprefix("sequential.layer0.") for scope in scopes}
    assert {"attention.query.neuron0", "attention.head1", "mlp.layer0.neuron0"} <= inner
    assert "conv2d.filter1" in scopes_of(Conv2d(1, 2, 2), numbers(3, 3))
    assert "lstm.forget_gate.neuron0" in scopes_of(LSTM(1, 1), [0.5, 1.0])
    assert "residual.inner.neuron0" in scopes_of(Residual(Layer(2, 2)), [0.5, 1.0])


def count(module, x, rule):
    found = nodes(total(flatten(module(x))))
    return sum(node.rule is not None and node.rule.name == rule for node in found)


def test_one_dot_for_each_filter_position_unit_and_score():
    assert count(Conv2d(2, 3, 2), numbers(2, 4, 4), "dot") == 3 * 9
    assert count(RNN(2, 3), numbers(4, 2), "dot") == 4 * 3
    projections, scores, mixed = 4 * 3 * 4, 2 * (1 + 2 + 3), 3 * 4
    assert count(Attention(4, 2), numbers(3, 4), "dot") == projections + scores + mixed


# -- residual and shapes ---------------------------------------------------------------------------


def test_a_residual_needs_one_shape():
    with pytest.raises(ValueError, match=r"the shape it was given, 2, got 3: let it end as wide"):
        Residual(Layer(2, 3))([1.0, 2.0])


def test_ragged_numbers_have_no_shape():
    with pytest.raises(ValueError, match=r"items of one shape, got 2 at 0 and a number at 1"):
        shape([[1.0, 2.0], 3.0])
    assert shape([]) == (0,)


# -- dropout ---------------------------------------------------------------------------------------


@given(st.floats(0.0, 0.9), st.integers(0, 100))
def test_dropout_multiplies_by_its_mask(p, seed):
    x = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    mask = Dropout(p, seed=seed).draw(4)
    out = Dropout(p, seed=seed)(x)
    expected = [m * v.data for m, v in zip(mask, flatten(x), strict=True)]
    assert [z.data for z in flatten(out)] == expected
    assert {*mask} <= {0.0, 1.0 / (1.0 - p)}


def test_dropout_keeps_the_mean_and_drops_its_share():
    mask = Dropout(0.25, seed=0).draw(20_000)
    assert sum(mask) / len(mask) == pytest.approx(1.0, abs=0.02)
    assert mask.count(0.0) / len(mask) == pytest.approx(0.25, abs=0.01)


def test_dropout_draws_afresh_in_training_and_passes_in_eval():
    dropout, x = Dropout(0.5, seed=0), [float(i) for i in range(1, 21)]
    assert dropout(x) != dropout(x)
    assert dropout.eval()(x) is x
    assert Dropout(0.0)(x) is x


def test_dropout_without_a_seed_follows_random_and_can_be_copied():
    dropout = copy.deepcopy(Dropout(0.5))
    random.seed(1)
    first = dropout.draw(20)
    random.seed(1)
    assert dropout.draw(20) == first
    twin = copy.deepcopy(seeded := Dropout(0.5, seed=3))
    assert twin.draw(20) == seeded.draw(20)


@pytest.mark.parametrize("p", [-0.1, 1.0, math.nan])
def test_dropout_of_no_share(p):
    with pytest.raises(ValueError, match=r"Dropout: expected p, the share to drop, in \[0, 1"):
        Dropout(p)


# -- norms -----------------------------------------------------------------------------------------


@given(st.lists(st.floats(-100.0, 100.0), min_size=2, max_size=6))
def test_layer_norm_does_not_see_a_shift(xs):
    shifted = [x + 10.0 for x in xs]
    first, second = LayerNorm(len(xs))(xs), LayerNorm(len(xs))(shifted)
    assert [z.data for z in first] == pytest.approx([z.data for z in second], abs=1e-5)


def test_wrong_rows_for_norms():
    with pytest.raises(ValueError, match="LayerNorm: expected a row of 3, got one of 2"):
        LayerNorm(3)([1.0, 2.0])
    with pytest.raises(ValueError, match="a mini-batch of rows of 2, got 3 numbers in row 1"):
        BatchNorm(2)([[1.0, 2.0], [1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match="at least 2 rows in training, got 1, which has no varia"):
        BatchNorm(2)([[1.0, 2.0]])
    with pytest.raises(ValueError, match="expected a mini-batch of at least one row, got none"):
        BatchNorm(2)([])
    with pytest.raises(ValueError, match="expected a mini-batch of rows of 2, got a number"):
        BatchNorm(2)(1.0)


def test_a_batch_norm_in_a_model_of_single_rows_says_where_it_belongs():
    model = Sequential(Layer(2, 3), BatchNorm(3))
    with pytest.raises(
        ValueError, match=r"in row 0: in a model, let it stand in Batchwise\(\.\.\."
    ):
        model([1.0, 2.0])


def test_buffers_are_saved_and_not_trained():
    norm = BatchNorm(1)
    assert [name for name, _ in norm.named_parameters()] == ["w.0", "b.0"]
    norm([[1.0], [3.0]])
    assert norm.state_dict() == {
        "w.0": 1.0, "b.0": 0.0, "mean.0": pytest.approx(0.2), "variance.0": pytest.approx(1.1),
    }  # fmt: skip
    other = BatchNorm(1)
    other.load_state_dict(norm.state_dict())
    assert other.eval()([[0.5]])[0][0].data == norm.eval()([[0.5]])[0][0].data
    assert isinstance(copy.deepcopy(norm).mean[0], Buffer)


def test_evaluation_does_not_move_the_running_statistics():
    model = Batchwise(BatchNorm(1), Layer(1, 1))
    before = model.state_dict()
    nn.evaluate(model, [[1.0], [3.0]], [1.0, 2.0], loss="mse")
    nn.diagnose(model, [[1.0], [3.0]], [1.0, 2.0])
    assert model.state_dict() == before


def test_fit_hands_a_batchwise_model_whole_mini_batches():
    model = Batchwise(Layer(1, 3, "linear", seed=0), BatchNorm(3), Layer(3, 1, "linear", seed=1))
    xs = [[0.1 * i] for i in range(20)]
    history = nn.fit(
        model, xs, [3.0 * x + 1.0 for [x] in xs], loss="mse", optimizer=nn.Adam(model, lr=0.05),
        epochs=60, batch_size=10, progress=False, early_stopping=60,
    )  # fmt: skip
    assert history.loss[-1] < 0.05 * history.loss[0]
    assert model.state_dict()["layers.1.mean.0"] != 0.0
    assert len(model.eval()([[0.5]])) == 1
    assert "<svg" in nn.plot_decision_boundary(
        Batchwise(BatchNorm(2), Layer(2, 1)), [[0.0, 1.0], [1.0, 0.0]], [1, -1], cells=3
    ).svg  # fmt: skip


# -- convolution and pooling -----------------------------------------------------------------------


def test_a_filter_is_a_neuron_at_a_window():
    conv, image = Conv2d(1, 1, 2, seed=0), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert conv(image)[0][0][1].data == conv.filters[0]([2.0, 3.0, 5.0, 6.0]).data


def test_flatten_leads_to_a_layer():
    model = Sequential(Conv2d(1, 2, 3, seed=0), MaxPool2d(2), flatten, Layer(2, 4, seed=1))
    assert len(model(numbers(4, 4))) == 4


def test_pooling_of_plain_numbers():
    plane = [[1.0, 2.0, 0.0], [5.0, 3.0, 0.0]]
    assert MaxPool2d(2)(plane) == [[[5.0]]]
    assert AvgPool2d(2)(plane) == [[[2.75]]]


def test_a_tie_in_a_pool_shares_the_gradient():
    x, y = Value(2.0), Value(2.0)
    MaxPool2d(2)([[x, y], [1.0, 0.0]])[0][0][0].backward()
    assert (x.grad, y.grad) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("module", "image", "message"),
    [
        (Conv2d(2, 1, 2), numbers(3, 4, 4), "Conv2d: expected an image of 2×height×w.* got 3×4×4"),
        (Conv2d(2, 1, 2), numbers(4, 4), "an image of 2×height×width numbers, got 4×4"),
        (Conv2d(1, 1, 2), numbers(16), "an image of 1×height×width numbers, got 16"),
        (Conv2d(1, 1, 5), numbers(4, 6), "at least 5×5, got 4×6: take a smaller window, or pad"),
        (MaxPool2d(2), numbers(9), "MaxPool2d: expected an image of channels×height×width numbers"),
        (AvgPool2d(3), numbers(2, 2), "AvgPool2d: expected an image of at least 3×3, got 2×2"),
        (Conv2d(1, 1, 2), [[1.0, 2.0], [3.0]], "items of one shape, got 2 at 0 and 1 at 1"),
    ],
)  # fmt: skip
def test_images_of_other_shapes(module, image, message):
    with pytest.raises(ValueError, match=message):
        module(image)


def test_counts_below_one():
    for make in (
        lambda: Conv2d(1, 0, 2),
        lambda: MaxPool2d(2, 0),
        lambda: RNN(0, 1),
        lambda: Embedding(2, 0),
        lambda: Attention(0),
        lambda: nn.cosine(0),
    ):
        with pytest.raises(ValueError, match="to be an integer of at least 1, got 0"):
            make()
    with pytest.raises(ValueError, match="expected padding to be an integer of at least 0, got -1"):
        Conv2d(1, 1, 2, padding=-1)


# -- sequences -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
def test_what_is_remembered_reaches_the_end(kind):
    memory = kind(1, 2, seed=0)
    xs = [Value(float(i)) for i in range(3)]
    outputs = memory(xs)
    total(outputs[-1]).backward()
    assert all(x.grad != 0.0 for x in xs)
    state = memory.start()
    for x in xs:
        state = memory.step((x.data,), state)
    assert [z.data for z in memory.output(state)] == [z.data for z in outputs[-1]]


@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
def test_wrong_sequences(kind):
    with pytest.raises(ValueError, match=f"{kind.__name__}: expected a sequence of rows of 2, "):
        kind(2, 3)([[1.0, 2.0], [1.0]])
    with pytest.raises(ValueError, match="expected a sequence of at least one row, got none"):
        kind(2, 3)([])
    with pytest.raises(ValueError, match="expected a sequence of rows of 2, got a number"):
        kind(2, 3)(1.0)


def test_a_new_lstm_remembers():
    assert all(neuron.b.data == 1.0 for neuron in LSTM(1, 3).forget_gate.neurons)


def test_embedding_of_a_number_of_a_value_and_of_nothing_it_has():
    table = Embedding(3, 2, seed=0)
    row = table(2)
    assert all(x is y for x, y in zip(row, table.rows[2], strict=True))
    assert all(x is y for x, y in zip(table(2.0), row, strict=True))
    assert [z.data for z in table(Value(2.0))] == [p.data for p in row]
    assert len(table([0, 1])) == 2
    for wrong in (3, -1, 0.5, math.nan, Value(3.0)):
        with pytest.raises(ValueError, match="expected an integer from 0 to 2 as the symbol, got"):
            table(wrong)


def test_a_row_never_sees_what_comes_after_it():
    attention, rows = Attention(4, 2, seed=0), elementwise(Value, numbers(4, 4))
    total(attention(rows)[1]).backward()
    assert all(x.grad != 0.0 for row in rows[:2] for x in row)
    assert not any(x.reached for row in rows[2:] for x in row)


def test_weights_of_attention_sum_to_one():
    rows = numbers(4, 4)
    for causal, lengths in ((True, [1, 2, 3, 4]), (False, [4, 4, 4, 4])):
        weights = Attention(4, 2, causal=causal, seed=0).weights(rows)
        assert [len(row) for row in weights[1]] == lengths
        sums = [sum(w.data for w in row) for head in weights for row in head]
        assert sums == pytest.approx([1.0] * 8)


def test_wrong_attention():
    with pytest.raises(ValueError, match="expected heads to divide size=4 evenly, got heads=3"):
        Attention(4, 3)
    with pytest.raises(ValueError, match="TransformerBlock: expected a sequence of rows of 4"):
        TransformerBlock(4)([[1.0, 2.0, 3.0]])


def test_a_blocks_dropout_works_in_training_only():
    block, x = TransformerBlock(2, dropout=0.5, seed=0), numbers(3, 2)
    outputs = [[z.data for z in flatten(block(x))] for _ in range(2)]
    assert outputs[0] != outputs[1]
    block.eval()
    assert [z.data for z in flatten(block(x))] == [z.data for z in flatten(block(x))]


# -- schedules and penalties -----------------------------------------------------------------------


def test_a_schedule_is_a_callback():
    model = MLP(1, [1], seed=0)
    optimizer, seen = nn.SGD(model, lr=0.1), []
    schedule = nn.Schedule(optimizer, nn.warmup(2, nn.step_decay(1, 0.5)))
    nn.fit(
        model, [[1.0]], [1.0], loss="mse", optimizer=optimizer, epochs=4, progress=False,
        callbacks=[lambda *_: seen.append(optimizer.lr), schedule],
    )  # fmt: skip
    assert seen == pytest.approx([0.05, 0.1, 0.1, 0.05])


@pytest.mark.parametrize("penalty", [nn.l1_penalty, nn.l2_penalty])
def test_penalties(penalty):
    model = MLP(2, [3, 1], seed=0)
    weights = model.layers[0].neurons[0].w
    assert check(lambda: penalty(weights, 0.3), (), wrt=weights)
    assert penalty(model, 0.0).data == 0.0
    with pytest.raises(ValueError, match=r"expected strength ≥ 0 and finite, got -1\.0"):
        penalty(model, -1.0)
    with pytest.raises(ValueError, match="expected at least one parameter, got none"):
        penalty([], 1.0)


def test_the_gradients_of_penalties():
    x = Value(-3.0)
    (nn.l1_penalty([x], 0.5) + nn.l2_penalty([x], 0.5)).backward()
    assert x.grad == -0.5 - 3.0


# -- reprs -----------------------------------------------------------------------------------------


def test_reprs():
    assert [repr(m) for m in (
        Conv2d(1, 2, 3), MaxPool2d(2), LayerNorm(3), BatchNorm(3), Dropout(0.25), LSTM(1, 2),
        Embedding(3, 2), Attention(4, 2), Residual(Layer(2, 2)),
    )] == [
        "Conv2d(1, 2, 3, stride=1, padding=0, activation='relu')", "MaxPool2d(2, stride=2)",
        "LayerNorm(3)", "BatchNorm(3)", "Dropout(0.25)", "LSTM(1, 2)", "Embedding(3, 2)",
        "Attention(4, heads=2, causal=True)", "Residual(Layer(2, 2, activation='relu'))",
    ]  # fmt: skip


def test_a_recurrence_of_ones_own_needs_a_step():
    class Nothing(nn.modules.recurrent.Recurrent):
        pass

    with pytest.raises(NotImplementedError, match=r"Nothing has no step: define step\(self, row"):
        Nothing(1, 1)([1.0])
    assert issubclass(Nothing, Module)
