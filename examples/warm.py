"""The last step of `make install`: two small sources go through every stage in a lake that is thrown away.

The loops of `pipeline/kernels` are compiled for this processor at their first use, which takes about a minute, and kept
beside the code. Compiled here, no run has to wait for them.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
SOURCES = ("blog-cc-by", "forum")


def main() -> None:
    """Run them; a failure here does not stop an installation."""
    with tempfile.TemporaryDirectory() as place:
        register = Path(place, "examples", "register")
        register.mkdir(parents=True)
        (register.parent / "data").symlink_to(EXAMPLES / "data")
        (register / "evidence").symlink_to(EXAMPLES / "register" / "evidence")
        for name in SOURCES:
            shutil.copy(EXAMPLES / "register" / f"{name}.toml", register)
        program = Path(sys.executable).parent / "provender"
        command = [str(program), "run", "--register", str(register), "--lake", str(Path(place, "lake"))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print("warm: not compiled ahead; the first run will take longer\n" + done.stderr[-1000:], file=sys.stderr)


if __name__ == "__main__":
    main()
