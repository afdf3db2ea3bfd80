"""The lake that every DAG asks for: by default the folder that `PROVENDER_LAKE` names."""

import os

from airflow.sdk import Param


def lake_param() -> Param:
    """A text field of the form."""
    named = os.environ.get("PROVENDER_LAKE", "lake")
    return Param(named, type="string", title="Lake", description="Folder of the lake")
