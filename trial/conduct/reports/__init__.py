"""What is reported: each report assembled from frames, analysed, and told as a value."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "assembly",
        "audit",
        "columns",
        "cut",
        "datasets",
        "decided",
        "feasibility",
        "headline",
        "kinds",
        "numbers_due",
        "planning",
        "process_report",
        "request",
        "trail_file",
    ],
)
