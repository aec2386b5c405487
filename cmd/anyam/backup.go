package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode"

	"filippo.io/age"

	"anyam/internal/pgrun"
	"anyam/internal/store"
)

const (
	dated    = "anyam-{date}-{time}.backup" // what --out FOLDER/ stands for
	ageMark  = "age-encryption.org/v1\n"
	ourMark  = "anyam backup "
	lateness = 24 * time.Hour // after which an unfinished file is nobody's
)

// several is a flag that may be given more than once.
type several []string

func (s *several) String() string     { return strings.Join(*s, " ") }
func (s *several) Set(v string) error { *s = append(*s, v); return nil }

// backup writes the whole instance into one file, while people work.
func (p *program) backup(ctx context.Context, args []string) error {
	f := flags("backup")
	out := f.String("out", "", "`FILE|FOLDER/|-`; a name may have {date} and {time} in it")
	keep := f.Int("keep", 0, "how many backups of this pattern stay: `N`, from 1")
	var to several
	f.Var(&to, "to", "`RECIPIENT` of age that the backup is encrypted to; may stand more than once")
	list := f.String("recipients-file", "", "`FILE` of age recipients")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if *out == "" || len(rest) > 0 {
		return usage("backup --out FILE|FOLDER/|- [--to RECIPIENT]... [--recipients-file FILE] [--keep N]")
	}
	who, err := recipients(to, *list)
	if err != nil {
		return err
	}
	if i, err := os.Stat(*out); *out != "-" && (strings.HasSuffix(*out, "/") || err == nil && i.IsDir()) {
		*out = filepath.Join(*out, dated)
	}
	folder, pattern := filepath.Split(*out)
	thins := false
	f.Visit(func(x *flag.Flag) { thins = thins || x.Name == "keep" })
	if thins && (*keep < 1 || !strings.Contains(pattern, "{date}")) {
		return usage("--keep is a number from 1, with --out FOLDER/ or a file name that has {date} in it (and {time}, for more than one a day)")
	}
	now := time.Now()
	name := strings.NewReplacer("{date}", now.Format("2006-01-02"), "{time}", now.Format("150405")).Replace(pattern)
	var b *store.Backed
	say := p.out
	if *out == "-" {
		if terminal(p.out) {
			return usage("a backup is not for a terminal: send it to a file or a program")
		}
		say = p.err
		w := bufio.NewWriterSize(p.out, 64<<10)
		if b, err = p.backUp(ctx, w, who, now); err == nil {
			err = w.Flush()
		}
	} else {
		name = filepath.Join(folder, name)
		err = inPlace(name, func(w io.Writer) (err error) {
			b, err = p.backUp(ctx, w, who, now)
			return err
		})
	}
	if err != nil {
		return err
	}
	tell(say, b)
	if *out == "-" {
		return nil
	}
	i, err := os.Stat(name)
	if err != nil {
		return err
	}
	sealed := ""
	if len(who) > 0 {
		sealed = ", encrypted"
	}
	fmt.Fprintf(say, "%s: %s%s\n", name, size(i.Size()), sealed)
	if !thins {
		return nil
	}
	gone, err := thin(folder, pattern, *keep, now)
	for _, x := range gone {
		fmt.Fprintf(say, "%s: removed\n", x)
	}
	return err
}

// backUp writes the backup of the database into w, encrypted where there are recipients.
func (p *program) backUp(ctx context.Context, w io.Writer, who []age.Recipient, now time.Time) (*store.Backed, error) {
	url, down, err := p.database(ctx)
	if err != nil {
		return nil, err
	}
	defer down()
	var sealed io.WriteCloser
	if len(who) > 0 {
		if sealed, err = age.Encrypt(w, who...); err != nil {
			return nil, err
		}
		w = sealed
	}
	b, err := store.Backup(ctx, url, w, store.BackupOptions{Now: now, Program: version(), Progress: p.progress()})
	if err == nil && sealed != nil {
		err = sealed.Close()
	}
	return b, err
}

// restore brings a backup into an empty database.
func (p *program) restore(ctx context.Context, args []string) error {
	f := flags("restore")
	key := f.String("identity", "", "`FILE` with the age identity of an encrypted backup")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usage("restore FILE|- [--identity KEYFILE]")
	}
	in := p.in
	if rest[0] != "-" {
		file, err := os.Open(rest[0])
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	}
	// The key comes first: a database is not begun for a file that can't be read.
	r := bufio.NewReaderSize(in, 64<<10)
	var opened io.Reader = r
	if first, _ := r.Peek(len(ageMark)); string(first) == ageMark {
		if opened, err = unseal(r, *key); err != nil {
			return err
		}
	} else if !bytes.HasPrefix(first, []byte(ourMark)) {
		if len(first) == 0 {
			return fmt.Errorf("%w: it is empty", store.ErrNotBackup)
		}
		return store.ErrNotBackup
	}
	url, down, err := p.database(ctx)
	if err != nil {
		return err
	}
	defer down()
	b, err := store.Restore(ctx, url, opened, store.BackupOptions{Now: time.Now(), Program: version(), Progress: p.progress()})
	if err != nil {
		return err
	}
	tell(p.out, b)
	_, err = fmt.Fprintf(p.out, "restored from the backup of %s; everyone signs in again. Now run: anyam verify\n", b.Made.Format(time.RFC3339))
	return err
}

// unseal opens an encrypted backup.
func unseal(r io.Reader, key string) (io.Reader, error) {
	if key == "" {
		return nil, usage("the backup is encrypted: name the file that holds your age identity with --identity")
	}
	file, err := os.Open(key)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	who, err := age.ParseIdentities(io.LimitReader(file, 1<<20))
	if err != nil {
		return nil, usage("%s holds no age identity (it begins with AGE-SECRET-KEY-)", key) // the error could repeat the key
	}
	opened, err := age.Decrypt(r, who...)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, fmt.Errorf("the backup was encrypted to other keys than the one in %s", key)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", store.ErrBackupDamaged, err)
	}
	return opened, nil
}

// recipients reads the keys that a backup is encrypted to.
func recipients(to []string, list string) (who []age.Recipient, err error) {
	for _, x := range to {
		r, err := age.ParseRecipients(strings.NewReader(x))
		if err != nil {
			return nil, usage("%q is no age recipient (it begins with age1; age-keygen prints one)", x)
		}
		who = append(who, r...)
	}
	if list != "" {
		file, err := os.Open(list)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		r, err := age.ParseRecipients(io.LimitReader(file, 1<<20))
		if err != nil {
			return nil, usage("%s is no list of age recipients: %v", list, err)
		}
		who = append(who, r...)
	}
	return who, nil
}

// database gives the address of the database without touching what is in it.
func (p *program) database(ctx context.Context) (url string, down func(), err error) {
	if p.config.DatabaseURL != "" {
		return p.config.DatabaseURL, func() {}, nil
	}
	log := slog.New(slog.NewTextHandler(p.err, nil))
	h, err := p.private(ctx, pgrun.Command, log)
	if err != nil {
		return "", nil, err
	}
	return h.URL(), func() {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			log.Error("Postgres did not stop cleanly", "error", err)
		}
	}, nil
}

// inPlace writes NAME.part and gives it its name when it is whole and on the disk. It takes the place of a file of that name.
func inPlace(name string, write func(io.Writer) error) (err error) {
	part := name + ".part"
	file, err := os.OpenFile(part, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("%s can't be written: %w", part, err)
	}
	defer file.Close()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("%s is being written by another backup", part)
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part))
		}
	}()
	if err := write(file); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("%s can't be written: %w", part, err)
	}
	if err := os.Rename(part, name); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil { // the name, too, is to outlast a power cut
		return fmt.Errorf("%s: %w", filepath.Dir(name), err)
	}
	return nil
}

// thin removes all but the newest of the backups that the pattern made in a folder, by the date in their names, and what
// killed ones left. It gives what is gone.
func thin(folder, pattern string, keep int, now time.Time) (gone []string, err error) {
	if folder == "" {
		folder = "."
	}
	ours := regexp.MustCompile(`^` + strings.NewReplacer(`\{date\}`, `(\d{4}-\d\d-\d\d)`, `\{time\}`, `(\d{6})`).Replace(regexp.QuoteMeta(pattern)) + `(\.part)?$`)
	all, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	type found struct{ path, when string }
	var have []found
	var old []string
	for _, e := range all {
		m := ours.FindStringSubmatch(e.Name())
		path := filepath.Join(folder, e.Name())
		i, err := e.Info()
		if m == nil || err != nil || !i.Mode().IsRegular() {
			continue
		}
		if m[len(m)-1] != "" {
			if now.Sub(i.ModTime()) > lateness {
				old = append(old, path)
			}
			continue
		}
		if marked(path) {
			have = append(have, found{path, when(pattern, m[1:len(m)-1])})
		}
	}
	slices.SortFunc(have, func(a, b found) int { return cmp.Or(cmp.Compare(b.when, a.when), cmp.Compare(b.path, a.path)) })
	for _, x := range have[min(keep, len(have)):] {
		old = append(old, x.path)
	}
	var errs []error
	for _, path := range old {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("an old backup can't be removed: %w", err))
			continue
		}
		gone = append(gone, path)
	}
	return gone, errors.Join(errs...)
}

// when puts the date before the time, in whichever order a pattern has them.
func when(pattern string, values []string) string {
	var date, clock string
	for _, v := range values {
		if strings.Contains(v, "-") {
			date = v
		} else {
			clock = v
		}
	}
	return date + clock
}

// marked reports whether a file begins as a backup does.
func marked(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	first := make([]byte, len(ageMark))
	n, _ := io.ReadFull(file, first) // a short one is none
	return bytes.HasPrefix(first[:n], []byte(ourMark)) || string(first[:n]) == ageMark
}

// tell prints what a backup holds, with each project's place in its ledger: kept elsewhere, it shows whether a tail was cut.
func tell(w io.Writer, b *store.Backed) {
	for _, x := range b.Projects {
		hash, err := hex.DecodeString(x.Hash)
		if err != nil || len(hash) < 8 {
			hash = make([]byte, 8)
		}
		fmt.Fprintf(w, "project %d, %s: at entry %d, hash %x\n", x.ID, printable(x.Name), x.Seq, hash[:8])
	}
	fmt.Fprintf(w, "%s, %s, %s, %s; not in it: %s\n", many(len(b.Projects), "project", "projects"), many(len(b.Tables), "table", "tables"), many(int(b.Rows), "row", "rows"), size(b.Bytes), printable(strings.Join(b.Forgotten, ", ")))
}

// printable keeps what a name from a file could do to a terminal from it.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}, s)
}

func size(n int64) string {
	switch {
	case n < 10_000:
		return many(int(n), "byte", "bytes")
	case n < 10_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// progress tells on the side how far it is: after a second, and then ever more seldom.
func (p *program) progress() func(string, int64) {
	begin := time.Now()
	next := time.Second
	return func(table string, sofar int64) {
		gone := time.Since(begin)
		if gone < next {
			return
		}
		next = gone + min(gone, 30*time.Second)
		fmt.Fprintf(p.err, "%s so far (%s), %.0f s\n", size(sofar), table, gone.Seconds())
	}
}

func terminal(x any) bool {
	f, ok := x.(*os.File)
	if !ok {
		return false
	}
	i, err := f.Stat()
	return err == nil && i.Mode()&os.ModeCharDevice != 0
}

// version is what the build says of itself.
func version() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := b.Main.Version
	for _, s := range b.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 && !strings.Contains(v, s.Value[:12]) {
			v += " " + s.Value[:12]
		}
	}
	return v
}
