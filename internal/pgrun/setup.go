//go:build unix

package pgrun

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// newCluster finds everything a start needs: programs, identity, socket folder.
func newCluster(ctx context.Context, dir string, o Options) (*cluster, error) {
	c := &cluster{dir: dir, data: filepath.Join(dir, "data"), fast: o.Fast, settings: o.Settings, log: o.Log}
	major, err := majorOf(c.data)
	if err != nil {
		return nil, err
	}
	if c.programs, err = find(ctx, o.Bin, major); err != nil {
		return nil, err
	}
	if c.as, err = runAs(c.data); err != nil {
		return nil, err
	}
	if c.as != nil {
		if err := reachable(dir, c.as); err != nil {
			return nil, err
		}
	}
	c.socket, err = c.socketFolder()
	return c, err
}

// runAs picks the user that Postgres runs as: nobody else than ourselves,
// unless we are root; then the owner of the data, else postgres, else nobody.
func runAs(data string) (*identity, error) {
	owner := -1
	if info, err := os.Stat(data); err == nil {
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			owner = int(st.Uid)
		}
	}
	me := os.Geteuid()
	if me != 0 {
		if owner != -1 && owner != me {
			return nil, fmt.Errorf("the data in %s belong to another user (number %d): run anyam as that user", data, owner)
		}
		return nil, nil
	}
	if owner > 0 {
		if u, err := user.LookupId(strconv.Itoa(owner)); err == nil {
			return identify(u)
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			return identify(u)
		}
	}
	//lint:ignore ST1005 Postgres and Debian are names
	return nil, errors.New("Postgres refuses to run as root, and this machine has neither a user postgres nor a user nobody: run anyam as an ordinary user")
}

func identify(u *user.User) (*identity, error) {
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("the user %s has no usable number: %w", u.Username, err)
	}
	return &identity{uint32(uid), uint32(gid), u.Username}, nil
}

// reachable tells whether the identity can walk down to the folder. It opens
// our own folder for that, never one above it.
func reachable(dir string, as *identity) error {
	for at := dir; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return err
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return nil
		}
		may := info.Mode()&0o001 != 0
		switch {
		case st.Uid == as.uid:
			may = info.Mode()&0o100 != 0
		case st.Gid == as.gid:
			may = info.Mode()&0o010 != 0
		}
		if !may && at == dir {
			err := os.Chmod(at, info.Mode().Perm()|0o011)
			if err != nil {
				return fmt.Errorf("the folder %s cannot be opened for the user %s: %w", at, as.name, err)
			}
		} else if !may {
			return fmt.Errorf("as root, Postgres runs as the user %s, who may not enter %s: choose a folder elsewhere, such as /var/lib/anyam, in ANYAM_DATA", as.name, at)
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

// socketFolder makes the folder of the socket. A path of a socket is limited to
// 107 bytes, so a long one gets a short folder of its own.
func (c *cluster) socketFolder() (string, error) {
	folder := filepath.Join(c.dir, "run")
	if len(folder) > 80 {
		folder = filepath.Join(os.TempDir(), fmt.Sprintf("anyam-%x", sha256.Sum256([]byte(c.dir)))[:30])
	}
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("the folder for the socket cannot be made: %w", err)
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return "", err
	}
	// Others could have put something there before us.
	st, ok := info.Sys().(*syscall.Stat_t)
	mine := ok && (int(st.Uid) == os.Geteuid() || c.as != nil && st.Uid == c.as.uid)
	if !info.IsDir() || !mine {
		return "", fmt.Errorf("%s should be a folder of our own for the socket, but is not: remove it", folder)
	}
	return folder, c.own(folder)
}
