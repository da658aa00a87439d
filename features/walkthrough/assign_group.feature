Feature: The people of an assigned group
  Assign a group to the app: everybody in it, and everybody who joins later, is provisioned;
  who leaves is switched off, never deleted.

  Background:
    Given the group "Engineering" has the app

  @oin.C9307 @oin.C9290 @oin.C9344
  Scenario: Everybody in the group is provisioned
    When oktascim plans
    Then it exits with 2
    And it says "create     user  ada@acme.test"
    And the target has nobody
    When oktascim applies
    Then it exits with 0
    And the target has the people "ada@acme.test, bob@acme.test, cat@acme.test"
    And the org and the target agree
    When oktascim plans
    Then it exits with 0

  @oin.C9332
  Scenario: Who joins later is provisioned too
    Given oktascim has applied
    When "dan@acme.test" joins "Engineering"
    And oktascim applies
    Then it exits with 0
    And the target has the people "ada@acme.test, bob@acme.test, cat@acme.test, dan@acme.test"
    And the org and the target agree

  @oin.C9333 @oin.C9293
  Scenario: Who leaves is switched off and stays readable, who returns is switched on again
    Given oktascim has applied
    When "bob@acme.test" leaves "Engineering"
    And oktascim applies
    Then it exits with 0
    And "bob@acme.test" is switched off in the target
    When oktascim plans
    Then it exits with 0
    When "bob@acme.test" joins "Engineering"
    And oktascim applies
    Then it exits with 0
    And "bob@acme.test" is switched on in the target
    And nobody is in the target twice

  @oin.C9292
  Scenario: A deactivated person is switched off
    Given oktascim has applied
    When "bob@acme.test" is deactivated in Okta
    And oktascim applies
    Then it exits with 0
    And "bob@acme.test" is switched off in the target

  @oin.C9291 @oin.C9310
  Scenario: A changed profile goes out
    Given oktascim has applied
    When "ada@acme.test" gets the title "Fellow"
    And oktascim plans
    Then it exits with 2
    And it says "title: "Engineer" -> "Fellow""
    When oktascim applies
    Then it exits with 0
    And "ada@acme.test" has the title "Fellow" in the target

  Scenario: Drift in the target is repaired
    Given oktascim has applied
    When somebody gives "ada@acme.test" the title "Intern" in the target
    And oktascim applies
    Then it exits with 0
    And "ada@acme.test" has the title "Engineer" in the target

  @oin.C9335
  Scenario: An account that is there already is adopted, not made twice
    Given the target has an account of its own for "Ada@Acme.test"
    And the target has an account of its own for "root@acme.test"
    When oktascim applies
    Then it exits with 0
    And nobody is in the target twice
    And it says "adopt"
    And it says "root@acme.test"
    And "root@acme.test" is switched on in the target

  Scenario: Somebody without an e-mail, which the app requires
    Given an org where "nomail@acme.test" in "Engineering" has no e-mail
    When oktascim applies
    Then it says "nomail@acme.test"
    And it says "has no e-mail, which the app requires"
    And the target has the people "ada@acme.test, bob@acme.test, cat@acme.test"

  Scenario: Two people with one userName
    Given an org where "dan@acme.test" has the app as "ada@acme.test"
    When oktascim applies
    Then it says "ada@acme.test"
    And nobody is in the target twice
    And "bob@acme.test" is switched on in the target

  Scenario: The target goes down half-way and comes back
    Given the target goes down after 2 creates
    When oktascim applies
    Then it exits with 1
    When the target is up again
    And oktascim applies
    Then it exits with 0
    And the target has the people "ada@acme.test, bob@acme.test, cat@acme.test"
    And nobody is in the target twice
    And the org and the target agree

  Scenario: Ctrl-C half-way and run again
    Given Ctrl-C is pressed during create 2
    When oktascim applies
    Then it exits with 1
    And what was written is known to the ledger
    When oktascim applies
    Then it exits with 0
    And the target has the people "ada@acme.test, bob@acme.test, cat@acme.test"
    And nobody is in the target twice
    And the org and the target agree

  Scenario: Who leaves one app and has another one for the same target stays on
    Given an org with a second app, "Contractors", that "bob@acme.test" has too
    And oktascim has applied
    When "bob@acme.test" leaves "Engineering"
    And oktascim applies
    Then it exits with 0
    And it says "kept by the connection second"
    And "bob@acme.test" is switched on in the target
    When oktascim plans
    Then it exits with 0
    When "bob@acme.test" leaves "Other"
    And oktascim applies
    Then it exits with 0
    And "bob@acme.test" is switched off in the target

  Scenario: On a schedule nobody has to do anything
    Given oktascim runs every second
    Then in the end the target has the people "ada@acme.test, bob@acme.test, cat@acme.test"
    When "dan@acme.test" joins "Engineering"
    Then in the end the target has the people "ada@acme.test, bob@acme.test, cat@acme.test, dan@acme.test"
    When "bob@acme.test" leaves "Engineering"
    Then in the end "bob@acme.test" is switched off in the target
    When oktascim is told to stop
    Then it exits with 0
    And it says "stopped"
