"""What a bundle says of itself, and what was found in it."""

from __future__ import annotations

from aslo_core.types.storages import Blob
from aslo_core.types.value import Value


class TakenAsset(Value):
    """The attached file that is a release's bundle.

    Attributes:
        id: the host's id of the file.
        name: its name, as the developer gave it.
        blob: its bytes.
    """

    id: str
    name: str
    blob: Blob


class Translation(Value):
    """Name and summary of an activity in one language.

    Attributes:
        language: for example `pt_BR` or `es`.
        name: the activity's name, or empty where not translated.
        summary: its summary, or empty where not translated.
    """

    language: str
    name: str = ""
    summary: str = ""


class IconPicture(Value):
    """An activity's icon as a PNG picture, for where no SVG is shown.

    Attributes:
        image: the picture, square and without a ground.
        pixels: its width, and its height.
    """

    image: Blob
    pixels: int


class Screenshot(Value):
    """A picture of the activity at work, from the source's `screenshots/<language>/`.

    Attributes:
        language: for example `en`.
        image: the picture.
        width: in pixels.
        height: in pixels.
    """

    language: str
    image: Blob
    width: int
    height: int


class Metadata(Value):
    """What a bundle says of itself, and what was found in it.

    Attributes:
        bundle_id: the activity, for example `org.laptop.WebActivity`.
        name: its name in English.
        version: as written, for example `108.1`.
        toolkit: `web`, `gtk3`, `gtk2` or `gtk2-old-toolbar`.
        min_sugar: lowest version of Sugar it runs on, for example `0.96`.
        icon: the icon as cleaned SVG.
        file_name: name of the bundle's file for people, for example `Browse-108.1.xo`.
        summary: what it does, in a sentence, or empty.
        description: what it does, at length, or empty.
        license: its licences, as the author wrote them, or empty.
        url: address of its page, as the author wrote it, or empty.
        repository: address of its source, as the author wrote it, or empty.
        tags: what it is about, in the author's words.
        categories: the kinds of activity that it is, in the author's words.
        mime_types: types of files that it opens.
        max_participants: how many can take part together; 1 when it is not shared.
        single_instance: whether it may be open only once.
        translations: name and summary in other languages.
    """

    bundle_id: str
    name: str
    version: str
    toolkit: str
    min_sugar: str
    icon: str
    file_name: str
    summary: str = ""
    description: str = ""
    license: str = ""
    url: str = ""
    repository: str = ""
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    mime_types: tuple[str, ...] = ()
    max_participants: int = 1
    single_instance: bool = False
    translations: tuple[Translation, ...] = ()
