"""Every code has a page of its own, to which whatever tells of it links."""

from __future__ import annotations

import pytest

from aslo_core import events as e
from aslo_core.projections.addresses import release_path
from aslo_core.rules import rulebook
from aslo_core.testing import values
from aslo_core.testing.site import Site
from aslo_core.web.words import coded

RELEASE = values.announcement("1")


def rejected(site: Site, rule: str) -> str:
    site.story.announced(RELEASE)
    attempt = site.story.claimed(RELEASE, "inspect")
    broken = e.ReleaseRejected(attempt=attempt, step="inspect", rule=rule, found="It is odd.", cure="Mend it.")
    site.story.happened(RELEASE.stream, broken)
    return release_path(RELEASE.stream)


def test_every_rule_has_a_page_with_cause_and_cure(gallery: Site) -> None:
    for code, rule in rulebook().by_code.items():
        told = gallery.json(f"/rules/{code}")
        assert (told["code"], told["kind"], told["cause"], told["cure"]) == (code, rule.kind, rule.cause, rule.cure)
        page = gallery.get(f"/rules/{code}").text
        assert f"<code>{code}</code></h1>" in page
        assert coded(rule.cause) in page
        assert coded(rule.cure) in page
        assert 'href="/rules"' in page


def test_a_page_says_what_comes_of_it(gallery: Site) -> None:
    assert "nothing of it is published" in gallery.get("/rules/bundle.icon-missing").text
    assert "The release goes on" in gallery.get("/rules/bundle.screenshot-count").text
    assert "no fault of a release" in gallery.get("/rules/storage.other-bytes").text


def test_the_list_leads_to_every_rule_by_section(gallery: Site) -> None:
    page = gallery.get("/rules").text
    for section in rulebook().sections:
        assert f'href="#{section.name}"' in page
        for rule in section.rules:
            assert f'href="/rules/{rule.code}"' in page
    told = gallery.json("/rules")["sections"]
    assert [rule["code"] for section in told for rule in section["rules"]] == list(rulebook().by_code)


@pytest.mark.parametrize("code", ["bundle.no-such-rule", "x", "bundle.icon-missing.", "BUNDLE.ICON-MISSING", "<b>"])
def test_an_unknown_code_is_told_in_words(gallery: Site, code: str) -> None:
    response = gallery.get(f"/rules/{code}")
    assert response.status_code == 404
    assert "is known to this ASLO" in response.text
    assert "<b>" not in response.text
    assert gallery.get(f"/rules/{code}", Accept="application/json").get_json()["status"] == 404


def test_the_page_of_a_rejected_release_leads_to_its_rule(site: Site) -> None:
    path = rejected(site, "bundle.icon-missing")
    assert site.json(path)["rule_url"] == "/rules/bundle.icon-missing"
    assert 'href="/rules/bundle.icon-missing"' in site.get(path).text


def test_a_rule_of_a_plugin_leads_nowhere(site: Site) -> None:
    path = rejected(site, "elsewhere.odd")
    assert site.json(path)["rule_url"] == ""
    page = site.get(path).text
    assert "<code>elsewhere.odd</code>" in page
    assert "/rules/" not in page
