package ledger

import (
	"bytes"
	"testing"
)

// FuzzParse: of whatever a killed run has left, every object that is named is either left or removed, and a ledger that is cut in the midst
// of its last line is read as without it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"{\"run\":\"r1\",\"target\":\"https://v.test\"}\n{\"op\":\"add\",\"kind\":\"certificate\",\"name\":\"a\"}\n{\"op\":\"remove\",\"kind\":\"certificate\",\"name\":\"a\"}\n",
		"{\"run\":\"r1\"}\n{\"op\":\"add\",\"kind\":\"issuer\",\"name\":\"a\"}\n{\"op\":\"ad", "{\"run\":\"r1\"}\n\n", "{}\n", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parse(data)
		if err != nil {
			return
		}
		seen := map[Object]bool{}
		for _, o := range c.Left {
			if o.Name == "" || o.Kind == "" || seen[o] {
				t.Errorf("left: %+v", c.Left)
			}
			seen[o] = true
		}
		again, err := parse(append(bytes.Clone(data[:bytes.LastIndexByte(data, '\n')+1]), `{"op":"add","kind":"cert`...))
		if err != nil || len(again.Left) != len(c.Left) {
			t.Errorf("with another line that is not whole: %+v, %v", again, err)
		}
	})
}
