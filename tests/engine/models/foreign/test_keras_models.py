"""Models of Keras run as their description tells, and what does not is named."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstm_studio.engine.models import open_file
from tests.engine.models.foreign.kerasfiles import (
    Kept,
    assert_gives,
    bidirectional,
    computed,
    dense,
    embedding,
    new_weights,
    recurrent,
    save,
    save_keras,
    sequence,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.h5"


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
    assert summary.answers["run"] == (
        f"words.embedding > lstm_4 > {second.name} > hidden > relu > out > softmax"
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
    assert_gives(model, tokens, expected)


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
    assert_gives(model, x, computed(outer, middle))


def test_groups_of_keras_2_13(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "LSTM", "lstm", 3, 4)
    path.write_bytes(new_weights([layer], "_layer_checkpoint_dependencies/"))
    data = path.read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        config = {"class_name": "Sequential", "config": {"layers": [layer.described]}}
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", data)
    assert [layer.name for layer in open_file(path).summary.layers] == ["lstm.l0"]


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
