"""The pages for people in a snapshot's folder: dataset card and attributions. Every number is counted, none typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import pyarrow as pa
import pyarrow.compute as pc

TEMPLATES = Path(__file__).parents[1] / "templates"
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))
_LARGER = ((10**8, "10M<n<100M"), (10**9, "100M<n<1B"), (10**10, "1B<n<10B"))
_SAMPLING = (
    "`sampling.parquet` holds one row a document: `weight_ppm` (how often an epoch reads it, in millionths), `topic`, "
    "`cluster_id` of near duplicates, `kept_doc_id` of the better copy. `data/` alone is not the mixture approved."
)


@dataclass(slots=True)
class Counts:
    """What has been written so far, by language and by (source, licence)."""

    documents: int = 0
    characters: int = 0
    languages: dict[str, int] = field(default_factory=dict)
    sources: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, table: pa.Table) -> pa.Table:
        """Count a `SNAPSHOT_DOCUMENTS` table; the table itself, so that it can stand in a stream."""
        self.characters += characters(table)
        return self.add_facts(table)

    def add_facts(self, table: pa.Table) -> pa.Table:
        """As `add`, of a table without texts: what is counted but the characters."""
        self.documents += table.num_rows
        for row in table.group_by("lang").aggregate([([], "count_all")]).to_pylist():
            self.languages[row["lang"]] = self.languages.get(row["lang"], 0) + row["count_all"]
        for row in table.group_by(["source_id", "licence"]).aggregate([([], "count_all")]).to_pylist():
            key = (row["source_id"], row["licence"])
            self.sources[key] = self.sources.get(key, 0) + row["count_all"]
        return table

    def licences(self) -> dict[str, dict[str, object]]:
        """The roll-up: documents and sources by licence, sorted."""
        found: dict[str, dict[str, object]] = {}
        for licence in sorted({licence for _, licence in self.sources}):
            mine = {source: n for (source, named), n in sorted(self.sources.items()) if named == licence}
            found[licence] = {"documents": sum(mine.values()), "sources": list(mine)}
        return found


def characters(table: pa.Table) -> int:
    """How many code points its texts have."""
    return int(pc.sum(pc.utf8_length(table.column("text"))).as_py() or 0)


def card(name: str, version: str, use: str, counts: Counts, duties: Mapping[str, int], *, is_weighted: bool) -> bytes:
    """README.md: a Hugging Face dataset card whose `configs` makes `load_dataset(folder)` work."""
    languages = sorted(code for code in counts.languages if code != "und")
    by_licence = [(licence, str(entry["documents"])) for licence, entry in counts.licences().items()]
    return _fill(
        "dataset-card.md",
        name=name,
        version=version,
        use=use,
        languages="\n".join(f"- {code}" for code in languages) or "- und",
        size=_size(counts.documents),
        sampling=_SAMPLING if is_weighted else "",
        documents=f"{counts.documents:,}",
        sources=f"{len({source for source, _ in counts.sources}):,}",
        characters=f"{counts.characters:,}",
        licence_rows=_rows(by_licence),
        duty_rows=_rows([(duty, str(n)) for duty, n in sorted(duties.items())]),
        language_rows=_rows([(code, str(n)) for code, n in sorted(counts.languages.items())]),
    )


def attribution(name: str, version: str, counts: Counts, attributions: Mapping[str, str]) -> bytes:
    """ATTRIBUTION.md: licence, size and credit line of every source in the snapshot."""
    rows = [(s, licence, str(n), attributions.get(s, "")) for (s, licence), n in sorted(counts.sources.items())]
    return _fill("attribution.md", name=name, version=version, rows=_rows(rows))


def _fill(template: str, **values: str) -> bytes:
    return Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(values).encode()


def _rows(rows: Sequence[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _size(documents: int) -> str:
    return next((label for limit, label in (*_SIZES, *_LARGER) if documents < limit), "10B<n<100B")
