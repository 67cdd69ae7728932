package jolt

import (
	"fmt"
	"strings"

	"github.com/braidflow/braid/sdk/jsonpath"
)

// pretty writes a value over several lines, as Jackson's DefaultPrettyPrinter.
func pretty(v any) string {
	var b strings.Builder
	prettyTo(&b, v, "\n")
	return b.String()
}

func prettyTo(b *strings.Builder, v any, newline string) {
	switch v := v.(type) {
	case *jsonpath.Object:
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
			b.WriteString(newline + "  " + jsonpath.Format(k) + " : ")
			prettyTo(b, sub, newline+"  ")
		}
		b.WriteString(newline + "}")
	case *jsonpath.Array:
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
		b.WriteString(jsonpath.Format(v))
	}
}

// escapeUnicode writes what is not ASCII as \uXXXX; it can stand only within the texts of JSON.
func escapeUnicode(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04X\u%04X`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&b, `\u%04X`, r)
		}
	}
	return b.String()
}
