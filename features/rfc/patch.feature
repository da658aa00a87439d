@rfc @part:rfc-patch @needs:patch
Feature: RFC: PATCH
  RFC 7644 §3.5.2, where the server advertises patch.

  Background:
    Given the server has the person "Ada" with
      """
      {"title":"Old","emails":[{"value":"w.{unique}@example.com","type":"work","primary":true},{"value":"h.{unique}@example.com","type":"home"}]}
      """

  # Source: RFC 7644 §3.5.2.1: without a path, value holds attributes to be added
  # Mend: add attributes of the value
  @rfc.patch.1 @must
  Scenario: Add without a path adds attributes
    When the client patches "Ada" with
      """
      [{"op":"add","value":{"nickName":"Countess","title":"New"}}]
      """
    Then the request succeeds
    And "nickName" of "Ada" is now "Countess"
    And "title" of "Ada" is now "New"

  # Source: RFC 7644 §3.5.2.1: an attribute that has no value gets it
  # Mend: add what is not there
  @rfc.patch.2 @must
  Scenario: Add with a path sets an attribute
    When the client patches "Ada" with
      """
      [{"op":"add","path":"nickName","value":"Countess"}]
      """
    Then the request succeeds
    And "nickName" of "Ada" is now "Countess"

  # Source: RFC 7644 §3.5.2.1: a value is added to a multi-valued attribute
  # Mend: append to lists on add
  @rfc.patch.3 @must
  Scenario: Add appends to a list
    When the client patches "Ada" with
      """
      [{"op":"add","path":"emails","value":[{"value":"o.{unique}@example.com","type":"other"}]}]
      """
    Then the request succeeds
    And "emails" of "Ada" has now 3 values
    And "emails[type=other].value" of "Ada" is now "o.{unique}@example.com"

  # Source: RFC 7644 §3.5.2.1: a single value that exists is replaced
  # Mend: replace single values on add
  @rfc.patch.4 @must
  Scenario: Add replaces a single value
    When the client patches "Ada" with
      """
      [{"op":"add","path":"title","value":"New"}]
      """
    Then the request succeeds
    And "title" of "Ada" is now "New"

  # Source: RFC 7644 §3.5.2.1: a sub-attribute can be the target
  # Mend: understand name.middleName as a path
  @rfc.patch.5 @must
  Scenario: Add reaches a sub-attribute
    When the client patches "Ada" with
      """
      [{"op":"add","path":"name.middleName","value":"King"}]
      """
    Then the request succeeds
    And "name.middleName" of "Ada" is now "King"
    And "name.givenName" of "Ada" is now "Ada"

  # Source: RFC 7644 §3.5.2.3: a single value is replaced
  # Mend: replace a single value
  @rfc.patch.6 @must
  Scenario: Replace sets a single value
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"title","value":"New"}]
      """
    Then the request succeeds
    And "title" of "Ada" is now "New"

  # Source: RFC 7644 §3.5.2.3: without a path, value holds the attributes to be replaced
  # Mend: replace the attributes of the value and no others
  @rfc.patch.7 @must
  Scenario: Replace without a path replaces attributes
    When the client patches "Ada" with
      """
      [{"op":"replace","value":{"title":"New"}}]
      """
    Then the request succeeds
    And "title" of "Ada" is now "New"
    And "emails" of "Ada" has now 2 values

  # Source: RFC 7644 §3.5.2.3: without a filter, all values of a list are replaced
  # Mend: replace the whole list
  @rfc.patch.8 @must
  Scenario: Replace replaces a whole list
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"emails","value":[{"value":"o.{unique}@example.com","type":"other"}]}]
      """
    Then the request succeeds
    And "emails" of "Ada" has now 1 value
    And "emails[type=other].value" of "Ada" is now "o.{unique}@example.com"

  # Source: RFC 7644 §3.5.2.3: sub-attributes that are not specified are left unchanged
  # Mend: keep the sub-attributes that the value does not name
  @rfc.patch.9 @must
  Scenario: Replace of a complex attribute leaves the rest
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"name","value":{"familyName":"King"}}]
      """
    Then the request succeeds
    And "name.familyName" of "Ada" is now "King"
    And "name.givenName" of "Ada" is now "Ada"

  # Source: RFC 7644 §3.5.2.3: a filter in the path selects the values that are replaced
  # Mend: apply the filter of the path
  @rfc.patch.10 @must
  Scenario: Replace changes the values that a filter selects
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"emails[type eq \"home\"]","value":{"value":"n.{unique}@example.com","type":"home"}}]
      """
    Then the request succeeds
    And "emails[type=home].value" of "Ada" is now "n.{unique}@example.com"
    And "emails[type=work].value" of "Ada" is now "w.{unique}@example.com"

  # Source: RFC 7644 §3.5.2.3: a filter and a sub-attribute select what is replaced
  # Mend: understand emails[…].value
  @rfc.patch.11 @must
  Scenario: Replace changes one sub-attribute of a selected value
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"emails[type eq \"home\"].value","value":"n.{unique}@example.com"}]
      """
    Then the request succeeds
    And "emails[type=home].value" of "Ada" is now "n.{unique}@example.com"
    And "emails[type=work].value" of "Ada" is now "w.{unique}@example.com"

  # Source: RFC 7644 §3.5.2.3: replace of what does not exist shall be treated as add
  # Mend: add where there is nothing to replace
  @rfc.patch.12 @must
  Scenario: Replace adds what is not there
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"nickName","value":"Countess"}]
      """
    Then the request succeeds
    And "nickName" of "Ada" is now "Countess"

  # Source: RFC 7644 §3.5.2.2: the attribute is removed and becomes unassigned
  # Mend: clear the attribute
  @rfc.patch.13 @must
  Scenario: Remove clears a single value
    When the client patches "Ada" with
      """
      [{"op":"remove","path":"title"}]
      """
    Then the request succeeds
    And "title" of "Ada" is now unassigned

  # Source: RFC 7644 §3.5.2.2: the values that the filter matches are removed
  # Mend: remove only the values that match
  @rfc.patch.14 @must
  Scenario: Remove takes the values that a filter selects
    When the client patches "Ada" with
      """
      [{"op":"remove","path":"emails[type eq \"home\"]"}]
      """
    Then the request succeeds
    And "emails" of "Ada" has now 1 value
    And "emails[type=work].value" of "Ada" is now "w.{unique}@example.com"

  # Source: RFC 7644 §3.5.2.2: without a filter all values are removed
  # Mend: clear the list
  @rfc.patch.15 @must
  Scenario: Remove clears a whole list
    When the client patches "Ada" with
      """
      [{"op":"remove","path":"emails"}]
      """
    Then the request succeeds
    And "emails" of "Ada" is now unassigned

  # Source: RFC 7644 §3.5.2: operations are applied in their order
  # Mend: apply operations in order
  @rfc.patch.16 @must
  Scenario: Operations are applied one after another
    When the client patches "Ada" with
      """
      [{"op":"add","path":"nickName","value":"One"},{"op":"replace","path":"nickName","value":"Two"},{"op":"remove","path":"title"}]
      """
    Then the request succeeds
    And "nickName" of "Ada" is now "Two"
    And "title" of "Ada" is now unassigned

  # Source: RFC 7644 §3.5.2: a new primary value makes every other one not primary
  # Mend: keep one primary value
  @rfc.patch.17 @must
  Scenario: There is one primary value
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}]
      """
    Then the request succeeds
    And "emails[type=home].primary" of "Ada" is now true
    And "emails[primary=true].type" of "Ada" is now "home"

  # Source: RFC 7644 §3.10: a path may name an attribute with its URN
  # Mend: understand URN:attribute as a path
  @rfc.patch.18 @must
  Scenario: A path can be a full name
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":"New"}]
      """
    Then the request succeeds
    And "title" of "Ada" is now "New"

  # Source: RFC 7644 §3.10: names of attributes are case insensitive
  # Mend: match paths without case
  @rfc.patch.19 @must
  Scenario: A path has no case
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"TITLE","value":"New"}]
      """
    Then the request succeeds
    And "title" of "Ada" is now "New"

  # Source: RFC 7644 §3.5.2: a PATCH that succeeds is answered with 200 and the entire resource, or with 204
  # Mend: answer 200 with the whole resource, or 204
  @rfc.patch.20 @must
  Scenario: A patch is answered with the resource or with 204
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"title","value":"New"}]
      """
    Then the answer is 204, or 200 with the resource "Ada"

  # Source: RFC 7644 §3.5.2.3: a filter that matches nothing shall fail with 400 and noTarget
  # Mend: answer 400 with scimType noTarget
  @rfc.patch.21 @must
  Scenario: Replace of what no filter finds fails
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"emails[type eq \"other\"].value","value":"n.{unique}@example.com"}]
      """
    Then the answer is 400
    And the scimType is "noTarget"
    And "emails" of "Ada" has now 2 values

  # Source: RFC 7644 §3.5.2.2: remove without a path fails with 400 and noTarget
  # Mend: answer 400 with scimType noTarget
  @rfc.patch.22 @must
  Scenario: Remove without a path fails
    When the client patches "Ada" with
      """
      [{"op":"remove"}]
      """
    Then the answer is 400
    And the scimType is "noTarget"

  # Source: RFC 7644 §3.5.2.2: removing a required attribute shall be refused with mutability
  # Mend: refuse to remove userName, with scimType mutability
  @rfc.patch.23 @must
  Scenario: A required attribute cannot be removed
    When the client patches "Ada" with
      """
      [{"op":"remove","path":"userName"}]
      """
    Then the request is refused
    And the scimType is "mutability"
    And "userName" of "Ada" is now "{Ada.name}"

  # Source: RFC 7644 §3.5.2: what is not compatible with the mutability of an attribute shall be answered with an error
  # Mend: refuse to change id and meta
  @rfc.patch.24 @must
  Scenario: What is read-only cannot be patched
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"id","value":"chosen-{unique}"}]
      """
    Then the request is refused
    And the body is the error of RFC 7644
    And "id" of "Ada" is now exactly "{Ada}"

  # Source: RFC 7644 §3.5.2: a PATCH is atomic; if one operation fails, the resource must be as before
  # Mend: apply all operations or none
  @rfc.patch.25 @must
  Scenario: A patch is done whole or not at all
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"title","value":"New"},{"op":"replace","path":"emails[type eq \"other\"].value","value":"n@example.com"}]
      """
    Then the request is refused
    And "title" of "Ada" is now "Old"

  # Source: RFC 7644 §3.5.2: op is one of add, remove and replace; a request that fails is answered with an error
  # Mend: refuse other operations
  @rfc.patch.26 @must
  Scenario: An unknown operation is refused
    When the client patches "Ada" with
      """
      [{"op":"move","path":"title","value":"New"}]
      """
    Then the request is refused
    And "title" of "Ada" is now "Old"

  # Source: RFC 7644 §3.12, table 9: invalidPath where the path is malformed
  # Mend: answer 400 with scimType invalidPath
  @rfc.patch.27 @should
  Scenario: A broken path is refused
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"emails[type eq","value":"New"}]
      """
    Then the answer is 400
    And the scimType is "invalidPath" or "invalidFilter"

  # Source: RFC 7644 §3.5.2: what is not compatible with the schema shall be answered with an error
  # Mend: refuse values of the wrong type
  @rfc.patch.28 @must
  Scenario: A value of the wrong type is refused
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"active","value":{"is":"odd"}}]
      """
    Then the request is refused
    And the body is the error of RFC 7644
    And "active" of "Ada" is now true

  # Source: RFC 7644 §3.5.2.1: adding what is there already shall not change lastModified, and should succeed
  # Mend: change nothing where nothing changes
  @rfc.patch.29 @must
  Scenario: Adding what is there changes nothing
    Given the client remembers "Ada"
    When the client patches "Ada" with
      """
      [{"op":"add","path":"title","value":"Old"}]
      """
    Then the request succeeds
    And "meta.lastModified" of "Ada" is the same as before

  # Source: RFC 7644 §3.5.2: adding an attribute of an extension by its full name adds the URN to schemas
  # Mend: add the URN of the extension to schemas
  @rfc.patch.30 @must @needs:enterprise
  Scenario: An attribute of an extension brings its schema
    When the client patches "Ada" with
      """
      [{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"Dept {unique}"}]
      """
    Then the request succeeds
    And "enterprise.department" of "Ada" is now "Dept {unique}"
    And "schemas" of "Ada" has now 2 values

  # Source: RFC 7644 §3.5.2.3: a sub-attribute is replaced
  # Mend: replace name.familyName
  @rfc.patch.40 @must
  Scenario: Replace sets a sub-attribute
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"name.familyName","value":"King"}]
      """
    Then the request succeeds
    And "name.familyName" of "Ada" is now "King"
    And "name.givenName" of "Ada" is now "Ada"

  # Source: RFC 7644 §3.5.2.2: the target of a remove can be a sub-attribute
  # Mend: clear the sub-attribute
  @rfc.patch.41 @must
  Scenario: Remove clears a sub-attribute
    When the client patches "Ada" with
      """
      [{"op":"remove","path":"name.familyName"}]
      """
    Then the request succeeds
    And "name.familyName" of "Ada" is now unassigned
    And "name.givenName" of "Ada" is now "Ada"

  # Source: RFC 7644 §3.5.2 (valuePath and subAttr): one part of a selected value can be removed
  # Mend: understand emails[…].primary in remove
  @rfc.patch.42 @must
  Scenario: Remove clears a part of a selected value
    When the client patches "Ada" with
      """
      [{"op":"remove","path":"emails[type eq \"work\"].primary"}]
      """
    Then the request succeeds
    And "emails[primary=true].value" of "Ada" is now unassigned
    And "emails[type=work].value" of "Ada" is now "w.{unique}@example.com"
    And "emails" of "Ada" has now 2 values

  # Source: RFC 7644 §3.5.2 (valuePath and subAttr): the target of an add can be a part of a selected value
  # Mend: understand emails[…].display in add
  @rfc.patch.43 @must
  Scenario: Add sets a part of a selected value
    When the client patches "Ada" with
      """
      [{"op":"add","path":"emails[type eq \"home\"].display","value":"At home"}]
      """
    Then the request succeeds
    And "emails[type=home].display" of "Ada" is now "At home"
    And "emails[type=work].display" of "Ada" is now unassigned

  # Source: RFC 7644 §3.5.2: the filter of a path is as in §3.4.2.2
  # Mend: understand and, sw, not … in paths
  @rfc.patch.44 @must
  Scenario: The filter of a path can be any
    When the client patches "Ada" with
      """
      [{"op":"remove","path":"emails[type eq \"home\" and value sw \"h.{unique}\"]"}]
      """
    Then the request succeeds
    And "emails" of "Ada" has now 1 value
    And "emails[type=work].value" of "Ada" is now "w.{unique}@example.com"

  # Source: RFC 7644 §3.5.2.1: without a path, value holds attributes, those of an extension under its URN (RFC 7643 §3.3)
  # Mend: understand URNs as members of the value
  @rfc.patch.45 @must @needs:enterprise
  Scenario: Without a path an extension is an object, and its parts change one by one
    When the client patches "Ada" with
      """
      [{"op":"add","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Dept","division":"Div"}}}]
      """
    Then the request succeeds
    And "enterprise.department" of "Ada" is now "Dept"
    And "enterprise.division" of "Ada" is now "Div"
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"Other"}]
      """
    Then "enterprise.department" of "Ada" is now "Other"
    And "enterprise.division" of "Ada" is now "Div"

  # Source: RFC 7644 §3.10: a path may name an attribute of an extension with its URN
  # Mend: understand URN:attribute as a path
  @rfc.patch.46 @must @needs:enterprise
  Scenario: What is in an extension can be replaced and removed
    When the client patches "Ada" with
      """
      [{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"Old"},{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division","value":"Div"},{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"New"},{"op":"remove","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division"}]
      """
    Then the request succeeds
    And "enterprise.department" of "Ada" is now "New"
    And "enterprise.division" of "Ada" is now unassigned

  # Source: RFC 7643 §3.1: lastModified is the most recent change; created does not change
  # Mend: move lastModified on with each PATCH
  @rfc.patch.47 @must
  Scenario: A patch moves lastModified and leaves created
    Given the client remembers "Ada"
    Then a PATCH moves meta.lastModified of "Ada" on
    And "meta.created" of "Ada" is the same as before

  # Source: RFC 7644 §3.5.2.1: if the value exists already in a list, nothing should change
  # Mend: keep equal values once
  @rfc.patch.48 @should
  Scenario: A value that is in a list is not added again
    When the client patches "Ada" with
      """
      [{"op":"add","path":"emails","value":[{"value":"h.{unique}@example.com","type":"home"}]}]
      """
    Then the request succeeds
    And "emails" of "Ada" has now 2 values

  # Source: RFC 7644 §3.10: names of attributes are case insensitive
  # Mend: match names in paths without case
  @rfc.patch.49 @must
  Scenario: Sub-attributes and filters in a path have no case
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"NAME.FAMILYNAME","value":"King"},{"op":"replace","path":"Emails[TYPE eq \"home\"].Value","value":"n.{unique}@example.com"}]
      """
    Then the request succeeds
    And "name.familyName" of "Ada" is now "King"
    And "emails[type=home].value" of "Ada" is now "n.{unique}@example.com"

  # Source: RFC 7644 §3.5.2: a new primary value makes every other one not primary
  # Mend: keep one primary value
  @rfc.patch.50 @must
  Scenario: A new primary value takes the place of the old
    When the client patches "Ada" with
      """
      [{"op":"add","path":"emails","value":[{"value":"o.{unique}@example.com","type":"other","primary":true}]}]
      """
    Then the request succeeds
    And "emails[type=other].primary" of "Ada" is now true
    And "emails[primary=true].type" of "Ada" is now "other"

  # Source: RFC 7643 §2.3.2: a boolean is true or false; RFC 7644 §3.5.2.3: replace
  # Mend: store active
  @rfc.patch.51 @must
  Scenario: A boolean can be replaced
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"active","value":false}]
      """
    Then the request succeeds
    And "active" of "Ada" is now false

  # Source: RFC 7644 §3.5.2: meta and its parts are read-only
  # Mend: refuse to change meta
  @rfc.patch.52 @must
  Scenario: Meta cannot be patched
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"meta.created","value":"1999-01-01T00:00:00Z"}]
      """
    Then the request is refused

  # Source: RFC 7644 §3.12, table 9: mutability where the attribute is read-only
  # Mend: answer 400 with scimType mutability
  @rfc.patch.53 @should
  Scenario: The refusal to change an id says why
    When the client patches "Ada" with
      """
      [{"op":"replace","path":"id","value":"chosen-{unique}"}]
      """
    Then the answer is 400
    And the scimType is "mutability"

  # Source: RFC 7644 §3.5.2.3: what is replaced without a path leaves other attributes as they are; several at once
  # Mend: replace each attribute of the value
  @rfc.patch.54 @must
  Scenario: Several attributes can be replaced at once
    When the client patches "Ada" with
      """
      [{"op":"replace","value":{"title":"New","nickName":"Countess","active":false}}]
      """
    Then the request succeeds
    And "title" of "Ada" is now "New"
    And "nickName" of "Ada" is now "Countess"
    And "active" of "Ada" is now false
