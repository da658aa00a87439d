package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/pflag"

	"github.com/oktascim/oktascim/internal/nearest"
)

// fill sets the flags that were not given from the environment, and then from
// the YAML file. The token is left to [flags.authorization].
func fill(set *pflag.FlagSet, file string, env func(string) string) error {
	if file == "" {
		file = env("SCIMCONFORM_CONFIG")
	}
	settings, err := readSettings(set, file)
	if err != nil {
		return err
	}
	tokenGiven := set.Changed("token") || set.Changed("token-file") || env("SCIMCONFORM_TOKEN") != ""
	var problems []error
	set.VisitAll(func(fl *pflag.Flag) {
		switch {
		case fl.Changed || slices.Contains(notSettings(), fl.Name) || fl.Name == "token":
			return
		case fl.Name == "token-file" && tokenGiven:
			return
		}
		name := "SCIMCONFORM_" + strings.ToUpper(strings.ReplaceAll(fl.Name, "-", "_"))
		values, where := []string{env(name)}, name
		if values[0] == "" {
			values, where = settings[fl.Name], file+": "+fl.Name
		}
		for _, v := range values {
			if err := fl.Value.Set(v); err != nil {
				problems = append(problems, fmt.Errorf("%s: %q: %w", where, v, err))
			}
		}
	})
	return errors.Join(problems...)
}

// notSettings are flags about this one call.
func notSettings() []string { return []string{"config", "list", "sweep", "help", "version"} }

// readSettings reads the YAML file into one or more words for each flag. The
// error names every setting that there is not.
func readSettings(set *pflag.FlagSet, file string) (map[string][]string, error) {
	if file == "" {
		return map[string][]string{}, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading --config: %w", err)
	}
	var raw map[string]any
	if err := yaml.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("%s: %s", file, strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	settings := map[string][]string{}
	var problems []error
	for name, value := range raw {
		switch {
		case name == "token":
			problems = append(problems, fmt.Errorf("%s: token: a token does not belong here; name a token-file, or set SCIMCONFORM_TOKEN", file))
			continue
		case set.Lookup(name) == nil || slices.Contains(notSettings(), name):
			problems = append(problems, fmt.Errorf("%s: %s: there is no such setting%s", file, name, meant(set, name)))
			continue
		}
		switch v := value.(type) {
		case []any:
			for _, one := range v {
				settings[name] = append(settings[name], fmt.Sprint(one))
			}
		case map[string]any, nil:
			problems = append(problems, fmt.Errorf("%s: %s: it takes a value or a list of values", file, name))
		default:
			settings[name] = []string{fmt.Sprint(v)}
		}
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return settings, errors.Join(problems...)
}

// meant names the setting that a wrong one is close to.
func meant(set *pflag.FlagSet, name string) string {
	var names []string
	set.VisitAll(func(fl *pflag.Flag) {
		if !slices.Contains(notSettings(), fl.Name) && fl.Name != "token" {
			names = append(names, fl.Name)
		}
	})
	if near := nearest.One(name, names); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// trusting returns a transport that trusts the certificates of a PEM file, too.
func trusting(file string) (http.RoundTripper, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading --ca-file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--ca-file %s: there is no certificate in PEM form in it", file)
	}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 64, DisableCompression: true, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: 10 * time.Second, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
	}, nil
}
