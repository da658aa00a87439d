package scimclient_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/oktascim/oktascim/scimclient"
)

// authority is a CA of our own.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return authority{cert: cert, key: key, pool: pool}
}

// sign makes a certificate for 127.0.0.1 that is valid until.
func (a authority) sign(t *testing.T, until time.Time, host string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "leaf"}, NotBefore: until.Add(-2 * time.Hour), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// serveTLS starts a server with a certificate; it wants one of a's if mutual.
func (a authority) serveTLS(t *testing.T, cert tls.Certificate, mutual bool) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		write(w, 200, `{`+listSchemas+`,"totalResults":0,"Resources":[]}`)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	if mutual {
		s.TLS.ClientAuth, s.TLS.ClientCAs = tls.RequireAndVerifyClientCert, a.pool
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestTLSIsCheckedOnBothSides(t *testing.T) {
	ca, later := newAuthority(t), time.Now().Add(time.Hour)
	mine := ca.sign(t, later, "127.0.0.1")
	others := newAuthority(t).sign(t, later, "127.0.0.1")
	good := ca.serveTLS(t, mine, true)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	for _, test := range []struct {
		name string
		url  string
		pool *x509.CertPool
		cert *tls.Certificate
		want string // "" for success
	}{
		{"certificate shown", good.URL, ca.pool, &mine, ""},
		{"none shown", good.URL, ca.pool, nil, "wants a client certificate"},
		{"a stranger's", good.URL, ca.pool, &others, "check certificates on both sides"},
		{"authority unknown", good.URL, nil, &mine, "unknown authority"},
		{"expired", ca.serveTLS(t, ca.sign(t, time.Now().Add(-time.Hour), "127.0.0.1"), false).URL, ca.pool, nil, "expired"},
		{"another host's", ca.serveTLS(t, ca.sign(t, later, "other.example"), false).URL, ca.pool, nil, "not for \"127.0.0.1\""},
		{"no TLS there", strings.Replace(plain.URL, "http:", "https:", 1), ca.pool, nil, "does not speak TLS"},
		{"TLS there", strings.Replace(good.URL, "https:", "http:", 1), nil, nil, "wants https://"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := scimclient.New(scimclient.Options{BaseURL: test.url, Auth: scimclient.Bearer("abc"), RootCAs: test.pool, ClientCertificate: test.cert})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			err = c.TestCredentials(t.Context())
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%v, want %q", err, test.want)
			}
			before := c.Requests()
			_, err = scimclient.Users(c).Create(t.Context(), scimclient.User{})
			if test.want != "" && (err == nil || c.Requests() != before+1 || scimclient.MaybeProcessed(err)) {
				t.Errorf("a POST against it: %v after %d requests", err, c.Requests()-before)
			}
		})
	}
}
