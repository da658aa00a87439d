package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// cluster is a PostgreSQL server of the tests' own, on a loopback port.
type cluster struct {
	dir, bin string
	port     int
	as       *syscall.Credential
}

// password of the cluster's user. It has characters that a URL must escape.
const password = "p@ss:wörd/1"

// startCluster makes and starts a server. The error of a machine that has none says what
// it needs.
func startCluster() (*cluster, error) {
	c := &cluster{}
	if c.bin = binaries(); c.bin == "" {
		return nil, errors.New("needs initdb and pg_ctl of PostgreSQL, on PATH or under /usr/lib/postgresql: install postgresql")
	}
	var err error
	if c.dir, err = os.MkdirTemp("", "pg"); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 { // initdb refuses root
		if c.as, err = unprivileged(); err != nil {
			return nil, err
		}
		if err := os.Chown(c.dir, int(c.as.Uid), int(c.as.Gid)); err != nil {
			return nil, err
		}
	}
	secret := filepath.Join(c.dir, "password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o644); err != nil {
		return nil, err
	}
	if err := c.run("initdb", "-D", c.data(), "-U", "oktascim", "--pwfile="+secret, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "-N"); err != nil {
		return c, err
	}
	return c, c.start()
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

// start starts the server on a free port, or again on the one it had. Somebody else may
// take the port before the server does: then another one is tried.
func (c *cluster) start() error {
	var err error
	for range 3 {
		if c.port == 0 {
			l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			_, port, _ := net.SplitHostPort(l.Addr().String())
			if c.port, err = strconv.Atoi(port); err != nil {
				return err
			}
			if err := l.Close(); err != nil {
				return err
			}
		}
		if err = c.run("pg_ctl", "-D", c.data(), "-w", "-l", filepath.Join(c.dir, "log"), "-o",
			fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300 -c shared_buffers=16MB -c fsync=off", c.port), "start"); err == nil {
			return nil
		}
		c.port = 0
	}
	return err
}

// stop ends the server and every session at once.
func (c *cluster) stop() error { return c.run("pg_ctl", "-D", c.data(), "-m", "fast", "-w", "stop") }

func (c *cluster) remove() error {
	return errors.Join(c.stop(), os.RemoveAll(c.dir))
}

func (c *cluster) run(name string, args ...string) error {
	// Not through a pipe: the server inherits it and would keep it open.
	out, err := os.CreateTemp("", "pgout")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd := exec.CommandContext(context.Background(), filepath.Join(c.bin, name), args...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = out, out, c.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w\n%s", name, err, text)
	}
	return nil
}

// binaries returns the folder of PostgreSQL's programs; "" if there is none.
func binaries() string {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	dirs = append(dirs, "/usr/local/bin", "/usr/local/pgsql/bin", "/opt/homebrew/bin", "/usr/bin")
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append([]string{filepath.Dir(path)}, dirs...)
	}
	for _, dir := range dirs {
		_, noInit := os.Stat(filepath.Join(dir, "initdb"))
		_, noCtl := os.Stat(filepath.Join(dir, "pg_ctl"))
		if noInit == nil && noCtl == nil {
			return dir
		}
	}
	return ""
}

// unprivileged finds a user to run the server as, when we are root.
func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("needs a user other than root to run PostgreSQL as: postgres or nobody")
}
