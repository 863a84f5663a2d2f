import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imports import pipeline
from imports.deposit import NotTaken, deposit
from imports.management.arguments import add_kind, add_school, kind_of, school_of
from imports.models import Import, Mode, Severity, Status

WAIT_SECONDS = 1800


class Command(BaseCommand):
    help = "Import a workbook of people, as the upload page does. Exit code: 0 done, 1 failed."

    def add_arguments(self, parser: CommandParser) -> None:
        add_school(parser)
        add_kind(parser)
        parser.add_argument("--check", action="store_true", help="report what would happen, write nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *, school: str, kind: str, check: bool, file: Path, **options: Any) -> None:
        school = school_of(school)
        try:
            with file.open("rb") as opened:
                import_job = deposit(
                    opened,
                    filename=file.name,
                    school=school,
                    kind=kind_of(kind),
                    mode=Mode.CHECK if check else Mode.IMPORT,
                    uploaded_by=None,
                    run_here=True,
                )
        except NotTaken as refusal:
            raise CommandError(str(refusal), returncode=2) from None
        except OSError as error:
            raise CommandError(f"{file} : lecture impossible ({error.strerror}).", returncode=2) from None
        run_to_end(import_job)
        self.stdout.write(as_json(import_job) if options["json"] else as_text(import_job), ending="\n")
        if import_job.status == Status.FAILED:
            sys.exit(1)


def run_to_end(import_job: Import) -> None:
    """Run `import_job` here, or wait for the worker that has it, for it was waiting already. Raises CommandError."""
    deadline = time.monotonic() + WAIT_SECONDS
    if import_job.claimed_here:
        pipeline.process_claimed(import_job)
    while True:
        pipeline.process(import_job.pk)
        import_job.refresh_from_db()
        if import_job.is_finished:
            return
        if time.monotonic() > deadline:
            raise CommandError(f"L'importation {import_job.pk} n'est pas terminée ; voyez l'historique.", returncode=2)
        time.sleep(0.5)


def problems_of(import_job: Import, severity: str) -> list[dict[str, Any]]:
    fields = ("row", "column", "value", "code", "message")
    return list(import_job.problems.filter(severity=severity).values(*fields))


def as_json(import_job: Import) -> str:
    result = {
        "status": import_job.status,
        "created": import_job.created_count,
        "updated": import_job.updated_count,
        "unchanged": import_job.unchanged_count,
        "errors": problems_of(import_job, Severity.ERROR),
        "warnings": problems_of(import_job, Severity.WARNING),
    }
    return json.dumps(result, ensure_ascii=False)


def as_text(import_job: Import) -> str:
    if import_job.status == Status.DONE:
        lines = [f"Terminé : {import_job.result_sentence()}."]
    else:
        lines = [f"Échoué : rien n'a été modifié, {import_job.error_count} erreur{'s' * (import_job.error_count > 1)}."]
    for severity in Severity:
        for problem in problems_of(import_job, severity):
            place = f"Ligne {problem['row']}" if problem["row"] else "Fichier"
            place += f", {problem['column']}" if problem["column"] else ""
            lines.append(f"{severity.label.capitalize()} – {place} : {problem['message']}")
    return "\n".join(lines)
