package components_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidflow/braid/components"
	"github.com/braidflow/braid/sdk"
)

// The pages of the components are made from what they say of themselves: go test ./components -update.
func TestDocs_SayWhatTheComponentsSay(t *testing.T) {
	want := map[string]string{} // by file name below docs
	index := map[string][]sdk.Component{}
	for _, c := range components.All() {
		want[pageName(c)] = page(c)
		index[kind(c)] = append(index[kind(c)], c)
	}
	for kind, list := range index {
		want[filepath.Join(kind, "README.md")] = indexPage(kind, list)
	}
	for name, text := range want {
		file := filepath.Join("..", "docs", name)
		if *update {
			write(t, file, text)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != text {
			t.Errorf("docs/%s is not what the code says (%v): go test ./components -update", name, err)
		}
	}
	for kind := range index {
		files, _ := filepath.Glob(filepath.Join("..", "docs", kind, "*.md"))
		for _, f := range files {
			if want[filepath.Join(kind, filepath.Base(f))] == "" {
				t.Errorf("%s is about a component that is not there any more: delete it", f)
			}
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func pageName(c sdk.Component) string { return filepath.Join(kind(c), short(c.Type)+".md") }

var titles = map[string]string{"processors": "Processors", "services": "Controller services", "reporting": "Reporting tasks"}

func indexPage(kind string, list []sdk.Component) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\nMade from the code: `go test ./components -update`.\n\n| name | what it does |\n|---|---|\n", titles[kind])
	slices.SortFunc(list, func(x, y sdk.Component) int { return strings.Compare(short(x.Type), short(y.Type)) })
	for _, c := range list {
		fmt.Fprintf(&b, "| [%s](%s.md) | %s |\n", short(c.Type), short(c.Type), cell(describe(c).Summary))
	}
	return b.String()
}

func page(c sdk.Component) string {
	s := describe(c)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", short(c.Type), s.Summary)
	if s.Long != "" {
		fmt.Fprintf(&b, "%s\n\n", strings.TrimSpace(s.Long))
	}
	fmt.Fprintf(&b, "Type: `%s`", c.Type)
	if c.Artifact != "" {
		fmt.Fprintf(&b, ", as in `%s`", c.Artifact)
	}
	fmt.Fprintf(&b, "  \nTags: %s\n", strings.Join(s.Tags, ", "))
	properties(&b, s)
	if c.New != nil {
		relationships(&b, s)
	}
	attributes(&b, "Reads attributes", s.Facts.Reads)
	attributes(&b, "Writes attributes", s.Facts.Writes)
	facts(&b, c, s)
	return b.String()
}

func properties(b *strings.Builder, s *sdk.Spec) {
	if len(s.Properties) > 0 {
		b.WriteString("\n## Properties\n\nA name in bold must have a value.\n\n| name | default | value | what it does |\n|---|---|---|---|\n")
	}
	for _, p := range s.Properties {
		name := cell(p.Name)
		if p.Display != p.Name {
			name = cell(p.Display) + " (`" + p.Name + "`)"
		}
		if p.Required {
			name = "**" + name + "**"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s%s |\n", name, defaultOf(p), valueOf(p), cell(p.Doc), values(p)+needs(p))
	}
	if d := s.Dynamic; d != nil {
		fmt.Fprintf(b, "\n**Properties of your own**: %s\n\n- name: %s\n- value: %s%s\n", d.Doc, d.NameDoc, d.ValueDoc, expression(d.EL))
	}
}

func defaultOf(p *sdk.Property) string {
	switch {
	case !p.HasDefault:
		return ""
	case p.Default == "":
		return "(empty)"
	}
	return code(p.Default)
}

// valueOf says what a value must look like.
func valueOf(p *sdk.Property) string {
	what := p.TypeName
	switch {
	case p.Service != "":
		what = "service: " + short(p.Service)
	case len(p.Allowed) > 0 && p.TypeName != "boolean":
		what = "one of a list"
	case p.Resource != "":
		what = strings.ToLower(string(p.Resource))
	}
	if p.Secret {
		what += ", secret"
	}
	return what + expression(p.EL)
}

func expression(el sdk.Scope) string {
	switch el {
	case sdk.FlowFileEL:
		return "; Expression Language over each FlowFile"
	case sdk.EnvEL:
		return "; Expression Language over the environment"
	case sdk.NoEL:
	}
	return ""
}

func values(p *sdk.Property) string {
	if len(p.Allowed) == 0 || p.TypeName == "boolean" {
		return ""
	}
	var list []string
	for _, a := range p.Allowed {
		item := code(a.Value)
		if a.Display != "" && a.Display != a.Value {
			item += " (" + cell(a.Display) + ")"
		}
		if a.Doc != "" {
			item += ": " + cell(a.Doc)
		}
		list = append(list, item)
	}
	return "<br>" + strings.Join(list, "<br>")
}

func needs(p *sdk.Property) string {
	var b strings.Builder
	for _, n := range p.Needs {
		var values []string
		for _, v := range n.Values {
			values = append(values, code(v))
		}
		fmt.Fprintf(&b, "<br>Only if %s is ", cell(n.Property))
		if len(values) == 0 {
			b.WriteString("set")
		}
		b.WriteString(strings.Join(values, " or "))
	}
	return b.String()
}

func relationships(b *strings.Builder, s *sdk.Spec) {
	b.WriteString("\n## Relationships\n\n| name | what goes there |\n|---|---|\n")
	for _, r := range s.AllRelationships() {
		fmt.Fprintf(b, "| %s | %s |\n", r.Name, cell(r.Doc))
	}
	if s.Dynamic != nil && s.Dynamic.Relationships {
		b.WriteString("\nProperties of your own may make more.\n")
	}
}

func attributes(b *strings.Builder, title string, list []sdk.Documented) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| name | what it holds |\n|---|---|\n", title)
	for _, a := range list {
		fmt.Fprintf(b, "| %s | %s |\n", code(a.Name), cell(a.Doc))
	}
}

// facts lists what cannot be set.
func facts(b *strings.Builder, c sdk.Component, s *sdk.Spec) {
	f := s.Facts
	var list []string
	add := func(is bool, format string, args ...any) {
		if is {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	if c.New != nil {
		add(f.Input == sdk.InputRequired, "Needs an incoming connection.")
		add(f.Input == sdk.InputForbidden, "Has no incoming connection.")
		add(f.Input == sdk.InputAllowed || f.Input == "", "Works with and without an incoming connection.")
	}
	add(f.Serial, "Runs one task at a time.")
	add(f.PrimaryOnly, "Runs on the primary node only.")
	add(f.Batching, "May have a run duration: sessions of one task are committed together.")
	add(f.SideEffectFree, "Has no side effect outside of the flow.")
	add(f.TriggerWhenEmpty, "Is triggered by its schedule even if nothing waits.")
	add(f.TriggerAnyRoom, "Is triggered while any outgoing connection has room.")
	add(f.Schedule != "", "Is scheduled every %s by default.", f.Schedule)
	for _, scope := range f.Scopes {
		add(true, "Keeps state (%s): %s", strings.ToLower(string(scope)), f.StateDoc)
	}
	for _, r := range f.Restrictions {
		add(true, "Needs the permission to %s: %s", r.Permission, r.Doc)
	}
	for _, name := range f.Services {
		add(true, "Is a `%s`.", name)
	}
	if len(list) > 0 {
		fmt.Fprintf(b, "\n## Facts\n\n- %s\n", strings.Join(list, "\n- "))
	}
}

// cell makes a text fit for a cell of a table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\r", " ", "\n", "<br>", "<", "&lt;").Replace(s)
}

// code shows a value as it is to be typed.
func code(s string) string {
	visible := strings.NewReplacer("|", `\|`, "\r", `\r`, "\n", `\n`, "\t", `\t`).Replace(s)
	if strings.Contains(visible, "`") {
		return "`` " + visible + " ``"
	}
	return "`" + visible + "`"
}
