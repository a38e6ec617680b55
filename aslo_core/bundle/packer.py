"""Make a bundle of a source tree: `python -m aslo_core.bundle.packer < source.tar > Name-1.xo`."""

from __future__ import annotations

import configparser
import json
import shutil
import sys
import tarfile
import tempfile
import zipfile

from aslo_core.errors import Permanent

EX_DATAERR = 65


def main() -> int:
    """Read a tar from standard input, write the bundle to standard output."""
    try:
        with tempfile.TemporaryFile() as spool:
            shutil.copyfileobj(sys.stdin.buffer, spool)
            spool.seek(0)
            with tarfile.open(fileobj=spool, mode="r:") as tar, tempfile.TemporaryFile() as out:
                names = sorted(m.name for m in tar if m.isreg())
                if "activity/activity.info" not in names:
                    raise Permanent("bundle.info-missing", "There is no activity/activity.info.", "Add it.")
                info = configparser.ConfigParser()
                file = tar.extractfile("activity/activity.info")
                assert file is not None  # noqa: S101
                info.read_string(file.read().decode())
                root = "".join(info["Activity"]["name"].split()) + ".activity"
                with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
                    for name in names:
                        member = tar.extractfile(name)
                        assert member is not None  # noqa: S101
                        bundle.writestr(zipfile.ZipInfo(f"{root}/{name}"), member.read())
                out.seek(0)
                shutil.copyfileobj(out, sys.stdout.buffer)
    except Permanent as fault:
        print(json.dumps({"rule": fault.rule, "found": fault.found, "cure": fault.cure}), file=sys.stderr)  # noqa: T201
        return EX_DATAERR
    return 0


if __name__ == "__main__":
    sys.exit(main())
