"""Duplicates: have we got it already, and which copy stays? (Interim Measures, Art. 7(4)).

Exact copies are found by hash, near ones by MinHash and LSH; a near pair counts only once the true Jaccard of its
shingle sets is known. What lies inside a text (repeated lines, other documents, test sets) is in `passages`.
"""

from pipeline.decisions import kept as apply
from pipeline.stages.duplicates import passages
from pipeline.stages.duplicates.deciding import decide, undecided
from pipeline.stages.duplicates.measuring import bands, measure
from pipeline.stages.duplicates.pairing import candidates, contained, pairs, verify

__all__ = ["apply", "bands", "candidates", "contained", "decide", "measure", "pairs", "passages", "undecided", "verify"]
