Feature: Push Groups: large groups
  A catalog app sends at most 100 membership changes in one PATCH, a wizard app all
  members in one PUT.

  # Source: Okta SCIM 2.0 reference, "Update a specific Group": one remove operation for each person; Okta OIN submission guide: 100 changes in one PATCH by default
  # Breaks: when many people leave at once, they keep access, or all lose it
  # Mend: take 100 operations in one PATCH; wizard: take a PUT that shortens the list
  @groups.large.1 @must @catalog @wizard @crowd @needs:groups @okta:push-groups
  Scenario: A hundred people leave in one change, the others stay
    Given Okta has created a crowd of 120 people
    And Okta has pushed the group "Eng" with everybody
    When Okta removes the first 100 from the group "Eng"
    Then the group "Eng" has exactly all but the first 100

  # Source: Okta OIN submission guide: 100 to 1,000 membership changes in one PATCH; captures obot run-001 steps 23-24 and run-003 steps 14-16
  # Breaks: people of large groups have no access, and nobody is told
  # Mend: store every member, and show every member in GET /Groups/{id}
  @groups.large.2 @must @catalog @wizard @crowd @needs:groups @okta:push-groups
  Scenario: A group of 300 has all its members
    Given Okta has created a crowd of 300 people
    And Okta has pushed the group "Ops" with the first 2
    When Okta pushes the group "Eng" with everybody
    Then the group "Eng" has exactly everybody

  # Source: captures obot run-001 steps 36-38 and run-003 steps 44-47: Push Now sends the whole list
  # Breaks: Push Now of a large group takes people out
  # Mend: take a list of any length in one replace or PUT
  @groups.large.3 @must @catalog @wizard @crowd @needs:groups @okta:push-groups
  Scenario: Push Now of a large group leaves exactly the people of Okta
    Given Okta has created a crowd of 300 people
    And Okta has pushed the group "Eng" with the first 150
    When the admin presses Push Now for the group "Eng" with all but the first 50
    Then the group "Eng" has exactly all but the first 50

  # Source: Okta OIN submission guide: 100 to 1,000 membership changes in one PATCH
  # Breaks: people of very large groups have no access
  # Mend: store every member; let the body of a request be 1 MiB and more
  @groups.large.4 @should @catalog @wizard @crowd @needs:groups @okta:push-groups
  Scenario: A group of 1,000 has all its members
    Given Okta has created a crowd of 1000 people
    And Okta has pushed the group "Ops" with the first 2
    When Okta pushes the group "Eng" with everybody
    Then the group "Eng" has exactly everybody
