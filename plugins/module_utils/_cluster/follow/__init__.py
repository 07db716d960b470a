# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way to follow a kind: list, watch, bookmarks, 410, back-off, rights that go and come, a server that goes and comes.

Two ways to read it, over the same rules:
    follow(cluster, scope, stop=..., tell=...) -> Iterator[WatchEvent]   a stream in the caller's thread; nothing is kept
    Followers(cluster)                                                   caches that users share, one for each scope and `keep`
        feed(wake=None) -> Feed                                          one user
            follow(scope, keep=None, known=None) -> Follower             what is there comes first, then each change
            leave(scope)
            batches(stop) -> Iterator[list[News]]; take(timeout) -> list[News]
            close()
        close()
    Follower: objects(), get(key), state                                 what is there now; threads may ask
`cluster.followers` is those of a connection; they end with it.

News is a Change (ADDED, MODIFIED or DELETED of one object, never twice the same, also over a new LIST) or a State (whether all is known,
and why nothing can be learned now). A user that is slow holds nobody up: it gets every change in order while it is at most MOST_WAITING
behind, and from there on the changes of one object become one.

What stays in memory is what `keep` makes of each object as it is decoded: `Fields("status.phase")`, or any function. Users that give an
equal `keep` share. A scope with metadata_only asks the server for no more than that.
"""

from .feed import MOST_WAITING, Feed
from .fields import Fields
from .followers import Follower, Followers
from .stream import follow
from .types import Change, Key, News, Scope, State

__all__ = ["MOST_WAITING", "Change", "Feed", "Fields", "Follower", "Followers", "Key", "News", "Scope", "State", "follow"]
