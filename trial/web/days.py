"""A date of which only the month may be known: the box for the day is then left empty."""

from datetime import date

from trial.web.fields import DateField3

MIDDLE = "15"


class DayOrMonth(DateField3):
    """A date in three boxes; without a day it stands for its month, and ``day_known`` says so."""

    day_known = True

    def tell(self, value: date | None, day_known: bool) -> None:
        """Show a date that is known already, its day only if that is."""
        self.process_data(value)
        self.day_known = day_known
        if not day_known:
            self.boxes["day"] = ""

    def _date(self, boxes: dict[str, str]) -> date:
        self.day_known = bool(boxes["day"]) or not (boxes["month"] and boxes["year"])
        return super()._date(boxes if self.day_known else boxes | {"day": MIDDLE})
