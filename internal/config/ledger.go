package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// postgresPassword finds the password of an address as it stands in the file.
var postgresPassword = regexp.MustCompile(`^postgres(?:ql)?://[^/?#]*?:([^/?#]*)@|[?&]password=([^&#]*)`)

// isPostgres reports whether the ledger is a PostgreSQL database.
func isPostgres(ledger string) bool {
	return strings.HasPrefix(ledger, "postgres://") || strings.HasPrefix(ledger, "postgresql://")
}

// expandLedger is expand for the ledger. What stands in an address is escaped on its way
// in, so that any password fits; a password in plain sight is a problem.
func (d *document) expandLedger(s string, path []string) string {
	if !isPostgres(s) {
		return d.fill(s, path, func(v string) string { return v })
	}
	for _, found := range postgresPassword.FindAllStringSubmatch(s, -1) {
		for _, password := range found[1:] {
			if reference.ReplaceAllString(password, "") != "" {
				d.add(path, "the password stands in the file; write ${ENVIRONMENT_VARIABLE} or ${file:PATH} in its place")
			}
		}
	}
	return d.fill(s, path, func(v string) string { return strings.ReplaceAll(url.QueryEscape(v), "+", "%20") })
}

// checkLedger never quotes an address: it may hold a password.
func (c *Config) checkLedger(d *document) {
	path := []string{"ledger"}
	switch {
	case isPostgres(c.Ledger):
		u, err := url.Parse(c.Ledger)
		switch {
		case d.blamed(path):
		case err != nil:
			d.add(path, "this address cannot be read; write postgres://USER:${PASSWORD}@HOST/DATABASE")
		case strings.Trim(u.Path, "/") == "" && u.Query().Get("dbname") == "":
			d.add(path, "the address names no database; write postgres://USER:${PASSWORD}@HOST/DATABASE")
		}
	case strings.HasPrefix(c.Ledger, "sqlite:") && c.Ledger != "sqlite:":
	case strings.Contains(c.Ledger, "@"):
		d.add(path, "this is no ledger; write sqlite:FILE or postgres://USER:${PASSWORD}@HOST/DATABASE")
	default:
		d.add(path, fmt.Sprintf("%q is no ledger; write sqlite:FILE or postgres://USER:${PASSWORD}@HOST/DATABASE", c.Ledger))
	}
}
