package el

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// The characters that may stand plainly in the parts of a URI (java.net.URI).
const (
	uriUnreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-!.~'()*"
	uriUserInfo   = uriUnreserved + ";:&=+$,"
	uriPath       = uriUnreserved + ":@&=+$,;/"
	uriAny        = uriUnreserved + ";/?:@&=+$,[]"
)

var (
	uriScheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*$`)
	uriServer = regexp.MustCompile(`^(?:([^@]*)@)?(\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._~-]+)?\]|[^:\[\]@]*)(?::(\d*))?$`)
	uriLabels = regexp.MustCompile(`^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?$`)
	uriIPv4   = regexp.MustCompile(`^\d{1,3}(?:\.\d{1,3}){3}$`)
)

// evalURI is getUri(scheme, userInfo, host, port, path, query, fragment), which
// is new java.net.URI(...) of them: parts that are null are left out.
func evalURI(r *run, n *callNode) value {
	var part [7]*string
	for i := range part {
		if s, ok := n.text(r, i); ok {
			part[i] = &s
		}
	}
	portText := ""
	if part[3] != nil {
		portText = *part[3]
	}
	port, err := strconv.ParseInt(portText, 10, 32)
	if err != nil {
		return r.evalError("Could not evaluate 'getUri' function with argument '" + portText + "' which is not a number")
	}
	text := buildURI(part, port)
	if err := checkURI(text, part[0], part[4]); err != nil {
		return r.evalError("Could not evaluate 'getUri' function: " + err.Error())
	}
	return str(text)
}

func buildURI(part [7]*string, port int64) string {
	scheme, userInfo, host, path, query, fragment := part[0], part[1], part[2], part[4], part[5], part[6]
	var b strings.Builder
	if scheme != nil {
		b.WriteString(*scheme + ":")
	}
	if host != nil {
		b.WriteString("//")
		if userInfo != nil {
			b.WriteString(quoteURI(*userInfo, uriUserInfo) + "@")
		}
		if strings.Contains(*host, ":") && !strings.HasPrefix(*host, "[") && !strings.HasSuffix(*host, "]") {
			b.WriteString("[" + *host + "]")
		} else {
			b.WriteString(*host)
		}
		if port != -1 {
			fmt.Fprintf(&b, ":%d", port)
		}
	}
	if path != nil {
		b.WriteString(quoteURI(*path, uriPath))
	}
	if query != nil {
		b.WriteString("?" + quoteURI(*query, uriAny))
	}
	if fragment != nil {
		b.WriteString("#" + quoteURI(*fragment, uriAny))
	}
	return b.String()
}

// quoteURI escapes what is not allowed; letters of other scripts are.
func quoteURI(s, allowed string) string {
	var b strings.Builder
	for _, c := range s {
		if c < 0x80 && strings.ContainsRune(allowed, c) || c >= 0x80 && !unicode.In(c, unicode.Z, unicode.Cc) {
			b.WriteRune(c)
			continue
		}
		for _, octet := range []byte(string(c)) {
			fmt.Fprintf(&b, "%%%02X", octet)
		}
	}
	return b.String()
}

// checkURI parses the text as Java does before it accepts it.
func checkURI(text string, scheme, path *string) error {
	if scheme != nil && path != nil && *path != "" && (*path)[0] != '/' {
		return fmt.Errorf("relative path in absolute URI: %s", text)
	}
	rest := text
	if mark := strings.IndexAny(text, ":/?#"); mark >= 0 && text[mark] == ':' {
		if !uriScheme.MatchString(text[:mark]) {
			return fmt.Errorf("illegal scheme name: %s", text)
		}
		rest = text[mark+1:]
		if rest == "" || rest[0] == '#' {
			return fmt.Errorf("expected scheme-specific part: %s", text)
		}
	}
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		authority := after
		if end := strings.IndexAny(after, "/?#"); end >= 0 {
			authority = after[:end]
		}
		if authority == "" && after == "" || authority != "" && !validServer(authority) {
			return fmt.Errorf("illegal authority: %s", text)
		}
		rest = after[len(authority):]
	}
	body, fragment, _ := strings.Cut(rest, "#")
	before, query, _ := strings.Cut(body, "?")
	if !legalURI(before, uriPath) || !legalURI(query, uriAny) || !legalURI(fragment, uriAny) {
		return fmt.Errorf("illegal character: %s", text)
	}
	return nil
}

func legalURI(s, allowed string) bool {
	for i, c := range s {
		switch {
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
		case c < 0x80 && !strings.ContainsRune(allowed, c):
			return false
		case c >= 0x80 && unicode.In(c, unicode.Z, unicode.Cc):
			return false
		}
	}
	return true
}

// validServer checks user, host and port.
func validServer(authority string) bool {
	m := uriServer.FindStringSubmatch(authority)
	if m == nil || !legalURI(m[1], uriUserInfo) {
		return false
	}
	host := m[2]
	if strings.HasPrefix(host, "[") {
		return validIPv6(host[1 : len(host)-1])
	}
	if uriIPv4.MatchString(host) {
		for part := range strings.SplitSeq(host, ".") {
			if n, _ := strconv.Atoi(part); n > 255 {
				return false
			}
		}
		return true
	}
	if !uriLabels.MatchString(host) {
		return false
	}
	host = strings.TrimSuffix(host, ".")
	last := strings.LastIndexByte(host, '.')
	return last < 0 || host[last+1] < '0' || host[last+1] > '9'
}

func validIPv6(text string) bool {
	address, _, _ := strings.Cut(text, "%")
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.Is6()
}
