# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Front doors that load a file when one of its names is asked for."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from ansible_collections.roro.kube.plugins.module_utils._lazily import lazily

ROOM = "ansible_collections.roro.kube.plugins.module_utils"
LAZY = ("_daemon", "_forward", "_git", "_health", "_kube_events", "_release", "_render", "_workflow")


@pytest.mark.parametrize("room", LAZY)
def test_a_front_door_must_give_each_of_its_names(room):
    door = importlib.import_module(f"{ROOM}.{room}")
    assert [name for name in door.__all__ if not hasattr(door, name)] == []
    assert {name for names in door._FILES.values() for name in names} <= set(door.__all__)


@pytest.mark.parametrize("room", LAZY)
def test_no_file_of_a_room_must_hide_a_name_of_its_front_door(room):
    door = importlib.import_module(f"{ROOM}.{room}")
    lazy = {name for names in door._FILES.values() for name in names}
    assert lazy.intersection(one.name for one in pkgutil.iter_modules(door.__path__)) == set()


def test_a_name_that_a_front_door_has_not_must_be_an_attribute_error():
    give = lazily(f"{ROOM}._workflow", {"request": ("Request",)})
    assert give("Request").__name__ == "Request"
    with pytest.raises(AttributeError, match=r"_workflow.* has no attribute 'Reqest'"):
        give("Reqest")
