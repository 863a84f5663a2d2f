"""Textbooks, licences (bought seats), assignments (given seats), rules that give them, and who waits for one."""

from licences.models.licences import MAX_SEATS, Licence, State
from licences.models.seats import Assignment, Rule, Waiting, Withheld
from licences.models.textbooks import Textbook

__all__ = ["MAX_SEATS", "Assignment", "Licence", "Rule", "State", "Textbook", "Waiting", "Withheld"]
