"""A Hub on this machine: an HTTP server with the part of the Hub API that its clients use.

Repositories with commits, branches and tags, private ones, tokens, regular and LFS files, redirects
to a storage of another origin, and faults on demand. Contents lie in a folder, history in memory.
"""

from __future__ import annotations

from hub_server.accounts import Account
from hub_server.faults import Fault, Seen
from hub_server.running import HubServer

__all__ = ["Account", "Fault", "HubServer", "Seen"]
