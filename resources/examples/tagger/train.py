"""Train a bidirectional LSTM to tag words by the brackets that they stand between.

    python resources/examples/tagger/train.py

A generated language of nested groups. A group opens with ``(`` or ``[`` and closes,
whichever of them it was, with ``.`` or ``!``. The tag of a token tells both ends of
the innermost group around it: how it opened, which only the forward direction knows,
and how it will close, which only the reverse direction knows.
Takes about ten minutes on one core.
"""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

FOLDER = Path(__file__).parent
OPENERS, CLOSERS = ("(", "["), (".", "!")
WORDS = ("ash", "birch", "cedar", "elm", "fir", "hazel", "oak", "pine")
VOCABULARY = (*WORDS, *OPENERS, *CLOSERS)
TAGS = ("outside", "( .", "( !", "[ .", "[ !")
INDEX = {token: index for index, token in enumerate(VOCABULARY)}

DEEPEST = 4
EMBEDDING, HIDDEN = 16, 48
STEPS, BATCH, UPDATES = 64, 64, 6000


class Tagger(nn.Module):
    """Embedding, one bidirectional LSTM layer, and a score for each tag."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(VOCABULARY), EMBEDDING)
        self.lstm = nn.LSTM(EMBEDDING, HIDDEN, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * HIDDEN, len(TAGS))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return scores (batch, step, tag)."""
        scores: Tensor = self.head(self.lstm(self.embedding(tokens))[0])
        return scores


def sentence(
    steps: int, generator: np.random.Generator
) -> tuple[list[str], list[int], list[int]]:
    """Return ``steps`` tokens, the tag of each, and its depth of nesting.

    A token that opens or closes a group belongs to it.
    """
    tokens: list[str] = []
    tags = [0] * steps
    depths = [0] * steps
    # Of each open group: its step, its opener, and the steps that it holds itself.
    stack: list[tuple[str, list[int]]] = []
    for step in range(steps):
        must_close = steps - step <= len(stack)
        may_open = len(stack) < DEEPEST and steps - step > len(stack) + 1
        draw = generator.random()
        if may_open and draw < 0.22:
            tokens.append(OPENERS[generator.integers(2)])
            stack.append((tokens[-1], []))
        closes = must_close or (bool(stack) and not may_open and draw < 0.22)
        closes = closes or (bool(stack) and draw > 0.80)
        depths[step] = len(stack)
        if len(tokens) > step:
            stack[-1][1].append(step)
        elif closes:
            tokens.append(CLOSERS[generator.integers(2)])
            opener, held = stack.pop()
            kind = 1 + 2 * OPENERS.index(opener) + CLOSERS.index(tokens[-1])
            for inside in (*held, step):
                tags[inside] = kind
        else:
            tokens.append(WORDS[generator.integers(len(WORDS))])
            if stack:
                stack[-1][1].append(step)
    return tokens, tags, depths


def batch(
    count: int, steps: int, generator: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Return tokens and tags, both (sample, step)."""
    drawn = [sentence(steps, generator) for _ in range(count)]
    tokens = torch.tensor([[INDEX[token] for token in one[0]] for one in drawn])
    return tokens, torch.tensor([one[1] for one in drawn])


def train() -> Tagger:
    """Return a trained model."""
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    model = Tagger()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=1e-2, total_steps=UPDATES, pct_start=0.1
    )
    for update in range(UPDATES):
        tokens, tags = batch(BATCH, STEPS, generator)
        scores = model(tokens)
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), tags.flatten())
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if update % 500 == 499:
            print(f"update {update + 1} of {UPDATES}: {float(loss.detach()):.6f}")
    return model


def accuracy(model: Tagger, count: int = 200, steps: int = 120) -> float:
    """Return the share of tokens of fresh sentences that get their tag."""
    tokens, tags = batch(count, steps, np.random.default_rng(1))
    with torch.inference_mode():
        return float((model(tokens).argmax(-1) == tags).float().mean())


def main() -> None:
    """Train, measure, and write the weights, the figure and the sequence shown."""
    model = train()
    metadata = {"vocabulary": json.dumps(VOCABULARY)}
    save_file(model.state_dict(), FOLDER / "model.safetensors", metadata)
    figures = {
        "tokens tagged right, in 200 fresh sentences of 120": round(accuracy(model), 6)
    }
    tokens, _, _ = sentence(120, np.random.default_rng(2))
    (FOLDER / "sequence.txt").write_text(" ".join(tokens) + "\n", encoding="utf-8")
    path = FOLDER / "example.json"
    example = json.loads(path.read_text(encoding="utf-8"))
    example["figures"] = figures
    path.write_text(json.dumps(example, indent=2) + "\n", encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
