"""What accounts add to the pages of schools (schools/hooks.py)."""

from django.urls import reverse

from schools import hooks
from schools.models import School, SchoolClass


def add_student(school: School, school_class: SchoolClass) -> str:
    return reverse("student_add", args=[school.code])


def add_to_pages() -> None:
    hooks.actions.append(hooks.Action("class_detail_empty", "Ajouter un élève", add_student))
