"""Regions of mainland China by name (GB/T 2260, as python-stdnum carries it): what a model of names misses of them."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import regex
from ahocorasick_rs import AhoCorasick, MatchKind

REGION = regex.compile(r'^(?:(?P<province>\d{2}) province| *(?P<code>\d{4}) county)="(?:\[[^\]]*\])?(?P<name>[^"]+)"')
KIND = regex.compile(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|[一-龥]{1,4}族自治州|自治州|地区|省|市|盟)$")
FEWEST_CHARS = 2
FEWEST_CHARS_OF_COUNTY = 3
NO_NAMES = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")


def places(text: str) -> Iterator[tuple[int, int]]:
    """Where names of provinces, prefectures and counties stand, leftmost longest first, none overlapping."""
    for _, start, end in _names().find_matches_as_indexes(text):
        yield start, end


@cache
def _names() -> AhoCorasick:
    lines = (files("stdnum") / "cn" / "loc.dat").read_text(encoding="utf-8").splitlines()
    regions = [found for line in lines if (found := REGION.match(line)) and found["name"] not in NO_NAMES]
    return AhoCorasick(
        sorted({name for one in regions for name in _spellings(one)}), matchkind=MatchKind.LeftmostLongest
    )


def _spellings(region: regex.Match[str]) -> Iterator[str]:
    """The full name, and that of a province or prefecture without its kind."""
    name, code = region["name"], region["code"]
    if len(name) >= FEWEST_CHARS_OF_COUNTY:
        yield name
    short = KIND.sub("", name)
    if (code is None or code.endswith("00")) and len(short) >= FEWEST_CHARS:
        yield short
