"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from core.logs import redact_crashes
from core.uploads import WholeBodies

redact_crashes()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "union_site.settings")
application = WholeBodies(get_wsgi_application())

from core.startup import assert_safe  # noqa: E402  (models need the application loaded)

assert_safe()
