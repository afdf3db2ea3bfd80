"""Which model measures quality, where one is wanted: `rules/quality_models.toml`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict, StringConstraints

from pipeline.errors import RuleMalformed
from pipeline.rules.loader import load


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelRule:
    """A file of the lake's folder `models`, named by its SHA-256, and how to read it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    format: Literal["provender", "fasttext", "onnx"]
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    label: str = ""  # of fasttext and onnx: the class that is accepted


def model() -> ModelRule | None:
    """The model that measures quality; None where the rules name none.

    Raises:
        RuleMalformed: more than one, or no label where the format has labels.
    """
    named = load("quality_models", ModelRule, "model")
    if len(named) > 1:
        raise RuleMalformed("quality_models.toml names more than one model", fix="leave one [[model]] there")
    if any(one.format == "fasttext" and not one.label for one in named):
        raise RuleMalformed(
            "the fastText model of quality_models.toml has no label",
            fix='say which class is accepted, such as label = "__label__keep"',
        )
    return named[0] if named else None
