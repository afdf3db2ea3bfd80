"""Whether the prefilter changed a finding: the same recognizers over whole texts, by their own `analyze`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.models.personal import UNSCANNED, Finder


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What a comparison came to; counts alone."""

    n_documents: int
    n_findings: int  # of the recognizers alone
    n_differing: int  # found by one of both only, or with another score
    n_unscanned: int  # documents that are refused, so not compared


def verify(find: Finder, texts: Sequence[str], langs: Sequence[str]) -> Verified:
    """Find the identifiers of some texts twice: as `find` does, and without any prefilter.

    Args:
        find: what is verified; names are left out, their model is the same either way.
        texts: a sample; the second way is some ten times slower.
        langs: language of each text.
    """
    fast = find(texts, langs, "never")
    scanned = [at for at, found in enumerate(fast) if not any(one[2] == UNSCANNED for one in found)]
    plain = replace(find, gated=False)([texts[at] for at in scanned], [langs[at] for at in scanned], "never")
    return Verified(
        n_documents=len(scanned),
        n_findings=sum(map(len, plain)),
        n_differing=sum(len(set(fast[at]) ^ set(found)) for at, found in zip(scanned, plain, strict=True)),
        n_unscanned=len(texts) - len(scanned),
    )
