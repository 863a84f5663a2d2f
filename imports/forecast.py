"""What would follow if a checked import were done: asked of whoever listens, told as warnings."""

from accounts.models import User
from accounts.signals import FutureMember, people_forecast
from imports.steps.plan import Plan
from imports.steps.roster import groups_of
from imports.tables.problems import WARNING, Problem
from schools.models import School


def forecast(school: School, kind: str, plan: Plan) -> list[Problem]:
    """Return one warning (about the whole file) for each consequence that another app announces."""
    kept = groups_of([change.account.pk for change in plan.updated if change.groups is None])
    members = [FutureMember(None, person.school_class, person.groups or frozenset()) for person in plan.created]
    members += [
        FutureMember(
            change.account.pk,
            change.person.school_class,
            kept.get(change.account.pk, frozenset()) if change.groups is None else change.groups,
        )
        for change in plan.updated
    ]
    answers = people_forecast.send(sender=User, school=school, kind=kind, members=members)
    return [Problem(None, "", "", "forecast", text, WARNING) for _, texts in answers for text in texts]
