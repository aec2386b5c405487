package i18n

import (
	"encoding/json"
	"sync"
)

var keys = sync.OnceValue(func() map[string]json.RawMessage {
	b, err := files.ReadFile(Languages[0] + ".json")
	if err != nil {
		panic("catalogue cannot be read: " + err.Error())
	}
	m := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &m); err != nil {
		panic("catalogue cannot be read: " + err.Error())
	}
	return m
})

// Has tells whether the catalogue has a message under key.
func Has(key string) bool { _, ok := keys()[key]; return ok }
