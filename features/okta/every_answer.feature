Feature: Every answer
  What holds for every answer of a run, whatever Okta has asked for. These
  scenarios run last and look at all that the others have sent and received; each
  tells of the first answer that breaks its sentence.

  # Source: Okta SCIM 2.0 reference, "Create Users" and "Update a specific User": the answer is the person; RFC 7644 §3.3 and §3.5.1
  # Breaks: "Create new user returned empty user", "No results for users returned" or a failed profile push
  # Mend: put the resource, or the list, into the body of every 200 and 201
  @answers.body.1 @must @catalog @wizard @last @okta:create-users
  Scenario: Every 200 and 201 has a JSON object as its body
    When Okta has used everything at least once
    Then in every answer a success has a JSON object

  # Source: Okta SCIM preparation guide: id is in every answer, a string; Okta SPEC suite, steps 1, 2 and 6
  # Breaks: Okta cannot remember the person, and every later call for it fails
  # Mend: put the id of the server, a string, into each person of each answer
  @answers.users.1 @must @catalog @wizard @last @okta:create-users
  Scenario: Each person in each answer has an id
    When Okta has used everything at least once
    Then in every answer each person has an id, a string

  # Source: Okta SPEC suite, steps 1, 2 and 6; RFC 7643 §3
  # Breaks: the OIN review fails; a PUT that echoes the person goes back without schemas
  # Mend: put schemas with the URN of User into each person of each answer
  @answers.users.2 @must @catalog @wizard @last @okta:create-users
  Scenario: Each person in each answer names the User schema
    When Okta has used everything at least once
    Then in every answer each person names the User schema

  # Source: Okta SCIM 2.0 reference: active is a boolean; Okta SCIM preparation guide, minimum attributes
  # Breaks: Okta takes the person for inactive, and import skips it
  # Mend: write active as true or false, without quotes, into each person of each answer
  @answers.users.3 @must @catalog @wizard @last @okta:deactivate-users
  Scenario: Each person in each answer has active, a boolean
    When Okta has used everything at least once
    Then in every answer each person has active, a boolean

  # Source: Okta SCIM preparation guide, minimum attributes; Okta SPEC suite, steps 1 and 6
  # Breaks: lookups and imports cannot tell who it is
  # Mend: put userName into each person of each answer
  @answers.users.4 @must @catalog @wizard @last @okta:create-users
  Scenario: Each person in each answer has a userName
    When Okta has used everything at least once
    Then in every answer each person has a userName, a string

  # Source: RFC 7643 §4.1.1; Okta SPEC suite, step 1: name.givenName and name.familyName
  # Breaks: import cannot map the name, and a PUT writes the wrong one back
  # Mend: return name as an object with strings, not as one string
  @answers.users.5 @must @catalog @wizard @last @okta:import-users
  Scenario: The name in each answer is an object with strings
    When Okta has used everything at least once
    Then in every answer each name is an object of strings

  # Source: Okta SCIM FAQ: attributes with several values are arrays, even with one value
  # Breaks: import cannot read the e-mail address
  # Mend: return emails, phoneNumbers, addresses and groups as arrays of objects
  @answers.users.6 @must @catalog @wizard @last @okta:import-users
  Scenario: Attributes with several values are arrays in each answer
    When Okta has used everything at least once
    Then in every answer what may have several values is an array

  # Source: RFC 7643 §7: password is never returned
  # Breaks: passwords in logs and in every reader's hands
  # Mend: leave password out of every answer: POST, PUT, PATCH, GET, lists and errors
  @answers.users.7 @must @catalog @wizard @last @okta:sync-password
  Scenario: No answer has a member password
    When Okta has used everything at least once
    Then in every answer no person has a password

  # Source: RFC 7643 §4.1 and §3.1: these are strings
  # Breaks: import reads a number or nothing, and a PUT writes it back
  # Mend: return displayName, externalId, title, locale and the like as strings
  @answers.users.8 @should @catalog @wizard @last @okta:import-users
  Scenario: Plain attributes are strings in each answer
    When Okta has used everything at least once
    Then in every answer plain attributes are strings

  # Source: RFC 7643 §3.1: id is stable; captures obot run-001 and run-003: the id of the address comes back
  # Breaks: Okta reads or changes one person and takes the answer for another
  # Mend: answer with the person or group of the address
  @answers.users.9 @must @catalog @wizard @last @okta:update-user-attributes
  Scenario: An answer about one person or group has the id of the address
    When Okta has used everything at least once
    Then in every answer a person or group has the id of the address

  # Source: Okta SCIM 2.0 reference, "Update a specific User": 200 with the updated user; RFC 7644 §3.3 and §3.5.1
  # Breaks: Okta believes an answer that is not what the server has stored
  # Mend: answer a POST, PUT or PATCH with the person as it is stored
  @answers.state.1 @must @catalog @wizard @last @okta:update-user-attributes
  Scenario: What a write answers is what the next reading shows
    When Okta has used everything at least once
    Then in every answer to a write stands what the next reading shows

  # Source: RFC 7644 §3.3 and §3.5.1: the answer is the resource
  # Breaks: nothing in Okta is known; what the admin sees differs from what is stored
  # Mend: build the answer to a write with the code that answers a GET
  @answers.state.2 @should @catalog @wizard @last @okta:update-user-attributes
  Scenario: What a write answers is all that the next reading shows
    When Okta has used everything at least once
    Then in every answer to a write stands all that the next reading shows

  # Source: Okta SCIM 2.0 reference, "Retrieve Users": import and lookup read the list and nothing else
  # Breaks: import takes over old or missing names, addresses and states
  # Mend: build the entries of a list with the code that answers a GET
  @answers.state.3 @must @catalog @wizard @last @okta:import-users
  Scenario: A person in a list is the person that a reading shows
    When Okta has used everything at least once
    Then in every answer with a list each person is what reading the person shows

  # Source: RFC 7644 §3.4.2: a list holds the resources
  # Breaks: attributes are missing after an import
  # Mend: build the entries of a list with the code that answers a GET
  @answers.state.4 @should @catalog @wizard @last @okta:import-users
  Scenario: A person in a list has all that a reading shows
    When Okta has used everything at least once
    Then in every answer with a list each person is all that reading the person has

  # Source: captures obot run-003 steps 54-56: GET, PUT, GET; RFC 7644 §3.4.1
  # Breaks: a PUT writes back what nobody has entered
  # Mend: let a person change by writes to that person only; a refused write changes nothing
  @answers.state.5 @must @catalog @wizard @last @okta:update-user-attributes
  Scenario: A person to whom nothing was written reads the same again
    When Okta has used everything at least once
    Then in every answer to a reading stands what the last reading showed

  # Source: RFC 7643 §3.1: meta.created is when the resource was added
  # Breaks: nothing in Okta is known; a PUT has made a new record where it should change one
  # Mend: set meta.created once, and ignore the meta that a PUT echoes
  @answers.state.6 @should @catalog @wizard @last @okta:update-user-attributes
  Scenario: A person keeps the time at which it was made
    When Okta has used everything at least once
    Then in every answer meta.created and id stay as they were

  # Source: support.okta.com "No results for users returned"; RFC 7644 §3.4.2
  # Breaks: "No results for users returned", and lookups fail without a reason
  # Mend: give every list schemas with the URN of ListResponse
  @answers.lists.1 @must @catalog @wizard @last @okta:import-users
  Scenario: Each list is a ListResponse
    When Okta has used everything at least once
    Then in every answer each list is a ListResponse

  # Source: support.okta.com "No results for users returned"
  # Breaks: "No results for users returned", or lookups that fail
  # Mend: return Resources as an array, also for one hit and for none
  @answers.lists.2 @must @catalog @wizard @last @okta:import-users
  Scenario: Each list has an array Resources
    When Okta has used everything at least once
    Then in every answer each list has Resources, an array of objects

  # Source: support.okta.com question 0D54z0000A4i091CQA; Okta SCIM 2.0 reference, "Retrieve Users"
  # Breaks: the lookup fails without a reason in the System Log, and no POST follows
  # Mend: write totalResults, startIndex and itemsPerPage as JSON numbers in every list
  @answers.lists.3 @must @catalog @wizard @last @okta:import-users
  Scenario: The numbers of each list are whole numbers
    When Okta has used everything at least once
    Then in every answer the numbers of each list are whole numbers

  # Source: Okta SCIM 2.0 reference, "Retrieve Users": the order is stable and each resource is there once
  # Breaks: import reads people twice and misses others
  # Mend: let a join not multiply the rows of a list
  @answers.lists.4 @must @catalog @wizard @last @okta:import-users
  Scenario: No list names a person or group twice
    When Okta has used everything at least once
    Then in every answer no list names anything twice

  # Source: RFC 7644 §3.4.2.4: count is the most that is returned
  # Breaks: import, which goes on by 100, reads people twice
  # Mend: return at most count resources
  @answers.lists.5 @must @catalog @wizard @last @okta:import-users
  Scenario: No list is longer than it was asked to be
    When Okta has used everything at least once
    Then in every answer no list is longer than asked for

  # Source: RFC 7644 §3.4.2.4: startIndex is the place of the first result
  # Breaks: nothing in Okta is known; readers that go by it lose their place
  # Mend: answer the startIndex that was asked for
  @answers.lists.6 @should @catalog @wizard @last @okta:import-users
  Scenario: Each list begins where it was asked to begin
    When Okta has used everything at least once
    Then in every answer each list begins where it was asked to

  # Source: captures obot run-001 steps 8-10: Okta goes on with the id of the hit
  # Breaks: Okta links a stranger's account and writes over it
  # Mend: return only what equals the value of the filter
  @answers.lists.7 @must @catalog @wizard @last @okta:create-users
  Scenario: A lookup finds nothing but what it asks for
    When Okta has used everything at least once
    Then in every answer a lookup finds nothing but what it asks for

  # Source: Okta SCIM 2.0 reference, "Create Users": totalResults 0 means that a POST follows
  # Breaks: Okta creates people twice, or never
  # Mend: count the hits of the filter
  @answers.lists.8 @must @catalog @wizard @last @okta:create-users
  Scenario: The total of a lookup is the number of its hits
    When Okta has used everything at least once
    Then in every answer the total of a lookup is the number of hits

  # Source: Okta SCIM 2.0 reference: the task shows the detail; RFC 7644 §3.12
  # Breaks: the task in Okta says "Invalid JSON" or nothing instead of the reason
  # Mend: answer every 400, 404 and 409 with schemas, the same status and a detail
  @answers.errors.1 @should @catalog @wizard @last @okta:create-users
  Scenario: Each refusal is a SCIM error that says why
    When Okta has used everything at least once
    Then in every answer each refusal is a SCIM error with its status

  # Source: Okta SCIM 2.0 reference: 5xx becomes a task that an admin has to retry
  # Breaks: the operation fails, and the task in Okta does not say why
  # Mend: refuse what cannot be done with 4xx and a detail
  @answers.errors.2 @should @catalog @wizard @last @okta:create-users
  Scenario: No request ends in a failure of the server
    When Okta has used everything at least once
    Then in every answer no request of Okta ends in a failure (5xx)

  # Source: Okta SCIM concept page, "Error authenticating"; capture obot run-001 step 2
  # Breaks: "Error authenticating" in the middle of a job
  # Mend: let the token that passes the test do all that Okta does
  @answers.errors.3 @must @catalog @wizard @last @okta:test-credentials
  Scenario: The right token is good for every request
    When Okta has used everything at least once
    Then in every answer the right token is good for all

  # Source: Okta SCIM 2.0 reference, samples of answers as text/json; RFC 7644 §3.1
  # Breaks: nothing in Okta is known; strict clients refuse other types
  # Mend: send Content-Type application/scim+json with every body
  @answers.types.1 @should @catalog @wizard @last @okta:test-credentials
  Scenario: Each answer is labelled as JSON
    When Okta has used everything at least once
    Then in every answer each answer is labelled as JSON of some kind

  # Source: captures obot run-001 step 23; Okta SCIM 2.0 reference, "Create Groups": the answer has the id
  # Breaks: Okta cannot remember the group, and every later push fails
  # Mend: put the id of the server, a string, into each group of each answer
  @answers.groups.1 @must @catalog @wizard @last @needs:groups @okta:push-groups
  Scenario: Each group in each answer has an id
    When Okta has used everything at least once
    Then in every answer each group has an id, a string

  # Source: RFC 7643 §3; github.com/PostHog/posthog/pull/42205
  # Breaks: a PUT that echoes the group goes back without schemas
  # Mend: put schemas with the URN of Group into each group of each answer
  @answers.groups.2 @must @catalog @wizard @last @needs:groups @okta:push-groups
  Scenario: Each group in each answer names the Group schema
    When Okta has used everything at least once
    Then in every answer each group names the Group schema

  # Source: captures obot run-003 steps 27-29: the name that was read goes back in the PUT
  # Breaks: lookups miss the group, and it is pushed a second time
  # Mend: put displayName into each group of each answer
  @answers.groups.3 @must @catalog @wizard @last @needs:groups @okta:push-groups
  Scenario: Each group in each answer has a displayName
    When Okta has used everything at least once
    Then in every answer each group has a displayName, a string

  # Source: captures obot run-003 steps 34-43: the members that were read go back in the PUT
  # Breaks: a PUT writes back members that name nobody
  # Mend: return members as an array of objects with a value, the id of the person
  @answers.groups.4 @must @catalog @wizard @last @needs:groups @okta:push-groups
  Scenario: The members of each group are objects with a value
    When Okta has used everything at least once
    Then in every answer members of a group are objects with a value
