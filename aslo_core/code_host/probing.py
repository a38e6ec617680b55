"""Whether one of the webhooks that a code host shows brings an owner's releases here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aslo_core.code_host.webhooks import WantedWebhook, Webhook, judge_webhooks, points_here
from aslo_core.types import Probed

WEBHOOK_OF_EVERYBODY = Probed.unknown(
    "webhook",
    "everybody may release here, so whose webhooks to look at is not known",
    "look at the recent deliveries of a repository's webhook",
)
"""The finding where the owners are `*`."""


MOST_REPOSITORIES = 20
"""How many repositories of an owner are looked at."""


def webhook_of(
    owner: str,
    wanted: WantedWebhook,
    whole: Sequence[Webhook] | None,
    repositories: Iterable[Sequence[Webhook] | None],
    *,
    whole_needs: str,
    repositories_need: str,
    beyond: str,
) -> Probed:
    """Tell whether one of an owner's webhooks brings releases here.

    Args:
        owner: name of the account.
        wanted: what is looked for.
        whole: webhooks of the organisation, empty for what is none; None where the host does not show them.
        repositories: those of each repository that is looked at, asked for only where none of the organisation points here.
        whole_needs: what it would take to see those of the organisation.
        repositories_need: what it would take to see those of a repository.
        beyond: which repositories are not looked at where there are `MOST_REPOSITORIES`.
    """
    what = f"webhook of {owner}"
    if whole and any(points_here(hook, wanted) for hook in whole):
        return judge_webhooks(what, whole, wanted, "")
    shown = list(repositories)
    unseen = [f"the organisation's, for which {whole_needs}"] if whole is None else []
    if hidden := shown.count(None):
        unseen.append(f"those of {hidden} of the {len(shown)} repositories that were looked at, for which {repositories_need}")
    if len(shown) == MOST_REPOSITORIES:
        unseen.append(f"those of repositories beyond {beyond}")
    seen = [hook for hooks in (whole, *shown) for hook in hooks or ()]
    return judge_webhooks(what, seen, wanted, "; ".join(unseen))
