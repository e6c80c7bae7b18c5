# The production image: no embedded servers, no node, no compiler, not root.

# The GraphiQL page, bundled.
FROM node:24-trixie-slim AS ide
WORKDIR /src/ide
COPY ide/package.json ide/package-lock.json ide/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY ide/ ./
RUN npm run build

# A virtual environment with what production needs, every package by its hash.
FROM python:3.13-slim-trixie AS python
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY requirements-production.lock requirements-build.lock ./
RUN python -m venv /opt/broadsheet \
    && /opt/broadsheet/bin/pip install --require-hashes --requirement requirements-production.lock \
    && pip install --require-hashes --requirement requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY core/ core/
COPY db/ db/
COPY cache/ cache/
COPY loaders/ loaders/
COPY gql/ gql/
COPY server/ server/
COPY content/ content/
COPY experiments/ experiments/
COPY cli/ cli/
COPY --from=ide /src/server/ide/static/ server/ide/static/
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/broadsheet/bin/pip install --no-deps /wheels/broadsheet-*.whl

FROM python:3.13-slim-trixie
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin broadsheet
COPY --from=python /opt/broadsheet /opt/broadsheet
ENV PATH="/opt/broadsheet/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    BROADSHEET_ENVIRONMENT=production \
    BROADSHEET_HOST=0.0.0.0 \
    PORT=8000
USER 10001:10001
WORKDIR /
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=2)"]
CMD ["broadsheet", "serve"]
