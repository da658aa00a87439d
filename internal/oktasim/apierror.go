package oktasim

import (
	"fmt"
	"net/http"
)

// apiError is an error body of the Management API. Only the code is stable by Okta's
// contract; the texts follow recorded replies where there are any.
type apiError struct {
	status  int
	code    string
	summary string
	causes  []string
	// header and raw replace the usual body (OAuth failures say everything in a header).
	header http.Header
	raw    bool
}

type errorBody struct {
	Code    string       `json:"errorCode"`
	Summary string       `json:"errorSummary"`
	Link    string       `json:"errorLink"`
	ID      string       `json:"errorId"`
	Causes  []errorCause `json:"errorCauses"`
}

type errorCause struct {
	Summary string `json:"errorSummary"`
}

// reply makes e the answer to a request.
func (e *apiError) reply(errorID string) reply {
	if e.raw {
		return reply{status: e.status, header: e.header}
	}
	causes := make([]errorCause, 0, len(e.causes))
	for _, c := range e.causes {
		causes = append(causes, errorCause{c})
	}
	return reply{status: e.status, header: e.header, body: errorBody{e.code, e.summary, e.code, errorID, causes}}
}

func invalid(what string, causes ...string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "E0000001", summary: "Api validation failed: " + what, causes: causes}
}

// notFound names the kind of thing as Okta does. Of the kinds used here only User is
// recorded; UserGroup, AppInstance, AppUser and the rest are guesses.
func notFound(id, kind string) *apiError {
	return &apiError{status: http.StatusNotFound, code: "E0000007", summary: fmt.Sprintf("Not found: Resource not found: %s (%s)", id, kind)}
}

func malformed() *apiError {
	return &apiError{status: http.StatusBadRequest, code: "E0000003", summary: "The request body was not well-formed."}
}

func noSuchPath() *apiError {
	return &apiError{status: http.StatusNotFound, code: "E0000008", summary: "The requested path was not found"}
}

func methodNotSupported() *apiError {
	return &apiError{status: http.StatusMethodNotAllowed, code: "E0000022", summary: "The endpoint does not support the provided HTTP method"}
}

func forbidden() *apiError {
	return &apiError{status: http.StatusForbidden, code: "E0000006", summary: "You do not have permission to perform the requested action"}
}

func invalidToken() *apiError {
	return &apiError{status: http.StatusUnauthorized, code: "E0000011", summary: "Invalid token provided"}
}

func badSearch(why string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "E0000031", summary: "Invalid search criteria.", causes: []string{why}}
}

func wrongStatus() *apiError {
	return &apiError{status: http.StatusForbidden, code: "E0000038", summary: "This operation is not allowed in the user's current status."}
}

func tooManyRequests() *apiError {
	return &apiError{status: http.StatusTooManyRequests, code: "E0000047", summary: "API call exceeded rate limit due to too many requests."}
}

func internalError() *apiError {
	return &apiError{status: http.StatusInternalServerError, code: "E0000009", summary: "Internal Server Error"}
}
