"""Every stream of every kind of layer against an unrolled loop, and the output."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence

from lstm_studio.core.layers import STREAMS
from lstm_studio.engine.capture import kernel, pace
from lstm_studio.engine.capture.compare import difference
from lstm_studio.engine.capture.record import record
from tests.engine.capture.stacks import kind_of, modules, plain, state_of, unrolled

CHUNKS = st.sampled_from([0.0, 0.0, pace.WAVE_SECONDS])
"""Seconds: none gives chunks of the fewest steps, so that short calls have borders."""
TOLERANCE = {torch.float32: 1e-6, torch.float64: 1e-12}

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


def check_streams(
    recording: Any, module: Any, x: Any, lengths: Any = None, state: Any = ()
) -> None:
    expected = unrolled(
        module,
        x.double().numpy(),
        lengths,
        tuple(part.double().numpy() for part in state),
    )
    assert list(recording.layers) == list(expected)
    tolerance = TOLERANCE[x.dtype]
    for name, reference in expected.items():
        for stream in (*STREAMS[kind_of(module)], "x"):
            for sample in range(x.shape[1]):
                got = recording.read(name, stream, sample=sample)
                want = reference.streams[stream][:, sample]
                np.testing.assert_allclose(
                    got,
                    want,
                    rtol=tolerance,
                    atol=tolerance,
                    err_msg=f"{name} {stream}",
                )


@settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(module=modules(), data=st.data())
def test_states_and_output(module: Any, data: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(pace, "WAVE_SECONDS", data.draw(CHUNKS))
    steps = data.draw(st.integers(1, 40))
    samples = data.draw(st.integers(1, 3))
    x = torch.randn(steps, samples, module.input_size, dtype=module.weight_ih_l0.dtype)
    state = state_of(module, samples) if data.draw(st.booleans()) else ()
    inputs = [x.transpose(0, 1) if module.batch_first else x]
    if state:
        inputs.append(state if isinstance(module, nn.LSTM) else state[0])
    before = plain(module, *inputs)
    streams = data.draw(st.sampled_from(["derive", "all"]))
    recording = record(module, *inputs, streams=streams)
    assert difference(arrays(before), recording.output) == 0
    check_streams(recording, module, x, state=state)
    assert recording.certificate.holds, recording.certificate
    assert recording.certificate.output_difference == 0
    source = "given" if state else "zeros"
    for name in recording.layers:
        assert [call.initial_state for call in recording.calls(name)] == [source]


@settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(module=modules(), data=st.data())
def test_packed(module: Any, data: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(pace, "WAVE_SECONDS", data.draw(CHUNKS))
    lengths = tuple(data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=4)))
    samples = len(lengths)
    dtype = module.weight_ih_l0.dtype
    x = torch.randn(max(lengths), samples, module.input_size, dtype=dtype)
    packed = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
    state = state_of(module, samples) if data.draw(st.booleans()) else ()
    inputs = [packed]
    if state:
        inputs.append(state if isinstance(module, nn.LSTM) else state[0])
    before = plain(module, *inputs)
    recording = record(
        module, *inputs, streams=data.draw(st.sampled_from(["derive", "all"]))
    )
    assert torch.equal(torch.from_numpy(recording.output[0][0]), before[0].data)
    assert difference(arrays(before[1]), recording.output[1]) == 0
    check_streams(recording, module, x, lengths, state)
    assert recording.certificate.holds, recording.certificate
    for name in recording.layers:
        assert recording.calls(name)[0].lengths == lengths
        for sample, length in enumerate(lengths):
            assert recording.padding(name, sample).sum() == max(lengths) - length


def arrays(values: Any) -> Any:
    if isinstance(values, torch.Tensor):
        return values.numpy()
    return tuple(arrays(value) for value in values)


@pytest.mark.parametrize("lengths", [(1, 17), (40, 24, 23), (3, 2, 1), (90, 40, 40)])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_samples_that_end_near_the_borders_of_chunks(kind: Any, lengths: Any) -> None:
    module = kind(2, 2, bidirectional=True)
    sequences = [torch.randn(length, 2) for length in lengths]
    packed = pack_sequence(sequences, enforce_sorted=False)
    before = plain(module, packed)
    recording = record(module, packed)
    assert torch.equal(torch.from_numpy(recording.output[0][0]), before[0].data)
    assert recording.certificate.holds


@pytest.mark.parametrize("lengths", [(40, 20, 20, 20), (80, 79), (40, 1, 1)])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_packed_half_precision(
    kind: Any, dtype: Any, both: Any, lengths: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(pace, "WAVE_SECONDS", 0.0)
    module = kind(3, 5, 2, bidirectional=both).to(dtype)
    sequences = [torch.randn(length, 3).to(dtype) for length in lengths]
    packed = pack_sequence(sequences)
    before = plain(module, packed)
    recording = record(module, packed)
    output = torch.from_numpy(recording.output[0][0])
    assert torch.equal(output, before[0].data.float())
    assert recording.certificate.output_difference == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("hidden", [1, 23, 64])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_both_directions_keep_their_bits_in_chunks(
    kind: Any, hidden: Any, samples: Any, dtype: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(pace, "WAVE_SECONDS", 0.0)
    monkeypatch.setattr(kernel, "SMALL_BESIDE", 0)
    module = kind(2, hidden, 2, bidirectional=True, bias=False, dtype=dtype)
    # No whole number of the blocks in which rows are multiplied.
    x = torch.randn(603, samples, 2, dtype=dtype)
    state = state_of(module, samples)
    given_state = state if kind is nn.LSTM else state[0]
    before = plain(module, x, given_state)
    recording = record(module, x, given_state)
    assert difference(arrays(before), recording.output) == 0


@pytest.mark.parametrize(("steps", "ordered"), [(100, 0), (600, 4)])
def test_weights_are_put_in_order_once(
    steps: Any, ordered: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(pace, "WAVE_SECONDS", 0.0)
    done, put = [], torch.ops.mkldnn._reorder_mkldnn_rnn_layer_weight

    def counted(*args: Any) -> Any:
        done.append(args)
        return put(*args)

    name = "_reorder_mkldnn_rnn_layer_weight"
    monkeypatch.setattr(torch.ops.mkldnn, name, counted)
    module, x = nn.LSTM(3, 4, 2, bidirectional=True), torch.randn(steps, 1, 3)
    before = plain(module, x)
    recording = record(module, x)
    assert difference(arrays(before), recording.output) == 0
    assert len(recording.checkpoints("l0")[0]) > 2
    assert len(done) == ordered


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_unbatched(kind: Any) -> None:
    module = kind(3, 4, 2, bidirectional=True)
    x = torch.randn(50, 3)
    before = plain(module, x)
    recording = record(module, x)
    assert difference(arrays(before), recording.output) == 0
    check_streams(recording, module, x[:, None])


@pytest.mark.parametrize("streams", ["derive", "all"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("cell", [nn.LSTMCell, nn.GRUCell, nn.RNNCell])
def test_loop_over_a_cell(cell: Any, bias: Any, streams: Any) -> None:
    class Loop(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = cell(3, 4, bias=bias)

        def forward(self, x: Any) -> Any:
            state, rows = None, []
            for step in x:
                state = self.cell(step, state)
                rows.append(state[0] if isinstance(state, tuple) else state)
            return torch.stack(rows)

    model, x = Loop(), torch.randn(300, 2, 3)
    before = plain(model, x)
    recording = record(model, x, streams=streams)
    assert difference(before.numpy(), recording.output) == 0
    # The same weights in a layer, which the reference can unroll.
    layer_of = {nn.LSTMCell: nn.LSTM, nn.GRUCell: nn.GRU, nn.RNNCell: nn.RNN}
    layer = layer_of[cell](3, 4, bias=bias)
    for name, value in model.cell.named_parameters():
        getattr(layer, f"{name}_l0").data = value.data
    expected = unrolled(layer, x.double().numpy())["l0"]
    assert recording.layers["cell"].cell
    for stream in STREAMS[kind_of(layer)]:
        np.testing.assert_allclose(
            recording.read("cell", stream, sample=1),
            expected.streams[stream][:, 1],
            atol=1e-6,
        )
    sources = [call.initial_state for call in recording.calls("cell")]
    assert sources == ["zeros"] + ["carried"] * 299
    assert recording.certificate.holds
