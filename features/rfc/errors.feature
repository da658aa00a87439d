@rfc @part:rfc-resources
Feature: RFC: errors and media types
  RFC 7644 §3.8 and §3.12.

  # Source: RFC 7644 §3.12: errors must be returned in the body, with status as a JSON string
  # Mend: answer with schemas, status (a string) and detail
  @rfc.error.1 @must
  Scenario: A refusal has the error body
    Given the server has the person "Ada"
    When the client creates the person "Eve" with
      """
      {"userName":"{Ada.name}"}
      """
    Then the request is refused
    And the body is the error of RFC 7644

  # Source: RFC 7644 §3.12, tables 8 and 9: 400 and invalidSyntax for a body that cannot be parsed
  # Mend: answer 400 with scimType invalidSyntax
  @rfc.error.2 @should
  Scenario: A body that is no JSON is refused
    When the client sends POST "/Users" with
      """
      {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}
      """
    Then the answer is 400
    And the scimType is "invalidSyntax"

  # Source: RFC 7644 §3.12: errors must be returned in the body, as JSON
  # Mend: answer an unknown endpoint with an error body too
  @rfc.error.3 @must
  Scenario: An unknown endpoint has the error body
    When the client sends GET "/NoSuchThings"
    Then the answer is 404
    And the body is the error of RFC 7644

  # Source: RFC 7643 §2.3.2: a boolean is the literal true or false; RFC 7644 §3.12, table 8: 400 for what violates the schema
  # Mend: refuse a value of the wrong type, or understand it
  @rfc.error.4 @must
  Scenario: A wrong type is never stored
    Given the server has the person "Ada"
    When the client replaces "Ada" with
      """
      {"active":{"is":"odd"}}
      """
    Then the request is refused

  # Source: RFC 7644 §2: the server shall name its authentication schemes in the header WWW-Authenticate; RFC 7644 §3.12: 401
  # Mend: answer 401 with WWW-Authenticate
  @rfc.error.5 @must
  Scenario: A wrong token is refused, with the scheme that is wanted
    When the client sends GET "/Users" with a wrong token
    Then the answer is 401
    And the header "WWW-Authenticate" is set

  # Source: RFC 7644 §3.12: implementers must return errors in the body, as JSON
  # Mend: answer 401 with the error body
  @rfc.error.6 @must
  Scenario: The refusal of a token has the error body
    When the client sends GET "/Users" with a wrong token
    Then the body is the error of RFC 7644

  # Source: RFC 7644 §3.11: a server without /Me should answer 501
  # Mend: answer 501 to /Me, or serve it with a Location
  @rfc.error.7 @should
  Scenario: /Me is served or said to be missing
    When the client sends GET "/Me"
    Then the answer is 501, or names in the header Location who is signed in

  # Source: RFC 7644 §3.4.2: query parameters that are not known should be ignored
  # Mend: pass over unknown query parameters
  @rfc.error.8 @should
  Scenario: Unknown query parameters are ignored
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}?somethingElse=1"
    Then the answer is 200

  # Source: RFC 7644 §3.8: Accept: application/scim+json must be supported
  # Mend: answer with application/scim+json
  @rfc.media.1 @must
  Scenario: The media type of SCIM is spoken
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}"
    Then the answer is 200
    And the media type is application/scim+json

  # Source: RFC 7644 §3.8: Accept: application/json should be supported
  # Mend: answer such a request too
  @rfc.media.2 @should
  Scenario: Plain JSON may be asked for
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}" with the header "Accept: application/json"
    Then the answer is 200
    And the media type is application/json or application/scim+json

  # Source: RFC 7644 §3.8: application/scim+json is the format where none is specified
  # Mend: answer with application/scim+json
  @rfc.media.3 @must
  Scenario: The media type of SCIM is the default
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}" without the header Accept
    Then the answer is 200
    And the media type is application/scim+json

  # Source: RFC 7644 §3.1 and §8.1: content is identified by application/scim+json, errors too
  # Mend: send errors with application/scim+json
  @rfc.media.4 @must
  Scenario: An error has the media type of SCIM
    When the client sends GET "/Users/00919288221112222"
    Then the media type is application/scim+json

  # Source: RFC 7644 §3.12, table 8: 401 where the authorization header is missing
  # Mend: answer 401 where there is no token
  @rfc.error.9 @must
  Scenario: Without a token there is no answer
    When the client sends GET "/Users" without a token
    Then the answer is 401

  # Source: RFC 7644 §3.12, tables 8 and 9: 400 and invalidSyntax for a body that cannot be parsed
  # Mend: answer 400 with scimType invalidSyntax
  @rfc.error.10 @should
  Scenario: A PUT that is no JSON is refused
    Given the server has the person "Ada"
    When the client sends PUT "/Users/{Ada}" with
      """
      {"userName":
      """
    Then the answer is 400
    And the scimType is "invalidSyntax"
    And "userName" of "Ada" is now "{Ada.name}"

  # Source: RFC 7644 §3.12: errors must be returned in the body, with status as a JSON string
  # Mend: answer with schemas, status (a string) and detail
  @rfc.error.11 @must
  Scenario: The refusal of a person without userName has the error body
    When the client sends POST "/Users" with
      """
      {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"displayName":"{unique}"}
      """
    Then the request is refused
    And the body is the error of RFC 7644

  # Source: RFC 7643 §2.4: a multi-valued attribute is a JSON array; RFC 7644 §3.12, table 8: 400 for what violates the schema
  # Mend: refuse a value of the wrong type
  @rfc.error.12 @must
  Scenario: A list of the wrong type is refused
    When the client creates the person "Ada" with
      """
      {"emails":{"is":["odd"]},"name":"odd"}
      """
    Then the request is refused

  # Source: RFC 7644 §3.12: detail is a description for people; it should be there
  # Mend: write a sentence into detail
  @rfc.error.13 @should
  Scenario: An error says what is wrong
    Given the server has the person "Ada"
    When the client creates the person "Eve" with
      """
      {"userName":"{Ada.name}"}
      """
    Then "detail" of the answer is set

  # Source: RFC 7644 §3.8: JSON in UTF-8; the RFC names no other media type that must be taken
  # Mend: take application/json in requests too
  @rfc.media.5 @may
  Scenario: A request may be plain JSON
    When the client sends POST "/Users" as application/json with
      """
      {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}-plain@example.com"}
      """
    Then the answer is 201

  # Source: RFC 7644 §3.1 and §8.1: content is identified by application/scim+json
  # Mend: send lists with application/scim+json
  @rfc.media.6 @must
  Scenario: A list has the media type of SCIM
    When the client lists people with "count=1"
    Then the answer is 200
    And the media type is application/scim+json

  # Source: RFC 7644 §3.1 and §8.1: content is identified by application/scim+json
  # Mend: answer a create with application/scim+json
  @rfc.media.7 @must
  Scenario: The answer to a create has the media type of SCIM
    When the client creates the person "Ada"
    Then the answer is 201
    And the media type is application/scim+json
