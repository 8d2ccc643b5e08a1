// Package mutant switches mutants on. The command puts it into its copy of spec/, where the rewritten sources import it. The names of
// the functions say what the operator was.
package mutant

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	active, _ = strconv.Atoi(os.Getenv("MUTANT"))
	// noting says that the mutants are noted that would make a difference where they are evaluated.
	noting = os.Getenv("MUTANT") == ""
	noted  [1 << 14]atomic.Bool
)

func note(k int) {
	if !noted[k].Load() {
		noted[k].Store(true)
	}
}

// On reports that this mutant is alive.
func On(k int) bool {
	if noting {
		note(k)
	}
	return active == k
}

func pick[T comparable](k int, as, was T) T {
	if as != was && On(k) {
		return as
	}
	return was
}

// Serve runs tests again and again, each time with another mutant. A request is a line: the mutant (0 for none), the seconds of the
// processor that it may take, and patterns for -test.run; the answer is "passed", "failed" or "endless", the
// nanoseconds that it took, and where there was no mutant, what was noted.
func Serve(run func() int) {
	in, out := bufio.NewScanner(os.Stdin), os.NewFile(3, "answers")
	in.Buffer(nil, 1<<24)
	var end, since atomic.Int64
	go func() {
		var memory runtime.MemStats
		for {
			time.Sleep(200 * time.Millisecond)
			runtime.ReadMemStats(&memory)
			if at := end.Load(); at > 0 && (used() > at || memory.HeapAlloc > 2<<30 || time.Now().Unix()-since.Load() > 600) {
				fmt.Fprintln(out, "endless")
				os.Exit(1)
			}
		}
	}()
	for in.Scan() {
		fields := strings.Split(in.Text(), "\t")
		k, _ := strconv.Atoi(fields[0])
		most, _ := strconv.ParseFloat(fields[1], 64)
		active, noting = k, k == 0
		before := used()
		since.Store(time.Now().Unix())
		end.Store(before + int64(most*1e9))
		answer := "passed"
		for _, pattern := range fields[2:] {
			if err := flag.Set("test.run", pattern); err != nil {
				panic(err)
			}
			if run() != 0 {
				answer = "failed"
				break
			}
		}
		end.Store(0)
		answer += " " + strconv.FormatInt(used()-before, 10)
		active, noting = 0, false
		for k := range noted {
			if noted[k].Swap(false) {
				answer += " " + strconv.Itoa(k)
			}
		}
		fmt.Fprintln(out, answer)
	}
}

// used is the processor's time that this process took, in nanoseconds.
func used() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

type integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

type number interface {
	integer | ~float32 | ~float64
}

func Less[T cmp.Ordered](k int, a, b T) bool         { return pick(k, a <= b, a < b) }
func LessEqual[T cmp.Ordered](k int, a, b T) bool    { return pick(k, a < b, a <= b) }
func Greater[T cmp.Ordered](k int, a, b T) bool      { return pick(k, a >= b, a > b) }
func GreaterEqual[T cmp.Ordered](k int, a, b T) bool { return pick(k, a > b, a >= b) }
func Add[T number](k int, a, b T) T                  { return pick(k, a-b, a+b) }
func Sub[T number](k int, a, b T) T                  { return pick(k, a+b, a-b) }
func And[T integer](k int, a, b T) T                 { return pick(k, a|b, a&b) }
func Or[T integer](k int, a, b T) T                  { return pick(k, a&b, a|b) }
func Xor[T integer](k int, a, b T) T                 { return pick(k, a&b, a^b) }
func AndNot[T integer](k int, a, b T) T              { return pick(k, a&b, a&^b) }
func ShiftLeft[T, S integer](k int, a T, b S) T      { return pick(k, a>>b, a<<b) }
func ShiftRight[T, S integer](k int, a T, b S) T     { return pick(k, a<<b, a>>b) }
func Minus[T number](k int, a T) T                   { return pick(k, a, -a) }

// Step is what a ++ or a -- takes: one, or minus one.
func Step[T number](k int, _ T) T { return 1 - pick[T](k, 2, 0) }

func Mul[T number](k int, a, b T) T {
	if On(k) {
		return a / b
	}
	return a * b
}

func Quo[T number](k int, a, b T) T {
	if On(k) {
		return a * b
	}
	return a / b
}

func Rem[T integer](k int, a, b T) T { return pick(k, a*b, a%b) }

// Of an assignment there are two mutants: with another operator, and with none.

func AddTo[T number](k, alone int, a, b T) T     { return pick(alone, b, Add(k, a, b)) }
func SubTo[T number](k, alone int, a, b T) T     { return pick(alone, b, Sub(k, a, b)) }
func OrTo[T integer](k, alone int, a, b T) T     { return pick(alone, b, Or(k, a, b)) }
func AndTo[T integer](k, alone int, a, b T) T    { return pick(alone, b, And(k, a, b)) }
func AndNotTo[T integer](k, alone int, a, b T) T { return pick(alone, b, AndNot(k, a, b)) }
func JoinTo[T ~string](alone int, a, b T) T      { return pick(alone, b, a+b) }
