package server

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are pipes, so that time in a bubble is that of the connections too.
type pipes struct {
	come chan net.Conn
	once sync.Once
	over chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.come:
		return c, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.over) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// bubble runs a server of one route in a bubble of time, and a client of it.
func bubble(t *testing.T, rt route, client func(t *testing.T, c net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &Server{Config: Config{Now: time.Now, Log: slog.New(slog.DiscardHandler)}}
		rt.policy = anyone
		l := &pipes{come: make(chan net.Conn), over: make(chan struct{})}
		h := HTTP(s.serve(rt), s.Log)
		ended := make(chan error)
		go func() { ended <- h.Serve(l) }()
		mine, theirs := net.Pipe()
		l.come <- theirs
		client(t, mine)
		_ = mine.Close()
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		<-ended
		pass(3 * time.Hour) // whoever still waits to send finds the end
	})
}

// pass lets time go by.
func pass(d time.Duration) { <-time.After(d) }

func write(c net.Conn, s string) error { _, err := io.WriteString(c, s); return err }

// status reads an answer; 0 is a connection that was closed without one.
func status(c net.Conn) (int, string) {
	a, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, ""
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		return 0, ""
	}
	return a.StatusCode, string(b)
}

const askJSON = "Host: localhost\r\nAccept: application/json\r\n"

func timed(t *testing.T, l Limit, got int, out bool) {
	t.Helper()
	want := http.StatusOK
	if out {
		want = l.Beyond
	}
	if got != want {
		t.Errorf("%s, beyond %v: %d, want %d", l.Name, out, got, want)
	}
}

// timedBoundaries are the tests of limits of time, and of what net/http holds, by the name of the row.
func timedBoundaries() map[string]func(*testing.T, Limit) {
	fine := route{handle: healthy}
	reads := func(a *ask) error {
		b, err := io.ReadAll(a.Body)
		if slow := tooSlow(err); slow != nil {
			return slow
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(a.w, len(b))
		return err
	}
	both := func(f func(t *testing.T, l Limit, d time.Duration, out bool)) func(*testing.T, Limit) {
		return func(t *testing.T, l Limit) {
			f(t, l, time.Duration(l.Value)-time.Millisecond, false)
			f(t, l, time.Duration(l.Value)+time.Millisecond, true)
		}
	}
	wait := func(h heavy) func(*testing.T, Limit) {
		return both(func(t *testing.T, l Limit, d time.Duration, out bool) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueue(h)
				var leave []func()
				for range h.atOnce {
					f, err := q.enter(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					leave = append(leave, f)
				}
				go func() { pass(d); leave[0]() }()
				_, err := q.enter(t.Context())
				var r *refusal
				if out != (errors.As(err, &r) && r.status == l.Beyond && refused(err, l.Key)) || !out && err != nil {
					t.Errorf("%s, beyond %v: %v", l.Name, out, err)
				}
				pass(time.Second)
			})
		})
	}
	return map[string]func(*testing.T, Limit){
		"requests.headers": func(t *testing.T, l Limit) {
			for n, out := range map[int]bool{int(l.Value): false, int(l.Value) + 1: true} {
				bubble(t, fine, func(t *testing.T, c net.Conn) {
					head, end := "GET / HTTP/1.1\r\nHost: localhost\r\nX: ", "\r\n\r\n"
					go func() { _ = write(c, head+strings.Repeat("x", n-len(head)-len(end))+end) }()
					got, _ := status(c)
					timed(t, l, got, out)
				})
			}
		},
		"requests.headers_time": both(func(t *testing.T, l Limit, d time.Duration, out bool) {
			bubble(t, fine, func(t *testing.T, c net.Conn) {
				err := write(c, "GET / HTTP/1.1\r\nHost: local")
				pass(d)
				go func() { _ = write(c, "host\r\n\r\n") }()
				got, _ := status(c)
				if err != nil {
					t.Error(err)
				}
				timed(t, l, got, out)
			})
		}),
		"requests.idle": both(func(t *testing.T, l Limit, d time.Duration, out bool) {
			bubble(t, fine, func(t *testing.T, c net.Conn) {
				go func() { _ = write(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") }()
				if got, _ := status(c); got != http.StatusOK {
					t.Errorf("the first request: %d", got)
				}
				pass(d)
				go func() { _ = write(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") }()
				got, _ := status(c)
				timed(t, l, got, out)
			})
		}),
		"requests.form_time": both(func(t *testing.T, l Limit, d time.Duration, out bool) {
			bubble(t, route{handle: reads}, func(t *testing.T, c net.Conn) {
				if err := write(c, "POST / HTTP/1.1\r\n"+askJSON+"Content-Length: 10\r\n\r\n12345"); err != nil {
					t.Error(err)
				}
				go func() { pass(d); _ = write(c, "67890") }()
				got, _ := status(c)
				timed(t, l, got, out)
			})
		}),
		"requests.patience": both(func(t *testing.T, l Limit, d time.Duration, out bool) {
			slow := func(a *ask) error {
				select {
				case <-time.After(d):
					return healthy(a)
				case <-a.Context().Done():
					return a.Context().Err()
				}
			}
			bubble(t, route{handle: slow}, func(t *testing.T, c net.Conn) {
				go func() { _ = write(c, "POST / HTTP/1.1\r\n"+askJSON+"Content-Length: 0\r\n\r\n") }()
				got, _ := status(c)
				timed(t, l, got, out)
			})
		}),
		"requests.answer_time": both(func(t *testing.T, l Limit, d time.Duration, out bool) {
			long := bytes.Repeat([]byte("x"), 3*answerPiece)
			send := func(a *ask) error {
				a.w.Header().Set("Content-Length", fmt.Sprint(len(long)))
				_, err := a.w.Write(long)
				return ignoreGone(err)
			}
			bubble(t, route{handle: send}, func(t *testing.T, c net.Conn) {
				go func() { _ = write(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") }()
				a, err := http.ReadResponse(bufio.NewReaderSize(c, 16), nil)
				if err != nil {
					t.Fatal(err)
				}
				defer a.Body.Close()
				pass(d)
				n, err := io.Copy(io.Discard, a.Body)
				if whole := err == nil && n == int64(len(long)); whole == out {
					t.Errorf("%s, beyond %v: %d bytes, %v", l.Name, out, n, err)
				}
			})
		}),
		"files.rate": func(t *testing.T, l Limit) {
			for less, out := range map[int]bool{0: false, 1: true} {
				bubble(t, route{handle: reads, big: true}, func(t *testing.T, c net.Conn) {
					piece := int(l.Value)*int(formTime/time.Second) - less
					if err := write(c, fmt.Sprintf("POST / HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n", askJSON, 5*piece)); err != nil {
						t.Error(err)
					}
					go func() {
						pass(formTime / 2) // in the middle between two looks
						for range 5 {
							if write(c, strings.Repeat("x", piece)) != nil {
								return
							}
							pass(formTime)
						}
					}()
					got, _ := status(c)
					timed(t, l, got, out)
				})
			}
		},
		"files.time": both(func(t *testing.T, l Limit, d time.Duration, out bool) {
			bubble(t, route{handle: reads, big: true}, func(t *testing.T, c net.Conn) {
				piece := int(uploadRate) * int(formTime/time.Second)
				n := int(uploadTime / formTime)
				if err := write(c, fmt.Sprintf("POST / HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n", askJSON, n*piece+1)); err != nil {
					t.Error(err)
				}
				go func() {
					began := time.Now()
					pass(formTime / 2)
					for range n {
						if write(c, strings.Repeat("x", piece)) != nil {
							return
						}
						pass(min(formTime, d-time.Since(began)))
					}
					_ = write(c, "x")
				}()
				got, _ := status(c)
				timed(t, l, got, out)
			})
		}),
		"work.passwords.wait": wait(passwordWork),
		"work.files.wait":     wait(fileWork),
		"work.exports.wait":   wait(exportWork),
	}
}

// TestAStreamOutlivesTheTimeOfARequest: what bounds a request's reading must not end a stream that goes on.
func TestAStreamOutlivesTheTimeOfARequest(t *testing.T) {
	t.Parallel()
	for lasts, want := range map[bool]string{true: "still here", false: "ended"} {
		h := func(a *ask) error {
			if _, err := fmt.Fprint(a.w, "begin "); err != nil {
				return err
			}
			if err := http.NewResponseController(a.w).Flush(); err != nil {
				return err
			}
			said := "still here"
			select {
			case <-time.After(10 * time.Minute):
			case <-a.Context().Done():
				said = "ended"
			}
			_, err := fmt.Fprint(a.w, said)
			return err
		}
		bubble(t, route{handle: h, long: lasts}, func(t *testing.T, c net.Conn) {
			go func() { _ = write(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") }()
			if _, body := status(c); body != "begin "+want {
				t.Errorf("a stream %v: %q", lasts, body)
			}
		})
	}
}
