"""How long 100 kB of text that is hard on patterns takes: all numbers, all findings, or nearly one everywhere.

    python bench/personal_hostile.py [--write]

Seconds of processor time of the default policy without names, second look included, on text that no cache has seen.
`--write` puts the figures into bench/personal_hostile.json, which docs/generated/personal.md shows. That the time of
every single pattern grows as the text does is a test (tests/models/test_hostile.py).
"""

import argparse
import gc
import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from personal_documents import MAKERS

from pipeline.models.personal import finder
from pipeline.models.scan import written_in

KEPT = Path(__file__).with_name("personal_hostile.json")
CHARS, WARM_CHARS = 100_000, 10_000
DRAW = random.Random(20261126)  # noqa: S311  of invented text


def digits(n: int) -> str:
    """Random ones."""
    return f"{DRAW.randrange(10**n):0{n}}"


KINDS: dict[str, Callable[[], str]] = {
    "unbroken digits": lambda: digits(16),
    "whole numbers between commas": lambda: f"{DRAW.randrange(10 ** DRAW.randint(1, 11))},",
    "decimals, twelve a line": lambda: " ".join(f"{DRAW.random() * 1000:.6f}" for _ in range(12)) + "\n",
    "groups of four digits": lambda: f"{digits(4)} ",
    "times": lambda: f"2024-{DRAW.randint(1, 12):02}-{DRAW.randint(1, 28):02} 12:{DRAW.randint(0, 59):02}:11 ",
    "hexadecimal": lambda: f"{DRAW.getrandbits(128):032x}\n",
    "a@a@": lambda: "a@",
    "dotted words": lambda: f"{DRAW.choice('abc')}.",
    "open brackets and quotes": lambda: DRAW.choice("([{<\"'"),
    "labels without values": lambda: DRAW.choice(("密码：", "电话:", "password=", "QQ ", "身份证号")),
    "streets without numbers": lambda: "中山路东大街建设巷",
    "spaces and zero-width spaces": lambda: DRAW.choice(" \u200b"),
    "e-mail addresses": lambda: f"u{digits(6)}@example{digits(2)}.com ",
    "IP addresses": lambda: ".".join(str(DRAW.randint(1, 255)) for _ in range(4)) + "\n",
    "identity numbers": lambda: MAKERS["id"](DRAW) + "\n",
    "card numbers": lambda: f"4{digits(15)}\n",
    "labelled telephones": lambda: f"电话：{MAKERS['mobile'](DRAW)}\n",
    "telephones abroad": lambda: f"+44 20 {digits(4)} {digits(4)}\n",
    "names and telephones in columns": lambda: f"张三,{MAKERS['mobile'](DRAW)}\n",
    "addresses": lambda: f"北京市朝阳区建国路{DRAW.randint(1, 999)}号{DRAW.randint(1, 30)}栋{DRAW.randint(1, 99)}室，",
}
HEADS = {"names and telephones in columns": "姓名,电话\n"}


def text(kind: str, chars: int) -> str:
    """So many characters of a kind."""
    parts, size = [HEADS.get(kind, "")], 0
    while size < chars:
        parts.append(KINDS[kind]())
        size += len(parts[-1])
    return "".join(parts)[:chars]


def main() -> None:
    """Measure and print; see the module."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true")
    given = options.parse_args()
    find = finder()
    for kind in KINDS:
        find([text(kind, WARM_CHARS)], ["zh"], "never")
    gc.collect()
    gc.freeze()
    rows = []
    for kind in KINDS:
        one = text(kind, CHARS)
        started = time.process_time()
        [found] = find([one], [written_in(one)], "never")
        seconds = round(time.process_time() - started, 3)
        rows.append({"what": kind, "kb": round(len(one.encode()) / 1000), "seconds": seconds, "found": len(found)})
        print("  ".join(map(str, rows[-1].values())), flush=True)
    if given.write:
        figures = {"measured": datetime.now(UTC).date().isoformat(), "rows": rows}
        KEPT.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
