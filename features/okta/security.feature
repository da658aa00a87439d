Feature: Security and robustness
  Okta's admin trusts a connection with the names, the access and sometimes the
  passwords of everybody. What is here breaks no button: a server that fails it
  works with Okta until somebody without the token tries, or until something
  arrives that is broken. A refusal is what matters; its form is graded lower.
  What may leave somebody odd on the server runs alone: nobody else is to meet them.

  # Source: RFC 7644 §2 and §7.1: every request is authenticated
  # Breaks: everybody on the network can read all people
  # Mend: look at the token before anything else, on every method and every path
  @security.people.1 @must @catalog @wizard @okta:security
  Scenario: People cannot be listed without the token
    Given Okta has created the person "Ada"
    When strangers list the person "Ada"
    Then no stranger is let in
    And no stranger is told of "Ada"

  # Source: RFC 7644 §2 and §7.1: every request is authenticated
  # Breaks: everybody on the network can find out who has an account
  # Mend: look at the token before anything else, on every method and every path
  @security.people.2 @must @catalog @wizard @okta:security
  Scenario: Nobody can be looked up without the token
    Given Okta has created the person "Ada"
    When strangers look up the person "Ada"
    Then no stranger is let in
    And no stranger is told of "Ada"

  # Source: RFC 7644 §2 and §7.1: every request is authenticated
  # Breaks: everybody on the network can read people
  # Mend: look at the token before anything else, on every method and every path
  @security.people.3 @must @catalog @wizard @okta:security
  Scenario: A person cannot be read without the token
    Given Okta has created the person "Ada"
    When strangers read the person "Ada"
    Then no stranger is let in
    And no stranger is told of "Ada"

  # Source: RFC 7644 §2 and §7.1: every request is authenticated
  # Breaks: everybody on the network can give themselves an account
  # Mend: look at the token before anything else, on every method and every path
  @security.people.4 @must @catalog @wizard @okta:security
  Scenario: A person cannot be created without the token
    When strangers create the person "Ada"
    Then no stranger is let in
    And no person "Ada" has come

  # Source: RFC 7644 §2 and §7.1: every request is authenticated
  # Breaks: everybody on the network can take over accounts
  # Mend: look at the token before anything else, on every method and every path
  @security.people.5 @must @catalog @wizard @okta:security
  Scenario: A person cannot be replaced without the token
    Given Okta has created the person "Ada"
    When strangers replace the person "Ada"
    Then no stranger is let in
    And reading "Ada" shows "name.givenName" as sent

  # Source: RFC 7644 §2 and §7.1: every request is authenticated
  # Breaks: everybody on the network can switch people off and on
  # Mend: look at the token before anything else, on every method and every path
  @security.people.6 @must @catalog @wizard @okta:security
  Scenario: A person cannot be patched without the token
    Given Okta has created the person "Ada"
    When strangers change the person "Ada"
    Then no stranger is let in
    And reading "Ada" shows "active" as true

  # Source: RFC 7644 §2 and §7.1: every request is authenticated
  # Breaks: everybody on the network can delete people
  # Mend: look at the token before anything else, on every method and every path
  @security.people.7 @must @catalog @wizard @okta:security
  Scenario: A person cannot be deleted without the token
    Given Okta has created the person "Ada"
    When strangers delete the person "Ada"
    Then no stranger is let in
    And reading "Ada" shows "userName" as sent

  # Source: RFC 7644 §2 and §7.1: every request is authenticated
  # Breaks: everybody on the network can read who may do what
  # Mend: look at the token before anything else, on every method and every path
  @security.groups.1 @must @catalog @wizard @needs:groups @okta:security
  Scenario: Groups cannot be listed without the token
    Given Okta has pushed the group "Team" with nobody
    When strangers list the group "Team"
    Then no stranger is let in
    And no stranger is told of "Team"

  # Source: RFC 7644 §2 and §7.1: every request is authenticated
  # Breaks: everybody on the network can read who may do what
  # Mend: look at the token before anything else, on every method and every path
  @security.groups.2 @must @catalog @wizard @needs:groups @okta:security
  Scenario: No group can be looked up without the token
    Given Okta has pushed the group "Team" with nobody
    When strangers look up the group "Team"
    Then no stranger is let in
    And no stranger is told of "Team"

  # Source: RFC 7644 §2 and §7.1: every request is authenticated
  # Breaks: everybody on the network can read who may do what
  # Mend: look at the token before anything else, on every method and every path
  @security.groups.3 @must @catalog @wizard @needs:groups @okta:security
  Scenario: A group cannot be read without the token
    Given Okta has pushed the group "Team" with nobody
    When strangers read the group "Team"
    Then no stranger is let in
    And no stranger is told of "Team"

  # Source: RFC 7644 §2 and §7.1: every request is authenticated
  # Breaks: everybody on the network can make groups
  # Mend: look at the token before anything else, on every method and every path
  @security.groups.4 @must @catalog @wizard @needs:groups @okta:security
  Scenario: A group cannot be created without the token
    When strangers create the group "Team"
    Then no stranger is let in
    And no group "Team" has come

  # Source: RFC 7644 §2 and §7.1: every request is authenticated
  # Breaks: everybody on the network can join any group
  # Mend: look at the token before anything else, on every method and every path
  @security.groups.5 @must @catalog @wizard @needs:groups @okta:security
  Scenario: A group cannot be replaced without the token
    Given Okta has pushed the group "Team" with nobody
    When strangers replace the group "Team"
    Then no stranger is let in
    And the group "Team" is as it was

  # Source: RFC 7644 §2 and §7.1: every request is authenticated
  # Breaks: everybody on the network can join any group
  # Mend: look at the token before anything else, on every method and every path
  @security.groups.6 @must @catalog @wizard @needs:groups @okta:security
  Scenario: A group cannot be patched without the token
    Given Okta has pushed the group "Team" with nobody
    When strangers change the group "Team"
    Then no stranger is let in
    And the group "Team" is as it was

  # Source: RFC 7644 §2 and §7.1: every request is authenticated
  # Breaks: everybody on the network can delete groups
  # Mend: look at the token before anything else, on every method and every path
  @security.groups.7 @must @catalog @wizard @needs:groups @okta:security
  Scenario: A group cannot be deleted without the token
    Given Okta has pushed the group "Team" with nobody
    When strangers delete the group "Team"
    Then no stranger is let in
    And the group "Team" is as it was

  # Source: RFC 7644 §3.12; Okta SPEC suite, request 11
  # Breaks: the admin sees another reason than the token
  # Mend: answer 401 with a SCIM error before looking at path, body or id
  @security.refusal.1 @should @catalog @wizard @okta:security
  Scenario: Every call about people without a token is 401 with a SCIM error
    Then every call about people without a token is answered with 401 and a SCIM error

  # Source: RFC 7644 §3.12; Okta SPEC suite, request 11
  # Breaks: the admin sees another reason than the token
  # Mend: answer 401 with a SCIM error before looking at path, body or id
  @security.refusal.2 @should @catalog @wizard @needs:groups @okta:security
  Scenario: Every call about groups without a token is 401 with a SCIM error
    Then every call about groups without a token is answered with 401 and a SCIM error

  # Source: RFC 6750 §3.1; RFC 7644 §7.1
  # Breaks: a token can be guessed piece by piece
  # Mend: compare the whole token, in constant time
  @security.token.1 @must @catalog @wizard @needs:long-token @okta:security
  Scenario: A part of the token is refused
    When Okta tests the credentials with parts of the token
    Then no stranger is let in

  # Source: RFC 6750 §3.1; RFC 7644 §7.1
  # Breaks: a mistyped token passes the test, and nobody knows what else does
  # Mend: compare the whole token, in constant time
  @security.token.2 @should @catalog @wizard @okta:security
  Scenario: The token with more around it is refused
    When Okta tests the credentials with more than the token
    Then no stranger is let in

  # Source: RFC 6750 §2.1; RFC 7644 §7.1
  # Breaks: tokens are far easier to guess
  # Mend: compare the token byte by byte; databases compare text without case unless told otherwise
  @security.token.3 @should @catalog @wizard @okta:security
  Scenario: The token in the other case is refused
    When Okta tests the credentials with capitals and small letters of the token swapped
    Then no stranger is let in

  # Source: RFC 6750 §5.3: no bearer tokens in page URLs; RFC 7644 §7.4
  # Breaks: the token ends up in the logs of servers and proxies
  # Mend: take the token from the Authorization header alone
  @security.token.4 @should @catalog @wizard @needs:token-in-url @okta:security
  Scenario: The token in the URL opens nothing
    When Okta tests the credentials with the token in the URL
    Then no stranger is let in

  # Source: RFC 6750 §3.1: a revoked token is invalid
  # Breaks: who switches a connection off does not lock it
  # Mend: look up with each request whether the connection is still switched on
  @security.token.5 @must @catalog @wizard @needs:disabled-token @okta:security
  Scenario: The token of a connection that is switched off is refused
    When Okta tests the credentials with the token of a connection that is switched off
    Then the answer is 401
    And the answer is a SCIM error

  # Source: RFC 9110 §11.1: the scheme has no case
  # Breaks: nothing in Okta, which writes Bearer; other clients write bearer
  # Mend: compare the word Bearer without case
  @security.token.6 @may @catalog @wizard @needs:bearer @okta:security
  Scenario: The word Bearer has no case
    When a client writes "bearer" for Bearer
    Then the answer is 200

  # Source: Fetch standard, "CORS protocol and credentials"
  # Breaks: nothing in Okta; a page that an admin visits could read people
  # Mend: name the origins that may ask, or none
  @security.token.7 @may @catalog @wizard @okta:security
  Scenario: Pages of other sites get nothing with credentials
    When a page of another site asks for people
    Then the answer gives pages of other sites nothing with credentials

  # Source: RFC 7644 §6: multi-tenancy
  # Breaks: one customer can read another one's people
  # Mend: look ids up within the connection of the token, never in all
  @security.tenant.1 @must @catalog @wizard @needs:other-connection @okta:security
  Scenario: Nobody of another connection can be read
    Given another connection has the person "Ada"
    When Okta asks this connection to read the person "Ada" of the other one
    Then the answer is a refusal
    And this connection does not show "Ada"
    And the person "Ada" of the other connection is as it was

  # Source: RFC 7644 §6: multi-tenancy
  # Breaks: one customer can take over another one's accounts
  # Mend: look ids up within the connection of the token, never in all
  @security.tenant.2 @must @catalog @wizard @needs:other-connection @okta:security
  Scenario: Nobody of another connection can be replaced
    Given another connection has the person "Ada"
    When Okta asks this connection to replace the person "Ada" of the other one
    Then the answer is a refusal
    And this connection does not show "Ada"
    And the person "Ada" of the other connection is as it was

  # Source: RFC 7644 §6: multi-tenancy
  # Breaks: one customer can switch off another one's people
  # Mend: look ids up within the connection of the token, never in all
  @security.tenant.3 @must @catalog @wizard @needs:other-connection @okta:security
  Scenario: Nobody of another connection can be patched
    Given another connection has the person "Ada"
    When Okta asks this connection to change the person "Ada" of the other one
    Then the answer is a refusal
    And this connection does not show "Ada"
    And the person "Ada" of the other connection is as it was

  # Source: RFC 7644 §6: multi-tenancy
  # Breaks: one customer can delete another one's people
  # Mend: look ids up within the connection of the token, never in all
  @security.tenant.4 @must @catalog @wizard @needs:other-connection @okta:security
  Scenario: Nobody of another connection can be deleted
    Given another connection has the person "Ada"
    When Okta asks this connection to delete the person "Ada" of the other one
    Then the answer is a refusal
    And this connection does not show "Ada"
    And the person "Ada" of the other connection is as it was

  # Source: RFC 7644 §6: multi-tenancy
  # Breaks: Okta links a person to another customer's account
  # Mend: filter within the connection of the token
  @security.tenant.5 @must @catalog @wizard @needs:other-connection @okta:security
  Scenario: Nobody of another connection is found
    Given another connection has the person "Ada"
    When Okta looks up the person "Ada"
    Then nothing is found

  # Source: RFC 7644 §6: multi-tenancy
  # Breaks: people of another customer keep Okta from creating its own
  # Mend: make userName unique within the connection, not in all
  @security.tenant.6 @must @catalog @wizard @needs:other-connection @okta:security
  Scenario: A userName of another connection is free here
    Given another connection has the person "Ada"
    When Okta assigns the person "Ada"
    Then the answer is 201

  # Source: RFC 7644 §6: multi-tenancy
  # Breaks: the token of one customer opens the data of another one
  # Mend: bind each token to its connection
  @security.tenant.7 @must @catalog @wizard @needs:other-connection @okta:security
  Scenario: The token of another connection is refused
    When Okta tests the credentials of this connection with the token of the other one
    Then no stranger is let in

  # Source: RFC 7643 §4.1.1 and §7: password is never returned
  # Breaks: passwords stand in Okta's System Log and in the logs of every proxy
  # Mend: take password out of all answers, also of errors that quote the request
  @security.echo.1 @must @catalog @wizard @okta:security
  Scenario: No answer repeats a password
    When Okta makes, reads, changes and mistakes "Ada"
    Then no answer repeats the password, in its body or its headers

  # Source: RFC 6750 §5.2
  # Breaks: the token stands in Okta's System Log and in the logs of every proxy
  # Mend: never write request headers into answers
  @security.echo.2 @must @catalog @wizard @needs:long-token @okta:security
  Scenario: No answer repeats the token
    When Okta makes, reads, changes and mistakes "Ada"
    Then no answer repeats the token, in its body or its headers

  # Source: RFC 6750 §5.2
  # Breaks: a token with one slip stands in Okta's System Log
  # Mend: say that the token is wrong, not which one came
  @security.echo.3 @should @catalog @wizard @needs:long-token @okta:security
  Scenario: A refusal does not repeat the token
    When strangers list the person "Ada"
    Then no refusal repeats the token that was refused

  # Source: RFC 7644 §3.12: invalidSyntax, 400
  # Breaks: half a person is stored, or the admin sees "Invalid JSON" instead of the reason
  # Mend: parse the whole body before anything is stored; answer 400 with a SCIM error
  @security.json.1 @should @catalog @wizard @alone @okta:security
  Scenario: A create that is cut off is refused and makes nobody
    When the create of "Ada" arrives cut off
    Then the server has refused, and said why
    And no person "Ada" has come

  # Source: RFC 7644 §3.12: invalidSyntax, 400
  # Breaks: half a person is stored, or the admin sees "Invalid JSON" instead of the reason
  # Mend: parse the whole body before anything is stored; answer 400 with a SCIM error
  @security.json.2 @should @catalog @wizard @alone @okta:security
  Scenario: A create with a comma too many is refused and makes nobody
    When the create of "Ada" arrives with a comma too many
    Then the server has refused, and said why
    And no person "Ada" has come

  # Source: RFC 7644 §3.12: invalidSyntax, 400
  # Breaks: half a person is stored, or the admin sees "Invalid JSON" instead of the reason
  # Mend: parse the whole body before anything is stored; answer 400 with a SCIM error
  @security.json.3 @may @catalog @wizard @alone @okta:security
  Scenario: A create that is followed by more is refused and makes nobody
    When the create of "Ada" arrives followed by more
    Then the server has refused, and said why
    And no person "Ada" has come

  # Source: RFC 7644 §3.12: invalidSyntax, 400
  # Breaks: half a person is stored, or the admin sees "Invalid JSON" instead of the reason
  # Mend: parse the whole body before anything is stored; answer 400 with a SCIM error
  @security.json.4 @should @catalog @wizard @alone @okta:security
  Scenario: A create that is no JSON is refused and makes nobody
    When the create of "Ada" arrives as plain words
    Then the server has refused, and said why
    And no person "Ada" has come

  # Source: RFC 7644 §3.12: invalidSyntax, 400
  # Breaks: half a person is stored, or the admin sees "Invalid JSON" instead of the reason
  # Mend: parse the whole body before anything is stored; answer 400 with a SCIM error
  @security.json.5 @should @catalog @wizard @alone @okta:security
  Scenario: A create inside an array is refused and makes nobody
    When the create of "Ada" arrives inside an array
    Then the server has refused, and said why
    And no person "Ada" has come

  # Source: RFC 7644 §3.12: invalidSyntax, 400
  # Breaks: half a person is stored, or the admin sees "Invalid JSON" instead of the reason
  # Mend: parse the whole body before anything is stored; answer 400 with a SCIM error
  @security.json.6 @should @catalog @wizard @alone @okta:security
  Scenario: A create that is null is refused and makes nobody
    When the create of "Ada" arrives as null
    Then the server has refused, and said why
    And no person "Ada" has come

  # Source: RFC 7644 §3.12: invalidSyntax, 400
  # Breaks: half a profile is stored, or the admin sees no reason
  # Mend: parse the whole body before anything is stored; answer 400 with a SCIM error
  @security.json.7 @should @catalog @wizard @alone @okta:security
  Scenario: A PUT that is cut off is refused and changes nothing
    Given Okta has created the person "Ada"
    When the PUT of "Ada" arrives as {"userName":"{userName}","name":{"givenName":"Mallory"
    Then the server has refused, and said why
    And reading "Ada" shows "name.givenName" as sent

  # Source: RFC 7644 §3.12: invalidSyntax, 400
  # Breaks: a person is switched off by half a request
  # Mend: parse the whole body before anything is stored; answer 400 with a SCIM error
  @security.json.8 @should @catalog @alone @okta:security
  Scenario: A PATCH that is cut off is refused and changes nothing
    Given Okta has created the person "Ada"
    When the PATCH of "Ada" arrives as {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}
    Then the server has refused, and said why
    And reading "Ada" shows "active" as true

  # Source: RFC 8259 §4: names should be unique
  # Breaks: two parts of a server read two people out of one request
  # Mend: refuse names that come twice, or take the last one everywhere
  @security.json.9 @should @catalog @wizard @alone @okta:security
  Scenario: A create with the userName twice does not break the server
    When the create of "Ada" arrives with the userName twice
    Then the server has not failed
    And the server goes on

  # Source: RFC 8259 §4: names should be unique
  # Breaks: nothing in Okta, which sends each name once
  # Mend: refuse names that come twice with 400
  @security.json.10 @may @catalog @wizard @alone @okta:security
  Scenario: A create with the userName twice is refused
    When the create of "Ada" arrives with the userName twice
    Then the server has refused

  # Source: RFC 7644 §3.12: invalidValue and invalidSyntax, 400; RFC 7643 §2.3: types
  # Breaks: a value of the wrong type is stored, and every later read and import breaks on it
  # Mend: check the types of a body before it is stored; answer 400 with a SCIM error that names the attribute
  @security.types.1 @should @catalog @wizard @alone @okta:security
  Scenario: A create with a word for active is refused
    When the create of "Ada" arrives with "active" as "yes"
    Then the server has refused, and said why

  # Source: RFC 7644 §3.12: invalidValue and invalidSyntax, 400; RFC 7643 §2.3: types
  # Breaks: a value of the wrong type is stored, and every later read and import breaks on it
  # Mend: check the types of a body before it is stored; answer 400 with a SCIM error that names the attribute
  @security.types.2 @should @catalog @wizard @alone @okta:security
  Scenario: A create with a number for userName is refused
    When the create of "Ada" arrives with "userName" as 12345
    Then the server has refused, and said why

  # Source: RFC 7644 §3.12: invalidValue and invalidSyntax, 400; RFC 7643 §2.3: types
  # Breaks: a value of the wrong type is stored, and every later read and import breaks on it
  # Mend: check the types of a body before it is stored; answer 400 with a SCIM error that names the attribute
  @security.types.3 @may @catalog @wizard @alone @okta:security
  Scenario: A create with one e-mail that stands in no array is refused
    When the create of "Ada" arrives with "emails" as {"value":"ada@example.com"}
    Then the server has refused, and said why

  # Source: RFC 7644 §3.12: invalidValue and invalidSyntax, 400; RFC 7643 §2.3: types
  # Breaks: a value of the wrong type is stored, and every later read and import breaks on it
  # Mend: check the types of a body before it is stored; answer 400 with a SCIM error that names the attribute
  @security.types.4 @should @catalog @wizard @alone @okta:security
  Scenario: A create with text for name is refused
    When the create of "Ada" arrives with "name" as "Ada Lovelace"
    Then the server has refused, and said why

  # Source: RFC 7644 §3.12: invalidValue and invalidSyntax, 400; RFC 7643 §2.3: types
  # Breaks: a value of the wrong type is stored, and every later read and import breaks on it
  # Mend: check the types of a body before it is stored; answer 400 with a SCIM error that names the attribute
  @security.types.5 @should @catalog @wizard @alone @okta:security
  Scenario: A create with e-mails that are plain text is refused
    When the create of "Ada" arrives with "emails" as ["ada@example.com"]
    Then the server has refused, and said why

  # Source: RFC 7644 §3.12: invalidValue and invalidSyntax, 400; RFC 7643 §2.3: types
  # Breaks: a person is switched off by a value that means nothing
  # Mend: check the types of a body before it is stored; answer 400 with a SCIM error that names the attribute
  @security.types.6 @should @catalog @alone @okta:security
  Scenario: A PATCH with a word for active is refused and changes nothing
    Given Okta has created the person "Ada"
    When the PATCH of "Ada" arrives as {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":"no way"}}]}
    Then the server has refused, and said why
    And reading "Ada" shows "active" as true

  # Source: RFC 7644 §3.5.2: op is add, remove or replace
  # Breaks: nothing in Okta, which sends no other
  # Mend: answer an op that there is not with 400
  @security.types.7 @should @catalog @alone @okta:security
  Scenario: A PATCH with an unknown op is refused and changes nothing
    Given Okta has created the person "Ada"
    When the PATCH of "Ada" arrives as {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"frobnicate","value":{"active":false}}]}
    Then the server has refused, and said why
    And reading "Ada" shows "active" as true

  # Source: RFC 7644 §3.5.2: Operations is an array
  # Breaks: the server fails instead of saying what is wrong
  # Mend: check the types of a body before it is stored; answer 400 with a SCIM error that names the attribute
  @security.types.8 @should @catalog @alone @okta:security
  Scenario: A PATCH whose Operations are no array is refused and changes nothing
    Given Okta has created the person "Ada"
    When the PATCH of "Ada" arrives as {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":"active=false"}
    Then the server has refused
    And reading "Ada" shows "active" as true

  # Source: RFC 7644 §3.12: invalidValue and invalidSyntax, 400; RFC 7643 §2.3: types
  # Breaks: a profile of the wrong type is stored
  # Mend: check the types of a body before it is stored; answer 400 with a SCIM error that names the attribute
  @security.types.9 @should @catalog @wizard @alone @okta:security
  Scenario: A PUT whose name is text is refused and changes nothing
    Given Okta has created the person "Ada"
    When the PUT of "Ada" arrives as {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{userName}","name":"Mallory","active":true}
    Then the server has refused, and said why
    And reading "Ada" shows "name.givenName" as sent

  # Source: RFC 8259 §7 and §8; RFC 7644 §3.12
  # Breaks: one odd name in Okta is a task that says "Internal Server Error"
  # Mend: store the text, or answer 400 and say why
  @security.text.1 @should @catalog @wizard @alone @okta:security
  Scenario: A name with a zero byte does not break the server
    When the create of "Ada" arrives with "displayName" as a zero byte
    Then the server has not failed
    And the server goes on

  # Source: RFC 8259 §7 and §8; RFC 7644 §3.12
  # Breaks: one odd name in Okta is a task that says "Internal Server Error"
  # Mend: store the text, or answer 400 and say why
  @security.text.2 @should @catalog @wizard @alone @okta:security
  Scenario: A name with half a character does not break the server
    When the create of "Ada" arrives with "displayName" as half a character
    Then the server has not failed
    And the server goes on

  # Source: RFC 8259 §7 and §8; RFC 7644 §3.12
  # Breaks: one odd name in Okta is a task that says "Internal Server Error"
  # Mend: store the text, or answer 400 and say why
  @security.text.3 @should @catalog @wizard @alone @okta:security
  Scenario: A name with 10,000 characters does not break the server
    When the create of "Ada" arrives with "displayName" as 10,000 characters
    Then the server has not failed
    And the server goes on

  # Source: RFC 8259 §7 and §8; RFC 7644 §3.12
  # Breaks: one odd name in Okta is a task that says "Internal Server Error"
  # Mend: store the text, or answer 400 and say why
  @security.text.4 @should @catalog @wizard @alone @okta:security
  Scenario: A name with characters beyond the first plane, from right to left and combined does not break the server
    When the create of "Ada" arrives with "displayName" as characters beyond the first plane, from right to left and combined
    Then the server has not failed
    And the server goes on

  # Source: RFC 8259 §8.1: JSON is UTF-8
  # Breaks: lists that hold such a name are no JSON any more, and import stops
  # Mend: refuse a body that is not UTF-8 with 400
  @security.text.5 @should @catalog @wizard @alone @okta:security
  Scenario: A create with bytes that are not UTF-8 does not break the server
    When the create of "Ada" arrives with bytes that are not UTF-8
    Then the server has not failed
    And the server goes on

  # Source: RFC 9110 §5.5: no line breaks in header values
  # Breaks: whoever sets a userName sets headers of the answer
  # Mend: escape ids and names before they become part of Location or any other header
  @security.text.6 @must @catalog @wizard @alone @okta:security
  Scenario: A line break in userName makes no header
    When the create of "Ada" arrives with a line break in userName
    Then no answer has a header of the sender's making

  # Source: RFC 9110 §5.5; RFC 7644 §3.12
  # Breaks: one odd name in Okta is a task that says "Internal Server Error"
  # Mend: answer 400, or escape
  @security.text.7 @should @catalog @wizard @alone @okta:security
  Scenario: A line break in userName does not break the server
    When the create of "Ada" arrives with a line break in userName
    Then the server has not failed
    And the server goes on

  # Source: RFC 7644 §3.12; RFC 9110 §15.5.14
  # Breaks: one request makes the server slow or stops it
  # Mend: bound the body before reading it, and answer 413
  @security.size.1 @should @catalog @wizard @okta:security
  Scenario: A body of 4 MB, most of it blanks, does not break the server
    When the create of "Ada" arrives 4 MB long
    Then the server has coped
    And the server goes on

  # Source: RFC 8259 §9: a parser may limit the depth
  # Breaks: one request stops the server
  # Mend: bound the depth of JSON
  @security.size.2 @should @catalog @wizard @okta:security
  Scenario: JSON of 10,000 levels does not break the server
    When the create of "Ada" arrives 10,000 levels deep
    Then the server has coped
    And the server goes on

  # Source: RFC 7644 §3.1 and §8.1; RFC 9110 §15.5.16
  # Breaks: a form on a web page can create people
  # Mend: answer 415
  @security.media.1 @should @catalog @wizard @okta:security
  Scenario: What is no JSON and says so is refused
    When the create of "Ada" arrives as plain words, as "text/plain"
    Then the server has refused

  # Source: RFC 9110 §15.5.16: 415
  # Breaks: nothing in Okta, which names its media type
  # Mend: answer 415 to other media types than application/scim+json and application/json
  @security.media.2 @may @catalog @wizard @okta:security
  Scenario: JSON that says that it is an image is refused
    When the create of "Ada" arrives as "image/png"
    Then the server has refused

  # Source: RFC 7644 §3.12: 404
  # Breaks: the admin sees "Internal Server Error"
  # Mend: look an id up as a value; whatever is none is not found
  @security.path.1 @should @catalog @wizard @okta:security
  Scenario: Ids that are none are not found
    Given Okta has created the person "Ada"
    When Okta reads people with ids that are none
    Then nothing is found

  # Source: RFC 7644 §3.12: 404
  # Breaks: the admin sees "Invalid JSON" instead of the reason
  # Mend: answer unknown paths with 404 and a SCIM error
  @security.path.2 @should @catalog @wizard @okta:security
  Scenario: An unknown endpoint is 404 with a SCIM error
    When Okta calls GET /Frobnicates
    Then the answer is 404
    And the answer is a SCIM error

  # Source: RFC 9110 §15.5.6: 405
  # Breaks: nothing in Okta, which sends no such method
  # Mend: answer 405, 404 or 501
  @security.path.3 @should @catalog @wizard @okta:security
  Scenario: POST to a person is refused and makes nobody
    Given Okta has created the person "Ada"
    When Okta calls POST /Users/{Ada}
    Then the server has refused
    And no person "Mallory" has come

  # Source: RFC 9110 §15.5.6: 405
  # Breaks: nothing in Okta, which sends no such method
  # Mend: answer 405, 404 or 501
  @security.path.4 @should @catalog @wizard @okta:security
  Scenario: PUT to all people is refused and makes nobody
    Given Okta has created the person "Ada"
    When Okta calls PUT /Users
    Then the server has refused
    And no person "Mallory" has come

  # Source: RFC 9110 §9.3.2
  # Breaks: nothing in Okta; monitors and proxies send HEAD
  # Mend: treat HEAD as GET without a body, or answer 405
  @security.path.5 @should @catalog @wizard @okta:security
  Scenario: HEAD does no harm
    Given Okta has created the person "Ada"
    When Okta calls HEAD /Users/{Ada}
    Then the server has not failed
    And reading "Ada" shows "active" as true

  # Source: RFC 9110 §9.3.7
  # Breaks: nothing in Okta; browsers and proxies send OPTIONS
  # Mend: answer OPTIONS with Allow, or with 405
  @security.path.6 @should @catalog @wizard @okta:security
  Scenario: OPTIONS does no harm
    Given Okta has created the person "Ada"
    When Okta calls OPTIONS /Users/{Ada}
    Then the server has not failed
    And reading "Ada" shows "active" as true

  # Source: RFC 7644 §3.4.2.2 and table 9: invalidFilter
  # Breaks: Okta takes somebody else for the person that it looks for
  # Mend: answer a filter that cannot be read with 400; never with everybody
  @security.filter.1 @should @catalog @wizard @okta:security
  Scenario: What is no filter finds nobody
    Given Okta has created the person "Ada"
    When Okta filters people by what is no filter
    Then nothing is found

  # Source: RFC 7644 §3.4.2.2; RFC 8259 §7: quotes in a value are escaped
  # Breaks: a userName that is written like a filter finds everybody
  # Mend: parse the filter; give values to the database as parameters
  @security.filter.2 @should @catalog @wizard @okta:security
  Scenario: A userName that is written like a filter finds nobody
    Given Okta has created the person "Ada"
    When Okta looks up userNames that are written like filters and patterns
    Then nothing is found

  # Source: RFC 7644 §3.4.2.2: eq is equal
  # Breaks: Okta links ada_b to the account of adaxb
  # Mend: compare for equality, not with LIKE
  @security.filter.3 @must @catalog @wizard @okta:security
  Scenario: An underscore in a userName stands for itself
    Given Okta has created the person "Ada"
    When Okta looks up "Ada" with _ in the place of the "d"
    Then nothing is found

  # Source: RFC 7644 §3.4.2.2: eq is equal
  # Breaks: Okta links a person to another account
  # Mend: compare for equality, not with patterns
  @security.filter.4 @should @catalog @wizard @okta:security
  Scenario: A star or a per cent sign in a userName stands for itself
    Given Okta has created the person "Ada"
    When Okta looks up "Ada" with * in the place of the "d"
    And Okta looks up "Ada" with % in the place of the "d" as well
    Then nothing is found

  # Source: RFC 7644 §3.4.2.4 and §3.12
  # Breaks: one odd number is an "Internal Server Error"
  # Mend: take the default, or answer 400
  @security.page.1 @should @catalog @wizard @okta:security
  Scenario: Pages that are none do not break the server
    When Okta asks for pages that are none
    Then the server has not failed
    And the server goes on

  # Source: Okta SCIM FAQ, "timeout": Okta waits 60 s, and tries again later
  # Breaks: a person is there twice after a slow answer, or is never made
  # Mend: finish or undo a create whose client has gone; keep userName unique
  @security.connection.1 @should @catalog @wizard @okta:security
  Scenario: A create whose client hangs up ends with one person
    When Okta hangs up after it has sent the create of "Ada"
    Then assigning "Ada" again ends with one person

  # Source: RFC 9112 §8: incomplete messages
  # Breaks: half a person is stored
  # Mend: read the whole body before anything is stored
  @security.connection.2 @should @catalog @wizard @okta:security
  Scenario: A create that breaks off makes nobody
    When the connection breaks in the middle of the create of "Ada"
    Then no person "Ada" has come
    And no person "Ada" has come after the create of "Bob"

  # Source: Okta SCIM FAQ: 60 s, then the operation fails; older suite: 600 ms for each call
  # Breaks: operations fail when the server has more to do
  # Mend: index userName and id; move work behind the answer
  @security.latency.1 @should @catalog @wizard @alone @okta:security
  Scenario: Okta's calls are answered within 600 ms
    Given Okta has created the person "Ada"
    Then Okta's calls are answered within 600 ms, at the second try at the latest
