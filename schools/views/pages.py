"""The list of one's schools, and the settings of a school."""

from contextlib import nullcontext

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from schools.access import SchoolRequest, administrator_required, require_safe_or_post
from schools.forms import SchoolFilterForm, SchoolSettingsForm
from schools.listing import page_of, render_list, sorted_by
from schools.models import Membership, School

ORDERS = {"nom": ["name_sort"], "ville": ["city_sort", "name_sort"]}


@require_safe
def school_list(request: HttpRequest) -> HttpResponse:
    filters = SchoolFilterForm(request.GET, user=request.user)
    schools, sort = sorted_by(request, filters.queryset(), ORDERS, default="nom")
    page = page_of(request, schools)
    # After the paging: two counts over thousands of people are for the schools shown only.
    heads = School.objects.filter(pk__in=[school.pk for school in page]).annotate(
        student_count=Count("people", filter=Q(people__kind="student")),
        teacher_count=Count("people", filter=Q(people__kind="teacher")),
    )
    heads = {school.pk: school for school in heads}
    return render_list(
        request,
        "schools/school_list.html",
        {
            "filters": filters,
            "page": page,
            "sort": sort,
            "rows": [heads[school.pk] for school in page],
            "administers": Membership.objects.filter(user=request.user).exists(),
        },
    )


@administrator_required
@require_safe_or_post
def school_settings(request: SchoolRequest, school: School) -> HttpResponse:
    posted = request.method == "POST"
    with transaction.atomic() if posted else nullcontext():
        # Held from the reading to the writing: what the form is compared with stays true.
        held = School.objects.select_for_update(no_key=True).get(pk=school.pk) if posted else school
        form = SchoolSettingsForm(request.POST if posted else None, instance=held)
        is_saved = posted and form.is_valid() and bool(form.save())
    if is_saved:
        messages.success(request, "Les réglages de l'établissement sont enregistrés.")
        return redirect("school_settings", school.code)
    return render(request, "schools/school_settings.html", {"school": school, "form": form})
