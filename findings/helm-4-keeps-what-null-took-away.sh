#!/usr/bin/env bash
# Helm 3.22.0 and 4.3.2 (Go modules helm.sh/helm/v3 and helm.sh/helm/v4), `helm template` of one chart
#
# `null` in a chart's **own** values.yaml takes a default of a subchart away with Helm 3: parent `cache: {port: null}` over the subchart's `port: 6379` leaves no port. With Helm 4 the null is dropped before the merge and the
# port is there again, and a null of the chart's own values is no key at all, so that `hasKey` says false. The same null in a `--values` file removes with both. No warning tells of it.
#
# docs/engines/helm.md has a table of what else is different.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOPATH=$work/go GOFLAGS=-modcacherw
for version in v3@v3.22.0 v4@v4.3.2; do
  major=${version%@*}
  mkdir "$work/$major"
  (cd "$work/$major" && printf 'module tool\ngo 1.26\n' >go.mod && go get -tool "helm.sh/helm/$major/cmd/helm@${version#*@}" 2>/dev/null && go build -trimpath -ldflags '-s -w' -o helm "helm.sh/helm/$major/cmd/helm")
done
chart=$work/chart
mkdir -p "$chart/templates" "$chart/charts/cache/templates"
printf 'apiVersion: v2\nname: web\nversion: 1.0.0\n' >"$chart/Chart.yaml"
printf 'apiVersion: v2\nname: cache\nversion: 1.0.0\n' >"$chart/charts/cache/Chart.yaml"
printf 'own: null\ncache: {port: null}\n' >"$chart/values.yaml"
printf 'port: 6379\nname: c\n' >"$chart/charts/cache/values.yaml"
printf 'own: {{ hasKey .Values "own" }}\n' >"$chart/templates/a.yaml"
printf 'cache: {{ omit .Values "global" | toJson }}\n' >"$chart/charts/cache/templates/b.yaml"
printf 'cache: {port: null}\n' >"$work/values.yaml"
for major in v3 v4; do
  echo "$major chart: $("$work/$major/helm" template x "$chart" | grep -v -e '^---' -e '^#' -e '^$' | tr '\n' ' ')"
  echo "$major file: $("$work/$major/helm" template x "$chart" --values "$work/values.yaml" | grep '^cache')"
done >"$work/seen"
diff - "$work/seen" <<'SEEN' && echo "as found: a null of the chart itself removes with Helm 3.22.0 and not with 4.3.2"
v3 chart: cache: {"name":"c"} own: true 
v3 file: cache: {"name":"c"}
v4 chart: cache: {"name":"c","port":6379} own: false 
v4 file: cache: {"name":"c"}
SEEN
