#!/usr/bin/env bash
# Airflow on this machine with the project's DAGs only: SQLite, simple auth, four task slots, no telemetry.
set -euo pipefail
cd "$(dirname "$0")/.."
export AIRFLOW_HOME="${AIRFLOW_HOME:-$PWD/.airflow}"
export AIRFLOW__CORE__DAGS_FOLDER="$PWD/dags"
export AIRFLOW__CORE__LOAD_EXAMPLES=False
export AIRFLOW__CORE__PARALLELISM=4
export AIRFLOW__API__HOST=127.0.0.1
export AIRFLOW__API__WORKERS=1
export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False
export GX_ANALYTICS_ENABLED=false
export DO_NOT_TRACK=1
exec airflow standalone
