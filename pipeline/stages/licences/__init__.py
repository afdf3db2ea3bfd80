"""Licences: may it be used at all, and what does it ask in return? (Interim Measures, Art. 7(1)-(2)).

`sources` compares the claim of a source with the texts behind it, `documents` decides the
documents of a mixed source by what each says, `judging` takes an SPDX expression to a verdict, `risks` records what
else may be protected.
"""

from pipeline.stages.licences import documents
from pipeline.stages.licences.judging import Judgement, judge
from pipeline.stages.licences.risks import assess
from pipeline.stages.licences.sources import decide, expires_us, here, measure, notice

__all__ = ["Judgement", "assess", "decide", "documents", "expires_us", "here", "judge", "measure", "notice"]
