package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/content"
)

// fault is an error with an HTTP status and a text for people, which may be a format for [fault.with].
type fault struct {
	status int
	text   string
}

// Error implements error.
func (f fault) Error() string { return f.text }

// with fills the text's verbs.
func (f fault) with(args ...any) fault { return fault{f.status, fmt.Sprintf(f.text, args...)} }

// The faults. The statuses and what the texts say are NiFi's.
var (
	errNoResource  = fault{http.StatusNotFound, "The specified resource could not be found."}
	errNoProcessor = fault{http.StatusNotFound, "Unable to find processor with id '%s'."}
	errNoGroup     = fault{http.StatusNotFound, "Unable to locate group with id '%s'."}
	errNoneSuch    = fault{http.StatusNotFound, "Unable to find %s with id '%s'."}
	errNoFlowFile  = fault{http.StatusNotFound, "The FlowFile with UUID %s is no longer in the queue."}
	errNoEvent     = fault{http.StatusNotFound, "Unable to find event with id '%d'; it may have been removed because it was too old."}
	errNoRequest   = fault{http.StatusNotFound, "There is no %s with id '%s'; it was deleted, or it was not used for a while. Submit it again."}
	errNoCounter   = fault{http.StatusNotFound, "There is no counter with id '%s'."}

	errMethod    = fault{http.StatusMethodNotAllowed, "HTTP 405 Method Not Allowed"}
	errAccept    = fault{http.StatusNotAcceptable, "HTTP 406 Not Acceptable"}
	errMediaType = fault{http.StatusUnsupportedMediaType, "HTTP 415 Unsupported Media Type: send the body as application/json"}
	errTooLarge  = fault{http.StatusRequestEntityTooLarge, "The request body is larger than %d MB."}
	errHost      = fault{http.StatusMisdirectedRequest, "The host '%s' is not this node's: use its address or localhost; a proxy names the outer host in X-ProxyHost."}

	errCrossOrigin = fault{http.StatusForbidden, "The request was made by a page of another site and is refused."}
	errInsecure    = fault{http.StatusConflict, "There is no login: the node is not secured."}

	errNoBody    = fault{http.StatusBadRequest, "A request body is needed."}
	errMalformed = fault{http.StatusBadRequest, "The request body is not what is expected: %s"}
	errParameter = fault{http.StatusBadRequest, "The value '%s' of the parameter %s is not valid: %s."}
	errMissing   = fault{http.StatusBadRequest, "%s must be specified."}
	errState     = fault{http.StatusBadRequest, "The desired state '%s' is not supported."}
	errOtherID   = fault{http.StatusBadRequest, "The id '%s' in the request body does not equal the id '%s' of the requested resource."}
	errRevision  = fault{http.StatusBadRequest, "[%d, %s, %s] is not the most up-to-date revision. This component appears to have been modified. Retrieve the most up-to-date revision and try again."}
	errNoClaim   = fault{http.StatusBadRequest, "%s Content Claim not specified"}

	errNotStopped  = fault{http.StatusConflict, "%s[id=%s] cannot be %s because it is not stopped"}
	errIsDisabled  = fault{http.StatusConflict, "%s[id=%s] cannot be started because it is disabled"}
	errContentGone = fault{http.StatusNotFound, "The content is not kept any more."}
	errBadContent  = fault{http.StatusConflict, "The content is damaged: %s"}
	errConflict    = fault{http.StatusConflict, "%s"}

	errInternal = fault{http.StatusInternalServerError, "An unexpected error has occurred. Please check the logs for additional details."}
)

// asFault finds the status of an error that some other package has returned.
func asFault(err error) fault {
	var f fault
	var damaged *content.CorruptError
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, flow.ErrNotFound):
		f.status = http.StatusNotFound
	case errors.Is(err, flow.ErrSetting):
		f.status = http.StatusBadRequest
	case errors.Is(err, flow.ErrRule), errors.Is(err, flow.ErrExists):
		f.status = http.StatusConflict
	case errors.Is(err, content.ErrGone):
		return errContentGone
	case errors.As(err, &damaged):
		return errBadContent.with(oneLine(err.Error()))
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		f.status = http.StatusServiceUnavailable
	default:
		f.status = http.StatusInternalServerError
	}
	f.text = oneLine(err.Error())
	return f
}

// oneLine keeps whatever users or data contributed to a text from breaking it up.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
}
