Feature: Assign a person again
  Okta looks the person up, finds the inactive account, sets active to true
  (PATCH in a catalog app, GET and PUT in a wizard app) and then writes the whole
  profile with GET and PUT, with an empty list of groups.

  # Source: captures obot run-001 steps 19-22 and run-003 steps 52-56
  # Breaks: a person who comes back gets no access
  # Mend: take active true by PATCH without a path (catalog) or by PUT (wizard)
  @users.reactivate.1 @must @catalog @wizard @okta:reactivate-users
  Scenario: A reactivation is accepted
    Given Okta has created the person "Ada"
    And "Ada" is inactive
    When Okta reactivates "Ada"
    Then the answer is 200

  # Source: Okta CRUD suite, "verify user is reactivated"; Okta OIN test plan, case C9293
  # Breaks: Okta says "active", and the person cannot sign in
  # Mend: store active true under the same id
  @users.reactivate.2 @must @catalog @wizard @okta:reactivate-users
  Scenario: A reactivated person is active under the same id
    Given Okta has created the person "Ada"
    And "Ada" is inactive
    And Okta has reactivated "Ada"
    Then reading "Ada" shows "active" as true
    And looking up the person "Ada" finds only that person

  # Source: captures obot run-001 step 22 and run-003 step 56: the whole profile follows
  # Breaks: the person comes back with an old profile
  # Mend: store what the PUT after the reactivation says
  @users.reactivate.3 @must @catalog @wizard @okta:reactivate-users
  Scenario: A reactivated person has the profile of Okta
    Given Okta has created the person "Ada"
    And "Ada" is inactive
    And Okta has reactivated "Ada"
    Then reading "Ada" shows the profile that Okta has sent

  # Source: capture obot run-003 step 56: the PUT carries groups []
  # Breaks: a person who comes back has lost all groups
  # Mend: ignore groups in a user PUT
  @users.reactivate.4 @must @catalog @wizard @needs:groups @okta:reactivate-users
  Scenario: The profile push of a reactivation leaves the memberships alone
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Eng" with "Ada" and "Bob"
    When Okta reactivates "Bob"
    Then the group "Eng" has exactly "Ada" and "Bob"

  # Source: Okta OIN test plan, case C9293; github.com/getsentry/sentry/issues/77406
  # Breaks: a person can leave and return once, but not twice
  # Mend: let active change as often as it is written
  @users.reactivate.5 @must @catalog @wizard @okta:reactivate-users
  Scenario: A person leaves and returns twice
    Given Okta has created the person "Ada"
    And Okta has deactivated "Ada"
    And Okta has reactivated "Ada"
    When Okta deactivates "Ada" again
    And Okta reactivates "Ada" again
    Then reading "Ada" shows "active" as true
    And reading "Ada" shows the profile that Okta has sent

  # Source: captures obot run-001 steps 18-22: a catalog app sends no group request when a person leaves or returns
  # Breaks: a person who comes back is missing in groups until somebody presses Push Now
  # Mend: keep the memberships of inactive people
  @users.reactivate.6 @should @catalog @needs:groups @okta:reactivate-users
  Scenario: A person who comes back is in the same groups
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Eng" with "Ada" and "Bob"
    And "Ada" is inactive
    And Okta has reactivated "Ada"
    Then the group "Eng" has exactly "Ada" and "Bob"

  # Source: Okta OIN test plan, case C9293: the profile is kept
  # Breaks: the person comes back as somebody else
  # Mend: change active and nothing else
  @users.reactivate.7 @must @catalog @wizard @okta:reactivate-users
  Scenario: Leaving and returning changes nothing in the end
    Given Okta has created the person "Ada"
    And it is noted what the server has of "Ada"
    And Okta has deactivated "Ada"
    When Okta reactivates "Ada"
    Then reading "Ada" shows what was noted

  # Source: captures obot run-001 step 22 and run-003 step 56: the PUT carries the whole profile
  # Breaks: the person comes back with an old name
  # Mend: store what the PUT after the reactivation says
  @users.reactivate.8 @must @catalog @wizard @okta:reactivate-users
  Scenario: A person whose name changed meanwhile comes back with the new one
    Given Okta has created the person "Ada"
    And "Ada" is inactive
    When Okta reactivates "Ada" with
      | name.familyName | "Byron" |
      | title           | "Lead" |
    Then reading "Ada" shows all that Okta has sent
    And looking up the person "Ada" finds only that person

  # Source: github.com/getsentry/sentry/issues/77406: requests arrive twice
  # Breaks: a task with an error although the person is active, or a person who is out again
  # Mend: set active to the value that is sent; do not toggle
  @users.reactivate.9 @must @catalog @wizard @okta:reactivate-users
  Scenario: A reactivation may be repeated
    Given Okta has created the person "Ada"
    And "Ada" is inactive
    And Okta has reactivated "Ada"
    When Okta sets active of "Ada" to true once more
    Then reading "Ada" shows "active" as true
    And reading "Ada" shows all that Okta has sent

  # Source: github.com/kortix-ai/suna/pull/4244: active false makes Okta loop
  # Breaks: "delay in reactivating remote User. Rescheduling provision job"
  # Mend: return the stored active
  @users.reactivate.10 @must @catalog @wizard @okta:reactivate-users
  Scenario: The answer to a reactivation shows the person as active
    Given Okta has created the person "Ada"
    And "Ada" is inactive
    When Okta sets active of "Ada" to true once more
    Then the answer, if it has a body, shows "active" as true
    And reading "Ada" shows "active" as true
    When Okta looks up the person "Ada"
    Then the entry of the list shows "active" as true

  # Source: Okta CRUD suite: one person is changed, the others are not
  # Breaks: people who have left have access again
  # Mend: write to the person of the path
  @users.reactivate.11 @must @catalog @wizard @okta:reactivate-users
  Scenario: A reactivation changes nobody else
    Given Okta has created the people "Ada", "Bob" and "Cat"
    And "Bob" is inactive
    And "Cat" is inactive
    And Okta has reactivated "Bob"
    Then reading "Cat" shows "active" as false
    And reading "Ada" shows "active" as true
