# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handlebars: handlebars.js itself, inside the small JavaScript engine QuickJS (package `dukpy`).

script.py     where handlebars.js comes from: a file that the build makes, `_script.py`, never committed
runtime.py    our JavaScript around it: helpers, bounds, what went wrong as data
machine.py    one interpreter for the process, with nothing in it that reaches out of it
session.py    one render of one app's templates, failures with file and line
"""
