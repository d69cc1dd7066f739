"""The register of employers: listed under a number, corrected, struck off; never a person."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trial.conduct.access import Act, permit
from trial.conduct.dates import not_before, not_future, words
from trial.conduct.reasons import need
from trial.conduct.refused import Finding, Refused
from trial.conduct.underway import draft
from trial.protocol import Protocol, typed
from trial.protocol.base import Code
from trial.records.models import Draw, Employer

LONGEST = 200
UNDER_WAY = "A draw from the register is under way: finish it, then change who is listed."


def list_employer(
    session: Session,
    protocol: Protocol,
    *,
    name: str,
    sector: str | None,
    listed_on: date,
    hired: bool = False,
    on: date,
) -> Employer:
    """Put an employer on the register, under the next number."""
    permit(draft(session).by, Act.LIST_EMPLOYER)
    refuse_before_reveal(session)
    found = _checked(session, protocol, None, name, sector, listed_on, on)
    number = (session.scalar(select(func.max(Employer.number))) or 0) + 1
    made = Employer(number=number, name=found, sector=sector, listed_on=listed_on, hired=hired)
    made.unblinds = True
    session.add(made)
    try:
        session.flush()
    except IntegrityError as fault:
        raise Refused("Somebody listed an employer at the same moment: save again.") from fault
    return made


def correct(
    session: Session,
    protocol: Protocol,
    employer: Employer,
    *,
    name: str,
    sector: str | None,
    listed_on: date,
    hired: bool,
    on: date,
) -> Employer:
    """Change what the register says of an employer; that it now employs someone needs no reason."""
    permit(draft(session).by, Act.LIST_EMPLOYER)
    found = _checked(session, protocol, employer, name, sector, listed_on, on)
    now = (found, sector, listed_on)
    if now != (employer.name, employer.sector, employer.listed_on) or (
        employer.hired and not hired
    ):
        need(session)
    employer.name, employer.sector, employer.listed_on = now
    employer.hired = hired
    session.flush()
    return employer


def strike_off(session: Session, employer: Employer, *, struck_on: date, on: date) -> Employer:
    """Take an employer off the register, with a reason; not while a draw from it is under way."""
    permit(draft(session).by, Act.LIST_EMPLOYER)
    if employer.struck_on is not None:
        raise Refused(f"This employer was struck off on {words(employer.struck_on)}.")
    need(session)
    not_future(struck_on, on, "struck_on", "This day")
    not_before(struck_on, employer.listed_on, "struck_on", "This day", "the day of listing")
    if drawing(session) is not None:
        raise Refused(UNDER_WAY)
    employer.struck_on = struck_on
    session.flush()
    return employer


def refuse_before_reveal(session: Session) -> None:
    """Refuse while some arm is not revealed: there being a register tells who has the intervention."""
    if not draft(session).by.sees_arm_of(None):
        raise Refused("The register of employers opens once the arm of every cluster is revealed.")


def listed(session: Session) -> list[Employer]:
    """The employers that are on the register now, by number."""
    wanted = select(Employer).where(Employer.struck_on.is_(None)).order_by(Employer.number)
    return list(session.scalars(wanted))


def sectors(protocol: Protocol) -> tuple[Code, ...]:
    """The sectors that an employer can be of; none where the protocol is not about employment."""
    return () if protocol.employment is None else protocol.employment.sectors


def drawing(session: Session) -> Draw | None:
    """The draw that was committed and not made yet, if there is one."""
    wanted = select(Draw).where(Draw.drawn.is_(None)).order_by(Draw.id)
    return session.scalars(wanted).first()


def _checked(
    session: Session,
    protocol: Protocol,
    employer: Employer | None,
    name: str,
    sector: str | None,
    listed_on: date,
    on: date,
) -> str:
    """The name made fit to keep; every fault is named at once."""
    name = typed.tidy(name)
    fault = typed.fault(name, LONGEST) if name else "Enter the employer's name"
    findings = [Finding(fault, "name")] if fault else []
    if sector is not None and sector not in {one.key for one in sectors(protocol)}:
        findings.append(Finding("Choose one of the sectors shown", "sector"))
    same = [one for one in listed(session) if one.name.casefold() == name.casefold()]
    if any(one is not employer for one in same):
        findings.append(
            Finding(f"This employer is on the register as number {same[0].number}.", "name")
        )
    if findings:
        raise Refused.of(findings)
    not_future(listed_on, on, "listed_on", "The day of listing")
    return name
