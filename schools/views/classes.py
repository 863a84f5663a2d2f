from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from schools.access import SchoolRequest, administrator_required, require_safe_or_post
from schools.forms import ClassFilterForm, ClassForm
from schools.french import counted
from schools.listing import page_of, render_list, sorted_by
from schools.models import School, SchoolClass
from schools.views import coded

ORDERS = {
    "code": ["code_sort"],
    "nom": ["name_sort", "code_sort"],
    "niveau": ["level_sort", "code_sort"],
    "eleves": ["student_count", "code_sort"],
}


@administrator_required
@require_safe
def class_list(request: SchoolRequest, school: School) -> HttpResponse:
    filters = ClassFilterForm(request.GET, school=school)
    classes, sort = sorted_by(request, filters.queryset(), ORDERS, default="code")
    return render_list(
        request,
        "schools/class_list.html",
        {"school": school, "filters": filters, "page": page_of(request, classes), "sort": sort},
    )


@administrator_required
@require_safe_or_post
def class_add(request: SchoolRequest, school: School) -> HttpResponse:
    return coded.add(
        request,
        school=school,
        form_class=ClassForm,
        template="schools/class_form.html",
        done="La classe {} est créée.",
        next_view="class_list",
        context={"levels": school.levels()},
    )


@administrator_required
@require_safe
def class_detail(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    school_class = get_object_or_404(school.schoolclass_set, pk=pk)
    return render(
        request,
        "schools/class_detail.html",
        {
            "school": school,
            "school_class": school_class,
            "page": page_of(request, school_class.students.select_related("school").order_by("name_key", "pk")),
        },
    )


@administrator_required
@require_safe_or_post
def class_edit(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    return coded.edit(
        request,
        school=school,
        queryset=school.schoolclass_set.all(),
        pk=pk,
        form_class=ClassForm,
        template="schools/class_form.html",
        done="La classe {} est enregistrée.",
        context={"levels": school.levels()},
    )


@administrator_required
@require_safe_or_post
def class_delete(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    return coded.delete(
        request,
        school=school,
        queryset=school.schoolclass_set.all(),
        pk=pk,
        the="la classe",
        this="cette classe",
        done="La classe {} est supprimée.",
        refusal=students_left,
        next_view="class_list",
        context=lambda school_class: {
            "consequence": "Elle ne compte aucun élève. Un fichier d'import qui porte encore son code sera refusé.",
            "students_url": f"{school.students_url}?{urlencode({'classe': school_class.code})}",
        },
    )


def students_left(school_class: SchoolClass) -> str:
    """Return why the class cannot be deleted (its pupils), or an empty string."""
    count = school_class.students.count()
    if not count:
        return ""
    return (
        f"La classe {school_class.code} compte encore {counted(count, 'élève')}. "
        "Placez-les d'abord dans une autre classe : ouvrez la liste des élèves de la classe, sélectionnez-les, "
        "puis choisissez « Changer de classe »."
    )
