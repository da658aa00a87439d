@rfc @part:rfc-resources
Feature: RFC: groups, and what is between people and groups
  RFC 7643 §2.4, §4.1.2 and §4.2; RFC 7644 §3.3 to §3.6.

  # Source: RFC 7643 §4.1.2: groups are those that the person belongs to; §7: what is returned "default" is shown
  # Mend: fill groups of a person from the groups
  @rfc.create.21 @should @needs:groups
  Scenario: A person shows their groups
    Given the server has the person "Ada"
    And the server has the group "Team" with the member "Ada"
    Then "Ada" shows the group "Team", if /Schemas has groups

  # Source: RFC 7644 §3.3.1: meta.resourceType shall be the resource type of the endpoint; RFC 7643 §3: schemas is not empty
  # Mend: write Group for /Groups
  @rfc.create.22 @must @needs:groups
  Scenario: A new group is of type Group
    When the client creates the group "Team"
    Then the answer is 201
    And "meta.resourceType" of the answer is "Group"
    And "schemas" of the answer is ["urn:ietf:params:scim:schemas:core:2.0:Group"]

  # Source: RFC 7643 §3.1: id is unique over all resources of the server
  # Mend: give each resource an id of its own
  @rfc.create.23 @must
  Scenario: No two people have the same id
    Given the server has the people "Ada" and "Eve"
    Then "Ada" and "Eve" have two ids

  # Source: RFC 7643 §2.1: attribute names are case insensitive
  # Mend: match names of sub-attributes without case
  @rfc.create.24 @must
  Scenario: Names of sub-attributes have no case
    When the client creates the person "Ada" with
      """
      {"name":{"GIVENNAME":"Ada-{unique}","familyname":"King"}}
      """
    Then the answer is 201
    And "name.givenName" of "Ada" is now "Ada-{unique}"
    And "name.familyName" of "Ada" is now "King"

  # Source: RFC 7643 §3 and §3.3: schemas holds the URIs that the representation supports
  # Mend: add the URN of the extension to schemas
  @rfc.create.25 @must @needs:enterprise
  Scenario: A person with an extension names its schema
    Given the server has the person "Ada" with
      """
      {"enterprise":{"department":"Dept"}}
      """
    Then "schemas" of "Ada" has now 2 values

  # Source: RFC 7643 §2.4: a value of a list is an object with value, type and primary
  # Mend: store all values of a list, with all of their parts
  @rfc.create.26 @must
  Scenario: A list is kept as it was sent
    Given the server has the person "Ada" with
      """
      {"emails":[{"value":"w.{unique}@example.com","type":"work","primary":true},{"value":"h.{unique}@example.com","type":"home"}]}
      """
    Then "emails" of "Ada" has now 2 values
    And "emails[type=work].value" of "Ada" is now "w.{unique}@example.com"
    And "emails[type=work].primary" of "Ada" is now true
    And "emails[type=home].value" of "Ada" is now "h.{unique}@example.com"

  # Source: RFC 7643 §2.4: primary true must not be there more than once
  # Mend: refuse two primary values, or keep one
  @rfc.create.27 @must
  Scenario: No two values of a list are primary
    When the client creates the person "Ada" with
      """
      {"emails":[{"value":"w.{unique}@example.com","type":"work","primary":true},{"value":"h.{unique}@example.com","type":"home","primary":true}]}
      """
    Then the request is refused, or one of "emails" of "Ada" is primary

  # Source: RFC 7644 §3.3: a create stores the attributes of the request; RFC 7643 §4.2: members
  # Mend: store members of a new group
  @rfc.create.28 @must @needs:groups
  Scenario: A new group has its members
    Given the server has the person "Ada"
    And the server has the group "Team" with the member "Ada"
    Then the members of "Team" are now "Ada"

  # Source: RFC 7644 §3.3: the address of a new resource shall be in the header Location and in meta.location
  # Mend: send the same address in both places
  @rfc.create.29 @must @needs:groups
  Scenario: A new group has an address
    When the client creates the group "Team"
    Then the header Location and meta.location are the same address

  # Source: RFC 7644 §3.4.1: a resource that exists is answered with 200 and the resource
  # Mend: answer GET by id with the group
  @rfc.read.4 @must @needs:groups
  Scenario: A group can be read
    Given the server has the person "Ada"
    And the server has the group "Team" with the member "Ada"
    When the client sends GET "/Groups/{Team}"
    Then the answer is 200
    And "id" of the answer is exactly "{Team}"
    And "displayName" of the answer is "{Team.name}"
    And "members[0].value" of the answer is exactly "{Ada}"

  # Source: RFC 7644 §3.12: 404, and errors must be returned in the body, as JSON
  # Mend: answer an unknown id with 404 and an error body
  @rfc.read.5 @must @needs:groups
  Scenario: An unknown group is not found
    When the client sends GET "/Groups/00919288221112222"
    Then the answer is 404
    And the body is the error of RFC 7644

  # Source: RFC 7643 §3.1: location is the URI of the resource; §2.3.7: a GET on it must return the resource
  # Mend: write the address under which clients reach the server into meta.location
  @rfc.read.6 @must @needs:groups
  Scenario: A group can be read at meta.location
    Given the server has the group "Team"
    Then "Team" can be read at its meta.location

  # Source: RFC 7644 §3.5.1: values that are provided shall replace the existing ones
  # Mend: replace members as a whole on PUT
  @rfc.put.10 @must @needs:groups
  Scenario: A PUT replaces the members of a group
    Given the server has the people "Ada" and "Bob"
    And the server has the group "Team" with the member "Ada"
    When the client replaces "Team" with
      """
      {"members":[{"value":"{Bob}"}]}
      """
    Then the answer is 200
    And the members of "Team" are now "Bob"

  # Source: RFC 7644 §3.5.1: values that are provided shall replace the existing ones
  # Mend: store a new displayName
  @rfc.put.11 @must @needs:groups
  Scenario: A PUT can rename a group
    Given the server has the group "Team"
    When the client replaces "Team" with
      """
      {"displayName":"{unique} renamed"}
      """
    Then the answer is 200
    And "displayName" of "Team" is now "{unique} renamed"

  # Source: RFC 7644 §3.5.1 and RFC 7643 §3.3: attributes of an extension are values too
  # Mend: replace attributes of extensions on PUT
  @rfc.put.12 @must @needs:enterprise
  Scenario: A PUT replaces what is in an extension
    Given the server has the person "Ada" with
      """
      {"enterprise":{"department":"Old"}}
      """
    When the client replaces "Ada" with
      """
      {"enterprise":{"department":"New"}}
      """
    Then the answer is 200
    And "enterprise.department" of "Ada" is now "New"

  # Source: RFC 7643 §3.1: id must not change
  # Mend: keep the id of a resource
  @rfc.put.13 @must
  Scenario: A person keeps the id when the userName changes
    Given the server has the person "Ada"
    When the client replaces "Ada" with
      """
      {"userName":"{unique}-new@example.com"}
      """
    Then the answer is 200
    And "id" of the answer is exactly "{Ada}"
    And "userName" of "Ada" is now "{unique}-new@example.com"

  # Source: RFC 7644 §3.12, table 8: 404 where the resource does not exist; §3.12: errors in the body
  # Mend: answer a DELETE of an unknown id with 404
  @rfc.delete.7 @must @needs:groups
  Scenario: An unknown group cannot be deleted
    When the client sends DELETE "/Groups/00919288221112222"
    Then the answer is 404
    And the body is the error of RFC 7644
