package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// calls are the functions of switches that stand for an operator.
var calls = map[token.Token]string{
	token.LSS: "Less", token.LEQ: "LessEqual", token.GTR: "Greater", token.GEQ: "GreaterEqual",
	token.ADD: "Add", token.SUB: "Sub", token.MUL: "Mul", token.QUO: "Quo", token.REM: "Rem",
	token.AND: "And", token.OR: "Or", token.XOR: "Xor", token.AND_NOT: "AndNot", token.SHL: "ShiftLeft", token.SHR: "ShiftRight",
}

// swaps say what a kind of mutant makes of a token.
var swaps = map[string]map[token.Token]token.Token{
	"ARITHMETIC_BASE":       {token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO, token.QUO: token.MUL, token.REM: token.MUL},
	"CONDITIONALS_BOUNDARY": {token.GEQ: token.GTR, token.GTR: token.GEQ, token.LEQ: token.LSS, token.LSS: token.LEQ},
	"CONDITIONALS_NEGATION": {token.EQL: token.NEQ, token.NEQ: token.EQL, token.GEQ: token.LSS, token.LSS: token.GEQ, token.GTR: token.LEQ,
		token.LEQ: token.GTR},
	"INCREMENT_DECREMENT": {token.DEC: token.INC, token.INC: token.DEC},
	"INVERT_ASSIGNMENTS":  {token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN},
	"INVERT_BITWISE": {token.AND: token.OR, token.OR: token.AND, token.XOR: token.AND, token.AND_NOT: token.AND, token.SHL: token.SHR,
		token.SHR: token.SHL},
	"INVERT_BWASSIGN":  {token.AND_ASSIGN: token.OR_ASSIGN, token.OR_ASSIGN: token.AND_ASSIGN},
	"INVERT_LOGICAL":   {token.LAND: token.LOR, token.LOR: token.LAND},
	"INVERT_LOOPCTRL":  {token.BREAK: token.CONTINUE, token.CONTINUE: token.BREAK},
	"INVERT_NEGATIVES": {token.SUB: token.ADD},
	"REMOVE_SELF_ASSIGNMENTS": {token.ADD_ASSIGN: token.ASSIGN, token.SUB_ASSIGN: token.ASSIGN, token.OR_ASSIGN: token.ASSIGN, token.AND_ASSIGN: token.ASSIGN,
		token.AND_NOT_ASSIGN: token.ASSIGN},
}

// mutant is one change of one token.
type mutant struct {
	number int
	// file is the path from spec/, place the function or the rule that the token stands in.
	file, place string
	// line is the source line as it becomes.
	line string
	kind string
	// fixed says why it cannot be switched on; empty where it can.
	fixed  string
	at     token.Position
	status status
}

// name identifies a mutant in the list of survivors, whatever lines are added around it.
func (m *mutant) name() string { return m.file + " " + m.place + ": " + m.line }

// source is one file that is rewritten so that each of its mutants can be switched on.
type source struct {
	name  string
	text  []byte
	set   *token.FileSet
	file  *ast.File
	info  *types.Info
	found map[string]*mutant // by line, column and kind
	// before and after are inserted at an offset; replaced are tokens that become another text.
	before, after map[int]string
	replaced      map[int]replacement
	switched      bool
	parents       []ast.Node
}

type replacement struct {
	length int
	text   string
}

func parse(set *token.FileSet, name string, text []byte) (*source, error) {
	file, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &source{name: name, text: text, set: set, file: file, found: map[string]*mutant{},
		before: map[int]string{}, after: map[int]string{}, replaced: map[int]replacement{}}, nil
}

func spot(line, column int, kind string) string { return fmt.Sprint(line, ":", column, " ", kind) }

// rewrite returns the source with a switch for each mutant.
func (s *source) rewrite() []byte {
	ast.Inspect(s.file, func(n ast.Node) bool {
		if n == nil {
			s.parents = s.parents[:len(s.parents)-1]
			return false
		}
		s.visit(n)
		s.parents = append(s.parents, n)
		return true
	})
	if s.switched {
		s.after[s.offset(s.file.Name.End())] += `; import mutant "` + switchesPath + `"`
	}
	var out strings.Builder
	for i := 0; i <= len(s.text); i++ {
		out.WriteString(s.after[i])
		out.WriteString(s.before[i])
		if r, ok := s.replaced[i]; ok {
			out.WriteString(r.text)
			i += r.length - 1
			continue
		}
		if i < len(s.text) {
			out.WriteByte(s.text[i])
		}
	}
	return []byte(out.String())
}

func (s *source) offset(p token.Pos) int { return s.set.Position(p).Offset }

// wrap puts text around a node; what is around an outer node, is visited first.
func (s *source) wrap(n ast.Node, before, after string) {
	s.before[s.offset(n.Pos())] += before
	s.after[s.offset(n.End())] = after + s.after[s.offset(n.End())]
}

func (s *source) replace(at token.Pos, what token.Token, text string) {
	s.replaced[s.offset(at)] = replacement{len(what.String()), text}
}

// take returns the mutant of a kind that stands at a token, and fills in what is known of it; nil where there is none.
func (s *source) take(at token.Pos, what token.Token, kind string) *mutant {
	p := s.set.Position(at)
	m := s.found[spot(p.Line, p.Column, kind)]
	if m == nil {
		return nil
	}
	m.at, m.place = p, s.place()
	start, end := p.Offset, p.Offset
	for start > 0 && s.text[start-1] != '\n' {
		start--
	}
	for end < len(s.text) && s.text[end] != '\n' {
		end++
	}
	m.line = strings.TrimSpace(string(s.text[start:p.Offset])) + "⟦" + swaps[kind][what].String() + "⟧" +
		strings.TrimSpace(string(s.text[p.Offset+len(what.String()):end]))
	return m
}

// place is the innermost named thing around: a function, a rule, a variable.
func (s *source) place() string {
	for _, n := range slices.Backward(s.parents) {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.BasicLit); ok && key.Kind == token.STRING {
				if _, ok := n.Value.(*ast.FuncLit); ok {
					return strings.Trim(key.Value, `"`)
				}
			}
		case *ast.FuncDecl:
			return n.Name.Name
		case *ast.ValueSpec:
			return n.Names[0].Name
		}
	}
	return s.file.Name.Name
}

// on is the expression that says whether the mutant is alive.
func (s *source) on(m *mutant) string {
	s.switched = true
	return fmt.Sprintf("mutant.On(%d)", m.number)
}

// call begins a call of a function of switches.
func (s *source) call(name string, m *mutant) string {
	s.switched = true
	return fmt.Sprintf("mutant.%s(%d, ", name, m.number)
}

func (s *source) visit(n ast.Node) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		s.binary(n)
	case *ast.UnaryExpr:
		for _, kind := range []string{"ARITHMETIC_BASE", "INVERT_NEGATIVES", "INVERT_BITWISE"} {
			// Two make a plus of the minus of a number; one of them is enough.
			m := s.take(n.OpPos, n.Op, kind)
			switch {
			case m == nil:
			case kind == "INVERT_BITWISE":
				m.fixed = noCode // the & of an address
			case kind == "ARITHMETIC_BASE":
				m.fixed = sameAsAnother
			case s.constant(n):
				m.fixed = isConstant
			default:
				s.replace(n.OpPos, n.Op, "")
				s.wrap(n, s.call("Minus", m), ")")
			}
		}
	case *ast.IncDecStmt:
		if m := s.take(n.TokPos, n.Tok, "INCREMENT_DECREMENT"); m != nil {
			sign := " += "
			if n.Tok == token.DEC {
				sign = " -= "
			}
			s.replace(n.TokPos, n.Tok, sign+s.call("Step", m)+s.original(n.X)+")")
		}
	case *ast.AssignStmt:
		s.assign(n)
	case *ast.BranchStmt:
		s.branch(n)
	}
}

func (s *source) binary(n *ast.BinaryExpr) {
	if m := s.take(n.OpPos, n.Op, "INVERT_LOGICAL"); m != nil {
		on := " != " + s.on(m)
		s.wrap(n, "(", on+")")
		s.wrap(n, "(", ")")
		s.wrap(n.X, "((", ")"+on+")")
		s.wrap(n.Y, "((", ")"+on+")")
	}
	if m := s.take(n.OpPos, n.Op, "CONDITIONALS_NEGATION"); m != nil {
		s.wrap(n, "((", ") != "+s.on(m)+")")
	}
	for _, kind := range []string{"CONDITIONALS_BOUNDARY", "ARITHMETIC_BASE", "INVERT_BITWISE", "INVERT_NEGATIVES"} {
		m := s.take(n.OpPos, n.Op, kind)
		switch {
		case m == nil:
		case kind == "INVERT_NEGATIVES":
			m.fixed = sameAsAnother
		case s.constant(n):
			m.fixed = isConstant
		case s.textual(n.X) && kind == "ARITHMETIC_BASE":
			m.fixed = noCode
		default:
			name := calls[n.Op]
			if basic, ok := s.info.TypeOf(n).(*types.Basic); ok && kind == "INVERT_BITWISE" {
				name += "[" + basic.Name() + "]" // a constant that is shifted has its type from what is around it
			}
			s.replace(n.OpPos, n.Op, ",")
			s.wrap(n, s.call(name, m), ")")
		}
	}
}

// assigns are the functions of switches that stand for an assignment with an operator.
var assigns = map[token.Token]string{token.ADD_ASSIGN: "AddTo", token.SUB_ASSIGN: "SubTo", token.OR_ASSIGN: "OrTo",
	token.AND_ASSIGN: "AndTo", token.AND_NOT_ASSIGN: "AndNotTo"}

func (s *source) assign(n *ast.AssignStmt) {
	alone := s.take(n.TokPos, n.Tok, "REMOVE_SELF_ASSIGNMENTS")
	if alone == nil {
		return
	}
	other := s.take(n.TokPos, n.Tok, "INVERT_ASSIGNMENTS")
	if other == nil {
		other = s.take(n.TokPos, n.Tok, "INVERT_BWASSIGN")
	}
	call := s.call(assigns[n.Tok], other) + strconv.Itoa(alone.number) + ", "
	if s.textual(n.Lhs[0]) {
		other.fixed = noCode
		call = s.call("JoinTo", alone)
	}
	s.replace(n.TokPos, n.Tok, "=")
	s.wrap(n.Rhs[0], call+s.original(n.Lhs[0])+", ", ")")
}

func (s *source) branch(n *ast.BranchStmt) {
	m := s.take(n.TokPos, n.Tok, "INVERT_LOOPCTRL")
	if m == nil {
		return
	}
	other, label := swaps["INVERT_LOOPCTRL"][n.Tok].String(), ""
	if n.Label != nil {
		label = " " + n.Label.Name
	}
	if !s.loops(n.Tok) {
		m.fixed = noCode
		return
	}
	s.wrap(n, "if "+s.on(m)+" { "+other+label+" }; ", "")
}

// loops reports that a break may become a continue here, and a continue a break: the loop around it still ends where it did for the
// compiler, who takes a loop without a condition and without a break for the end of a function.
func (s *source) loops(what token.Token) bool {
	for _, n := range slices.Backward(s.parents) {
		switch n := n.(type) {
		case *ast.ForStmt:
			return n.Cond != nil || what == token.BREAK
		case *ast.RangeStmt:
			return true
		case *ast.FuncLit, *ast.FuncDecl:
			return false
		}
	}
	return false
}

func (s *source) original(n ast.Node) string {
	return string(s.text[s.offset(n.Pos()):s.offset(n.End())])
}

func (s *source) constant(n ast.Expr) bool {
	value := s.info.Types[n].Value
	return value != nil && value.Kind() != constant.Unknown
}

// textual reports an expression that is a string.
func (s *source) textual(n ast.Expr) bool {
	basic, ok := s.info.TypeOf(n).Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsString != 0
}
