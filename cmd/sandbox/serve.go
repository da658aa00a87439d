package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"
)

// stopTimeout bounds how long open requests may take once the program is to end.
const stopTimeout = 5 * time.Second

// listen opens the port that a flag names. An address without a host is one of this
// machine alone.
func listen(ctx context.Context, flag, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return nil, fmt.Errorf("--%s %q is no address; write HOST:PORT, for example 127.0.0.1:8081 (ports go up to 65535; 0: any free one)", flag, addr)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("the port of %s is taken by another program: name another one with --%s %s:PORT (0: any free one)", addr, flag, host)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user may not open %s: take a port above 1023 with --%s", addr, flag)
	case err != nil:
		return nil, fmt.Errorf("--%s %s: %w", flag, addr, err)
	}
	return l, nil
}

// site is a handler on its port.
type site struct {
	listener net.Listener
	handler  http.Handler
	// onShutdown, if not nil, is called once the site is to end.
	onShutdown func()
}

// url is where the site is found from this machine.
func (s site) url() string {
	a, ok := s.listener.Addr().(*net.TCPAddr)
	if ok && a.IP.IsUnspecified() {
		return fmt.Sprintf("http://127.0.0.1:%d", a.Port)
	}
	return "http://" + s.listener.Addr().String()
}

// protocols are HTTP/1.1 and, for a client that begins with it, HTTP/2: Okta and most
// vendors speak it, if over TLS.
func protocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	return p
}

// serve serves the sites until ctx ends; requests that are open then have stopTimeout to end.
func serve(ctx context.Context, sites ...site) error {
	var g errgroup.Group
	for _, s := range sites {
		// Live pages hold their request open; this ends them.
		base, end := context.WithCancel(context.WithoutCancel(ctx))
		server := &http.Server{
			Protocols: protocols(), Handler: s.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
			BaseContext: func(net.Listener) context.Context { return base },
		}
		server.RegisterOnShutdown(end)
		if s.onShutdown != nil {
			server.RegisterOnShutdown(s.onShutdown)
		}
		g.Go(func() error {
			if err := server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serving %s: %w", s.url(), err)
			}
			return nil
		})
		g.Go(func() error {
			defer end()
			<-ctx.Done()
			grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
			defer cancel()
			if err := server.Shutdown(grace); err != nil {
				return server.Close()
			}
			return nil
		})
	}
	return g.Wait()
}

// newLog writes to w; requests are told at debug.
func newLog(w io.Writer, verbose bool) zerolog.Logger {
	level := zerolog.WarnLevel
	if verbose {
		level = zerolog.DebugLevel
	}
	f, ok := w.(*os.File)
	colour := ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == ""
	return zerolog.New(zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly, NoColor: !colour}).Level(level).With().Timestamp().Logger()
}

// token is one key=value of the output.
type token struct{ key, value string }

// printTokens writes the tokens that have a value, one a line.
func printTokens(w io.Writer, tokens ...token) {
	for _, t := range tokens {
		if t.value != "" {
			fmt.Fprintf(w, "%s=%s\n", t.key, t.value)
		}
	}
}

// secretFromEnv returns the flag's value, or that of the environment, where no list of
// processes shows it.
func secretFromEnv(flag, name string) string {
	if flag != "" {
		return flag
	}
	return strings.TrimSpace(os.Getenv(name))
}
