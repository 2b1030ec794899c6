"""The commands that need no window, each in a process of its own."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import av
import numpy as np
import pytest
import torch
import zarr
from PIL import Image
from PySide6.QtGui import QImage

from lstm_studio.core.recording import Recording
from tests.export.readers import drawn_pdf, drawn_svg

EXAMPLE = Path(__file__).parents[2] / "resources" / "examples" / "flip-flop"
NO_QT = "import sys; sys.modules['PySide6'] = None; sys.modules['pyqtgraph'] = None\n"
RUN = "import sys\nfrom lstm_studio.cli import main\nsys.exit(main())"


def studio(*arguments: object, qt: bool = False) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "DISPLAY"}
    environment |= {"QT_QPA_PLATFORM": "offscreen"} if qt else {}
    return subprocess.run(
        [sys.executable, "-c", ("" if qt else NO_QT) + RUN, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "run.zarr"
    model, sequence = EXAMPLE / "model.safetensors", EXAMPLE / "sequence.npy"
    done = studio("record", model, sequence, "-o", path)
    assert done.returncode == 0, done.stderr
    assert "certificate holds" in done.stdout
    (path.parent / "said").write_text(done.stdout)
    return path


def test_what_is_recorded_opens(recording: Path) -> None:
    with_steps = Recording.open(recording)
    assert with_steps.state == "complete"
    assert with_steps.length("gru.l0") == 400
    with_steps.close()


def test_what_is_called_zarr_says_how_it_becomes_a_store(recording: Path) -> None:
    line = (recording.parent / "said").read_text().splitlines()[-1]
    command = shlex.split(line.partition(": ")[2])
    assert command[0] == "lstm-studio"
    done = studio(*command[1:])
    assert done.returncode == 0, done.stderr
    store = zarr.open_group(command[-1], mode="r")
    expected = Recording.open(recording).read("gru.l0", "h")
    np.testing.assert_array_equal(store["gru.l0.h"], expected)
    # It keeps a thread of its own.
    zarr.core.sync.cleanup_resources()


def test_a_recording_is_not_written_over(recording: Path) -> None:
    done = studio("record", "model.pt", "sequence.npy", "-o", recording)
    assert done.returncode == 1
    assert "is there already. Choose another name." in done.stderr


def test_a_model_that_is_missing_is_said_in_one_line(tmp_path: Path) -> None:
    done = studio("record", tmp_path / "none.pt", "generate:sine", "-o", tmp_path / "r")
    assert done.returncode == 1
    assert done.stderr.startswith("lstm-studio: ")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "r").exists()


def test_info_says_what_a_recording_holds(recording: Path) -> None:
    done = studio("info", recording)
    assert done.returncode == 0, done.stderr
    assert "gru.l0" in done.stdout
    assert "state: complete" in done.stdout


def test_info_says_what_a_model_takes() -> None:
    done = studio("info", EXAMPLE / "model.safetensors")
    assert done.returncode == 0, done.stderr
    assert "takes 3 features per step" in done.stdout
    assert "--answer head=every step" in done.stdout


def test_export_writes_the_asked_window(recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "states.npz"
    chosen = ("--stream", "h", "--stream", "z", "--steps", "5:20", "--units", "0,3-5")
    done = studio("export", recording, "-o", path, *chosen)
    assert done.returncode == 0, done.stderr
    source = Recording.open(recording)
    with np.load(path) as arrays:
        units = np.array([0, 3, 4, 5])
        for stream in ("h", "z"):
            expected = source.read("gru.l0", stream, slice(5, 20), units)
            np.testing.assert_array_equal(arrays[f"gru.l0.{stream}"], expected)
        assert "flip" in done.stdout or "states.npz" in done.stdout
        assert json.loads(str(arrays["origin.json"]))
    source.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--layer", "x"), "No layer is called x. Layers are: gru.l0."),
        (("--steps", "9:5"), "'9:5' is not FIRST:STOP"),
        (("--units", "a"), "'a' is not like 1,4-6"),
    ],
)
def test_what_export_cannot_do_is_said(
    recording: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = studio("export", recording, "-o", tmp_path / "x.npz", *arguments)
    assert done.returncode != 0
    assert said in done.stderr
    assert not (tmp_path / "x.npz").exists()


def test_picture_draws_the_chosen_panels(recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "figure.png"
    panels = ("--panel", "heatmaps", "--panel", "gates")
    size = ("--size", "900x700", "--scale", "2", "--step", "202", "--unit", "8")
    done = studio("picture", recording, *panels, *size, "-o", path, qt=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)
    assert image.width() == 1800
    assert image.height() >= 1400
    assert "step 202" in image.text("Description")
    # Light for print, with both ends of the map of states.
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(-1, 4)
    pixels = rows[:, 2::-1].astype(int)
    assert (pixels.min(axis=1) > 250).mean() > 0.2
    red, _, blue = pixels.T
    assert (red - blue > 100).mean() > 0.01
    assert (blue - red > 100).mean() > 0.01


def test_picture_names_the_panels_that_there_are(
    recording: Path, tmp_path: Path
) -> None:
    path = tmp_path / "figure.svg"
    done = studio("picture", recording, "--panel", "nix", "-o", path, qt=True)
    assert done.returncode == 1
    assert "No panel is called nix. Panels are: input, heatmaps" in done.stderr
    assert not path.exists()


@pytest.mark.parametrize(("form", "read"), [("svg", drawn_svg), ("pdf", drawn_pdf)])
def test_other_programs_read_the_figure(
    recording: Path,
    tmp_path: Path,
    form: str,
    read: Callable[[Path, int], np.ndarray],
) -> None:
    path = tmp_path / f"fig.{form}"
    done = studio("picture", recording, "--panel", "heatmaps", "-o", path, qt=True)
    assert done.returncode == 0, done.stderr
    image = read(path, 1360)
    assert image.shape[1] == 1360
    red, _, blue = image.reshape(-1, 3).T
    assert (red - blue > 100).mean() > 0.01
    assert (blue - red > 100).mean() > 0.01


def test_picture_takes_millimetres_and_draws_each_layer(
    recording: Path, tmp_path: Path
) -> None:
    path = tmp_path / "figure.png"
    size = ("--mm", "120x80", "--dpi", "300", "--no-caption", "--each-layer")
    done = studio("picture", recording, *size, "-o", path, qt=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{tmp_path / 'figure-gru.l0.png'}\n"
    image = QImage(str(tmp_path / "figure-gru.l0.png"))
    assert abs(image.width() - 120 / 25.4 * 300) <= 3
    assert abs(image.height() - 80 / 25.4 * 300) <= 4
    assert round(image.dotsPerMeterX() * 0.0254) == 300


@pytest.mark.parametrize("form", ["gif", "mp4"])
def test_film_goes_over_the_steps(recording: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"film.{form}"
    chosen = ("--steps", "10:20", "--every", "3", "--fps", "4", "--size", "500x400")
    done = studio("film", recording, *chosen, "-o", path, qt=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    if form == "gif":
        with Image.open(path) as image:
            assert (image.n_frames, image.size) == (4, (500, 400))
            assert image.info["duration"] == 250
    else:
        with av.open(str(path)) as container:
            frames = [each.to_ndarray() for each in container.decode(video=0)]
            assert len(frames) == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--steps", "900:950"), "The recording has no steps 900 to 950."),
        (("--fps", "90"), "Choose one from 1 to 50."),
        (("--panel", "nix"), "No panel is called nix."),
    ],
)
def test_what_film_cannot_do_is_said(
    recording: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    path = tmp_path / "film.gif"
    done = studio("film", recording, *arguments, "-o", path, qt=True)
    assert done.returncode == 1
    assert said in done.stderr
    assert not path.exists()


def test_doctor_looks_at_everything() -> None:
    done = studio("doctor")
    assert done.returncode == 0, done.stdout
    assert f"ok Python {sys.version_info[0]}." in done.stdout
    assert "torch 2." in done.stdout


def test_the_version_is_said() -> None:
    done = studio("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"LSTM Studio {version('lstm-studio')}\n"


class Reader(torch.nn.Module):
    """A model that can be scripted."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = torch.nn.LSTM(3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lstm(x)[0]


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_what_runs_code_says_how_it_is_opened_from_here(tmp_path: Path) -> None:
    model = tmp_path / "reader.pt"
    torch.jit.script(Reader()).save(str(model))
    refused = studio("info", model)
    assert refused.returncode == 1
    said = re.findall(r"^  (--.*?)  ", refused.stderr, re.MULTILINE)
    assert len(said) == 2
    for line in said:
        done = studio("info", model, *line.split())
        assert (done.returncode, done.stderr) == (0, ""), line


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_a_program_without_forward_is_said_in_one_line(tmp_path: Path) -> None:
    model = tmp_path / "alone.pt"
    torch.jit.script(torch.nn.LSTM(3, 4)).save(str(model))
    done = studio("info", model, "--trust")
    assert done.returncode == 1
    assert done.stderr.startswith("lstm-studio: The program has no forward()")
    assert done.stderr.count("\n") == 1
