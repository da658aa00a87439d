Feature: Push Groups: what a change must leave alone
  A change of one group is a change of nothing else: not of the group's other
  attributes, not of other groups, not of the people in it.

  # Source: captures obot run-001 steps 23-25: several groups are pushed one after the other
  # Breaks: pushing one group changes who is in another
  # Mend: keep the members of each group apart
  @groups.effects.1 @must @catalog @wizard @needs:groups @okta:push-groups
  Scenario: A push leaves the other groups alone
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Ops" with "Ada"
    When Okta pushes the group "Eng" with "Bob"
    Then the group "Ops" has exactly "Ada"
    And the group "Ops" carries its name

  # Source: captures obot run-001 steps 36-38 and run-003 steps 44-47
  # Breaks: Push Now of one group takes people out of others
  # Mend: replace the members of the group of the path only
  @groups.effects.2 @must @catalog @wizard @needs:groups @okta:push-groups
  Scenario: Push Now leaves the other groups alone
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Ops" with "Ada" and "Bob"
    And Okta has pushed the group "Eng" with "Ada"
    When the admin presses Push Now for the group "Eng" with "Bob"
    Then the group "Ops" has exactly "Ada" and "Bob"
    And the group "Eng" has exactly "Bob"

  # Source: captures obot run-001 steps 44-45 and run-003 steps 21-22
  # Breaks: deleting one group takes people out of others
  # Mend: delete the memberships of the group of the path only
  @groups.effects.3 @must @catalog @wizard @needs:groups @okta:push-groups
  Scenario: Deleting a group leaves the other groups alone
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Ops" with "Ada" and "Bob"
    And Okta has pushed the group "Eng" with "Ada"
    When the admin unlinks the group "Eng" and deletes it
    Then the group "Ops" has exactly "Ada" and "Bob"
    And looking up the group "Ops" finds only that group

  # Source: captures obot run-001 steps 29-38: the name is written again before each change
  # Breaks: a membership change renames the group, and the next lookup misses
  # Mend: change the members and nothing else
  @groups.effects.4 @must @catalog @wizard @needs:groups @okta:push-groups
  Scenario: A membership change keeps the name
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Eng & Co" with "Ada"
    When Okta adds "Bob" to the group "Eng & Co"
    And Okta removes "Ada" from the group "Eng & Co"
    Then the group "Eng & Co" carries its name
    And looking up the group "Eng & Co" finds only that group

  # Source: captures obot run-001 steps 29-35: a group request changes no person
  # Breaks: people who join or leave one group lose their account, or parts of their profile
  # Mend: write to the group only
  @groups.effects.5 @must @catalog @wizard @needs:groups @okta:push-groups
  Scenario: Who joins and leaves a group stays the same person
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Eng" with "Ada"
    When Okta adds "Bob" to the group "Eng"
    And Okta removes "Ada" from the group "Eng"
    And the admin presses Push Now for the group "Eng" with nobody
    Then reading "Ada" shows the profile that Okta has sent
    And reading "Ada" shows "active" as true
    And reading "Bob" shows the profile that Okta has sent
    And reading "Bob" shows "active" as true
    And looking up the person "Ada" finds only that person

  # Source: RFC 7643 §4.1.2: groups of a person are what the group resources say
  # Breaks: a wizard app writes back what it has read of a person, and readers of the person see old groups
  # Mend: derive groups of a person from the members of the groups
  @groups.effects.6 @should @catalog @wizard @needs:groups @okta:push-groups
  Scenario: The groups that a person shows are those that have the person
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Eng" with "Ada" and "Bob"
    And Okta has pushed the group "Ops" with "Ada"
    Then the groups that "Ada" shows, if any, are exactly "Eng" and "Ops"
    When Okta removes "Ada" from the group "Eng"
    Then the groups that "Ada" shows, if any, are exactly "Ops"
    When the admin unlinks the group "Ops" and deletes it
    Then the groups that "Ada" shows, if any, are exactly nobody

  # Source: RFC 7643 §4.2: members are resources that exist
  # Breaks: an import of the group names a member who is not there
  # Mend: take a deleted person out of all groups
  @groups.effects.7 @should @catalog @wizard @needs:groups @okta:push-groups
  Scenario: A deleted person is in no group
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Eng" with "Ada" and "Bob"
    Then once "Ada" is deleted on the target, the group "Eng" has exactly "Bob"

  # Source: Okta SCIM 2.0 reference, "Create Groups"
  # Breaks: nothing in Okta is known; the answer says something else than what is stored
  # Mend: answer with the group as it was stored
  @groups.answers.1 @should @catalog @wizard @needs:groups @okta:push-groups
  Scenario: The answer to the create of a group shows the members, if any
    Given Okta has created the people "Ada" and "Bob"
    When Okta sends the create of the group "Eng" with "Ada" and "Bob"
    Then the answer, if it shows members, shows exactly "Ada" and "Bob"
    And the answer agrees with a fresh read of the group "Eng"

  # Source: Okta SCIM 2.0 reference, "Update a specific Group": 204, or 200 with the group, in which members may be missing
  # Breaks: nothing in Okta is known; the answer says something else than what is stored
  # Mend: answer with the group as it is after the change, or with 204
  @groups.answers.2 @should @catalog @wizard @needs:groups @okta:push-groups
  Scenario: The answer to a membership change is the group after it
    Given Okta has created the people "Ada", "Bob" and "Cat"
    And Okta has pushed the group "Eng" with "Ada" and "Bob"
    When Okta exchanges "Ada" for "Cat" in the group "Eng"
    Then the answer agrees with a fresh read of the group "Eng"

  # Source: captures obot run-001 step 27 and run-003 step 29
  # Breaks: nothing in Okta is known; the answer says something else than what is stored
  # Mend: answer with the group as it is after the change, or with 204
  @groups.answers.3 @should @catalog @wizard @needs:groups @okta:push-groups
  Scenario: The answer to a rename is the group after it
    Given Okta has created the person "Ada"
    And Okta has pushed the group "Eng" with "Ada"
    When Okta renames the group "Eng" to "Engineering"
    Then the answer agrees with a fresh read of the group "Engineering"

  # Source: RFC 7644 §3.6; captures obot run-001 steps 44-47
  # Breaks: people of an old group of the same name come back with the new one
  # Mend: delete the memberships with the group
  @groups.delete.6 @must @catalog @wizard @needs:groups @okta:push-groups
  Scenario: A group that is pushed again has only the members that it is pushed with
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Eng" with "Ada"
    And Okta has deleted the group "Eng"
    When Okta pushes the group "Eng" again as new with "Bob"
    Then the group "Eng" has exactly "Bob"
    And looking up the group "Eng" finds only that group

  # Source: RFC 7644 §3.6: 404 for what is not there
  # Breaks: nothing in Okta is known; a retry cannot tell what happened
  # Mend: answer the deletion of what is not there with 404
  @groups.delete.7 @should @catalog @wizard @needs:groups @okta:push-groups
  Scenario: Deleting a group twice is answered with 404
    Given Okta has pushed the empty group "Eng"
    And Okta has deleted the group "Eng"
    When Okta deletes the group "Eng" that is gone
    Then the answer is 404

  # Source: Okta help, Group Push troubleshooting: a group that was deleted on the target is not made again
  # Breaks: Okta takes a change as done that went nowhere
  # Mend: answer a change of what is not there with 404, and make nothing
  @groups.delete.8 @should @catalog @wizard @needs:groups @okta:push-groups
  Scenario: A change of a deleted group is answered with 404
    Given Okta has created the person "Ada"
    And Okta has pushed the empty group "Eng"
    And Okta has deleted the group "Eng"
    When Okta adds "Ada" to the group "Eng" that is gone
    Then the answer is 404
    And looking up the group "Eng" finds nothing

  # Source: captures obot run-001 steps 44-45 and run-003 steps 21-22: the group is deleted with its members in it
  # Breaks: an unlinked group stays on the server, and its people keep the access
  # Mend: delete a group whoever is in it
  @groups.delete.9 @must @catalog @wizard @needs:groups @okta:push-groups
  Scenario: A group with members is deleted
    Given Okta has created the people "Ada" and "Bob"
    And Okta has pushed the group "Eng" with "Ada" and "Bob"
    When the admin unlinks the group "Eng" and deletes it
    Then the answer is 200 or 204
    And looking up the group "Eng" finds nothing
    And reading "Ada" shows "active" as true
