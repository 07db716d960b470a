// Command kwok plays the part of the kubelet for simulated nodes.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"sigs.k8s.io/kwok/pkg/kwok/cmd"
	"sigs.k8s.io/kwok/pkg/log"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := cmd.NewCommand(log.NewContext(ctx, log.NewLogger(os.Stderr, log.LevelInfo))).ExecuteContext(ctx); err != nil {
		os.Exit(1)
	}
}
