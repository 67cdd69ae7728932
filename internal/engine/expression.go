package engine

import (
	"iter"
	"os"
	"strconv"
	"sync"

	"github.com/braidflow/braid/internal/el"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/sdk"
)

// expression is compiled Expression Language as components use it.
type expression struct {
	expr *el.Expr
	envs *sync.Pool // of *el.Env, all alike but for the attributes of the moment
}

// compile makes an expression for a component.
func (e *Engine) compile(text string, parameter, state func(string) (string, bool)) (sdk.Expression, error) {
	expr, err := el.Compile(text)
	if err != nil {
		return nil, err
	}
	return &expression{expr: expr, envs: &sync.Pool{New: func() any {
		return &el.Env{
			LookupEnv: os.LookupEnv, Parameter: parameter, State: state, Now: e.clock.Now, Location: e.location,
			NextInt: func() int64 { return e.nextInt.Add(1) - 1 },
		}
	}}}, nil
}

// Eval implements sdk.Expression.
func (x *expression) Eval(attrs sdk.Attributes) (string, error) {
	if v, ok := x.expr.IsConstant(); ok {
		return v, nil
	}
	env := x.envs.Get().(*el.Env)
	var v string
	var err error
	if more, ok := attrs.(sdk.Values); ok {
		v, err = x.expr.Eval(withValues(*env, more))
	} else {
		env.Attributes = attributes(attrs)
		v, err = x.expr.Eval(env)
		env.Attributes = nil
	}
	x.envs.Put(env)
	return v, err
}

// withValues adds what a component gives beside attributes to its own copy of an environment.
func withValues(env el.Env, more sdk.Values) *el.Env {
	env.Attributes, env.Decorate = attributes(more.Attributes), more.Decorate
	if more.Variables != nil {
		env.Variables = more.Variables
	}
	if more.State != nil {
		env.State = func(key string) (string, bool) {
			v, ok := more.State[key]
			return v, ok
		}
	}
	return &env
}

func attributes(attrs sdk.Attributes) el.Attributes {
	switch a := attrs.(type) {
	case nil:
		return nil
	case *flowfile.FlowFile:
		return (*elView)(a)
	default:
		return a
	}
}

// Constant implements sdk.Expression.
func (x *expression) Constant() (string, bool) { return x.expr.IsConstant() }

// elView is a FlowFile as expressions see it: with the properties that NiFi's ValueLookup adds to the attributes.
type elView flowfile.FlowFile

func (v *elView) All() iter.Seq2[string, string] { return (*flowfile.FlowFile)(v).All() }

// Attr finds a property of the FlowFile, then an attribute: NiFi's order.
func (v *elView) Attr(name string) (string, bool) {
	ff := (*flowfile.FlowFile)(v)
	switch name {
	case "flowFileId":
		return strconv.FormatUint(ff.ID, 10), true
	case "fileSize":
		return strconv.FormatInt(ff.Claim.Length, 10), true
	case "entryDate":
		return strconv.FormatInt(ff.Entry, 10), true
	case "lineageStartDate":
		return strconv.FormatInt(ff.Lineage, 10), true
	case "lastQueueDate":
		return strconv.FormatInt(ff.Queued, 10), true
	case "queueDateIndex":
		return strconv.FormatUint(ff.ID, 10), true
	}
	return ff.Attr(name)
}
