package scimclient_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/oktascim/oktascim/scimclient"
)

// exampleServer has two users and creates a third.
func exampleServer() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodPost:
			write(w, http.StatusConflict, uniqueness)
		case http.MethodPatch:
			w.WriteHeader(http.StatusNoContent)
		default:
			write(w, http.StatusOK, list(2, people(1, 2)))
		}
	}))
}

func Example() {
	server := exampleServer()
	defer server.Close()
	c, err := scimclient.New(scimclient.Options{BaseURL: server.URL + "/scim/v2", Auth: scimclient.Bearer("abc123")})
	if err != nil {
		fmt.Fprintln(os.Stdout, err)
		return
	}
	ctx := context.Background()
	if err := c.TestCredentials(ctx); err != nil {
		fmt.Fprintln(os.Stdout, err)
		return
	}
	users := scimclient.Users(c).List(ctx, scimclient.Query{})
	for u, err := range users.All() {
		if err != nil {
			fmt.Fprintln(os.Stdout, err)
			return
		}
		fmt.Fprintln(os.Stdout, u.ID, u.UserName)
	}
	fmt.Fprintln(os.Stdout, "complete:", users.Stats().Complete())
	// Output:
	// u1 User1
	// u2 User2
	// complete: true
}

func ExampleEndpoint_Create() {
	server := exampleServer()
	defer server.Close()
	c, _ := scimclient.New(scimclient.Options{BaseURL: server.URL, Auth: scimclient.Header("abc123")})

	_, err := scimclient.Users(c).Create(context.Background(), scimclient.User{
		Schemas: []string{scimclient.UserSchema}, UserName: "ada@example.com",
	})
	switch {
	case scimclient.IsConflict(err):
		fmt.Fprintln(os.Stdout, "exists:", err)
	case scimclient.MaybeProcessed(err):
		fmt.Fprintln(os.Stdout, "look before trying again:", err)
	}
	// Output:
	// exists: POST /Users: 409 Conflict (uniqueness): taken
}

func ExampleEndpoint_Patch() {
	server := exampleServer()
	defer server.Close()
	c, _ := scimclient.New(scimclient.Options{BaseURL: server.URL, Auth: scimclient.Header("abc123")})

	// Okta's deactivation: no path.
	_, shown, err := scimclient.At[scimclient.Object](c, "/Users").Patch(context.Background(), "u1", []scimclient.Operation{
		{Op: "replace", Value: scimclient.Object{"active": false}},
	})
	fmt.Fprintln(os.Stdout, shown, err)
	// Output:
	// false <nil>
}
