# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubectl's JSONPath templates: text with `{.fields[0]}`, `{range}` and `{end}` in it. Pure.

https://kubernetes.io/docs/reference/kubectl/jsonpath/ ; compared with Go's k8s.io/client-go/util/jsonpath by tests/corpus/kubectl_path.
A missing key is an error, as in client-go without AllowMissingKeys. Objects are walked in their own order, where Go's is random; a range
that is not ended is refused, where Go begins anew with what follows it.
May import `_jsonpath` (its errors).

Front door:
    compile_template(text) -> Template        raises PathSyntaxError with the character
    Template.one(data)                        one expression alone keeps the type of what it finds; all else is the text that kubectl prints
    Template.text_of(data)                    what kubectl prints
"""

from __future__ import annotations

from .evaluate import Template, compile_template

__all__ = ["Template", "compile_template"]
