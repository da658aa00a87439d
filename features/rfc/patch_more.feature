@rfc @part:rfc-patch @needs:patch
Feature: RFC: PATCH of groups, and of nobody
  RFC 7644 §3.5.2, where the server advertises patch.

  # Source: RFC 7643 §4.1.1: userName must be unique; RFC 7644 §3.12, table 9: uniqueness applies to PATCH
  # Mend: refuse a userName that is taken
  @rfc.patch.31 @must
  Scenario: A patch cannot take the userName of another
    Given the server has the people "Ada" and "Eve"
    When the client patches "Eve" with
      """
      [{"op":"replace","path":"userName","value":"{Ada.name}"}]
      """
    Then the answer is 409 or 400
    And "userName" of "Eve" is now "{Eve.name}"

  # Source: RFC 7644 §3.12, table 8: 404 where the resource does not exist
  # Mend: answer 404 with the error body
  @rfc.patch.32 @must
  Scenario: Nobody cannot be patched
    When the client sends PATCH "/Users/00919288221112222" with
      """
      {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"title","value":"New"}]}
      """
    Then the answer is 404
    And the body is the error of RFC 7644

  # Source: RFC 7644 §3.5.2.1: a value is added to a multi-valued attribute
  # Mend: add the member beside the others
  @rfc.patch.33 @must @needs:groups
  Scenario: A member can be added to a group
    Given the server has the people "Ada" and "Bob"
    And the server has the group "Team" with the member "Ada"
    When the client patches "Team" with
      """
      [{"op":"add","path":"members","value":[{"value":"{Bob}"}]}]
      """
    Then the request succeeds
    And the members of "Team" are now "Ada" and "Bob"

  # Source: RFC 7644 §3.5.2.2: the values that the filter matches are removed
  # Mend: remove the member that the filter names
  @rfc.patch.34 @must @needs:groups
  Scenario: A member can be removed from a group
    Given the server has the people "Ada" and "Bob"
    And the server has the group "Team" with the members "Ada" and "Bob"
    When the client patches "Team" with
      """
      [{"op":"remove","path":"members[value eq \"{Bob}\"]"}]
      """
    Then the request succeeds
    And the members of "Team" are now "Ada"

  # Source: RFC 7644 §3.5.2.2: without a filter all values are removed
  # Mend: remove all members
  @rfc.patch.35 @must @needs:groups
  Scenario: All members can be removed from a group
    Given the server has the people "Ada" and "Bob"
    And the server has the group "Team" with the member "Ada"
    When the client patches "Team" with
      """
      [{"op":"remove","path":"members"}]
      """
    Then the request succeeds
    And the members of "Team" are now nobody

  # Source: RFC 7644 §3.5.2.3: without a filter all values are replaced
  # Mend: replace all members
  @rfc.patch.36 @must @needs:groups
  Scenario: The members of a group can be replaced
    Given the server has the people "Ada" and "Bob"
    And the server has the group "Team" with the member "Ada"
    When the client patches "Team" with
      """
      [{"op":"replace","path":"members","value":[{"value":"{Bob}"}]}]
      """
    Then the request succeeds
    And the members of "Team" are now "Bob"

  # Source: RFC 7644 §3.5.2.1: if the user was a member already, nothing should change and the answer should be a success
  # Mend: keep each member once
  @rfc.patch.37 @should @needs:groups
  Scenario: Adding a member twice changes nothing
    Given the server has the people "Ada" and "Bob"
    And the server has the group "Team" with the member "Ada"
    When the client patches "Team" with
      """
      [{"op":"add","path":"members","value":[{"value":"{Ada}"}]}]
      """
    Then the request succeeds
    And the members of "Team" are now "Ada"

  # Source: RFC 7644 §3.5.2.2: if the user was no member, nothing should change and the answer should be a success
  # Mend: answer the removal of somebody who is no member with success
  @rfc.patch.38 @should @needs:groups
  Scenario: Removing somebody who is no member changes nothing
    Given the server has the people "Ada" and "Bob"
    And the server has the group "Team" with the member "Ada"
    When the client patches "Team" with
      """
      [{"op":"remove","path":"members[value eq \"{Bob}\"]"}]
      """
    Then the request succeeds
    And the members of "Team" are now "Ada"

  # Source: RFC 7643 §4.2: sub-attributes of members are immutable; RFC 7644 §3.5.2: changing them shall be answered with an error
  # Mend: refuse to change a member in place
  @rfc.patch.39 @must @needs:groups
  Scenario: A member cannot be changed into another
    Given the server has the people "Ada" and "Bob"
    And the server has the group "Team" with the member "Ada"
    When the client patches "Team" with
      """
      [{"op":"replace","path":"members[value eq \"{Ada}\"].value","value":"{Bob}"}]
      """
    Then the request is refused
    And the members of "Team" are now "Ada"

  # Source: RFC 7644 §3.5.2.3: a single value is replaced
  # Mend: rename the group
  @rfc.patch.55 @must @needs:groups
  Scenario: A group can be renamed
    Given the server has the group "Team"
    When the client patches "Team" with
      """
      [{"op":"replace","path":"displayName","value":"{unique} renamed"}]
      """
    Then the request succeeds
    And "displayName" of "Team" is now "{unique} renamed"

  # Source: RFC 7644 §3.5.2: operations are applied in their order
  # Mend: apply all operations on a group
  @rfc.patch.56 @must @needs:groups
  Scenario: Members are added and removed in one patch
    Given the server has the people "Ada" and "Bob"
    And the server has the group "Team" with the member "Ada"
    When the client patches "Team" with
      """
      [{"op":"add","path":"members","value":[{"value":"{Bob}"}]},{"op":"remove","path":"members[value eq \"{Ada}\"]"}]
      """
    Then the request succeeds
    And the members of "Team" are now "Bob"

  # Source: RFC 7644 §3.5.2.3: without a path, value holds the attributes to be replaced
  # Mend: replace members of the value
  @rfc.patch.57 @must @needs:groups
  Scenario: Without a path members are replaced
    Given the server has the people "Ada" and "Bob"
    And the server has the group "Team" with the member "Ada"
    When the client patches "Team" with
      """
      [{"op":"replace","value":{"members":[{"value":"{Bob}"}]}}]
      """
    Then the request succeeds
    And the members of "Team" are now "Bob"

  # Source: RFC 7644 §3.5.2.1: without a path, value holds attributes to be added
  # Mend: add members of the value
  @rfc.patch.58 @must @needs:groups
  Scenario: Without a path members are added
    Given the server has the people "Ada" and "Bob"
    And the server has the group "Team" with the member "Ada"
    When the client patches "Team" with
      """
      [{"op":"add","value":{"members":[{"value":"{Bob}"}]}}]
      """
    Then the request succeeds
    And the members of "Team" are now "Ada" and "Bob"

  # Source: RFC 7644 §3.12, tables 8 and 9: 400 and invalidSyntax for a body that cannot be parsed
  # Mend: answer 400 with scimType invalidSyntax
  @rfc.patch.59 @should
  Scenario: A patch that is no JSON is refused
    Given the server has the person "Ada"
    When the client sends PATCH "/Users/{Ada}" with
      """
      {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[
      """
    Then the answer is 400
    And the scimType is "invalidSyntax"

  # Source: RFC 7644 §3.12, table 8: 404 where the resource does not exist
  # Mend: answer 404 with the error body
  @rfc.patch.60 @must @needs:groups
  Scenario: No group cannot be patched
    When the client sends PATCH "/Groups/00919288221112222" with
      """
      {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"displayName","value":"New"}]}
      """
    Then the answer is 404
    And the body is the error of RFC 7644
