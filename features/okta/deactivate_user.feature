Feature: To App: Deactivate Users
  Unassigning a person, taking the person out of an assigned group and
  deactivating the person in Okta all send the same: a PATCH without a path
  (catalog app), or GET and PUT of the same person with active false (wizard
  app). Okta never deletes a person.

  # Source: captures obot run-001 step 18 and run-003 steps 50-51; github.com/Metatavu/keycloak-scim-server/pull/97
  # Breaks: people who were unassigned in Okta keep their access
  # Mend: catalog: take PATCH {"op":"replace","value":{"active":false}} without a path; wizard: take a PUT with active false
  @users.deactivate.1 @must @catalog @wizard @okta:deactivate-users
  Scenario: A deactivation is accepted
    Given Okta has created the person "Ada"
    When Okta deactivates "Ada"
    Then the answer is 200 or 204

  # Source: Okta CRUD suite, "verify user is deactivated"; github.com/NorthlandPositronics/Cogtrix/issues/122
  # Breaks: Okta says "deactivated", and the person can still sign in
  # Mend: store active false, keep the person, and answer GET with 200 and active false, a boolean
  @users.deactivate.2 @must @catalog @wizard @okta:deactivate-users
  Scenario: A deactivated person can be read and is inactive
    Given Okta has created the person "Ada"
    And Okta has deactivated "Ada"
    Then reading "Ada" shows "active" as false

  # Source: captures obot run-001 step 19 and run-003 step 52; github.com/growthbook/growthbook/pull/1680
  # Breaks: a person who comes back is created a second time, or refused with 409
  # Mend: let the lookup return inactive people too
  @users.deactivate.3 @must @catalog @wizard @okta:deactivate-users
  Scenario: A deactivated person is still found by userName
    Given Okta has created the person "Ada"
    And Okta has deactivated "Ada"
    Then looking up the person "Ada" finds only that person

  # Source: github.com/getsentry/sentry/issues/77406: deactivation and unassignment both send it
  # Breaks: a task with an error, although the person is inactive
  # Mend: answer a repeated deactivation like the first
  @users.deactivate.4 @must @catalog @wizard @okta:deactivate-users
  Scenario: A deactivation may be repeated
    Given Okta has created the person "Ada"
    And Okta has deactivated "Ada"
    When Okta deactivates "Ada" again
    Then the answer is 200 or 204
    And reading "Ada" shows "active" as false

  # Source: Okta OIN test plan, case C9293: the profile is kept
  # Breaks: the person comes back without a profile
  # Mend: change active and nothing else
  @users.deactivate.5 @must @catalog @wizard @okta:deactivate-users
  Scenario: A deactivation keeps the profile
    Given Okta has created the person "Ada"
    And Okta has deactivated "Ada"
    Then reading "Ada" shows the profile that Okta has sent

  # Source: Okta SCIM 2.0 reference, "Deactivate": 200 with the user, or 204 without a body
  # Breaks: Okta takes the person for active
  # Mend: return the person as stored, or 204 and nothing
  @users.deactivate.6 @must @catalog @wizard @okta:deactivate-users
  Scenario: The answer to a deactivation shows the person as inactive
    Given Okta has created the person "Ada"
    When Okta deactivates "Ada"
    Then the answer, if it has a body, shows "active" as false

  # Source: Okta CRUD suite: one person is deactivated, the others are not
  # Breaks: people who are at work lose their access
  # Mend: write to the person of the path
  @users.deactivate.7 @must @catalog @wizard @okta:deactivate-users
  Scenario: A deactivation touches nobody else
    Given Okta has created the people "Ada" and "Bob"
    And Okta has deactivated "Ada"
    Then reading "Bob" shows "active" as true

  # Source: RFC 7644 §3.5.2 and §3.12
  # Breaks: Okta takes the person for deactivated
  # Mend: answer a PATCH to an unknown id with 404 and a SCIM error
  @users.deactivate.8 @must @catalog @okta:deactivate-users
  Scenario: A deactivation of an unknown id is answered with 404
    When Okta deactivates somebody with an unknown id
    Then the answer is 404
    And the answer is a SCIM error

  # Source: support.okta.com "Existing SCIM User Being Created at Assignment"; RFC 7643 §4.1.1
  # Breaks: the same person twice on the server
  # Mend: keep the userName of an inactive person taken
  @users.deactivate.9 @should @catalog @wizard @okta:deactivate-users
  Scenario: The userName of an inactive person stays taken
    Given Okta has created the person "Ada"
    And "Ada" is inactive
    When Okta sends the create of "Ada" again
    Then the answer is 409

  # Source: captures obot run-001 step 18 and run-003 step 51: only active differs; Okta OIN test plan, case C9293
  # Breaks: the person comes back without title, address or externalId
  # Mend: change active and nothing else
  @users.deactivate.10 @must @catalog @wizard @okta:deactivate-users
  Scenario: A deactivation changes active and nothing else
    Given Okta has created the person "Ada" with
      | title                 | "Lead"  |
      | enterprise.department | "Tools" |
    And it is noted what the server has of "Ada"
    When Okta deactivates "Ada"
    Then reading "Ada" shows what was noted, but for "active"

  # Source: captures obot run-001 step 19 and run-003 step 52: Okta decides by active of the hit
  # Breaks: Okta takes the person for active and does not reactivate it
  # Mend: show the stored active in lists too, false, a boolean
  @users.deactivate.11 @must @catalog @wizard @okta:deactivate-users
  Scenario: The lookup shows a deactivated person as inactive
    Given Okta has created the person "Ada"
    And Okta has deactivated "Ada"
    When Okta looks up the person "Ada"
    Then the list holds only the person "Ada"
    And the entry of the list shows "active" as false

  # Source: Okta CRUD suite: one person is deactivated, the others are not
  # Breaks: people who are at work lose their access
  # Mend: write to the person of the path
  @users.deactivate.12 @must @catalog @wizard @okta:deactivate-users
  Scenario: A deactivation changes nobody else
    Given Okta has created the people "Ada", "Bob" and "Cat"
    And it is noted what the server has of "Ada" and "Cat"
    And Okta has deactivated "Bob"
    Then reading "Ada" shows what was noted
    And reading "Cat" shows what was noted

  # Source: captures obot run-003 steps 50-52: no group request accompanies a deactivation
  # Breaks: a group on the server differs from the group in Okta, and nothing says so
  # Mend: leave memberships alone when active changes
  @users.deactivate.13 @should @catalog @wizard @needs:groups @okta:deactivate-users
  Scenario: A deactivation sends no group request and changes no group
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Eng" with "Ada" and "Bob"
    And Okta has deactivated "Ada"
    Then the group "Eng" has exactly "Ada" and "Bob"

  # Source: github.com/getsentry/sentry/issues/77406: deactivation and unassignment both send it
  # Breaks: the second of two equal requests brings the person back, or damages the profile
  # Mend: set active to the value that is sent; do not toggle
  @users.deactivate.14 @must @catalog @wizard @okta:deactivate-users
  Scenario: A repeated deactivation changes nothing
    Given Okta has created the person "Ada"
    And Okta has deactivated "Ada"
    And it is noted what the server has of "Ada"
    When Okta repeats the last write
    Then reading "Ada" shows what was noted
    And reading "Ada" shows "active" as false

  # Source: captures obot run-001 steps 15-18 and run-003 steps 48-51
  # Breaks: people who were renamed keep their access
  # Mend: find the person by id
  @users.deactivate.15 @must @catalog @wizard @okta:deactivate-users
  Scenario: A person whose profile has changed can be deactivated
    Given Okta has created the person "Ada"
    And Okta has pushed the profile of "Ada" with
      | userName        | "{unique}-Renamed@Example.com" |
      | name.familyName | "Byron" |
    When Okta deactivates "Ada"
    Then reading "Ada" shows all that Okta has sent
    And looking up the person "Ada" finds only that person
