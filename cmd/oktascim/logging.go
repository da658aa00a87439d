package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/term"

	"github.com/oktascim/oktascim/internal/config"
)

// newLog makes the logger of the configuration; it writes to w. A command that says
// everything in its report logs from warn on, the daemon from info on, unless the
// configuration or --log-level says otherwise.
func newLog(c config.Log, level zerolog.Level, w io.Writer) (zerolog.Logger, error) {
	if c.Level != "" {
		var err error
		if level, err = zerolog.ParseLevel(c.Level); err != nil {
			return zerolog.Logger{}, fmt.Errorf("--log-level %q is none; write debug, info, warn or error", c.Level)
		}
	}
	if c.Format == "console" || c.Format == "" && isTerminal(w) {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly, NoColor: !isTerminal(w) || os.Getenv("NO_COLOR") != ""}
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger(), nil
}

// isTerminal reports whether w is a terminal that a person looks at.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
