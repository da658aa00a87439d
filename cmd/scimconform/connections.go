package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/oktascim/oktascim/internal/conformance"
)

// connections reads what the flags say about other connections of the server.
// They sign in in the form of --auth; with basic, as the same user.
func (f *flags) connections(o *conformance.Options) error {
	if (f.otherURL == "") != (f.otherTokenFile == "") {
		return errors.New("a second connection needs both --other-url and --other-token-file")
	}
	if f.otherURL != "" {
		secret, err := readToken("--other-token-file", f.otherTokenFile)
		if err != nil {
			return err
		}
		if secret == o.Auth.Secret {
			return errors.New("--other-token-file holds the token of --token-file: a second connection has one of its own")
		}
		o.Other = &conformance.Connection{URL: f.otherURL, Auth: conformance.Auth{Form: o.Auth.Form, User: o.Auth.User, Secret: secret}}
	}
	if f.disabledTokenFile != "" {
		secret, err := readToken("--disabled-token-file", f.disabledTokenFile)
		if err != nil {
			return err
		}
		if secret == o.Auth.Secret {
			return errors.New("--disabled-token-file holds the token of --token-file: it needs that of a connection that is switched off")
		}
		o.Disabled = &conformance.Auth{Form: o.Auth.Form, User: o.Auth.User, Secret: secret}
	}
	o.TokenInURL = f.tokenInURL
	return nil
}

// readToken reads the first line of a file. Its errors never show it.
func readToken(flag, file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", flag, err)
	}
	secret, _, _ := strings.Cut(string(b), "\n")
	if secret = strings.TrimSpace(secret); secret == "" {
		return "", fmt.Errorf("%s: the first line of %s is empty", flag, file)
	}
	if control(secret) {
		return "", fmt.Errorf("%s: the token holds control characters, so it cannot be sent in a header; was it copied whole?", flag)
	}
	return secret, nil
}

func control(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
