"""The pages that are measured, each as the role that uses it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page: its name, who opens it, and its address; ``{first}`` is the first link of ``within``.

    A report reads every participant, so that it may grow with them; any other page may not.
    """

    name: str
    email: str
    address: str
    within: str = ""
    report: bool = False


RESEARCHER = "researcher.forensic@example.org"
DATA_MANAGER = "data.manager@example.org"
TRIAL_MANAGER = "trial.manager@example.org"
AUDITOR = "auditor@example.org"
ADMINISTRATOR = "administrator@example.org"

PAGES = (
    Page("Today", RESEARCHER, "/today"),
    Page("Today of the data manager", DATA_MANAGER, "/today"),
    Page("Screening", RESEARCHER, "/screening"),
    Page("One person considered", RESEARCHER, "{first}", r"/screening/\d+"),
    Page("Participants", RESEARCHER, "/participants"),
    Page("One participant", RESEARCHER, "{first}", r"/participants/\d+"),
    Page("Work of one participant", RESEARCHER, "{first}/work.svg", r"/participants/\d+"),
    Page("Follow-up, overdue", DATA_MANAGER, "/follow-up"),
    Page("Follow-up, due", DATA_MANAGER, "/follow-up/due"),
    Page("Queries", DATA_MANAGER, "/queries"),
    Page("Clusters", TRIAL_MANAGER, "/clusters"),
    Page("One cluster", TRIAL_MANAGER, "{first}", r"/clusters/[a-z][a-z-]+"),
    Page("Allocation", TRIAL_MANAGER, "/allocation"),
    Page("Search", TRIAL_MANAGER, "/search?number=IPSOH-0001-L"),
    Page("Trail", AUDITOR, "/trail"),
    Page("One act", AUDITOR, "{first}", r"/trail/\d+"),
    Page("Reports", TRIAL_MANAGER, "/reports"),
    Page("Accounts", ADMINISTRATOR, "/administration"),
    Page("Who had access", ADMINISTRATOR, "/administration/access"),
    Page("Feasibility", TRIAL_MANAGER, "/feasibility", report=True),
    Page("Audit report", TRIAL_MANAGER, "/reports/audit", report=True),
)
FEASIBILITY = next(page for page in PAGES if page.name == "Feasibility")
