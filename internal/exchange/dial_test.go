package exchange

import "golang.org/x/sys/unix"

// dial opens a socket; without a network there is nothing to connect to, and the socket is what must fail.
func dial() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err
}
