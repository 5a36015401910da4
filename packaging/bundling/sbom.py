"""The list of everything in the bundle, as CycloneDX 1.6 JSON (https://cyclonedx.org)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, License
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from bundling.contents import Origin, Part, normalised
from bundling.licences import STANDARD_TEXTS

_PURL_TYPES = {Origin.PYPI: "pypi", Origin.DEBIAN: "deb", Origin.INTERPRETER: "generic"}


def write(parts: Iterable[Part], path: Path) -> None:
    """Write the list of `parts`, one of which is ourselves, to `path`."""
    path.write_text(document(parts), encoding="utf-8")


def document(parts: Iterable[Part]) -> str:
    """The list as JSON. One of the parts must be ours: the others are what it is made of."""
    bom = Bom()
    components = {normalised(part.name): (part, _component(part)) for part in parts}
    (ourselves,) = (made for part, made in components.values() if part.origin is Origin.OURS)
    bom.metadata.component = ourselves
    for part, component in components.values():
        if component is ourselves:
            continue
        bom.components.add(component)
        needed = [components[name][1] for name in part.needs if name in components]
        bom.register_dependency(component, needed)
    bom.register_dependency(ourselves, list(bom.components))
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _component(part: Part) -> Component:
    is_ours = part.origin is Origin.OURS
    reference = f"{part.origin}/{normalised(part.name)}@{part.version}"
    component = Component(
        name=part.name,
        version=part.version,
        type=ComponentType.APPLICATION if is_ours else ComponentType.LIBRARY,
        bom_ref=reference,
        purl=None if is_ours else _purl(part),
    )
    licence = _licence(part)
    if licence is not None:
        component.licenses.add(licence)
    if part.homepage:
        website = ExternalReference(type=ExternalReferenceType.WEBSITE, url=XsUri(part.homepage))
        component.external_references.add(website)
    return component


def _purl(part: Part) -> PackageURL:
    namespace = "debian" if part.origin is Origin.DEBIAN else None
    name = normalised(part.name) if part.origin is Origin.PYPI else part.name
    return PackageURL(_PURL_TYPES[part.origin], namespace, name, part.version)


def _licence(part: Part) -> License | None:
    """As its metadata says it; the texts themselves are in licences/."""
    stated, _ = STANDARD_TEXTS.get(normalised(part.name), (part.licence, ()))
    if part.origin is Origin.DEBIAN:
        return DisjunctiveLicense(name=f"see licences/{part.folder_name}/copyright")
    return LicenseFactory().make_from_string(stated) if stated else None
