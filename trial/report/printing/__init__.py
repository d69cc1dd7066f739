"""Paper: how the blocks of a report are laid on pages."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["blanks", "blocks", "columns", "paper", "table"],
)
