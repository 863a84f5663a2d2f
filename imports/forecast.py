"""What would follow if a checked import were done: asked of whoever listens, told as warnings."""

from accounts.models import User
from accounts.signals import FutureMember, people_forecast

from .plan import groups_of
from .problems import WARNING, Problem


def forecast(school, kind, plan):
    """Return one warning (about the whole file) for each consequence that another app announces."""
    kept = groups_of([account.pk for account, _, groups in plan.updated if groups is None])
    members = [FutureMember(None, person.school_class, person.groups or frozenset()) for person in plan.created]
    members += [
        FutureMember(account.pk, person.school_class, kept.get(account.pk, frozenset()) if groups is None else groups)
        for account, person, groups in plan.updated
    ]
    answers = people_forecast.send(sender=User, school=school, kind=kind, members=members)
    return [Problem(None, "", "", "forecast", text, WARNING) for _, texts in answers for text in texts]
