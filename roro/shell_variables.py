"""Variables of the shell that begin with RORO_ and that nobody reads: only those that are nearly the name of one are told."""

from __future__ import annotations

from collections.abc import Mapping

KNOWN = (
    "RORO_BUILDER",
    "RORO_DEBUG",
    "RORO_ENVIRONMENT",
    "RORO_EVENTS",
    "RORO_FORWARD_IDLE",
    "RORO_GIT_ACCEPT_HOST",
    "RORO_GIT_CA_FILE",
    "RORO_GIT_KEY_FILE",
    "RORO_GIT_KEY_PASSPHRASE",
    "RORO_GIT_KNOWN_HOSTS",
    "RORO_GIT_PASSWORD",
    "RORO_GIT_PASSWORD_FILE",
    "RORO_GIT_URL",
    "RORO_GIT_USERNAME",
    "RORO_LIFELINE",
    "RORO_LOCAL_CLUSTER_FILES",
    "RORO_LOG",
    "RORO_LOG_FILE",
    "RORO_LOG_LEVEL",
    "RORO_LOG_PIPE",
    "RORO_REGISTRY_AUTH",
    "RORO_REGISTRY_AUTH_FILE",
    "RORO_REGISTRY_HOST",
    "RORO_REGISTRY_PASSWORD",
    "RORO_REGISTRY_USERNAME",
    "RORO_RUN_ID",
    "RORO_WORKSPACE",
)


def misspelt_variables(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each."""
    open_names = sorted(name for name in environ if name.startswith("RORO_") and name not in KNOWN)
    return [f"nobody reads {name}; did you mean {near}?" for name in open_names if (near := _near(name))]


def _near(name: str) -> str:
    import difflib

    return next(iter(difflib.get_close_matches(name, KNOWN, n=1, cutoff=0.88)), "")
