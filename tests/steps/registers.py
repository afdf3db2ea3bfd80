"""A register of one or more sources, as small as one can be."""

from pathlib import Path

SOURCE = """id = "{id}"
kind = "open-data"
name = "Tea"
data_type = "web"
provider = "p"
contact = "tea@example.org"
jurisdiction = "CN"
storage_region = "CN"
languages = ["zh"]
collected_from = 2026-01-01
method = "files"
intended_use = ["pretrain"]
is_commercial = true
retention_days = 30
registrar = "li"
approver = "wang"
data_grade = "general"
{more}
[licence]
expression = "MIT"
text_file = "LICENSE"
[personal]
expected = "no"
basis = "not_pi"
minors = "no"
[files]
patterns = ["{id}.jsonl"]
"""


def write(folder: Path, *ids: str, more: str = "") -> Path:
    """Sources with their licence text and a document each, in `folder`."""
    folder.mkdir(exist_ok=True)
    (folder / "LICENSE").write_text("SPDX-License-Identifier: MIT")
    for one in ids:
        (folder / f"{one}.toml").write_text(SOURCE.format(id=one, more=more))
        (folder / f"{one}.jsonl").write_text('{"text": "tea"}\n')
    return folder
