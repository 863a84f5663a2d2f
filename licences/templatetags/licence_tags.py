"""The books of a person or of a class, for pages of the apps below: their views know nothing of licences."""

from django import template
from django.db.models import Count, F

from accounts.models import Kind
from licences.models import Assignment

register = template.Library()


@register.inclusion_tag("licences/includes/person_books.html", takes_context=True)
def person_books(context, person):
    """Show what `person` has and waits for, with buttons to give one more or take one back."""
    request = context["request"]
    held = list(
        person.assignments.select_related("licence__textbook", "rule__licence", "rule__school_class", "rule__group")
    )
    waits = list(person.awaited_licences.select_related("licence__textbook"))
    offered = request.school.licences.filter(audience=person.kind).not_expired().select_related("textbook")
    return {
        "school": request.school,
        "person": person,
        "held": sorted(held, key=lambda each: (each.licence.textbook.title_sort, each.pk)),
        "waits": waits,
        "offered": offered.exclude(pk__in=[each.licence_id for each in held]) if person.is_active else [],
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("licences/includes/class_books.html", takes_context=True)
def class_books(context, school_class):
    """Show how many pupils of the class have each book, with buttons to give it to the others or take it back."""
    request = context["request"]
    licences = request.school.licences.filter(audience=Kind.STUDENT).select_related("textbook")
    pupils = school_class.students.filter(is_active=True).count()
    given = Assignment.objects.filter(user__school_class=school_class).order_by()
    given = dict(given.values_list("licence").annotate(count=Count("pk")))
    followed = set(school_class.licence_rules.values_list("licence", flat=True))
    rows = [
        {"licence": licence, "given": given[licence.pk], "left": pupils - given[licence.pk]}
        for licence in licences.filter(pk__in=given)
    ]
    offered = licences.not_expired().filter(assigned__lt=F("seats")).exclude(pk__in=given)
    return {
        "school": request.school,
        "school_class": school_class,
        "pupils": pupils,
        "rows": rows,
        "followed": followed,
        "offered": offered if pupils else [],
        "csrf_token": context.get("csrf_token"),
    }
