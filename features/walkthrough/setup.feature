Feature: Setting both sides up
  The first half of a vendor's guide to SCIM with Okta: the admin panel gives a URL and a
  token, the Okta side takes them, and "oktascim check" says whether all of it works.

  @browser
  Scenario: The panel gives a URL, and a token that is shown once
    Given a target whose SCIM connection is off and has no token
    And the admin has signed in to the panel with a browser
    Then the panel says that the connection is off
    When the admin switches the connection on
    Then the panel says that the connection is on
    And the panel shows the SCIM URL
    When the admin asks for a new SCIM token
    Then the panel shows a token of 256 bits
    And the page is kept as "setup-token-shown-once"
    When the admin goes back to the connection
    Then the token is not on the page
    And the page is kept as "setup-connection-on"
    And the token lets Okta in

  @browser
  Scenario: The panel shows who was provisioned and what was asked
    Given the group "Engineering" has the app and is pushed
    When oktascim applies
    And the admin has signed in to the panel with a browser
    And the admin looks at the people
    Then the page shows "ada@acme.test"
    And the page is kept as "setup-people"
    When the admin looks at the groups
    Then the page shows "Engineering"
    When the admin looks at the requests
    Then the page shows "POST"
    And the token is not on the page
    And the page is kept as "setup-requests"

  @oin.C9306
  Scenario: Everything is in order
    When oktascim checks
    Then it exits with 0
    And it says "✓ configuration"
    And it says "✓ Test API Credentials"
    And it says nothing with "✗"

  @oin.C9340
  Scenario: The token is mistyped
    Given the configuration has another token
    When oktascim checks
    Then it exits with 1
    And it says "✗ Test API Credentials"
    And it says "401"
    And it says "target.auth"
    When oktascim applies
    Then it exits with 1
    And the target has nobody

  Scenario: The connection is switched off
    Given the SCIM connection is switched off
    When oktascim checks
    Then it exits with 1
    And it says "✗ Test API Credentials"
    And it says "403"
    When oktascim applies
    Then it exits with 1
    And the target has nobody

  @oin.C9341
  Scenario: The old token after "New SCIM token"
    Given the admin has made a new SCIM token that the configuration does not know
    When oktascim checks
    Then it exits with 1
    And it says "✗ Test API Credentials"
    When the configuration gets the new token
    And oktascim checks
    Then it exits with 0

  Scenario: The Base URL is no URL
    Given the configuration has the base URL "scim.example.com/scim/v2"
    When oktascim checks
    Then it exits with 1
    And it says "oktascim.yaml:8:16"
    And it says "is no URL"
    And it says "https://scim.example.com/scim/v2"

  Scenario: The Base URL ends in a slash
    Given the base URL in the configuration ends in a slash
    When oktascim checks
    Then it exits with 0
    When the group "Engineering" has the app and is pushed
    And oktascim applies
    Then it exits with 0
    And the target has the people "ada@acme.test, bob@acme.test, cat@acme.test"

  Scenario: The target answers HTML
    Given the target answers every request with a web page
    When oktascim checks
    Then it exits with 1
    And it says "✗ Test API Credentials"
    And it says "a web page came instead of SCIM"
    When oktascim applies
    Then it exits with 1

  Scenario: Two apps have the label
    Given an org with two apps called "SCIM 2.0 - Acme"
    When oktascim checks
    Then it exits with 1
    And it says the ids of both apps
    When oktascim plans
    Then it exits with 1

  Scenario: No app has the label
    Given the configuration has the app "SCIM 2.0 - Akme"
    When oktascim checks
    Then it exits with 1
    And it says "SCIM 2.0 - Acme"

  Scenario: The Okta token is wrong
    Given the configuration has another Okta token
    When oktascim checks
    Then it exits with 1
    And it says "✗"
    And it says nothing with "not-the-token"

  Scenario Outline: A To App switch that is off turns changes into notices
    Given the group "Engineering" has the app
    And oktascim has applied
    And <what happens>
    When the To App switch "<switch>" is off
    And oktascim plans
    Then it exits with 0
    And it says "<notice>"

    Examples:
      | what happens                            | switch                 | notice       |
      | "dan@acme.test" joins "Engineering"     | Create Users           | Create Users |
      | "ada@acme.test" gets the title "Fellow" | Update User Attributes | Update User  |
      | "bob@acme.test" leaves "Engineering"    | Deactivate Users       | Deactivate   |
