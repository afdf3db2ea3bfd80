"""Numbers on papers of a person, of which only the label tells what they are."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.labels import END, behind, labels


class CnOfficerId(PatternRecognizer):
    """Military, soldier's and police identity cards: X字第12345678号, or digits after the label."""

    labels = labels("CN_OFFICER_ID")

    def __init__(self) -> None:
        force = "军政后装南北沈兰成济广参空海武警陆战火联总士文参航空"
        super().__init__(
            supported_entity="CN_OFFICER_ID",
            patterns=[
                Pattern("formal", rf"[{force}]{{1,3}}[ ]?字[ ]?第?[ ]?\d{{4,8}}(?:-\d{{6,8}})?[ ]?号?", 0.5),
                behind(self.labels, rf"(?:第)?[A-Za-z]{{0,2}}\d{{6,10}}{END}"),
            ],
            supported_language="zh",
        )


class CnDrivingLicence(PatternRecognizer):
    """Driving licence: twelve digits of the file; a licence number is the resident identity number."""

    labels = labels("CN_DRIVING_LICENCE")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="CN_DRIVING_LICENCE",
            patterns=[behind(self.labels, rf"\d{{4}}[ -]?\d{{4}}[ -]?\d{{4}}{END}")],
            supported_language="zh",
        )


class CnSocialSecurity(PatternRecognizer):
    """Social security, medical insurance and housing fund: of each region its own format."""

    labels = labels("CN_SOCIAL_SECURITY")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="CN_SOCIAL_SECURITY",
            patterns=[behind(self.labels, rf"[A-Za-z]{{0,3}}\d(?:[ -]?\d){{6,17}}[Xx]?{END}")],
            supported_language="zh",
        )


class CnMedicalRecord(PatternRecognizer):
    """Numbers of patients: record, admission, outpatient card, examination."""

    labels = labels("MEDICAL_RECORD")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="MEDICAL_RECORD",
            patterns=[behind(self.labels, rf"(?=[A-Za-z-]*\d)[A-Za-z0-9](?:-?[A-Za-z0-9]){{3,15}}{END}")],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it holds fewer than three digits."""
        return sum(c.isdigit() for c in pattern_text) < 3


class CnEducation(PatternRecognizer):
    """Students, candidates and their certificates."""

    labels = labels("EDUCATION_ID")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="EDUCATION_ID",
            patterns=[behind(self.labels, rf"[A-Za-z]{{0,3}}\d(?:-?\d){{5,18}}[A-Za-z]?{END}")],
            supported_language="zh",
        )


class CnProfession(PatternRecognizer):
    """Certificates and numbers of a person at work."""

    labels = labels("PROFESSION_ID")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="PROFESSION_ID",
            patterns=[behind(self.labels, rf"(?=[A-Za-z-]*\d)[A-Za-z]{{0,4}}-?\d(?:-?\d){{3,26}}{END}")],
            supported_language="zh",
        )


class CnCivilCertificate(PatternRecognizer):
    """Birth, marriage, household, property."""

    labels = labels("CIVIL_CERTIFICATE")

    def __init__(self) -> None:
        value = r"(?:[A-Za-z]\d{9}|[A-Z]?\d{6}-\d{4}-\d{6}|[A-Za-z]{0,2}\d(?:-?\d){5,19}[Bb]?\d?)"
        super().__init__(
            supported_entity="CIVIL_CERTIFICATE",
            patterns=[behind(self.labels, f"{value}{END}")],
            supported_language="zh",
        )


class CnFinancialAccount(PatternRecognizer):
    """Securities, funds, insurance, loans."""

    labels = labels("FINANCIAL_ACCOUNT")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="FINANCIAL_ACCOUNT",
            patterns=[behind(self.labels, rf"(?=[A-Za-z-]*\d)[A-Za-z0-9](?:-?[A-Za-z0-9]){{5,23}}{END}")],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it holds fewer than five digits."""
        return sum(c.isdigit() for c in pattern_text) < 5


class CnParcel(PatternRecognizer):
    """Waybills, which lead to a recipient."""

    labels = labels("PARCEL")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="PARCEL",
            patterns=[behind(self.labels, rf"[A-Za-z]{{0,4}}\d(?:[ -]?\d){{5,17}}(?:CN)?{END}")],
            supported_language="zh",
        )


class CnParcelByCarrier(PatternRecognizer):
    """A carrier's letters and twelve to fifteen digits."""

    def __init__(self) -> None:
        carrier = r"(?<![0-9A-Za-z])(?:SF(?=[0-3])|YT|JD(?=0)|JDV[AB]|STO|ZTO|DPK|JT)\d{12,15}(?![0-9A-Za-z])"
        super().__init__(
            supported_entity="PARCEL", patterns=[Pattern("carrier", carrier, 0.5)], supported_language="zh"
        )


class CnPostcode(PatternRecognizer):
    """Six digits, or five and four, after a word for postcode."""

    labels = labels("POSTCODE")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="POSTCODE",
            patterns=[behind(self.labels, rf"(?:\d{{6}}|\d{{5}}(?:-\d{{4}})?){END}")],
            supported_language="zh",
        )


class CnLegalCase(PatternRecognizer):
    """Case numbers of courts: (2021)京0105民初12345号."""

    labels = labels("COURT_CASE")

    def __init__(self) -> None:
        court = r"[(（〔\[](?:19|20)\d{2}[)）〕\]][一-龥]{1,3}\d{0,6}[一-龥]{0,2}"
        kinds = "|".join(self.labels)
        super().__init__(
            supported_entity="COURT_CASE",
            patterns=[
                Pattern(
                    "case",
                    rf"{court}(?:{kinds})字?第?\d{{1,7}}号",
                    0.5,
                )
            ],
            supported_language="zh",
        )
