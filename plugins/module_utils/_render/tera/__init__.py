# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The template language Tera, version 1, as the Rust crate `tera` 1.20 reads and renders it, its oddities included.

An own parser and interpreter rather than Jinja2's with changes: the grammar binds filters, negation and comparison so differently that
plain Jinja2 is silently wrong on a fifth of all templates, and a tree that only ever holds plain data has no object to climb out by.
The tests compare every construct with the crate itself (tests/oracles/tera).

    nodes.py        what a template is parsed into
    expressions.py  `{{ ... }}` and everything that is an expression; statements.py: tags, bodies, whitespace control
    values.py       how Tera prints, compares and looks things up; text.py: Unicode as Rust sees it
    arguments.py, filters*.py, names.py, dates.py, regex.py    the built-in filters, tests and functions
    frames.py       variables in scope; run.py: rendering; library.py: finding and inheriting templates
    session.py      one render of one app's templates, failures with file and line
"""
