"""A trial whose reminders go into a list instead of a mail server."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from tests.conduct.recruiting import Recruiting
from trial.conduct import identities
from trial.conduct.access import Act
from trial.conduct.contact import wishes
from trial.conduct.reminders import planning
from trial.conduct.reminders.sending import Done, Office, send
from trial.conduct.reminders.team import Member, Team
from trial.config import Clock
from trial.exchange.letter import Letter, Undelivered
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.models import Cluster, Participant
from trial.records.trail import acting

MANAGER = Member(Actor(21, "A data manager", Role.DATA_MANAGER), "data@example.org")
NOON = 12


@dataclass(frozen=True)
class Noon(Clock):
    """A clock that stands at an hour of its day in UTC."""

    hour: int = NOON

    def now(self) -> datetime:
        assert self.fixed is not None
        return datetime(self.fixed.year, self.fixed.month, self.fixed.day, self.hour, tzinfo=UTC)


@dataclass
class Box:
    """A post that keeps what it is given, or says what it is told to say."""

    sent: list[Letter] = field(default_factory=list)
    says: Undelivered | None = None

    def send(self, letter: Letter) -> None:
        if self.says is not None:
            raise self.says
        self.sent.append(letter)

    def close(self) -> None:
        pass


@dataclass
class Reminding:
    """The acts of reminders on a day."""

    trial: Recruiting
    team: Team = field(default_factory=lambda: Team([MANAGER]))
    email: Box = field(default_factory=Box)
    text: Box = field(default_factory=Box)

    def agreed(self, cluster: Cluster, then: date) -> Participant:
        """Somebody who agreed to every reminder and can be reached; the day is ``then`` afterwards."""
        self.trial.on = date(2015, 10, 20)
        made = self.trial.participant(self.trial.open(cluster))
        self.agrees(made, "email", "text")
        self.reached_at(made, email="ada@example.org", phone="07700 900123")
        self.trial.on = then
        return made

    def plan(self, on: date, hour: int = NOON) -> int:
        self.trial.session.rollback()
        clock = Noon(on, hour)
        return planning.plan(
            self.trial.session, self.trial.protocol, self.team, on=on, at=clock.now()
        )

    def send(self, on: date, hour: int = NOON, **rest: object) -> Done:
        return send(self.office(on, hour, **rest))

    def office(self, on: date, hour: int = NOON, **rest: object) -> Office:
        made = Office(
            self.trial.session, self.trial.protocol, self.trial.vault, self.team,
            {"email": self.email, "text": self.text}, Noon(on, hour), domain="example.org",
            address="https://trial.example.org/", lease=timedelta(minutes=10),
        )  # fmt: skip
        return replace(made, **rest)  # type: ignore[arg-type]

    def agrees(self, person: Participant, *channels: str, **rest: object) -> None:
        self.trial.does(Act.RECORD_WISHES, wishes.record, person, reminders=channels, **rest)

    def reached_at(self, person: Participant, why: str | None = None, **what: str) -> None:
        session = self.trial.session
        session.rollback()
        with acting(session, by=self.trial.by, name=Act.RECORD_IDENTITY, reason=why):
            identities.record(session, self.trial.vault, person, on=self.trial.on, **what)
