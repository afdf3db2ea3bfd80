"""The register entries of the examples and the evidence that they name."""

from datetime import date

Entry = dict[str, object]
Tables = dict[str, Entry]

ROBOTS_OPEN = "User-agent: *\nDisallow: /account/\nAllow: /\n"
ROBOTS_CLOSED = "User-agent: ProvenderBot\nUser-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nAllow: /\n"
CC0 = """Licence notice

SPDX-License-Identifier: CC0-1.0

To the extent possible under law, the contributors have waived all copyright and related or neighbouring rights to this
collection. This work is published from Lower Ambria. Licensed under Creative Commons Zero v1.0 Universal.
https://creativecommons.org/publicdomain/zero/1.0/
"""
CC_BY = """Licence notice

SPDX-License-Identifier: CC-BY-4.0

The posts of this blog are licensed under a Creative Commons Attribution 4.0 International License.
https://creativecommons.org/licenses/by/4.0/
"""
CC_BY_NC_ND = """Licence notice

SPDX-License-Identifier: CC-BY-NC-ND-4.0

The posts of this blog are licensed under a Creative Commons Attribution-NonCommercial-NoDerivatives 4.0 International
License. https://creativecommons.org/licenses/by-nc-nd/4.0/
"""
LAW = """著作权说明

SPDX-License-Identifier: LicenseRef-CN-Law

本目录收录的法规文本属于立法性质的文件，依照《中华人民共和国著作权法》第五条第一项，不适用著作权法的保护。
"""
CONTRACT = """Licence agreement (specimen)

SPDX-License-Identifier: LicenseRef-contract

Parties: Brindlemoor Gazette Ltd (licensor) and Provender Example Labs (licensee).
1. The licensor grants the licensee the right to reproduce the articles listed in the annex and to use them for the
   training, fine-tuning and evaluation of language models.
2. Territory: worldwide. Term: until 31 December 2035.
3. The licensor warrants that the articles come from lawful sources, that they meet the agreed quality, and that they
   contain no content that is prohibited by law.
"""
CONSENT = """Authorisation record (specimen)

SPDX-License-Identifier: LicenseRef-user-consent

Service: Teapot Support. Terms of service version 3.2, section 7, separate consent, given by a box that is not ticked in
advance and withdrawn at any time in the settings. Scope: conversations with the support desk may be used, after personal
information has been removed, to train and evaluate language models.
"""
CRAWL = """Record of a collection (specimen)

Crawler: ProvenderBot/1.0, one request every five seconds, from 12 January to 1 February 2026.
robots.txt was fetched first, and again every day; pages behind a log-in were not asked for.
"""
TERMS = """Terms of use (specimen), as fetched on 12 January 2026

Visitors may read and copy what is published here. What members keep to themselves stays with them.
"""
REVIEW = """Review of the licensor's materials (specimen)

The licensor showed its own archive, its editors' guide and its complaints of the last year. It commits to lawful
sources, to the agreed quality and to the safety of the content. Accepted.
"""
ROBOTS_PARTLY = "User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /members/\n\nUser-agent: *\nAllow: /\n"
TDMREP = '[{"location": "/archive/*", "tdm-reservation": 1}, {"location": "/", "tdm-reservation": 0}]\n'
AI_TXT = "User-Agent: *\nAllow: /\nDisallow: *.jpg\n"
OPT_OUTS = """reason = "an author and the people on one page refuse training (specimen)"
received_at = 2026-01-20
authors = ["Mo Quill"]
url_prefixes = ["https://reserving-site.example.org/people/"]
"""
EVIDENCE = {
    "cc0-notice.txt": CC0,
    "cc-by-notice.txt": CC_BY,
    "cc-by-nc-nd-notice.txt": CC_BY_NC_ND,
    "cn-law-notice.txt": LAW,
    "news-contract.txt": CONTRACT,
    "support-consent.txt": CONSENT,
    "crawl-record.txt": CRAWL,
    "site-terms.txt": TERMS,
    "news-review.txt": REVIEW,
    "robots-forum.txt": ROBOTS_OPEN,
    "robots-scrape.txt": ROBOTS_OPEN,
    "robots-noai.txt": ROBOTS_CLOSED,
    "robots-reserving.txt": ROBOTS_PARTLY,
    "tdmrep-reserving.json": TDMREP,
    "ai-reserving.txt": AI_TXT,
}


def licence(expression: str, file: str) -> Entry:
    """A licence and the notice that states it.

    The notices lie with the data and are read where they lie, at every run: nothing was fetched that could grow old.
    """
    return {"expression": expression, "text_file": f"evidence/{file}"}


def collected(host: str, robots: str) -> Tables:
    """What a crawl records: its own report, robots.txt and terms as fetched, and an assessed sample."""
    return {
        "collection": {
            "what": f"public pages of {host}",
            "user_agent": "ProvenderBot/1.0",
            "record_file": "evidence/crawl-record.txt",
        },
        "reservations": {
            "robots_file": f"evidence/{robots}",
            "agent": "ProvenderBot",
            "url": f"https://{host}/",
            "http_status": 200,
            "fetched_at": date(2026, 1, 12),
            "terms_file": "evidence/site-terms.txt",
        },
        "assessment": {"n": 200, "n_bad": 1, "method": "random sample", "by": "li.demo", "at": date(2026, 1, 10)},
    }


def entry(id_: str, name: str, kind: str, data_type: str, pattern: str, **other: object) -> str:
    """A register file; several patterns with spaces between. Tables in `other` are added or replaced, other values are top-level fields."""
    public = {"basis": "self_disclosed_or_public", "scope": "names under what people published themselves"}
    tables: Tables = {"personal": {"expected": "unknown", **public, "minors": "no"}}
    tables |= {key: table for key, table in other.items() if isinstance(table, dict)}
    tables["files"] = {"root": f"../data/{id_}", "patterns": [*pattern.split()], "media": "auto"}
    fields: Entry = {
        "id": id_,
        "name": name,
        "kind": kind,
        "data_type": data_type,
        "provider": f"{name} (invented)",
        "contact": f"{id_}@example.org",
        "jurisdiction": "CN",
        "storage_region": "CN",
        "languages": ["en", "zh"],
        "collected_from": date(2026, 1, 12),
        "collected_to": date(2026, 2, 1),
        "method": "delivered as files",
        "intended_use": ["pretrain", "finetune"],
        "is_commercial": True,
        "domain": "general",
        "attribution": f"{name}, https://{id_}.example.org/",
        "registrar": "li.demo",
        "approver": "wang.demo",
        "data_grade": "general",
        "is_secrecy_declared": False,
        "retention_days": 365,
    }
    fields |= {key: one for key, one in other.items() if not isinstance(one, dict)}
    return toml({key: one for key, one in fields.items() if one is not None}, tables)


def toml(fields: Entry, tables: Tables) -> str:
    """Fields and tables as TOML."""
    lines = [f"{key} = {literal(one)}" for key, one in fields.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {literal(one)}" for key, one in table.items())]
    return "\n".join(lines) + "\n"


def literal(one: object) -> str:
    """A value as TOML."""
    if isinstance(one, bool):
        return str(one).lower()
    if isinstance(one, (int, date)):
        return str(one)
    if isinstance(one, list):
        return "[" + ", ".join(literal(part) for part in one) + "]"
    return '"' + str(one).replace("\\", "\\\\").replace('"', '\\"') + '"'


def registers() -> dict[str, str]:
    """Every register file by source."""
    cc0 = licence("CC0-1.0", "cc0-notice.txt")
    return {
        **permitted(cc0),
        **refused(cc0),
        "junk": entry("junk", "Junk drawer", "open-data", "web", "*.jsonl", licence=cc0),
        "prohibited-mix": entry("prohibited-mix", "Ambria town board", "open-data", "forum", "*.jsonl", licence=cc0),
        "hostile": entry("hostile", "Files from a broken disk", "open-data", "web", "*", licence=cc0),
    }


def permitted(cc0: Entry) -> dict[str, str]:
    """Sources that may be used."""
    consent = licence("LicenseRef-user-consent", "support-consent.txt")
    terms = {"service": "Teapot Support", "version": "3.2", "scope": "training and evaluation after redaction"}
    personal = {"expected": "yes", "basis": "consent", "minors": "no", "names": "always"}
    personal["consent_record"] = "consent register of Teapot Support, terms 3.2"
    personal["proof_file"] = "evidence/support-consent.txt"
    personal["names_reason"] = "customers give their names, and nothing is learnt from them"
    contract: Entry = {"file": "evidence/news-contract.txt", "parties": "Brindlemoor Gazette; Provender Example Labs"}
    contract |= {"scope": "training of language models", "territory": "worldwide"}
    contract |= {"starts_at": date(2026, 1, 1), "expires_at": date(2035, 12, 31)}
    contract |= {"is_training_allowed": True, "is_origin_warranted": True}
    promised: Entry = {"source": True, "quality": True, "safety": True, "file": "evidence/news-review.txt"}
    promised |= {"review": "accepted", "reviewed_by": "wang.demo", "reviewed_at": date(2026, 1, 8)}
    made: Entry = {"model": "pieces", "version": "1", "terms": "output may be used for any purpose"}
    made["is_training_allowed"] = True
    law = licence("LicenseRef-CN-Law", "cn-law-notice.txt")
    reserved = collected("reserving-site.example.org", "robots-reserving.txt")
    files = {"tdmrep_file": "evidence/tdmrep-reserving.json", "ai_txt_file": "evidence/ai-reserving.txt"}
    reserved["reservations"] = reserved["reservations"] | files
    none: Entry = {"expected": "no", "basis": "not_pi", "minors": "no"}
    authorised: Entry = {**terms, "file": "evidence/support-consent.txt"}
    bought = licence("LicenseRef-contract", "news-contract.txt")
    by = licence("CC-BY-4.0", "cc-by-notice.txt")
    return {
        "support-chats": entry("support-chats", "Teapot Support chats", "user-data", "dialogue", "*.jsonl.gz",
                               licence=consent, authorisation=authorised, personal=dict(personal)),
        "forum": entry("forum", "Kettle forum", "self-collected", "forum", "*.jsonl.zst",
                       licence=cc0, method="crawl", **collected("forum.example.org", "robots-forum.txt")),
        "statutes-zh": entry("statutes-zh", "Statutes of Yunyin", "government", "statutes", "*.txt",
                             licence=law, languages=["zh"], personal=none),
        "statutes-en": entry("statutes-en", "Statutes of Lower Ambria", "government", "statutes", "*.txt",
                             licence=cc0, languages=["en"], personal=none, jurisdiction="GB"),
        "news-contract": entry("news-contract", "Brindlemoor Gazette", "commercial", "news", "*.parquet",
                               licence=bought, contract=contract, commitments=promised),
        "blog-cc-by": entry("blog-cc-by", "Slow Kettle blog", "open-data", "web", "*.html", licence=by),
        "mixed-library": entry("mixed-library", "Library of the tea house", "open-data", "web",
                               "code/*.md essays/*.md essays/free/*.md pages/*.html *.jsonl package/*.md",
                               licence={"is_per_document": True}),
        "reserving-site": entry("reserving-site", "Kettle letters", "self-collected", "web", "*.jsonl *.html",
                                licence=cc0, method="crawl", **reserved),
        "synthetic": entry("synthetic", "Composed stories", "synthetic", "stories", "*.jsonl",
                           licence=cc0, generator=made, personal=none),
    }  # fmt: skip


def refused(cc0: Entry) -> dict[str, str]:
    """Sources that must be refused, each for one reason."""
    nd = licence("CC-BY-NC-ND-4.0", "cc-by-nc-nd-notice.txt")
    half = entry("incomplete-registration", "Found on a share", "open-data", "web", "*.jsonl",
                 provider=None, jurisdiction=None, approver=None, method=None)  # fmt: skip
    return {
        "blog-cc-by-nc-nd": entry("blog-cc-by-nc-nd", "Quiet Harbour blog", "open-data", "web", "*.html", licence=nd),
        "scrape-no-licence": entry("scrape-no-licence", "Market notices", "self-collected", "web", "*.jsonl",
                                   method="crawl", licence={"expression": "NOASSERTION"},
                                   **collected("market.example.net", "robots-scrape.txt")),
        "noai-site": entry("noai-site", "No machines here", "self-collected", "web", "*.warc.gz", licence=cc0,
                           method="crawl", **collected("noai.example.org", "robots-noai.txt")),
        "prohibited-heavy": entry("prohibited-heavy", "Back room board", "open-data", "forum", "*.jsonl", licence=cc0),
        "incomplete-registration": half,
    }  # fmt: skip
