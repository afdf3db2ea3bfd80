"""The measuring corpora as they come: sets of licence texts, and the bench corpus as a mixed source."""

import os
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.readers import formats
from pipeline.readers.limits import Limits
from pipeline.rules.licences import Circumstances, rules
from pipeline.stages import licences

BENCH = Path(os.environ.get("PROVENDER_CORPORA", "../shared/corpora")) / "bench"
EXPECTED = """
    MIT                                  keep       LIC.R002
    Apache-2.0                           keep       LIC.R002
    PSF-2.0                              keep       LIC.R002
    PostgreSQL                           keep       LIC.R002
    CC-BY-4.0                            keep       LIC.R003
    CC-BY-SA-3.0                         keep       LIC.R025
    CC-BY-SA-4.0                         keep       LIC.R025
    GFDL-1.2-or-later                    keep       LIC.R025
    GFDL-1.3-or-later                    keep       LIC.R025
    MPL-2.0                              keep       LIC.R006
    GPL-2.0-only                         keep       LIC.R006
    GPL-2.0-or-later                     keep       LIC.R006
    GPL-3.0-or-later                     keep       LIC.R006
    Linux-man-pages-copyleft             keep       LIC.R006
    GPL-2.0-or-later OR CC-BY-SA-3.0     keep       LIC.R025
    GPL-3.0-or-later OR CC-BY-3.0        keep       LIC.R003
    CC0-1.0                              keep       LIC.R001
    LicenseRef-public-domain             keep       LIC.R001
    LicenseRef-PRC-Copyright-Law-Art5    keep       LIC.R023
    LicenseRef-fortune-mod-unclear       quarantine LIC.R000
    NOASSERTION                          quarantine LIC.R000
"""


@pytest.mark.e2e
@pytest.mark.skipif(not BENCH.is_dir(), reason="no corpora: set PROVENDER_CORPORA")
def test_every_licence_string_of_the_bench_corpus_is_decided_as_the_rules_say() -> None:
    limits = Limits()
    of = Circumstances(use="pretrain", origin="CN")
    seen: Counter[tuple[str, str, str]] = Counter()
    for path in sorted(BENCH.glob("*.zst")):
        for records in formats.read(path, "jsonl", limits):
            ids = pa.array(range(records.num_rows), pa.int64())
            got = licences.documents.decide(licences.documents.measure(records, ids, None), rules(), of)
            columns = (records.column("licence_declared"), got.column("outcome"), got.column("rule_id"))
            seen.update(zip(*(column.to_pylist() for column in columns), strict=True))
    expected = [line.rsplit(maxsplit=2) for line in EXPECTED.strip().splitlines()]
    assert len(expected) == 21
    for said, outcome, rule in expected:  # a header in a document may make it stricter than its column
        decided = Counter({key[1:]: n for key, n in seen.items() if key[0] == said.strip()})
        assert decided.most_common(1)[0][0] == (outcome, rule), said
        assert outcome == "keep" or not any(one == "keep" for one, _ in decided)
