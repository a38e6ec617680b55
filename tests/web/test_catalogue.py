"""The catalogue's pages tell what a learner needs, in HTML and as JSON."""

from __future__ import annotations

from dataclasses import replace

from aslo_core.testing import values
from aslo_core.testing.gallery import PEOPLE, icon
from aslo_core.testing.site import Site
from aslo_core.testing.story import COMMIT, Made
from aslo_core.types import Announcement, IconPicture, Screenshot, TakenAsset, Translation

PAGE = "/activities/org.example.Maze/1.10"


def release(version: str) -> Announcement:
    return values.announcement(f"of-{version}", f"v{version}", notes="# Changes\n\nFaster **now**.", title="Speed")


def made(version: str, bundle_id: str = "org.example.Maze", name: str = "Maze") -> Made:
    about = values.metadata(
        bundle_id,
        version,
        name=name,
        icon=icon("#fff", "circle"),
        summary="Find your way",
        description="First line\nSecond line",
        license="GPL-3.0-or-later",
        tags=("logic",),
        categories=("games",),
        max_participants=10,
        url="https://example.org/maze",
        translations=(Translation(language="es", name="Laberinto", summary="Encuentra la salida"),),
    )
    shot = Screenshot(language="en", image=values.blob(f"shot {version}", ".png"), width=800, height=600)
    bundle = values.blob(f"{bundle_id} {version}")
    return Made(metadata=about, bundle=bundle, screenshots=(shot,), contributors=PEOPLE, warnings=("no es.po",))


def test_the_list_comes_in_pages_newest_first_or_by_name(site: Site) -> None:
    for name in ("Zebra", "Ant", "Bee"):
        site.story.published(values.announcement(name), made("1", f"org.example.{name}", name))
    first, second = site.json("/"), site.json("/?page=2")
    assert [one["name"] for one in first["activities"]] == ["Bee", "Ant"]
    assert [one["name"] for one in second["activities"]] == ["Zebra"]
    assert (first["total"], first["pages"], second["page"]) == (3, 2, 2)
    assert [one["name"] for one in site.json("/?sort=name")["activities"]] == ["Ant", "Bee"]
    page = site.get("/").text
    assert page.index("Bee") < page.index("Ant")
    assert 'href="/?page=2"' in page
    assert 'href="/activities/org.example.Bee/1"' in page


def test_an_empty_list_says_so(site: Site) -> None:
    assert "Nothing here yet" in site.get("/").text
    assert site.json("/")["activities"] == []


def test_a_page_beyond_the_last_is_not_found_and_nonsense_is_refused(site: Site) -> None:
    assert site.get("/?page=2").status_code == 404
    for query in ("page=0", "page=-1", "page=x", "page=²", "page=" + "9" * 50, "sort=size"):
        assert site.get(f"/?{query}").status_code == 400, query


def test_an_activity_leads_to_its_latest_version(site: Site) -> None:
    for version in ("1.9", "1.10"):
        site.story.published(release(version), made(version))
    response = site.get("/activities/org.example.Maze")
    assert (response.status_code, response.location) == (302, PAGE)
    assert site.get("/activities/org.example.Maze?format=json").location == f"{PAGE}?format=json"
    assert site.get("/activities/org.example.None").status_code == 404


def test_another_way_to_write_a_version_leads_to_its_page(site: Site) -> None:
    site.story.published(release("1.10"), made("1.10"))
    for written in ("1.10.0", "1.10.0.0", "1.10-peru"):
        response = site.get(f"/activities/org.example.Maze/{written}?format=json")
        assert (response.status_code, response.location) == (301, f"{PAGE}?format=json"), written
        assert response.headers["Cache-Control"] == "public, no-cache"
    for other in ("1.1", "1.100", "1.010", "1.10.0.1", "x", "1" * 100):
        assert site.get(f"/activities/org.example.Maze/{other}").status_code == 404, other
    assert site.get("/activities/org.example.None/1.10.0").status_code == 404


def test_of_equal_versions_the_one_to_download_is_led_to(site: Site) -> None:
    site.story.published(release("2"), made("2"))
    site.story.withdrawn(release("2"), made("2"), "It crashes.")
    assert site.get("/activities/org.example.Maze/2.0.0").location == "/activities/org.example.Maze/2"
    site.story.published(release("2.0"), made("2.0"))
    assert site.get("/activities/org.example.Maze/2.0.0").location == "/activities/org.example.Maze/2.0"
    site.story.withdrawn(release("2.0"), made("2.0"), "It still crashes.")
    site.story.published(release("2"), made("2"))
    assert site.get("/activities/org.example.Maze/2.0.0").location == "/activities/org.example.Maze/2"
    assert site.get("/activities/org.example.Maze/2.0").status_code == 410


def test_a_version_page_tells_everything(site: Site) -> None:
    for version in ("1.9", "1.10"):
        site.story.published(release(version), made(version))
    page = site.get(PAGE).text
    for told in (
        "<bdi>Maze</bdi>",
        "Find your way",
        "First line\nSecond line",
        "Python activity with GTK 3, for Sugar 0.96 or newer",
        "Up to 10 people at once",
        "GPL-3.0-or-later",
        "Laberinto",
        "Faster <strong>now</strong>",
        "<h3>Changes</h3>",
        "walterbender",
        f"https://github.com/sugarlabs/maze-activity/commit/{COMMIT}",
        "no es.po",
        'alt="Screenshot 1 of Maze (en)"',
        "More releases",
        'href="/activities/org.example.Maze/1.9"',
        'href="/download/org.example.Maze/1.10/Maze-1.10.xo"',
        values.blob("org.example.Maze 1.10").digest,
        '<link rel="canonical" href="https://aslo.example/activities/org.example.Maze/1.10">',
    ):
        assert told in page, told


def test_a_version_page_tells_who_made_the_bundle(site: Site) -> None:
    attached = TakenAsset(id="5", name="Maze <b>-1.9.xo", blob=values.blob("x"))
    site.story.published(release("1.9"), replace(made("1.9"), asset=attached))
    site.story.published(values.announcement("2", "v1.10", url="https://github.com/x/releases/tag/v1.10"), made("1.10"))
    assert "Maze &lt;b&gt;-1.9.xo" in site.get("/activities/org.example.Maze/1.9").text
    assert "built here from the commit" in site.get(PAGE).text
    assert 'href="https://github.com/x/releases/tag/v1.10"' in site.get(PAGE).text
    assert site.json("/activities/org.example.Maze/1.9")["asset"] == "Maze <b>-1.9.xo"
    assert site.json(PAGE)["asset"] == ""


def test_the_same_as_json(site: Site) -> None:
    site.story.published(release("1.10"), made("1.10"))
    told = site.json(PAGE)
    assert (told["bundle_id"], told["version"], told["latest"]) == ("org.example.Maze", "1.10", True)
    assert told["download"] == {
        "url": "/download/org.example.Maze/1.10/Maze-1.10.xo",
        "file_name": "Maze-1.10.xo",
        "media_type": "application/vnd.olpc-sugar",
        "size": len("org.example.Maze 1.10"),
        "digest": values.blob("org.example.Maze 1.10").digest,
        "content_digest": "d" * 64,
    }
    assert told["notes"] == "# Changes\n\nFaster **now**."
    assert told["warnings"] == ["no es.po"]
    assert told["published_at"].endswith("Z")
    assert told["contributors"][0] == {"login": "walterbender", "profile_url": "https://github.com/walterbender"}


def test_an_older_version_leads_to_the_latest(site: Site) -> None:
    for version in ("1.9", "1.10"):
        site.story.published(release(version), made(version))
    page = site.get("/activities/org.example.Maze/1.9").text
    assert "This is an older release" in page
    assert "Download" in page
    assert f'href="{PAGE}"' in page


def test_a_withdrawn_version_is_gone_and_says_why(site: Site) -> None:
    for version in ("1.9", "1.10"):
        site.story.published(release(version), made(version))
    site.story.withdrawn(release("1.10"), made("1.10"), "It <b>crashes</b>.")
    response = site.get(PAGE)
    assert response.status_code == 410
    assert "It &lt;b&gt;crashes&lt;/b&gt;." in response.text
    assert 'href="/activities/org.example.Maze/1.9"' in response.text
    problem = site.get(f"{PAGE}?format=json")
    assert (problem.status_code, problem.mimetype) == (410, "application/problem+json")
    told = problem.get_json()
    assert (told["reason"], told["hold"], [one["version"] for one in told["versions"]]) == (
        "It <b>crashes</b>.",
        "host",
        ["1.9"],
    )


def test_an_unknown_version_is_not_found(site: Site) -> None:
    site.story.published(release("1.10"), made("1.10"))
    response = site.get("/activities/org.example.Maze/1.1")
    assert response.status_code == 404
    assert "version 1.1 of org.example.Maze" in response.text


def test_pages_are_cached_by_the_position_of_the_log(site: Site) -> None:
    site.story.published(release("1.9"), made("1.9"))
    for path in ("/", "/activities/org.example.Maze/1.9", "/status"):
        etag = site.get(path).headers["ETag"]
        unchanged = site.get(path, If_None_Match=etag)
        assert (unchanged.status_code, unchanged.data) == (304, b"")
        assert site.get(path, If_None_Match=etag, Accept="application/json").status_code == 200, "another form is another page"
    etag = site.get("/").headers["ETag"]
    site.story.published(release("1.10"), made("1.10"))
    assert site.get("/", If_None_Match=etag).status_code == 200


def test_an_icon_is_shown_as_a_picture_and_can_do_nothing(site: Site) -> None:
    site.story.published(release("1.10"), made("1.10"))
    address = site.json(PAGE)["icon_url"]
    response = site.get(address)
    assert response.text == icon("#fff", "circle")
    assert response.mimetype == "image/svg+xml"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert "script-src" not in response.headers["Content-Security-Policy"]
    assert "immutable" in response.headers["Cache-Control"]
    assert site.get(address, If_None_Match=response.headers["ETag"]).status_code == 304
    assert site.get(f"/icons/{'0' * 64}.svg").status_code == 404


def test_pictures_of_an_icon_come_from_storage_and_stand_in_previews(site: Site) -> None:
    images = {pixels: site.second.keep(f"picture of {pixels}".encode(), ".png") for pixels in (96, 512)}
    icons = tuple(IconPicture(image=image, pixels=pixels) for pixels, image in images.items())
    site.story.published(release("1"), Made(icons=icons))
    page = "/activities/org.example.Maze/1"
    told = site.json(page)["icons"]
    assert told == [{"pixels": pixels, "image_url": f"/icons/{image.digest}.png"} for pixels, image in images.items()]
    response = site.get(told[0]["image_url"])
    assert (response.data, response.mimetype) == (b"picture of 96", "image/png")
    assert "immutable" in response.headers["Cache-Control"]
    assert site.get(told[0]["image_url"], If_None_Match=response.headers["ETag"]).status_code == 304
    assert site.get(f"/icons/{'0' * 64}.png").status_code == 404
    text = site.get(page, Accept="text/html").text
    assert f'property="og:image" content="https://aslo.example{told[1]["image_url"]}"' in text
    site.story.withdrawn(release("1"), Made(icons=icons), "Broken.")
    assert site.get(told[0]["image_url"]).status_code == 404


def test_a_version_without_pictures_of_its_icon_has_a_preview_without_picture(site: Site) -> None:
    """Those that were published before pictures were made."""
    site.story.published(release("1"), Made())
    page = "/activities/org.example.Maze/1"
    assert site.json(page)["icons"] == []
    text = site.get(page, Accept="text/html").text
    assert "og:title" in text
    assert "og:image" not in text


def test_a_screenshot_comes_from_storage(site: Site) -> None:
    image = site.second.keep(b"not really a picture", ".png")
    shot = Screenshot(language="en", image=image, width=1, height=1)
    site.story.published(release("1"), Made(screenshots=(shot,)))
    address = site.json("/activities/org.example.Maze/1")["screenshots"][0]["image_url"]
    assert address == f"/screenshots/{image.digest}.png"
    response = site.get(address)
    assert (response.data, response.mimetype) == (b"not really a picture", "image/png")
    assert site.head(address).content_length == image.size
    assert site.get(address, If_None_Match=response.headers["ETag"]).status_code == 304
    for other in (f"/screenshots/{image.digest}.html", f"/screenshots/{image.digest}", f"/screenshots/{'0' * 64}.png"):
        assert site.get(other).status_code == 404


def test_only_pictures_are_served_as_pictures(site: Site) -> None:
    image = site.first.keep(b"<script>", ".html")
    site.story.published(release("1"), Made(screenshots=(Screenshot(language="", image=image, width=1, height=1),)))
    assert site.get(f"/screenshots/{image.digest}.html").status_code == 404
