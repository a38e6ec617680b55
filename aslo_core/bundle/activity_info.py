"""`activity/activity.info`: what an activity says of itself.

Standard library only: the packer reads it inside the sandbox. Keys and their meaning are those of Sugar
(`sugar3.bundle.activitybundle`); old keys are read as well, since activities of eighteen years are about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aslo_core.bundle.ini import read_section
from aslo_core.bundle.versions import Version
from aslo_core.bundle.warning import BundleWarning
from aslo_core.errors import Permanent, concerning
from aslo_core.plain_text import is_seen, one_line, plain, shown

FILE = "activity/activity.info"
"""Where it lies, below a bundle's root and in the source."""

_OLD_KEYS = {"bundle_id": ("service_name",), "url": ("website", "homepage"), "categories": ("category",)}
_KEYS = (
    *(
        "bundle_id",
        "name",
        "exec",
        "class",
        "activity_version",
        "license",
        "icon",
        "summary",
        "description",
        "tags",
        "categories",
    ),
    *("mime_types", "screenshots", "url", "repository", "show_launcher", "single_instance", "max_participants"),
    *("service_name", "website", "homepage", "category"),
)
# A D-Bus name (D-Bus specification, "Valid Names"), since Sugar owns one for each activity; a digit may begin a part.
_BUNDLE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)+")
_ICON = re.compile(r"\w[\w .+-]{0,99}")
_MIME_TYPE = re.compile(r"[A-Za-z0-9][\w.+-]{0,126}/[A-Za-z0-9*][\w.+*-]{0,126}", re.ASCII)
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#\"'<>\\]+(?:[/?#][^\s\"'<>\\]*)?", re.IGNORECASE)
_COUNT = re.compile(r"[0-9]{1,6}")

_LONGEST_ID = 128
_LONGEST_ROOT = 180  # with version and .xo still a file name of 255 bytes
_LONGEST = {
    "name": 150,
    "summary": 2_000,
    "description": 32_000,
    "license": 400,
    "exec": 1_000,
    "class": 1_000,
    "url": 1_000,
    "repository": 1_000,
}
_MOST_ITEMS = 100
_LONGEST_ITEM = 200


@dataclass(frozen=True)
class ActivityInfo:
    """What `activity.info` says; texts are free of control characters and bidirectional overrides.

    Attributes:
        bundle_id: safe in an address and in a file name, for example `org.laptop.WebActivity`.
        name: not empty, one line; makes one safe file name.
        exec: the command that Sugar runs.
        version: `activity_version`, 0 where none is given.
        icon: name of `activity/<icon>.svg` without path parts, or empty.
        summary: may have several lines.
        max_participants: how many people may share it; 1 where not given.
        screenshots: addresses, as written.
        warnings: what is odd but does no harm.
    """

    bundle_id: str
    name: str
    exec: str
    version: Version
    icon: str = ""
    summary: str = ""
    description: str = ""
    license: str = ""
    url: str = ""
    repository: str = ""
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    mime_types: tuple[str, ...] = ()
    screenshots: tuple[str, ...] = ()
    single_instance: bool = False
    max_participants: int = 1
    warnings: tuple[BundleWarning, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> ActivityInfo:
        """Read the file.

        Args:
            data: its bytes, at most 64 KiB.

        Raises:
            Permanent: `bundle.info-…` or `bundle.version-malformed`; what was found and the cure are meant for its author.
        """
        with concerning(FILE):
            section = read_section(data, FILE, _KEYS)
            return _Reading(section.values, list(section.warnings)).info()

    @property
    def root(self) -> str:
        """Name of the bundle's root directory, as Sugar's builder makes it: the name without white space."""
        return f"{self._joined_name}.activity"

    @property
    def file_name(self) -> str:
        """Name of the bundle's file, as Sugar's builder makes it: `Browse-108.1.xo`."""
        return f"{self._joined_name}-{self.version}.xo"

    @property
    def icon_file(self) -> str:
        """Where the icon lies, below the bundle's root; means nothing where `icon` is empty."""
        return f"activity/{self.icon}.svg"

    @property
    def is_web(self) -> bool:
        """Whether it is written for the web: run by `sugar-activity-web`."""
        return self.exec.split()[0].rpartition("/")[2] == "sugar-activity-web"

    @property
    def _joined_name(self) -> str:
        return "".join(self.name.split())


def is_bundle_id(text: str) -> bool:
    """Whether an activity may be called that; it is then safe in an address and in a file name."""
    return len(text) <= _LONGEST_ID and _BUNDLE_ID.fullmatch(text) is not None


def is_web_address(text: str) -> bool:
    """Whether a page may link to it."""
    return _WEB_ADDRESS.fullmatch(text) is not None


class _Reading:
    """Reads the values of one file and collects its warnings."""

    def __init__(self, values: Mapping[str, str], warnings: list[BundleWarning]) -> None:
        self._values = values
        self._warnings = warnings

    def _warn(self, rule: str, what: str) -> None:
        self._warnings.append(BundleWarning(rule, f"{FILE}: {what}", FILE))

    def info(self) -> ActivityInfo:
        if self._values.get("show_launcher") == "no":  # Sugar's rule as well: only this very word says so
            self._warn("bundle.info-hidden", "show_launcher is no, so that Sugar shows no icon to start the activity by.")
        return ActivityInfo(
            bundle_id=self._bundle_id(),
            name=self._name(),
            exec=self._exec(),
            version=self._version(),
            icon=self._icon(),
            summary=self._text("summary"),
            description=self._text("description"),
            license=one_line(self._text("license")),
            url=self._web_address("url"),
            repository=self._web_address("repository"),
            tags=self._items("tags", r"[;,]"),
            categories=self._items("categories", r"[;,\s]"),
            mime_types=self._mime_types(),
            screenshots=self._items("screenshots", r"[;,\s]"),
            single_instance=self._values.get("single_instance") == "yes",  # Sugar's rule: only this very word says so
            max_participants=self._max_participants(),
            warnings=tuple(self._warnings),
        )

    def _value(self, key: str) -> str:
        """Return the value under this key or an older name of it, or empty."""
        if key in self._values:
            return self._values[key]
        for old in _OLD_KEYS.get(key, ()):
            if old in self._values:
                if old == "service_name":
                    self._warn("bundle.info-deprecated", f"{old} is deprecated; write {key}.")
                return self._values[old]
        return ""

    def _text(self, key: str) -> str:
        value = self._value(key)
        text = plain(value).strip()
        if len(text) != len(value.strip()):
            self._warn("bundle.info-characters", f"control characters and text direction overrides were taken out of {key}.")
        if len(text) > _LONGEST[key]:
            raise Permanent(
                "bundle.info-too-long",
                f"{FILE}: {key} has {len(text)} characters; the limit is {_LONGEST[key]}.",
                f"Shorten {key}.",
            )
        return text

    def _required(self, key: str, value: str, example: str) -> str:
        if not value:
            raise Permanent(
                "bundle.info-key-missing", f"{FILE} has no {key}, or an empty one.", f"Write, for example, `{key} = {example}`."
            )
        return value

    def _bundle_id(self) -> str:
        value = self._required("bundle_id", self._value("bundle_id"), "org.example.Maze")
        if not is_bundle_id(value):
            raise Permanent(
                "bundle.info-bundle-id",
                f"{FILE}: bundle_id is {shown(value)}.",
                "Write two or more parts of letters, digits, _ and -, separated by dots, such as org.example.Maze; at most "
                f"{_LONGEST_ID} characters.",
            )
        return value

    def _name(self) -> str:
        name = self._required("name", self._text("name"), "Maze")
        root = "".join(name.split())
        if not is_seen(root):
            found = f"{FILE}: name is {shown(name)}, of which nothing is to be seen."
            raise Permanent("bundle.info-name", found, "Use a name of letters or digits.")
        if "/" in root or "\\" in root or root.startswith((".", "-")) or len(root.encode()) > _LONGEST_ROOT:
            raise Permanent(
                "bundle.info-name",
                f"{FILE}: name is {shown(name)}, which cannot name the bundle's directory.",
                f"Use a name without / and \\ that begins with neither . nor - and has at most {_LONGEST_ROOT} bytes in UTF-8.",
            )
        return name

    def _exec(self) -> str:
        command = one_line(self._text("exec"))
        old = one_line(self._text("class"))
        if not command and old:
            self._warn("bundle.info-deprecated", f"class is deprecated; write exec = sugar-activity3 {old}.")
            command = f"sugar-activity {old}"
        return self._required("exec", command, "sugar-activity3 activity.MazeActivity")

    def _version(self) -> Version:
        if "activity_version" not in self._values:
            self._warn("bundle.info-version-missing", "there is no activity_version; Sugar takes it for 0.")
        version = Version.parse(self._values.get("activity_version", "0"))
        if not version.readable_by_sugar:
            self._warn(
                "bundle.info-version-suffix",
                f"Sugar reads only letters in a version's suffix and would refuse {version}.",
            )
        return version

    def _icon(self) -> str:
        value = self._value("icon")
        if value and not _ICON.fullmatch(value):
            raise Permanent(
                "bundle.info-icon",
                f"{FILE}: icon is {shown(value)}, which is no plain name.",
                "Write the name of a file in the directory activity, without its directory and without .svg.",
            )
        return value

    def _web_address(self, key: str) -> str:
        value = self._text(key)
        if value and not is_web_address(value):
            self._warn("bundle.info-address", f"{key} is {shown(value)}, not a web address (https://…), and is left out.")
            return ""
        return value

    def _items(self, key: str, separators: str) -> tuple[str, ...]:
        """Split a list; what repeats or is too much is left out."""
        items = [one_line(item) for item in re.split(separators, self._value(key))]
        whole = list(dict.fromkeys(item for item in items if item))
        kept = [item for item in whole if len(item) <= _LONGEST_ITEM][:_MOST_ITEMS]
        if len(kept) != len(whole):
            self._warn(
                "bundle.info-list-cut",
                f"{key} is cut: {_MOST_ITEMS} entries of at most {_LONGEST_ITEM} characters are kept of {len(whole)}.",
            )
        return tuple(kept)

    def _mime_types(self) -> tuple[str, ...]:
        found = self._items("mime_types", ";")
        types = tuple(item for item in found if _MIME_TYPE.fullmatch(item))
        if len(types) != len(found):
            odd = ", ".join(shown(item) for item in found if item not in types)
            self._warn("bundle.info-mime-type", f"mime_types has {shown(odd, 200)}, not of the form type/subtype; left out.")
        return types

    def _max_participants(self) -> int:
        value = self._value("max_participants")
        if value and not _COUNT.fullmatch(value):
            raise Permanent(
                "bundle.info-max-participants",
                f"{FILE}: max_participants is {shown(value)}.",
                "Write a whole number, such as `max_participants = 4`, or leave the line out.",
            )
        return int(value) if value else 1
