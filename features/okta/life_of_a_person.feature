Feature: The life of a person
  Whole conversations, in the order in which Okta has them. After each step the
  lookup and the reading have to show what Okta has sent so far.

  # Source: captures obot run-001 steps 8-22 and 51-55, and run-003 steps 7-8 and 48-56
  # Breaks: at some time in the life of an account Okta and the server differ
  # Mend: keep one record per person, under one id, and store each step
  @users.life.1 @must @catalog @wizard @okta:update-user-attributes
  Scenario: A person comes, changes, leaves, returns, is renamed and leaves again
    When Okta assigns the person "Ada"
    Then the server has "Ada" as Okta has left them
    When Okta pushes the profile of "Ada" with
      | title | "Lead" |
    Then the server has "Ada" as Okta has left them
    When Okta pushes the profile of "Ada" with
      | name.familyName | "Byron" |
      | title           | "Head" |
    Then the server has "Ada" as Okta has left them
    When Okta deactivates "Ada"
    Then the server has "Ada" as Okta has left them
    When Okta reactivates "Ada" with
      | name.givenName | "Augusta" |
    Then the server has "Ada" as Okta has left them
    When Okta pushes the profile of "Ada" with
      | userName     | "{unique}-King@Example.com" |
      | emails.value | "king.{unique}@Example.com" |
    Then the server has "Ada" as Okta has left them
    When Okta deactivates "Ada"
    Then the server has "Ada" as Okta has left them
    And looking up the userName "{unique}-Ada@Example.com" finds nobody

  # Source: captures obot run-001 steps 8-22: three people in one run
  # Breaks: people have the state of others
  # Mend: keep people apart
  @users.life.2 @must @catalog @wizard @okta:update-user-attributes
  Scenario: Two people live side by side
    When Okta assigns the people "Ada" and "Bob" at once
    And Okta pushes the profile of "Ada" with
      | name.familyName | "O'Hara" |
    And Okta pushes the profile of "Bob" with
      | name.familyName | "O'Hara" |
    And Okta pushes the profile of "Ada" with
      | name.familyName | "King" |
    And Okta deactivates "Bob"
    Then the server has "Ada" as Okta has left them
    And the server has "Bob" as Okta has left them
    When Okta reactivates "Bob"
    And Okta deactivates "Ada"
    Then the server has "Ada" as Okta has left them
    And the server has "Bob" as Okta has left them
    When Okta pushes the profile of "Bob" with
      | userName | "{unique}-Renamed@Example.com" |
    And Okta reactivates "Ada"
    Then the server has "Ada" as Okta has left them
    And the server has "Bob" as Okta has left them

  # Source: github.com/firezone SCIM spike: lookup, GET, PUT; captures for what follows
  # Breaks: a person who was taken over cannot be changed or deactivated
  # Mend: treat a linked person like any other
  @users.life.3 @must @catalog @wizard @okta:create-users
  Scenario: A person who was on the server before lives on under Okta
    Given the target already has the person "Ada"
    When Okta links "Ada"
    Then the server has "Ada" as Okta has left them
    When Okta deactivates "Ada"
    Then the server has "Ada" as Okta has left them
    When Okta reactivates "Ada"
    Then the server has "Ada" as Okta has left them
    When Okta pushes the profile of "Ada" with
      | name.familyName | "Byron" |
    Then the server has "Ada" as Okta has left them

  # Source: captures obot run-001 steps 18-22 and run-003 steps 50-71
  # Breaks: a person who comes back is missing in groups
  # Mend: leave memberships alone when a person changes
  @users.life.4 @should @catalog @wizard @needs:groups @okta:reactivate-users
  Scenario: A member leaves and returns, and the groups are as before
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Eng" with "Ada" and "Bob"
    And Okta has pushed the group "Ops" with "Ada"
    When Okta deactivates "Ada"
    And Okta reactivates "Ada" with
      | name.familyName | "Byron" |
    Then the server has "Ada" as Okta has left them
    And the group "Eng" has exactly "Ada" and "Bob"
    And the group "Ops" has exactly "Ada"
