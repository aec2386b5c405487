// Command anyam is the workbench: the server and the commands that work beside it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	if err == nil {
		return
	}
	var usage *usageError
	if errors.As(err, &usage) {
		fmt.Fprintln(os.Stderr, "anyam: "+usage.Error())
		os.Exit(2)
	}
	if !errors.Is(err, context.Canceled) || ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "anyam: "+err.Error())
	}
	os.Exit(1)
}

// usageError is a command that can't be understood or that leaves a choice open; the program ends with 2.
type usageError struct{ say string }

func (e *usageError) Error() string { return e.say }

func usage(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

const help = `anyam, a workbench for coding interviews

  anyam serve [--demo]                     serve the site (with the demo study)
  anyam demo [--sign-in ROLE]              load the demo study; print a link to be its researcher or supervisor
  anyam import --project NAME FILE...      add documents (also in folders and zips), or projects and codebooks of other programs (qdpx, qde, qdc), making the project if there is none
                                           --informants FILE, --answers FILE, --rows FILE   tables (csv, xlsx) whose rows are informants,
                                           informants with their answers, or documents of nobody; each may stand more than once
                                           --codebook FILE   codes and themes of a qdc, csv or xlsx; what is there stays
                                           --comments memos  comments in the margin of a file become memos on their words; without it they are left out, and counted
                                           [--json] [--report FILE.json] [--as EMAIL]
  anyam export WHAT --project NAME         to standard output or --out FILE: codebook (--format csv, xlsx, docx, md, qdc), segments (csv, xlsx, docx),
                                           findings (docx, md, html), project (qdpx, zip)   [--language en|id] [--spreadsheet] [--as EMAIL]
  anyam verify                             prove ledger, tables and engine equal
  anyam backup --out FILE|FOLDER/|-        the whole instance in one file, while people work   [--to AGE-RECIPIENT] [--recipients-file FILE] [--keep N]
  anyam restore FILE|-                     bring a backup into an empty database   [--identity KEYFILE]
  anyam bench [--size S,M,L,XL] [--http] [--json]   measure this machine, in a scratch database
  anyam account password EMAIL             print a link to choose a new password

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
	p := &program{config: cfg, in: stdin, out: stdout, err: stderr}
	switch args[0] {
	case "serve":
		return p.serve(ctx, args[1:])
	case "demo":
		return p.demo(ctx, args[1:])
	case "import":
		return p.importFiles(ctx, args[1:])
	case "export":
		return p.export(ctx, args[1:])
	case "verify":
		return p.verify(ctx, args[1:])
	case "backup":
		return p.backup(ctx, args[1:])
	case "restore":
		return p.restore(ctx, args[1:])
	case "bench":
		return p.bench(ctx, args[1:])
	case "account":
		return p.account(ctx, args[1:])
	case "help", "-h", "--help":
		_, err := io.WriteString(stdout, help)
		return err
	}
	return usage("there is no command %q; see anyam help", args[0])
}
