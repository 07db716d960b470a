# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a Connection to everything that is needed to reach the server: kubeconfig, environment, credentials.

Makes no request. `resolve` is the door; `Access` is what it gives.
"""

from __future__ import annotations

from .access import Access, Certificate, Credentials, Pem
from .resolve import contexts_of, resolve
from .stamps import Stamps, stamps

__all__ = ["Access", "Certificate", "Credentials", "Pem", "Stamps", "contexts_of", "resolve", "stamps"]
