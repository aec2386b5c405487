package store

import (
	"io"

	"github.com/jackc/pgx/v5"
)

// RestoreFS is Restore with other steps.
var RestoreFS = restoreFS

// Taken has f called when a backup has taken its snapshot, on its connection.
func (o BackupOptions) Taken(f func(*pgx.Conn) error) BackupOptions {
	o.taken = f
	return o
}

// WriteContainer writes a file with some tables, whatever the head says.
func WriteContainer(w io.Writer, head BackupHead, names []string, columns [][]string, data []io.Reader) ([]BackupTotal, error) {
	c, err := newContainer(w, head)
	if err != nil {
		return nil, err
	}
	var r []BackupTotal
	for i, name := range names {
		if err := c.begin(name, columns[i]); err != nil {
			return nil, err
		}
		if _, err := io.Copy(c, data[i]); err != nil {
			return nil, err
		}
		t, err := c.end()
		if err != nil {
			return nil, err
		}
		r = append(r, t)
	}
	return r, c.close()
}

// ReadContainer reads a file to its end and hands on each table's data.
func ReadContainer(r io.Reader, data func(table string) io.Writer) (BackupHead, []BackupTable, error) {
	c, err := openContainer(r)
	if err != nil {
		return BackupHead{}, nil, err
	}
	defer c.Close()
	var all []BackupTable
	for {
		t, err := c.next()
		if t == nil || err != nil {
			return c.head, all, err
		}
		if _, err := io.Copy(data(t.Name), c); err != nil {
			return c.head, all, err
		}
		t.BackupTotal = *c.total
		all = append(all, *t)
	}
}
