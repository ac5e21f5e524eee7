package cloudwatch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
)

// Expressions of metric math that the program uses: numbers, metrics, + - * /, comparisons (1 or 0), and the functions
// FILL, IF, PERIOD and DIFF. Go's parser reads them, because the forms are the same.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

// names returns the metrics of an expression.
func names(expression string) ([]string, error) {
	tree, err := parser.ParseExpr(expression)
	if err != nil {
		return nil, fmt.Errorf("expression %s: %w", expression, err)
	}
	called := map[*ast.Ident]bool{}
	var out []string
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if name, ok := n.Fun.(*ast.Ident); ok {
				called[name] = true
			}
		case *ast.Ident:
			if !called[n] {
				out = append(out, n.Name)
			}
		}
		return true
	})
	return out, nil
}

// compute returns the datapoints of an expression. A period in which a metric has no data has no value, unless the
// expression fills it.
func compute(expression string, series Series, length int, period float64) ([]*float64, error) {
	tree, err := parser.ParseExpr(expression)
	if err != nil {
		return nil, fmt.Errorf("expression %s: %w", expression, err)
	}
	out := make([]*float64, length)
	for i := range out {
		e := evaluation{series: series, at: i, period: period}
		out[i] = e.value(tree)
		if e.err != nil {
			return nil, fmt.Errorf("expression %s: %w", expression, e.err)
		}
	}
	return out, nil
}

type evaluation struct {
	series Series
	at     int
	period float64
	err    error
}

func (e *evaluation) fail(format string, args ...any) *float64 {
	if e.err == nil {
		e.err = fmt.Errorf(format, args...)
	}
	return nil
}

func (e *evaluation) value(node ast.Expr) *float64 {
	switch n := node.(type) {
	case *ast.ParenExpr:
		return e.value(n.X)
	case *ast.BasicLit:
		v, err := strconv.ParseFloat(n.Value, 64)
		if err != nil {
			return e.fail("%s is no number", n.Value)
		}
		return &v
	case *ast.Ident:
		return e.metric(n.Name, e.at)
	case *ast.BinaryExpr:
		return e.binary(n)
	case *ast.CallExpr:
		return e.call(n)
	}
	return e.fail("%T is not modelled", node)
}

func (e *evaluation) metric(id string, at int) *float64 {
	if values := e.series[id]; at >= 0 && at < len(values) {
		return values[at]
	}
	return nil
}

func (e *evaluation) binary(n *ast.BinaryExpr) *float64 {
	x, y := e.value(n.X), e.value(n.Y)
	if x == nil || y == nil {
		return nil
	}
	truth := func(is bool) *float64 {
		v := 0.0
		if is {
			v = 1
		}
		return &v
	}
	var v float64
	switch n.Op {
	case token.ADD:
		v = *x + *y
	case token.SUB:
		v = *x - *y
	case token.MUL:
		v = *x * *y
	case token.QUO:
		if *y == 0 {
			return nil // CloudWatch drops a datapoint that divides by zero
		}
		v = *x / *y
	case token.GTR:
		return truth(*x > *y)
	case token.GEQ:
		return truth(*x >= *y)
	case token.LSS:
		return truth(*x < *y)
	case token.LEQ:
		return truth(*x <= *y)
	default:
		return e.fail("the operator %s is not modelled", n.Op)
	}
	return &v
}

func (e *evaluation) call(n *ast.CallExpr) *float64 {
	name, ok := n.Fun.(*ast.Ident)
	if !ok {
		return e.fail("a call of no name")
	}
	arguments := map[string]int{"FILL": 2, "IF": 3, "PERIOD": 1, "DIFF": 1}
	if want, known := arguments[name.Name]; !known || len(n.Args) != want {
		return e.fail("%s with %d arguments is not modelled", name.Name, len(n.Args))
	}
	switch name.Name {
	case "PERIOD":
		return &e.period
	case "FILL":
		if v := e.value(n.Args[0]); v != nil {
			return v
		}
		return e.value(n.Args[1])
	case "DIFF":
		id, isMetric := n.Args[0].(*ast.Ident)
		if !isMetric {
			return e.fail("DIFF of an expression is not modelled")
		}
		now, before := e.metric(id.Name, e.at), e.metric(id.Name, e.at-1)
		if now == nil || before == nil {
			return nil
		}
		v := *now - *before
		return &v
	}
	condition := e.value(n.Args[0])
	if condition == nil {
		return nil
	}
	if *condition != 0 {
		return e.value(n.Args[1])
	}
	return e.value(n.Args[2])
}
