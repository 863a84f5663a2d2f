from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from schools.access import SchoolRequest, administrator_required, require_safe_or_post
from schools.forms import GroupFilterForm, GroupForm
from schools.listing import page_of, render_list, sorted_by
from schools.models import School
from schools.views import coded

ORDERS = {
    "code": ["code_sort"],
    "nom": ["name_sort", "code_sort"],
    "eleves": ["student_count", "code_sort"],
    "enseignants": ["teacher_count", "code_sort"],
}


@administrator_required
@require_safe
def group_list(request: SchoolRequest, school: School) -> HttpResponse:
    filters = GroupFilterForm(request.GET, school=school)
    groups, sort = sorted_by(request, filters.queryset(), ORDERS, default="code")
    return render_list(
        request,
        "schools/group_list.html",
        {"school": school, "filters": filters, "page": page_of(request, groups), "sort": sort},
    )


@administrator_required
@require_safe_or_post
def group_add(request: SchoolRequest, school: School) -> HttpResponse:
    return coded.add(
        request,
        school=school,
        form_class=GroupForm,
        template="schools/group_form.html",
        done="Le groupe {} est créé.",
        next_view="group_list",
        context={},
    )


@administrator_required
@require_safe
def group_detail(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    group = get_object_or_404(school.group_set.with_counts(), pk=pk)
    people = group.people.select_related("school", "school_class").order_by("name_key", "pk")
    return render(
        request,
        "schools/group_detail.html",
        {"school": school, "group": group, "page": page_of(request, people)},
    )


@administrator_required
@require_safe_or_post
def group_edit(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    return coded.edit(
        request,
        school=school,
        queryset=school.group_set.all(),
        pk=pk,
        form_class=GroupForm,
        template="schools/group_form.html",
        done="Le groupe {} est enregistré.",
        context={},
    )


@administrator_required
@require_safe_or_post
def group_delete(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    return coded.delete(
        request,
        school=school,
        queryset=school.group_set.all(),
        pk=pk,
        the="le groupe",
        this="ce groupe",
        done="Le groupe {} est supprimé. Ses membres gardent leur compte.",
        refusal=lambda group: "",
        next_view="group_list",
        context=lambda group: {"consequence": what_is_lost(group.people.count()), "students_url": ""},
    )


def what_is_lost(member_count: int) -> str:
    if not member_count:
        return "Personne n'en fait partie."
    if member_count == 1:
        return "1 personne en fait partie : elle n'en sera plus membre, mais garde son compte."
    return f"{member_count} personnes en font partie : elles n'en seront plus membres, mais gardent leur compte."
