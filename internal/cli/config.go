package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

const configFile = "braid.yaml"

// applyConfig sets the flags that the user did not give: from the environment, else from the configuration file.
func applyConfig(cmd *cobra.Command, env func(string) (string, bool)) error {
	file, given := env("BRAID_CONFIG")
	if !given {
		file = configFile
	}
	values, err := readConfig(file, given)
	if err != nil {
		return err
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "help" || err != nil {
			return
		}
		name := "BRAID_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if v, ok := env(name); ok {
			err = setFlag(cmd, f, v, "in the environment as "+name)
		} else if v, ok := values[f.Name]; ok {
			err = setFlag(cmd, f, fmt.Sprint(v), "in "+file)
		}
	})
	return err
}

func setFlag(cmd *cobra.Command, f *pflag.Flag, value, where string) error {
	if err := cmd.Flags().Set(f.Name, value); err != nil {
		return fmt.Errorf("%s, given %s, is not valid: %w", f.Name, where, err)
	}
	return nil
}

// readConfig reads the configuration file; a missing one is empty unless it was asked for.
func readConfig(file string, must bool) (map[string]any, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && !must {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(data, &values); err != nil {
		return nil, fmt.Errorf("read %s: %w: write lines such as  listen: 127.0.0.1:8080", file, err)
	}
	return values, nil
}
