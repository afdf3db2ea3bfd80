"""Freeze, check, approve, publish, pull."""

from pipeline.snapshots.approving import approve
from pipeline.snapshots.freezing import freeze
from pipeline.snapshots.publishing import mark_checked, publish, withdraw
from pipeline.snapshots.pulled import Receipt
from pipeline.snapshots.pulling import pull, status
from pipeline.snapshots.states import Frozen

__all__ = ["Frozen", "Receipt", "approve", "freeze", "mark_checked", "publish", "pull", "status", "withdraw"]
