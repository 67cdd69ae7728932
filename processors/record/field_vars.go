package record

import (
	"iter"
	"strconv"
	"strings"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/recordpath"
)

// fieldVars are what Expression Language may say of the field at hand, as [sdk.Attributes].
type fieldVars struct {
	field *recordpath.Selected
	index int64
}

func (v *fieldVars) Attr(name string) (string, bool) {
	switch name {
	case "field.name":
		return v.field.Name, true
	case "field.value":
		return record.ToString(v.field.Value, nil), !v.field.Value.IsNull()
	case "field.type":
		if v.field.Type == nil {
			return record.TypeOf(v.field.Value).Kind.String(), true
		}
		return v.field.Type.Kind.String(), true
	case "record.index":
		return strconv.FormatInt(v.index, 10), true
	}
	return "", false
}

func (v *fieldVars) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, name := range []string{"field.name", "field.value", "field.type", "record.index"} {
			if value, has := v.Attr(name); has && !yield(name, value) {
				return
			}
		}
	}
}

// perField is a text of the user's that is the same for all fields, or evaluated for each.
type perField struct {
	text  sdk.Text
	fixed string
	each  bool
	vars  fieldVars
}

func newPerField(t sdk.Text, ff sdk.FlowFile) (*perField, error) {
	p := &perField{text: t, each: strings.Contains(t.Raw(), "${")}
	var err error
	if !p.each {
		p.fixed, err = t.For(ff)
	}
	return p, err
}

func (p *perField) value(ff sdk.FlowFile, field *recordpath.Selected, index int64) (string, error) {
	if !p.each {
		return p.fixed, nil
	}
	p.vars = fieldVars{field, index}
	return p.text.With(ff, sdk.Values{Variables: &p.vars})
}
