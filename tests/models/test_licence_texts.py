import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.licences import command
from pipeline.models import licence_texts, licence_words

identify = licence_texts.identifier()
MIT = """Copyright (c) 2026 Li Lei

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
ISC = """Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby
granted, provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
THIS SOFTWARE.
"""
NAMED = [
    ("本软件采用木兰宽松许可证，第2版（Mulan PSL v2）许可。", "MulanPSL-2.0"),
    ("https://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
    ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
    ("licensed under a Creative Commons Attribution-ShareAlike 3.0 Unported License", "CC-BY-SA-3.0"),
    ("licensed under the Creative Commons Attribution Share Alike 9.0", None),
    ("本作品采用知识共享署名-相同方式共享 4.0 国际许可协议进行许可。", "CC-BY-SA-4.0"),
    ("本站文章采用知识共享署名 4.0 国际许可协议", "CC-BY-4.0"),
    ("木兰宽松许可证，第2版", "MulanPSL-2.0"),
    ("Licensed under either of Apache License, Version 2.0 or MIT license at your option.", "Apache-2.0 OR MIT"),
    ("Licensed under GPLv2 or later", "GPL-2.0-or-later"),
    ("This program is licensed under GPL version 2 only.", "GPL-2.0-only"),
    ("// SPDX-License-Identifier: GPL-2.0+ WITH Linux-syscall-note", "GPL-2.0-or-later WITH Linux-syscall-note"),
    ("# SPDX-License-Identifier: MIT OR", None),
    ("SPDX-License-Identifier: LicenseRef-house-rules", "LicenseRef-house-rules"),
    ("Metadata-Version: 2.4\nName: tea\nLicense-Expression: 0BSD\n\n# tea", "0BSD"),
    ("The quick brown fox licenses nothing to the lazy dog.", None),
    ("All rights reserved.", None),
    ("第一条 为了规范渡船的管理，制定本办法。", None),
    ("", None),
    ("\x00\x01 binary \x02", None),
]


@pytest.mark.parametrize(("text", "expression"), NAMED)
def test_a_text_is_what_it_names(text: str, expression: str | None) -> None:
    assert identify(text).expression == expression


def test_a_whole_licence_is_found_with_its_place_and_a_changed_one_with_what_changed() -> None:
    whole = identify(MIT)
    assert (whole.expression, whole.score_ppm) == ("MIT", 1_000_000)
    assert MIT[whole.matches[0].start :].startswith("Permission is hereby")
    changed = MIT.replace("free of charge", "for a small fee").replace("merge, publish, ", "")
    found = identify(changed)
    assert found.expression == "MIT"
    assert 900_000 < found.score_ppm < 1_000_000
    missing, added = licence_texts.differences(changed, found.matches[0])
    assert "merge publish" in missing
    assert any("small fee" in words for words in added)


def test_several_licences_in_one_text_are_all_found_and_in_order() -> None:
    found = identify(f"{MIT}\n\nThe parser comes with this licence:\n\n{ISC}\n")
    assert found.expression == "MIT AND ISC"
    assert found.matches[0].end <= found.matches[1].start


def test_or_later_is_read_from_the_grant_and_never_from_the_text_of_the_licence() -> None:
    table = pq.read_table(licence_texts.RULES, filters=[("name", "=", "spdx-3.29.0:GPL-2.0-only")])
    text = str(table.column("words")[0])
    assert "any later version" in text
    assert identify(text).expression == "GPL-2.0-only"
    assert identify(f"Licensed under GPLv2 or later\n\n{text}").expression == "GPL-2.0-or-later"


def test_half_of_a_licence_is_none() -> None:
    assert identify(MIT[: len(MIT) // 3]).expression != "MIT"


def test_markup_punctuation_and_letter_case_do_not_count() -> None:
    html = "<div><p>" + MIT.replace("\n\n", "</p>\n<p>").replace('"', "&quot;") + "</p></div>"
    assert identify(html).expression == identify(MIT.upper()).expression == identify(MIT.replace(",", "")).expression


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_licence_files_are_read_in_the_encodings_in_which_they_come(encoding, tmp_path) -> None:
    path = tmp_path / "LICENSE"
    path.write_bytes(f"本作品采用知识共享署名 4.0 国际许可协议进行许可。\n{MIT}".encode(encoding))
    got = CliRunner().invoke(command, ["identify", str(path)])
    assert '"expression": "CC-BY-4.0 AND MIT"' in got.output


@given(st.text(max_size=300))
def test_every_text_is_answered_and_places_lie_in_it(text: str) -> None:
    found = identify(text)
    assert (found.expression is None) == (found.matches == ())
    assert all(0 <= match.start < match.end <= len(text) for match in found.matches)


@given(st.text(max_size=200))
def test_words_stand_where_they_are_said_to_stand(text: str) -> None:
    words, places = licence_words.located(text)
    assert words == licence_words.words(text)
    assert all(
        text[at:].lower().startswith(word[:1]) or not text[at].islower() for word, at in zip(words, places, strict=True)
    )
