"""Published examples of RFC 8785 and of DSSE 1.0."""

import base64
import json

import duckdb
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.ledger import canonical, keys
from pipeline.snapshots import envelope
from tests.ledger.ledgers import AUDITOR

# --- RFC 8785 ---


STRINGS = (
    '€$\u000f\nA\'B"\\\\"/',  # the RFC's own example: control characters, so a ledger row refuses it
    '€$A\'B"\\\\"/',
    "A\u030a",
    "péché pêche",
    "\u0080\u00f6\ufb33😂",
    "\u007f\u2028\u2029\ufeff\uffff",
    "</script>",
    "第一条　为了",
    "",
    " ",
)
ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def rfc8785(text: str) -> str:
    """A string as section 3.2.2.2 has it, letter by letter."""
    return '"' + "".join(ESCAPES.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in text) + '"'


DUCKDB = duckdb.connect()


def in_sql(rows: pa.Table) -> list[str]:
    DUCKDB.register("vectors", rows)
    return [text for (text,) in DUCKDB.sql(f"select {canonical.row_sql(rows.schema)}::varchar from vectors").fetchall()]


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=150)
@given(ANY_TEXT)
@example(STRINGS[0])
@example(STRINGS[1])
@example(STRINGS[2])
@example(STRINGS[3])
@example(STRINGS[4])
@example(STRINGS[5])
@example(STRINGS[6])
@example(STRINGS[7])
@example(STRINGS[8])
@example("\x1f")
@example("\x00")
@example("\b\t\n\f\r")
def test_strings_are_written_as_the_rfc_says_or_refused(text: str) -> None:
    rows = pa.table({"text": [text]}, schema=pa.schema([("text", pa.string())]))
    if min(text, default=" ") < " ":
        for refused in (lambda: canonical.leaves(rows), lambda: canonical.entry({"text": text})):
            with pytest.raises(UsageError, match="control character"):
                refused()
        return
    assert in_sql(rows) == [canonical.row_text(rows)] == [f"[{rfc8785(text)}]"]
    assert canonical.entry({"text": text}) == AUDITOR.canonical({"text": text})
    assert canonical.entry({"text": text}).decode() == f'{{"text":{rfc8785(text)}}}'


def test_numbers_are_whole_and_those_beyond_what_a_double_holds_are_strings() -> None:
    small, big = [0, -1, 2**31 - 1, -(2**31)], [0, 2**53 - 1, 2**53 + 1, -(2**63)]
    rows = pa.table({"a": pa.array(small, pa.int32()), "b": pa.array(big, pa.int64())})
    expected = [f'[{a},"{b}"]' for a, b in zip(small, big, strict=True)]
    assert in_sql(rows) == [canonical.row_text(rows.slice(i, 1)) for i in range(4)] == expected
    assert canonical.entry([9007199254740991, -9007199254740991, 0]) == b"[9007199254740991,-9007199254740991,0]"
    for refused in (9007199254740992, -9007199254740992, 333333333.33333329, 1e30, 4.5, 1e-27, -0.0, float("nan")):
        with pytest.raises(UsageError):
            canonical.entry([refused])
    for kind in (pa.float32(), pa.float64(), pa.decimal128(9, 2), pa.timestamp("us")):
        with pytest.raises(UsageError):
            canonical.leaves(pa.table({"a": pa.array([None], kind)}))


def test_literals_and_blobs_are_written_alike() -> None:
    rows = pa.table({"a": [None, True, False], "b": pa.array([None, b"", b"\x00\xffA"], pa.binary())})
    expected = ["[null,null]", '[true,""]', '[false,"00ff41"]']
    assert in_sql(rows) == [canonical.row_text(rows.slice(i, 1)) for i in range(3)] == expected


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ('[ 56, { "d": true, "10": null, "1": [ ] } ]', '[56,{"1":[],"10":null,"d":true}]'),
        (
            '{"peach": "1", "p\\u00e9ch\\u00e9": "2", "p\\u00eache": "3", "sin": "4"}',
            '{"peach":"1","péché":"2","pêche":"3","sin":"4"}',
        ),
        (
            '{"1": {"f": {"f": "hi","F": 5}}, "10": {}, "": "empty", "a": {}, "111": [{"e": "yes","E": "no"}], "A": {}}',
            '{"":"empty","1":{"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}',
        ),
        ('{"Unnormalized Unicode":"A\\u030a"}', '{"Unnormalized Unicode":"A\u030a"}'),
        ('{"\\u20ac": 1, "1": 2, "\\u00f6": 3, "\\u0080": 4}', '{"1":2,"\x80":4,"ö":3,"€":1}'),
    ],
)
def test_entries_are_sorted_and_written_as_the_rfc_says(given: str, written: str) -> None:
    assert canonical.entry(json.loads(given)).decode() == AUDITOR.canonical(json.loads(given)).decode() == written


def test_names_whose_order_the_rfc_and_python_see_differently_are_refused() -> None:
    for names in (("\ufb33", "😂"), ("\r", "1")):
        with pytest.raises(UsageError):
            canonical.entry(dict.fromkeys(names, 1))


# --- DSSE ---


def test_the_published_encoding_and_its_published_signature_hold() -> None:
    encoded = envelope.encoding(b"hello world", "http://example.com/HelloWorld")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    x = 46950820868899156662930047687818585632848591499744589407958293238635476079160
    y = 5640078356564379163099075877009565129882514886557779369047442380624545832820
    blob = base64.b64decode("A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==")
    r, s = (int.from_bytes(part, "big") for part in (blob[:32], blob[32:]))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    public.verify(encode_dss_signature(r, s), encoded, ec.ECDSA(SHA256()))
    assert envelope.encoding(b"").endswith(b" 0 ")


def test_our_envelopes_are_verified_by_securesystemslib(tmp_path) -> None:
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError
    from securesystemslib.signer import SSlibKey

    signers = [keys.generate(tmp_path, name) for name in ("alice", "bob")]
    payload = canonical.entry({"_type": envelope.STATEMENT_TYPE, "predicate": {"中": "é"}})
    given = [(k.key_id, keys.sign(k, envelope.encoding(payload))) for k in signers]
    said = envelope.envelope(payload, given)
    public = [SSlibKey(k.key_id, "ed25519", "ed25519", {"public": keys.parse(k.vkey)[2].hex()}) for k in signers]

    assert set(Envelope.from_dict(json.loads(said)).verify(public, 2)) == {k.key_id for k in signers}
    changed = json.loads(said) | {"payload": base64.b64encode(payload + b" ").decode()}
    with pytest.raises(VerificationError):
        Envelope.from_dict(changed).verify(public, 2)
