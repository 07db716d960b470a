#!/usr/bin/env bash
# kube-apiserver 1.34.4 with etcd 3.6.4 (Go modules k8s.io/kubernetes and go.etcd.io/etcd/server/v3; builds for minutes), server-side apply by one manager
#
# What is taken out of a manifest should go, and what is added should work. Three ordinary manifests for which neither is so, without an error or a warning:
#   Deployment, serviceAccountName: robot    taken out again, it stays `robot` for ever: the server had filled in the deprecated alias `serviceAccount`, which nobody owns, and fills the name in from it
#   NetworkPolicy, ingress rules only        egress rules added later are stored and never in force: `policyTypes: [Ingress]`, filled in at the first apply, stays
#   Secret, stringData: {user, old}          `old` taken out stays in `data`: the field that is owned is `stringData.old`, which is never stored
# kubectl apply without --server-side and Helm 3.22.0 behave alike.
#
# roro takes all three out or along (docs/where-others-stumble.md).
set -euo pipefail
work=$(mktemp -d)
servers=()
finish() { kill "${servers[@]}" 2>/dev/null || true; wait 2>/dev/null || true; chmod -R u+w "$work"; rm -rf "$work"; }
trap finish EXIT
export GOPATH=$work/go GOFLAGS=-modcacherw
mkdir "$work/module"; cd "$work/module"
{
  echo 'module server'
  echo 'go 1.24.0'
  echo 'require k8s.io/kubernetes v1.34.4'
  echo 'require go.etcd.io/etcd/server/v3 v3.6.4'
  for part in api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap code-generator component-base component-helpers controller-manager \
    cri-api cri-client csi-translation-lib dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy kube-scheduler kubectl kubelet metrics \
    mount-utils pod-security-admission sample-apiserver sample-cli-plugin sample-controller; do
    echo "replace k8s.io/$part => k8s.io/$part v0.34.4"
  done
} >go.mod
printf '//go:build tools\n\npackage server\n\nimport (\n\t_ "go.etcd.io/etcd/server/v3"\n\t_ "k8s.io/kubernetes/cmd/kube-apiserver"\n)\n' >tools.go
go mod tidy >/dev/null 2>&1 || true
go build -trimpath -ldflags '-s -w' -o etcd go.etcd.io/etcd/server/v3
go build -trimpath -ldflags '-s -w' -o kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver

port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
store=$(port) peer=$(port) secure=$(port)
./etcd --data-dir "$work/etcd" --listen-client-urls "http://127.0.0.1:$store" --advertise-client-urls "http://127.0.0.1:$store" --listen-peer-urls "http://127.0.0.1:$peer" \
  --initial-advertise-peer-urls "http://127.0.0.1:$peer" --initial-cluster "default=http://127.0.0.1:$peer" >"$work/etcd.log" 2>&1 &
servers+=($!)
openssl genrsa -out "$work/key" 2048 2>/dev/null
echo "sesame,me,me,system:masters" >"$work/tokens"
./kube-apiserver --etcd-servers "http://127.0.0.1:$store" --bind-address 127.0.0.1 --secure-port "$secure" --cert-dir "$work/certs" --token-auth-file "$work/tokens" --authorization-mode RBAC \
  --service-account-issuer https://here --service-account-key-file "$work/key" --service-account-signing-key-file "$work/key" --service-cluster-ip-range 10.0.0.0/24 \
  --disable-admission-plugins ServiceAccount >"$work/server.log" 2>&1 &
servers+=($!)
cat >"$work/ask.py" <<'PY'
import json, ssl, sys, time, urllib.error, urllib.request

base, trust = f"https://127.0.0.1:{sys.argv[1]}", ssl._create_unverified_context()

def ask(method, path, body=None):
    headers = {"Authorization": "Bearer sesame", "Content-Type": "application/apply-patch+yaml"}
    request = urllib.request.Request(base + path, None if body is None else json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, context=trust) as answer:
        return json.load(answer)

def apply(path, **spec):
    group = path.split("/namespaces/")[0].removeprefix("/apis/").removeprefix("/api/")
    kind = {"deployments": "Deployment", "networkpolicies": "NetworkPolicy", "secrets": "Secret"}[path.split("/")[-2]]
    return ask("PATCH", path + "?fieldManager=me", {"apiVersion": group, "kind": kind, "metadata": {"name": path.split("/")[-1]}, **spec})

for _ in range(600):
    try:
        ask("GET", "/api/v1/namespaces/default")
        break
    except (urllib.error.URLError, OSError):
        time.sleep(0.2)

def deployment(**pod):
    template = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "i"}], **pod}}
    return {"spec": {"selector": {"matchLabels": {"app": "a"}}, "template": template}}

place = "/apis/apps/v1/namespaces/default/deployments/a"
apply(place, **deployment(serviceAccountName="robot"))
print("serviceAccountName taken out:", apply(place, **deployment())["spec"]["template"]["spec"].get("serviceAccountName"))
place = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies/a"
apply(place, spec={"podSelector": {}, "ingress": [{}]})
print("egress added:", apply(place, spec={"podSelector": {}, "ingress": [{}], "egress": [{}]})["spec"]["policyTypes"])
place = "/api/v1/namespaces/default/secrets/a"
apply(place, stringData={"user": "x", "old": "y"})
print("key taken out of stringData:", sorted(apply(place, stringData={"user": "x"})["data"]))
PY
python3 "$work/ask.py" "$secure" >"$work/seen"
diff - "$work/seen" <<'SEEN' && echo "as found: kube-apiserver 1.34.4 keeps what was taken out"
serviceAccountName taken out: robot
egress added: ['Ingress']
key taken out of stringData: ['old', 'user']
SEEN
