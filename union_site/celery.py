"""The Celery application: ``celery -A union_site.celery worker|beat``. Settings: CELERY_* in settings.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "union_site.settings")
app = Celery("union")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
