"""A model that is fed what it returned goes on by itself, from a seed."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import lstm_studio
from lstm_studio.core.errors import CannotRun
from lstm_studio.core.examples import example
from lstm_studio.engine.capture.sampling import following
from lstm_studio.engine.capture.stepper import Stepper
from lstm_studio.engine.models import open_file
from lstm_studio.engine.sequences import open_sequence
from tests.engine.capture.seeded import FIRST, Tokens, noise, seeded, tokens


def test_tokens_drawn_with_a_seed_are_the_same_again() -> None:
    model, x = seeded(Tokens), tokens(2, 12)
    drawn = [Stepper(model, x).sample(30, seed=seed) for seed in (7, 7, 8)]
    assert drawn[0].shape == (2, 30)
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    stepper = Stepper(model, x)
    apart = [stepper.sample(10, seed=7), stepper.sample(20)]
    assert torch.equal(torch.cat(apart, 1), drawn[0])


def test_argmax_is_what_the_whole_sequence_calls_most_likely() -> None:
    model, x = seeded(Tokens), tokens(1, 12)
    stepper = Stepper(model, x)
    added = stepper.sample(20, temperature=0.0)
    with torch.no_grad():
        for _ in range(20):
            x = torch.cat([x, model(x)[:, -1:].argmax(-1)], 1)
    assert torch.equal(added, x[:, 12:])
    assert stepper.recording.output.shape == (1, 32, 11)


def test_temperature_is_that_of_the_softmax() -> None:
    logits = noise(11)
    template = torch.zeros(4000, 1, dtype=torch.int64)
    last = logits.expand(4000, 1, 11).numpy()
    generator = torch.Generator().manual_seed(3)
    drawn = following(last, template, 0.5, generator)[:, 0]
    shares = torch.softmax(logits / 0.5, 0)
    counts = torch.bincount(drawn, minlength=11) / 4000
    assert float((counts - shares).abs().max()) < 0.03
    probabilities = torch.softmax(logits, 0).expand(4000, 1, 11).numpy()
    generator.manual_seed(3)
    assert torch.equal(following(probabilities, template, 0.5, generator)[:, 0], drawn)


def test_numbers_are_fed_back_where_they_are_as_wide() -> None:
    model, x = seeded(nn.GRU, 3, 3, **FIRST), noise(2, 12, 3)
    added = Stepper(model, x).sample(5)
    with torch.no_grad():
        for _ in range(5):
            x = torch.cat([x, model(x)[0][:, -1:]], 1)
    torch.testing.assert_close(added, x[:, 12:])
    stepper = Stepper(seeded(nn.GRU, 3, 4, **FIRST), noise(2, 12, 3))
    with pytest.raises(CannotRun, match="cannot be the next input"):
        stepper.sample()


def test_a_recording_in_a_folder_opens_with_what_was_added(tmp_path: Path) -> None:
    stepper = Stepper(seeded(Tokens), tokens(1, 12), store=tmp_path / "kept")
    stepper.sample(8, seed=0)
    states = stepper.recording.read("rnn.l1", "c")
    stepper.recorder.close()
    opened = lstm_studio.Recording.open(tmp_path / "kept")
    np.testing.assert_array_equal(opened.read("rnn.l1", "c"), states)
    assert opened.length("rnn.l1") == 20
    assert opened.output.shape == (1, 20, 11)
    assert opened.sequence is not None
    assert opened.sequence.values.shape == (20, 1)


def test_the_characters_of_the_example_go_on() -> None:
    chosen = example("char-lstm")
    opened = open_file(chosen.model, answers=chosen.answers)
    sequence = open_sequence(chosen.sequence, opened.summary.needs, chosen.choices)
    stepper = Stepper(opened.module, sequence.tensor[:, :300], step_axis=1)
    added = stepper.sample(50, temperature=0.5, seed=0)
    words = [opened.summary.needs.vocabulary[token] for token in added[0].tolist()]
    assert len("".join(words)) == 50
    assert len(set(words)) > 5
    whole = torch.cat([sequence.tensor[:, :300], added], 1)
    with torch.no_grad():
        expected = opened.module(whole)
    np.testing.assert_allclose(stepper.recording.output, expected, atol=1e-4)
