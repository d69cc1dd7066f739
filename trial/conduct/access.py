"""Who may do what: the one table of roles and acts."""

from enum import StrEnum

from trial.conduct.refused import NotAllowed
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.actor import Actor

R, DM, TM, ST = Role.RESEARCHER, Role.DATA_MANAGER, Role.TRIAL_MANAGER, Role.STATISTICIAN
ES, FR, AU, AD = (
    Role.EMPLOYMENT_SPECIALIST,
    Role.FIDELITY_REVIEWER,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
)


class Act(StrEnum):
    """Everything that a person can do or see; the value is the name that the trail keeps."""

    SIGN_IN = "sign in"
    SIGN_IN_FAILED = "sign in failed"
    SIGN_OUT = "sign out"
    OWN_ACCOUNT = "change own account"
    SEE_TODAY = "see today"
    SEE_CLUSTERS = "see clusters"
    SEE_SCREENING = "see screening"
    SEE_PARTICIPANTS = "see participants"
    SEE_FOLLOW_UP = "see follow-up"
    SEE_HISTORY = "see history"
    SEE_ALLOCATION = "see allocation"
    SEE_FEASIBILITY = "see feasibility"
    SEE_PLANNING = "see planning"
    SEE_REPORTS = "see reports"
    SEE_TRAIL = "see trail"
    CHECK_TRAIL = "check trail"
    SEE_ACCOUNTS = "see accounts"
    RECORD_CLUSTER = "record cluster"
    OPEN_CLUSTER = "open cluster"
    CLOSE_CLUSTER = "close cluster"
    SCREEN = "screen"
    CORRECT_SCREENING = "correct screening"
    ANSWER_CRITERIA = "answer eligibility criteria"
    APPROACH = "record approach"
    TAKE_CONSENT = "take consent"
    ENROL = "enrol"
    CORRECT_PARTICIPANT = "correct participant"
    RECORD_IDENTITY = "record identity"
    SHOW_IDENTITY = "show identity"
    WITHDRAW = "withdraw"
    RECORD_DEATH = "record death"
    RECORD_CAPACITY = "record capacity"
    RECORD_MOVE = "record move to another cluster"
    RECORD_VISIT = "record visit"
    SKIP_VISIT = "skip visit of cluster"
    TAKE_BACK_SKIP = "take back skipped visit"
    ASSIGN_VISITS = "assign visits"
    RECORD_CONTACT = "record contact"
    RECORD_WISHES = "record contact wishes"
    DECLARE_LOST = "declare lost to follow-up"
    RECORD_FOUND = "record found"
    SEE_REMINDERS = "see reminders"
    SEND_REMINDER = "send reminder"
    SETTLE_REMINDER = "settle reminder"
    SEE_SAFETY = "see safety"
    RECORD_SAFETY = "record safety"
    JUDGE_SAFETY = "judge safety"
    TELL_SAFETY = "record who was told"
    NAME_CLINICIAN = "name clinician"
    PRINT_SAFETY = "print safety report"
    SEE_DUTIES = "see reports due"
    RECORD_DUTY = "record report due"
    PRINT_DUTY = "print numbers for report due"
    RECORD_SPELL = "record spell"
    CORRECT_SPELL = "correct spell"
    VOID_SPELL = "void spell"
    RAISE_QUERY = "raise query"
    ANSWER_QUERY = "answer query"
    CLOSE_QUERY = "close query"
    FREEZE_ALLOCATION = "freeze allocation"
    JOIN_ALLOCATION = "join allocation"
    RECORD_ALLOCATION = "record earlier allocation"
    CONFIRM_ALLOCATION = "confirm earlier allocation"
    COMMIT_CODE = "commit code"
    REVEAL_CODE = "reveal code"
    ABANDON_ALLOCATION = "abandon allocation"
    PRINT_CERTIFICATE = "print allocation certificate"
    REVEAL_ARM = "reveal arm"
    REPLACE_CLUSTER = "replace cluster"
    RECORD_DECISION = "record decision"
    UNBLIND = "unblind"
    REPORT_FEASIBILITY = "report feasibility"
    REPORT_RECRUITMENT = "report recruitment"
    REPORT_OPEN = "report to oversight, open"
    REPORT_CLOSED = "report to oversight, closed"
    REPORT_PLANNING = "report planning"
    REPORT_AUDIT = "report audit"
    REPORT_PROCESS = "report process evaluation"
    SEE_FORMS = "see forms"
    ENTER_FORM = "enter form"
    VOID_FORM = "void form"
    ADJUDICATE = "adjudicate double entry"
    PRINT_FORM = "print blank form"
    VERIFY = "verify against source"
    SIGN_RECORD = "sign record"
    HOLD = "freeze or lock"
    LIFT_HOLD = "unfreeze or unlock"
    LOCK_DATABASE = "lock database"
    CHECK_QUERIES = "check queries"
    IMPORT = "import"
    SEE_PROCESS = "see process evaluation"
    SEE_EMPLOYERS = "see employers"
    LIST_EMPLOYER = "list employer"
    DRAW_EMPLOYERS = "draw employers"
    ADOPT_PROTOCOL = "adopt protocol"
    SEE_PROTOCOL = "see protocol"
    EXPORT = "export"
    EXPORT_TRAIL = "export trail"
    REDACT = "redact"
    MANAGE_ACCOUNTS = "manage accounts"
    BEGIN_TRIAL = "begin trial"


ALL = frozenset(Role)
COLLECTORS = frozenset({R, TM})
CLINICAL = frozenset({R, DM, TM, AU})

ALLOWED: dict[Act, frozenset[Role]] = {
    Act.SIGN_IN: ALL,
    Act.SIGN_IN_FAILED: ALL,
    Act.SIGN_OUT: ALL,
    Act.OWN_ACCOUNT: ALL,
    Act.SEE_TODAY: ALL,
    Act.SEE_CLUSTERS: ALL,
    Act.SEE_SCREENING: CLINICAL,
    Act.SEE_PARTICIPANTS: CLINICAL | {ES},
    Act.SEE_FOLLOW_UP: CLINICAL,
    # The fidelity reviewer sees that of the forms that it fills in, and of nothing about participants.
    Act.SEE_HISTORY: CLINICAL | {ES, FR},
    Act.SEE_ALLOCATION: frozenset({TM, AD, AU, ST, DM, R}),
    Act.SEE_FEASIBILITY: frozenset({TM, ST, DM, AU}),
    Act.SEE_PLANNING: frozenset({TM, ST, DM, AU}),
    # The fidelity reviewer writes one of them: the process evaluation.
    Act.SEE_REPORTS: frozenset({TM, ST, DM, AU, FR}),
    Act.SEE_TRAIL: frozenset({TM, DM, AU}),
    Act.CHECK_TRAIL: frozenset({TM, AU, AD}),
    Act.SEE_ACCOUNTS: frozenset({AD, AU}),
    Act.RECORD_CLUSTER: frozenset({TM}),
    Act.OPEN_CLUSTER: frozenset({TM}),
    Act.CLOSE_CLUSTER: frozenset({TM}),
    Act.SCREEN: COLLECTORS,
    Act.CORRECT_SCREENING: COLLECTORS,
    Act.ANSWER_CRITERIA: COLLECTORS,
    Act.APPROACH: COLLECTORS,
    Act.TAKE_CONSENT: COLLECTORS,
    Act.ENROL: COLLECTORS,
    Act.CORRECT_PARTICIPANT: COLLECTORS,
    Act.RECORD_IDENTITY: COLLECTORS,
    Act.SHOW_IDENTITY: frozenset({R, DM, TM}),
    Act.WITHDRAW: frozenset({R, DM, TM}),
    Act.RECORD_DEATH: frozenset({R, DM, TM}),
    Act.RECORD_CAPACITY: frozenset({R, DM, TM}),
    Act.RECORD_MOVE: frozenset({R, DM, TM}),
    Act.RECORD_VISIT: frozenset({R, DM, TM}),
    Act.SKIP_VISIT: frozenset({DM, TM}),
    Act.TAKE_BACK_SKIP: frozenset({DM, TM}),
    Act.ASSIGN_VISITS: frozenset({DM, TM}),
    Act.RECORD_CONTACT: frozenset({R, DM, TM}),
    Act.RECORD_WISHES: frozenset({R, DM, TM}),
    # That somebody is lost is decided by who answers for follow-up; that they are found, whoever finds them.
    Act.DECLARE_LOST: frozenset({DM, TM}),
    Act.RECORD_FOUND: frozenset({R, DM, TM}),
    Act.SEE_REMINDERS: frozenset({DM, TM, AU}),
    # The machine sends; a person may start it by hand.
    Act.SEND_REMINDER: frozenset({AD, DM, TM}),
    Act.SETTLE_REMINDER: frozenset({DM, TM}),
    Act.SEE_SAFETY: frozenset({R, DM, TM, AU}),
    Act.RECORD_SAFETY: frozenset({R, DM, TM}),
    # The chief investigator, who is not blinded, judges what caused an event.
    Act.JUDGE_SAFETY: frozenset({TM}),
    Act.TELL_SAFETY: frozenset({TM}),
    Act.NAME_CLINICIAN: frozenset({TM}),
    # It tells the cause, so that whoever is blinded prints it without.
    Act.PRINT_SAFETY: frozenset({R, DM, TM, AU}),
    Act.SEE_DUTIES: frozenset({TM, DM, AU}),
    Act.RECORD_DUTY: frozenset({TM}),
    Act.PRINT_DUTY: frozenset({TM, DM, AU}),
    Act.RECORD_SPELL: frozenset({R, TM, ES}),
    Act.CORRECT_SPELL: frozenset({R, TM, ES}),
    Act.VOID_SPELL: frozenset({R, TM}),
    Act.RAISE_QUERY: frozenset({DM, TM}),
    # Whoever fills in forms answers for them; the fidelity reviewer sees no others.
    Act.ANSWER_QUERY: frozenset({R, TM, ES, FR}),
    Act.CLOSE_QUERY: frozenset({DM, TM}),
    Act.FREEZE_ALLOCATION: frozenset({TM}),
    Act.JOIN_ALLOCATION: frozenset({AD}),
    Act.RECORD_ALLOCATION: frozenset({TM}),
    Act.CONFIRM_ALLOCATION: frozenset({AD}),
    Act.COMMIT_CODE: frozenset({TM, AD}),
    Act.REVEAL_CODE: frozenset({TM, AD}),
    Act.ABANDON_ALLOCATION: frozenset({TM}),
    Act.PRINT_CERTIFICATE: frozenset({TM, AD, AU}),
    Act.REVEAL_ARM: frozenset({TM}),
    Act.REPLACE_CLUSTER: frozenset({TM}),
    Act.RECORD_DECISION: frozenset({TM}),
    Act.UNBLIND: frozenset({ST}),
    Act.REPORT_FEASIBILITY: frozenset({TM, ST, DM, AU}),
    Act.REPORT_RECRUITMENT: frozenset({TM, ST, DM, AU}),
    Act.REPORT_OPEN: frozenset({TM, ST, DM, AU}),
    # By custom the trial team does not see results by arm that it does not need.
    Act.REPORT_CLOSED: frozenset({ST, AU}),
    Act.REPORT_PLANNING: frozenset({TM, ST, DM, AU}),
    Act.REPORT_AUDIT: frozenset({TM, AU}),
    Act.REPORT_PROCESS: frozenset({TM, AU, FR}),
    Act.SEE_FORMS: ALL - {AD},
    Act.ENTER_FORM: frozenset({R, DM, TM, ES, FR}),
    Act.VOID_FORM: frozenset({R, TM, ES, FR}),
    Act.ADJUDICATE: frozenset({DM, TM}),
    Act.PRINT_FORM: ALL - {AD},
    Act.VERIFY: frozenset({DM, TM}),
    Act.SIGN_RECORD: frozenset({TM}),
    Act.HOLD: frozenset({DM, TM}),
    Act.LIFT_HOLD: frozenset({TM}),
    Act.LOCK_DATABASE: frozenset({TM}),
    Act.CHECK_QUERIES: frozenset({AD, DM, TM}),
    Act.IMPORT: frozenset({DM, TM}),
    Act.SEE_PROCESS: frozenset({TM, ES, FR, AU}),
    Act.SEE_EMPLOYERS: frozenset({TM, ES, AU}),
    Act.LIST_EMPLOYER: frozenset({TM, ES}),
    Act.DRAW_EMPLOYERS: frozenset({TM}),
    Act.ADOPT_PROTOCOL: frozenset({AD, TM}),
    Act.SEE_PROTOCOL: ALL,
    Act.EXPORT: frozenset({TM, ST, DM}),
    Act.EXPORT_TRAIL: frozenset({TM, AU}),
    Act.REDACT: frozenset({TM}),
    Act.MANAGE_ACCOUNTS: frozenset({AD}),
    Act.BEGIN_TRIAL: frozenset({AD, TM}),
}


# Acts that only a trial has whose protocol has this part.
OF_PART = {
    "participants": frozenset(
        {
            Act.SEE_SCREENING,
            Act.SEE_PARTICIPANTS,
            Act.SEE_FOLLOW_UP,
            Act.SEE_PLANNING,
            Act.SCREEN,
            Act.CORRECT_SCREENING,
            Act.ANSWER_CRITERIA,
            Act.APPROACH,
            Act.TAKE_CONSENT,
            Act.ENROL,
            Act.CORRECT_PARTICIPANT,
            Act.RECORD_IDENTITY,
            Act.SHOW_IDENTITY,
            Act.WITHDRAW,
            Act.RECORD_DEATH,
            Act.RECORD_CAPACITY,
            Act.RECORD_MOVE,
            Act.RECORD_VISIT,
            Act.SKIP_VISIT,
            Act.TAKE_BACK_SKIP,
            Act.ASSIGN_VISITS,
            Act.VERIFY,
            Act.REPORT_RECRUITMENT,
            Act.REPORT_OPEN,
            Act.REPORT_CLOSED,
            Act.REPORT_PLANNING,
        }
    ),
    "contact": frozenset(
        {Act.RECORD_CONTACT, Act.RECORD_WISHES, Act.DECLARE_LOST, Act.RECORD_FOUND}
    ),
    "safety": frozenset(
        {
            Act.SEE_SAFETY,
            Act.RECORD_SAFETY,
            Act.JUDGE_SAFETY,
            Act.TELL_SAFETY,
            Act.NAME_CLINICIAN,
            Act.PRINT_SAFETY,
        }
    ),
    "reminders": frozenset({Act.SEE_REMINDERS, Act.SEND_REMINDER, Act.SETTLE_REMINDER}),
    "duties": frozenset({Act.SEE_DUTIES, Act.RECORD_DUTY, Act.PRINT_DUTY}),
    "employment": frozenset({Act.RECORD_SPELL, Act.CORRECT_SPELL, Act.VOID_SPELL}),
    "process": frozenset(
        {
            Act.SEE_PROCESS,
            Act.REPORT_PROCESS,
            Act.SEE_EMPLOYERS,
            Act.LIST_EMPLOYER,
            Act.DRAW_EMPLOYERS,
        }
    ),
}


def told_of(protocol: Protocol, act: Act) -> bool:
    """Whether a trial under this protocol can have such an act."""
    return all(protocol.has(part) for part, acts in OF_PART.items() if act in acts)


def allowed(actor: Actor, act: Act) -> bool:
    """Whether this person's role may do or see this."""
    return actor.role in ALLOWED[act]


def permit(actor: Actor, act: Act) -> None:
    """Raise ``NotAllowed`` where the role may not."""
    if not allowed(actor, act):
        raise NotAllowed(f"The role {actor.role.value} may not do this: {act.value}.")
