"""The e-mails that failed for good, on the pages of schools and of people."""

from typing import Any

from django import template
from django.db.models import Q

from accounts.emails import Email
from accounts.models import User
from schools.models import School

SHOWN = 5
register = template.Library()


@register.inclusion_tag("accounts/includes/undelivered_to.html")
def undelivered_to(person: User) -> dict[str, Any]:
    return {"email": Email.objects.undelivered().filter(user=person).first()}


@register.inclusion_tag("accounts/includes/undelivered_in.html")
def undelivered_in(school: School) -> dict[str, Any]:
    """Name those of `school`, its administrators included, whom an e-mail could not reach."""
    its_own = Q(user__school=school) | Q(user__in=school.memberships.values("user"))
    emails = Email.objects.undelivered().filter(its_own).select_related("user__school")[: SHOWN + 1]
    return {"emails": emails[:SHOWN], "more": len(emails) > SHOWN}
