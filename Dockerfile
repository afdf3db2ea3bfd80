# Provender with Airflow for a team: the locked environment and nothing else.
FROM python:3.12-slim-bookworm
RUN apt-get update && apt-get install --yes --no-install-recommends curl dumb-init git && rm -rf /var/lib/apt/lists/* \
    && pip install --no-cache-dir uv \
    && useradd --create-home --uid 50000 provender && mkdir -p /lake /provender/.airflow/logs \
    && chown -R provender /lake /provender
USER provender
WORKDIR /provender
ENV PATH=/provender/.venv/bin:$PATH AIRFLOW_HOME=/provender/.airflow PYTHONUTF8=1
COPY --chown=provender pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --locked --no-dev --extra team --no-install-project --no-cache
COPY --chown=provender pipeline pipeline
COPY --chown=provender dags dags
COPY --chown=provender expectations expectations
RUN uv sync --locked --no-dev --extra team --no-cache
ENTRYPOINT ["dumb-init", "--"]
