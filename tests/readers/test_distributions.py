import os
from pathlib import Path

from pipeline.models import licence_texts
from pipeline.readers import distributions, register
from pipeline.rules.licences import Circumstances, rules
from pipeline.schemas.sources import UPSTREAMS
from pipeline.stages import licences


def _install(site: Path, name: str, header: str, **files: str) -> None:
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{header}\n\n# {name}\n")
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    listed = [f"{info.name}/METADATA", *files]
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in listed))


def _site(at: Path) -> Path:
    site = at / "site"
    guide = {
        "tea/guide.md": "g",
        "tea/code.py": "c",
        "tea/latest.rst": "l",
        "tea/tests/in.txt": "t",
        "tea/stopwords.txt": "w",
    }
    _install(
        site,
        "Tea_Pot",
        "License-Expression: MIT",
        **guide,
        **{"Tea_Pot-1.0.dist-info/LICENSE": "SPDX-License-Identifier: MIT"},
    )
    _install(site, "kettle", "Classifier: License :: OSI Approved :: Apache Software License")
    _install(site, "mug", "License: whatever the mug says")
    _install(site, "cup", "License: MIT", **{"cup-1.0.dist-info/LICENSE": "SPDX-License-Identifier: CC-BY-NC-4.0"})
    return site


def test_each_distribution_is_a_source_with_its_prose_and_without_its_code(tmp_path: Path) -> None:
    assert distributions.register(tmp_path / "r", _site(tmp_path), approver="alice") == 4
    found = register.read(tmp_path / "r")
    assert found.problems == ()
    assert [f.path.name for f in found.files["pypi-tea-pot"]] == ["METADATA", "guide.md", "latest.rst"]


def test_only_distributions_that_tell_their_licence_and_mean_it_are_kept(tmp_path: Path) -> None:
    distributions.register(tmp_path / "r", _site(tmp_path), approver="alice")
    found = register.read(tmp_path / "r")
    nothing = UPSTREAMS.empty_table()
    evidence = licences.measure(found.sources, found.texts, nothing, licence_texts.identifier(), rules())
    of = Circumstances(use="pretrain")
    got = licences.decide(found.sources, evidence, rules(), of=of, now_us=0).to_pylist()
    assert [(row["source_id"][5:], row["rule_id"]) for row in got] == [
        ("cup", "LIC.R010"),
        ("kettle", "LIC.R002"),
        ("mug", "LIC.R000"),
        ("tea-pot", "LIC.R002"),
    ]


def test_registering_twice_writes_the_same_bytes(tmp_path: Path) -> None:
    site = _site(tmp_path)
    for name in ("one", "two"):
        distributions.register(tmp_path / name, site, approver="alice")
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two


def test_the_day_of_installation_is_the_files_own_or_honestly_unknown(tmp_path: Path) -> None:
    site = _site(tmp_path)
    os.utime(site / "kettle-1.0.dist-info" / "RECORD", (315_532_800, 315_532_800))  # a reproducible build of 1980
    (site / "mug-1.0.dist-info" / "INSTALLER").write_text("uv")
    with (site / "mug-1.0.dist-info" / "RECORD").open("a") as record:
        record.write("mug-1.0.dist-info/INSTALLER,,\nmug-1.0.dist-info/RECORD,,\n")
    with (site / "kettle-1.0.dist-info" / "RECORD").open("a") as record:
        record.write("kettle-1.0.dist-info/RECORD,,\n")
    os.utime(site / "kettle-1.0.dist-info" / "RECORD", (315_532_800, 315_532_800))
    os.utime(site / "mug-1.0.dist-info" / "INSTALLER", (1_770_000_000, 1_770_000_000))
    distributions.register(tmp_path / "r", site, approver="alice")
    found = register.read(tmp_path / "r")
    began = dict(zip(*(found.sources.column(n).to_pylist() for n in ("source_id", "collected_from_us")), strict=True))
    assert found.problems == ()
    assert (began["pypi-mug"], began["pypi-kettle"]) == (1_769_990_400_000_000, None)
