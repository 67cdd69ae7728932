package jsonpath

import "strings"

// FormatPretty writes a value over several lines, as Jackson's DefaultPrettyPrinter.
func FormatPretty(v any) string {
	var b strings.Builder
	prettyTo(&b, v, "\n")
	return b.String()
}

func prettyTo(b *strings.Builder, v any, newline string) {
	switch v := v.(type) {
	case *Object:
		if len(v.Keys()) == 0 {
			b.WriteString("{ }")
			return
		}
		for i, k := range v.Keys() {
			if i == 0 {
				b.WriteByte('{')
			} else {
				b.WriteByte(',')
			}
			sub, _ := v.Get(k)
			b.WriteString(newline + "  " + Format(k) + " : ")
			prettyTo(b, sub, newline+"  ")
		}
		b.WriteString(newline + "}")
	case *Array:
		b.WriteString("[ ")
		for i, item := range v.Items {
			if i > 0 {
				b.WriteString(", ")
			}
			prettyTo(b, item, newline)
		}
		if len(v.Items) > 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(']')
	default:
		b.WriteString(Format(v))
	}
}
