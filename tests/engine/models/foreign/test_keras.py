"""Files of Keras open as PyTorch's layers, and give what Keras' formulas compute."""

import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models import OpenedModel, open_file
from tests.engine.models.foreign.kerasfiles import (
    Kept,
    bidirectional,
    computed,
    dense,
    embedding,
    new_weights,
    recurrent,
    save,
    save_keras,
)

CLOSE = 1e-6
LAYOUTS = ["keras 3", "keras 2", "keras 2 weights", "keras 3 weights"]


@pytest.fixture
def draw() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.h5"


def sequence(width: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(2, 7, width)).astype(np.float32)


def rebuilt(model: OpenedModel, x: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        output: np.ndarray = model.module(torch.from_numpy(x)).numpy()
    return output


def names(model: OpenedModel) -> list[str]:
    return [layer.name for layer in model.summary.layers]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_layers_give_what_the_formulas_compute(
    path: Path, draw: np.random.Generator, kind: str, bias: bool, layout: str
) -> None:
    layer = recurrent(draw, kind, "states", 3, 5, use_bias=bias)
    save(path, [layer], layout)
    model = open_file(path)
    [opened] = model.summary.layers
    assert opened.kind == {"LSTM": "lstm", "GRU": "gru"}.get(kind, "rnn_tanh")
    assert (opened.sizes.input, opened.sizes.hidden, opened.bias) == (3, 5, bias)
    x = sequence(3)
    np.testing.assert_allclose(
        rebuilt(model, x), computed(layer, x), rtol=0, atol=CLOSE
    )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_both_directions(
    path: Path, draw: np.random.Generator, kind: str, layout: str
) -> None:
    layer = bidirectional(draw, kind, "both", 3, 4)
    save(path, [layer], layout)
    model = open_file(path)
    assert [layer.direction for layer in model.summary.layers] == ["forward", "reverse"]
    x = sequence(3)
    np.testing.assert_allclose(
        rebuilt(model, x), computed(layer, x), rtol=0, atol=CLOSE
    )


def test_relu(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "SimpleRNN", "rnn", 3, 4, activation="relu")
    save(path, [layer], "keras 3")
    model = open_file(path)
    assert model.summary.layers[0].kind == "rnn_relu"
    x = sequence(3)
    np.testing.assert_allclose(
        rebuilt(model, x), computed(layer, x), rtol=0, atol=CLOSE
    )


@pytest.mark.parametrize("layout", ["keras 3", "keras 2"])
@pytest.mark.parametrize("last", ["LSTM", "Bidirectional"])
def test_a_classifier_runs_as_a_whole(
    path: Path, draw: np.random.Generator, layout: str, last: str
) -> None:
    table = embedding(draw, "words", 11, 3)
    first = recurrent(draw, "LSTM", "lstm_4", 3, 5)
    if last == "LSTM":
        second = recurrent(draw, "LSTM", "lstm_3", 5, 4, return_sequences=False)
    else:
        second = bidirectional(draw, "GRU", "both", 5, 4, return_sequences=False)
    width = 4 if last == "LSTM" else 8
    one, two = dense(draw, "hidden", width, 6, "relu"), dense(draw, "out", 6, 3)
    two.told["activation"] = "softmax"
    dropout = Kept("Dropout", "dropout", {"rate": 0.5})
    start = Kept("InputLayer", "input", {"batch_shape": [None, None]})
    save(path, [start, table, first, dropout, second, one, two], layout)
    model = open_file(path)
    summary = model.summary
    second_name = "lstm_3" if last == "LSTM" else "both"
    assert summary.answers["run"] == (
        f"words.embedding > lstm_4 > {second_name} > hidden > relu > out > softmax"
    )
    assert summary.answers["head"] == ("last step" if last == "LSTM" else "final state")
    assert summary.form == (
        "Keras file (.keras)" if layout == "keras 3" else "Keras model (.h5, 2.15.0)"
    )
    assert summary.notes == ()
    tokens = np.random.default_rng(2).integers(0, 11, (2, 9))
    x = computed(second, computed(first, table.new["vars/0"][tokens]))
    ends = (x[:, -1],) if last == "LSTM" else (x[:, -1, :4], x[:, 0, 4:])
    x = np.concatenate(ends, -1)
    x = np.maximum(x @ one.new["vars/0"] + one.new["vars/1"], 0)
    x = np.exp(x @ two.new["vars/0"] + two.new["vars/1"])
    expected = x / x.sum(-1, keepdims=True)
    np.testing.assert_allclose(rebuilt(model, tokens), expected, rtol=0, atol=CLOSE)


def test_groups_of_keras_2_13(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "LSTM", "lstm", 3, 4)
    path.write_bytes(new_weights([layer], "_layer_checkpoint_dependencies/"))
    data = path.read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        config = {"class_name": "Sequential", "config": {"layers": [layer.described]}}
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", data)
    assert names(open_file(path)) == ["lstm.l0"]


def functional(layers: list[Kept], sources: list[list[str]], new: bool) -> object:
    """Describe a functional model, whose layers name what they take."""
    described = []
    for layer, names in zip(layers, sources, strict=True):
        if new:
            history = [
                {
                    "class_name": "__keras_tensor__",
                    "config": {"keras_history": [n, 0, 0]},
                }
                for n in names
            ]
            inbound: list[Any] = [{"args": history, "kwargs": {}}] if names else []
        else:
            inbound = [[[n, 0, 0, {}] for n in names]] if names else []
        described.append(
            {**layer.described, "name": layer.name, "inbound_nodes": inbound}
        )
    config = {"layers": described, "output_layers": [[layers[-1].name, 0, 0]]}
    return {"class_name": "Functional", "config": config}


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("branches", [False, True])
def test_functional_models(
    path: Path, draw: np.random.Generator, new: bool, branches: bool
) -> None:
    layers = [
        Kept("InputLayer", "input", {}),
        recurrent(draw, "LSTM", "one", 3, 4),
        recurrent(draw, "LSTM", "two", 4 if not branches else 3, 4),
        dense(draw, "out", 4, 2, "sigmoid"),
    ]
    second = "input" if branches else "one"
    config = functional(layers, [[], ["input"], [second], ["two"]], new)
    save_keras(path, layers, config)
    model = open_file(path)
    branched = (
        "The layers of the file branch: their order is proposed from their sizes."
    )
    assert (branched in model.summary.notes) == branches
    if branches:
        assert model.summary.answers["run"] == "one > out"
    else:
        assert model.summary.answers["run"] == "one > two > out > sigmoid"


def test_models_inside_models(path: Path, draw: np.random.Generator) -> None:
    inner = [recurrent(draw, "LSTM", "inside", 3, 4), dense(draw, "middle", 4, 5)]
    outer = recurrent(draw, "LSTM", "outside", 5, 2)
    described = {
        "class_name": "Sequential",
        "config": {"name": "encoder", "layers": [each.described for each in inner]},
    }
    arrays = {
        f"layers/{kind}/{inside}": array
        for kind, each in zip(("lstm", "dense"), inner, strict=True)
        for inside, array in each.new.items()
    }
    nested = Kept("Sequential", "encoder", {}, arrays)
    config = {
        "class_name": "Sequential",
        "config": {"layers": [described, outer.described]},
    }
    save_keras(path, [nested, outer], config)
    model, x = open_file(path), sequence(3)
    assert model.summary.answers["run"] == "inside > middle > outside"
    middle = computed(inner[0], x) @ inner[1].new["vars/0"] + inner[1].new["vars/1"]
    np.testing.assert_allclose(
        rebuilt(model, x), computed(outer, middle), rtol=0, atol=CLOSE
    )


def test_layers_with_code_are_named_and_never_run(
    path: Path, draw: np.random.Generator
) -> None:
    canary = path.with_name("canary")
    code = f"__import__('os').system('touch {canary}')"
    hostile = {"function": {"class_name": "__lambda__", "config": {"code": code}}}
    layers = [
        Kept("Lambda", "before", hostile),
        recurrent(draw, "LSTM", "lstm", 3, 4),
        Kept("Lambda", "after", hostile),
        dense(draw, "out", 4, 2),
    ]
    for layout in ("keras 3", "keras 2"):
        save(path, layers, layout)
        model = open_file(path)
        assert model.summary.answers["run"] == "lstm"
        assert (
            "Before lstm the file runs Lambda, which is not rebuilt: the sequence is "
            "what comes out of it."
        ) in model.summary.notes
        assert (
            "After these parts the file runs Lambda, which is not rebuilt."
            in model.summary.notes
        )
        assert not canary.exists()


def test_what_keras_does_beside_is_said(path: Path, draw: np.random.Generator) -> None:
    layers = [
        Kept("Masking", "hidden", {"mask_value": 0.0}),
        recurrent(draw, "LSTM", "lstm", 3, 4, stateful=True),
        bidirectional(draw, "LSTM", "both", 4, 2, "sum"),
        dense(draw, "out", 2, 2),
    ]
    save(path, layers, "keras 3")
    assert open_file(path).summary.notes[:3] == (
        "hidden hides padding from the layers after it in Keras: here every step "
        "counts.",
        "lstm keeps its state from batch to batch in Keras: here each run begins with "
        "zeros.",
        "After these parts the file runs sum of the directions of both, which is not "
        "rebuilt.",
    )


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "reset before": (
        {"kind": "GRU", "reset_after": False},
        r"it resets the state before the matrix product \(reset_after=False\), and "
        "torch.nn.GRU does after it",
    ),
    "hard sigmoid": (
        {"kind": "LSTM", "recurrent_activation": "hard_sigmoid"},
        "its functions are hard_sigmoid and tanh, and PyTorch's are sigmoid and tanh",
    ),
    "no function": (
        {"kind": "SimpleRNN", "activation": "linear"},
        "its functions are linear, and PyTorch's are tanh and relu",
    ),
    "backwards": (
        {"kind": "LSTM", "go_backwards": True},
        "it runs from the last step to the first only",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("layout", ["keras 3", "keras 2"])
def test_layers_that_pytorch_has_not(
    path: Path, draw: np.random.Generator, what: str, layout: str
) -> None:
    told, message = REFUSED[what]
    options = dict(told)
    layer = recurrent(draw, options.pop("kind"), "states", 3, 4, **options)
    save(path, [layer], layout)
    with pytest.raises(
        CannotOpen, match=f"no recurrent layer that PyTorch has too: states: {message}"
    ) as refused:
        open_file(path)
    assert refused.value.next_step == "Save the model with a layer that torch.nn has."


@pytest.mark.parametrize("layout", ["keras 2 weights", "keras 3 weights"])
def test_one_bias_tells_a_gru_that_resets_before(
    path: Path, draw: np.random.Generator, layout: str
) -> None:
    save(path, [recurrent(draw, "GRU", "gru", 3, 4, reset_after=False)], layout)
    with pytest.raises(CannotOpen, match=r"before the matrix product"):
        open_file(path)


@pytest.mark.parametrize("kind", ["CuDNNLSTM", "ConvLSTM2D", "RNN"])
def test_layers_of_other_kinds(
    path: Path, draw: np.random.Generator, kind: str
) -> None:
    layer = recurrent(draw, "LSTM", "states", 3, 4)
    layer.kind = kind
    save(path, [layer], "keras 3")
    with pytest.raises(CannotOpen, match=f"states: torch.nn has no layer like {kind}"):
        open_file(path)


def test_a_cell_that_is_wrapped(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "LSTM", "states", 3, 4)
    cell = {"class_name": "LSTMCell", "config": {"units": 4}}
    wrapped = Kept("RNN", "states", {"cell": cell}, layer.new)
    save(path, [wrapped], "keras 3")
    model, x = open_file(path), sequence(3)
    np.testing.assert_allclose(
        rebuilt(model, x), computed(layer, x), rtol=0, atol=CLOSE
    )


def damaged_config(path: Path, draw: np.random.Generator) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{")
        archive.writestr("model.weights.h5", new_weights([]))


def deep_config(path: Path, draw: np.random.Generator) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "[" * 60_000


def cut(path: Path, draw: np.random.Generator) -> None:
    save(path, [recurrent(draw, "LSTM", "lstm", 3, 4)], "keras 2")
    path.write_bytes(path.read_bytes()[:3000])


def no_layer(path: Path, draw: np.random.Generator) -> None:
    save(path, [dense(draw, "out", 3, 2)], "keras 3")


def plain_hdf5(path: Path, draw: np.random.Generator) -> None:
    with h5py.File(path, "w") as file:
        file["flow"] = np.zeros(3)


def missing_array(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "LSTM", "lstm", 3, 4)
    del layer.new["cell/vars/1"]
    save(path, [layer], "keras 3")


def disagreeing(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "LSTM", "lstm", 3, 4)
    layer.new["cell/vars/0"] = np.zeros((3, 15), np.float32)
    save(path, [layer], "keras 3")


def whole_numbers(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "LSTM", "lstm", 3, 4)
    layer.new["cell/vars/0"] = np.zeros((3, 16), np.int8)
    save(path, [layer], "keras 3")


def claim(path: Path, draw: np.random.Generator) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/lstm/cell/vars/0", (10**6, 10**6), "f4")


def linked(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "LSTM", "lstm", 3, 4)
    secret = path.with_name("secret.h5")
    save(secret, [layer], "keras 3 weights")
    with h5py.File(path, "w") as file:
        for index in range(3):
            inside = f"layers/lstm/cell/vars/{index}"
            file[inside] = h5py.ExternalLink(str(secret), inside)
        file.create_group("layers/lstm/vars")
        file.attrs["keras_version"] = "3.0.0"


BAD: dict[Callable[[Path, np.random.Generator], None], str] = {
    damaged_config: "model.h5 has a damaged description of its layers",
    deep_config: "model.h5 is a damaged or incomplete file of Keras",
    cut: "model.h5 is a damaged or incomplete file of Keras",
    no_layer: "model.h5 has no recurrent layer in it",
    plain_hdf5: "is an HDF5 file with 1 arrays, and holds no model of Keras",
    missing_array: "lstm: its recurrent_kernel is not in the file",
    disagreeing: "lstm: the sizes of its weights disagree",
    whole_numbers: "lstm: its weights are int8, no real numbers",
    claim: "take more than 16 times what is stored",
    linked: "model.h5 has no recurrent layer in it",
}


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.__name__)
def test_bad_files(
    path: Path,
    draw: np.random.Generator,
    bad: Callable[[Path, np.random.Generator], None],
) -> None:
    bad(path, draw)
    with pytest.raises(CannotOpen, match=BAD[bad]) as refused:
        open_file(path)
    assert refused.value.next_step


def test_groups_that_hold_themselves(path: Path, draw: np.random.Generator) -> None:
    """Twice each: 2^20 paths for a naive walk."""
    save(path, [recurrent(draw, "LSTM", "lstm", 3, 4)], "keras 3 weights")
    with h5py.File(path, "a") as file:
        file["again"] = file["/"]
        file["once more"] = file["/"]
    assert len(open_file(path).summary.layers) == 1


def test_filters_that_are_programs_are_not_loaded(
    path: Path, draw: np.random.Generator
) -> None:
    layer = recurrent(draw, "LSTM", "lstm", 3, 4)
    save(path, [layer], "keras 3 weights")
    with h5py.File(path, "a") as file:
        del file["layers/lstm/cell/vars/0"]
        # Filters may be left out where they fail, so the file can be made without it.
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((3, 16))
        plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, ())
        space = h5py.h5s.create_simple((3, 16))
        h5py.h5d.create(
            file["layers/lstm/cell/vars"].id, b"0", h5py.h5t.IEEE_F32LE, space, plist
        )
    with pytest.raises(CannotOpen, match="packed by a program of others"):
        open_file(path)


def test_half_precision(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "LSTM", "lstm", 3, 4)
    exact = {name: torch.from_numpy(array) for name, array in layer.new.items()}
    for name, array in list(layer.new.items()):
        if array.dtype == np.float32:
            half = torch.from_numpy(array).to(torch.bfloat16).view(torch.int16)
            layer.new[name] = half.numpy().view("V2")
    save(path, [layer], "keras 3")
    module = open_file(path).module
    expected = exact["cell/vars/0"].T.to(torch.bfloat16)
    assert torch.equal(module.lstm.weight_ih_l0, expected)


def test_without_the_library(
    path: Path, draw: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(path, [recurrent(draw, "LSTM", "lstm", 3, 4)], "keras 3")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(CannotOpen, match="A Keras model takes the library h5py") as no:
        open_file(path)
    assert no.value.next_step == 'Install it: pip install "lstm-studio[hdf5]"'
