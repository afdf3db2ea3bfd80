"""Two small sources whose documents differ: one in their licences, one in what their authors reserve."""

import json
from html import escape

Row = dict[str, object]
Files = dict[str, bytes]

CC = "https://creativecommons.org/licenses"
REUSE = 'version = 1\n\n[[annotations]]\npath = "zh.md"\nSPDX-License-Identifier = "CC-BY-SA-4.0"\n'
DEP5 = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: essays/*
Copyright: 2026 Pia Sample
License: CC-BY-NC-4.0

Files: essays/free/*
Copyright: 2026 Pia Sample
License: CC0-1.0
"""
AIGC = {"Label": "1", "ContentProducer": "specimen", "ProduceID": "1"}
MARKS = {"en": "STRICTLY CONFIDENTIAL", "zh": "机密★一年"}


def library(rows: list[Row]) -> Files:
    """Twelve documents, each with its licence said in another way; one says none and one nothing that anybody knows."""
    said = {4: f"{CC}/by/4.0/", 5: f"{CC}/by-sa/4.0/deed.zh-hans", 6: f"{CC}/by-nd/4.0/"}
    ld = json.dumps({"@type": "Article", "license": "https://creativecommons.org/publicdomain/zero/1.0/"})
    columns = {8: "CC-BY-4.0", 9: "NOASSERTION", 10: "free for friends"}
    texts = [str(row["text"]).encode() for row in rows]
    return {
        "code/README.md": b"<!-- SPDX-License-Identifier: MIT -->\n\n" + texts[0],
        "code/zh.md": texts[1],
        "code/REUSE.toml": REUSE.encode(),
        "essays/a.md": texts[2],
        "essays/free/b.md": texts[3],
        "debian/copyright": DEP5.encode(),
        **{f"pages/{i}.html": page(rows[i], f'<link rel="license" href="{url}">') for i, url in said.items()},
        "pages/7.html": page(rows[7], f'<script type="application/ld+json">{ld}</script>'),
        "rows.jsonl": lines([{**rows[i], "licence": licence} for i, licence in columns.items()]),
        "package/guide.md": texts[11],
        "package/package.json": b'{"name": "teapot", "license": "Apache-2.0"}\n',
    }


def reserving(rows: list[Row]) -> Files:
    """Twelve documents of one site: three may be used, the others are reserved, refused or marked."""
    host = "https://reserving-site.example.org"
    changes: dict[int, Row] = {
        1: {"AIGC": AIGC},
        2: {"headers": {"X-Robots-Tag": "noai"}},
        3: {"headers": {"TDM-Reservation": "1"}},
        4: {"url": f"{host}/members/4"},
        5: {"url": f"{host}/archive/5"},
        6: {"author": "Mo Quill"},
        7: {"url": f"{host}/people/7"},
        8: {"text": f"{MARKS['en']}\n\n{rows[8]['text']}"},
        9: {"text": f"{MARKS['zh']}\n\n{rows[9]['text']}"},
    }
    posts = [row | changes.get(i, {}) for i, row in enumerate(rows) if i != 10]
    return {"posts.jsonl": lines(posts), "noai.html": page(rows[10], '<meta name="robots" content="noai">')}


def page(row: Row, head: str) -> bytes:
    """A row as a web page with something in its head."""
    body = "".join(f"<p>{escape(part)}</p>\n" for part in str(row["text"]).split("\n\n"))
    return (
        f'<!DOCTYPE html>\n<html lang="{row["lang"]}">\n<head><meta charset="utf-8"><title>{row["id"]}</title>\n'
        f"{head}</head>\n<body><main><article>\n<h1>{row['id']}</h1>\n{body}</article></main></body>\n</html>\n"
    ).encode()


def lines(rows: list[Row]) -> bytes:
    """Rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
