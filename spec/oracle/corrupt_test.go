package oracle_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
)

// What the mutation test demands of the oracle, in the words of the task that it was written for.
const (
	// mutations is how many are made; a race detector, under which everything takes ten times as long, sees a tenth of them.
	mutations = 10_000 / slowness
	// wantCaught is the share, in percent, of the mutations that no ruling explains that is caught; leastCaught that of each operator's.
	wantCaught, leastCaught = 95, 85
	// mostExplained is the share, in percent, of an operator's mutations that rulings may explain.
	mostExplained = 15
)

// TestCorruptedEvidence: evidence that was tampered with is told from evidence that was not. Each mutation spoils one answer (or two) of
// one recorded session; it is caught where the judgement of that session has a finding that it did not have before.
func TestCorruptedEvidence(t *testing.T) {
	c := readCorpus(t)
	made := c.mutate(mutations, 20260731)
	caught := c.judgeAll(made)
	known := readEquivalents(t)

	var total tally
	byOperator := map[string]*tally{}
	for i, m := range made {
		one := byOperator[m.operator.name]
		if one == nil {
			one = &tally{}
			byOperator[m.operator.name] = one
		}
		for _, sum := range []*tally{one, &total} {
			sum.count(caught[i], known.explain(m))
		}
		if !caught[i] {
			known.living(m)
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%-26s %9s %7s %9s %7s %8s\n", "operator", "mutations", "caught", "explained", "living", "caught %")
	for _, o := range operators {
		if one := byOperator[o.name]; one != nil {
			one.row(&table, o.name)
		}
	}
	total.row(&table, "all")
	t.Logf("%d mutations of %d sessions, 1 of %d\n%s", len(made), len(c.sessions), slowness, table.String())

	if file := os.Getenv("KVCONFORM_SURVIVORS"); file != "" {
		if err := os.WriteFile(file, []byte(known.survivors()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if len(made) != mutations {
		t.Errorf("%d mutations were made, want %d", len(made), mutations)
	}
	if share := total.share(); share < wantCaught {
		t.Errorf("%.1f %% of all mutations that no ruling explains are caught, want %d %%; the living ones:\n%s", share, wantCaught, known.survivors())
	}
	for _, o := range operators {
		one := byOperator[o.name]
		switch {
		case one == nil:
			t.Errorf("%s: no exchange can be spoilt so", o.name)
			continue
		case one.share() < leastCaught:
			t.Errorf("%s: %.1f %% are caught, want %d %%", o.name, one.share(), leastCaught)
		}
		if slowness == 1 && one.explained*100 > one.mutations*mostExplained {
			t.Errorf("%s: %d of %d are explained, at most %d %% may be", o.name, one.explained, one.mutations, mostExplained)
		}
	}
	if slowness == 1 {
		known.check(t)
	}
}

// tally counts what became of mutations.
type tally struct{ mutations, caught, explained int }

func (s *tally) count(caught, explained bool) {
	s.mutations++
	switch {
	case caught:
		s.caught++
	case explained:
		s.explained++
	}
}

// share is the share, in percent, of those that no ruling explains that are caught.
func (s *tally) share() float64 {
	return 100 * float64(s.caught) / float64(max(1, s.mutations-s.explained))
}

func (s *tally) row(w *strings.Builder, name string) {
	fmt.Fprintf(w, "%-26s %9d %7d %9d %7d %7.1f\n", name, s.mutations, s.caught, s.explained, s.mutations-s.caught-s.explained, s.share())
}

// equivalents are the mutations that no oracle may blame, each with the ruling that says so.
type equivalents struct {
	Entries []*equivalent `yaml:"equivalents"`
	alive   map[string][]mutation
}

// equivalent explains why mutations of one operator, of one kind of exchange, live.
type equivalent struct {
	Operator string `yaml:"operator"`
	// Exchange is the kind of exchange, as kindOf names it, Place what was spoilt in it.
	Exchange string `yaml:"exchange"`
	Place    string `yaml:"place,omitempty"`
	Ruling   string `yaml:"ruling"`
	Reason   string `yaml:"reason"`
	used     int
}

func readEquivalents(t *testing.T) *equivalents {
	t.Helper()
	text, err := os.ReadFile("testdata/equivalents.yaml")
	if err != nil {
		t.Fatal(err)
	}
	e := &equivalents{alive: map[string][]mutation{}}
	if err := yaml.Unmarshal(text, e); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *equivalents) find(m mutation) *equivalent {
	for _, one := range e.Entries {
		if one.Operator == m.operator.name && one.Exchange == m.kind && (one.Place == "" || one.Place == m.place) {
			return one
		}
	}
	return nil
}

func (e *equivalents) explain(m mutation) bool { return e.find(m) != nil }

// living notes a mutation that nothing caught.
func (e *equivalents) living(m mutation) {
	if one := e.find(m); one != nil {
		one.used++
		return
	}
	key := m.operator.name + " · " + m.kind + " · " + m.place
	e.alive[key] = append(e.alive[key], m)
}

// survivors lists those that no ruling explains, most first, with a sample of each.
func (e *equivalents) survivors() string {
	keys := sortedKeys(e.alive)
	slices.SortStableFunc(keys, func(a, b string) int { return len(e.alive[b]) - len(e.alive[a]) })
	var s strings.Builder
	for _, key := range keys {
		sample := e.alive[key][0]
		fmt.Fprintf(&s, "%5d  %s\n       %s\n", len(e.alive[key]), key, sample.tell())
	}
	return s.String()
}

// check holds that every entry is of use and has its reason.
func (e *equivalents) check(t *testing.T) {
	t.Helper()
	for _, one := range e.Entries {
		if one.Ruling == "" || one.Reason == "" {
			t.Errorf("%s of %s: an equivalence has a ruling and a reason", one.Operator, one.Exchange)
		}
		if one.used == 0 {
			t.Errorf("%s of %s (%s): no such mutation lives", one.Operator, one.Exchange, one.Place)
		}
	}
}

// corpus is all sessions, with what was found in them as they are, and the values that they show.
type corpus struct {
	sessions []*session
	values   map[string][]string
}

// session is one recording.
type session struct {
	trace *exchange.Trace
	found map[string]int
	// answers are its lifecycle exchanges.
	answers []*answer
}

func readCorpus(t *testing.T) *corpus {
	t.Helper()
	files, err := filepath.Glob("../../../shared/recordings/*.har")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no recordings here")
	}
	c := &corpus{values: map[string][]string{}}
	for _, file := range files {
		s := &session{trace: recording(t, file)}
		s.found = findings(s.trace)
		s.read()
		c.sessions = append(c.sessions, s)
	}
	c.collect()
	return c
}

// findings counts what the oracle finds in a trace, MUST and SHOULD.
func findings(trace *exchange.Trace) map[string]int {
	found := map[string]int{}
	for _, o := range oracle.Judge(trace, oracle.Options{Authority: oracle.Live, Lenient: true}).Outcomes(profiles, nil) {
		for _, f := range o.Findings {
			found[fmt.Sprint(o.Rule.ID, " ", f.Exchange, " ", f.Pointer, " ", f.Actual)]++
		}
		if o.Verdict == oracle.Error {
			panic(fmt.Sprintf("%s: %s of %s", trace.Name, o.Reason, o.Rule.ID)) // a rule that cannot judge is no rule that catches
		}
	}
	return found
}

// judgeAll judges every mutation and tells which of them are caught.
func (c *corpus) judgeAll(made []mutation) []bool {
	caught := make([]bool, len(made))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				caught[i] = made[i].caught()
			}
		})
	}
	for i := range made {
		next <- i
	}
	close(next)
	workers.Wait()
	return caught
}

// caught reports a finding that the session did not have before.
func (m *mutation) caught() bool {
	for finding, times := range findings(m.spoilt) {
		if times > m.session.found[finding] {
			return true
		}
	}
	return false
}

// mutate makes n mutations, each operator as many as the others.
func (c *corpus) mutate(n int, seed uint64) []mutation {
	random := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // a test's choice, to be the same each time
	var all []mutation
	for at, o := range operators {
		var places []place
		for _, s := range c.sessions {
			for _, a := range s.answers {
				for _, p := range o.places(a) {
					places = append(places, place{s, a, p})
				}
			}
		}
		want := n / len(operators)
		if at < n%len(operators) {
			want++
		}
		for tries := 0; want > 0 && tries < 20*n && len(places) > 0; tries++ {
			p := places[random.IntN(len(places))]
			if m, ok := c.spoil(o, p, random); ok {
				all = append(all, m)
				want--
			}
		}
	}
	return all
}

// place is where an operator can spoil something.
type place struct {
	session *session
	answer  *answer
	what    string
}

// mutation is a session with something spoilt in it.
type mutation struct {
	operator *operator
	session  *session
	spoilt   *exchange.Trace
	number   int
	kind     string
	place    string
	how      string
}

func (m *mutation) tell() string {
	return fmt.Sprintf("%s, exchange %d: %s", m.session.trace.Name, m.number, m.how)
}

// spoil applies an operator; false where that changes nothing.
func (c *corpus) spoil(o *operator, p place, random *rand.Rand) (mutation, bool) {
	m := mutation{operator: o, session: p.session, number: p.answer.Number, kind: p.answer.kind, place: p.what}
	trace := *p.session.trace
	trace.Exchanges = slices.Clone(trace.Exchanges)
	m.spoilt = &trace
	e := &exhibit{corpus: c, session: p.session, answer: p.answer, trace: &trace, random: random}
	how, ok := o.spoil(e, p.what)
	if how.place != "" {
		m.place = how.place
	}
	m.how = how.tells
	return m, ok
}

// exhibit is what an operator works on: a copy of the session's trace.
type exhibit struct {
	corpus  *corpus
	session *session
	answer  *answer
	trace   *exchange.Trace
	random  *rand.Rand
}

// response returns a copy of the answer's response, in its place in the trace.
func (e *exhibit) response() *exchange.Response {
	x := &e.trace.Exchanges[e.answer.at]
	copied := *x.Response
	copied.Header = copied.Header.Clone()
	x.Response = &copied
	return &copied
}

// pick chooses a value that is not this one.
func (e *exhibit) pick(from []string, not string) (string, bool) {
	if len(from) == 0 {
		return "", false
	}
	for range 100 {
		if v := from[e.random.IntN(len(from))]; v != not {
			return v, true
		}
	}
	return "", false
}

// brief keeps what a mutation tells readable.
func brief(v string) string {
	if len(v) > 90 {
		return v[:60] + "…" + v[len(v)-20:]
	}
	return v
}

func mustJSON(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
