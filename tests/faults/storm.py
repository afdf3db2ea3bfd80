"""Writers and notaries in processes of their own, killed at random. Run as a program by the tests.

    storm.py LEDGER ACKS KILLS WRITERS SEED

The parent imports everything once and forks, so that a kill costs milliseconds; it never uses Arrow itself.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

from pipeline.ledger import checkpoint, keys, log
from pipeline.store import files
from tests.ledger import ledgers

NOTARIES = 2


def write(ledger: files.Place, acks: Path, who: int) -> None:
    """Append for ever; what was acknowledged is written down before the next append begins."""
    done = len(acks.read_bytes().split()) if acks.exists() else 0
    handle = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while True:
        group = [ledgers.decided((who << 16) + done + i + 10, n=3) for i in range(1 + done % 3)]
        named = [
            (
                log.Entry(
                    kind=e.kind, key=f"{who}-{done + i}", at_us=2, actor="t", run="r", stage="quality", batch=e.batch
                ),
                rows,
            )
            for i, (e, rows) in enumerate(group)
        ]
        log.append_all(ledger, named)
        os.write(handle, "".join(f"{who}-{done + i}\n" for i in range(len(named))).encode())
        done += len(named)


def sign(ledger: Path) -> None:
    """Sign for ever, as one of two notaries who do not know of each other."""
    key = ledgers.notary(ledger)
    while True:
        checkpoint.sign(ledger, key, at_us=time.time_ns() // 1000)
        time.sleep(0.01)


def forked(role: int, ledger: Path, acks: Path) -> int:
    child = os.fork()
    if child:
        return child
    try:
        sign(ledger) if role < NOTARIES else write(ledger, acks / f"{role}.acks", role)
    finally:
        os._exit(1)


def main() -> None:
    """Fork, kill, fork again; at the end kill all."""
    ledger, acks = Path(sys.argv[1]), Path(sys.argv[2])
    kills, writers, seed = map(int, sys.argv[3:6])
    drawn = random.Random(seed)  # noqa: S311
    keys.trust(ledger, ledgers.notary(ledger).vkey, role="notary", at_us=1, actor="t")
    running = {role: forked(role, ledger, acks) for role in range(NOTARIES + writers)}
    for _ in range(kills):
        time.sleep(drawn.uniform(0.002, 0.03))
        role = drawn.choice(sorted(running))
        os.kill(running[role], signal.SIGKILL)
        _, status = os.waitpid(running[role], 0)
        assert os.WIFSIGNALED(status), "a child ended by itself"
        running[role] = forked(role, ledger, acks)
    for child in running.values():
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
