import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edulib_admin.settings")
django_application = get_wsgi_application()  # First: the gate needs Django's applications.

from edulib_admin.incoming import Gate  # noqa: E402

application = Gate(django_application)
