package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) statusCommand() *cobra.Command {
	var address string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Show what a node is doing",
		Example: "  braid status\n  braid status --address http://127.0.0.1:9090 --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.status(cmd.Context(), address, asJSON)
		},
	}
	cmd.Flags().StringVar(&address, "address", "http://127.0.0.1:8080", "of the node's REST API")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// The parts of NiFi's status entities that the table shows.
type (
	groupStatus struct {
		ProcessGroupStatus struct {
			Name              string `json:"name"`
			AggregateSnapshot struct {
				ProcessorStatusSnapshots []struct {
					ProcessorStatusSnapshot struct {
						Name              string `json:"name"`
						Type              string `json:"type"`
						RunStatus         string `json:"runStatus"`
						Input             string `json:"input"`
						Output            string `json:"output"`
						Tasks             string `json:"tasks"`
						ActiveThreadCount int    `json:"activeThreadCount"`
					} `json:"processorStatusSnapshot"`
				} `json:"processorStatusSnapshots"`
				ProcessGroupStatusSnapshots []struct {
					ProcessGroupStatusSnapshot json.RawMessage `json:"processGroupStatusSnapshot"`
				} `json:"processGroupStatusSnapshots"`
			} `json:"aggregateSnapshot"`
		} `json:"processGroupStatus"`
	}
	controllerStatus struct {
		ControllerStatus struct {
			ActiveThreadCount int    `json:"activeThreadCount"`
			Queued            string `json:"queued"`
			RunningCount      int    `json:"runningCount"`
			StoppedCount      int    `json:"stoppedCount"`
			InvalidCount      int    `json:"invalidCount"`
			DisabledCount     int    `json:"disabledCount"`
		} `json:"controllerStatus"`
	}
)

func (a *app) status(ctx context.Context, address string, asJSON bool) error {
	raw, err := get(ctx, address, "/nifi-api/flow/status")
	if err != nil {
		return err
	}
	if asJSON {
		_, err := fmt.Fprintln(a.out, string(raw))
		return err
	}
	var c controllerStatus
	if err := json.Unmarshal(raw, &c); err != nil {
		return fmt.Errorf("%s does not answer as a Braid node: %w", address, err)
	}
	s := c.ControllerStatus
	fmt.Fprintf(a.out, "queued %s, %d running, %d stopped, %d invalid, %d disabled, %d active tasks\n",
		s.Queued, s.RunningCount, s.StoppedCount, s.InvalidCount, s.DisabledCount, s.ActiveThreadCount)
	return a.statusTable(ctx, address)
}

func (a *app) statusTable(ctx context.Context, address string) error {
	raw, err := get(ctx, address, "/nifi-api/flow/process-groups/root/status?recursive=true")
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "GROUP\tPROCESSOR\tTYPE\tSTATE\tIN (5 MIN)\tOUT (5 MIN)\tTASKS/TIME")
	var g groupStatus
	if err := json.Unmarshal(raw, &g); err != nil {
		return fmt.Errorf("%s does not answer as a Braid node: %w", address, err)
	}
	if err := writeGroup(w, g); err != nil {
		return err
	}
	return w.Flush()
}

// writeGroup writes the rows of a group and of the groups in it.
func writeGroup(w io.Writer, g groupStatus) error {
	st := g.ProcessGroupStatus
	for _, p := range st.AggregateSnapshot.ProcessorStatusSnapshots {
		s := p.ProcessorStatusSnapshot
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", st.Name, s.Name, s.Type, s.RunStatus, s.Input, s.Output, s.Tasks)
	}
	for _, child := range st.AggregateSnapshot.ProcessGroupStatusSnapshots {
		var sub groupStatus
		sub.ProcessGroupStatus.Name = st.Name
		raw := []byte(`{"processGroupStatus":{"aggregateSnapshot":` + string(child.ProcessGroupStatusSnapshot) + `}}`)
		if err := json.Unmarshal(raw, &sub); err != nil {
			return err
		}
		var named struct {
			Name string `json:"name"`
		}
		if err := json.Unmarshal(child.ProcessGroupStatusSnapshot, &named); err != nil {
			return err
		}
		sub.ProcessGroupStatus.Name = named.Name
		if err := writeGroup(w, sub); err != nil {
			return err
		}
	}
	return nil
}

// get asks a node and returns the body of a good answer.
func get(ctx context.Context, address, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%q is not an address: write http://127.0.0.1:8080", address)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no node answers at %s: is it running? Give its address with --address", address)
	}
	defer func() { _ = resp.Body.Close() }() // only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s: %s", address, resp.Status, body)
	}
	return body, err
}
