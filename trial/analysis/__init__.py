"""What the trial's frames and numbers mean: estimates that say how they were made."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "employment",
        "estimate",
        "feasibility",
        "flow",
        "funnel",
        "outcome",
        "progression",
        "proportion",
        "rate",
        "recruitment",
        "retention",
        "risk_difference",
        "tables",
    ],
)
