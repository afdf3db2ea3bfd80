"""Sources: may this source be read at all? Interim Measures, Art. 7(1), 7(3).

Decided from the register alone, before a byte of the source is read. The first rule that applies refuses.
"""

from pipeline.stages.sources.assessment import before
from pipeline.stages.sources.deciding import decide, inherit, notice
from pipeline.stages.sources.upstream import chain

__all__ = ["before", "chain", "decide", "inherit", "notice"]
