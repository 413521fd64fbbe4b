"""The file catalog as a witness of what jobs made, by the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.evidence.proof import CatalogProof


def catalog_proof(session: Session) -> CatalogProof | None:
    """The proof by the file catalog, as far as the site profile trusts it; None where no catalog is configured."""
    from prodcli.evidence.proof import CatalogProof

    if "databases.filecatalog" not in session.config.values:
        return None
    return CatalogProof(
        session.database("filecatalog", read_only=True), session.site.output_grace, session.site.catalog_clock
    )
