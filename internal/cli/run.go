package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/braidflow/braid/internal/api"
	"github.com/braidflow/braid/internal/node"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
)

// nodeFlags are the flags of commands that run a node.
type nodeFlags struct {
	listen, data, flow, durability, logLevel string
	untilIdle, salvage, stopped              bool
	idleFor, grace                           time.Duration
}

func (a *app) runCommand() *cobra.Command {
	var f nodeFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run a node",
		Long: "Run a node until it is interrupted, or with --until-idle as a batch job.\n\n" +
			"A flow given with --flow is taken into an empty node and started. Exit codes of --until-idle: 0 = all data was\n" +
			"processed, 1 = the flow could not run, 2 = FlowFiles are left in queues that nothing takes from.",
		Example: "  braid run --listen 127.0.0.1:8080 --data ./braid-data\n  braid run --flow flow.json --until-idle",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.run(cmd.Context(), &f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.listen, "listen", "127.0.0.1:8080", "address of the REST API; empty for none")
	fl.StringVar(&f.data, "data", "./braid-data", "folder of the node's data")
	fl.StringVar(&f.flow, "flow", "", "flow definition (NiFi's JSON) that an empty node starts with")
	fl.BoolVar(&f.untilIdle, "until-idle", false, "end when all data has been processed")
	fl.DurationVar(&f.idleFor, "idle-for", time.Second, "with --until-idle: how long nothing must have happened")
	fl.BoolVar(&f.salvage, "salvage", false, "start although stored data is damaged, with what can still be read")
	fl.BoolVar(&f.stopped, "stopped", false, "start with all processors stopped")
	a.commonNodeFlags(cmd, &f)
	return cmd
}

func (a *app) commonNodeFlags(cmd *cobra.Command, f *nodeFlags) {
	fl := cmd.Flags()
	fl.StringVar(&f.durability, "durability", "durable", "when data counts as safe: memory, written (survives the process) or durable (survives the machine)")
	fl.StringVar(&f.logLevel, "log-level", "warn", "what is logged to standard error: debug, info, warn or error")
	fl.DurationVar(&f.grace, "grace", 20*time.Second, "how long running tasks may go on after a stop is asked for")
}

func (a *app) run(ctx context.Context, f *nodeFlags) error {
	n, err := a.openNode(f)
	if err != nil {
		return err
	}
	err = a.runNode(ctx, n, f)
	return errors.Join(err, closeNode(n, f.grace))
}

// closeNode gives tasks some time, then ends them.
func closeNode(n *node.Node, grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	return n.Close(ctx)
}

func (a *app) runNode(ctx context.Context, n *node.Node, f *nodeFlags) error {
	if f.flow != "" {
		if err := a.takeFlow(ctx, n, f.flow); err != nil {
			return err
		}
	}
	serverErr := make(chan error, 1)
	if f.listen != "" && !f.untilIdle {
		stop, addr, err := a.serve(n, f.listen, serverErr)
		if err != nil {
			return err
		}
		defer stop()
		fmt.Fprintf(a.out, "Braid is ready: http://%s\n", addr)
	}
	if f.untilIdle {
		return a.untilIdle(ctx, n, f.idleFor)
	}
	select {
	case <-ctx.Done():
		return nil
	case <-n.Engine.Failed():
		return n.Engine.Err()
	case err := <-serverErr:
		return err
	}
}

// openNode opens a node with the data folder of the flags.
func (a *app) openNode(f *nodeFlags) (*node.Node, error) {
	d, err := parseDurability(f.durability)
	if err != nil {
		return nil, err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.logLevel)); err != nil {
		return nil, fmt.Errorf("--log-level %q is not known: use debug, info, warn or error", f.logLevel)
	}
	dir, err := filepath.Abs(f.data)
	if err != nil {
		return nil, err
	}
	return node.Open(node.Options{
		Dir: dir, Types: a.types, FS: vfs.OS, Durability: d, Salvage: f.salvage, Stopped: f.stopped,
		Log: slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: level})), SensitiveKey: os.Getenv("BRAID_SENSITIVE_KEY"),
	})
}

func parseDurability(s string) (flowfile.Durability, error) {
	switch s {
	case "memory":
		return flowfile.Memory, nil
	case "written":
		return flowfile.Written, nil
	case "durable":
		return flowfile.Durable, nil
	}
	return 0, fmt.Errorf("--durability %q is not known: use memory, written or durable", s)
}

// takeFlow brings a flow definition into a node that has no flow yet.
func (a *app) takeFlow(ctx context.Context, n *node.Node, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the flow: %w", err)
	}
	if !n.Empty() {
		fmt.Fprintf(a.err, "braid: the node has a flow already; %s is not taken\n", file)
		return nil
	}
	_, warnings, err := n.Import(ctx, data, "flow", true)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for _, w := range warnings {
		fmt.Fprintln(a.err, "braid:", w)
	}
	return nil
}

// serve answers HTTP until stop is called.
func (a *app) serve(n *node.Node, listen string, failed chan<- error) (stop func(), addr string, err error) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, "", fmt.Errorf("cannot listen on %s: %w: choose another address with --listen", listen, unwrapNet(err))
	}
	if err := loopbackOnly(l.Addr()); err != nil {
		return nil, "", errors.Join(err, l.Close())
	}
	srv := &http.Server{Handler: api.New(n, Version), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("HTTP server: %w", err)
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if srv.Shutdown(ctx) != nil {
			_ = srv.Close() // requests that do not end are cut
		}
		<-done
	}, l.Addr().String(), nil
}

// loopbackOnly refuses addresses that others could reach: there is no login yet.
func loopbackOnly(addr net.Addr) error {
	if t, ok := addr.(*net.TCPAddr); ok && !t.IP.IsLoopback() {
		return fmt.Errorf("refusing to listen on %s without a login: use an address such as 127.0.0.1:8080", addr)
	}
	return nil
}

func unwrapNet(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// startLimit is how long components that wait for services may take to start.
const startLimit = 2 * time.Second

// allRunning waits until all that should run does, or tells in one line what does not.
func allRunning(ctx context.Context, n *node.Node) error {
	for start := time.Now(); ; {
		n.Engine.Settle()
		problems := n.Engine.NotRunning()
		if len(problems) == 0 {
			return nil
		}
		if time.Since(start) > startLimit || ctx.Err() != nil {
			return &exitError{1, "the flow cannot run: " + strings.Join(problems, "; ")}
		}
		select { // services are being enabled
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// untilIdle waits until all data has been processed.
func (a *app) untilIdle(ctx context.Context, n *node.Node, idleFor time.Duration) error {
	if err := allRunning(ctx, n); err != nil {
		return err
	}
	for !n.Engine.QuietFor(idleFor) {
		select {
		case <-ctx.Done():
			return errors.New("interrupted before all data was processed")
		case <-n.Engine.Failed():
			return n.Engine.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	if err := n.Engine.Flush(ctx); err != nil {
		return err
	}
	if left := n.Engine.Status("").Queued.Count; left > 0 {
		return &exitError{2, fmt.Sprintf("%d FlowFiles are left in queues that nothing takes from", left)}
	}
	return nil
}
