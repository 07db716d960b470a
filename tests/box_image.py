"""box_image.py REFERENCE ARCHIVE: writes a docker-archive of a two-megabyte image with busybox, made on the spot.

What the tests' pods run: sh, sleep, httpd, wget, nslookup, nc. The native cluster brings the package busybox-static along.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from ansible_collections.roro.kube.plugins.module_utils._local_cluster import ImageConfig, write_image
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.packages import static_busybox

COMMANDS = ("sh", "sleep", "httpd", "wget", "nslookup", "nc", "cat", "ls", "echo", "true", "false", "test", "kill", "touch", "id")


def main(reference: str, archive: Path) -> None:
    """Write the archive; the image's own command sleeps."""
    busybox = static_busybox()
    if busybox is None:
        raise SystemExit("busybox-static is missing; `roro cluster up` installs it")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("bin", "tmp", "etc", "data", "www"):
            (root / name).mkdir()
        shutil.copy(busybox, root / "bin/busybox")
        for name in COMMANDS:
            (root / "bin" / name).symlink_to("busybox")
        write_image(reference, root, archive, ImageConfig(command=["/bin/sleep", "100000"], env={"PATH": "/bin"}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).absolute())
