"""Licences: may it be used at all, and what does it ask in return? (Interim Measures, Art. 7(1)-(2)).

`sources` compares the claim of a source with the texts behind it, `judging` takes an SPDX expression to a verdict.
"""

from pipeline.stages.licences.judging import Judgement, judge
from pipeline.stages.licences.sources import decide, expires_us, here, measure, notice

__all__ = ["Judgement", "decide", "expires_us", "here", "judge", "measure", "notice"]
