// Command anyam is the workbench: the server and the commands that work beside it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, end := context.WithCancelCause(context.Background())
	signals, pipes := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	signal.Notify(pipes, syscall.SIGPIPE) // what nobody reads any more is an error then, so that what was begun is ended in order
	go func() { end(signalled{(<-signals).(syscall.Signal)}) }()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	if err == nil {
		return
	}
	var usage *usageError
	if errors.As(err, &usage) {
		fmt.Fprintln(os.Stderr, "anyam: "+usage.Error())
		os.Exit(2)
	}
	var by signalled
	var written *fs.PathError
	unread := errors.As(err, &written) && written.Path == os.Stdout.Name() && errors.Is(err, syscall.EPIPE)
	stopped := errors.As(context.Cause(ctx), &by)
	if !unread && (!stopped || !errors.Is(err, context.Canceled)) {
		fmt.Fprintln(os.Stderr, "anyam: "+err.Error())
	}
	switch {
	case unread:
		signal.Reset(syscall.SIGPIPE)
		_, _ = os.Stdout.WriteString("\n") // ends the program by that signal
	case stopped:
		endBy(by.Signal)
		os.Exit(128 + int(by.Signal)) // as a shell would say it
	}
	os.Exit(1)
}

// signalled is the signal that stopped the program.
type signalled struct{ syscall.Signal }

func (s signalled) Error() string { return s.String() }

// endBy ends the program by a signal, so that a shell that ran it in a loop stops as well.
func endBy(s syscall.Signal) {
	signal.Reset(s)
	if !signal.Ignored(s) && syscall.Kill(os.Getpid(), s) == nil {
		time.Sleep(time.Second) // it may reach another thread first
	}
}

// usageError is a command that can't be understood or that leaves a choice open; the program ends with 2.
type usageError struct{ say string }

func (e *usageError) Error() string { return e.say }

func usage(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

const help = `anyam, a workbench for coding interviews

  anyam serve [--demo]                     serve the site (with the demo study)   [--lax] [--dev]
  anyam demo [--sign-in ROLE]              load the demo study; print a link to be its researcher or supervisor
  anyam import --project NAME FILE...      add documents (docx, odt, rtf, pdf, html, txt, md, srt, vtt, tsv, json; also in folders and zips), or what is in
                                           projects and codebooks of other programs (qdpx, qde, qdc)   [--json] [--report FILE.json|-] [--as EMAIL]
                                           --language id|en|…   of the texts of a project of this name, which is made where there is none
                                           --informants FILE, --answers FILE, --rows FILE   tables (csv, xlsx) whose rows are informants,
                                           informants with their answers, or documents of nobody; each may stand more than once
                                           --codebook FILE   codes and themes of a qdc, csv or xlsx; what is there stays; may stand more than once
                                           --no-head         the first row of those tables does not hold the names of the columns
                                           --comments memos  comments in the margin of a file become memos on their words; without it they are left out, and counted
                                           --keep-apart      documents of a qdpx whose very words are here already are not joined with those
  anyam export WHAT --project NAME         to standard output or --out FILE, as --format says; the first is meant without it   [--language en|id] [--as EMAIL]
                                           codebook (csv, xlsx, docx, pdf, md, qdc), segments (csv, xlsx, docx)   [--spreadsheet] for csv
                                           findings (docx, pdf, md, html), figure (svg, png) --name map|attributes|informants|together|concepts
                                           project (qdpx, zip)   [--profile standard|nvivo|atlasti|anyam] for qdpx
  anyam verify                             prove ledger, tables and engine equal
  anyam backup --out FILE|FOLDER/|-        the whole instance in one file, while people work   [--to AGE-RECIPIENT] [--recipients-file FILE] [--keep N]
  anyam restore FILE|-                     bring a backup into an empty database   [--identity KEYFILE]
  anyam bench [--size S,M,L,XL] [--http] [--json] [--quick]   measure this machine, in a scratch database
  anyam account password EMAIL             print a link to choose a new password

  anyam help COMMAND, or --help after it, tells of its flags. The status is 0 when all went well, 2 when the command was asked wrongly,
  1 for everything else; what is interrupted ends by that signal.

Environment, each with its default:
  ANYAM_ADDR          127.0.0.1:8080       where to listen
  ANYAM_DATA          by system            the data folder with the private Postgres
  ANYAM_DATABASE_URL  none                 an existing Postgres instead
  ANYAM_PG_BIN        looked for           the folder of the Postgres programs
  ANYAM_URL           by request           what links say; https here means secure cookies
  ANYAM_PROXY         none                 addresses whose X-Forwarded-For is believed
  ANYAM_INSECURE      off                  1: allow plain http beyond this machine
  ANYAM_METRICS_ADDR  off                  where to serve numbers for Prometheus, under /metrics
`

// run is the program without its process: everything it touches is handed in.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		args = []string{"help"}
	}
	if args[0] == "extract" { // the sandboxed child: it has no environment and needs none
		return extract(stdin, stdout, args[1:]...)
	}
	cfg, err := config(getenv)
	if err != nil {
		return err
	}
	if len(args) == 2 && isHelp(args[0]) {
		args = []string{args[1], "--help"}
	}
	p := &program{config: cfg, in: stdin, out: stdout, err: stderr}
	does := map[string]func(context.Context, []string) error{"serve": p.serve, "demo": p.demo, "import": p.importFiles, "export": p.export, "verify": p.verify,
		"backup": p.backup, "restore": p.restore, "bench": p.bench, "account": p.account}
	if do := does[args[0]]; do != nil {
		err := do(ctx, args[1:])
		var asked *helpAsked
		if errors.As(err, &asked) {
			_, err = io.WriteString(stdout, helpOf(asked.flags))
		}
		return err
	}
	if isHelp(args[0]) {
		_, err := io.WriteString(stdout, help)
		return err
	}
	return usage("there is no command %q; see anyam help", args[0])
}

func isHelp(arg string) bool { return slices.Contains([]string{"help", "-h", "-help", "--help"}, arg) }

// helpAsked is that somebody wants to know what a command can do.
type helpAsked struct{ flags *flag.FlagSet }

func (*helpAsked) Error() string { return "help was asked for" }

// helpOf is the help of one command, with its flags.
func helpOf(f *flag.FlagSet) string {
	var b strings.Builder
	mine := false
	for line := range strings.Lines(help) {
		if strings.HasPrefix(line, "  anyam ") || line == "\n" {
			mine = strings.HasPrefix(line, "  anyam "+f.Name()+" ")
		}
		if mine {
			b.WriteString(line)
		}
	}
	begun := false
	f.VisitAll(func(x *flag.Flag) {
		if !begun {
			b.WriteString("\nFlags:\n")
		}
		begun = true
		value, say := flag.UnquoteUsage(x)
		fmt.Fprintf(&b, "  %-26s %s\n", strings.TrimSpace("--"+x.Name+" "+value), say)
	})
	return b.String()
}
