"""Quality measured with the model that the rules name, if they name one; and such a model made of a person's labels."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path

import pyarrow as pa

from pipeline.errors import InputMalformed
from pipeline.models import quality as quality_models
from pipeline.models import quality_training
from pipeline.models.quality_training import Trained
from pipeline.readers import rows
from pipeline.rules import quality as quality_rules
from pipeline.rules import quality_models as model_rules
from pipeline.rules.quality_models import ModelRule
from pipeline.stages import quality as stage
from pipeline.store import files, parquet
from pipeline.store.lake import Lake

LABELS = {
    **dict.fromkeys(('"accept"', '"keep"', "true", "1", '"1"'), True),
    **dict.fromkeys(('"reject"', '"drop"', "false", "0", '"0"'), False),
}
"""What a person may have written, as JSON, and whether it accepts."""


@cache
def model(lake: Lake) -> quality_models.Model | None:
    """The model that the rules name, from the lake's folder of models; None where they name none."""
    named = model_rules.model()
    return None if named is None else quality_models.load(lake.models, named)


def measure(lake: Lake, documents: pa.Table, reliability: Mapping[str, int] | None = None) -> pa.Table:
    """`MEASURES_QUALITY` of documents, by the phrases and the model of the rules.

    Args:
        lake: where the model lies.
        documents: `doc_id`, `lang`, `text`; `source_id` where reliability is given.
        reliability: ppm by source, see `of_sources`.
    """
    return _measure(model(lake), documents, reliability)


@cache
def of_sources(register: Path) -> Mapping[str, int]:
    """How reliable each source of a run is, by its registration.

    Args:
        register: `SOURCES` as the run found them.
    """
    return stage.reliabilities(parquet.read(register), quality_rules.reliability())


def measurer(lake: Lake, sha256: str | None) -> Callable[[pa.Table], pa.Table]:
    """As `measure`, with one of our own models in place of the rules' one where its SHA-256 is given."""
    if sha256 is None:
        return partial(measure, lake)
    return partial(_measure, quality_models.load(lake.models, ModelRule(format="provender", sha256=sha256)))


def _measure(
    found: quality_models.Model | None, documents: pa.Table, reliability: Mapping[str, int] | None = None
) -> pa.Table:
    classify = found.classify if found else None
    return stage.measure(documents, quality_rules.phrases(), classify=classify, reliability=reliability)


def train(lake: Lake, name: str, label: str) -> tuple[Path, Trained]:
    """Train on a file of labelled rows and put the model into the lake under its SHA-256.

    Args:
        lake: its folder `models` is made when absent.
        name: as `rows.read` takes it; all of it is held in memory.
        label: field of the label.

    Raises:
        InputMalformed: a label that is none, named by its row; or too few of one label.
    """
    read = pa.concat_tables([rows.LABELLED.empty_table(), *rows.read(name, label)])
    accepted = [_accepted(said, number) for number, said in enumerate(read.column("label").to_pylist(), 1)]
    langs = read.column("lang").fill_null("und").to_pylist()
    trained = quality_training.train(read.column("text").to_pylist(), langs, accepted)
    path = lake.models / trained.sha256
    files.put_if_absent(path, trained.content)
    return path, trained


def _accepted(said: str, number: int) -> bool:
    if said in LABELS:
        return LABELS[said]
    raise InputMalformed(
        f"row {number} has no label that says accept or reject",
        fix="write accept or reject (keep or drop, true or false, 1 or 0); name the field with --label",
    )
