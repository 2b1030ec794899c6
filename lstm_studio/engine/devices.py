"""Where a model can run: the CPU, each CUDA device, MPS."""

import torch

from lstm_studio.core.errors import CannotRun


def devices() -> tuple[str, ...]:
    """Return the devices of this machine, as torch names them."""
    found = ["cpu", *(f"cuda:{n}" for n in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        found.append("mps")
    return tuple(found)


def check_device(name: str) -> torch.device:
    """Return a device on which a tensor could be made.

    Raises
    ------
    CannotRun
        If torch does not know the device, or it does not answer.
    """
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        first = str(error).strip().splitlines()[0]
        raise CannotRun(
            f"The device {name} does not answer: {first}",
            "Run on the CPU instead.",
        ) from error
    return device
