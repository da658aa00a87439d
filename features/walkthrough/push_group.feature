Feature: Pushed groups
  Push Groups, find the group by name, save: the group and its members appear in the target.

  Background:
    Given the group "Engineering" has the app and is pushed

  @oin.C9312
  Scenario: The group and its members appear
    When oktascim plans
    Then it exits with 2
    And it says "create     group Engineering"
    When oktascim applies
    Then it exits with 0
    And the group "Engineering" in the target has "ada@acme.test, bob@acme.test, cat@acme.test"
    And the org and the target agree
    When oktascim plans
    Then it exits with 0

  Scenario: Who joins and leaves does so in the target
    Given oktascim has applied
    When "dan@acme.test" joins "Engineering"
    And "bob@acme.test" leaves "Engineering"
    And oktascim applies
    Then it exits with 0
    And the group "Engineering" in the target has "ada@acme.test, cat@acme.test, dan@acme.test"
    And the org and the target agree

  Scenario: A renamed group is renamed
    Given oktascim has applied
    When the group "Engineering" is renamed to "R&D"
    And oktascim applies
    Then it exits with 0
    And the group "R&D" in the target has "ada@acme.test, bob@acme.test, cat@acme.test"
    And the target has 1 group

  @oin.C9317
  Scenario: A second group whose people do not have the app is pushed empty
    Given the group "Sales" is pushed
    When oktascim applies
    Then it exits with 0
    And the group "Sales" in the target has ""

  Scenario: A member who was taken out in the target comes back, a stranger in our group goes
    Given oktascim has applied
    And the target has an account of its own for "root@acme.test"
    When somebody takes "cat@acme.test" out of "Engineering" in the target
    And somebody puts "root@acme.test" into "Engineering" in the target
    And oktascim applies
    Then it exits with 0
    And the group "Engineering" in the target has "ada@acme.test, bob@acme.test, cat@acme.test"

  @oin.C9315
  Scenario: A group that was there is adopted, and its strangers stay
    Given the target has an account of its own for "root@acme.test"
    And the target has a group of its own "Engineering" with "root@acme.test"
    When oktascim applies
    Then it exits with 0
    And the group "Engineering" in the target has "ada@acme.test, bob@acme.test, cat@acme.test, root@acme.test"
    And the target has 1 group
    When "bob@acme.test" leaves "Engineering"
    And oktascim applies
    Then the group "Engineering" in the target has "ada@acme.test, cat@acme.test, root@acme.test"

  @oin.C9321 @oin.C9331
  Scenario: A push that ends leaves the group in the target
    Given oktascim has applied
    When the push of "Engineering" ends
    And oktascim applies
    Then it exits with 0
    And it says "forget"
    And the group "Engineering" in the target has "ada@acme.test, bob@acme.test, cat@acme.test"

  Scenario: The configuration pushes a group that does not exist
    Given the configuration pushes the group "Enginering"
    When oktascim checks
    Then it exits with 1
    And it says "Enginering"
    And it says "Engineering"

  Scenario: The configuration pushes a group by name
    Given the configuration pushes the group "Sales"
    When oktascim applies
    Then it exits with 0
    And the group "Sales" in the target has ""

  Scenario: More than half of a big group would be dropped
    Given an org with a group "Everybody" of 30 people that has the app and is pushed
    And oktascim has applied
    When 20 people leave "Everybody"
    And oktascim plans
    Then it exits with 3
    And it says "held"
    When oktascim applies
    Then it exits with 3
    And the group "Everybody" in the target has 30 members
    When the held plan is approved
    Then it exits with 0
    And the group "Everybody" in the target has 10 members
