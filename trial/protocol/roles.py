"""The eight roles that a person can have in a trial."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is in this trial; what each may do stands in ``conduct/access.py``."""

    RESEARCHER = "researcher"
    DATA_MANAGER = "data manager"
    TRIAL_MANAGER = "trial manager"
    STATISTICIAN = "statistician"
    EMPLOYMENT_SPECIALIST = "employment specialist"
    FIDELITY_REVIEWER = "fidelity reviewer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
