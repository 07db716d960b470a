# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired state against current state, for as long as it is asked for: who leads, what is told to the cluster and to Prometheus.

Front door: `leading.Leader`, `announcing.Announcer`, `metrics.Metrics`, `serving.serve_metrics`
"""
