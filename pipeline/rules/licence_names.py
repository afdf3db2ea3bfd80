"""What people call a licence: SPDX identifiers in any letter case, common spellings, addresses, Debian's names."""

import re
from functools import cache

from license_expression import Licensing, get_spdx_licensing

from pipeline.kernels.expressions import UNREADABLE, canonical
from pipeline.rules.licences import rules, spdx_of, urls

NOTHING_SAID = frozenset(("", "none", "noassertion", "unknown", "see license", "n/a", "null"))
CREATIVE_COMMONS = re.compile(
    r"(?:(?:https?:)?//)?(?:[a-z-]+\.)?creativecommons\.org/(?:licen[sc]es|publicdomain)/([a-z-]+)(?:/(\d\.\d)(?:/([a-z]{2,5}))?)?(?![a-z0-9.-])",
    re.IGNORECASE,
)
LISTED = re.compile(r"(?:spdx\.org|opensource\.org)/licen[sc]es?/([A-Za-z0-9.+-]+?)(?:\.html|\.json|\.txt|\.php)?/?$")
ADDRESS = re.compile(r"(?:(?:https?:)?//|(?:www\.)?creativecommons\.org/)\S+$", re.IGNORECASE)
DEBIAN = re.compile(r"(A?GPL|LGPL|GFDL)-(\d)(?:\.(\d))?(\+)?$", re.IGNORECASE)


def expression(said: str) -> str | None:
    """The SPDX expression that was meant; NOASSERTION when nothing was, None when nobody can tell."""
    text = " ".join(said.split()).strip("\"'")
    if text.lower() in NOTHING_SAID:
        return "NOASSERTION"
    if ADDRESS.match(text):
        return of_address(text)
    found = _spelled(text) or _listed(text)
    if found is None and re.search(r"LicenseRef-", text):
        found = canonical(text)
    return found


def _spelled(text: str) -> str | None:
    spelled = spdx_of().get(text.lower())
    return None if spelled is None else canonical(spelled)


def _listed(text: str) -> str | None:
    """The expression when every part of it is on the SPDX list, letter case ignored."""
    try:
        parsed = _spdx().parse(text)
        unknown = parsed is None or _spdx().unknown_license_keys(parsed)
    except UNREADABLE:
        return None
    return None if unknown else canonical(str(parsed.render("{symbol.key}")))


@cache
def _spdx() -> Licensing:
    return get_spdx_licensing()


def of_address(address: str) -> str | None:
    """The licence behind an address: by-sa is never by, a port that is not listed is its original."""
    found = CREATIVE_COMMONS.match(address)
    if found:
        return _creative_commons(found[1].lower(), found[2], (found[3] or "").upper())
    listed = LISTED.search(address)
    if listed:
        return _spelled(listed[1]) or _listed(listed[1])
    plain = re.sub(r"^(https?:)?//(www\.)?", "", address.strip().lower()).rstrip("/")
    plain = re.sub(r"\.(html?|txt|en\.html|php)$", "", plain)
    return urls().get(plain)


def _creative_commons(code: str, version: str | None, port: str) -> str | None:
    if code in ("zero", "mark"):
        return "CC0-1.0" if code == "zero" else "CC-PDM-1.0"
    if code == "publicdomain":
        return "CC-PDDC"
    parts = code.split("-")
    if (
        (parts[0] != "by" and parts != ["sa"])
        or not set(parts) <= {"by", "nc", "nd", "sa"}
        or len(set(parts)) != len(parts)
    ):
        return None
    name = "CC-" + "-".join(part.upper() for part in ("by", "nc", "nd", "sa") if part in parts)
    if version is None:
        return f"LicenseRef-{name}"
    known = rules().by_spdx
    return next((one for one in (f"{name}-{version}-{port}", f"{name}-{version}") if one in known), None)


def of_debian(short: str) -> str | None:
    """The SPDX expression of a short name in a Debian copyright file: `GPL-2+ or Expat`, `GPL-2 and BSD-3-clause`."""
    text = re.sub(r"\s+with\s+(\S+)\s+exception", "", short.strip(), flags=re.IGNORECASE).replace(",", "")
    parts = re.split(r"\s+(and|or|and/or)\s+", text, flags=re.IGNORECASE)
    names = [_debian(part) for part in parts[::2]]
    if None in names:
        return None
    joins = ["AND" if part.lower() == "and" else "OR" for part in parts[1::2]]
    joined = " ".join(str(word) for pair in zip(names, [*joins, ""], strict=True) for word in pair)
    return canonical(joined.strip())


def _debian(name: str) -> str | None:
    gnu = DEBIAN.match(name)
    if gnu:
        return f"{gnu[1].upper()}-{gnu[2]}.{gnu[3] or 0}-{'or-later' if gnu[4] else 'only'}"
    return expression(name)
