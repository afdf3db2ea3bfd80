"""Values numbered in the order in which each first stands in its document, in their one spelling, over Arrow buffers.

How a value is spelled is said by `stages.personal.subjects.normal`; here ASCII and Han are spelled without Python, the
rest is left to the caller. A test holds both together.
"""

import string
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from pipeline.kernels.strings import buffers

Int64s = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

LETTERS_AND_DIGITS, MAIL, PHONE = 0, 1, 2
"""What counts in a value: these, besides `@ . + - _` in mail, digits alone in a telephone number."""
COUNTRY_DIGITS = 12  # a telephone number longer than this has China's country code before it, if that stands there
EMPTY = -1


def _kept() -> Bytes:
    kept = np.zeros((3, 128), np.uint8)
    for form, signs in ((LETTERS_AND_DIGITS, ""), (MAIL, "@.+-_"), (PHONE, "")):
        alphabet = signs if form == PHONE else signs + string.ascii_letters
        for sign in alphabet + string.digits:
            kept[form, ord(sign)] = ord(sign.lower())
    return kept


KEPT = _kept()
"""By form and ASCII character: how it is spelled, 0 if it does not count."""


def numbered(
    values: pa.Array, rows: Int64s, groups: Int64s, forms: Int64s, spell: Callable[[int, str], str]
) -> npt.NDArray[np.int64]:
    """Of each value its number among the distinct ones of its row and group, from 1.

    Args:
        values: `large_string`.
        rows: of each value, ascending.
        groups: of each value, small numbers from 0.
        forms: of each group.
        spell: form and value -> its one spelling, for what is neither ASCII nor Han.
    """
    spelled = _spelled(values, forms[groups], spell)
    numbers = np.empty(len(values), np.int64)
    data, offsets = buffers(spelled)
    most = int(np.bincount(rows).max()) if len(rows) else 0
    slots = np.full(1 << (2 * most).bit_length(), EMPTY, np.int64)
    _number((data, offsets), rows, groups, (slots, np.zeros(len(forms), np.int64)), numbers)
    return numbers


def _spelled(values: pa.Array, forms: Int64s, spell: Callable[[int, str], str]) -> pa.Array:
    data, offsets = buffers(values)
    out, ends = np.empty(int(offsets[-1] - offsets[0]), np.uint8), np.zeros(len(values) + 1, np.int64)
    is_other = np.zeros(len(values), np.bool_)
    _spell(data, offsets, forms, (out, ends), is_other)
    parts = [None, pa.py_buffer(ends), pa.py_buffer(out)]
    spelled = pa.Array.from_buffers(pa.large_string(), len(values), parts)
    others = np.flatnonzero(is_other)
    if not len(others):
        return spelled
    plain = values.take(pa.array(others)).to_pylist()
    new = [spell(form, value) for form, value in zip(forms[others].tolist(), plain, strict=True)]
    return pc.replace_with_mask(spelled, pa.array(is_other), pa.array(new, pa.large_string()))


@njit(cache=True, nogil=True)
def _spell(
    data: Bytes, offsets: Int64s, forms: Int64s, out: tuple[Bytes, Int64s], is_other: npt.NDArray[np.bool_]
) -> None:
    spelled, ends = out
    end = 0
    for i in range(len(forms)):
        begin, form = end, forms[i]
        for at in range(offsets[i], offsets[i + 1]):
            byte = data[at]
            if byte < 0x80:
                byte = KEPT[form, byte]
            elif not _is_han(data, at):
                is_other[i] = True
                end = begin
                break
            elif form == PHONE:
                byte = 0
            if byte:
                spelled[end] = byte
                end += 1
        if form == PHONE and end - begin > COUNTRY_DIGITS:
            end = _without_country(spelled, begin, end)
        ends[i + 1] = end


@njit(cache=True, nogil=True)
def _is_han(data: Bytes, at: int) -> bool:
    """Whether the byte is of a character from U+4E00 to U+9FFF, which no form and no case changes."""
    while data[at] & 0xC0 == 0x80:
        at -= 1
    return bool(0xE5 <= data[at] <= 0xE9 or (data[at] == 0xE4 and data[at + 1] >= 0xB8))


@njit(cache=True, nogil=True)
def _without_country(spelled: Bytes, begin: int, end: int) -> int:
    gone = 0
    if spelled[begin] == 48 and spelled[begin + 1] == 48 and spelled[begin + 2] == 56 and spelled[begin + 3] == 54:
        gone = 4
    if spelled[begin + gone] == 56 and spelled[begin + gone + 1] == 54:
        gone += 2
    for at in range(begin, end - gone):
        spelled[at] = spelled[at + gone]
    return end - gone


@njit(cache=True, nogil=True)
def _number(
    texts: tuple[Bytes, Int64s], rows: Int64s, groups: Int64s, scratch: tuple[Int64s, Int64s], numbers: Int64s
) -> None:
    data, offsets = texts
    slots, counts = scratch
    first = 0
    while first < len(rows):
        last = first
        while last < len(rows) and rows[last] == rows[first]:
            last += 1
        size = 2
        while size < 2 * (last - first):
            size *= 2
        slots[:size] = EMPTY
        counts[:] = 0
        for i in range(first, last):
            slot = _hash(data, offsets[i], offsets[i + 1], groups[i]) & (size - 1)
            while slots[slot] != EMPTY and not _same(data, offsets, groups, slots[slot], i):
                slot = (slot + 1) & (size - 1)
            if slots[slot] == EMPTY:
                slots[slot] = i
                counts[groups[i]] += 1
                numbers[i] = counts[groups[i]]
            else:
                numbers[i] = numbers[slots[slot]]
        first = last


@njit(cache=True, nogil=True)
def _hash(data: Bytes, start: int, end: int, group: int) -> np.int64:
    """FNV-1a (Fowler, Noll, Vo), folded so that the low bits hold the high ones."""
    found = np.uint64(0xCBF29CE484222325) ^ np.uint64(group)
    for at in range(start, end):
        found = (found ^ np.uint64(data[at])) * np.uint64(0x100000001B3)
    return np.int64((found ^ (found >> np.uint64(32))) & np.uint64(0x7FFFFFFF))


@njit(cache=True, nogil=True)
def _same(data: Bytes, offsets: Int64s, groups: Int64s, one: int, other: int) -> bool:
    size = offsets[one + 1] - offsets[one]
    if groups[one] != groups[other] or offsets[other + 1] - offsets[other] != size:
        return False
    return bool(np.array_equal(data[offsets[one] : offsets[one + 1]], data[offsets[other] : offsets[other + 1]]))
