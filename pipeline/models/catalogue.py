"""Which recognizers run, what vetoes their findings, and which words near a candidate make it likelier."""

import re
from functools import cache
from typing import Any

from pipeline.models.scan import Scan, spaced

BOOST = 0.35  # as Presidio's context enhancer: added to the score, which is then at least BOOSTED
BOOSTED = 0.4
BEFORE_CHARS = 40
AFTER_CHARS = 10
WIDE_CHARS = 160  # room for placeholders between a candidate and its context

PART_OF_NUMBER = re.compile(r"(?:[0-9A-Za-z][.]|[.]|[0-9a-fA-F]{4}-)\0|\0(?:\.\d|-[0-9A-Za-z])")
VERSION = re.compile(
    r"(?:(?:[=<>~^]=|[<>~^]|(?<!ip)(?<!addr)(?<!address)(?<!host)(?<!src)(?<!dst)=) ?|"
    r"[A-Za-z]-|\bv|\b(?:version|ver|release|build|rev)[. :]{0,2}(?:is )?|版本号?[: ]?|\d\.|\.)\0"
    r"|\0(?:-[A-Za-z0-9]|\+\w|\.\d|\.(?:tar|zip|exe|whl|jar|deb|rpm))",
    re.IGNORECASE,
)
FINGERPRINT = re.compile(r"[0-9A-Fa-f]{2}[:.-]\0|\0[:.-][0-9A-Fa-f]{2}")


def presidio() -> tuple[Scan, ...]:
    """Presidio's recognizers, run on text in which Han characters are no letters."""
    from presidio_analyzer import predefined_recognizers as own

    from pipeline.models.recognizers import pinned

    return (
        Scan(recognizer=pinned.PinnedEmail()),
        Scan(recognizer=pinned.LinePhone()),
        Scan(recognizer=pinned.IssuedCard(), veto=PART_OF_NUMBER),
        Scan(recognizer=pinned.AnyCaseIban()),
        Scan(recognizer=pinned.PublicIp(), veto=VERSION),
        Scan(recognizer=own.MacAddressRecognizer(), veto=FINGERPRINT),
        Scan(recognizer=own.UsSsnRecognizer(), veto=PART_OF_NUMBER),
        Scan(recognizer=own.CryptoRecognizer()),
    )


def chinese(*, in_chinese: bool) -> tuple[Scan, ...]:
    """Our recognizers; outside Chinese text a bare number needs context."""
    from pipeline.models.recognizers import (
        cn_bank_card,
        cn_landline,
        cn_mobile,
        cn_passport,
        cn_permanent_resident,
        cn_plate,
        cn_resident_id,
        cn_travel_permit,
        cn_uscc,
        cn_vehicle,
        device,
        location,
        regional_id,
    )

    bare = 0.6 if in_chinese else 0.2
    return (
        Scan(recognizer=cn_resident_id.CnResidentId()),
        Scan(recognizer=cn_permanent_resident.CnPermanentResident()),
        Scan(recognizer=cn_mobile.CnMobile(bare_score=bare)),
        Scan(recognizer=cn_bank_card.CnBankCard()),
        Scan(recognizer=cn_landline.CnLandline(bare_score=bare), han=True),
        Scan(recognizer=cn_uscc.CnUscc()),
        Scan(recognizer=cn_uscc.CnSoleTraderCode()),
        Scan(recognizer=cn_passport.CnPassport()),
        Scan(recognizer=cn_travel_permit.CnTravelPermit(), han=True),
        Scan(recognizer=cn_vehicle.CnVin()),
        Scan(recognizer=device.Imei()),
        Scan(recognizer=device.SimCard()),
        Scan(recognizer=regional_id.HkId()),
        Scan(recognizer=regional_id.MacauId()),
        Scan(recognizer=regional_id.TwId()),
        Scan(recognizer=location.Coordinates()),
        *_misread(),
        Scan(recognizer=cn_plate.CnPlate(), han=True),
        Scan(recognizer=cn_plate.CnPlateLettered(), han=True),
    )


def _misread() -> tuple[Scan, ...]:
    from pipeline.models.recognizers import scanned

    kinds = (scanned.ScannedResidentId, scanned.ScannedCard, scanned.ScannedPhone, scanned.ScannedImei)
    return tuple(Scan(recognizer=kind()) for kind in kinds)


def labelled() -> tuple[Any, ...]:
    """Our recognizers whose findings stand after a label, in any language, run on text with its Han characters."""
    return (*_labelled_chinese(), *_labelled_anywhere())


def _labelled_chinese() -> tuple[Any, ...]:
    from pipeline.models.recognizers import (
        cn_accounts,
        cn_bank_card,
        cn_documents,
        cn_mobile,
        cn_plate,
        cn_resident_id,
        cn_vehicle,
    )

    return (
        cn_resident_id.CnResidentIdLabelled(),
        cn_bank_card.CnBankCardLabelled(),
        cn_mobile.CnMobileLabelled(),
        cn_mobile.CnMobileSpelled(),
        cn_plate.CnPlateLabelled(),
        cn_vehicle.CnEngineNumber(),
        cn_accounts.CnWechat(),
        cn_accounts.CnQq(),
        cn_accounts.CnAlipay(),
        cn_accounts.SocialAccount(),
        cn_documents.CnOfficerId(),
        cn_documents.CnDrivingLicence(),
        cn_documents.CnSocialSecurity(),
        cn_documents.CnMedicalRecord(),
        cn_documents.CnEducation(),
        cn_documents.CnProfession(),
        cn_documents.CnCivilCertificate(),
        cn_documents.CnFinancialAccount(),
        cn_documents.CnParcel(),
        cn_documents.CnParcelByCarrier(),
        cn_documents.CnPostcode(),
        cn_documents.CnLegalCase(),
    )


def _labelled_anywhere() -> tuple[Any, ...]:
    from pipeline.models.recognizers import (
        birth,
        cn_address,
        details,
        foreign_documents,
        introduced,
        phone,
        scanned,
        secrets,
        spelled_email,
        street_address,
    )

    return (
        birth.BirthDate(),
        birth.BirthDateBefore(),
        introduced.IntroducedName(),
        cn_address.CnAddress(),
        cn_address.CnAddressByRegion(),
        street_address.StreetAddress(),
        phone.PhoneLabelled(),
        phone.PhoneAbroad(),
        scanned.ScannedSsn(),
        foreign_documents.Passport(),
        foreign_documents.DriverLicence(),
        foreign_documents.HealthNumber(),
        spelled_email.SpelledEmail(),
        spelled_email.ProviderEmail(),
        secrets.IssuedKey(),
        secrets.PrivateKey(),
        secrets.Password(),
        secrets.VerificationCode(),
        secrets.UrlCredential(),
        *(details.Detail(entity) for entity in ("HEALTH_DETAIL", "FINANCE_DETAIL", "MOVEMENT_DETAIL")),
    )


def column_head() -> Any:
    """What finds words that may head columns, on text with its Han characters."""
    from pipeline.models.recognizers.column_head import ColumnHead

    return ColumnHead()


def context_score(recognizer: Any, text: str, start: int, end: int, score: float) -> float:
    """The score, raised when a context word of the recognizer stands near; no tagger or parser is needed.

    Args:
        recognizer: Presidio's or ours; its `context` words are looked for, Han words anywhere, others as whole words.
        text: folded text, with Han characters, without placeholders in their own right (they are not context).
        start: of the candidate, in code points.
        end: of the candidate.
        score: between 0 and 1, as the pattern gave it.
    """
    is_settled = getattr(recognizer, "is_settled", None)
    if score >= 1.0 or not recognizer.context or (is_settled and is_settled(text[start:end])):
        return score
    near = _near(text, start, end)
    return max(min(score + BOOST, 1.0), BOOSTED) if _words(tuple(recognizer.context)).search(near) else score


def _near(text: str, start: int, end: int) -> str:
    """What stands around a candidate. A placeholder counts neither as a word nor as distance."""
    before, after = _spoken(text[max(0, start - WIDE_CHARS) : start]), _spoken(text[end : end + WIDE_CHARS])
    return f"{before[-BEFORE_CHARS:]}\0{after[:AFTER_CHARS]}"


def _spoken(text: str) -> str:
    return _PLACEHOLDER.sub(" ", text) if "<" in text or ">" in text else text


_NAME = r"[A-Z_]+(?:_(?:\d+|[a-z]+))?"
_PLACEHOLDER = re.compile(rf"<{_NAME}>|^{_NAME}>|<{_NAME}$")  # whole, or cut by the edge of the window


@cache
def _words(context: tuple[str, ...]) -> re.Pattern[str]:
    latin = "|".join(re.escape(w.strip()) for w in context if w.isascii())
    han = spaced("|".join(re.escape(w) for w in context if not w.isascii()))
    parts = [f"(?<![A-Za-z])(?:{latin})s?(?![A-Za-z])" if latin else "", han]
    return re.compile("|".join(p for p in parts if p), re.IGNORECASE)
