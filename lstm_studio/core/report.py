"""A recording in words: what a run prints where there is no window."""

from lstm_studio.core.recording import Recording


def report(recording: Recording) -> str:
    """Return layers, steps, time against the plain forward pass, and certificate."""
    origin, certificate = recording.origin, recording.certificate
    lines = [
        f"{origin.model or 'model'} over {origin.sequence or 'the given input'}",
        f"  torch {origin.torch} on {origin.device}, {origin.dtype}",
        "",
        "layer                          kind       units   steps  calls   residual",
    ]
    for name, layer in recording.layers.items():
        proof = certificate.layers.get(name)
        residual = "-" if proof is None else f"{proof.residual:.1e}"
        lines.append(
            f"{name:<30} {layer.kind:<9} {layer.width(layer.streams[0]):>6}"
            f" {recording.length(name):>7} {len(recording.calls(name)):>6}"
            f" {residual:>10}"
        )
    lines += ["", _time(recording), _proof(recording)]
    lines += [f"  {reason}" for reason in certificate.reasons]
    lines += [f"  {n}: {p.reason}" for n, p in certificate.layers.items() if p.reason]
    return "\n".join(lines)


def _time(recording: Recording) -> str:
    origin = recording.origin
    if origin.seconds is None:
        return "time: the run did not come to its end"
    if not origin.plain_seconds:
        return f"time: {origin.seconds:.3f} s"
    times = f"{origin.seconds:.3f} s recorded, {origin.plain_seconds:.3f} s plain"
    if origin.ratio is None:
        return f"time: {times} (too short to compare)"
    return f"time: {times} ({origin.ratio:.2f} x the plain forward pass)"


def _proof(recording: Recording) -> str:
    certificate = recording.certificate
    difference = certificate.output_difference
    if difference is None:
        output = "output not compared"
    elif difference == 0:
        output = f"output bit for bit the plain model's ({certificate.compared})"
    else:
        output = (
            f"output differs by {difference:.1e} from the plain model's"
            f" ({certificate.compared})"
        )
    residual = certificate.residual
    figure = "-" if residual is None else f"{residual:.1e}"
    return f"certificate {certificate.verdict}: largest residual {figure}, {output}"
