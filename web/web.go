// Package web holds everything a browser loads: scripts, styles, fonts and
// icons, embedded in the program. It promises that they are bundled when the
// program starts, with no tool and no file beside the binary, that each has a
// name with a hash of its content and may be kept for ever, and that nothing
// in it needs more than the content security policy in Policy. The pages
// themselves are in web/page.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/evanw/esbuild/pkg/api"
)

//go:embed ts css fonts icons vendor
var embedded embed.FS

// Policy is the one content security policy of the whole site: own files only,
// nothing inline, no framing.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Prefix is the path below which assets are served.
const Prefix = "/assets/"

// entries are the files bundled on their own, by path; one that is missing is left out.
var entries = []string{"ts/main.ts", "ts/coding.ts", "ts/elements/segment-queue.ts", "css/app.css"}

// libraries are the names by which scripts import what lies in vendor.
var libraries = map[string]string{
	"htmx.org":                          "vendor/htmx.js",
	"tinykeys":                          "vendor/tinykeys.js",
	"@atlaskit/pragmatic-drag-and-drop": "vendor/drag.js",
}

// Assets are the bundled files. They may be used by several goroutines at once.
type Assets struct {
	dev   bool
	files fs.FS

	mu     sync.RWMutex
	built  time.Time
	names  map[string]string // name as written in a page -> name with hash
	served map[string]asset  // name with hash -> file
}

type asset struct {
	kind   string
	body   []byte
	zipped []byte // gzip, nil where it would not be smaller
}

// New bundles the assets, which takes some tens of milliseconds. With dev they
// are read from the folder web below the working directory, and again whenever
// a file there has changed.
func New(dev bool) (*Assets, error) {
	a := &Assets{dev: dev, files: embedded}
	if dev {
		if _, err := os.Stat("web/css/app.css"); err != nil {
			return nil, fmt.Errorf("in development the program is started in the project's folder: %w", err)
		}
		a.files = os.DirFS("web")
	}
	if err := a.build(); err != nil {
		return nil, err
	}
	return a, nil
}

// URL is the address of the asset known to pages by name: "main.js",
// "app.css", "favicon.svg", "inter-latin.woff2". A name that does not exist
// gives the plain name, which is then not found.
func (a *Assets) URL(name string) string {
	if a.dev {
		a.refresh()
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	if hashed, ok := a.names[name]; ok {
		return Prefix + hashed
	}
	return Prefix + name
}

// Has tells whether there is an asset of that name.
func (a *Assets) Has(name string) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	_, ok := a.names[name]
	return ok
}

// ServeHTTP answers for paths below Prefix. Names carry a hash of the content,
// so that browsers may keep what they got for a year and never ask again.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.RLock()
	f, ok := a.served[strings.TrimPrefix(r.URL.Path, Prefix)]
	a.mu.RUnlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	body := f.body
	if f.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = f.zipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // a browser that went away is nobody's error
}

func acceptsGzip(header string) bool {
	for _, part := range strings.Split(header, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" && strings.TrimSpace(q) != "q=0" {
			return true
		}
	}
	return false
}

// refresh builds again when a file is newer than the last build. A build that
// fails leaves the old one and says so on standard error.
func (a *Assets) refresh() {
	var newest time.Time
	_ = fs.WalkDir(a.files, ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
		return nil
	})
	a.mu.RLock()
	current := !newest.After(a.built)
	a.mu.RUnlock()
	if current {
		return
	}
	if err := a.build(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

var hashed = regexp.MustCompile(`-[A-Z0-9]{8}(\.[a-z0-9]+)$`)

func (a *Assets) build() error {
	started := time.Now()
	var points []string
	for _, e := range entries {
		if _, err := fs.Stat(a.files, e); err == nil {
			points = append(points, e)
		}
	}
	options := api.BuildOptions{
		EntryPoints: points,
		EntryNames:  "[name]-[hash]",
		ChunkNames:  "part-[hash]",
		AssetNames:  "[name]-[hash]",
		PublicPath:  strings.TrimSuffix(Prefix, "/"),
		Outdir:      "/out",
		Bundle:      true,
		Splitting:   true,
		Format:      api.FormatESModule,
		Target:      api.ES2022,
		Engines:     []api.Engine{{Name: api.EngineChrome, Version: "123"}, {Name: api.EngineFirefox, Version: "128"}, {Name: api.EngineSafari, Version: "17.5"}},
		Charset:     api.CharsetUTF8,
		Loader:      map[string]api.Loader{".woff2": api.LoaderFile, ".svg": api.LoaderFile},
		Plugins:     []api.Plugin{a.reader()},

		MinifyWhitespace:  !a.dev,
		MinifyIdentifiers: !a.dev,
		MinifySyntax:      !a.dev,
		LegalComments:     api.LegalCommentsNone,
	}
	if a.dev {
		options.Sourcemap = api.SourceMapInline
	}
	result := api.Build(options)
	if len(result.Errors) > 0 {
		return fmt.Errorf("scripts and styles cannot be bundled:\n%s",
			strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{}), ""))
	}
	names, served := map[string]string{}, map[string]asset{}
	for _, f := range result.OutputFiles {
		name := path.Base(f.Path)
		served[name] = newAsset(name, f.Contents)
		names[hashed.ReplaceAllString(name, "$1")] = name
	}
	for _, folder := range []string{"icons", "fonts"} {
		list, err := fs.ReadDir(a.files, folder)
		if err != nil {
			return err
		}
		for _, f := range list {
			if _, done := names[f.Name()]; done || strings.HasSuffix(f.Name(), ".txt") {
				continue
			}
			body, err := fs.ReadFile(a.files, folder+"/"+f.Name())
			if err != nil {
				return err
			}
			sum := sha256.Sum256(body)
			ext := path.Ext(f.Name())
			name := strings.TrimSuffix(f.Name(), ext) + "-" + strings.ToUpper(hex.EncodeToString(sum[:4])) + ext
			served[name] = newAsset(name, body)
			names[f.Name()] = name
		}
	}
	a.mu.Lock()
	a.names, a.served, a.built = names, served, started
	a.mu.Unlock()
	return nil
}

// reader lets esbuild read from the embedded files instead of the disk.
func (a *Assets) reader() api.Plugin {
	const space = "web"
	return api.Plugin{Name: "embedded", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(arg api.OnResolveArgs) (api.OnResolveResult, error) {
			found := func(p string) (api.OnResolveResult, error) {
				return api.OnResolveResult{Path: p, Namespace: space}, nil
			}
			if arg.Kind == api.ResolveEntryPoint {
				return found(path.Clean(arg.Path))
			}
			if lib, ok := libraries[arg.Path]; ok {
				return found(lib)
			}
			if strings.HasPrefix(arg.Path, "data:") || strings.HasPrefix(arg.Path, "#") {
				return api.OnResolveResult{Path: arg.Path, External: true}, nil
			}
			p := path.Join(path.Dir(arg.Importer), arg.Path)
			for _, try := range []string{p, p + ".ts", strings.TrimSuffix(p, ".js") + ".ts"} {
				if info, err := fs.Stat(a.files, try); err == nil && !info.IsDir() {
					return found(try)
				}
			}
			return api.OnResolveResult{}, fmt.Errorf("%s imports %s, which is not there", arg.Importer, arg.Path)
		})
		b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: space}, func(arg api.OnLoadArgs) (api.OnLoadResult, error) {
			body, err := fs.ReadFile(a.files, arg.Path)
			if err != nil {
				return api.OnLoadResult{}, err
			}
			text := string(body)
			return api.OnLoadResult{Contents: &text, Loader: loaders[path.Ext(arg.Path)]}, nil
		})
	}}
}

var loaders = map[string]api.Loader{
	".ts": api.LoaderTS, ".js": api.LoaderJS, ".css": api.LoaderCSS, ".json": api.LoaderJSON,
	".woff2": api.LoaderFile, ".svg": api.LoaderFile,
}

var kinds = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".map": "application/json",
	".svg": "image/svg+xml", ".woff2": "font/woff2", ".png": "image/png", ".ico": "image/x-icon",
}

func newAsset(name string, body []byte) asset {
	kind := kinds[path.Ext(name)]
	if kind == "" {
		kind = "application/octet-stream"
	}
	f := asset{kind: kind, body: body}
	if path.Ext(name) == ".woff2" {
		return f // compressed already
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a valid one
	_, _ = z.Write(body)                                  // a buffer does not fail
	if z.Close() == nil && b.Len() < len(body) {
		f.zipped = b.Bytes()
	}
	return f
}
