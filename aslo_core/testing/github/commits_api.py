"""Endpoints about commits: themselves, their tags, comments, statuses and authors.

https://docs.github.com/en/rest/commits, https://docs.github.com/en/rest/git
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from aslo_core.testing.code_host.git import Commit
from aslo_core.testing.github.problems import invalid_field, missing_field, no_commit, not_found
from aslo_core.testing.github.request import Site, git, repository, require, sent
from aslo_core.testing.github.rows import Comment, Status
from aslo_core.testing.github.shapes import Json
from aslo_core.testing.github.store import now

_COMMENTS = "/commits/comments"
_STATUSES = "/commits/statuses"
_LONGEST_COMMENT = 65536
_LONGEST_DESCRIPTION = 140
_MOST_STATUSES = 1000
_STATES = ("error", "failure", "pending", "success")

Made = tuple[Response, int]


def commits_api(site: Site) -> Blueprint:
    """Make the endpoints, relative to a repository's address."""
    api = Blueprint("commits", __name__)

    @api.get("/commits/<path:ref>")
    def commit(ref: str) -> Response:
        return jsonify(site.shapes().commit(repository(), _commit(ref, "/commits/commits#get-a-commit")))

    @api.get("/git/ref/<path:ref>")
    def ref(ref: str) -> Response:
        sha = git().resolve(f"refs/{ref}")
        if sha is None:
            raise not_found("/git/refs#get-a-reference")
        return jsonify(site.shapes().ref(repository(), f"refs/{ref}", sha, git().object_type(sha) or "commit"))

    @api.get("/git/tags/<sha>")
    def tag(sha: str) -> Response:
        found = git().tag(sha)
        if found is None:
            raise not_found("/git/tags#get-a-tag")
        return jsonify(site.shapes().tag(repository(), found))

    @api.get("/contributors")
    def contributors() -> Response:
        return site.page(_contributors(site, anonymous=request.args.get("anon") in ("1", "true")), dict)

    _comments(api, site)
    _statuses(api, site)
    return api


def _comments(api: Blueprint, site: Site) -> None:
    @api.get("/commits/<sha>/comments")
    def comments(sha: str) -> Response:
        return site.page(site.store.select(Comment, repository=repository().id, commit=sha), site.shapes().comment)

    @api.post("/commits/<sha>/comments")
    def create_comment(sha: str) -> Made:
        author = require("contents", "read")
        body = _comment_body()
        commit = _commit(sha, f"{_COMMENTS}#create-a-commit-comment")
        time = now()
        fields = {"repository": repository().id, "commit": commit.sha, "author": author, "body": body}
        row = site.store.insert(Comment, **fields, created_at=time, updated_at=time)
        return jsonify(site.shapes().comment(row)), 201

    @api.get("/comments/<int:comment_id>")
    def comment(comment_id: int) -> Response:
        return jsonify(site.shapes().comment(_comment(site, comment_id)))

    @api.patch("/comments/<int:comment_id>")
    def edit_comment(comment_id: int) -> Response:
        require("contents", "write")
        row = site.store.change(_comment(site, comment_id), body=_comment_body(), updated_at=now())
        return jsonify(site.shapes().comment(row))

    @api.delete("/comments/<int:comment_id>")
    def delete_comment(comment_id: int) -> tuple[str, int]:
        require("contents", "write")
        row = _comment(site, comment_id)
        try:
            site.store.delete(row)
        except KeyError as error:
            raise not_found(f"{_COMMENTS}#delete-a-commit-comment") from error
        return "", 204


def _statuses(api: Blueprint, site: Site) -> None:
    def newest_first(sha: str) -> list[Status]:
        return site.store.select(Status, repository=repository().id, commit=sha)[::-1]

    @api.post("/statuses/<sha>")
    def create_status(sha: str) -> Made:
        creator = require("statuses", "write")
        fields = _status_fields()
        commit = _commit(sha, f"{_STATUSES}#create-a-commit-status")
        if len([row for row in newest_first(commit.sha) if row.context == fields["context"]]) >= _MOST_STATUSES:
            message = "This SHA and context has reached the maximum number of statuses."
            raise invalid_field("Status", "base", message, _STATUSES)
        row = site.store.insert(
            Status, repository=repository().id, commit=commit.sha, creator=creator, created_at=now(), **fields
        )
        return jsonify(site.shapes().status(row)), 201

    @api.get("/statuses/<path:ref>")
    @api.get("/commits/<path:ref>/statuses")
    def statuses(ref: str) -> Response:
        return site.page(newest_first(_commit(ref, _STATUSES).sha), site.shapes().status)

    @api.get("/commits/<path:ref>/status")
    def combined_status(ref: str) -> Response:
        commit = _commit(ref, _STATUSES)
        newest = {row.context: row for row in newest_first(commit.sha)[::-1]}
        return jsonify(site.shapes().combined_status(repository(), commit.sha, list(newest.values())))


def _commit(ref: str, documentation: str) -> Commit:
    commit = git().commit(ref)
    if commit is None:
        raise no_commit(ref, documentation)
    return commit


def _comment(site: Site, comment_id: int) -> Comment:
    row = site.store.get(Comment, comment_id)
    if row is None or row.repository != repository().id:
        raise not_found(f"{_COMMENTS}#get-a-commit-comment")
    return row


def _comment_body() -> str:
    body = sent().get("body")
    if not isinstance(body, str) or not body.strip():
        raise missing_field("CommitComment", "body", _COMMENTS)
    if len(body) > _LONGEST_COMMENT:
        message = f"body is too long (maximum is {_LONGEST_COMMENT} characters)"
        raise invalid_field("CommitComment", "body", message, _COMMENTS)
    return body


def _status_fields() -> Json:
    body = sent()
    state, description, target = (body.get(name) for name in ("state", "description", "target_url"))
    if state not in _STATES:
        raise invalid_field("Status", "state", "state is not included in the list", _STATUSES)
    if description and len(description) > _LONGEST_DESCRIPTION:
        message = f"description is too long (maximum is {_LONGEST_DESCRIPTION} characters)"
        raise invalid_field("Status", "description", message, _STATUSES)
    if target and not target.startswith(("http://", "https://")):
        raise invalid_field("Status", "target_url", "Target url must use http(s) scheme", _STATUSES)
    context = body.get("context") or "default"
    return {"state": state, "description": description, "target_url": target, "context": context}


def _contributors(site: Site, *, anonymous: bool) -> list[Json]:
    shapes = site.shapes()
    known: dict[str, Json] = {}
    others: list[Json] = []
    for name, email, commits in git().contributors():
        account = site.store.account_of(email)
        if account is None:
            others.append({"type": "Anonymous", "email": email, "name": name, "contributions": commits})
        elif account.login in known:
            known[account.login]["contributions"] += commits
        else:
            known[account.login] = shapes.account(account.login) | {"contributions": commits}
    listed = [*known.values(), *(others if anonymous else [])]
    return sorted(listed, key=lambda person: -int(person["contributions"]))
