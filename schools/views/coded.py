"""What the pages of classes and of groups share: adding, changing, and removing something with a code."""

from contextlib import nullcontext

from django.contrib import messages
from django.db import transaction
from django.db.models import ProtectedError
from django.shortcuts import get_object_or_404, redirect, render

from schools.turns import turn


def add(request, *, school, form_class, template, done, next_view, context):
    """Show the empty form, or make what it describes. `done`: message with `{}` for the code."""
    posted = request.method == "POST"
    form = form_class(request.POST if posted else None, school=school)
    if posted and form.is_valid() and form.save_or_refuse():
        messages.success(request, done.format(form.instance.code))
        if "again" in request.POST:
            return redirect(request.path)
        return redirect(next_view, school.code)
    return render(request, template, {"school": school, "form": form, "added": True, **context})


def edit(request, *, school, queryset, pk, form_class, template, done, context):
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


def delete(request, *, school, queryset, pk, template, done, refusal, next_view, context):
    """Ask for confirmation, or delete one row, unless `refusal(row)` returns the reason not to."""
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
    return render(
        request,
        template,
        {"school": school, "coded": coded, "refusal": reason, **context(coded)},
    )
