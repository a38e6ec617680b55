"""Signing in to GitHub, for plugins of ASLO: options, accounts, what they may do, and how long GitHub asks to wait."""

from __future__ import annotations

from aslo_github_account.account import Account, AppAccount, TokenAccount, account_of, client
from aslo_github_account.asking import Answer, Refused, ask, ask_if_shown
from aslo_github_account.options import AccountOptions
from aslo_github_account.probing import Installation, Needs, installations, lacking, probe_account
from aslo_github_account.waiting import rate_limit_seconds, retry_after_seconds

__all__ = [
    "Account",
    "AccountOptions",
    "Answer",
    "AppAccount",
    "Installation",
    "Needs",
    "Refused",
    "TokenAccount",
    "account_of",
    "ask",
    "ask_if_shown",
    "client",
    "installations",
    "lacking",
    "probe_account",
    "rate_limit_seconds",
    "retry_after_seconds",
]
