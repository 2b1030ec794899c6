"""ONNX files: their recurrent layers, and what runs around them; nothing is run."""

import importlib
from collections.abc import Iterator, Sequence
from itertools import groupby

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.extras import bring
from lstm_studio.engine.files.budget import check_memory
from lstm_studio.engine.files.source import Source
from lstm_studio.engine.models.foreign.onnx_graph import Constants, ReadTensor, Scope
from lstm_studio.engine.models.foreign.onnx_layers import (
    BLOCKS,
    QUANTISED,
    Node,
    OnnxLayer,
    joined,
    translate,
)
from lstm_studio.engine.models.foreign.onnx_order import Around, Order, order_of
from lstm_studio.engine.models.foreign.onnx_skeleton import skeleton
from lstm_studio.engine.models.foreign.onnx_tensors import TensorReader
from lstm_studio.engine.models.foreign.translated import (
    Before,
    CannotTranslate,
    Translated,
)
from lstm_studio.engine.models.weights import Weights


def read_onnx(source: Source, before: Before) -> tuple[Weights, str]:
    """Return the weights of an ONNX file under PyTorch's names, and what it is.

    Raises
    ------
    CannotOpen
        The file is damaged, has no recurrent layer that PyTorch has too, or keeps its
        weights outside of its own folder.
    """
    onnx = bring("onnx", "An ONNX model")
    name = source.path.name
    text, regions = skeleton(source)
    # What is made of a message takes up to as much as the message.
    check_memory(2 * len(text), name)
    damage = importlib.import_module("google.protobuf.message").DecodeError
    try:
        model = onnx.load_model_from_string(text)
    except damage as error:
        raise _damaged(name, error) from error
    reader = TensorReader(onnx, source, regions)

    def weights(read: ReadTensor) -> tuple[Weights, str]:
        made = _translated(Scope(model.graph), Constants(read))
        if reader.beside:
            files = ", ".join(reader.beside)
            made.notes.append(
                f"Weights of it lie in {files}: its SHA-256 is of {name} alone."
            )
        return made.weights(name), "ONNX"

    try:
        sketched = weights(reader.sketch)
        before(sum(reader.wanted.values()), sketched)
        return weights(reader.read)
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise _damaged(name, error) from error


def _translated(root: Scope, constants: Constants) -> Translated:
    made = Translated()
    layers = list(_layers(root, constants, made))
    if not layers:
        return made
    order = order_of(layers[0], layers, constants)
    for layers_or_step in _grouped(order):
        if isinstance(layers_or_step, str):
            made.steps.append(layers_or_step)
        elif isinstance(layers_or_step, Around):
            part = made.add(layers_or_step.name, layers_or_step.tensors)
            made.steps.append(part)
        else:
            made.steps.append(_add_module(made, layers_or_step))
    for layer in layers:
        if not any(layer is step for step in order.steps):
            _add_module(made, [layer])
        made.notes.extend(layer.notes)
    made.head = order.head
    last = [step for step in order.steps if isinstance(step, OnnxLayer)][-1]
    if order.head and not last.bidirectional:
        # The two are the same, and only the first is a choice there.
        made.head = "last step"
    made.notes.extend(_not_rebuilt(order))
    return made


def _layers(root: Scope, constants: Constants, made: Translated) -> Iterator[OnnxLayer]:
    for scope in root.everything():
        for proto in scope.graph.node:
            node = Node(scope, proto)
            if proto.op_type == QUANTISED:
                made.left_out[node.name] = "it is quantised"
            elif proto.op_type in BLOCKS:
                try:
                    yield translate(node, constants)
                except CannotTranslate as error:
                    made.left_out[node.name] = str(error)


def _grouped(order: Order) -> Iterator[list[OnnxLayer] | Around | str]:
    """Yield the steps, with the layers together that are one module."""

    def key(step: OnnxLayer | Around | str) -> object:
        return (step.node.name, *step.fits) if isinstance(step, OnnxLayer) else id(step)

    for _, group in groupby(order.steps, key):
        steps = list(group)
        modules = [step for step in steps if isinstance(step, OnnxLayer)]
        if modules:
            yield modules
        else:
            yield from (step for step in steps if not isinstance(step, OnnxLayer))


def _add_module(made: Translated, layers: Sequence[OnnxLayer]) -> str:
    tensors, initial = joined(layers)
    part = made.add(layers[0].node.name, tensors)
    made.kinds[part] = layers[0].kind
    if initial:
        made.initial[part] = tuple(initial)
    return part


def _not_rebuilt(order: Order) -> Iterator[str]:
    if order.before:
        yield (
            f"Before {_first(order)} the file runs {order.before}, which is not "
            "rebuilt: the sequence is what comes out of it."
        )
    if order.after:
        yield f"After these parts the file runs {order.after}, which is not rebuilt."


def _first(order: Order) -> str:
    step = order.steps[0]
    if isinstance(step, OnnxLayer):
        return step.node.name
    return step if isinstance(step, str) else step.name


def _damaged(name: str, error: Exception) -> CannotOpen:
    return CannotOpen(
        f"{name} is a damaged or incomplete ONNX file.",
        "Download or save it again.",
        str(error),
    )
