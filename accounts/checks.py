from typing import Any

from django.conf import settings
from django.core.checks import Warning, register


@register(deploy=True)
def shared_secrets(app_configs: Any, **kwargs: Any) -> list[Warning]:
    """Several machines must share one set of keys; only the embedded default may generate its own."""
    if settings.SECRETS_FROM_ENVIRONMENT or settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return []
    return [
        Warning(
            "SECRET_KEY and CREDENTIAL_KEYS come from this machine's var/secrets.",
            hint="Set both in the environment, the same on every web and worker machine.",
            id="accounts.W001",
        )
    ]
