"""Read by gunicorn wherever it is started from this directory: bin/run, the README's command, the sample unit."""

# A header by the name of SCRIPT_NAME or PATH_INFO tells nothing here, not even from the machine itself: by default a
# visitor at 127.0.0.1 gets a 500 with one. X-Forwarded-For and X-Forwarded-Proto are the business of settings.py.
forwarder_headers = ""
