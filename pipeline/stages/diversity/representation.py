"""Whom the corpus mentions, and whether a rule removes some groups more than others (Interim Measures, Art. 4(2))."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.rules.representation import Group, Parity
from pipeline.schemas.diversity import MIX, PARITIES

MILLION = 1_000_000


def mentions(documents: pa.Table, groups: Sequence[Group]) -> pa.Table:
    """Which groups each document mentions: `doc_id`, `n_chars`, and a boolean column per group, named by its id."""
    text = documents.column("text")
    columns = {"doc_id": documents.column("doc_id"), "n_chars": pc.utf8_length(text).cast(pa.int64())}
    columns |= {group.id: pc.match_substring_regex(text, group.pattern) for group in groups}
    return pa.table(columns)


def rates(mentioned: pa.Table, after: pa.Array, groups: Sequence[Group]) -> pa.Table:
    """How many documents mention each group before and after selection.

    Args:
        mentioned: of `mentions`, of everything that came in.
        after: ids of the documents that go on.
        groups: those of `mentioned`.

    Returns:
        `MIX` with axis `mentions <axis>`; shares are of all documents, so those of an axis do not add up to one.
    """
    went_on = np.asarray(pc.is_in(mentioned.column("doc_id"), after))
    chars = mentioned.column("n_chars").to_numpy()
    sizes = (max(len(went_on), 1), max(int(went_on.sum()), 1))
    rows = []
    for group in groups:
        before = np.asarray(mentioned.column(group.id))
        both = before & went_on
        docs = (int(before.sum()), int(both.sum()))
        rows.append(
            {
                "axis": f"mentions {group.axis}",
                "value": group.name,
                "docs_before": docs[0],
                "docs_after": docs[1],
                "chars_before": int(chars[before].sum()),
                "chars_after": int(chars[both].sum()),
                "share_before_ppm": docs[0] * MILLION // sizes[0],
                "share_after_ppm": docs[1] * MILLION // sizes[1],
            }
        )
    return pa.Table.from_pylist(rows, MIX)


def parities(mentioned: pa.Table, decisions: pa.Table, groups: Sequence[Group], band: Parity) -> pa.Table:
    """For every rule that removed documents, how often it removed those of each group, beside all of the same axis.

    The ratio is that of the removal rate among documents that mention the group to the rate among documents that
    mention any group of its axis (all documents where it has one group). Where chance alone would remove too few, the
    ratio is null and nothing is said.

    Args:
        mentioned: of `mentions`, of everything that came in.
        decisions: `stage`, `doc_id`, `outcome`, `rule_id` of the stages that removed documents.
        groups: those of `mentioned`.
        band: what is even.

    Returns:
        `PARITIES`, by stage, rule, axis and group.
    """
    removed = decisions.filter(pc.is_in(decisions.column("outcome"), pa.array(["drop", "quarantine"])))
    rules = sorted({(r["stage"], r["rule_id"]) for r in removed.select(["stage", "rule_id"]).to_pylist()})
    inside = {group.id: np.asarray(mentioned.column(group.id)) for group in groups}
    axes = {g.axis: _beside([inside[o.id] for o in groups if o.axis == g.axis]) for g in groups}
    rows = []
    for stage, rule in rules:
        own = removed.filter((pc.field("stage") == stage) & (pc.field("rule_id") == rule)).column("doc_id")
        gone = np.asarray(pc.is_in(mentioned.column("doc_id"), own.combine_chunks()))
        for group in groups:
            counts = [int(mask.sum()) for one in (inside[group.id], axes[group.axis]) for mask in (one, one & gone)]
            rows.append(
                {"stage": stage, "rule_id": rule, "axis": group.axis, "value": group.name} | _ratio(counts, band)
            )
    return pa.Table.from_pylist(rows, PARITIES)


def _beside(inside: Sequence[npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
    """The documents that a group is compared with: of any group of its axis; a group alone, with all there are."""
    return np.any(inside, axis=0) if len(inside) > 1 else np.ones_like(inside[0], dtype=bool)


def _ratio(counts: Sequence[int], band: Parity) -> dict[str, object]:
    docs, removed, axis_docs, axis_removed = counts
    ratio = None
    if docs and axis_removed * docs >= band.least_expected * axis_docs:
        ratio = removed * axis_docs * MILLION // (docs * axis_removed)
    is_flagged = ratio is not None and not band.least_ppm <= ratio <= band.greatest_ppm
    names = ("docs", "docs_removed", "axis_docs", "axis_docs_removed")
    return dict(zip(names, counts, strict=True)) | {"ratio_ppm": ratio, "is_flagged": is_flagged}
