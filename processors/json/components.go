// Package json holds the processors that work on JSON as such, without records: whole documents, held in memory.
package json

import (
	"errors"
	"fmt"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/jsonpath"
)

// Components are the processors of this package.
var Components = []sdk.Component{AttributesToJSON, EvaluateJsonPath, SplitJson}

const artifact = "nifi-standard-nar"

// batch is how many FlowFiles one Trigger takes at most.
const batch = 100

// maxContent is up to how many bytes a document may have, because all of it is held in memory.
const maxContent = 256 << 20

const (
	nullEmpty = "empty string"
	nullText  = "the string 'null'"
)

// document are the properties of processors that read a document.
type document struct {
	null      string
	maxString int64
}

func (d *document) describe(s *sdk.Spec) {
	sdk.Choice(s, &d.null, "Null Value Representation", "What a null becomes.", nil, sdk.Required, sdk.Default(nullEmpty), sdk.OneOf(
		sdk.Allowed{Value: nullEmpty, Doc: "Nothing."}, sdk.Allowed{Value: nullText, Doc: "The word null."}))
	s.Size(&d.maxString, "Max String Length", "How long a text within the document may be.", sdk.Required, sdk.Default("20 MB"))
}

// read parses the content of a FlowFile.
func (d *document) read(s *sdk.Session, ff sdk.FlowFile) (any, error) {
	b, err := s.ReadAll(ff, maxContent)
	if err != nil {
		return nil, err
	}
	doc, err := jsonpath.Parse(string(b))
	if err == nil && doc == nil {
		err = errors.New("the content is null")
	}
	if err == nil {
		err = d.check(doc)
	}
	return doc, err
}

// check looks for texts that are too long.
func (d *document) check(v any) error {
	switch v := v.(type) {
	case string:
		if int64(len(v)) > d.maxString {
			return fmt.Errorf("a text has %d bytes, more than the Max String Length of %d", len(v), d.maxString)
		}
	case *jsonpath.Array:
		for _, item := range v.Items {
			if err := d.check(item); err != nil {
				return err
			}
		}
	case *jsonpath.Object:
		for _, k := range v.Keys() {
			sub, _ := v.Get(k)
			if err := d.check(sub); err != nil {
				return err
			}
		}
	}
	return nil
}

// text is a result as it is written: plain if it is a single value, else JSON.
func (d *document) text(v any) string {
	if v == nil && d.null == nullText {
		return "null"
	}
	return jsonpath.Text(v)
}
