// Command metrics-server serves metrics.k8s.io, which kubectl top and autoscalers read.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"sigs.k8s.io/metrics-server/cmd/metrics-server/app"

	genericapiserver "k8s.io/apiserver/pkg/server"
)

func main() {
	os.Exit(cli.Run(app.NewMetricsServerCommand(genericapiserver.SetupSignalHandler())))
}
