"""Columns of the stage `personal`: findings, and the counts that decisions carry."""

from pipeline.schemas import FINDING, FINDINGS

MEASURES_PERSONAL = FINDINGS
"""The measures of this stage are the findings themselves: offsets, type, score and rule, never the value."""

FINDING_NAMES = tuple(FINDING.field(i).name for i in range(FINDING.num_fields))
"""Names of a finding's fields: those that finders return, in their order, then the flags that `measure` adds."""
