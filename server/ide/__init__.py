"""The page that a browser gets at /graphql: GraphiQL with its explorer, built from `ide/` at the root."""

from server.ide.page import ide_assets, ide_page, wants_ide

__all__ = ["ide_assets", "ide_page", "wants_ide"]
