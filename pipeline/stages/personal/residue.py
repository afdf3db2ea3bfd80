"""Second look: what was redacted is scanned again, and what the rules would still redact stops the batch."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import ResidueFound
from pipeline.rules.personal import EntityRule, by_entity
from pipeline.stages.personal.acting import acts
from pipeline.stages.personal.policy import Find
from pipeline.stages.personal.redact import Plan


def look_again(
    redacted: pa.Table, decisions: pa.Table, planned: Plan, rules: Sequence[EntityRule], *, find: Find
) -> None:
    """Scan every redacted document that goes on, by patterns alone.

    What lies wholly inside a replacement (a surrogate looks like what it stands for) is no residue.

    Args:
        redacted: `DOCUMENTS` as `apply` made them.
        decisions: `DECISIONS` of the same documents in the same order.
        planned: what was replaced in them.
        rules: the rules that `decide` used.
        find: as for `measure`.

    Raises:
        ResidueFound: a rule still acts on a document; the rule and the document are named, the value never.
    """
    rows = np.flatnonzero(pc.equal(decisions.column("outcome"), "redact").to_numpy())
    if not len(rows):
        return
    chosen = redacted.select(["doc_id", "text", "lang"]).take(pa.array(rows))
    texts, langs = (chosen.column(name).to_pylist() for name in ("text", "lang"))
    known = by_entity(rules)
    found = find(texts, langs, "never")
    for row, doc_id, of in zip(rows.tolist(), chosen.column("doc_id").to_pylist(), found, strict=True):
        inside = _replaced(planned, row)
        for start, end, kind, score, rule_id in of:
            is_ours = any(first <= start and end <= last for first, last in inside)
            if acts(known.get(kind), score) and not is_ours:
                raise ResidueFound(
                    f"rule {rule_id} still acts on document {doc_id} after redaction",
                    fix="nothing of the batch was kept; report this rule, or set its action to quarantine until then",
                )


def _replaced(planned: Plan, row: int) -> list[tuple[int, int]]:
    """Where the replacements of one document lie in its new text."""
    low, high = np.searchsorted(planned.spans.rows, [row, row + 1])
    lengths = pc.utf8_length(planned.replacements[low:high]).to_numpy().astype(np.int64)
    starts, ends = planned.spans.starts[low:high], planned.spans.ends[low:high]
    moved = starts + np.cumsum(lengths - (ends - starts)) - (lengths - (ends - starts))
    return list(zip(moved.tolist(), (moved + lengths).tolist(), strict=True))
