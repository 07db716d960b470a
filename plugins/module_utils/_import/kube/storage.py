# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes of a service: claims for what must last, ConfigMaps for files of the project, emptyDirs for the rest."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..._model.sensitive import looks_secret
from ..compose.quantities import size
from ..compose.wrong import Wrong
from .app import App
from .environment import add_secret, secret_name
from .names import key, label, variable
from .resources import memory

MAX_CONFIG = 900 * 1024
"""Bytes in one ConfigMap: an object is at most a MiB, and base64 makes it longer."""
_SECRET_ENDINGS = (".key", ".pem", ".p12", ".pfx", ".jks", ".htpasswd", ".pgpass", ".netrc", ".kubeconfig")
MAX_FILES = 100
"""In one folder."""
DEFAULT_SIZE = "1Gi"


def mounts(app: App) -> list[dict[str, Any]]:
    """`volumeMounts` of the container; volumes, claims and objects are put into the app."""
    found: list[dict[str, Any]] = []
    for volume, path in _all_volumes(app):
        mount = _mount(app, volume, path)
        if mount is not None:
            found.append(mount)
    for text in app.said.get("tmpfs") or ():
        found.append(_memory(app, text.partition(":")[0], _tmpfs_size(app, text)))
    if app.said.get("shm_size"):
        found.append(_memory(app, "/dev/shm", app.said["shm_size"]))  # noqa: S108 - a path in a container
    found += _configs(app) + _secrets(app)
    return found


def _all_volumes(app: App) -> list[tuple[Mapping[str, Any], tuple[Any, ...]]]:
    """Its own volumes, and those of services that it takes them from."""
    own = [(volume, (*app.path, "volumes", volume.get("target"))) for volume in app.said.get("volumes") or ()]
    taken = {volume.get("target") for volume, _path in own}
    for text in app.said.get("volumes_from") or ():
        name, _, how = text.partition(":")
        if text.startswith("container:"):
            app.tell(("volumes_from", text), "volumes of a container outside of the project are not known")
            continue
        other = (app.project.model.get("services") or {}).get(name) or {}
        for volume in other.get("volumes") or ():
            if volume.get("target") not in taken and (volume.get("type") != "volume" or volume.get("source")):
                own.append(({**volume, "read_only": volume.get("read_only") or how == "ro"}, (*app.path, "volumes_from", text)))
    return own


def _mount(app: App, volume: Mapping[str, Any], path: tuple[Any, ...]) -> dict[str, Any] | None:
    kind, target = volume.get("type"), volume["target"]
    inner = volume.get(str(kind)) or {}
    mount: dict[str, Any] | None = None
    if kind == "tmpfs":
        return _memory(app, target, inner.get("size") or 0)
    if kind == "bind":
        mount = _bind(app, volume, path)
    elif kind == "volume":
        mount = _named(app, volume.get("source"), target)
    elif kind == "image":
        name = _add(app, label(f"image-{len(app.volumes)}"), {"image": {"reference": volume.get("source"), "pullPolicy": "IfNotPresent"}})
        app.notices.add(path, f"the image {volume.get('source')} is mounted, which Kubernetes can from 1.35 on", lost=False)
        mount = {"name": name, "mountPath": target}
    else:
        app.notices.add(path, f"a volume of type {kind} has no equivalent")
    if mount is None:
        return None
    if volume.get("read_only") and "readOnly" not in mount:
        mount["readOnly"] = True
    if inner.get("subpath"):
        mount["subPath"] = inner["subpath"]
    return mount


def _add(app: App, name: str, source: dict[str, Any]) -> str:
    """A volume of the pod; one with the same source is used again."""
    for volume in app.volumes:
        if {key: value for key, value in volume.items() if key != "name"} == source:
            return str(volume["name"])
    taken, number, unique = {volume["name"] for volume in app.volumes}, 2, name
    while unique in taken:
        unique, number = f"{name[:48]}-{number}", number + 1
    app.volumes.append({"name": unique, **source})
    return unique


def _memory(app: App, target: str, limit: int) -> dict[str, Any]:
    source: dict[str, Any] = {"medium": "Memory"}
    if limit:
        source["sizeLimit"] = memory(limit)
    name = label(target) if target.strip("/") else "root"
    app.volumes.append({"name": (unique := _free(app, name)), "emptyDir": source})
    return {"name": unique, "mountPath": target}


def _free(app: App, name: str) -> str:
    taken, number, unique = {volume["name"] for volume in app.volumes}, 2, name
    while unique in taken:
        unique, number = f"{name[:48]}-{number}", number + 1
    return unique


def _tmpfs_size(app: App, text: str) -> int:
    for option in text.partition(":")[2].split(","):
        name, _, value = option.partition("=")
        if name == "size" and value:
            try:
                return size(value)
            except ValueError:
                app.tell(("tmpfs", text), f"{value} is no size")
        elif option:
            app.tell(("tmpfs", text), f"{option} has no equivalent for an emptyDir", lost=False)
    return 0


def _named(app: App, name: str | None, target: str) -> dict[str, Any]:
    if not name:
        return {"name": _anonymous(app, target), "mountPath": target}
    said = (app.project.model.get("volumes") or {}).get(name) or {}
    claim = app.shared.claim_names[name]
    if said.get("external"):
        outside = label(str(said.get("name") or name))
        app.notices.add(("volumes", name), f"the claim {outside} must be in the namespace already", lost=False)
        return {"name": _claimed(app, claim, outside), "mountPath": target}
    if len(app.shared.volumes.get(name, ())) > 1:
        app.shared.claims.setdefault(claim, {"said": said, "name": name})
        return {"name": _claimed(app, claim, claim), "mountPath": target}
    if app.kind == "StatefulSet":
        if not any(template["metadata"]["name"] == claim for template in app.claim_templates):
            app.claim_templates.append(claim_object(app, claim, said, name))
        return {"name": claim, "mountPath": target}
    own = f"{app.instance}-{claim}"
    if not any(each["kind"] == "PersistentVolumeClaim" and each["metadata"]["name"] == own for each in app.objects):
        app.objects.append({"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim_object(app, own, said, name)})
    return {"name": _claimed(app, claim, own), "mountPath": target}


def _anonymous(app: App, target: str) -> str:
    name = _free(app, label(target) if target.strip("/") else "root")
    app.volumes.append({"name": name, "emptyDir": {}})
    return name


def _claimed(app: App, name: str, claim: str) -> str:
    return _add(app, name, {"persistentVolumeClaim": {"claimName": claim}})


def claim_object(app: App, name: str, said: Mapping[str, Any], volume: str) -> dict[str, Any]:
    """Metadata and spec of a claim; how much it asks for is a variable of the volume's name."""
    options = said.get("driver_opts") or {}
    wanted = DEFAULT_SIZE
    with contextlib.suppress(ValueError):
        wanted = memory(size(options["size"])) if options.get("size") else DEFAULT_SIZE
    sizes = app.variables.setdefault("storage", {})
    sizes[variable(volume)] = wanted
    path = ("volumes", volume)
    driver = said.get("driver")
    if driver not in (None, "", "local"):
        app.notices.add(
            (*path, "driver"),
            f"the driver {driver} has no equivalent: the cluster's default StorageClass is used",
            "storageClassName of the claim",
        )
    for option in options:
        if option != "size":
            app.notices.add(
                (*path, "driver_opts"), f"{option} of driver_opts has no equivalent", "a StorageClass, or a PersistentVolume of your own"
            )
    metadata: dict[str, Any] = {"name": name}
    if said.get("labels"):
        metadata["annotations"] = dict(said["labels"])
    request = app.template.text(f"storage.{variable(volume)}")
    return {"metadata": metadata, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": request}}}}


def _bind(app: App, volume: Mapping[str, Any], path: tuple[Any, ...]) -> dict[str, Any] | None:
    """A file or folder of the project. What is outside of it, or changes, is not in the cluster."""
    source, target = Path(volume["source"]), volume["target"]
    files = app.project.files
    kind = files.kind(source)
    shown = files.shown(source)
    if kind == "file":
        return _one_file(app, source, target, path)
    if kind in ("missing", "folder") and not files.names(source):
        if volume.get("read_only"):
            app.notices.add(path, f"{shown} is not there or empty, and {target} is not mounted")
            return None
        app.notices.add(
            path, f"{shown} becomes a claim of its own: what runs in the cluster does not see this machine's folders", lost=False
        )
        return _named_claim(app, label(source.name or "data"), target)
    if kind == "folder":
        found = _small_files(app, source)
        if found and volume.get("read_only") and any(map(is_secret_file, found)):
            items = [
                {"key": add_secret(app, f"{target}/{name}", f"secret_{name}", content), "path": name} for name, content in found.items()
            ]
            source_of = {"secret": {"secretName": secret_name(app), "items": items}}
            return {"name": _add(app, label(target), source_of), "mountPath": target, "readOnly": True}
        if found and volume.get("read_only"):
            name = _config_map(app, f"{app.instance}-{label(target, 30)}", found)
            return {"name": _add(app, label(target), {"configMap": {"name": name}}), "mountPath": target, "readOnly": True}
        why = "it may be written to" if found else f"it holds folders, large files or more than {MAX_FILES} files"
        app.notices.add(
            path,
            f"the folder {shown} is not mounted at {target}: {why}",
            "sources belong into the image, data into a named volume; a few small files mounted read-only (:ro) become a ConfigMap",
        )
        return None
    what = "is outside of the project" if kind == "outside" else "is no file"
    hint = "a hostPath volume reaches the node's own files; /var/run/docker.sock has nothing behind it in a cluster"
    app.notices.add(path, f"{shown} {what} and is not mounted at {target}", hint)
    return None


def _named_claim(app: App, name: str, target: str) -> dict[str, Any]:
    if app.kind == "StatefulSet":
        if not any(template["metadata"]["name"] == name for template in app.claim_templates):
            app.claim_templates.append(claim_object(app, name, {}, name))
        return {"name": name, "mountPath": target}
    own = f"{app.instance}-{name}"
    if not any(each["kind"] == "PersistentVolumeClaim" and each["metadata"]["name"] == own for each in app.objects):
        app.objects.append({"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim_object(app, own, {}, name)})
    return {"name": _claimed(app, name, own), "mountPath": target}


def _one_file(app: App, source: Path, target: str, path: tuple[Any, ...]) -> dict[str, Any] | None:
    content = app.project.files.content(source, path)
    if len(content) > MAX_CONFIG or sum(map(len, app.config.values())) + len(content) > MAX_CONFIG:
        app.notices.add(path, f"{app.project.files.shown(source)} is too large for a ConfigMap and is not mounted", "put it into the image")
        return None
    if is_secret_file(source.name):
        return _secret_file(app, source.name, target, content)
    return _config_file(app, target, content)


def is_secret_file(name: str) -> bool:
    """Whether a file's name says that only some may read it."""
    return looks_secret(name) or name.lower().endswith(_SECRET_ENDINGS)


def _secret_file(app: App, name: str, target: str, content: bytes) -> dict[str, Any]:
    at = add_secret(app, target, f"secret_{name}", content)
    volume = _add(app, "secrets", {"secret": {"secretName": secret_name(app)}})
    return {"name": volume, "mountPath": target, "subPath": at, "readOnly": True}


def _config_file(app: App, target: str, content: bytes) -> dict[str, Any]:
    at, number = key(target), 2
    while app.config.get(at, content) != content:
        at, number = f"{key(target)}-{number}", number + 1
    app.config[at] = content
    name = _add(app, "files", {"configMap": {"name": f"{app.instance}-files"}})
    return {"name": name, "mountPath": target, "subPath": at, "readOnly": True}


def _small_files(app: App, folder: Path) -> dict[str, bytes]:
    """The files of a folder, where it holds nothing else and they fit into a ConfigMap; {} otherwise."""
    names = app.project.files.names(folder)
    if len(names) > MAX_FILES or any(app.project.files.kind(folder / name) != "file" for name in names):
        return {}
    found: dict[str, bytes] = {}
    for name in names:
        if key(name) != name or sum(map(len, found.values())) > MAX_CONFIG:
            return {}
        try:
            found[name] = app.project.files.content(folder / name)
        except Wrong:
            return {}
    return found if sum(map(len, found.values())) <= MAX_CONFIG else {}


def _config_map(app: App, name: str, files: Mapping[str, bytes]) -> str:
    """A ConfigMap of these files; its name. A name that is taken by other files gets a number."""
    unique, number = name, 2
    made = config_object(unique, files)
    known = {each["metadata"]["name"]: each for each in app.objects if each["kind"] == "ConfigMap"}
    while unique in known and known[unique] != made:
        unique, number = f"{name}-{number}", number + 1
        made = config_object(unique, files)
    if unique not in known:
        app.objects.append(made)
    return unique


def config_object(name: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    """A ConfigMap; what is no text is binary data."""
    made: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    for at, content in files.items():
        try:
            text = content.decode("utf-8")
            if any(ord(sign) < 32 and sign not in "\t\n\r" for sign in text):
                raise ValueError
            made.setdefault("data", {})[at] = text
        except ValueError:
            made.setdefault("binaryData", {})[at] = base64.b64encode(content).decode()
    return made


def _content(app: App, section: str, name: str, path: tuple[Any, ...]) -> bytes | None:
    """What a config or secret of the project holds; None for one that is made elsewhere."""
    said = (app.project.model.get(section) or {}).get(name) or {}
    if said.get("file"):
        return app.project.files.content(Path(said["file"]), path)
    for at in ("content", "x-#value"):
        if isinstance(said.get(at), str):
            return str(said[at]).encode()
    if said.get("environment"):
        app.notices.add(
            (section, name),
            f"the variable {said['environment']} is not set: {name} is empty",
            f"set it and import again, or write the value into secrets.env of apps/{app.name}",
        )
        return b""
    return None


def _configs(app: App) -> list[dict[str, Any]]:
    found = []
    for used in app.said.get("configs") or ():
        name = str(used.get("source"))
        target = used.get("target") or f"/{name}"
        path = (*app.path, "configs", name)
        content = _content(app, "configs", name, path)
        if content is None:
            outside = _outside(app, "configs", name, "ConfigMap")
            volume = _add(app, label(f"config-{name}"), {"configMap": {"name": outside}})
            found.append({"name": volume, "mountPath": target, "subPath": name, "readOnly": True})
        elif len(content) + sum(map(len, app.config.values())) > MAX_CONFIG:
            app.notices.add(path, f"the config {name} is too large for a ConfigMap")
        else:
            mount = _config_file(app, target, content)
            if used.get("mode") is not None:
                mount = _with_mode(app, mount, used["mode"])
            found.append(mount)
    return found


def _with_mode(app: App, mount: dict[str, Any], mode: int) -> dict[str, Any]:
    """The same file from a volume of its own, with other rights."""
    volume = next(volume for volume in app.volumes if volume["name"] == mount["name"])
    source = {kind: {**value, "defaultMode": mode} for kind, value in volume.items() if kind != "name"}
    return {**mount, "name": _add(app, f"{mount['name']}-{mode:o}", source)}


def _outside(app: App, section: str, name: str, kind: str) -> str:
    said = (app.project.model.get(section) or {}).get(name) or {}
    outside = label(str(said.get("name") or name), 63)
    app.notices.add((section, name), f'the {kind} {outside} must be in the namespace already, with the key "{name}"', lost=False)
    return outside


def _secrets(app: App) -> list[dict[str, Any]]:
    found = []
    for used in app.said.get("secrets") or ():
        name = str(used.get("source"))
        target = str(used.get("target") or name)
        target = target if target.startswith("/") else f"/run/secrets/{target}"
        content = _content(app, "secrets", name, (*app.path, "secrets", name))
        if content is None:
            volume = _add(app, label(f"secret-{name}"), {"secret": {"secretName": _outside(app, "secrets", name, "Secret")}})
            found.append({"name": volume, "mountPath": target, "subPath": name, "readOnly": True})
            continue
        at = add_secret(app, name, f"secret_{name}", content)
        volume = _add(app, "secrets", {"secret": {"secretName": secret_name(app)}})
        mount = {"name": volume, "mountPath": target, "subPath": at, "readOnly": True}
        found.append(mount if used.get("mode") is None else _with_mode(app, mount, used["mode"]))
    return found
