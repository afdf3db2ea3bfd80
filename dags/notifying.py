"""Tells people what waits for them: an approval, a gate that failed, a withdrawal, a request that is overdue.

`PROVENDER_WEBHOOK` is the address that gets one line of text with each event; without it the line stands in the task's
log alone. A line names snapshots, runs and counts, never what a document said.
"""

from typing import Any

from airflow.sdk import BaseNotifier


class Tell(BaseNotifier):
    """An Airflow notifier: sends `event` and `text`, both templates of Airflow."""

    template_fields = ("event", "text")

    def __init__(self, event: str, text: str) -> None:
        super().__init__()
        self.event, self.text = event, text

    def notify(self, context: Any) -> None:
        """Send it. A receiver that is away is said in the log and stops nothing."""
        from pipeline.steps import telling

        del context
        self.log.info("provender: %s", telling.tell(self.event, self.text))
