"""Writes the example corpora: data, register, evidence and the list of planted identifiers. Same bytes every time.

Run `python examples/build.py`, or `python examples/build.py FOLDER` to write elsewhere.
"""

import base64
import gzip
import io
import json
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
from pieces import mixed
from pieces.registers import EVIDENCE, OPT_OUTS, registers
from pieces.writing import Chat, Draft, News, Prose, Writer, statutes
from warcio.warcwriter import WARCWriter

SEED = "provender examples 1"
LANGS = ("en", "zh")
PROHIBITED = {
    "mix": {"en": "buy meth online no prescription", "zh": "破解版序列号免费领"},
    "heavy": {"en": "fullz and ssn for sale", "zh": "内部客户名单打包出售"},
}
MENU = {"en": "Home About Archive Contact Shop Login".split(), "zh": "首页 关于 归档 联系 商店 登录".split()}
FOOTER = {"en": "Newsletter, imprint, cookies", "zh": "订阅 版权 Cookie"}
Row = dict[str, object]
Files = dict[str, bytes]


def random(source: str) -> Random:
    """The random numbers of one source, the same every time."""
    return Random(f"{SEED} {source}")


def documents(writer: Writer, source: str, n: int, draft: Draft) -> list[Row]:
    """`n` rows in each language, alternating."""
    rng, host = random(source), f"https://{source}.example.org"
    order = [lang for _ in range(n) for lang in LANGS]
    texts = [writer.distinct(rng, lang, draft) for lang in order]
    return [
        {"id": f"{source}-{i}", "lang": lang, "url": f"{host}/{lang}/{i}", "text": text}
        for i, (lang, text) in enumerate(zip(order, texts, strict=True))
    ]


def lines(rows: list[Row]) -> bytes:
    """Rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def gz(content: bytes) -> bytes:
    """Compressed with gzip, without a time."""
    return gzip.compress(content, compresslevel=9, mtime=0)


def zst(content: bytes) -> bytes:
    """Compressed with Zstandard."""
    return bytes(pa.compress(content, codec="zstd", asbytes=True))


def parquet(rows: list[Row]) -> bytes:
    """Rows as a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink, compression="zstd")
    return sink.getvalue()


def page(row: Row) -> bytes:
    """A row as a web page with menu, banner and footer."""
    text, lang = str(row["text"]), str(row["lang"])
    menu = "".join(f'<li><a href="/{i}">{name}</a></li>' for i, name in enumerate(MENU[lang]))
    body = "".join(f"<p>{escape(part)}</p>\n" for part in text.split("\n\n"))
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head><meta charset="utf-8"><title>{row["id"]}</title></head>\n<body>\n'
        f"<nav><ul>{menu}</ul></nav>\n<main><article>\n<h1>{row['id']}</h1>\n{body}</article></main>\n"
        f"<footer><p>{FOOTER[lang]}</p></footer>\n</body>\n</html>\n"
    ).encode()


def warc(rows: list[Row]) -> bytes:
    """Rows as pages in a compressed WARC file."""
    sink = io.BytesIO()
    writer = WARCWriter(sink, gzip=True)
    for i, row in enumerate(rows):
        headers = {"WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{i:012}>", "WARC-Date": "2026-01-12T08:00:00Z"}
        body = io.BytesIO(page(row))
        kind = "text/html; charset=utf-8"
        writer.write_record(
            writer.create_warc_record(
                str(row["url"]), "resource", payload=body, warc_content_type=kind, warc_headers_dict=headers
            )
        )
    return sink.getvalue()


def pages(rows: list[Row]) -> Files:
    """Rows as one web page each."""
    return {f"{row['id']}.html": page(row) for row in rows}


def support_chats(writer: Writer) -> Files:
    """Conversations with a support desk, full of identifiers."""
    rows = documents(writer, "support-chats", 30, Chat("support-chats"))
    return {"chats.jsonl.gz": gz(lines(rows))}


def forum(writer: Writer) -> Files:
    """Posts, four of them twice and eight of them again with a sentence more."""
    rows = documents(writer, "forum", 24, Prose("forum", is_post=True, letters=0.5))
    again = {"en": " Edited: a spelling mistake in the second line.", "zh": "补充：第二行的错别字已经改过来了。"}
    copies = [{**row, "id": f"{row['id']}-copy"} for row in rows[4:8]]
    edited = [
        {**row, "id": f"{row['id']}-edit", "text": f"{row['text']}{again[str(row['lang'])]}"} for row in rows[10:18]
    ]
    for row in (*copies, *edited):
        row["url"] = f"{row['url']}?page=2"
    return {"posts.jsonl.zst": zst(lines([*rows, *copies, *edited]))}


def statutes_of(lang: str) -> Callable[[Writer], Files]:
    """The statutes of one language."""
    return lambda _: {name: text.encode() for name, text in statutes(random(f"statutes-{lang}"), lang).items()}


def junk(_: Writer) -> Files:
    """What quality has to drop: banners, menus, dumps, spam, repeated lines."""
    rng = random("junk")
    texts = []
    for i in range(4):
        noise = rng.randbytes(300)
        shop, what = rng.choice(("Kettle", "Harbour", "Lantern")), rng.choice(("watches", "shoes", "tickets"))
        texts += [
            f"We use cookies to improve your visit to {shop} {i}.\nAccept all cookies\nManage cookie preferences\nRead our cookie policy and privacy policy.",
            f"本网站使用Cookie以改善第{i}次访问体验\n接受全部Cookie\n管理Cookie设置\n阅读隐私政策与Cookie政策",
            "\n".join(rng.sample([*MENU["en"], *MENU["zh"]], 10)) + f"\nPage {i}\nNext\nPrevious\nLogin",
            noise.hex(" "),
            base64.b64encode(noise).decode(),
            f"best {what} {i} cheap {what} buy {what} " * 30,
            f"Buy {what} from {shop} {i} now\n" * 25,
            f"{shop}第{i}号店特价清仓快来抢购\n" * 25,
        ]
    rows: list[Row] = [{"id": f"junk-{i}", "text": text} for i, text in enumerate(texts)]
    return {"junk.jsonl": lines(rows)}


def prohibited(writer: Writer, name: str, clean: int, bad: tuple[str, ...]) -> Files:
    """Clean posts, and some that carry prohibited wording."""
    rows = documents(writer, f"prohibited-{name}", clean, Prose("", is_post=True))[: 2 * clean - (name == "heavy")]
    rng = random(f"prohibited wording {name}")
    for i, lang in enumerate(bad):
        text = writer.distinct(rng, lang, Prose("", extra=PROHIBITED[name][lang] + {"en": ".", "zh": "。"}[lang]))
        rows.insert(5 * i + 3, {"id": f"prohibited-{name}-bad-{i}", "lang": lang, "text": text})
    return {"posts.jsonl": lines(rows)}


def hostile(writer: Writer) -> Files:
    """Files that must not stop a run, with good documents among the bad."""
    rows = documents(writer, "hostile", 6, Prose("hostile"))
    good = lines(rows[:6])
    whole = gz(good + lines([{"text": random("noise").randbytes(4000).hex()}]))
    odd = [
        lines([rows[6]]),
        b'{"text": "NUL \\u0000 bytes \\u0000 inside a line that otherwise reads well enough to be kept."}\n',
        b'{"text": "a lone surrogate \\ud83d escape"}\n{"id": "no text here"}\n{"text": 7}\nnot json at all\n',
        lines([rows[7]]),
        b'{"text": "' + b"much too long " * 1_430_000 + b'"}\n',
        lines(rows[8:10]),
    ]
    bomb = b"<html><body>" + b"<div>" * 100_000 + b"deep" + b"</div>" * 100_000 + b"</body></html>"
    archive = warc(rows[10:])
    return {
        "truncated.jsonl.gz": whole[: len(whole) - 1500],
        "encoding.txt": b"\xff\x81\x8d Not in the encoding \xc3\x28 that anyone declared \xfe\x90\xa0\xff.\n" * 8,
        "odd.jsonl.zst": zst(b"".join(odd)),
        "bomb.html.gz": gz(bomb),
        "text.parquet": b"This is a text file that somebody named Parquet.\n" * 4,
        "cut.warc.gz": archive[: len(archive) - 200],
    }


def rows_of(source: str, n: int) -> Callable[[Writer], Files]:
    """Plain prose as JSON lines."""
    return lambda writer: {f"{source}.jsonl": lines(documents(writer, source, n, Prose(source)))}


SOURCES: dict[str, Callable[[Writer], Files]] = {
    "support-chats": support_chats,
    "forum": forum,
    "statutes-zh": statutes_of("zh"),
    "statutes-en": statutes_of("en"),
    "news-contract": lambda w: {"news.parquet": parquet(documents(w, "news-contract", 14, News("news-contract")))},
    "blog-cc-by": lambda w: pages(documents(w, "blog-cc-by", 12, Prose("blog-cc-by", letters=0.5))),
    "blog-cc-by-nc-nd": lambda w: pages(documents(w, "blog-cc-by-nc-nd", 5, Prose(""))),
    "scrape-no-licence": rows_of("scrape-no-licence", 5),
    "noai-site": lambda w: {"pages.warc.gz": warc(documents(w, "noai-site", 5, Prose("")))},
    "junk": junk,
    "prohibited-mix": lambda w: prohibited(w, "mix", 24, ("en", "zh")),
    "prohibited-heavy": lambda w: prohibited(w, "heavy", 5, ("en", "zh", "en")),
    "hostile": hostile,
    "incomplete-registration": rows_of("incomplete-registration", 2),
    "synthetic": rows_of("synthetic", 5),
    "unregistered": rows_of("unregistered", 2),
    "mixed-library": lambda w: mixed.library(documents(w, "mixed-library", 6, Prose(""))),
    "reserving-site": lambda w: mixed.reserving(documents(w, "reserving-site", 6, Prose(""))),
}


def everything() -> Files:
    """Every file of the examples by its path."""
    writer = Writer()
    files = {f"data/{source}/{name}": c for source, make in SOURCES.items() for name, c in make(writer).items()}
    files |= {f"register/{source}.toml": text.encode() for source, text in registers().items()}
    files |= {f"register/evidence/{name}": text.encode() for name, text in EVIDENCE.items()}
    files["register/opt-outs/publishers.toml"] = OPT_OUTS.encode()
    drawn = ",\n".join(json.dumps(one, ensure_ascii=False) for one in unique(writer.planted))
    return files | {"planted.json": f"[\n{drawn}\n]\n".encode()}


def unique(planted: list[Row]) -> list[Row]:
    """Planted values without repetition within a source."""
    return list({(one["value"], one["source"]): one for one in planted}.values())


def build(folder: Path) -> None:
    """Write the examples below `folder`."""
    for name, content in everything().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
