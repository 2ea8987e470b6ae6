"""Who may do what: accounts, their tokens, and the answers to those who may not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub_server.exchange import HubError
from hub_server.store import Repository


@dataclass(frozen=True)
class Account:
    """A user with one token; `role` is the token's: `write` or `read`."""

    name: str
    token: str
    organisations: tuple[str, ...] = ()
    role: str = "write"

    def owns(self, namespace: str) -> bool:
        return namespace == self.name or namespace in self.organisations


def find_account(headers: Mapping[str, str], accounts: tuple[Account, ...]) -> Account | None:
    """The account of a request, None without a token; a wrong token is refused everywhere."""
    value = headers.get("authorization", "")
    if not value:
        return None
    for account in accounts:
        if value == f"Bearer {account.token}":
            return account
    raise HubError(401, "Invalid credentials in Authorization header")


def require_read(account: Account | None, repository: Repository) -> None:
    """Private repositories do not exist for others: 401 without an account, 404 with one."""
    if repository.private and (account is None or not account.owns(repository.namespace)):
        raise missing_repository(account)


def require_write(account: Account | None, namespace: str) -> Account:
    """The account, when it may write in a namespace."""
    if account is None:
        raise HubError(401, "Invalid username or password.")
    if account.role != "write":
        raise HubError(403, "Forbidden: you must use a write token to upload to a repository.")
    if not account.owns(namespace):
        raise HubError(
            403, f"You don't have the rights to create or change anything under {namespace!r}"
        )
    return account


def missing_repository(account: Account | None) -> HubError:
    """What the Hub says of a repository that is not there, or not for the one who asks."""
    if account is None:
        return HubError(401, "Invalid username or password.", "RepoNotFound")
    return HubError(404, "Repository not found", "RepoNotFound")
