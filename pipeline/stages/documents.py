"""Documents: what is the text of a record, in which language, and is it whole?

Normalisation is what two readers of the same page agree on: NFC, line feeds, no byte order mark. Nothing else.
"""

import hmac
import unicodedata
from collections.abc import Callable, Sequence
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import decisions as decided
from pipeline.errors import RuleMalformed
from pipeline.kernels import characters, withheld
from pipeline.kernels.withheld import NOBODY, Item, Publisher
from pipeline.rules.documents import DocumentRules
from pipeline.schemas import DECISIONS, DOCUMENTS, SHA256, conform
from pipeline.schemas.documents import MEASURES_DOCUMENTS

PAGE_PROBLEMS = frozenset({"record_too_large", "html_too_deep", "html_too_wide", "html_unreadable"})
"""What may be wrong with a page, as its extractor says."""

NOTHING_ERASED = pa.array([], SHA256)


def measure(
    records: pa.Table,
    *,
    source_id: str,
    first_doc_id: int,
    extract_html: Callable[[str], str],
    detect_language: Callable[[Sequence[str]], Sequence[tuple[str, int]]],
    content_key: bytes,
    publisher: Publisher = NOBODY,
    erased: pa.Array = NOTHING_ERASED,
) -> tuple[pa.Table, pa.Table]:
    """The documents in the records, and their statistics.

    A record with a problem becomes a document without text, so that it can be decided like every other.

    Args:
        records: `RECORDS`, in the order of the file.
        source_id: the source of all of them.
        first_doc_id: id of the first; the others follow.
        extract_html: main text of a page; raises ValueError with one of `PAGE_PROBLEMS` for a page it does not parse.
        detect_language: code and score (ppm) of each text.
        content_key: key of the content HMACs.
        publisher: what is known of where the records come from, and who refused.
        erased: content HMACs of texts that were erased and may not come back.

    Returns:
        `DOCUMENTS` and `MEASURES_DOCUMENTS`, one row per record in the order given.
    """
    found = [
        _text(text, media, problem, extract_html)
        for text, media, problem in zip(*(records.column(n).to_pylist() for n in _READ), strict=True)
    ]
    texts = [text for text, _ in found]
    languages = detect_language(texts)
    ids = pa.array(range(first_doc_id, first_doc_id + len(texts)), pa.int64())
    held = _withheld(records, texts, publisher)
    hmacs = pa.array([hmac.digest(content_key, text.encode(), "sha256") for text in texts], SHA256)
    documents = conform(
        {
            "doc_id": ids,
            "source_id": [source_id] * len(texts),
            "text": texts,
            "lang": [code for code, _ in languages],
            "content_hmac": hmacs,
            "ai_label": held["ai_label"],
            **{name: records.column(name) for name in _HANDED_ON},
        },
        DOCUMENTS,
    )
    measures: dict[str, object] = {
        "doc_id": ids,
        "problem": [problem for _, problem in found],
        "lang": documents.column("lang"),
        "lang_score_ppm": [score for _, score in languages],
        "content_hmac": hmacs,
        "is_erased": pc.is_in(hmacs, value_set=erased).cast(pa.int32()),
        "is_html": pc.equal(records.column("media_type"), "text/html").cast(pa.int32()),
    }
    return documents, conform(measures | held | _statistics(documents.column("text")), MEASURES_DOCUMENTS)


_READ = ("text", "media_type", "problem")
_HANDED_ON = ("locator", "url", "fetched_at_us", "licence_declared", "author", "repository")


def _withheld(records: pa.Table, texts: Sequence[str], publisher: Publisher) -> dict[str, object]:
    """What keeps each document out, as columns of `MEASURES_DOCUMENTS`."""
    read = zip(*(records.column(n).to_pylist() for n in ("text", "media_type", *_CAME_WITH)), strict=True)
    found = [
        withheld.of(Item(text, raw or "", media == "text/html", *came), publisher)
        for text, (raw, media, *came) in zip(texts, read, strict=True)
    ]
    return {
        "opted_out": [int(one.opt_out is not None) for one in found],
        "reservations": [len(one.reservations) for one in found],
        "secrecy_marks": [len(one.markings) for one in found],
        "opt_out": [one.opt_out for one in found],
        "reservation_codes": [";".join(one.reservations) or None for one in found],
        "noted_codes": [";".join(one.noted) or None for one in found],
        "marking_codes": [";".join(one.markings) or None for one in found],
        "ai_label": pa.array([one.ai_label for one in found], pa.string()),
        "signals": [one.evidence or None for one in found],
        "signals_sha256": [sha256(one.evidence.encode()).digest() if one.evidence else None for one in found],
    }


_CAME_WITH = ("carried", "url", "author", "repository")


def _text(
    text: str | None, media_type: str, problem: str | None, extract_html: Callable[[str], str]
) -> tuple[str, str | None]:
    """Normalised text and problem of one record."""
    if text is None or problem is not None:
        return "", problem or "no_text"
    if media_type == "text/html":
        try:
            text = extract_html(text)
        except ValueError as e:
            return "", _page_problem(str(e))
    return normalise(text), None


def _page_problem(code: str) -> str:
    """A code that is known; anything else may be words of the page, which no error and no measure may carry."""
    if code not in PAGE_PROBLEMS:
        raise RuleMalformed(
            "the extractor of pages gave a reason that is none of ours",
            fix=f"raise ValueError with one of: {', '.join(sorted(PAGE_PROBLEMS))}",
        ) from None
    return code


def normalise(text: str) -> str:
    """NFC, line feeds at line ends, no byte order mark, no white space around."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")
    return unicodedata.normalize("NFC", text).strip()


def _statistics(texts: pa.ChunkedArray) -> dict[str, object]:
    counts = characters.count(texts)
    length = np.maximum(1, counts["chars"])
    shares = {f"{name}_ppm": counts[name] * 1_000_000 // length for name in _SHARES}
    return shares | {"n_chars": counts["chars"], "n_bytes": counts["bytes"], "nul_chars": counts["nul"]}


_SHARES = ("control", "replacement", "private_use", "han")


def decide(measures: pa.Table, rules: DocumentRules) -> pa.Table:
    """Quarantine what could not be read, by the rule of its problem; decide the rest by their statistics.

    Args:
        measures: `MEASURES_DOCUMENTS`.
        rules: problems and thresholds.

    Returns:
        `DECISIONS` in the order of `measures`, with language, content HMAC and number of characters; the evidence is
        what the document and its site say about its use.

    Raises:
        RuleMalformed: a problem that no rule names.
    """
    outcomes = decided.by_thresholds(measures, rules.thresholds)
    known = {rule.problem: rule for rule in rules.problems}
    problems = measures.column("problem").to_pylist()
    unknown = {p for p in problems if p is not None} - set(known)
    if unknown:
        raise RuleMalformed(f"no rule for {', '.join(sorted(unknown))}", fix="add it to rules/documents.toml")
    rule = [known[p] if p else None for p in problems]
    columns: dict[str, object] = {name: outcomes.column(name) for name in outcomes.column_names}
    columns["outcome"] = _overlaid(outcomes, "outcome", ["quarantine" if r else None for r in rule])
    columns["rule_id"] = _overlaid(outcomes, "rule_id", [r.id if r else None for r in rule])
    columns["rule_version"] = _overlaid(outcomes, "rule_version", [r.version if r else None for r in rule])
    is_read = pa.array([r is None for r in rule])
    columns["score_ppm"] = pc.if_else(is_read, outcomes.column("score_ppm"), pa.scalar(None, pa.int32()))
    columns |= {name: measures.column(name) for name in ("lang", "content_hmac", "n_chars")}
    columns["evidence_sha256"] = measures.column("signals_sha256")
    return conform(columns, DECISIONS)


def _overlaid(decisions: pa.Table, name: str, over: Sequence[object]) -> pa.ChunkedArray:
    return pc.coalesce(pa.array(over, decisions.schema.field(name).type), decisions.column(name))


def apply(documents: pa.Table, decisions: pa.Table) -> pa.Table:
    """The documents that are kept, unchanged."""
    return decided.kept(documents, decisions)
