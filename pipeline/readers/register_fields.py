"""What a register file may say: one frozen table a topic. Which fields are compulsory is in rules/sources.toml."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from pipeline.rules.personal_policy import Names, Profile
from pipeline.rules.sources import Basis

STRICT = ConfigDict(extra="forbid")
Answer = Literal["yes", "no", "unknown"]
Modality = Literal["text", "code", "image", "audio", "video"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Licence:
    """What the source says about its licence."""

    __pydantic_config__ = STRICT
    expression: str | None = None
    text_file: str | None = None
    text_files: tuple[str, ...] = ()
    url: str | None = None
    captured_at: date | None = None
    headers_file: str | None = None  # HTTP headers with which the text was served
    is_per_document: bool | None = None  # each document says its own; `expression` then is that of the collection
    confirmed_by: str | None = None  # who read the text and confirms `expression`
    confirmed_at: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Contract:
    """The contract of a commercial source; its term is from `starts_at` to `expires_at`."""

    __pydantic_config__ = STRICT
    file: str | None = None
    parties: str | None = None
    scope: str | None = None
    territory: str | None = None
    starts_at: date | None = None
    expires_at: date | None = None
    is_training_allowed: bool | None = None
    is_origin_warranted: bool | None = None  # whether the provider warrants that the data are authentic and its own


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorisation:
    """What users agreed to."""

    __pydantic_config__ = STRICT
    service: str | None = None
    version: str | None = None
    scope: str | None = None
    file: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Collection:
    """What was collected and how; when is `collected_from` and `collected_to`."""

    __pydantic_config__ = STRICT
    what: str | None = None
    user_agent: str | None = None
    record_file: str | None = None  # the crawler's log or report


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """What one site reserved, as fetched. `http_status` is that of robots.txt, after `redirects` redirects."""

    __pydantic_config__ = STRICT
    url: str
    robots_file: str | None = None
    http_status: int | None = None
    redirects: int = 0
    tdmrep_file: str | None = None
    ai_txt_file: str | None = None
    rsl_file: str | None = None
    fetched_at: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reservations:
    """What publishers reserved when the source was collected: one site here, further ones under `site`."""

    __pydantic_config__ = STRICT
    agent: str | None = None  # product token of the collecting crawler
    url: str | None = None
    robots_file: str | None = None
    http_status: int | None = None
    redirects: int = 0
    tdmrep_file: str | None = None
    ai_txt_file: str | None = None
    rsl_file: str | None = None
    fetched_at: date | None = None
    terms_file: str | None = None
    no_terms_reason: str | None = None
    site: tuple[Site, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Commitments:
    """The counterparty's three commitments, and what our review of them came to."""

    __pydantic_config__ = STRICT
    source: bool | None = None
    quality: bool | None = None
    safety: bool | None = None
    file: str | None = None
    review: Literal["accepted", "rejected"] | None = None
    reviewed_by: str | None = None
    reviewed_at: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """A sample that was looked at."""

    __pydantic_config__ = STRICT
    n: int | None = None
    n_bad: int | None = None
    method: str | None = None
    by: str | None = None
    at: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Personal:
    """Personal information expected in the source, and the basis for it (PIPL Art. 13)."""

    __pydantic_config__ = STRICT
    expected: Answer | None = None
    basis: Basis | None = None
    consent_record: str | None = None  # where the consents are recorded: system and reference
    citation: str | None = None  # the law that allows it
    scope: str | None = None  # why this use of what is public stays within reason
    proof_file: str | None = None
    minors: Answer | None = None
    names: Names | None = None  # as the profile has it when not given
    names_reason: str | None = None
    profile: Profile | None = None  # what kind of text it is: rules/personal_profiles.toml; `web` when not given
    keeps: tuple[str, ...] = ()  # types of finding that the basis was given for: they stay in the text


@dataclass(frozen=True, kw_only=True, slots=True)
class Generator:
    """The model that wrote a synthetic source, and what its terms say about its output."""

    __pydantic_config__ = STRICT
    model: str | None = None
    version: str | None = None
    filing_number: str | None = None
    terms: str | None = None
    terms_file: str | None = None
    is_training_allowed: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicDomain:
    """Why nobody holds rights, and where that is so."""

    __pydantic_config__ = STRICT
    basis: str | None = None
    jurisdiction: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Upstream:
    """A dataset that the source was made from: another registered source, or one whose licence is stated here."""

    __pydantic_config__ = STRICT
    id: str
    licence: str | None = None
    url: str | None = None
    text_file: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """Where the bytes of the source are."""

    __pydantic_config__ = STRICT
    root: str = "."
    patterns: tuple[str, ...] = ()
    media: Literal["auto", "jsonl", "parquet", "warc", "html", "text", "metadata"] = "auto"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRecord:
    """One register file. Which fields are compulsory depends on `kind` (rules/sources.toml)."""

    __pydantic_config__ = STRICT
    id: str
    kind: Literal["open-data", "self-collected", "commercial", "user-data", "government", "public-domain", "synthetic"]
    name: str | None = None
    data_type: str | None = None
    modality: tuple[Modality, ...] = ("text",)
    provider: str | None = None
    provider_id: str | None = None
    contact: str | None = None
    jurisdiction: str | None = None
    storage_region: str | None = None
    export_mechanism: Literal["assessment", "contract", "certification", "exempt"] | None = None
    languages: tuple[str, ...] = ()
    collected_from: date | None = None
    collected_to: date | None = None
    undated_reason: str | None = None  # why nobody knows when it was collected
    is_ongoing: bool = False
    method: str | None = None
    intended_use: tuple[Literal["pretrain", "finetune", "eval"], ...] = ()
    is_commercial: bool | None = None  # whether the intended use is
    domain: str | None = None
    url: str | None = None
    attribution: str | None = None
    registrar: str | None = None
    approver: str | None = None
    data_grade: Literal["general", "important", "core"] | None = None
    is_secrecy_declared: bool | None = None  # whether the provider declares state or trade secrets in it
    retention_days: int | None = None
    recheck_at: date | None = None  # the registration must be looked at again before this day
    upstream: tuple[Upstream, ...] = ()
    licence: Licence = field(default_factory=Licence)
    contract: Contract = field(default_factory=Contract)
    authorisation: Authorisation = field(default_factory=Authorisation)
    collection: Collection = field(default_factory=Collection)
    reservations: Reservations = field(default_factory=Reservations)
    commitments: Commitments = field(default_factory=Commitments)
    assessment: Assessment = field(default_factory=Assessment)  # before collection
    assessment_after: Assessment = field(default_factory=Assessment)
    personal: Personal = field(default_factory=Personal)
    generator: Generator = field(default_factory=Generator)
    public_domain: PublicDomain = field(default_factory=PublicDomain)
    files: Files = field(default_factory=Files)


RECORD = TypeAdapter(SourceRecord)


def schema() -> dict[str, object]:
    """The JSON Schema of a register file."""
    return RECORD.json_schema()


def value(record: object, name: str) -> object:
    """The field of a record by its dotted name."""
    for part in name.split("."):
        record = getattr(record, part)
    return record
