"""What the pages of classes and of groups share: adding, changing, and removing something with a code."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from schools.access import SchoolRequest
from schools.forms import CodedForm
from schools.models import School
from schools.turns import turn


def add(
    request: SchoolRequest,
    *,
    school: School,
    form_class: type[CodedForm],
    template: str,
    done: str,
    next_view: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Show the empty form, or make what it describes. `done`: message with `{}` for the code."""
    posted = request.method == "POST"
    form = form_class(request.POST if posted else None, school=school)
    if posted and form.is_valid() and form.save_or_refuse():
        messages.success(request, done.format(form.instance.code))
        if "again" in request.POST:
            return redirect(request.path)
        return redirect(next_view, school.code)
    return render(request, template, {"school": school, "form": form, "added": True, **context})


def edit(
    request: SchoolRequest,
    *,
    school: School,
    queryset: QuerySet,
    pk: int,
    form_class: type[CodedForm],
    template: str,
    done: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Show the form of one row, or save it, with the row locked so that nobody deletes it meanwhile."""
    posted = request.method == "POST"
    with turn(school) if posted else nullcontext():
        coded = get_object_or_404(queryset.select_for_update(of=["self"]) if posted else queryset, pk=pk)
        code = coded.code
        form = form_class(request.POST if posted else None, instance=coded, school=school)
        if posted and form.is_valid() and form.save_or_refuse():
            messages.success(request, done.format(coded.code))
            return redirect(coded)
    return render(
        request, template, {"school": school, "form": form, "coded": coded, "code": code, "added": False, **context}
    )


def delete(
    request: SchoolRequest,
    *,
    school: School,
    queryset: QuerySet,
    pk: int,
    the: str,
    this: str,
    done: str,
    refusal: Callable[[Any], str],
    next_view: str,
    context: Callable[[Any], dict[str, Any]],
) -> HttpResponse:
    """Ask for confirmation, or delete one row, unless `refusal(row)` returns the reason not to.

    `the`, `this`: what it is called (“la classe”, “cette classe”).
    """
    posted = request.method == "POST"
    with turn(school) if posted else nullcontext():
        coded = get_object_or_404(queryset.select_for_update(of=["self"]) if posted else queryset, pk=pk)
        reason = refusal(coded)
        if posted and not reason:
            try:
                with transaction.atomic():
                    coded.delete()
            except ProtectedError:
                reason = f"« {coded.code} » sert encore ailleurs : rien n'a été supprimé."
            else:
                messages.success(request, done.format(coded.code))
                return redirect(next_view, school.code)
    words = {"the": the, "question": f"Supprimer définitivement {this} ?", "action": f"Supprimer {the}"}
    return render(
        request,
        "schools/coded_delete.html",
        {"school": school, "coded": coded, "words": words, "refusal": reason, **context(coded)},
    )
