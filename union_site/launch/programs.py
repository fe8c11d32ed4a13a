"""The programs that make up the system; docker-compose.yml starts the same ones (tests/launch/test_compose.py)."""


def web(bind: str) -> list[str]:
    return [
        *("gunicorn", "union_site.wsgi", "--bind", bind, "--worker-class", "gthread"),
        *("--workers", "2", "--threads", "8", "--timeout", "60", "--graceful-timeout", "15", "--no-control-socket"),
    ]


def worker() -> list[str]:
    return ["celery", "-A", "union_site.celery", "worker", "--loglevel", "INFO", "--concurrency", "2"]


def relay() -> list[str]:
    return ["python", "manage.py", "relay"]


def beat() -> list[str]:
    scheduler = "django_celery_beat.schedulers:DatabaseScheduler"
    return ["celery", "-A", "union_site.celery", "beat", "--loglevel", "INFO", "-S", scheduler]


def upgrade() -> list[list[str]]:
    """What makes an empty database, or that of an older release, ready for this one."""
    return [["python", "manage.py", "migrate", "--noinput"], ["python", "manage.py", "load_reference"]]
