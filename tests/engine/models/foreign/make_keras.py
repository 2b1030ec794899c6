"""Writes ``keras-VERSION.zip``: small models in the real Keras' files, and its results.

Keras is no dependency of the studio: run this in an environment that has it. Made with
``pip install keras==3.15.1 h5py torch`` and with ``pip install tensorflow-cpu==2.15.1``
(Keras 2). The models are untrained, and made here.
"""

import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
from keras import Input, Model, Sequential, layers

draw = np.random.default_rng(0)
ROWS = draw.normal(size=(2, 6, 3)).astype("float32")
TOKENS = draw.integers(0, 7, (2, 6))


def tokens() -> Model:
    return Sequential(
        [
            Input((None,), dtype="int32"),
            layers.Embedding(7, 4),
            layers.LSTM(5, return_sequences=True),
            layers.Dense(3, activation="softmax"),
        ]
    )


def last_step() -> Model:
    return Sequential(
        [
            Input((None, 3)),
            layers.LSTM(5, return_sequences=True),
            layers.Dropout(0.3),
            layers.LSTM(4),
            layers.Dense(6, activation="relu"),
            layers.Dense(2),
        ]
    )


def gru() -> Model:
    """Keras' default: the state is reset after the matrix product."""
    return Sequential(
        [
            Input((None, 3)),
            layers.GRU(5, return_sequences=True),
            layers.GRU(4, return_sequences=True),
            layers.Dense(2),
        ]
    )


def gru_before() -> Model:
    return Sequential(
        [
            Input((None, 3)),
            layers.GRU(5, return_sequences=True, reset_after=False),
            layers.Dense(2),
        ]
    )


def rnn() -> Model:
    return Sequential(
        [
            Input((None, 3)),
            layers.SimpleRNN(5, return_sequences=True),
            layers.SimpleRNN(4, activation="relu", return_sequences=True),
            layers.TimeDistributed(layers.Dense(2)),
        ]
    )


def both() -> Model:
    return Sequential(
        [
            Input((None, 3)),
            layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
            layers.Bidirectional(layers.GRU(4)),
            layers.Dense(2, activation="sigmoid"),
        ]
    )


def functional() -> Model:
    """Names that say another order than that of the layers, and a model inside."""
    start = Input((None, 3))
    inner = Sequential(
        [Input((None, 4)), layers.LSTM(5, return_sequences=True, use_bias=False)]
    )
    first = layers.LSTM(4, return_sequences=True, name="z_first")(start)
    return Model(start, layers.Dense(2, name="a_head")(inner(first)))


MODELS: tuple[Callable[[], Model], ...] = (
    tokens,
    last_step,
    gru,
    gru_before,
    rnn,
    both,
    functional,
)


def write(make: Callable[[], Model], folder: Path) -> None:
    """Write a model in every form, and what it gives."""
    keras.backend.clear_session()
    model, start = make(), folder / make.__name__
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(draw.normal(0, 0.4, weight.shape).astype("float32"))
    given = TOKENS if make is tokens else ROWS
    output = model.predict(given, verbose=0)
    model.save(f"{start}.keras")
    model.save(f"{start}.h5")
    model.save_weights(f"{start}.weights.h5")
    np.savez(f"{start}.npz", x=given, y=output)


def main() -> None:
    """Write all models into one archive."""
    version = keras.__version__.rpartition(".")[0]
    target = Path(__file__).with_name(f"keras-{version}.zip")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for make in MODELS:
            write(make, folder)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as archive:
            for path in sorted(folder.iterdir()):
                archive.write(path, path.name)


if __name__ == "__main__":
    main()
