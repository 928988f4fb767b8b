"""The released weights: which files of the package are for which networks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinystyle.assets import asset
from tinystyle.errors import OptionError
from tinystyle.network.spec import Form

__all__ = ["DEFAULT_FORM", "FORMS", "Released", "released"]

DEFAULT_FORM = Form.SIX_NORM
"""Form of the networks that are made unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Released:
    """Files for networks of one form."""

    hypernetwork: Path
    """Generates networks from artworks (Shen et al. 2018)."""
    neutral: Path
    """Style-neutral weights to begin from (Zhang et al. 2018)."""


FORMS = (Form.SIX_NORM.value, Form.ONE_NORM.value, Form.TINY.value)
"""Forms of which there are weights."""


def released(form: str = DEFAULT_FORM.value) -> Released:
    """The files for a form. Raises OptionError where there are none."""
    if form not in FORMS:
        raise OptionError(f"form is {form!r}; allowed are {', '.join(FORMS)}")
    return Released(
        hypernetwork=asset(f"hypernetwork-{form}-dim8.onnx"),
        neutral=asset(f"metastyle-{form}-dim8.safetensors"),
    )
