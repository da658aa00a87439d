@rfc @part:rfc-projection
Feature: RFC: parts of a resource
  attributes and excludedAttributes: RFC 7644 §3.4.2.5 and §3.9. meta may be there
  or not: the RFC says both that it is always assigned and that it is returned by default.

  # Source: RFC 7644 §3.9: attributes overrides the default list; the minimum set and what is asked for must be there
  # Mend: return id and the attributes that are named, nothing else
  @rfc.projection.1 @must
  Scenario: Only what is asked for is returned
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}?attributes=userName"
    Then the answer is 200
    And "userName" of the answer is "{Ada.name}"
    And "id" of the answer is exactly "{Ada}"
    And the answer holds nothing beside "schemas, id, userName, meta"

  # Source: RFC 7644 §3.9: a sub-attribute can be asked for alone
  # Mend: return only the sub-attribute that is named
  @rfc.projection.2 @must
  Scenario: A sub-attribute can be asked for
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}?attributes=name.givenName"
    Then "name.givenName" of the answer is "Ada"
    And "name.familyName" of the answer is unassigned
    And "userName" of the answer is unassigned

  # Source: RFC 7644 §3.9: excludedAttributes are taken from the default set
  # Mend: leave out what is named
  @rfc.projection.3 @must
  Scenario: What is not wanted is left out
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}?excludedAttributes=name,emails"
    Then "name" of the answer is unassigned
    And "emails" of the answer is unassigned
    And "userName" of the answer is "{Ada.name}"

  # Source: RFC 7644 §3.4.2.5: excludedAttributes has no effect on what is returned "always", as id
  # Mend: always return id
  @rfc.projection.4 @must
  Scenario: The id cannot be left out
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}?excludedAttributes=id,name"
    Then "id" of the answer is exactly "{Ada}"
    And "name" of the answer is unassigned

  # Source: RFC 7644 §3.4.2.5: both parameters must be supported on queries
  # Mend: obey attributes on lists
  @rfc.projection.5 @must @needs:filter
  Scenario: A list returns what is asked for
    Given the server has the people "Ada" and "Bob"
    When the client lists the people of this scenario with "attributes=userName"
    Then the list has 2 resources
    And each resource of the list holds nothing beside "schemas, id, userName, meta"
    And "Resources[0].userName" of the answer is set
    And "Resources[0].id" of the answer is set

  # Source: RFC 7644 §3.9: attributes counts for any operation that returns a resource
  # Mend: obey attributes on POST
  @rfc.projection.6 @must
  Scenario: A create returns what is asked for
    When the client creates the person "Ada" and asks for "userName"
    Then the answer is 201
    And "id" of the answer is set
    And the answer holds nothing beside "schemas, id, userName, meta"

  # Source: RFC 7644 §3.9: attributes counts for any operation that returns a resource
  # Mend: obey attributes on PUT
  @rfc.projection.7 @must
  Scenario: A replace returns what is asked for
    Given the server has the person "Ada"
    When the client replaces "Ada" and asks for "userName" with
      """
      {"title":"New"}
      """
    Then the answer is 200
    And the answer holds nothing beside "schemas, id, userName, meta"

  # Source: RFC 7644 §3.5.2: with attributes, a PATCH must be answered with 200
  # Mend: answer 200 with the attributes that are named
  @rfc.projection.8 @must @needs:patch
  Scenario: A patch with attributes returns them
    Given the server has the person "Ada"
    When the client patches "Ada" and asks for "userName" with
      """
      [{"op":"replace","path":"title","value":"New"}]
      """
    Then the answer is 200
    And "userName" of the answer is "{Ada.name}"
    And the answer holds nothing beside "schemas, id, userName, meta"

  # Source: RFC 7644 §3.10: an attribute can be named with its URN, without case
  # Mend: understand URN:attribute in attributes
  @rfc.projection.9 @must
  Scenario: An attribute can be asked for by its full name
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}?attributes=urn:ietf:params:scim:schemas:core:2.0:User:userName"
    Then "userName" of the answer is "{Ada.name}"
    And "name" of the answer is unassigned

  # Source: RFC 7644 §3.10: names of attributes are case insensitive
  # Mend: match attributes without case
  @rfc.projection.10 @must
  Scenario: Names in attributes have no case
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}?attributes=USERNAME"
    Then "userName" of the answer is "{Ada.name}"
    And "name" of the answer is unassigned

  # Source: RFC 7643 §7: what is returned "never" is never returned; §4.1.1: so is password
  # Mend: never return a password, though it is asked for
  @rfc.projection.11 @must
  Scenario: A password cannot be asked for
    Given the server has the person "Ada" with
      """
      {"password":"t1meMa$heen-{unique}"}
      """
    When the client sends GET "/Users/{Ada}?attributes=password,userName"
    Then "password" of the answer is unassigned
    And "userName" of the answer is "{Ada.name}"

  # Source: RFC 7644 §3.4.2.5: excludedAttributes must be supported
  # Mend: leave members out where they are not wanted
  @rfc.projection.12 @must @needs:groups
  Scenario: A group can be read without its members
    Given the server has the person "Ada"
    And the server has the group "Team" with the member "Ada"
    When the client sends GET "/Groups/{Team}?excludedAttributes=members"
    Then "displayName" of the answer is "{Team.name}"
    And "members" of the answer is unassigned

  # Source: RFC 7643 §3: each representation has a non-empty schemas (the sample in RFC 7644 §3.4.2 has none)
  # Mend: write schemas into partial resources too
  @rfc.projection.13 @should
  Scenario: A part of a resource names its schemas
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}?attributes=userName"
    Then "schemas" of the answer is set

  # Source: RFC 7644 §3.10: attributes of an extension are named with its URN
  # Mend: understand URN:attribute of extensions
  @rfc.projection.14 @must @needs:enterprise
  Scenario: An attribute of an extension can be asked for alone
    Given the server has the person "Ada" with
      """
      {"enterprise":{"department":"Dept","division":"Div"}}
      """
    When the client sends GET "/Users/{Ada}?attributes=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
    Then "enterprise.department" of the answer is "Dept"
    And "enterprise.division" of the answer is unassigned
    And "userName" of the answer is unassigned

  # Source: RFC 7644 §3.9 and §3.10: a sub-attribute can be asked for alone
  # Mend: return only the sub-attribute of each value
  @rfc.projection.15 @must
  Scenario: A sub-attribute of a list can be asked for
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}?attributes=emails.value"
    Then "emails[0].value" of the answer is set
    And "emails[0].type" of the answer is unassigned

  # Source: RFC 7644 §3.9 and §3.10: a sub-attribute can be left out alone
  # Mend: leave out only the sub-attribute that is named
  @rfc.projection.16 @must
  Scenario: A sub-attribute can be left out
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}?excludedAttributes=name.familyName"
    Then "name.givenName" of the answer is "Ada"
    And "name.familyName" of the answer is unassigned

  # Source: RFC 7644 §3.4.2.5: both parameters must be supported on queries
  # Mend: obey excludedAttributes on lists
  @rfc.projection.17 @must @needs:filter
  Scenario: A list leaves out what is not wanted
    Given the server has the person "Ada"
    When the client lists the people of this scenario with "excludedAttributes=name,emails"
    Then "Resources[0].userName" of the answer is "{Ada.name}"
    And "Resources[0].name" of the answer is unassigned
    And "Resources[0].emails" of the answer is unassigned

  # Source: RFC 7644 §3.10: an attribute can be named with its URN
  # Mend: understand URN:attribute in excludedAttributes
  @rfc.projection.18 @must
  Scenario: What is not wanted can be named in full
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}?excludedAttributes=urn:ietf:params:scim:schemas:core:2.0:User:name"
    Then "name" of the answer is unassigned
    And "userName" of the answer is "{Ada.name}"

  # Source: RFC 7644 §3.4.3: excludedAttributes is a list of names to leave out
  # Mend: obey excludedAttributes of a search
  @rfc.projection.19 @must @needs:search @needs:filter
  Scenario: A search leaves out what is not wanted
    Given the server has the person "Ada"
    When the client searches people with
      """
      {"filter":"userName sw \"{unique}\"","excludedAttributes":["name","emails"]}
      """
    Then "Resources[0].userName" of the answer is "{Ada.name}"
    And "Resources[0].name" of the answer is unassigned

  # Source: RFC 7644 §3.9: attributes names what is returned
  # Mend: obey attributes of groups
  @rfc.projection.20 @must @needs:groups
  Scenario: Only the name of a group is returned
    Given the server has the person "Ada"
    And the server has the group "Team" with the member "Ada"
    When the client sends GET "/Groups/{Team}?attributes=displayName"
    Then "displayName" of the answer is "{Team.name}"
    And the answer holds nothing beside "schemas, id, displayName, meta"

  # Source: RFC 7644 §3.9: several names are separated by commas
  # Mend: take several names in attributes
  @rfc.projection.21 @must
  Scenario: Several attributes can be asked for
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}?attributes=userName,name.givenName,active"
    Then "userName" of the answer is "{Ada.name}"
    And "name.givenName" of the answer is "Ada"
    And "active" of the answer is true
    And "emails" of the answer is unassigned
