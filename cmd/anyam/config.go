package main

import (
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Config is what the environment says.
type Config struct {
	Addr        string         // loopback by default: nobody else's business until someone decides otherwise
	Data        string         // the private Postgres and nothing else lives there
	Cache       string         // what can be made again: the compiled reader of PDF
	DatabaseURL string         // an existing Postgres; then Data is not used
	PgBin       string         // for machines with several
	URL         *url.URL       // links in invitations must not follow the request's Host beyond loopback
	Proxies     []netip.Prefix // none by default: a forwarded address is what anyone can write
	Insecure    bool           // plain http beyond loopback hands cookies to the network
	MetricsAddr string         // none by default: numbers about the work are nobody's but the operator's
}

func config(getenv func(string) string) (Config, error) {
	c := Config{Addr: "127.0.0.1:8080", Data: getenv("ANYAM_DATA"), DatabaseURL: getenv("ANYAM_DATABASE_URL"), PgBin: getenv("ANYAM_PG_BIN"), Insecure: getenv("ANYAM_INSECURE") == "1", MetricsAddr: getenv("ANYAM_METRICS_ADDR")}
	if v := getenv("ANYAM_ADDR"); v != "" {
		c.Addr = v
	}
	if c.Data == "" {
		c.Data = dataFolder(getenv)
	}
	c.Cache = cacheFolder(getenv)
	if v := getenv("ANYAM_URL"); v != "" {
		u, err := url.Parse(v)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
			return c, usage("ANYAM_URL must be like https://anyam.example.org, it is %q", v)
		}
		c.URL = &url.URL{Scheme: u.Scheme, Host: u.Host} // without a slash at the end, which paths begin with
	}
	for _, v := range strings.FieldsFunc(getenv("ANYAM_PROXY"), func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(v)
		if err != nil {
			ip, err2 := netip.ParseAddr(v)
			if err2 != nil {
				return c, usage("ANYAM_PROXY must be addresses or networks, %q is neither", v)
			}
			p = netip.PrefixFrom(ip, ip.BitLen())
		}
		c.Proxies = append(c.Proxies, p)
	}
	return c, nil
}

// dataFolder is where a person's data belong on this system; for root a folder that Postgres' own account can reach.
func dataFolder(getenv func(string) string) string {
	if os.Geteuid() == 0 {
		return "/var/lib/anyam"
	}
	if v := getenv("XDG_DATA_HOME"); filepath.IsAbs(v) {
		return filepath.Join(v, "anyam")
	}
	home := getenv("HOME")
	if _, err := os.Stat(filepath.Join(home, "Library")); err == nil {
		return filepath.Join(home, "Library", "Application Support", "anyam")
	}
	return filepath.Join(home, ".local", "share", "anyam")
}

// cacheFolder is where things that can be made again belong on this system; "" where it can't be told.
func cacheFolder(getenv func(string) string) string {
	if v := getenv("XDG_CACHE_HOME"); filepath.IsAbs(v) {
		return filepath.Join(v, "anyam")
	}
	home := getenv("HOME")
	switch {
	case !filepath.IsAbs(home) && os.Geteuid() == 0:
		return "/var/cache/anyam"
	case !filepath.IsAbs(home):
		return ""
	}
	if _, err := os.Stat(filepath.Join(home, "Library")); err == nil {
		return filepath.Join(home, "Library", "Caches", "anyam")
	}
	return filepath.Join(home, ".cache", "anyam")
}
