"""Airflow DAGs: wiring only, one file per schedule."""
