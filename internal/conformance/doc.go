// Package conformance replays what Okta sends to a SCIM 2.0 server and says
// which button in Okta's admin console would not work with that server.
//
// A scenario (features/okta/*.feature) is one requirement: a stable id, a
// grade, the sentence, the source of the sentence and what to do about a
// failure. [Load] reads them, [Suite.Run] runs them with godog against a URL and
// returns a [Report], which writes itself as text or JUnit.
//
// godog runs the steps and nothing more. Verdicts and counts are made here,
// since godog counts a skipped scenario as passed and an undefined step may
// exit 0.
//
// The package sends literal bytes and reads generic JSON. It shares no code
// with the SCIM client or the reference server of this repository: a misreading
// of the RFC in one of the three shows in the other two.
//
// What a run makes on the server starts with "scimconform-" and a random run
// id, and is deleted at the end of each scenario, also after a failure and
// after a cancelled context.
package conformance
