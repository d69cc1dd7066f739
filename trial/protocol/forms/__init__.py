"""Forms as a protocol declares them: questions, sections, rules; and answers to them."""

from trial.protocol.forms.plan import CheckUse, FormPlan, Section, UnitCost

__all__ = ["CheckUse", "FormPlan", "Section", "UnitCost"]
