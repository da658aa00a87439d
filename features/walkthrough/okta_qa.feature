Feature: What Okta's QA looks at
  The cases of Okta's plan for SCIM integrations that are nowhere else here. The tag of a
  scenario is the number of the case (okta-scim-test-plan-v2).

  @oin.C9339
  Scenario: With provisioning switched off nothing changes in the target
    Given the group "Engineering" has the app
    And oktascim has applied
    And "dan@acme.test" joins "Engineering"
    And "ada@acme.test" gets the title "Fellow"
    And "bob@acme.test" leaves "Engineering"
    When every To App switch is off
    And oktascim applies
    Then it exits with 0
    And the target has the people "ada@acme.test, bob@acme.test, cat@acme.test"
    And "ada@acme.test" has the title "Engineer" in the target
    And "bob@acme.test" is switched on in the target

  @oin.C9295 @oin.C9300
  Scenario: Who is suspended stays as they are, and so when the suspension ends
    Given the group "Engineering" has the app and is pushed
    And oktascim has applied
    When "bob@acme.test" is suspended in Okta
    And oktascim applies
    Then it exits with 0
    And "bob@acme.test" is switched on in the target
    And the group "Engineering" in the target has "ada@acme.test, bob@acme.test, cat@acme.test"
    When "bob@acme.test" is no longer suspended in Okta
    And oktascim applies
    Then it exits with 0
    And "bob@acme.test" is switched on in the target
    And the group "Engineering" in the target has "ada@acme.test, bob@acme.test, cat@acme.test"

  @oin.C9311
  Scenario: Without the group's assignment all its people are switched off, but who has the app another way
    Given the group "Engineering" has the app
    And "cat@acme.test" has the app alone
    And oktascim has applied
    When the group "Engineering" no longer has the app
    And oktascim applies
    Then "ada@acme.test" is switched off in the target
    And "bob@acme.test" is switched off in the target
    And "cat@acme.test" is switched on in the target

  @oin.C9294
  Scenario: Without the own assignment a person is switched off
    Given "dan@acme.test" has the app alone
    And oktascim has applied
    And "dan@acme.test" is switched on in the target
    When "dan@acme.test" no longer has the app alone
    And oktascim applies
    Then it exits with 0
    And "dan@acme.test" is switched off in the target
    And "ada@acme.test" is switched on in the target

  @oin.C9337
  Scenario: A value that becomes empty in Okta becomes empty in the target
    Given the group "Engineering" has the app
    And oktascim has applied
    When "ada@acme.test" gets the title ""
    And oktascim applies
    Then it exits with 0
    And "ada@acme.test" has the title "" in the target

  @oin.C9316
  Scenario: Push Now makes the membership exactly Okta's
    Given the group "Engineering" has the app and is pushed
    And the target has an account of its own for "root@acme.test"
    And the target has a group of its own "Engineering" with "root@acme.test"
    And oktascim has applied
    When the admin pushes "Engineering" now
    Then it exits with 0
    And the group "Engineering" in the target has "ada@acme.test, bob@acme.test, cat@acme.test"

  @oin.C9319 @oin.C9328 @oin.C9320 @oin.C9329
  Scenario: An inactive push sends nothing, and everything at once when it is active again
    Given the group "Engineering" has the app and is pushed
    And oktascim has applied
    When the push of "Engineering" is inactive
    And "dan@acme.test" joins "Engineering"
    And oktascim applies
    Then the group "Engineering" in the target has "ada@acme.test, bob@acme.test, cat@acme.test"
    When the push of "Engineering" is active
    And oktascim applies
    Then it exits with 0
    And the group "Engineering" in the target has "ada@acme.test, bob@acme.test, cat@acme.test, dan@acme.test"

  @oin.C9318 @oin.C9327
  Scenario: A push that is unlinked with its group is gone from the target, its people stay
    Given the group "Engineering" has the app and is pushed
    And oktascim has applied
    When the push of "Engineering" ends
    And the admin unlinks "Engineering" and deletes it
    Then it exits with 0
    And the target has 0 groups
    And the target has the people "ada@acme.test, bob@acme.test, cat@acme.test"

  @oin.C9322
  Scenario: A group that was unlinked and left is linked again
    Given the group "Engineering" has the app and is pushed
    And oktascim has applied
    When the push of "Engineering" ends
    And oktascim applies
    And the group "Engineering" is pushed
    And oktascim applies
    Then it exits with 0
    And the target has 1 group
    And the group "Engineering" in the target has "ada@acme.test, bob@acme.test, cat@acme.test"
