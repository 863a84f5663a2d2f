#!/usr/bin/env python
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edulib_admin.settings")
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    from schools.disk import disk_refusal

    try:
        execute_from_command_line(sys.argv)
    except (DatabaseError, OSError) as error:
        if not (reason := disk_refusal(error)):
            raise
        sys.exit(f"« {sys.argv[1]} » n'a pas abouti : {reason}.")


if __name__ == "__main__":
    main()
