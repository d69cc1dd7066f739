"""How it is told: a report is a value, printed as PDF, as a page and its figures as SVG."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["figures", "numbers", "page", "pdf", "picture", "svg", "value", "wording"],
)
