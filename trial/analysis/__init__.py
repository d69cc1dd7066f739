"""What the trial's frames and numbers mean: estimates that say how they were made."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "cluster_summary",
        "cluster_test",
        "design_effect",
        "employment",
        "estimate",
        "feasibility",
        "flow",
        "funnel",
        "gee",
        "icc",
        "mixed_logistic",
        "outcome",
        "progression",
        "proportion",
        "randomisation_test",
        "rate",
        "recruitment",
        "reml",
        "retention",
        "risk_difference",
        "risk_ratio",
        "tables",
    ],
)
