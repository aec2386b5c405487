package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"anyam/internal/pgtest"
)

// patience bounds each single wait. It is for machines that are busy; nothing here takes seconds.
const patience = 30 * time.Second

// scratch holds the built program and the browser's profile for the run.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "anyam-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	code := m.Run()
	endBrowser()
	_ = os.RemoveAll(scratch) // a folder that stays is in nobody's way
	over = code
	pgtest.Main(afterwards{}.m(m))
}
