import math

import pytest

from lstm_studio.core.certificate import Certificate, LayerProof, Verdict


@pytest.mark.parametrize(
    ("residual", "reason", "difference", "said"),
    [
        (9e-8, "", 0.0, "holds"),
        (9e-8, "", None, "not certified in full"),
        (9e-8, "TF32 is on.", 0.0, "not certified in full"),
        (0.2, "TF32 is on.", 0.0, "not certified in full"),
        (0.2, "", 0.0, "does not hold"),
        (math.nan, "", None, "does not hold"),
        (9e-8, "", 0.2, "does not hold"),
        (9e-8, "", math.nan, "does not hold"),
    ],
)
def test_what_is_wrong_is_told_from_what_is_not_known(
    residual: float, reason: str, difference: float | None, said: Verdict
) -> None:
    proof = LayerProof(residual, None, 1e-6, 9, reason)
    certificate = Certificate({"l": proof}, difference, 1e-6)
    assert certificate.verdict == said
    assert (said == "holds") == certificate.holds
