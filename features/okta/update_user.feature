Feature: To App: Update User Attributes
  Both kinds of app read the person (GET) and write everything back (PUT), with
  Okta's values on top: id, meta, groups and what Okta does not know included.

  # Source: captures obot run-001 steps 15-16 and run-003 steps 48-49; github.com/kortix-ai/suna/pull/4244
  # Breaks: "Error while trying to push profile update"
  # Mend: implement PUT /Users/{id} and answer 200
  @users.update.1 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A profile push is answered with 200
    Given Okta has created the person "Ada"
    When Okta pushes the profile of "Ada" with
      | name.familyName | "Byron" |
      | title           | "Lead"  |
    Then the answer is 200

  # Source: captures obot run-001 step 16: the body echoes id, meta and groups
  # Breaks: every profile push fails
  # Mend: ignore id, meta and groups in a PUT instead of refusing them
  @users.update.2 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A person written back exactly as read is accepted
    Given Okta has created the person "Ada"
    When Okta writes back the person "Ada" as read
    Then the answer is 200
    And reading "Ada" shows the profile that Okta has sent

  # Source: Okta CRUD suite, "verify first name"
  # Breaks: Okta says "pushed", and the server still has the old profile
  # Mend: store what the PUT says before answering 200
  @users.update.3 @must @catalog @wizard @okta:update-user-attributes
  Scenario: What a profile push changes is stored
    Given Okta has created the person "Ada"
    When Okta pushes the profile of "Ada" with
      | name.givenName  | "Zoë"          |
      | name.familyName | "Byron"        |
      | displayName     | "Augusta King" |
    Then reading "Ada" shows "name.givenName" as "Zoë"
    And reading "Ada" shows "name.familyName" as "Byron"
    And reading "Ada" shows "displayName" as "Augusta King"

  # Source: Okta SCIM 2.0 reference, "Update a specific User": 200 with the updated user; RFC 7644 §3.5.1
  # Breaks: Okta compares with what it was told, not with what is stored
  # Mend: return the stored person in the body of the 200
  @users.update.4 @must @catalog @wizard @okta:update-user-attributes
  Scenario: The answer to a profile push is the updated person
    Given Okta has created the person "Ada"
    When Okta pushes the profile of "Ada" with
      | name.familyName | "Byron" |
    Then the answer has the id of "Ada"
    And the answer shows "name.familyName" as "Byron"
    And the answer shows "active" as true
    And the answer names the User schema

  # Source: capture obot run-001 steps 51-52
  # Breaks: a renamed person is created again at the next assignment
  # Mend: let PUT change userName, and find the person under the new one only
  @users.update.5 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A new userName is stored and found, the old one is not
    Given Okta has created the person "Ada"
    When Okta pushes the profile of "Ada" with
      | userName | "{unique}-Renamed@Example.com" |
    Then reading "Ada" shows "userName" as sent
    And looking up the person "Ada" finds only that person
    And looking up the userName "{unique}-Ada@Example.com" finds nobody

  # Source: capture obot run-001 step 52: a new userName leaves emails as they were
  # Breaks: mail goes to an address that does not exist
  # Mend: do not derive emails from userName
  @users.update.6 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A new userName does not touch the e-mail address
    Given Okta has created the person "Ada"
    When Okta pushes the profile of "Ada" with
      | userName | "{unique}-Renamed@Example.com" |
    Then reading "Ada" shows "emails.value" as sent

  # Source: capture obot run-001 steps 54-55; RFC 7644 §3.5.1: PUT replaces
  # Breaks: the person keeps an address that was taken away
  # Mend: replace the whole array emails in a PUT
  @users.update.7 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A new e-mail address replaces the old one
    Given Okta has created the person "Ada"
    When Okta pushes the profile of "Ada" with
      | emails.value | "new.{unique}@example.com" |
    Then reading "Ada" shows "emails.value" as sent
    And reading "Ada" shows 1 "emails"

  # Source: capture obot run-003 step 56: the sync PUT carries groups []
  # Breaks: a profile push or reactivation takes people out of their groups
  # Mend: ignore groups in a user PUT; membership is changed on the group only
  @users.update.8 @must @catalog @wizard @needs:groups @okta:update-user-attributes
  Scenario: An empty list of groups in a PUT leaves the memberships alone
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Eng" with "Ada" and "Bob"
    When Okta syncs the profile of "Ada" with an empty list of groups
    Then the group "Eng" has exactly "Ada" and "Bob"

  # Source: RFC 7644 §3.5.1 and §3.12
  # Breaks: Okta cannot tell a deleted person from a broken server
  # Mend: answer a PUT to an unknown id with 404 and a SCIM error, and create nobody
  @users.update.9 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A profile push for an unknown id is answered with 404
    Given Okta has created the person "Ada"
    When Okta writes the person "Ada" under an unknown id
    Then the answer is 404
    And the answer is a SCIM error

  # Source: Okta OIN test plan, case C9337: empty values give no error
  # Breaks: clearing an attribute in Okta fails and becomes a task
  # Mend: take an empty string as no value
  @users.update.10 @should @catalog @wizard @okta:update-user-attributes
  Scenario: An attribute is emptied without an error
    Given Okta has created the person "Ada"
    And Okta has pushed the profile of "Ada" with
      | title | "Lead" |
    When Okta pushes the profile of "Ada" with
      | title | "" |
    Then the answer is 200
    And reading "Ada" shows "title" as ""

  # Source: RFC 7644 §3.5.1: what a PUT leaves out is cleared
  # Breaks: an attribute that was taken away in Okta stays on the server
  # Mend: clear readWrite attributes that a PUT leaves out
  @users.update.11 @should @catalog @wizard @okta:update-user-attributes
  Scenario: An attribute that is left out of a PUT is cleared
    Given Okta has created the person "Ada"
    And Okta has pushed the profile of "Ada" with
      | title | "Lead" |
    When Okta pushes the profile of "Ada" without "title"
    Then reading "Ada" shows "title" as ""

  # Source: Okta CRUD suite: one person is changed, the others are not
  # Breaks: people have the names of others
  # Mend: write to the person of the path, not to the one that was read last
  @users.update.12 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A profile push changes nobody else
    Given Okta has created the people "Ada" and "Bob"
    When Okta pushes the profile of "Ada" with
      | name.familyName | "Byron" |
    Then reading "Bob" shows the profile that Okta has sent
    And reading "Ada" shows the profile that Okta has sent

  # Source: RFC 7644 §3.5.1 and §3.12
  # Breaks: two people with one userName, and the next lookup finds two
  # Mend: refuse a PUT that takes another person's userName with 409
  @users.update.13 @should @catalog @wizard @okta:update-user-attributes
  Scenario: A userName that another person has is refused with 409
    Given Okta has created the people "Ada" and "Bob"
    When Okta gives "Ada" the userName of "Bob"
    Then the answer is 409
    And reading "Ada" shows the profile that Okta has sent

  # Source: RFC 7643 §4.3; WorkOS sample of an Okta user
  # Breaks: department, manager and the like are never updated
  # Mend: store the enterprise extension from a PUT
  @users.update.14 @should @catalog @wizard @okta:update-user-attributes
  Scenario: The enterprise extension is updated
    Given Okta has created the person "Ada" with the department "Tools"
    When Okta pushes the profile of "Ada" with
      | enterprise.department | "Research" |
    Then reading "Ada" shows "enterprise.department" as "Research"

  # Source: captures obot run-001 and run-003: externalId is in every PUT
  # Breaks: after a profile push nobody can tell whose account it is
  # Mend: keep externalId in a PUT
  @users.update.15 @should @catalog @wizard @okta:update-user-attributes
  Scenario: externalId outlives a profile push, and comes with the first one
    Given Okta has created the person "Ada"
    And the target already has the person "Bob"
    When Okta pushes the profile of "Ada" with
      | name.familyName | "Byron" |
    Then reading "Ada" shows "externalId" as sent
    When Okta links "Bob"
    Then reading "Bob" shows "externalId" as sent

  # Source: captures obot run-001 step 52 and run-003 step 49: groups is echoed as read, with $ref and display
  # Breaks: profile pushes of people in groups fail, or move people between groups
  # Mend: ignore groups in a user PUT, whatever it holds
  @users.update.16 @must @catalog @wizard @needs:groups @okta:update-user-attributes
  Scenario: A member of a group is written back with the groups as read
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Eng" with "Ada" and "Bob"
    When Okta pushes the profile of "Ada" with
      | name.familyName | "Byron" |
    Then the answer is 200
    And the group "Eng" has exactly "Ada" and "Bob"

  # Source: RFC 7643 §4.1.1: userName is compared without case, but kept as sent
  # Breaks: the profile push fails with a conflict of the person with itself
  # Mend: leave the person itself out when looking for a taken userName, and store the new spelling
  @users.update.17 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A userName may change in case only
    Given Okta has created the person "Ada"
    When Okta pushes the profile of "Ada" with
      | userName | "{unique}-ADA@example.com" |
    Then reading "Ada" shows "userName" as sent
    And looking up the person "Ada" finds only that person

  # Source: RFC 7643 §4.1.2; Okta SCIM FAQ: arrays with one primary entry
  # Breaks: phone numbers and titles are lost
  # Mend: store phoneNumbers, title and name.middleName, or ignore them without an error
  @users.update.18 @should @catalog @wizard @okta:update-user-attributes
  Scenario: Phone number, title and middle name are stored
    Given Okta has created the person "Ada"
    When Okta pushes the profile of "Ada" with
      | title           | "Lead"          |
      | name.middleName | "King"          |
      | phoneNumbers    | phone "+1 555 0100" |
    Then the answer is 200
    And reading "Ada" shows "title" as "Lead"
    And reading "Ada" shows "name.middleName" as "King"
    And reading "Ada" shows "phoneNumbers.value" as "+1 555 0100"

  # Source: Okta SCIM 2.0 reference: password sync is a PATCH for catalog apps; the body is not documented, this is by analogy
  # Breaks: the password of the person is not synced
  # Mend: take PATCH replace {"password": "…"} without a path, and never return it
  @users.password.1 @should @catalog @okta:sync-password
  Scenario: A new password is taken and not returned
    Given Okta has created the person "Ada"
    When Okta syncs a new password of "Ada"
    Then the answer is 200 or 204
    And no answer holds a password

  # Source: captures obot run-001 step 16 and run-003 step 49: what Okta does not map goes back as read
  # Breaks: attributes that nobody has touched are lost at every push
  # Mend: store what the PUT says, all of it
  @users.update.19 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A profile push changes what it pushes and nothing else
    Given Okta has created the person "Ada" with
      | title | "Lead" |
    And it is noted what the server has of "Ada"
    When Okta pushes the profile of "Ada" with
      | name.familyName | "Byron" |
    Then reading "Ada" shows what was noted, but for "name"
    And reading "Ada" shows all that Okta has sent

  # Source: Okta SCIM FAQ: no answer within 60 s is a failure, and the push is retried
  # Breaks: a retried push fails, or stores things twice
  # Mend: let the same PUT twice be the same as once
  @users.update.20 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A profile push may be repeated
    Given Okta has created the person "Ada"
    And Okta has pushed the profile of "Ada" with
      | name.familyName | "Byron" |
      | emails.value    | "new.{unique}@Example.com" |
    And it is noted what the server has of "Ada"
    When Okta repeats the last write
    Then reading "Ada" shows what was noted
    And reading "Ada" shows 1 "emails"

  # Source: Okta CRUD suite, "verify first name"; captures obot run-001 steps 15-16 and 51-55
  # Breaks: the server stays at an old profile
  # Mend: do not answer or write from a cache
  @users.update.21 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A second profile push is stored as well as the first
    Given Okta has created the person "Ada"
    And Okta has pushed the profile of "Ada" with
      | name.familyName | "Byron" |
    When Okta pushes the profile of "Ada" with
      | name.familyName | "King" |
      | name.givenName  | "Augusta" |
    Then the answer shows all that Okta has sent of "Ada"
    And reading "Ada" shows all that Okta has sent

  # Source: capture obot run-001 steps 54-55: an e-mail change leaves userName as it was
  # Breaks: the person is not found any more and created a second time
  # Mend: do not derive userName from emails
  @users.update.22 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A new e-mail address does not touch the userName
    Given Okta has created the person "Ada"
    When Okta pushes the profile of "Ada" with
      | emails.value | "new.{unique}@Example.com" |
    Then reading "Ada" shows all that Okta has sent
    And looking up the person "Ada" finds only that person
    And looking up the userName "new.{unique}@Example.com" finds nobody

  # Source: capture obot run-001 steps 51-52; RFC 7643 §4.1.1
  # Breaks: a renaming that was a mistake cannot be undone
  # Mend: let a userName be free as soon as nobody has it
  @users.update.23 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A renamed person may get the old userName back
    Given Okta has created the person "Ada"
    And Okta has pushed the profile of "Ada" with
      | userName | "{unique}-Renamed@Example.com" |
    When Okta pushes the profile of "Ada" with
      | userName | "{unique}-Ada@Example.com" |
    Then the answer is 200
    And looking up the person "Ada" finds only that person
    And looking up the userName "{unique}-Renamed@Example.com" finds nobody

  # Source: RFC 7643 §4.1.1: userName is unique among the people who are there
  # Breaks: a new hire cannot get an address that is free
  # Mend: let a userName be free as soon as nobody has it
  @users.update.24 @should @catalog @wizard @okta:update-user-attributes
  Scenario: The old userName of a renamed person may be given to another
    Given Okta has created the person "Ada"
    And Okta has pushed the profile of "Ada" with
      | userName | "{unique}-Renamed@Example.com" |
    When Okta assigns the person "Bob" with
      | userName | "{unique}-Ada@Example.com" |
    Then the answer is 201
    And the ids of "Ada" and "Bob" differ
    And looking up the person "Bob" finds only that person
    And reading "Ada" shows all that Okta has sent

  # Source: Okta CRUD suite, "verify first name"
  # Breaks: names look broken on the server
  # Mend: store text as it is; escape where it is shown
  @users.update.25 @must @catalog @wizard @okta:update-user-attributes
  Scenario: Signs that mean something to HTML, SQL and JSON come back as pushed
    Given Okta has created the person "Ada"
    When Okta pushes the profile of "Ada" with
      | name.givenName  | json "A & B <c> 'd'; --" |
      | name.familyName | json "O'Neil \\"x\\" / \\\\ %20 +" |
    Then the answer shows all that Okta has sent of "Ada"
    And reading "Ada" shows all that Okta has sent

  # Source: capture obot run-001 steps 8-13: several people at once; captures, steps 15-16: GET and PUT each
  # Breaks: people have the names of others, or an old one
  # Mend: handle requests at the same time without sharing state between them
  @users.update.26 @must @catalog @wizard @okta:update-user-attributes
  Scenario: Profiles that are pushed at the same time do not get mixed up
    Given Okta has created the people "Ada", "Bob", "Cat", "Dan" and "Eve"
    When Okta pushes new family names of "Ada", "Bob", "Cat", "Dan" and "Eve" at once
    Then reading "Ada" shows all that Okta has sent
    And reading "Bob" shows all that Okta has sent
    And reading "Cat" shows all that Okta has sent
    And reading "Dan" shows all that Okta has sent
    And reading "Eve" shows all that Okta has sent

  # Source: RFC 7644 §3.5.1 and §3.12: 409 and no change
  # Breaks: two people with one userName
  # Mend: check before anything is written
  @users.update.27 @should @catalog @wizard @okta:update-user-attributes
  Scenario: A userName that another person has leaves both as they were
    Given Okta has created the people "Ada" and "Bob"
    And it is noted what the server has of "Ada" and "Bob"
    When Okta gives "Ada" the userName of "Bob"
    Then reading "Ada" shows what was noted
    And reading "Bob" shows what was noted
    And looking up the person "Bob" finds only that person

  # Source: RFC 7644 §3.5.1: PUT replaces
  # Breaks: numbers that were taken away in Okta stay on the server
  # Mend: replace arrays in a PUT
  @users.update.28 @should @catalog @wizard @okta:update-user-attributes
  Scenario: Phone numbers are replaced and not added up
    Given Okta has created the person "Ada" with
      | phoneNumbers | json [{"value":"+1 555 0100","type":"work","primary":true},{"value":"+1 555 0101","type":"mobile"}] |
    When Okta pushes the profile of "Ada" with
      | phoneNumbers | json [{"value":"+1 555 0199","type":"mobile","primary":true}] |
    Then reading "Ada" shows "phoneNumbers" as sent, one by one

  # Source: Okta OIN test plan, case C9337; RFC 7643 §2.5: null and [] are no value
  # Breaks: clearing an attribute in Okta fails and becomes a task
  # Mend: take null and [] as no value
  @users.update.29 @should @catalog @wizard @okta:update-user-attributes
  Scenario: Null and an empty list empty an attribute without an error
    Given Okta has created the person "Ada" with
      | title        | "Lead" |
      | phoneNumbers | phone "+1 555 0100" |
    When Okta pushes the profile of "Ada" with
      | title        | null |
      | phoneNumbers | json [] |
    Then the answer is 200
    And reading "Ada" shows no "title"
    And reading "Ada" shows no "phoneNumbers"

  # Source: RFC 7644 §3.5.1: what a PUT leaves out is cleared; in the lab a user without department had no extension object
  # Breaks: a person keeps a department and a manager of the past
  # Mend: clear an extension that a PUT leaves out
  @users.update.30 @should @catalog @wizard @okta:update-user-attributes
  Scenario: The enterprise extension is taken away again
    Given Okta has created the person "Ada" with the department "Tools"
    When Okta pushes the profile of "Ada" without "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    Then the answer is 200
    And reading "Ada" shows no "enterprise.department"

  # Source: WorkOS sample of an Okta user; RFC 7644 §3.5.1
  # Breaks: the manager is lost when the department changes
  # Mend: store the extension from the PUT as a whole
  @users.update.31 @should @catalog @wizard @okta:update-user-attributes
  Scenario: One attribute of the enterprise extension changes, the others stay
    Given Okta has created the person "Ada" with
      | enterprise.department    | "Tools" |
      | enterprise.manager.value | "00uBOSS" |
    When Okta pushes the profile of "Ada" with
      | enterprise.department | "Research" |
    Then reading "Ada" shows "enterprise.department" and "enterprise.manager.value" as sent, one by one
    And looking up the person "Ada" finds only that person

  # Source: captures obot run-001 step 16 and run-003 step 49: active goes back as read
  # Breaks: people lose their access at every change of their profile
  # Mend: store active from the PUT
  @users.update.32 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A profile push keeps the person active
    Given Okta has created the person "Ada"
    When Okta pushes the profile of "Ada" with
      | title | "Lead" |
    Then reading "Ada" shows "active" as true
    And looking up the person "Ada" finds only that person

  # Source: captures obot run-001 step 52 and run-003 step 49: groups goes back as read
  # Breaks: a change of the name takes people out of groups, or adds them to others
  # Mend: ignore groups in a user PUT
  @users.update.33 @must @catalog @wizard @needs:groups @okta:update-user-attributes
  Scenario: A profile push of a member keeps all memberships
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Eng" with "Ada" and "Bob"
    And Okta has pushed the group "Ops" with "Bob"
    When Okta pushes the profile of "Ada" with
      | userName | "{unique}-Renamed@Example.com" |
    Then the group "Eng" has exactly "Ada" and "Bob"
    And the group "Ops" has exactly "Bob"

  # Source: Okta CRUD suite: one person is changed, the others are not
  # Breaks: people have the data of others
  # Mend: write to the person of the path
  @users.update.34 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A profile push changes nobody else, whatever it pushes
    Given Okta has created the people "Ada", "Bob" and "Cat"
    And it is noted what the server has of "Ada" and "Cat"
    When Okta pushes the profile of "Bob" with
      | userName        | "{unique}-Renamed@Example.com" |
      | name.familyName | "Byron" |
      | emails.value    | "new.{unique}@Example.com" |
    Then reading "Ada" shows what was noted
    And reading "Cat" shows what was noted
    And reading "Bob" shows all that Okta has sent
