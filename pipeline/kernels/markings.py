"""Markings of secrecy on a document: 机密★10年, 商业秘密 严禁外传, CONFIDENTIAL, ATTORNEY-CLIENT PRIVILEGED.

A marking stands by itself: in the official form on a line of its own, with an injunction, between brackets, again and
again as a running head, or as a bare word in the first or last lines of a text that does not go on to speak of it. A
text about secrecy has the same words in its sentences and headings, and is not marked.
"""

import re
from collections import Counter
from collections.abc import Iterator

HEAD_LINES = 4
FOOT_LINES = 4
RUNNING = 3
"""So many equal lines by themselves are a running head."""
LONGEST = 80
"""Characters of a line that can be a marking; a sentence is longer."""

HINT = re.compile(
    r"绝密|机密|秘密|密级|[★☆]|内部|保密|外传|CONFIDENTIAL|Confidential|confidential|SECRET|Secret|PRIVILEGED|Privileged"
    r"|PROPRIETARY|Proprietary|OFFICIAL USE|INTERNAL USE|Internal Use|RESTRICTED|NOFORN|DO NOT DISTRIBUTE"
)
"""A text without any of these has no marking: most are done after one scan."""
EDGE = r"[\s\[\]【】（）()<>《》〔〕*#|=_~·.,;:：。，、;!！—–-]*"
OFFICIAL = re.compile(
    rf"{EDGE}(?:\d{{1,8}}\s+)?(?:密\s*级\s*[:：]?\s*)?(?:绝\s*密|机\s*密|秘\s*密)\s*[★☆]\s*"
    rf"(?:\d{{1,3}}\s*年|[一二三四五六七八九十]+年|长期|启[用封]前?|解密前|公布前)?\s*(?:特急|加急|平急|特提)?{EDGE}"
)
"""Copy number, grade, term and urgency, as the head of an official document has them (GB/T 9704)."""
GRADED = re.compile(
    rf"{EDGE}(?:文件|资料|本件)?密\s*级\s*[:：]\s*(?:绝密|机密|秘密|商密|核心商密|普通商密)\S{{0,6}}{EDGE}"
)
TERMS_ZH = (
    "商业秘密|核心商密|普通商密|公司机密|内部资料|内部文件|内部材料|内部使用|工作秘密|秘密文件"
    "|机密文件|绝密文件|机密|绝密"
)
INJUNCTIONS_ZH = (
    "严禁外传|请勿外传|不得外传|禁止外传|不得外泄|严禁外泄|注意保密|严格保密|请勿转发"
    "|不得转发|注意保存|妥善保管|严禁复制|仅供内部"
)
BETWEEN = r"[\s,，;；:：·!！。、—-]*"
FORBIDDEN = re.compile(
    rf"{EDGE}(?:(?:{TERMS_ZH}){BETWEEN}(?:{INJUNCTIONS_ZH})|(?:{INJUNCTIONS_ZH}){BETWEEN}(?:{TERMS_ZH}))\S{{0,8}}{EDGE}"
)
BRACKETED = re.compile(r"\s*[【\[〔(（]\s*(?:绝密|机密|商业秘密|公司机密|内部资料|核心商密)\s*[】\]〕)）]\s*")
BARE_ZH = re.compile(rf"{EDGE}(?:绝\s*密|机\s*密|商\s*业\s*秘\s*密|公司机密|内部资料|内部文件|核心商密){EDGE}")

DEGREE_EN = r"STRICTLY|HIGHLY|COMPANY|COMMERCIALLY|COMMERCIAL[\s-]+IN[\s-]+"
GRADE_EN = rf"(?:(?:{DEGREE_EN})?\s*CONFIDENTIAL|TRADE\s+SECRETS?|PRIVILEGED|PROPRIETARY)"
FORBID_EN = (
    r"(?:DO\s+NOT\s+(?:COPY|DISTRIBUTE|FORWARD|SHARE|DISCLOSE)(?:\s+OR\s+\w+)?"
    r"|NOT\s+FOR\s+(?:PUBLIC\s+)?(?:DISTRIBUTION|RELEASE|DISCLOSURE)|(?:FOR\s+)?INTERNAL\s+USE(?:\s+ONLY)?)"
)
COUNSEL = r"(?:\s*(?:/|&|AND|-|–|—)?\s*(?:ATTORNEY\s+)?(?:WORK\s+PRODUCT|CONFIDENTIAL|COMMUNICATION))?"
PHRASES = (
    r"(?:TOP\s+SECRET|SECRET|CONFIDENTIAL)\s*//\s*[A-Z][A-Z0-9/, -]{1,30}",
    rf"ATTORNEY[\s-]+CLIENT\s+(?:PRIVILEGED?|COMMUNICATION|CONFIDENTIAL){COUNSEL}",
    r"ATTORNEY\s+WORK\s+PRODUCT",
    r"(?:STRICTLY|HIGHLY)\s+(?:PRIVATE\s+(?:AND|&)\s+)?CONFIDENTIAL",
    rf"{GRADE_EN}\s*(?:AND|&|/|,)\s*{GRADE_EN}(?:\s+INFORMATION)?",
    r"(?:THIS\s+DOCUMENT\s+)?CONTAINS\s+(?:TRADE\s+SECRETS?|CONFIDENTIAL\s+INFORMATION)\S{0,3}",
    rf"{GRADE_EN}\s*[-–—:.,|/]*\s*{FORBID_EN}",
    r"FOR\s+(?:INTERNAL|OFFICIAL)\s+USE\s+ONLY",
)
PHRASES_EN = re.compile(rf"{EDGE}(?:{'|'.join(PHRASES)}){EDGE}", re.IGNORECASE)
BARE_EN = re.compile(rf"{EDGE}(?:(?:COMPANY\s+)?CONFIDENTIAL|Confidential|TOP\s+SECRET|TRADE\s+SECRETS?|FOUO){EDGE}")
NOTICE_EN = re.compile(
    r"\b(?:this|the\s+following)\s+(?:document|e-?mail|message|memorandum|report|presentation|material|communication)"
    r"[^.\n]{0,80}?\b(?:is|are|contains?|may\s+contain)\s+(?:\w+\s+){0,3}?"
    r"(?:confidential|privileged|proprietary|trade\s+secret)[^.\n]{0,160}?"
    r"\b(?:intended\s+(?:solely|only)|may\s+not\s+be|must\s+not\s+be|do\s+not|unauthori[sz]ed|prohibited)",
    re.IGNORECASE,
)
"""The footer of a confidential message: what it is, and what may not be done with it."""
NOTICE_ZH = re.compile(
    r"本(?:文件|资料|邮件|报告|材料|文档)[^。\n]{0,30}(?:商业秘密|机密信息|保密信息|机密资料)[^。\n]{0,60}(?:不得|严禁|禁止|请勿)"
)
ALWAYS = (("official", OFFICIAL), ("graded", GRADED), ("injunction", FORBIDDEN), ("bracketed", BRACKETED))
AT_EDGE = (("phrase", PHRASES_EN), ("bare", BARE_ZH), ("bare", BARE_EN))
NOTICES = (("notice", NOTICE_EN), ("notice", NOTICE_ZH))


def find(text: str) -> tuple[str, ...]:
    """Codes of the markings on a text, by form, sorted: official, graded, injunction, bracketed, phrase, bare, notice.

    Source:
        Interim Measures Art. 4(3); Law on Guarding State Secrets Art. 17 and GB/T 9704 for the official form.
    """
    if HINT.search(text) is None:
        return ()
    return tuple(sorted(set(_found(text))))


def _found(text: str) -> Iterator[str]:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    short = [line for line in lines if len(line) <= LONGEST and HINT.search(line)]
    yield from (code for line in short for code, form in ALWAYS if form.fullmatch(line))
    edge = [*lines[:HEAD_LINES], *lines[HEAD_LINES:][-FOOT_LINES:]]
    running = {line for line, n in Counter(short).items() if n >= RUNNING}
    for line in (*edge, *running):
        if len(line) <= LONGEST:
            yield from (code for code, form in AT_EDGE if form.fullmatch(line) and _is_apart(line, text, code, running))
    foot = "\n".join(edge)
    yield from (code for code, form in NOTICES if form.search(foot))


def _is_apart(line: str, text: str, code: str, running: set[str]) -> bool:
    """Whether the words of a bare line are its own: the text does not go on to speak of them."""
    if code != "bare" or line in running:
        return True
    word = line.strip(" \t[]【】（）()<>《》〔〕*#|=_~·.,;:：。，、!！—–-")
    return text.lower().count(word.lower()) <= 1
