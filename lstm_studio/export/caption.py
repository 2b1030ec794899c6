"""Where a picture or a table comes from, in words that go with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lstm_studio.core.certificate import Certificate, Origin
from lstm_studio.core.layers import Layer
from lstm_studio.session.session import Session


@dataclass(frozen=True, slots=True)
class Caption:
    """The origin of what is shown.

    Attributes
    ----------
    where
        Layer, stream, unit and step, as far as the picture is of one.
    """

    origin: Origin
    certificate: Certificate = field(default_factory=Certificate)
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The caption as one paragraph."""
        origin = self.origin
        parts = [
            _with_hash(origin.model or "model", origin.model_sha256),
            origin.sequence,
            ", ".join(f"{name} {value}" for name, value in self.where.items()),
            f"torch {origin.torch}" if origin.torch else "",
            " ".join(part for part in (origin.device, origin.dtype) if part),
            proof_text(self.certificate),
            f"LSTM Studio {origin.version}".strip(),
        ]
        return " \u00b7 ".join(part for part in parts if part)

    @property
    def chunks(self) -> Mapping[str, str]:
        """The caption by name, as it is written into a file."""
        origin = self.origin
        named = {
            "Software": f"LSTM Studio {origin.version}".strip(),
            "Description": self.text,
            "Model": origin.model,
            "Model SHA-256": origin.model_sha256,
            "Sequence": origin.sequence,
            **{name.capitalize(): value for name, value in self.where.items()},
            "PyTorch": origin.torch,
            "Device": origin.device,
            "Precision": origin.dtype,
            "Certificate": proof_text(self.certificate),
            "Recorded": origin.created,
        }
        return {name: value for name, value in named.items() if value}


def caption_of(session: Session, thinning: str = "") -> Caption:
    """Return the caption of what the session shows now, thinned or not."""
    recording, view = session.recording, session.view
    if recording is None:
        name = session.model.name if session.model is not None else ""
        sha256 = session.model.sha256 if session.model is not None else ""
        return Caption(Origin(model=name, model_sha256=sha256))
    where = {"step": str(view.step)}
    layer: Layer | None = session.extent.layers.get(view.layer or "")
    if layer is not None:
        where = {
            "layer": layer.name,
            "stream": view.stream(layer),
            "unit": str(view.unit),
            **where,
        }
    if session.extent.samples > 1:
        where["sample"] = str(view.sample)
    if thinning:
        where["shown"] = thinning
    return Caption(recording.origin, recording.certificate, where)


def proof_text(certificate: Certificate) -> str:
    """Return the certificate in a few words with its largest figure."""
    residual = certificate.residual
    if residual is None:
        return "not certified"
    verdict = certificate.verdict
    what = "" if verdict == "not certified in full" else "certificate "
    return f"{what}{verdict}, residual {residual:.1e}"


def _with_hash(name: str, sha256: str) -> str:
    return f"{name} ({sha256[:12]})" if sha256 else name
