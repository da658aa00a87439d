Feature: OIN submission: Okta's own test suite
  Before an app enters Okta's catalog its server has to pass two suites that
  Okta publishes. They are not Okta's client: they name themselves otherwise,
  send application/json, leave out externalId and groups, compare names of
  members with their case, and take text for numbers where the client does not.
  The numbers of the scenarios are those of the requests of the suites, pauses
  left out. A scenario is red exactly where the suite has an assertion that is.

  # Source: Okta SPEC suite, request 1
  # Breaks: the app is not accepted into Okta's catalog; import cannot read people
  # Mend: list people with id, userName, name.givenName, name.familyName, active and an e-mail, and the numbers of a ListResponse
  @suite.spec.1 @must @catalog @wizard @alone @okta:oin-submission
  Scenario: The first person of the list is there, whole
    Given somebody is on the server
    When the suite lists one person
    Then the suite gets 200
    And the suite finds something at "Resources"
    And the suite finds "urn:ietf:params:scim:api:messages:2.0:ListResponse" in "schemas"
    And the suite reads "itemsPerPage" as a number
    And the suite reads "startIndex" as a number
    And the suite reads "totalResults" as a number
    And the suite finds something at "Resources[0].id"
    And the suite finds something at "Resources[0].name.familyName"
    And the suite finds something at "Resources[0].name.givenName"
    And the suite finds something at "Resources[0].userName"
    And the suite finds something at "Resources[0].active"
    And the suite finds something at "Resources[0].emails[0].value"

  # Source: Okta SPEC suite, request 2
  # Breaks: the app is not accepted into Okta's catalog; profile updates cannot read the person
  # Mend: answer GET /Users/{id} with the whole person, under the id that the list has
  @suite.spec.2 @must @catalog @wizard @alone @okta:oin-submission
  Scenario: The first person of the list can be read
    Given somebody is on the server
    And the suite has found the first person of the list
    When the suite reads the person that it has found
    Then the suite gets 200
    And the suite finds something at "id"
    And the suite finds something at "name.familyName"
    And the suite finds something at "name.givenName"
    And the suite finds something at "userName"
    And the suite finds something at "active"
    And the suite finds something at "emails[0].value"
    And the suite reads "id" as the id that it has found

  # Source: Okta SPEC suite, request 3
  # Breaks: the app is not accepted into Okta's catalog; nobody new is created
  # Mend: answer a filter without a match with 200 and a ListResponse whose totalResults is 0
  @suite.spec.3 @must @catalog @wizard @okta:oin-submission
  Scenario: A userName that nobody has finds nobody
    When the suite looks up the userName "{unique}-nobody@example.com"
    Then the suite gets 200
    And the suite finds "urn:ietf:params:scim:api:messages:2.0:ListResponse" in "schemas"
    And the suite reads "totalResults" as "0"

  # Source: Okta SPEC suite, request 4
  # Breaks: the app is not accepted into Okta's catalog; the admin does not see why a read failed
  # Mend: answer an id that nobody has, whatever it looks like, with 404 and a SCIM error
  @suite.spec.4 @must @catalog @wizard @okta:oin-submission
  Scenario: A long id that nobody has is 404
    When the suite reads the person with the id "010101001010101011001010101011"
    Then the suite gets 404
    And the suite finds something at "detail"
    And the suite finds "urn:ietf:params:scim:api:messages:2.0:Error" in "schemas"

  # Source: Okta SPEC suite, request 5
  # Breaks: the app is not accepted into Okta's catalog; nobody new is created
  # Mend: answer a filter without a match with 200 and totalResults 0
  @suite.spec.5 @must @catalog @wizard @okta:oin-submission
  Scenario: Somebody who is about to be created is not found yet
    When the suite looks up "Ada"
    Then the suite gets 200
    And the suite reads "totalResults" as the number 0
    And the suite finds "urn:ietf:params:scim:api:messages:2.0:ListResponse" in "schemas"

  # Source: Okta SPEC suite, request 6
  # Breaks: the app is not accepted into Okta's catalog; people are not created
  # Mend: answer POST /Users with Content-Type application/json with 201 and the whole person
  @suite.spec.6 @must @catalog @wizard @okta:oin-submission
  Scenario: A person is created and comes back as sent
    When the suite creates "Ada"
    Then the suite gets 201
    And the suite reads "active" as "true"
    And the suite finds something at "id"
    And the suite reads "name.familyName" of "Ada" as sent
    And the suite reads "name.givenName" of "Ada" as sent
    And the suite finds the text "urn:ietf:params:scim:schemas:core:2.0:User" in "schemas"
    And the suite reads "userName" of "Ada" as sent
    And the suite finds "emails[0].value"

  # Source: Okta SPEC suite, request 7
  # Breaks: the app is not accepted into Okta's catalog
  # Mend: store what POST /Users was sent, and return it from GET /Users/{id}
  @suite.spec.7 @must @catalog @wizard @okta:oin-submission
  Scenario: Who was created can be read
    Given the suite has created "Ada"
    When the suite reads "Ada"
    Then the suite gets 200
    And the suite reads "userName" of "Ada" as sent
    And the suite reads "name.familyName" of "Ada" as sent
    And the suite reads "name.givenName" of "Ada" as sent

  # Source: Okta SPEC suite, request 8
  # Breaks: the app is not accepted into Okta's catalog; Okta makes people twice
  # Mend: answer a userName that is taken with 409
  @suite.spec.8 @must @catalog @wizard @okta:oin-submission
  Scenario: The same person a second time is a conflict
    Given the suite has created "Ada"
    When the suite creates "Ada"
    Then the suite gets 409

  # Source: Okta SPEC suite, request 9
  # Breaks: the app is not accepted into Okta's catalog
  # Mend: answer a filter with a userName in capitals with 200
  @suite.spec.9 @must @catalog @wizard @okta:oin-submission
  Scenario: A lookup in capitals is answered with 200
    Given the suite has created "Ada"
    When the suite looks up "Ada" in capitals
    Then the suite gets 200

  # Source: Okta SPEC suite, request 10, which is optional
  # Breaks: the app is not accepted into Okta's catalog with Group Push or Import Groups
  # Mend: answer GET /Groups without a query with 200 and a JSON object
  @suite.spec.10 @must @catalog @wizard @needs:groups @okta:oin-submission
  Scenario: Groups are listed
    When the suite lists groups
    Then the suite gets 200
    And the suite gets a JSON object

  # Source: Okta SPEC suite, request 10: less than 600 ms
  # Breaks: the app is not accepted into Okta's catalog with Group Push or Import Groups
  # Mend: answer GET /Groups within 600 ms: an index, pages, no counting of members
  @suite.spec.10.1 @should @catalog @wizard @alone @needs:groups @okta:oin-submission
  Scenario: Groups are listed within 600 ms
    Then the suite lists groups within 600 ms, at the second try at the latest

  # Source: Okta SPEC suite, request 11
  # Breaks: the app is not accepted into Okta's catalog
  # Mend: answer a token that is none with 401 and a SCIM error with detail and status
  @suite.spec.11 @must @catalog @wizard @okta:oin-submission
  Scenario: What is no token at all is refused with 401
    When the suite looks up "Ada" with "non-token" in the place of the token
    Then the suite gets 401
    And the suite finds something at "detail"
    And the suite reads "status" as "401"
    And the suite finds "urn:ietf:params:scim:api:messages:2.0:Error" in "schemas"

  # Source: Okta SPEC suite, request 12
  # Breaks: the app is not accepted into Okta's catalog
  # Mend: answer an id that nobody has with 404 and a SCIM error with detail and status
  @suite.spec.12 @must @catalog @wizard @okta:oin-submission
  Scenario: An id that nobody has is 404, and the body says so too
    When the suite reads the person with the id "00919288221112222"
    Then the suite gets 404
    And the suite finds something at "detail"
    And the suite reads "status" as "404"
    And the suite finds "urn:ietf:params:scim:api:messages:2.0:Error" in "schemas"

  # The CRUD suite tells Okta what to do and looks at the server afterwards. What
  # Okta sends then is replayed here; the requests that go to Okta alone (1, 2, 3,
  # 5, 7, 9, 10 and 12) have no scenario. What the suite "with entitlements" adds
  # goes to Okta alone, too.

  # Source: Okta CRUD suite, request 4; With-Entitlements-CRUD suite, request 5
  # Breaks: the app is not accepted into Okta's catalog
  # Mend: create the person with the attributes that Okta sends, and find it by userName
  @suite.crud.4 @must @catalog @wizard @okta:oin-submission
  Scenario: Who was assigned is found with the profile
    When Okta assigns "Ada" for the suite
    And the suite verifies "Ada" by userName
    Then the suite gets 200
    And the suite finds "Resources[0].id"
    And the suite reads "Resources[0].userName" of "Ada" as sent
    And the suite reads "Resources[0].emails[0].value" of "Ada" as sent
    And the suite reads "Resources[0].name.familyName" of "Ada" as sent
    And the suite reads "Resources[0].name.givenName" of "Ada" as sent

  # Source: Okta CRUD suite, request 6; With-Entitlements-CRUD suite, request 7
  # Breaks: the app is not accepted into Okta's catalog
  # Mend: store what PUT /Users/{id} sends
  @suite.crud.6 @must @catalog @wizard @okta:oin-submission
  Scenario: A new first name arrives
    Given Okta has assigned "Ada" for the suite
    When Okta gives "Ada" the first name "Augusta" for the suite
    And the suite verifies "Ada"
    Then the suite gets 200
    And the suite reads "name.givenName" as "Augusta"

  # Source: Okta CRUD suite, request 8; With-Entitlements-CRUD suite, request 9
  # Breaks: the app is not accepted into Okta's catalog; who left keeps access
  # Mend: keep a person who was deactivated readable, with active false
  @suite.crud.8 @must @catalog @wizard @okta:oin-submission
  Scenario: Who was deactivated in Okta is inactive
    Given Okta has assigned "Ada" for the suite
    When Okta deactivates "Ada" for the suite
    And the suite verifies "Ada"
    Then the suite gets 200
    And the suite reads "active" as "false"

  # Source: Okta CRUD suite, request 11; With-Entitlements-CRUD suite, request 12
  # Breaks: the app is not accepted into Okta's catalog; who returns has no access
  # Mend: reactivate the person whom the lookup finds
  @suite.crud.11 @must @catalog @wizard @okta:oin-submission
  Scenario: Who was assigned again is active
    Given Okta has assigned "Ada" for the suite
    When Okta deactivates "Ada" for the suite
    And Okta assigns "Ada" again for the suite
    And the suite verifies "Ada"
    Then the suite gets 200
    And the suite reads "active" as "true"

  # Source: Okta CRUD suite, request 13; With-Entitlements-CRUD suite, request 14
  # Breaks: the app is not accepted into Okta's catalog; who left keeps access
  # Mend: deactivate a person a second time as at the first
  @suite.crud.13 @must @catalog @wizard @okta:oin-submission
  Scenario: Who was unassigned after the return is inactive
    Given Okta has assigned "Ada" for the suite
    When Okta deactivates "Ada" for the suite
    And Okta assigns "Ada" again for the suite
    And Okta deactivates "Ada" for the suite
    And the suite verifies "Ada"
    Then the suite gets 200
    And the suite reads "active" as "false"

  # Source: Okta Entitlements suite, for each resource type under Okta's own schemas
  # Breaks: the app is not accepted into Okta's catalog with entitlements
  # Mend: page each entitlement endpoint as people are: ListResponse, startIndex, totalResults, and itemsPerPage 1 for count=1
  @suite.entitlements.1 @must @catalog @wizard @needs:entitlements @okta:oin-submission
  Scenario: Each entitlement endpoint lists its first resource
    Then the suite gets a page of one from each entitlement endpoint
