import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.readers.licence_files import READ, Neighbours

DEP5 = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: tea

Files: *
Copyright: 2026 Li Lei
License: GPL-2+

Files: docs/* *.md
Copyright: 2026 Han Meimei
License: CC-BY-SA-3.0

Files: docs/images/*
Copyright: 2026 Han Meimei
License: Expat
 Permission is hereby granted
"""
REUSE = """version = 1

[[annotations]]
path = "**"
SPDX-License-Identifier = "MIT"

[[annotations]]
path = ["docs/*.md"]
SPDX-License-Identifier = ["CC-BY-4.0", "CC0-1.0"]
"""


def _write(root: Path, **files: str) -> Neighbours:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Neighbours(root=root)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("a.py", "GPL-2+"),
        ("README.md", "CC-BY-SA-3.0"),
        ("docs/deep/x.txt", "CC-BY-SA-3.0"),
        ("docs/images/a.png", "Expat"),
    ],
)
@pytest.mark.parametrize("where", [".reuse/dep5", "debian/copyright", "copyright"])
def test_of_the_globs_of_a_debian_file_the_last_that_matches_wins(where: str, path: str, said: str, tmp_path) -> None:
    found = _write(tmp_path, **{where: DEP5, path: "x"})
    assert found.of(tmp_path / path) == (("dep5", said),)


@pytest.mark.parametrize(
    ("path", "said"), [("a.py", "MIT"), ("docs/a.md", "(CC-BY-4.0) AND (CC0-1.0)"), ("docs/deep/a.md", "MIT")]
)
def test_a_star_of_reuse_stays_in_its_folder(path: str, said: str, tmp_path) -> None:
    found = _write(tmp_path, **{"REUSE.toml": REUSE, path: "x"})
    assert found.of(tmp_path / path) == (("reuse", said),)


def test_a_file_beside_it_goes_before_reuse_toml_and_the_nearest_package_before_farther_ones(tmp_path) -> None:
    files = {
        "REUSE.toml": REUSE,
        "a.py": "x",
        "a.py.license": "SPDX-FileCopyrightText: x\nSPDX-License-Identifier: 0BSD\n",
        "package.json": json.dumps({"license": "ISC"}),
        "sub/PKG-INFO": "Metadata-Version: 2.4\nName: x\nLicense-Expression: BSD-3-Clause\n",
        "sub/b.py": "x",
    }
    found = _write(tmp_path, **files)
    assert dict(found.of(tmp_path / "a.py")) == {"reuse": "0BSD", "package": "ISC"}
    assert dict(found.of(tmp_path / "sub/b.py")) == {"reuse": "MIT", "package": "BSD-3-Clause"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("package.json", '{"license": {"type": "MIT"}}', ("package", "MIT")),
        ("package.json", '{"licenses": [{"type": "MIT"}, {"type": "Apache-2.0"}]}', ("package", "MIT OR Apache-2.0")),
        ("package.json", "{", ("package", "unreadable package.json")),
        (
            "croissant.json",
            '{"license": "https://spdx.org/licenses/CC-BY-4.0"}',
            ("croissant", "https://spdx.org/licenses/CC-BY-4.0"),
        ),
        ("croissant.json", '{"sc:license": [{"@id": "CC0-1.0"}]}', ("croissant", "CC0-1.0")),
        ("REUSE.toml", "[[annotations", ("reuse", "unreadable REUSE.toml")),
    ],
)
def test_metadata_of_packages_and_datasets_speaks_for_its_folder_and_what_is_broken_says_so(
    name, content, said, tmp_path
) -> None:
    found = _write(tmp_path, **{name: content, "deep/down/x.txt": "x"})
    assert found.of(tmp_path / "deep/down/x.txt") == (said,)


def test_nothing_above_the_root_of_a_source_speaks_for_it(tmp_path) -> None:
    _write(tmp_path, **{"package.json": '{"license": "MIT"}', "source/a.txt": "x"})
    assert Neighbours(root=tmp_path / "source").of(tmp_path / "source/a.txt") == ()


SCRAPS = st.text(max_size=80) | st.sampled_from(
    [
        "[[annotations]]\npath = 1\nSPDX-License-Identifier = 2",
        "annotations = [1]",
        '{"license": [1, {"type": null}]}',
        '{"license": "\\ud800"}',
        "[" * 100_000,
        "Files: *\nLicense:\n\n",
    ]
)


@given(SCRAPS)
def test_whatever_stands_in_such_a_file_it_says_something_or_nothing(text: str) -> None:
    for _, _, rules in READ:
        assert all(isinstance(said, str) for _, said in rules(text))
