// Command registry is the registry of github.com/distribution/distribution with one difference: it listens on several addresses, and
// answers only the networks that it is told to. The machine's loopback address and the link to a cluster's node are such addresses.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"golang.org/x/crypto/bcrypt"
)

type texts []string

func (t *texts) String() string { return strings.Join(*t, ",") }

func (t *texts) Set(value string) error {
	*t = append(*t, value)
	return nil
}

// neighbours accepts connections from the allowed networks and closes all others unanswered.
type neighbours struct {
	net.Listener
	allowed []*net.IPNet
}

func (n neighbours) Accept() (net.Conn, error) {
	for {
		connection, err := n.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if address, ok := connection.RemoteAddr().(*net.TCPAddr); ok {
			for _, network := range n.allowed {
				if network.Contains(address.IP) {
					return connection, nil
				}
			}
		}
		connection.Close()
	}
}

func run() error {
	var addresses, networks texts
	file := flag.String("config", "", "the registry's configuration")
	hash := flag.Bool("hash", false, "write the bcrypt hash of the password on standard input, for a file as htpasswd writes it")
	flag.Var(&addresses, "listen", "address to listen on; may be repeated")
	flag.Var(&networks, "allow", "network that is answered; may be repeated")
	flag.Parse()
	if *hash {
		return writeHash()
	}
	stream, err := os.Open(*file)
	if err != nil {
		return err
	}
	settings, err := configuration.Parse(stream)
	stream.Close()
	if err != nil {
		return err
	}
	var allowed []*net.IPNet
	for _, text := range networks {
		_, network, err := net.ParseCIDR(text)
		if err != nil {
			return err
		}
		allowed = append(allowed, network)
	}
	server := &http.Server{Handler: handlers.NewApp(context.Background(), settings), ReadHeaderTimeout: time.Minute}
	failed := make(chan error, len(addresses))
	for _, address := range addresses {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		go func() { failed <- server.Serve(neighbours{listener, allowed}) }()
	}
	return <-failed
}

func writeHash() error {
	password, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	hashed, err := bcrypt.GenerateFromPassword(password, bcrypt.DefaultCost)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(hashed)
	return err
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "registry:", err)
		os.Exit(1)
	}
}
