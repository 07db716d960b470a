// flux-ssa applies a file of manifests with Flux's library, github.com/fluxcd/pkg/ssa, as its kustomize-controller does: a dry run
// of each object, then an apply of those that differ. The client does not throttle itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/utils"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig file")
	namespace := flag.String("namespace", "default", "namespace of the objects")
	concurrency := flag.Int("concurrency", 4, "objects at once; 4 is kustomize-controller's default")
	flag.Parse()

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	kubernetes, err := client.New(config, client.Options{})
	if err != nil {
		return err
	}
	file, err := os.Open(flag.Arg(0))
	if err != nil {
		return err
	}
	defer file.Close()
	objects, err := utils.ReadObjects(file)
	if err != nil {
		return err
	}
	for _, object := range objects {
		object.SetNamespace(*namespace)
	}
	manager := ssa.NewResourceManager(kubernetes, nil, ssa.Owner{Field: "flux-ssa", Group: "roro.dev"})
	manager.SetConcurrency(*concurrency)
	changes, err := manager.ApplyAll(context.Background(), objects, ssa.DefaultApplyOptions())
	if err != nil {
		return err
	}
	fmt.Println(len(changes.Entries), "objects")
	return nil
}
