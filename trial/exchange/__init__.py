"""How results travel: frames to files with a codebook and a manifest, and back."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "bounces",
        "bundle",
        "codebook",
        "ics",
        "manifest",
        "quoting",
        "redo",
        "sheets",
        "smtp",
        "tables",
        "text_messages",
    ],
)
