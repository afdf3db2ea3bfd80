"""Personal: whose personal information is in the text? (Interim Measures, Art. 7(3); PIPL Art. 28)."""

from pipeline.decisions import kept as keep
from pipeline.stages.personal.policy import Find, decide, measure
from pipeline.stages.personal.redact import apply, plan, spliced
from pipeline.stages.personal.residue import look_again

__all__ = ["Find", "apply", "decide", "keep", "look_again", "measure", "plan", "spliced"]
