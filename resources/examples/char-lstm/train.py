"""Train the character model on the source text of this Python's standard library.

    python resources/examples/char-lstm/train.py

None of that text is stored: only the weights, and the bits per character reached on
files that were held out. Takes about 20 minutes on one core.
"""

import json
import math
import random
import sysconfig
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

FOLDER = Path(__file__).parent
VOCABULARY = ("\n", *(chr(code) for code in range(32, 127)))
INDEX = {character: index for index, character in enumerate(VOCABULARY)}

# Tables and test data teach a model of code nothing about code.
SKIPPED = {"site-packages", "test", "tests", "idlelib", "encodings", "lib2to3"}
SKIPPED |= {"pydoc_data", "turtledemo", "__pycache__"}

EMBEDDING, HIDDEN, LAYERS = 32, 160, 2
ROWS, CHUNK, UPDATES = 64, 128, 6000
FRESH_START = 0.02
"""Share of rows whose state is set to zeros before a chunk: where a user begins."""


class CharacterModel(nn.Module):
    """Embedding, two LSTM layers, and a score for each next character."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(VOCABULARY), EMBEDDING)
        self.lstm = nn.LSTM(EMBEDDING, HIDDEN, LAYERS, batch_first=True)
        self.head = nn.Linear(HIDDEN, len(VOCABULARY))

    def forward(
        self, tokens: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return scores (batch, step, token), and the state after the last step."""
        output, state = self.lstm(self.embedding(tokens), state)
        return self.head(output), state


def encode(text: str) -> Tensor:
    """Return the tokens of ``text``, which holds no character but the vocabulary's."""
    return torch.tensor([INDEX[character] for character in text])


def library_text() -> tuple[str, str]:
    """Return the text to learn from, and the text of files that were held out."""
    root = Path(sysconfig.get_paths()["stdlib"])
    paths = sorted(
        path
        for path in root.rglob("*.py")
        if not SKIPPED & set(path.relative_to(root).parts)
    )
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in paths]
    texts = [text for text in texts if text and not set(text) - set(VOCABULARY)]
    random.Random(0).shuffle(texts)
    held_out = len(texts) // 40
    return "".join(texts[held_out:]), "".join(texts[:held_out])


def train(text: str) -> CharacterModel:
    """Return a model trained by truncated backpropagation, the state carried on."""
    torch.manual_seed(0)
    model = CharacterModel()
    optimiser = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=4e-3, total_steps=UPDATES, pct_start=0.05
    )
    tokens = encode(text)
    rows = tokens[: len(tokens) // ROWS * ROWS].view(ROWS, -1)
    chunks = (rows.shape[1] - 1) // CHUNK
    zeros = torch.zeros(LAYERS, ROWS, HIDDEN)
    state = (zeros, zeros)
    running = math.log(len(VOCABULARY))
    for update in range(UPDATES):
        start = update % chunks * CHUNK
        inputs = rows[:, start : start + CHUNK]
        targets = rows[:, start + 1 : start + CHUNK + 1]
        kept = (torch.rand(1, ROWS, 1) >= FRESH_START).float()
        scores, state = model(inputs, (state[0] * kept, state[1] * kept))
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten())
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        state = (state[0].detach(), state[1].detach())
        running += 0.01 * (float(loss.detach()) - running)
        if update % 200 == 199:
            bits = running / math.log(2)
            print(f"update {update + 1} of {UPDATES}: {bits:.3f} bits", flush=True)
    return model


def bits_per_character(model: CharacterModel, text: str) -> float:
    """Return the mean of ``-log2 p(next character)`` over ``text``, from zeros."""
    tokens = encode(text)[None]
    with torch.inference_mode():
        scores, _ = model(tokens[:, :-1])
        loss = nn.functional.cross_entropy(scores[0], tokens[0, 1:])
    return float(loss) / math.log(2)


def main() -> None:
    """Train, measure, and write the weights and the figure reached."""
    text, held_out = library_text()
    print(f"{len(text)} characters to learn from, {len(held_out)} held out", flush=True)
    model = train(text)
    metadata = {"vocabulary": json.dumps(VOCABULARY)}
    save_file(model.state_dict(), FOLDER / "model.safetensors", metadata)
    figures = {
        "characters learned from": len(text),
        "bits per character on files held out": round(
            bits_per_character(model, held_out), 3
        ),
    }
    path = FOLDER / "example.json"
    example = json.loads(path.read_text(encoding="utf-8"))
    example["figures"] = figures
    path.write_text(json.dumps(example, indent=2) + "\n", encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
