"""The model is left as it was: flags, device, random numbers, no inference tensors."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import chain
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

_Model = TypeVar("_Model", bound=Callable[..., Any])


@contextmanager
def preserved(
    model: Callable[..., Any], device: torch.device | None = None
) -> Iterator[None]:
    """Have ``model`` in evaluation mode on ``device``, and leave it as it was."""
    owner = owner_of(model)
    with ExitStack() as stack:
        stack.enter_context(_random_numbers())
        if owner is not None:
            stack.enter_context(_evaluation(owner))
            stack.callback(_leave_no_inference_tensors, owner)
            if device is not None:
                stack.enter_context(_moved(owner, device))
        yield


def owner_of(model: Callable[..., Any]) -> nn.Module | None:
    """Return the module behind ``model``: itself, or that of a bound method."""
    if isinstance(model, nn.Module):
        return model
    owner = getattr(model, "__self__", None)
    return owner if isinstance(owner, nn.Module) else None


def snapshot(model: _Model) -> _Model:
    """Return a copy of ``model`` with its state as it is now; parameters are shared.

    A model that cannot be copied is returned as it is.
    """
    if not isinstance(model, nn.Module):
        return model
    try:
        return copy.deepcopy(model, {id(p): p for p in model.parameters()})
    except (RuntimeError, TypeError, NotImplementedError):
        # Tensors that are not leaves, open files and locks cannot be copied.
        return model


def device_of(model: Callable[..., Any]) -> torch.device:
    """Return the device of the first parameter or buffer; the CPU without any."""
    owner = owner_of(model)
    if owner is not None:
        for tensor in chain(owner.parameters(), owner.buffers()):
            return tensor.device
    return torch.device("cpu")


def changes_of(parameters: Iterable[Tensor]) -> tuple[int, ...]:
    """Return how often each parameter was changed in place until now."""
    # Inference tensors count no changes.
    return tuple(
        0 if parameter.is_inference() else parameter._version  # noqa: SLF001
        for parameter in parameters
    )


def on_device(values: Any, device: torch.device) -> Any:
    """Return ``values`` with every tensor in it on ``device``."""
    if isinstance(values, Mapping):
        return type(values)((k, on_device(v, device)) for k, v in values.items())  # type: ignore[call-arg]
    if isinstance(values, tuple | list) and not hasattr(values, "_fields"):
        return type(values)(on_device(value, device) for value in values)
    # Packed sequences have .to() as well.
    return values.to(device) if hasattr(values, "to") else values


@contextmanager
def _random_numbers() -> Iterator[None]:
    # Without a list it would look at, and so start, every device.
    devices = list(range(torch.cuda.device_count())) if _cuda_runs() else []
    with torch.random.fork_rng(devices=devices):
        yield


def _cuda_runs() -> bool:
    return bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]


@contextmanager
def _evaluation(owner: nn.Module) -> Iterator[None]:
    # Frozen scripts have no such flag; exported programs refuse to have it changed.
    flags = {
        module: module.training
        for module in owner.modules()
        if hasattr(module, "training")
    }
    try:
        owner.eval()
    except NotImplementedError:
        flags = {}
    try:
        yield
    finally:
        for module, training in flags.items():
            if module.training is not training:
                # Not .train(): models may override it to change more than the flag.
                module.training = training


@contextmanager
def _moved(owner: nn.Module, device: torch.device) -> Iterator[None]:
    before = device_of(owner)
    if before == device:
        yield
        return
    try:
        owner.to(device)
        yield
    finally:
        owner.to(before)


def _leave_no_inference_tensors(owner: nn.Module) -> None:
    """Replace state that the run left in the model by tensors that autograd takes."""
    for module in owner.modules():
        if isinstance(module, torch.jit.ScriptModule):
            continue
        for name, value in tuple(vars(module).items()):
            if not name.startswith("_") or isinstance(value, Tensor):
                fresh = _normal(value)
                if fresh is not value:
                    setattr(module, name, fresh)
        for name, buffer in module.named_buffers(recurse=False):
            if buffer.is_inference():
                setattr(module, name, buffer.clone())


def _normal(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.clone() if value.is_inference() else value
    if type(value) in (tuple, list):
        fresh = [_normal(item) for item in value]
        same = all(new is old for new, old in zip(fresh, value, strict=True))
        return value if same else type(value)(fresh)
    if type(value) is dict:
        fresh_items = {key: _normal(item) for key, item in value.items()}
        same = all(fresh_items[key] is item for key, item in value.items())
        return value if same else fresh_items
    return value
