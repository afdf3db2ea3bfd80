"""What `pipeline.kernels.text` counts, in plain Python: regular expressions, sets and counters, nothing shared with it."""

import math
import re
import unicodedata
from collections import Counter

from opencc import OpenCC

from pipeline.kernels import text, text_columns, text_lines
from pipeline.kernels import unicode_classes as uni

CLASSES = uni.table()
SENTENCE = {chr(c) for c in uni._codes(uni.SENTENCE_ENDS)}
TERMINAL = {chr(c) for c in uni._codes(uni.TERMINAL_ENDS)}
SIGNS = {chr(c) for c in uni._codes(uni.SIGNS)}
CLOSERS = {chr(c) for c in text_lines._CLOSERS}
SEPARATORS = {chr(c) for c in text_lines.SEPARATORS}
ONE_BY_ONE = OpenCC("t2s")
CITATION = re.compile(r"\[[0-9]*]|\[edit]|\[citation needed]")


def kind(c: str) -> int:
    return int(CLASSES[ord(c)])


def tokens(t: str) -> list[str]:
    found, i = [], 0
    while i < len(t):
        j = i + 1
        if kind(t[i]) in (uni.LETTER, uni.DIGIT):
            while j < len(t) and (kind(t[j]) in (uni.LETTER, uni.DIGIT, uni.MARK) or is_inner(t, j)):
                j += 1
        if not t[i].isspace():
            found.append(t[i:j])
        i = j
    return found


def is_inner(t: str, j: int) -> bool:
    return t[j] in "'’" and j + 1 < len(t) and kind(t[j - 1]) == kind(t[j + 1]) == uni.LETTER


def duplicates(items: list[str]) -> tuple[int, int]:
    seen, n, chars = set(), 0, 0
    for item in items:
        n, chars = n + (item in seen), chars + len(item) * (item in seen)
        seen.add(item)
    return n, chars


def top(words: list[str], n: int) -> int:
    grams = Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
    return len(" ".join(grams.most_common(1)[0][0])) * grams.most_common(1)[0][1] if grams else 0


def repeated(words: list[str], n: int) -> int:
    seen, chars, i = set(), 0, 0
    while i < len(words) - n + 1:
        gram = tuple(words[i : i + n])
        if gram in seen:
            chars, i = chars + sum(map(len, gram)), i + n
        else:
            seen.add(gram)
            i += 1
    return chars


def sentences(words: list[str]) -> int:
    found, ended = min(len(words), 1), False
    for word in words:
        if word in SENTENCE:
            ended = True
        elif ended and not all(unicodedata.category(c).startswith("P") for c in word):
            found, ended = found + 1, False
    return found


def ascii_lower(t: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in t)


def occurrences(line: str, phrase: str, *, at_words: bool) -> int:
    def letter(c: str) -> bool:
        return c.isascii() and c.isalpha()

    folded = ascii_lower(line)
    at = [m.start() for m in re.finditer(f"(?={re.escape(phrase)})", folded)]
    return sum(not (at_words and i and letter(folded[i]) and letter(folded[i - 1])) for i in at)


def c4(t: str, own: dict[str, list[str]], *, needs_end: bool) -> dict[str, int]:
    got = {"sentences": 0, "lorem": 0, "curly": 0, "kept_lines": 0}
    for raw in t.splitlines():
        line = raw.strip()
        bare = CITATION.sub("", line)
        ended = bare.endswith((".", "?", "!", '"', "'")) and not bare.endswith("...")
        if any(len(w) > 1000 for w in line.split()) or (needs_end and not ended) or len(line.split()) < 3:
            continue
        if any(occurrences(line, p, at_words=True) for p in own["lorem"]):
            return {**got, "lorem": 1}
        if any(occurrences(line, p, at_words=False) for p in own["c4_script"]):
            continue
        if "{" in bare:
            return {**got, "curly": 1}
        if any(occurrences(line, p, at_words=False) for p in own["c4_policy"]):
            continue
        got["sentences"] += sentences(tokens(line))
        got["kept_lines"] += 1
    return got


def runs(line: str) -> list[str]:
    wide = "".join(" " if kind(c) == uni.HAN or ord(c) >= 0x3000 or c.isspace() else c for c in line)
    return [run for run in wide.split(" ") if run]


def url(run: str) -> str:
    found = re.search(r"[Hh][Tt][Tt][Pp](?=:|.:).{3,}", run, re.DOTALL)
    return found.group() if found else ""


def is_menu(line: str) -> bool:
    marks = sum(kind(c) == uni.PUNCTUATION and c not in SEPARATORS for c in line)
    return len(line) + sum(kind(c) == uni.HAN for c in line) <= 24 and not marks


def counts(t: str, phrases: list[tuple[str, str]]) -> dict[str, int]:
    own = {k: [p for name, p in phrases if name == k] for k in text_columns.KINDS}
    return {**characters(t), **words(t), **lines(t, own), **repetition(t), **ideographs(t)}


def grams(t: str, n: int) -> Counter[str]:
    return Counter(t[i : i + n] for i in range(len(t) - n + 1))


def ideographs(t: str) -> dict[str, int]:
    """As ChineseWebText, Data-Juicer and DataMate count them."""
    own = re.sub("[^\u4e00-\u9fff]", "", t)
    ten, thirteen = grams(t, 10), grams(ascii_lower("".join(c for c in t if not c.isspace())), 13)
    again = sorted((n for n in ten.values() if n > 1), reverse=True)
    return {
        "ideographs": len(own), "traditional": sum(c != s for c, s in zip(own, ONE_BY_ONE.convert("\n".join(own)).split("\n") if own else "", strict=True)),
        "top_ideograph": max(Counter(own).values(), default=0), "runs13": thirteen.total(),
        "repeated_runs13": sum(n for n in thirteen.values() if n > 1), "runs10": ten.total(),
        "frequent_runs10": sum(again[: math.isqrt(len(ten))]), "squares": t.count("["),
    }  # fmt: skip


def characters(t: str) -> dict[str, int]:
    of = Counter(map(kind, t))
    breaks = t.splitlines()
    return {
        "chars": len(t), "letters": of[uni.LETTER] + of[uni.MARK], "digits": of[uni.DIGIT], "han": of[uni.HAN],
        "latin": sum(kind(c) == uni.LETTER and ord(c) < 0x250 for c in t), "punctuation": of[uni.PUNCTUATION],
        "spaces": sum(c.isspace() for c in t), "symbols": of[uni.SYMBOL], "newlines": t.count("\n"),
        "hashes": t.count("#"), "ellipses": t.count("...") + t.count("…"), "curly": t.count("{"),
        "parens": sum(t.count(c) for c in "()（）"), "damaged": t.count("\ufffd"),
        "separators": sum(c in SEPARATORS for c in t), "ws_words": len(t.split()), "ws_chars": sum(map(len, t.split())),
        "ws_alpha": sum(any(c.isalpha() for c in w) for w in t.split()), "longest_ws": max(map(len, t.split()), default=0),
        "longest_run": max((len(r) for line in breaks for r in runs(line)), default=0),
        "urls": sum(url(r) != "" for line in breaks for r in runs(line)),
        "url_chars": sum(len(url(r)) for line in breaks for r in runs(line)),
        "long_run_chars": sum(len(r) for line in breaks for r in runs(line) if len(r) >= 40 and not url(r)),
        "longest_unmarked": max(
            (len(p) for line in breaks for p in "".join("\n" if kind(c) == uni.PUNCTUATION else c for c in line).split("\n")),
            default=0,
        ),
    }  # fmt: skip


def words(t: str) -> dict[str, int]:
    found = tokens(t)
    real = [w for w in found if any(c not in SIGNS for c in w)]
    repeats = Counter(found)
    keywords = [n for w, n in repeats.items() if n > 1 and len(w) > 1 and w not in text.ENGLISH]
    return {
        "tokens": len(found), "words": len(real), "word_chars": sum(map(len, real)),
        "longest_word": max(map(len, real), default=0), "alpha_words": sum(any(c.isalpha() for c in w) for w in found),
        "stops_en": len({*found} & {*text.ENGLISH}), "stops_zh": len({*found} & {*text.CHINESE}),
        "stop_hits_en": sum(w in text.ENGLISH for w in found), "stop_hits_zh": sum(w in text.CHINESE for w in found),
        "sentences": sentences(found), "years": sum(re.fullmatch("19[0-9]{2}|20[0-9]{2}", w) is not None for w in found),
        "distinct_tokens": len(repeats), "top_word": max(keywords, default=0),
    }  # fmt: skip


def lines(t: str, own: dict[str, list[str]]) -> dict[str, int]:
    whole, broken = [x for x in t.split("\n") if x.strip()], [x.strip() for x in t.splitlines()]
    longest = sorted((len(x) for x in t.split("\n")), reverse=True)
    published, opened = c4(t, own, needs_end=True), c4(t, own, needs_end=False)
    hits = {k: sum(occurrences(x, p, at_words=True) for x in broken for p in own[k]) for k in own}
    by_line = {k: sum(any(occurrences(x, p, at_words=True) for p in own[k]) for x in broken) for k in own}
    return {
        "lines": len(whole), "terminal_lines": sum(x[-1] in TERMINAL for x in whole),
        "ended_lines": sum(x.strip()[-1] in TERMINAL | CLOSERS for x in whole),
        "short30_lines": sum(len(x) <= 30 for x in whole), "short15_lines": sum(len(x.strip()) <= 15 for x in whole),
        "menu_lines": sum(is_menu(x.strip()) for x in whole),
        "dup_lines": duplicates(whole)[0], "dup_line_chars": duplicates(whole)[1],
        "is_cut": int(bool(t.strip()) and t.strip()[-1] not in TERMINAL | CLOSERS),
        "third_line": longest[2] if len(longest) > 2 else 0, "split_lines": len(broken),
        "bullet_lines": sum(x.startswith(("•", "-")) for x in broken),
        "ellipsis_lines": sum(x.endswith(("...", "…")) for x in broken),
        "policy_lines": by_line["policy"], "script_lines": by_line["script"], "boilerplate_lines": by_line["boilerplate"],
        "machine_phrases": hits["machine"], "spam_phrases": hits["spam"], "mojibake_phrases": hits["mojibake"],
        "cut_phrases": hits["cut"], "lorem_phrases": hits["lorem"],
        "citations": sum(len(re.findall(r"\[[0-9]+]", x)) for x in broken),
        "c4_sentences": published["sentences"], "c4_lorem": published["lorem"], "c4_curly": published["curly"],
        "c4_kept_lines": published["kept_lines"], "c4open_sentences": opened["sentences"],
        "c4open_lorem": opened["lorem"], "c4open_curly": opened["curly"],
    }  # fmt: skip


def repetition(t: str) -> dict[str, int]:
    segments, paragraphs, found = re.split("\n+", t), re.split("\n{2,}", t.strip()), tokens(t)
    return {
        "segments": len(segments), "dup_segments": duplicates(segments)[0], "dup_segment_chars": duplicates(segments)[1],
        "paragraphs": len(paragraphs), "dup_paragraphs": duplicates(paragraphs)[0],
        "dup_paragraph_chars": duplicates(paragraphs)[1],
        "runs10_tokens": max(len(found) - 9, 0),
        "repeated_runs10_tokens": sum(n for n in Counter(zip(*(found[i:] for i in range(10)), strict=False)).values() if n > 1),
        **{f"top{n}": top(found, n) for n in (2, 3, 4)}, **{f"dup{n}": repeated(found, n) for n in range(5, 11)},
    }  # fmt: skip
