#!/usr/bin/env bash
# kube-apiserver 1.34.4 with etcd 3.6.4 (Go modules k8s.io/kubernetes and go.etcd.io/etcd/server/v3; builds for minutes): what a refusal says
#
# A refusal has `details.causes` with the field of each fault, and programs take people to that field. Some name a field that no manifest has:
#   CSIDriver, attachRequired changed            spec.attachedRequired
#   PersistentVolume, hostPath.path changed      spec.persistentvolumesource
#   CustomResourceDefinition, strategy None
#     beside a webhook that is left over         spec.conversion.webhookClientConfig and spec.conversion.conversionReviewVersions, which are below spec.conversion.webhook
# And a new Service with two faults, a node port that is taken and a protocol that does not exist, is refused for the port alone, also by a dry run; the other fault is told once the port is free.
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

def ask(method, path, body=None, kind="application/json"):
    headers = {"Authorization": "Bearer sesame", "Content-Type": kind}
    request = urllib.request.Request(base + path, None if body is None else json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, context=trust) as answer:
        return json.load(answer)

def refused(what, method, path, body, kind="application/merge-patch+json"):
    try:
        ask(method, path, body, kind)
        print(what, "taken")
    except urllib.error.HTTPError as error:
        print(what, error.code, [cause["field"] for cause in json.load(error)["details"]["causes"]])

for _ in range(600):
    try:
        ask("GET", "/api/v1/namespaces/default")
        break
    except (urllib.error.URLError, OSError):
        time.sleep(0.2)

driver = "/apis/storage.k8s.io/v1/csidrivers"
ask("POST", driver, {"metadata": {"name": "a.example.com"}, "spec": {"attachRequired": True}})
refused("CSIDriver", "PATCH", driver + "/a.example.com", {"spec": {"attachRequired": False}})
volume = "/api/v1/persistentvolumes"
spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/a"}}
ask("POST", volume, {"metadata": {"name": "a"}, "spec": spec})
refused("PersistentVolume", "PATCH", volume + "/a", {"spec": {"hostPath": {"path": "/b"}}})
schema = {"openAPIV3Schema": {"type": "object"}}
client = {"clientConfig": {"url": "https://127.0.0.1:1/"}, "conversionReviewVersions": ["v1"]}
definition = {
    "metadata": {"name": "things.example.com"},
    "spec": {
        "group": "example.com", "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        "conversion": {"strategy": "None", "webhook": client},
    },
}
refused("CustomResourceDefinition", "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition, "application/json")
services = "/api/v1/namespaces/default/services"
ask("POST", services, {"metadata": {"name": "a"}, "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]}})
port = {"port": 80, "protocol": "NONE"}
refused("Service, two faults", "POST", services, {"metadata": {"name": "b"}, "spec": {"type": "NodePort", "ports": [{**port, "nodePort": 30080}]}}, "application/json")
refused("Service, one fault", "POST", services, {"metadata": {"name": "b"}, "spec": {"type": "NodePort", "ports": [port]}}, "application/json")
PY
python3 "$work/ask.py" "$secure" >"$work/seen"
diff - "$work/seen" <<'SEEN' && echo "as found: refusals of kube-apiserver 1.34.4 name other fields"
CSIDriver 422 ['spec.attachedRequired']
PersistentVolume 422 ['spec.persistentvolumesource']
CustomResourceDefinition 422 ['spec.conversion.webhookClientConfig', 'spec.conversion.conversionReviewVersions']
Service, two faults 422 ['spec.ports[0].nodePort']
Service, one fault 422 ['spec.ports[0].protocol']
SEEN
