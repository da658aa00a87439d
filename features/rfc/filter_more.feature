@rfc @part:rfc-filter @needs:filter
Feature: RFC: filters of one kind of value, and wrong ones
  RFC 7644 §3.4.2.2. A server that answers a filter with 400 and invalidFilter
  declines it openly, which the RFC allows: that is "unsupported", not a failure.

  # Source: RFC 7644 §3.4.2.2: an operator that is not recognized must be answered with 400 and invalidFilter
  # Mend: never answer a filter that was not understood with a list
  @rfc.filter.31 @must
  Scenario: An unknown operator is refused
    When the client filters people by userName regex "{unique}"
    Then the answer is 400
    And the scimType is "invalidFilter"

  # Source: RFC 7644 §3.4.2.2: each expression must have an attribute, an operator and a value; §3.12, table 9: invalidFilter
  # Mend: answer 400 with scimType invalidFilter
  @rfc.filter.32 @must
  Scenario: A broken filter is refused
    When the client filters people by userName eq
    Then the answer is 400
    And the scimType is "invalidFilter"

  # Source: RFC 7644 §3.4.2.2, table 3: gt of a boolean shall fail with 400 and invalidFilter
  # Mend: answer 400 with scimType invalidFilter
  @rfc.filter.33 @must
  Scenario: Booleans have no order
    When the client filters people by active gt true
    Then the answer is 400
    And the scimType is "invalidFilter"

  # Source: RFC 7644 §3.4.2: a query without matches shall be answered with 200 and totalResults 0
  # Mend: answer 200 with totalResults 0
  @rfc.filter.34 @must
  Scenario: No match is no error
    When the client filters people by userName eq "{unique}-nobody"
    Then the answer is 200
    And totalResults is 0
    And the list holds exactly nobody

  # Source: RFC 7644 §3.10: attributes of an extension are named with its URN
  # Mend: understand URN:attribute for extensions
  @rfc.filter.35 @must @needs:enterprise
  Scenario: An attribute of an extension can be asked for
    Given the server has the person "Ada" with
      """
      {"enterprise":{"department":"Dept {unique}"}}
      """
    When the client filters people by urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Dept {unique}"
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.4.2.2: only resources that match shall be returned
  # Mend: filter groups by displayName
  @rfc.filter.36 @must @needs:groups
  Scenario: Groups can be filtered
    Given the server has the group "Team"
    And the server has the group "Other"
    When the client filters groups by displayName eq "{Team.name}"
    Then the list holds exactly "Team"

  # Source: RFC 7644 §3.4.2.2: a multi-valued attribute matches if any of its values does
  # Mend: filter groups by members.value
  @rfc.filter.37 @must @needs:groups
  Scenario: Groups can be found by a member
    Given the server has the people "Ada" and "Bob"
    And the server has the group "Team" with the members "Ada" and "Bob"
    And the server has the group "Other" with the member "Ada"
    When the client filters groups by members.value eq "{Bob}"
    Then the list holds exactly "Team"

  # Source: RFC 7644 §3.4.2.2: strings are written as in JSON, with its escapes
  # Mend: read filters token by token
  @rfc.filter.44 @must
  Scenario: What is in quotes is no part of the grammar
    Given the server has the person "Ada" with
      """
      {"title":"{unique} (x) and \"y\" or [z] \\ eq"}
      """
    And the server has the person "Bob" with
      """
      {"title":"{unique} (x"}
      """
    When the client filters people by title eq "{unique} (x) and \"y\" or [z] \\ eq"
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.8: JSON in UTF-8; §3.4.2: the filter is URL-encoded
  # Mend: decode filters as UTF-8
  @rfc.filter.45 @must
  Scenario: Names in any script can be found
    Given the server has the person "Ada" with
      """
      {"title":"{unique} 山田 Łuk"}
      """
    And the server has the person "Bob" with
      """
      {"title":"{unique} 田山 Łuk"}
      """
    When the client filters people by title eq "{unique} 山田 Łuk"
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.12, table 9: invalidFilter where the syntax is invalid
  # Mend: answer 400 with scimType invalidFilter
  @rfc.filter.46 @must
  Scenario: A bracket that is never closed is refused
    When the client filters people by (userName eq "{unique}"
    Then the answer is 400
    And the scimType is "invalidFilter"

  # Source: RFC 7644 §3.4.2.2: each expression must have an attribute, an operator and a value
  # Mend: answer 400 with scimType invalidFilter
  @rfc.filter.47 @must
  Scenario: What follows a filter is no filter
    When the client filters people by userName eq "{unique}" and
    Then the answer is 400
    And the scimType is "invalidFilter"
