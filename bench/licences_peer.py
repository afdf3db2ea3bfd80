"""One peer of bench/licences.py, run in its own environment: a JSON array of texts in, answers and seconds out."""

import json
import re
import sys
import time
from collections.abc import Callable


def licenseclassifier() -> Callable[[str], str | None]:
    """Google's licensecheck algorithm in Python."""
    from licenseclassifier import identify_license

    return lambda text: " AND ".join(dict.fromkeys(m.id for m in identify_license(text))) or None


def askalono() -> Callable[[str], str | None]:
    """Sørensen-Dice over SPDX texts, in Rust; below 0.8 it is no licence, as its own command line has it."""
    import askalono as peer

    def answer(text: str) -> str | None:
        found = peer.identify(text)
        return found.name if found is not None and found.score >= 0.8 else None

    return answer


def scancode() -> Callable[[str], str | None]:
    """scancode-toolkit: the expressions of its matches, as its own data-driven tests read them."""
    from licensedcode.cache import get_index, get_licenses_db

    matcher = get_index()
    keys = {k: one.spdx_license_key or f"LicenseRef-scancode-{k}" for k, one in get_licenses_db().items()}

    def answer(text: str) -> str | None:
        found = dict.fromkeys(match.rule.license_expression for match in matcher.match(query_string=text))
        spdx = [re.sub(r"[^\s()]+", lambda m: keys.get(m[0], m[0]), one) for one in found]
        return " AND ".join(f"({one})" for one in spdx) or None

    return answer


def main() -> None:
    """Answer for every text on stdin."""
    answer = {"licenseclassifier": licenseclassifier, "askalono": askalono, "scancode": scancode}[sys.argv[1]]()
    texts = json.load(sys.stdin)
    answer(texts[0])  # start-up
    start = time.perf_counter()
    answers = [answer(text) for text in texts]
    print(json.dumps({"answers": answers, "seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    main()
