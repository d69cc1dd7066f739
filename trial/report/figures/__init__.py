"""The figures, drawn once for the page and for the PDF."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "curves",
        "draw",
        "flow",
        "intervals",
        "lanes",
        "lives",
        "matrix",
        "recruitment",
        "strokes",
        "timeline",
    ],
)
