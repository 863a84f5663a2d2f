"""What concerns one person of a school, and how the rest of the platform hears of it."""

from accounts.models import User
from accounts.signals import people_changed


def announce(school, pks, change):
    """Tell who listens that people of `school` changed; `change`: "created", "updated", or "deleted" (before)."""
    pks = list(pks)
    if pks:
        people_changed.send(sender=User, school=school, pks=pks, change=change)


def refusal(person, administrator):
    """Return why `administrator` may not reset, deactivate or delete `person`, in French; None if they may."""
    if person.pk == administrator.pk:
        return "C'est votre propre compte : demandez à un collègue administrateur ou à l'opérateur."
    if User.objects.filter(pk=person.pk).out_of_reach_of(administrator).exists():
        return "Ce compte a aussi des droits en dehors de votre établissement : demandez à l'opérateur."
    return None
