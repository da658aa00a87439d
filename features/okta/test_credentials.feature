Feature: Test API Credentials
  The button "Test API Credentials" (catalog app) or "Test Connector
  Configuration" (wizard app) sends one request, GET /Users?startIndex=1&count=2.
  Saving the integration sends the same request again.

  # Source: capture obot run-001 steps 2-3 and run-003 step 4
  # Breaks: "Error authenticating" and the integration cannot be saved
  # Mend: answer GET /Users?startIndex=1&count=2 with 200
  @connection.test.1 @must @catalog @wizard @okta:test-credentials
  Scenario: The test call is answered with 200
    When Okta tests the credentials
    Then the answer is 200

  # Source: support.okta.com "No results for users returned"; RFC 7644 §3.4.2
  # Breaks: "No results for users returned" and the integration cannot be saved
  # Mend: answer a ListResponse with schemas, totalResults, startIndex, itemsPerPage and an array Resources, even if it is empty
  @connection.test.2 @must @catalog @wizard @okta:test-credentials
  Scenario: The answer to the test call is a ListResponse
    When Okta tests the credentials
    Then the answer is a list

  # Source: support.okta.com question 0D54z0000A4i091CQA; Okta SCIM 2.0 reference, "Retrieve Users"
  # Breaks: lookups fail without a reason in the System Log, and nobody is ever created
  # Mend: write totalResults, startIndex and itemsPerPage as JSON numbers, without quotes
  @connection.test.3 @must @catalog @wizard @okta:test-credentials
  Scenario: The numbers of a list are numbers, not strings
    When Okta tests the credentials
    Then the numbers of the list are whole numbers

  # Source: Okta SPEC suite, steps 1 and 2; RFC 7643 §3.1
  # Breaks: import cannot read the people
  # Mend: put id, userName, active and schemas into each resource of a list
  @connection.test.4 @must @catalog @wizard @okta:test-credentials
  Scenario: Each person in the list has an id, a userName, active and schemas
    Given Okta has created the person "Ada"
    When Okta tests the credentials
    Then everybody in the list has an id, a userName, active and the User schema

  # Source: RFC 7644 §3.4.2.4; Okta SCIM 2.0 reference, "Retrieve Users"
  # Breaks: import reads people twice or not at all
  # Mend: return at most count resources, starting with the one at startIndex; the first is 1
  @connection.test.5 @must @catalog @wizard @okta:test-credentials
  Scenario: The list honours count and says where it starts
    Given Okta has created the people "Ada", "Bob" and "Cat"
    When Okta tests the credentials
    Then the list has at most 2 resources
    And startIndex of the list is 1

  # Source: RFC 7644 §3.1 and §8.1
  # Breaks: nothing in Okta; strict clients refuse other types
  # Mend: send Content-Type: application/scim+json
  @connection.test.6 @should @catalog @wizard @okta:test-credentials
  Scenario: Answers have the media type of SCIM
    When Okta tests the credentials
    Then the answer has a SCIM media type

  # Source: capture obot run-001 step 2; Okta SPEC suite, step 11
  # Breaks: a mistyped token passes the test, and every later call fails or, worse, does not
  # Mend: compare the token and answer 401
  @connection.auth.1 @must @catalog @wizard @okta:test-credentials
  Scenario: A mistyped token is refused with 401
    When Okta tests the credentials with a mistyped token
    Then the answer is 401

  # Source: Okta SPEC suite, step 11
  # Breaks: the admin sees "Invalid JSON" instead of the reason
  # Mend: answer 401 with a SCIM error: schemas, status and detail
  @connection.auth.2 @must @catalog @wizard @okta:test-credentials
  Scenario: The refusal of a mistyped token is a SCIM error that says why
    When Okta tests the credentials with a mistyped token
    Then the answer is a SCIM error

  # Source: Okta SPEC suite, step 11; RFC 7644 §2
  # Breaks: everybody on the network can read and change people
  # Mend: answer 401 where there is no Authorization header
  @connection.auth.3 @must @catalog @wizard @okta:test-credentials
  Scenario: A call without a token is refused with 401 and a SCIM error
    When Okta tests the credentials without a token
    Then the answer is 401
    And the answer is a SCIM error

  # Source: capture obot run-001 steps 4-7: saving sends GET /Users and, with Import Groups on, GET /Groups?startIndex=1&count=100
  # Breaks: the integration cannot be saved
  # Mend: answer GET /Groups with a ListResponse, also if there is no group
  @connection.save.1 @must @catalog @wizard @needs:groups @okta:test-credentials
  Scenario: Saving with Import Groups lists people and groups
    When Okta tests the connection and saves it with import of groups
    Then the answer is 200
    And the answer is a list
    And the numbers of the list are whole numbers

  # Source: capture obot run-001 steps 3, 4 and 6: the same call three times
  # Breaks: the integration can be tested but not saved
  # Mend: let a GET change nothing
  @connection.test.7 @must @catalog @wizard @okta:test-credentials
  Scenario: The test call may be repeated
    When Okta tests the credentials
    And Okta tests the credentials
    Then the answer is 200
    And the answer is a list
    And startIndex of the list is 1
