"""Whose files are in a bundle, under which licences, and the list that says so."""

import importlib.metadata
import json
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest
from bundling import contents, licences, sbom
from bundling.contents import Entry, Origin, Part, UnknownOrigin

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "packaging" / "licences"


def file_of(distribution: str, name: str) -> str:
    found = importlib.metadata.distribution(distribution).files or []
    return next(str(file.locate()) for file in found if str(file) == name)


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return [
        ("desktop.app", str(ROOT / "desktop" / "app.py"), "PYMODULE"),
        ("PIL.Image", file_of("pillow", "PIL/Image.py"), "PYMODULE"),
        ("alembic", file_of("alembic", "alembic/__init__.py"), "PYMODULE"),
        ("sqlalchemy", file_of("sqlalchemy", "sqlalchemy/__init__.py"), "PYMODULE"),
        ("json", str(Path(sysconfig.get_path("stdlib")) / "json" / "__init__.py"), "PYMODULE"),
        ("a.namespace", "-", "PYMODULE"),
    ]


@pytest.fixture(scope="module")
def parts(entries: list[Entry]) -> list[Part]:
    return contents.parts_of(entries)


def test_each_file_belongs_to_a_distribution_the_interpreter_or_us(parts: list[Part]) -> None:
    assert [(part.name.lower(), part.origin) for part in parts] == [
        ("alembic", Origin.PYPI),
        ("cpython", Origin.INTERPRETER),
        ("likeness", Origin.OURS),
        ("pillow", Origin.PYPI),
        ("sqlalchemy", Origin.PYPI),
    ]
    assert all(part.version and part.licence and part.licence_files for part in parts)
    assert "sqlalchemy" in parts[0].needs


@pytest.mark.skipif(not Path("/var/lib/dpkg/status").exists(), reason="asks dpkg")
def test_a_library_of_the_system_belongs_to_its_debian_package() -> None:
    libc = next(Path("/usr/lib").glob("*/libc.so.6"))
    (part,) = contents.parts_of([("libc.so.6", str(libc), "BINARY")])
    assert (part.name, part.origin) == ("libc6", Origin.DEBIAN)
    assert "GNU" in part.licence_files["copyright"].read_text()


def test_a_file_of_unknown_origin_ends_the_build(tmp_path: Path) -> None:
    stray = tmp_path / "libstray.so"
    stray.touch()
    with pytest.raises(UnknownOrigin, match="libstray"):
        contents.parts_of([("libstray.so", str(stray), "BINARY")])


def test_metadata_in_the_bundle_names_our_version(parts: list[Part], tmp_path: Path) -> None:
    entries = contents.metadata_entries(parts, tmp_path)
    for place, source, _ in entries:
        target = tmp_path / "bundle" / place
        target.parent.mkdir(parents=True)
        target.write_bytes(Path(source).read_bytes())
    seen = importlib.metadata.distributions(path=[str(tmp_path / "bundle")])
    versions = {contents.normalised(each.name): each.version for each in seen}
    known = {contents.normalised(p.name): p.version for p in parts if p.name != "cpython"}
    assert versions == known


def test_the_texts_lie_in_one_folder_for_each_part(parts: list[Part], tmp_path: Path) -> None:
    licences.gather(parts, tmp_path / "licences", TEXTS)
    folders = sorted(path.name for path in (tmp_path / "licences").iterdir())
    assert folders == sorted(part.folder_name for part in parts)
    (ours,) = (part for part in parts if part.origin is Origin.OURS)
    text = (tmp_path / "licences" / ours.folder_name / "LICENSE").read_text()
    assert text == (ROOT / "LICENSE").read_text()


def test_a_part_without_a_text_ends_the_build_and_is_named(
    parts: list[Part], tmp_path: Path
) -> None:
    empty = tmp_path / "LICENSE"
    empty.touch()
    bare = Part("nobody-knows", "1.0", Origin.PYPI, "MIT")
    blank = replace(bare, name="says-nothing", licence_files={"LICENSE": empty})
    with pytest.raises(licences.LicenceMissing, match=r"nobody-knows-1\.0, says-nothing-1\.0"):
        licences.gather([*parts, bare, blank], tmp_path / "out", TEXTS)


@pytest.mark.parametrize("name", licences.STANDARD_TEXTS)
def test_a_standard_text_stands_in_only_for_a_wheel_without_one(name: str) -> None:
    distribution = importlib.metadata.distribution(name)
    part = contents._distribution_part(distribution)
    assert part.licence_files == {}, "the wheel has its own by now: take the row out"
    spdx, _ = licences.STANDARD_TEXTS[name]
    assert spdx.removesuffix("-only").split("-")[0] in str(distribution.metadata)
    texts = licences.texts_of(part, TEXTS)
    assert texts and all(path.stat().st_size > 5000 for path in texts.values())


def test_every_dependency_has_a_licence_text() -> None:
    """The whole build takes minutes; what would end it is known here."""
    wanted, seen = ["likeness"], set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        distribution = importlib.metadata.distribution(name)
        part = contents._distribution_part(distribution)
        if name != "likeness":
            assert licences.texts_of(part, TEXTS), f"{name} has no licence text"
        wanted += [need for need in part.needs if _is_installed(need)]
    assert len(seen) > 20


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def test_the_list_of_contents_is_cyclonedx(parts: list[Part]) -> None:
    document = json.loads(sbom.document(parts))

    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["component"]["name"] == "likeness"
    components = {each["name"].lower(): each for each in document["components"]}
    assert components.keys() == {"alembic", "cpython", "pillow", "sqlalchemy"}
    alembic = components["alembic"]
    assert alembic["purl"] == f"pkg:pypi/alembic@{importlib.metadata.version('alembic')}"
    assert alembic["licenses"][0]["license"]["id"] == "MIT"
    needs = {each["ref"]: each.get("dependsOn", []) for each in document["dependencies"]}
    assert components["sqlalchemy"]["bom-ref"] in needs[alembic["bom-ref"]]
    assert len(needs[document["metadata"]["component"]["bom-ref"]]) == 4
    assert components["cpython"]["version"] == ".".join(map(str, sys.version_info[:3]))
