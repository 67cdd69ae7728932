package dto

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Double is a float that is written as Java writes it: a whole number has a fraction, "0.0".
type Double float64

// MarshalJSON implements json.Marshaler. What JSON cannot express is written as 0.0.
func (d Double) MarshalJSON() ([]byte, error) {
	f := float64(d)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		f = 0
	}
	form := byte('f')
	if math.Abs(f) >= 1e15 {
		form = 'e'
	}
	s := strconv.FormatFloat(f, form, -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return []byte(s), nil
}

// Ordered is a JSON object whose members keep their order: properties are shown in the order of their declaration.
// A name occurs once; when read, the last one of a name wins.
type Ordered[V any] []Member[V]

// Member is one member of an [Ordered] object.
type Member[V any] struct {
	Name  string
	Value V
}

// Get returns the value of a member and whether there is one.
func (o Ordered[V]) Get(name string) (v V, ok bool) {
	for i := range o {
		if o[i].Name == name {
			return o[i].Value, true
		}
	}
	return v, false
}

// MarshalJSON implements json.Marshaler.
func (o Ordered[V]) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := json.Marshal(m.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.Value)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, name...), ':'), value...)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON implements json.Unmarshaler. null gives no object at all.
func (o *Ordered[V]) UnmarshalJSON(data []byte) error {
	*o = nil
	if string(data) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("an object is needed, not %.20s", data)
	}
	*o = Ordered[V]{}
	at := map[string]int{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		m := Member[V]{Name: t.(string)}
		if err := d.Decode(&m.Value); err != nil {
			return err
		}
		if i, twice := at[m.Name]; twice {
			(*o)[i] = m
			continue
		}
		at[m.Name] = len(*o)
		*o = append(*o, m)
	}
	return nil
}
