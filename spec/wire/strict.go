package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds nesting. The deepest answer of the contract nests five levels, an inner error more; RFC 8259 lets a
// reader set a limit, and a recursion needs one.
const maxDepth = 200

// bom is a byte order mark, which RFC 8259 forbids to send and lets a reader ignore.
var bom = []byte("\xef\xbb\xbf")

var errTooDeep = errors.New("nested too deep")

// document is a body as it was read.
type document struct {
	// value is what could be read leniently; readable tells a null from nothing.
	value    any
	readable bool
	// syntax says what is wrong with it as JSON, empty where it is sound.
	syntax string
	// duplicates are the JSON pointers of members whose name their object had already.
	duplicates []string
}

// decoders keeps the decoders' buffers from being made anew for every body.
var decoders = sync.Pool{New: func() any { return new(jsontext.Decoder) }}

// readJSON reads a body strictly and leniently at once: what is wrong is told, and what can be read all the same is read.
// Only the first fault of syntax is told, since the others mostly follow from it.
func readJSON(body []byte) document {
	var doc document
	if rest, found := bytes.CutPrefix(body, bom); found {
		doc.syntax, body = "a byte order mark in front", rest
	}
	if doc.syntax == "" && !utf8.Valid(body) {
		doc.syntax = "bytes that are not UTF-8"
	}
	dec := decoders.Get().(*jsontext.Decoder)
	defer func() {
		dec.Reset(strings.NewReader(""))
		decoders.Put(dec)
	}()
	dec.Reset(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	r := reader{dec: dec}
	value, err := r.value(0)
	if err != nil {
		doc.syntax = describe(err)
		return doc
	}
	doc.value, doc.readable, doc.duplicates = value, true, r.duplicates
	if end := dec.InputOffset(); !isBlank(body[end:]) {
		doc.syntax = fmt.Sprintf("%d more bytes after the value's end at byte %d", int64(len(body))-end, end)
		// A text that begins with a number or a word is no JSON value with something behind it, it is no JSON.
		if _, isObject := value.(map[string]any); !isObject {
			return document{syntax: doc.syntax}
		}
	}
	return doc
}

// isBlank reports whether only JSON's white space is left.
func isBlank(rest []byte) bool { return len(bytes.Trim(rest, " \t\r\n")) == 0 }

// describe says in a line what broke the syntax, without quoting the body.
func describe(err error) string {
	if errors.Is(err, errTooDeep) {
		return fmt.Sprintf("nested deeper than %d levels", maxDepth)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "it ends in the middle"
	}
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return clip(fmt.Sprintf("%v, at byte %d", syntactic.Err, syntactic.ByteOffset))
	}
	return clip(err.Error())
}

// reader builds the lenient value from tokens.
type reader struct {
	dec        *jsontext.Decoder
	duplicates []string
}

func (r *reader) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	switch r.dec.PeekKind() {
	case jsontext.KindBeginObject:
		return r.object(depth)
	case jsontext.KindBeginArray:
		return r.array(depth)
	}
	raw, err := r.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	switch raw.Kind() {
	case jsontext.KindString:
		return unquote(raw), nil
	case jsontext.KindNumber:
		return json.Number(raw), nil
	case jsontext.KindTrue:
		return true, nil
	case jsontext.KindFalse:
		return false, nil
	}
	return nil, nil
}

func (r *reader) object(depth int) (any, error) {
	if _, err := r.dec.ReadToken(); err != nil {
		return nil, err
	}
	object := make(map[string]any)
	for r.dec.PeekKind() != jsontext.KindEndObject {
		raw, err := r.dec.ReadValue()
		if err != nil {
			return nil, err
		}
		name := unquote(raw)
		if _, twice := object[name]; twice && len(r.duplicates) < maxDefects {
			r.duplicates = append(r.duplicates, clipPointer(string(r.dec.StackPointer())))
		}
		if object[name], err = r.value(depth + 1); err != nil {
			return nil, err
		}
	}
	_, err := r.dec.ReadToken()
	return object, err
}

func (r *reader) array(depth int) (any, error) {
	if _, err := r.dec.ReadToken(); err != nil {
		return nil, err
	}
	array := []any{}
	for r.dec.PeekKind() != jsontext.KindEndArray {
		element, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		array = append(array, element)
	}
	_, err := r.dec.ReadToken()
	return array, err
}

// unquote decodes a JSON string that the decoder found sound. What is not UTF-8 in it becomes U+FFFD.
func unquote(raw jsontext.Value) string {
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	decoded, _ := jsontext.AppendUnquote(nil, []byte(raw))
	return string(decoded)
}
