"""The page that a comment's address leads to: a commit's statuses and comments, roughly as GitHub shows them."""

from __future__ import annotations

import nh3
from flask import Blueprint, render_template_string
from markdown_it import MarkdownIt
from markupsafe import Markup

from aslo_core.testing.code_host.git import GitRepository
from aslo_core.testing.github.problems import not_found
from aslo_core.testing.github.request import Site
from aslo_core.testing.github.rows import Comment, Status

_MARKS = {"success": "✅", "failure": "❌", "error": "❌", "pending": "🟡"}

_PAGE = """<!doctype html>
<html lang="en">
<title>{{ commit.sha[:7] }} · {{ repository.full_name }}</title>
<meta name="viewport" content="width=device-width">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328 }
article { border: 1px solid #d1d9e0; border-radius: 6px; margin: 1rem 0; padding: 0 1rem; overflow-wrap: anywhere }
article > header, small { color: #59636e } code { background: #eff1f3; border-radius: 4px; padding: 0 .3em }
</style>
<h1><small>{{ repository.full_name }}</small><br>{{ commit.message.partition("\n")[0] }}</h1>
<p>{{ commit.author.name }} · <code>{{ commit.sha }}</code></p>
{% for status in statuses %}
<p>{{ marks[status.state] }} <b>{{ status.context }}</b> {{ status.description or "" }}
{% if status.target_url %}<a href="{{ status.target_url }}">Details</a>{% endif %}</p>
{% endfor %}
{% for comment, body in comments %}
<article id="commitcomment-{{ comment.id }}">
<header><p><b>{{ comment.author }}</b> {{ comment.created_at }}</p></header>
{{ body }}
</article>
{% endfor %}
<p><small>A double of GitHub, for tests and the demo.</small></p>
"""


def commit_page(site: Site) -> Blueprint:
    """Make the page."""
    pages = Blueprint("commit page", __name__)

    @pages.get("/<owner>/<name>/commit/<sha>")
    def show(owner: str, name: str, sha: str) -> str:
        repository = site.repository(owner, name, None)
        commit = GitRepository(repository.path_on_disk).commit(sha)
        if commit is None:
            raise not_found()
        about = {"repository": repository.id, "commit": commit.sha}
        newest = {status.context: status for status in site.store.select(Status, **about)}
        comments = [(row, _rendered(row.body)) for row in site.store.select(Comment, **about)]
        shown = {"repository": repository, "commit": commit, "statuses": newest.values(), "comments": comments}
        return render_template_string(_PAGE, marks=_MARKS, **shown)

    return pages


def _rendered(markdown: str) -> Markup:
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(markdown)
    return Markup(nh3.clean(html))  # noqa: S704 - cleaned
