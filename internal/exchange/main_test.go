package exchange

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files and the generated transcripts again")

// TestMain lets the test binary be the child that an Extractor starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "extract":
			if err := Child(os.Stdin, os.Stdout, os.Args[2:]...); err != nil {
				os.Exit(3)
			}
			os.Exit(0)
		case "attack":
			attack()
			os.Exit(0)
		case "die":
			os.Exit(9)
		case "hang":
			<-time.After(time.Hour) // Go ends a program of which nothing can ever go on
		case "spin":
			restrict(limits{data: 512 << 20, cpu: 1})
			for n := 0; ; n++ {
				_ = n
			}
		case "eat":
			restrict(childLimits)
			var kept [][]byte
			for {
				b := make([]byte, 16<<20)
				for i := 0; i < len(b); i += 4096 {
					b[i] = 1
				}
				kept = append(kept, b)
				if len(kept) > 100 { // only where the limit doesn't hold
					os.Exit(0)
				}
			}
		case "babble":
			b := make([]byte, 1<<20)
			for range 200 {
				if _, err := os.Stdout.Write(b); err != nil {
					os.Exit(4)
				}
			}
			os.Exit(0)
		case "lie":
			fmt.Print(wireMark + "\x00\x00\x00\x02{}")
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// attack tries, after the restriction, what a reader that was taken over would try; it prints what it could do.
func attack() {
	restrict(childLimits)
	for what, try := range map[string]func() error{
		"open": func() error { f, err := os.Open("/etc/passwd"); _ = f; return err },
		"list": func() error { _, err := os.ReadDir("/"); return err },
		"create": func() error {
			return os.WriteFile(fmt.Sprintf("/tmp/anyam-escape-%d", os.Getpid()), []byte("x"), 0o600)
		},
		"connect": dial,
		"exec":    func() error { _, err := os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{}); return err },
	} {
		if err := try(); err == nil {
			fmt.Println(what)
		}
	}
	fmt.Println("end")
}
