package scimclient

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// baseURL is a checked base URL.
type baseURL struct {
	// origin is scheme and host in canonical form.
	origin string
	// path is as typed, escapes included, without a trailing slash.
	path string
}

func (b baseURL) String() string { return b.origin + b.path }

// parseBaseURL checks what an admin typed. The error repeats neither credentials nor query:
// both are places where tokens end up by mistake.
func parseBaseURL(s string) (baseURL, error) {
	trimmed := strings.TrimSpace(s)
	if trimmed == "" {
		return baseURL{}, errors.New("base URL: there is none; it looks like https://scim.example.com/scim/v2")
	}
	if !strings.Contains(trimmed, "://") {
		// Not repeated: it may be a token in the wrong field.
		if strings.ContainsAny(trimmed, " @?#") || !strings.ContainsAny(trimmed, ".:/") {
			return baseURL{}, errors.New("base URL: this is no URL; it looks like https://scim.example.com/scim/v2")
		}
		return baseURL{}, errors.New("base URL: the scheme is missing; it begins with https://")
	}
	u, err := url.Parse(trimmed)
	if err != nil {
		// url.Error repeats the whole text, credentials included.
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		if strings.Contains(trimmed, "@") {
			err = errors.New("the part before @ cannot be read, and must not be there")
		}
		return baseURL{}, fmt.Errorf("base URL: this is no URL: %w", err)
	}
	var errs []error
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" {
		errs = append(errs, fmt.Errorf("base URL: scheme %q is neither https nor http", u.Scheme))
	}
	if u.User != nil {
		errs = append(errs, errors.New("base URL: it contains credentials; take them out and set them as authentication"))
	}
	if u.RawQuery != "" || u.ForceQuery {
		errs = append(errs, errors.New("base URL: it contains a query (?…); take it out, a token belongs into the authentication"))
	}
	if u.Fragment != "" || strings.HasSuffix(trimmed, "#") {
		errs = append(errs, errors.New("base URL: it contains a fragment (#…); take it out"))
	}
	if u.Hostname() == "" {
		errs = append(errs, errors.New("base URL: there is no host"))
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	for _, end := range []string{"/Users", "/Groups"} {
		if strings.HasSuffix(path, end) {
			errs = append(errs, fmt.Errorf("base URL: it ends in %s; the base is what stands before that", end))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return baseURL{}, err
	}
	host := strings.ToLower(u.Hostname())
	port := u.Port()
	if u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		port = ""
	}
	switch {
	case port != "":
		host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return baseURL{origin: u.Scheme + "://" + host, path: path}, nil
}

// escapeID makes an id one path segment. Ids may contain anything: "/", "'", a userName
// (targets differ), or be "..", which a server would resolve.
func escapeID(id string) string {
	if strings.Trim(id, ".") == "" {
		return strings.ReplaceAll(id, ".", "%2E")
	}
	return url.PathEscape(id)
}

// escapeQuery encodes a query value with %20 for a space, as Okta does.
func escapeQuery(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// Quote returns s as a string literal of a SCIM filter, quotes included (RFC 7644 §3.4.2.2:
// the literal is a JSON string). Invalid UTF-8 becomes U+FFFD.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
