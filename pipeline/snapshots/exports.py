"""croissant.json and spdx.json: a snapshot described in other people's words; every number is counted.

Source: Croissant 1.1 with its RAI vocabulary (MLCommons); SPDX 3.0.1 with the profiles Core, Software, Dataset and
SimpleLicensing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from pipeline.ledger import canonical
from pipeline.schemas import STAGES
from pipeline.schemas.snapshots import SAMPLING, SNAPSHOT_DOCUMENTS
from pipeline.snapshots.card import Counts

CROISSANT_VERSION = "http://mlcommons.org/croissant/1.1"
SPDX_CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
SPDX_VERSION = "3.0.1"
_TERMS = (
    "arrayShape citeAs column conformsTo containedIn equivalentProperty extract field fileProperty fileObject fileSet "
    "format includes isArray isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated "
    "replace samplingRate separator source subField transform"
).split()
_PERSONAL = (
    "Personal information was looked for and redacted by rules; what rules do not find may still be there. "
    "What is found later is withdrawn and erased."
)

Json = dict[str, object]

_FILE_SET: Json = {  # contained in nothing: it lies beside croissant.json
    "@type": "cr:FileSet",
    "@id": "shards",
    "name": "shards",
    "encodingFormat": "application/x-parquet",
    "includes": "data/*.parquet",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """What both documents are made from."""

    name: str
    version: str
    use: str
    run: str
    created_at_us: int
    valid_days: int
    shards: Sequence[Mapping[str, object]]  # as the manifest lists them
    sampling: Sequence[Mapping[str, object]]  # sampling.parquet listed in the same way, or nothing
    counts: Counts

    @property
    def id(self) -> str:
        """`NAME@VERSION`."""
        return f"{self.name}@{self.version}"

    @property
    def created(self) -> str:
        """When it was frozen, to the second."""
        return datetime.fromtimestamp(self.created_at_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def sources(self) -> list[str]:
        """Ids of its sources, sorted."""
        return sorted({source for source, _ in self.counts.sources})

    @property
    def licences(self) -> list[str]:
        """SPDX expressions of its documents, sorted."""
        return list(self.counts.licences())

    @property
    def size(self) -> str:
        """In documents, sources and characters."""
        return (
            f"{self.counts.documents} documents from {len(self.sources)} sources, {self.counts.characters} characters"
        )

    @property
    def maintenance(self) -> str:
        """How it is kept right."""
        return (
            "Withdrawn documents are named in a signed feed and left out by readers; erased ones are replaced by a "
            f"later version. The approval holds for {self.valid_days} days."
        )


def croissant(of: Described) -> bytes:
    """croissant.json of a snapshot, the same bytes for the same snapshot."""
    body: Json = {
        "@context": _context(),
        "@type": "sc:Dataset",
        "name": of.name,
        "description": f"Snapshot {of.id}: {of.size}; declared use: {of.use}.",
        "conformsTo": CROISSANT_VERSION,
        "version": f"{of.version}.0.0",
        "datePublished": of.created,
        "license": of.licences,
        "inLanguage": sorted(of.counts.languages),
        "citeAs": f"{of.id}, Provender snapshot; ATTRIBUTION.md names every source to credit",
        "url": f"urn:provender:snapshot:{of.id}",
        "prov:wasGeneratedBy": f"urn:provender:run:{of.run}",
        "prov:wasDerivedFrom": [f"urn:provender:source:{one}" for one in of.sources],
        "rai:dataUseCases": of.use,
        "rai:dataPreprocessingProtocol": [f"stage {one} of Provender, decided document by document" for one in STAGES],
        "rai:personalSensitiveInformation": _PERSONAL,
        "rai:dataReleaseMaintenancePlan": of.maintenance,
        "distribution": [*map(_file, (*of.shards, *of.sampling)), _FILE_SET],
        "recordSet": [_documents(), *map(_sampling, of.sampling)],
    }
    return canonical.entry(body)


def _context() -> Json:
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "dct": "http://purl.org/dc/terms/",
        "prov": "http://www.w3.org/ns/prov#",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "sc": "https://schema.org/",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "description": {"@container": "@language"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "name": {"@container": "@language"},
        **{term: f"cr:{term}" for term in _TERMS},
        "conformsTo": "dct:conformsTo",
    }


def _file(one: Mapping[str, object]) -> Json:
    return {
        "@type": "cr:FileObject",
        "@id": one["path"],
        "name": one["path"],
        "contentUrl": one["path"],
        "contentSize": f"{one['bytes']} B",
        "encodingFormat": "application/x-parquet",
        "sha256": one["sha256"],
    }


def _documents() -> Json:
    said = "One record a document, by source and doc_id."
    return _record_set("documents", said, SNAPSHOT_DOCUMENTS, {"fileSet": {"@id": "shards"}})


def _sampling(file: Mapping[str, object]) -> Json:
    said = "One record a document, by doc_id: sampling weight in millionths, topic, cluster of near duplicates."
    return _record_set("sampling", said, SAMPLING, {"fileObject": {"@id": file["path"]}})


def _record_set(name: str, said: str, schema: pa.Schema, held: Json) -> Json:
    kinds = {"int32": "sc:Integer", "int64": "sc:Integer", "string": "sc:Text"}
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"{name}/{column.name}",
            "name": f"{name}/{column.name}",
            "dataType": kinds[str(column.type)],
            "source": {**held, "extract": {"column": column.name}},
        }
        for column in schema
    ]
    key = {"@id": f"{name}/doc_id"}
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "description": said, "key": key, "field": fields}


def spdx(of: Described) -> bytes:
    """spdx.json of a snapshot: a `DatasetPackage`, its shards and licences; the same bytes for the same snapshot."""
    base = f"urn:provender:spdx:{of.id}"
    package, agent = f"{base}#dataset", f"{base}#provender"
    files = [_spdx_file(base, one) for one in (*of.shards, *of.sampling)]
    licences = [_spdx_licence(base, number, one) for number, one in enumerate(of.licences)]
    graph: list[Json] = [
        {
            "type": "CreationInfo",
            "@id": "_:made",
            "specVersion": SPDX_VERSION,
            "created": of.created,
            "createdBy": [agent],
        },
        {"type": "SoftwareAgent", "spdxId": agent, "creationInfo": "_:made", "name": "Provender"},
        _spdx_package(of, package, agent),
        *files,
        *licences,
        _relation(base, "contains", package, [str(one["spdxId"]) for one in files]),
        _relation(base, "hasConcludedLicense", package, [str(one["spdxId"]) for one in licences]),
        {
            "type": "SpdxDocument",
            "spdxId": f"{base}#document",
            "creationInfo": "_:made",
            "name": of.id,
            "profileConformance": ["core", "software", "dataset", "simpleLicensing"],
            "rootElement": [package],
        },
    ]
    return canonical.entry({"@context": SPDX_CONTEXT, "@graph": graph})


def _spdx_package(of: Described, package: str, agent: str) -> Json:
    return {
        "type": "dataset_DatasetPackage",
        "spdxId": package,
        "creationInfo": "_:made",
        "name": of.name,
        "software_packageVersion": of.version,
        "software_primaryPurpose": "data",
        "software_downloadLocation": f"urn:provender:snapshot:{of.id}",
        "originatedBy": [agent],
        "builtTime": of.created,
        "releaseTime": of.created,
        "dataset_datasetType": ["text"],
        "dataset_datasetSize": sum(int(str(one["bytes"])) for one in of.shards),
        "dataset_intendedUse": of.use,
        "dataset_dataCollectionProcess": f"{of.size}, registered with licence and legal basis; run {of.run}",
        "dataset_dataPreprocessing": list(STAGES),
        "dataset_anonymizationMethodUsed": ["redaction of personal information found by rules"],
        "dataset_hasSensitivePersonalInformation": "noAssertion",
        "dataset_datasetUpdateMechanism": of.maintenance,
    }


def _spdx_file(base: str, one: Mapping[str, object]) -> Json:
    return {
        "type": "software_File",
        "spdxId": f"{base}#{one['path']}",
        "creationInfo": "_:made",
        "name": one["path"],
        "software_primaryPurpose": "data",
        "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": one["sha256"]}],
    }


def _spdx_licence(base: str, number: int, expression: str) -> Json:
    return {
        "type": "simplelicensing_LicenseExpression",
        "spdxId": f"{base}#licence-{number}",
        "creationInfo": "_:made",
        "simplelicensing_licenseExpression": expression,
    }


def _relation(base: str, kind: str, one: str, others: Sequence[str]) -> Json:
    return {
        "type": "Relationship",
        "spdxId": f"{base}#{kind}",
        "creationInfo": "_:made",
        "relationshipType": kind,
        "from": one,
        "to": list(others),
    }
