"""Files of six families that others trained: opened and run on their own input."""

import csv
import hashlib
import random
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lstm_studio.core.errors import NeedsTrust
from lstm_studio.engine.capture.record import record
from lstm_studio.engine.models import OpenedModel, open_file

# file, answers, trust, form, layers, input, parts that run
FILES = [
    (
        "beatnet-beat-tracking/model_1_weights.pt",
        "state_dict (PyTorch zip file)",
        ["lstm.l0", "lstm.l1"],
        150,
        "lstm > linear",
    ),
    (
        "beatnet-beat-tracking/model-1_whole_module.pt",
        "whole module model.BDA (PyTorch zip file)",
        ["lstm.l0", "lstm.l1"],
        150,
        "lstm > linear",
    ),
    (
        "cad-predictor-lightning/lstm.ckpt",
        "Lightning checkpoint (PyTorch zip file)",
        ["model.lstm.l0", "model.lstm.l1"],
        23,
        "model.lstm > model.fc",
    ),
    (
        "noaa-owp-lstm-hydrology/camels_trained_test_legacy.pt",
        "state_dict (PyTorch file in the format before 1.6)",
        ["lstm.l0"],
        11,
        "lstm > head.net.0",
    ),
    (
        "noaa-owp-lstm-hydrology/hourly_test_run_2708_model_epoch030.pt",
        "state_dict (PyTorch zip file)",
        ["lstm.l0"],
        4,
        "lstm > head.net.0",
    ),
    (
        "noaa-owp-lstm-hydrology/nh_AORC_25yr_seq999_seed103_model_epoch002.pt",
        "state_dict (PyTorch zip file)",
        ["lstm.l0"],
        10,
        "lstm > head.net.0",
    ),
    (
        "noaa-owp-lstm-hydrology/nh_slope_elev_precip_temp_model_epoch009.pt",
        "state_dict (PyTorch zip file)",
        ["lstm.l0"],
        4,
        "lstm > head.net.0",
    ),
    (
        "noaa-owp-sugar-creek-torchscript/nwmv3_normalarea_trained_state_dict.pt",
        "state_dict (PyTorch zip file)",
        ["lstm.l0"],
        11,
        "lstm > head.net.0",
    ),
    (
        "recurrent-ppo-poc/poc.nn",
        "pickled values (pickle)",
        ["recurrent_layer.l0"],
        3,
        "recurrent_layer > lin_hidden > relu > lin_policy > relu > policy_branches.0",
    ),
    (
        "recurrent-ppo-poc/cartpole_masked.nn",
        "pickled values (pickle)",
        ["recurrent_layer.l0"],
        4,
        "recurrent_layer > lin_hidden > relu > lin_policy > relu > policy_branches.0",
    ),
    (
        "recurrent-ppo-poc/run.nn",
        "pickled values (pickle)",
        ["recurrent_layer.l0"],
        4,
        "recurrent_layer > lin_hidden > relu > lin_policy > relu > policy",
    ),
    (
        "silero-vad/silero_vad_16k.safetensors",
        "safetensors",
        ["lstm_cell"],
        128,
        "lstm_cell > final_conv",
    ),
]
SCRIPTS = [
    ("noaa-owp-sugar-creek-torchscript/sugar_creek_trained.pt", ["lstm.l0"]),
    ("silero-vad/silero_vad.jit", ["_model.decoder.rnn", "_model_8k.decoder.rnn"]),
]


def run(opened: OpenedModel, x: np.ndarray) -> torch.Tensor:
    """Record a run, which must be that of the layers that the summary names."""
    recording = record(opened.module, torch.from_numpy(x))
    declared = {layer.name: layer for layer in opened.summary.layers}
    for name, layer in recording.layers.items():
        # How a module was told to lie its input is known once it ran.
        assert replace(layer, batch_first=None) == declared[name]
        assert recording.length(name) >= x.shape[1]
    certificate = recording.certificate
    assert certificate.layers
    assert all(proof.holds for proof in certificate.layers.values())
    assert certificate.output_difference == 0
    return torch.from_numpy(np.asarray(recording.output))


@pytest.mark.parametrize(("file", "form", "layers", "width", "parts"), FILES)
def test_opens_without_code(
    shared_models: Path, file: str, form: str, layers: list[str], width: int, parts: str
) -> None:
    path = shared_models / file
    opened = open_file(path)
    summary = opened.summary
    assert summary.form == form
    assert [layer.name for layer in summary.layers] == layers
    assert (summary.needs.kind, summary.needs.features) == ("features", width)
    assert summary.answers["run"] == parts
    assert summary.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    output = run(opened, np.zeros((2, 5, width), np.float32))
    assert output.shape[:2] == (2, 5)
    assert output.isfinite().all()


@pytest.mark.parametrize(("file", "layers"), SCRIPTS)
def test_scripts_ask_for_trust_and_open_their_weights_without(
    shared_models: Path, file: str, layers: list[str]
) -> None:
    path = shared_models / file
    with pytest.raises(NeedsTrust, match=r"Open the weights only") as refused:
        open_file(path)
    assert refused.value.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert ".py" in refused.value.imports
    weights = open_file(path, answers={"open": "weights"})
    assert weights.summary.form == "TorchScript, weights only"
    assert weights.summary.layers[0].name == layers[0]
    whole = open_file(path, trust=True)
    assert [layer.name for layer in whole.summary.layers] == layers


def test_no_file_is_changed(shared_models: Path) -> None:
    path = shared_models / FILES[0][0]
    before = path.stat().st_mtime_ns, path.read_bytes()
    open_file(path)
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before


def test_silero_finds_speech_in_its_recording(shared_models: Path) -> None:
    folder = shared_models / "silero-vad"
    with wave.open(str(folder / "input" / "aepyx_8k.wav")) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (8000, 1)
        data = sound.readframes(20 * 8000)
    samples = np.frombuffer(data, "<i2").astype(np.float32) / 2**15
    opened = open_file(folder / "silero_vad.jit", trust=True, answers={"sr": "8000"})
    needs = opened.summary.needs
    assert (needs.kind, needs.features, needs.rate) == ("samples", 256, 8000)
    windows = samples[: len(samples) // 256 * 256].reshape(1, -1, 256)
    probability = run(opened, windows)
    assert probability.shape == (1, 625, 1)
    assert float(probability.mean()) == pytest.approx(0.80, abs=0.02)
    # The state inside the model is forgotten between runs.
    with torch.inference_mode():
        again = opened.module(torch.from_numpy(windows))
    assert torch.equal(again, probability)


def test_hydrology_gives_the_runoff_of_its_notes(shared_models: Path) -> None:
    folder = shared_models / "noaa-owp-lstm-hydrology"
    with (folder / "input" / "cat-67_2015-12_hourly_forcing.csv").open() as file:
        rows = list(csv.DictReader(file))[:720]
    values = np.array(
        [
            (float(r["APCP_surface"]), float(r["TMP_2maboveground"]), 316.7135, 5.0751)
            for r in rows
        ]
    )
    center = np.array([0.14485, 284.6209, 715.036, 45.731])
    scale = np.array([0.86567, 45.767, 772.987, 46.975])
    x = ((values - center) / scale).astype(np.float32)[None]
    opened = open_file(folder / "nh_slope_elev_precip_temp_model_epoch009.pt")
    runoff = run(opened, x)[0, :, 0] * 0.18175 + 0.07878
    assert len(runoff) == 720
    assert 0 < float(runoff.min()) < 0.02
    assert 0.5 < float(runoff.max()) < 1.5
    # The river rises after the rain.
    assert 0 <= int(runoff.argmax()) - int(values[:, 0].argmax()) <= 48


def test_sugar_creek_script_equals_its_rebuilt_weights(shared_models: Path) -> None:
    path = shared_models / "noaa-owp-sugar-creek-torchscript" / "sugar_creek_trained.pt"
    x = np.random.default_rng(0).normal(size=(1, 40, 11)).astype(np.float32)
    whole = open_file(path, trust=True)
    assert any("gives the same output" in note for note in whole.summary.notes)
    script = run(whole, x)
    rebuilt = run(open_file(path, answers={"open": "weights"}), x)
    assert script.shape == rebuilt.shape == (1, 40, 1)
    torch.testing.assert_close(script, rebuilt, rtol=0, atol=1e-6)


def test_whole_module_and_its_weights_are_the_same(shared_models: Path) -> None:
    folder = shared_models / "beatnet-beat-tracking"
    x = np.random.default_rng(0).normal(size=(1, 30, 150)).astype(np.float32)
    whole = open_file(folder / "model-1_whole_module.pt")
    assert any("`model.BDA`" in note for note in whole.summary.notes)
    weights = open_file(folder / "model_1_weights.pt")
    assert torch.equal(run(whole, x), run(weights, x))


def test_classifier_reads_the_last_step_when_told(shared_models: Path) -> None:
    path = shared_models / "cad-predictor-lightning" / "lstm.ckpt"
    answers = {
        "run": "model.lstm > model.fc > softmax",
        "head": "last step",
    }
    x = np.random.default_rng(0).normal(size=(3, 64, 23)).astype(np.float32)
    classes = run(open_file(path, answers=answers), x)
    assert classes.shape == (3, 7)
    torch.testing.assert_close(classes.sum(-1), torch.ones(3))
    every = run(open_file(path).answered({"run": answers["run"]}), x)
    torch.testing.assert_close(every[:, -1], classes)


def test_agent_remembers_where_the_goal_was(shared_models: Path) -> None:
    """Two steps show the goals; greedy play then walks to the right one."""
    opened = open_file(shared_models / "recurrent-ppo-poc" / "poc.nn")
    draw = random.Random(0)
    solved = 0
    for _ in range(200):
        goals = draw.choice([(-1.0, 1.0), (1.0, -1.0)])
        position, seen = 0.0, []
        while abs(position) < 1 and len(seen) < 40:
            shown = goals if len(seen) < 2 else (0.0, 0.0)
            seen.append((shown[0], position, shown[1]))
            with torch.inference_mode():
                logits = opened.module(torch.tensor([seen]))[0, -1]
            position = round(position + (0.2 if int(logits.argmax()) else -0.2), 6)
        solved += goals[0 if position <= -1 else 1] == 1.0 and abs(position) >= 1
    assert solved == 200
