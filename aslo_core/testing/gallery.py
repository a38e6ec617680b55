"""A catalogue to look at, without a single release being built: `python -m aslo_core.testing.gallery`.

Made of events in a real log, with every state that a release can be in, and texts that try to break pages.
"""

from __future__ import annotations

import hashlib
import struct
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import waitress

from aslo_core import events as e
from aslo_core.log.migrations import upgrade
from aslo_core.testing import values
from aslo_core.testing.site import Site, opened
from aslo_core.testing.story import Made
from aslo_core.types import Announcement, Blob, Person, Screenshot, Translation
from aslo_core.web import create_app

PEOPLE = tuple(Person(login=login, url=f"https://github.com/{login}") for login in ("walterbender", "quozl", "ada", "llaske"))

NOTES = """# What is new

* the maze **grows** with each level, and _nobody_ gets lost twice
* `Ctrl+R` begins anew; see https://wiki.sugarlabs.org for more
* [ ] sounds ([#42](https://github.com/sugarlabs/maze/issues/42))

| language | state |
| --- | --- |
| Spanish | complete |
| Quechua | begun |

![a picture](https://example.org/picture.png)
<script>alert("never")</script> [not a link](javascript:alert(1))
"""

HOSTILE = "\u202egpj.exe \x1b[31mred\x07 <script>alert(1)</script> \"quotes\" & 'apostrophes' " + "W" * 120


def icon(colour: str, shape: str) -> str:
    """Draw an icon as Sugar's are: one shape, stroked and filled."""
    style = f'fill="{colour}" stroke="#333" stroke-width="3"'
    shapes = {
        "circle": f'<circle cx="27.5" cy="27.5" r="20" {style}/>',
        "square": f'<rect x="9" y="9" width="37" height="37" rx="5" {style}/>',
        "triangle": f'<path d="M27.5 7 49 46H6z" stroke-linejoin="round" {style}/>',
    }
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="55" height="55" viewBox="0 0 55 55">{shapes[shape]}</svg>'


def picture(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """Draw a PNG of stripes (RFC 2083)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    light = bytes(255 - (255 - part) // 3 for part in colour)
    rows = (b"\0" + (bytes(colour) if row // 24 % 2 else light) * width for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")


class Gallery:
    """Tells the stories of the gallery.

    Args:
        site: an empty one, which is filled.
    """

    def __init__(self, site: Site) -> None:
        self._story = site.story
        self._logs = site.logs
        self._put = site.first.keep

    def tell(self) -> None:
        """Append everything."""
        self._maze()
        self._simple("2", "org.sugarlabs.Clock", "Clock", icon("#ffd15c", "circle"), toolkit="web", min_sugar="0.100")
        self._simple("3", "org.sugarlabs.TurtleBlocks", "Turtle Blocks", icon("#7fc97f", "triangle"), license="MIT")
        self._arabic()
        self._hostile()
        self._on_the_way()
        self._went_wrong()

    def _announcement(self, repository: str, number: str, name: str, tag: str, **fields: Any) -> Announcement:
        of = values.repository(repository, name=name)
        return values.announcement(number, tag, of=of, url=f"{of.url}/releases/tag/{tag}", **fields)

    def _bundle(self, name: str) -> Blob:
        return self._put(hashlib.sha256(name.encode()).digest() * 40_000, ".xo")

    def _shot(self, language: str, colour: tuple[int, int, int], width: int = 800, height: int = 600) -> Screenshot:
        image = self._put(picture(width, height, colour), ".png")
        return Screenshot(language=language, image=image, width=width, height=height)

    def _maze(self) -> None:
        languages = (("es", "Laberinto", "Encuentra la salida"), ("fr", "Labyrinthe", "Trouve la sortie"), ("qu", "", ""))
        shots = (self._shot("en", (68, 87, 192)), self._shot("es", (192, 87, 68)), self._shot("fr", (60, 150, 90), 480, 640))
        for number, version in enumerate(("28", "29", "30", "31"), start=100):
            release = self._announcement("1", str(number), "maze-activity", f"v{version}", title="Deeper", notes=NOTES)
            about = values.metadata(
                "vu.lux.olpc.Maze",
                version,
                icon=icon("#8da0f5", "square"),
                summary="Find your way out, alone or together with up to nine friends",
                description="A simple maze game for the XO laptop.\n\nTry to be the first to come out of the maze.",
                license="GPL-3.0-or-later",
                categories=("games",),
                tags=("maze", "logic", "collaboration"),
                max_participants=10,
                url="https://wiki.sugarlabs.org/go/Activities/Maze",
                translations=tuple(Translation(language=one, name=name, summary=text) for one, name, text in languages),
            )
            warnings = ("po/xx.po cannot be read by msgfmt; it was left out.",) if version == "31" else ()
            bundle = self._bundle(f"maze {version}")
            made = Made(metadata=about, bundle=bundle, screenshots=shots, contributors=PEOPLE, warnings=warnings)
            told = self._story.published(release, made)[0]
            self._logs.append(release.stream, 2, 0, b"\x1b[1mPacking\x1b[0m Maze.activity\nlocale/es: 31 messages\n37 files\n")
            url = f"{release.repository.url}/commit/{'5f0c8a1e' * 5}#commitcomment-{number}"
            sent = e.NoticeSent(about=told.id, notifier="github", kind="published", url=url)
            self._story.happened(f"notice/github/1/{number}", sent)
            if version == "29":
                self._story.withdrawn(release, made, "The maze could not be left any more in full screen.")

    def _simple(self, repository: str, bundle_id: str, name: str, drawing: str, **fields: Any) -> None:
        release = self._announcement(repository, "200", f"{name.lower().replace(' ', '-')}-activity", "v5")
        about = values.metadata(
            bundle_id, "5.1", name=name, icon=drawing, file_name=f"{name.replace(' ', '')}-5.1.xo", **fields
        )
        self._story.published(release, Made(metadata=about, bundle=self._bundle(name), contributors=PEOPLE[:2]))

    def _arabic(self) -> None:
        release = self._announcement("5", "500", "habits", "1.0-beta", prerelease=True)
        summary = "لعبة للتعلم مع الأصدقاء"
        about = values.metadata(
            "org.example.Habit", "1.0-beta", name="المتاهة", summary=summary, icon=icon("#e78ac3", "circle")
        )
        self._story.published(release, Made(metadata=about, bundle=self._bundle("habit")))

    def _hostile(self) -> None:
        release = self._announcement("6", "600", HOSTILE, HOSTILE, title=HOSTILE, notes=NOTES * 3)
        about = values.metadata(
            "org.example.Hostile",
            "9",
            name=HOSTILE,
            summary=HOSTILE * 3,
            description=HOSTILE * 20,
            license=HOSTILE,
            tags=(HOSTILE, "<b>"),
            url="javascript:alert(1)",
            icon=icon("#ff8a80", "triangle"),
            file_name="../../../etc/pass wd\r\nX: y.xo",
        )
        people = (Person(login=HOSTILE, url="javascript:alert(1)"),)
        made = Made(metadata=about, bundle=self._bundle("hostile"), contributors=people, warnings=(HOSTILE,))
        self._story.published(release, made)

    def _on_the_way(self) -> None:
        self._story.announced(self._announcement("7", "700", "queued-activity", "v1"))
        working = self._announcement("7", "701", "working-activity", "v2")
        self._story.announced(working)
        self._story.fetched(working, Made())
        attempt = self._story.claimed(working, "build")
        self._logs.append(working.stream, attempt, 0, b"Packing Working.activity\n 10%\r 50%\r 90%\rcompiling locale/es\n")
        waiting = self._announcement("7", "702", "waiting-activity", "v3")
        self._story.announced(waiting)
        attempt = self._story.claimed(waiting, "fetch")
        error = "github.com answered 503 Service Unavailable"
        failed = e.StepFailed(attempt=attempt, step="fetch", kind="transient", error=error, retry_at_us=2_000_000_000_000_000)
        self._story.happened(waiting.stream, failed)

    def _went_wrong(self) -> None:
        rejected = self._announcement("8", "800", "broken-activity", "v1", title="First try")
        self._story.announced(rejected)
        self._story.fetched(rejected, Made(), warnings=("po/qu.po has no header.",))
        attempt = self._story.claimed(rejected, "build")
        output = (
            b"\x1b]0;title\x07\x1b[31mactivity/activity.info\x1b[0m: no [Activity] section\n\x00\x9b2J" + b"x" * 500 + b"\n"
        )
        self._logs.append(rejected.stream, attempt, 0, output * 100)
        found = "activity/activity.info has no section [Activity]; its first line is “[Aktivity]”."
        cure = "Begin the file with the line [Activity], and release again."
        rule = "bundle.info-section-missing"
        ended = e.ReleaseRejected(attempt=attempt, step="build", rule=rule, found=found, cure=cure)
        told = self._story.happened(rejected.stream, ended)[0]
        error = "github.com answered 403: the app may not write comments"
        failed = e.NoticeFailed(about=told.id, notifier="github", kind="rejected", tries=3, error=error, retry_at_us=None)
        self._story.happened("notice/github/8/800", failed)
        cancelled = self._announcement("8", "801", "broken-activity", "v2")
        self._story.announced(cancelled)
        by = e.ReleaseCancelled(by="aslo", reason="a newer delivery for the same release took its place")
        self._story.happened(cancelled.stream, by)
        self._story.announced(cancelled, "edited")
        failed_run = e.ReleaseFailed(attempt=1, step="store:main", kind="transient", reason="The disk of storage main is full.")
        self._story.happened(cancelled.stream, failed_run)
        reason = "the release was created as a draft; only published releases are built"
        ignored = e.DeliveryIgnored(trigger="release.created", reason=reason, body_digest="a" * 64, body_size=7000)
        refused = e.DeliveryRefused(
            reason="expected a JSON object at $.release, found a list", body_digest="b" * 64, body_size=12
        )
        self._story.happened("delivery/github/0a1b2c3d-ignored", ignored)
        self._story.happened("delivery/github/0a1b2c3d-refused", refused)


def hang(site: Site) -> None:
    """Fill an empty site with the gallery."""
    Gallery(site).tell()


def main(port: int) -> None:
    """Serve the gallery on loopback until interrupted."""
    with tempfile.TemporaryDirectory() as folder:
        upgrade(Path(folder) / "log.db")
        with opened(Path(folder), page_size=4) as site:
            hang(site)
            site.projector.catch_up()
            sys.stdout.write(f"http://127.0.0.1:{port}/\n")
            sys.stdout.flush()
            waitress.serve(create_app(site.services), host="127.0.0.1", port=port, _quiet=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8123)
