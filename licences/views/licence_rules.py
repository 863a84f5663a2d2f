from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from licences import rules
from licences.forms import RuleForm, RuleRemovalForm
from licences.models import Assignment, Licence, Waiting
from licences.seats import LicenceError
from licences.views.licence_detail import licence_or_404
from schools.access import SchoolRequest, administrator_required, require_safe_or_post
from schools.chunks import chunks
from schools.french import counted
from schools.journal import journal
from schools.listing import page_of
from schools.models import School
from schools.turns import turn


@administrator_required
@require_safe_or_post
def licence_rules(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    licence = licence_or_404(school, pk)
    form = RuleForm(request.POST if request.method == "POST" else None, school=school, licence=licence)
    if request.method == "POST" and form.is_valid() and (followed := form.save(by=request.user)):
        notify = messages.warning if followed.waiting else messages.success
        notify(request, f"Affectation automatique ajoutée ({form.label}) : {followed.sentence}.")
        return redirect("licence_rules", school.code, pk)
    queue = licence.queue.select_related("user__school_class", "rule__school_class", "rule__group")
    return render(
        request,
        "licences/licence_rules.html",
        {
            "school": school,
            "licence": licence,
            "form": form,
            "rules": with_counts(licence),
            "page": page_of(request, queue.order_by("pk")),
            "user_page": f"{licence.audience}_detail",
        },
    )


def with_counts(licence: Licence) -> list[dict[str, Any]]:
    """Return the rules of the licence, each with how many seats it gave and how many people wait because of it."""
    # By rule, not by licence: a rule that is short may serve from another order of the same book.
    given, waiting = (
        dict(entries.filter(rule__licence=licence).order_by().values_list("rule").annotate(count=Count("pk")))
        for entries in (Assignment.objects, Waiting.objects)
    )
    return [
        {"rule": rule, "given": given.get(rule.pk, 0), "waiting": waiting.get(rule.pk, 0)}
        for rule in licence.rules.select_related("school_class", "group").order_by("pk")
    ]


@administrator_required
@require_safe_or_post
def licence_rule_remove(request: SchoolRequest, school: School, pk: int, rule_pk: int) -> HttpResponse:
    licence = licence_or_404(school, pk)
    rule = get_object_or_404(licence.rules.select_related("school_class", "group"), pk=rule_pk)
    rule.licence = licence
    given = rule.assignments.count()
    form = RuleRemovalForm(request.POST if request.method == "POST" else None, given=given)
    if request.method == "POST" and form.is_valid():
        take_back, name = form.cleaned_data["seats"] == "take_back", str(rule)
        pks = list(rule.assignments.order_by().values_list("pk", flat=True))
        try:
            with turn(school):
                rules.remove_rule(rule, take_back=take_back)
                left = sum(Assignment.objects.filter(pk__in=chunk).count() for chunk in chunks(pks))
                taken_back = len(pks) - left
                journal(
                    "rule_removed", school=school, licence=licence, user=request.user, rule=rule_pk, count=taken_back
                )
        except LicenceError as error:
            messages.error(request, str(error))
            return redirect("licence_list", school.code)
        done = f"{counted(taken_back, 'licence reprise')}, {counted(left, 'laissée')}"
        messages.success(request, f"L'affectation automatique ({name}) est supprimée : {done}.")
        return redirect("licence_rules", school.code, pk)
    return render(
        request,
        "licences/licence_rule_remove.html",
        {
            "school": school,
            "licence": licence,
            "rule": rule,
            "form": form,
            "given": given,
            "waiting_count": rule.queue.count(),
        },
    )
