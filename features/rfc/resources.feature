@rfc @part:rfc-resources
Feature: RFC: resources and errors
  Create, read, replace and delete, and what an error looks like.

  # Source: RFC 7644 §3.3: a create that succeeds shall be answered with 201; RFC 7643 §3.1: with a non-empty id
  # Mend: answer 201 with the resource and its id
  @rfc.create.1 @must
  Scenario: A person can be created
    When the client creates the person "Ada"
    Then the answer is 201
    And "id" of the answer is set
    And "userName" of the answer is "{Ada.name}"

  # Source: RFC 7644 §3.3: a create that succeeds shall be answered with 201
  # Mend: answer 201 with the group and its id
  @rfc.create.2 @must @needs:groups
  Scenario: A group can be created
    When the client creates the group "Team"
    Then the answer is 201
    And "id" of the answer is set

  # Source: RFC 7644 §3.3: the address of a new resource shall be in the header Location and in meta.location
  # Mend: send the same address in both places
  @rfc.create.3 @must
  Scenario: A new person has an address
    When the client creates the person "Ada"
    Then the header Location and meta.location are the same address

  # Source: RFC 7643 §3.1: the server must assign meta; lastModified is the same as created as long as nothing was changed
  # Mend: set created and lastModified to the same time on create
  @rfc.create.4 @must
  Scenario: A new person was never modified
    When the client creates the person "Ada"
    Then "meta.created" of the answer holds a date and time
    And "meta.lastModified" of the answer holds a date and time
    And "meta.created" and "meta.lastModified" of the answer are the same

  # Source: RFC 7644 §3.3.1: meta.resourceType shall be the resource type of the endpoint
  # Mend: write User for /Users
  @rfc.create.5 @must
  Scenario: A new person is of type User
    When the client creates the person "Ada"
    Then "meta.resourceType" of the answer is "User"

  # Source: RFC 7644 §3.3: read-only attributes in a create shall be ignored; RFC 7643 §3.1: id and meta are of the server
  # Mend: pass over id, meta and groups of the request
  @rfc.create.6 @must
  Scenario: What the server assigns cannot be chosen
    When the client creates the person "Ada" with
      """
      {"id":"chosen-{unique}","meta":{"resourceType":"Chosen","created":"1999-01-01T00:00:00Z"},"groups":[{"value":"nothing"}]}
      """
    Then the answer is 201
    And "groups" of "Ada" is now unassigned
    And "meta.resourceType" of "Ada" is now "User"
    When the client sends GET "/Users/chosen-{unique}"
    Then the answer is 404

  # Source: RFC 7644 §3.3: a duplicate userName must be answered with 409 and the scimType uniqueness
  # Mend: answer 409 with scimType uniqueness
  @rfc.create.7 @must
  Scenario: A taken userName is refused
    Given the server has the person "Ada"
    When the client creates the person "Eve" with
      """
      {"userName":"{Ada.name}"}
      """
    Then the answer is 409
    And the scimType is "uniqueness"

  # Source: RFC 7643 §4.1.1: userName must be unique and is case insensitive
  # Mend: compare userName without case
  @rfc.create.8 @must
  Scenario: A userName that differs in case is taken too
    Given the server has the person "Ada"
    When the client creates the person "Eve" with
      """
      {"userName":"{unique}-ADA@EXAMPLE.COM"}
      """
    Then the answer is 409

  # Source: RFC 7643 §4.1.1: each User must have a non-empty userName
  # Mend: refuse a User without userName
  @rfc.create.9 @must
  Scenario: A person without userName is refused
    When the client sends POST "/Users" with
      """
      {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"displayName":"{unique}"}
      """
    Then the request is refused

  # Source: RFC 7644 §3.12, table 9: invalidValue where a required value is missing
  # Mend: answer 400 with scimType invalidValue
  @rfc.create.10 @should
  Scenario: The refusal says what kind of value is wrong
    When the client sends POST "/Users" with
      """
      {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"displayName":"{unique}"}
      """
    Then the answer is 400
    And the scimType is "invalidValue"

  # Source: RFC 7643 §2.1: attribute names are case insensitive
  # Mend: match names of attributes without case
  @rfc.create.11 @must
  Scenario: Names of attributes have no case
    When the client creates the person "Ada" with
      """
      {"USERNAME":"{unique}-Ada@Example.com","NickName":"Countess"}
      """
    Then the answer is 201
    And "nickName" of "Ada" is now "Countess"

  # Source: RFC 7643 §2.5: null and an empty array are the same as nothing
  # Mend: take null and [] for "not there"
  @rfc.create.12 @must
  Scenario: Null and an empty array are no values
    When the client creates the person "Ada" with
      """
      {"title":null,"phoneNumbers":[]}
      """
    Then the answer is 201
    And "title" of "Ada" is now unassigned
    And "phoneNumbers" of "Ada" is now unassigned

  # Source: RFC 7643 §4.1.1: a password must not be returned in any form
  # Mend: never write a password into an answer
  @rfc.create.13 @must
  Scenario: A password is not shown
    When the client creates the person "Ada" with
      """
      {"password":"t1meMa$heen-{unique}"}
      """
    Then "password" of the answer is unassigned
    And "password" of "Ada" is now unassigned

  # Source: RFC 7643 §3.1: externalId must not be given by the server
  # Mend: leave externalId out where the client gave none
  @rfc.create.14 @must
  Scenario: The server invents no externalId
    When the client creates the person "Ada"
    Then the answer is 201
    And "externalId" of the answer is unassigned

  # Source: RFC 7643 §3.1: externalId is caseExact; §7: then the case of a value shall be kept
  # Mend: store externalId as it was sent
  @rfc.create.15 @must
  Scenario: The case of externalId is kept
    When the client creates the person "Ada" with
      """
      {"externalId":"Ext-{unique}-aB"}
      """
    Then "externalId" of "Ada" is now exactly "Ext-{unique}-aB"

  # Source: RFC 7644 §3.8: servers must take and give JSON in UTF-8
  # Mend: read and write UTF-8
  @rfc.create.16 @must
  Scenario: Names in any script are kept
    When the client creates the person "Ada" with
      """
      {"displayName":"Łukasz 山田 😀 O'Neil"}
      """
    Then "displayName" of "Ada" is now exactly "Łukasz 山田 😀 O'Neil"

  # Source: RFC 7644 §3.3: the body should hold the server's representation of the new resource
  # Mend: answer a create with the resource as it is stored
  @rfc.create.17 @should
  Scenario: The answer to a create is the person
    When the client creates the person "Ada" with
      """
      {"title":"Lead {unique}"}
      """
    Then "title" of the answer is "Lead {unique}"
    And "schemas" of the answer is set

  # Source: RFC 7643 §3.3: the URI of an extension shall be the JSON container of its attributes
  # Mend: keep and show extension attributes under the URN
  @rfc.create.18 @must @needs:enterprise
  Scenario: Attributes of an extension are kept under its URN
    When the client creates the person "Ada" with
      """
      {"enterprise":{"department":"Dept {unique}"}}
      """
    Then the answer is 201
    And "enterprise.department" of "Ada" is now "Dept {unique}"

  # Source: RFC 7643 §4.2: displayName of a group is required
  # Mend: refuse a group without displayName
  @rfc.create.19 @must @needs:groups
  Scenario: A group without displayName is refused
    When the client sends POST "/Groups" with
      """
      {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"externalId":"{unique}"}
      """
    Then the request is refused

  # Source: RFC 7643 §4.1.2: value of groups must be the id of the group that the person belongs to
  # Mend: write the ids of the groups into groups, or leave groups out
  @rfc.create.20 @must @needs:groups
  Scenario: A person shows no group but their own
    Given the server has the person "Ada"
    And the server has the group "Team" with the member "Ada"
    And the server has the group "Other"
    Then "Ada" shows no group but "Team"

  # Source: RFC 7644 §3.4.1: a resource that exists is answered with 200 and the resource
  # Mend: answer GET by id with the resource
  @rfc.read.1 @must
  Scenario: A person can be read
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}"
    Then the answer is 200
    And "id" of the answer is exactly "{Ada}"
    And "userName" of the answer is "{Ada.name}"
    And "schemas" of the answer is set

  # Source: RFC 7643 §3.1: location is the URI of the resource; §2.3.7: a GET on it must return the resource
  # Mend: write the address under which clients reach the server into meta.location
  @rfc.read.2 @must
  Scenario: A person can be read at meta.location
    Given the server has the person "Ada"
    Then "Ada" can be read at its meta.location

  # Source: RFC 7644 §3.12: 404, and errors must be returned in the body, as JSON
  # Mend: answer an unknown id with 404 and an error body
  @rfc.read.3 @must
  Scenario: An unknown person is not found
    When the client sends GET "/Users/00919288221112222"
    Then the answer is 404
    And the body is the error of RFC 7644

  # Source: RFC 7644 §3.5.1: a PUT that succeeds returns 200 and the entire resource
  # Mend: answer a PUT with 200 and the resource
  @rfc.put.1 @must
  Scenario: A person can be replaced
    Given the server has the person "Ada"
    When the client replaces "Ada" with
      """
      {"title":"New {unique}"}
      """
    Then the answer is 200
    And "id" of the answer is exactly "{Ada}"
    And "title" of the answer is "New {unique}"
    And "title" of "Ada" is now "New {unique}"

  # Source: RFC 7644 §3.5.1: values that are provided shall replace the existing ones
  # Mend: replace lists as a whole on PUT
  @rfc.put.2 @must
  Scenario: A PUT replaces all values of a list
    Given the server has the person "Ada" with
      """
      {"emails":[{"value":"a.{unique}@example.com","type":"work","primary":true},{"value":"b.{unique}@example.com","type":"home"}]}
      """
    When the client replaces "Ada" with
      """
      {"emails":[{"value":"c.{unique}@example.com","type":"work"}]}
      """
    Then the answer is 200
    And "emails" of "Ada" has now 1 value
    And "emails[type=work].value" of "Ada" is now "c.{unique}@example.com"

  # Source: RFC 7644 §3.5.1: read-only values shall be ignored
  # Mend: pass over id, meta and groups of a PUT
  @rfc.put.3 @must
  Scenario: A PUT cannot change what is read-only
    Given the server has the person "Ada"
    And the client remembers "Ada"
    When the client replaces "Ada" with
      """
      {"id":"chosen-{unique}","meta":{"resourceType":"Chosen","created":"1999-01-01T00:00:00Z"},"groups":[{"value":"nothing"}]}
      """
    Then the answer is 200
    And "id" of "Ada" is the same as before
    And "meta.created" of "Ada" is the same as before
    And "meta.resourceType" of "Ada" is now "User"
    And "groups" of "Ada" is now unassigned

  # Source: RFC 7644 §3.5.1: PUT must not be used to create
  # Mend: answer a PUT on an unknown id with 404
  @rfc.put.4 @must
  Scenario: A PUT creates nothing
    When the client sends PUT "/Users/chosen-{unique}" with
      """
      {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}-put@example.com"}
      """
    Then the answer is 404
    And the body is the error of RFC 7644

  # Source: RFC 7643 §2.5: assigning null or an empty array makes an attribute unassigned; RFC 7644 §3.5.1
  # Mend: clear an attribute that is null or [] in a PUT
  @rfc.put.5 @must
  Scenario: Null and an empty array clear
    Given the server has the person "Ada" with
      """
      {"title":"Old","phoneNumbers":[{"value":"+1 555 0100","type":"work"}]}
      """
    When the client replaces "Ada" with
      """
      {"title":null,"phoneNumbers":[]}
      """
    Then the answer is 200
    And "title" of "Ada" is now unassigned
    And "phoneNumbers" of "Ada" is now unassigned

  # Source: RFC 7643 §3.1: created is when the resource was added, lastModified its most recent change
  # Mend: keep created and move lastModified on
  @rfc.put.6 @must
  Scenario: A PUT moves lastModified and leaves created
    Given the server has the person "Ada"
    And the client remembers "Ada"
    Then a PUT moves meta.lastModified of "Ada" on
    And "meta.created" of "Ada" is the same as before

  # Source: RFC 7643 §4.1.1: userName must be unique; RFC 7644 §3.12, table 9: uniqueness
  # Mend: refuse a PUT that takes the userName of another person
  @rfc.put.7 @must
  Scenario: A PUT cannot take the userName of another
    Given the server has the people "Ada" and "Eve"
    When the client replaces "Eve" with
      """
      {"userName":"{Ada.name}"}
      """
    Then the answer is 409 or 400
    And "userName" of "Eve" is now "{Eve.name}"

  # Source: RFC 7643 §4.1.1: each User must have a non-empty userName
  # Mend: refuse a PUT with an empty userName
  @rfc.put.8 @must
  Scenario: A PUT cannot take the userName away
    Given the server has the person "Ada"
    When the client replaces "Ada" with
      """
      {"userName":""}
      """
    Then the request is refused
    And "userName" of "Ada" is now "{Ada.name}"

  # Source: RFC 7643 §2.1: attribute names are case insensitive
  # Mend: match names of attributes without case
  @rfc.put.9 @must
  Scenario: A PUT matches names of attributes without case
    Given the server has the person "Ada"
    When the client replaces "Ada" with
      """
      {"TITLE":"New {unique}"}
      """
    Then the answer is 200
    And "title" of "Ada" is now "New {unique}"

  # Source: RFC 7644 §3.6: a DELETE that succeeds shall be answered with 204
  # Mend: answer 204 without a body
  @rfc.delete.1 @must
  Scenario: A person can be deleted
    Given the server has the person "Ada"
    When the client deletes "Ada"
    Then the answer is 204
    And the body is empty

  # Source: RFC 7644 §3.6: 404 for all operations on a resource that was deleted
  # Mend: answer 404 to GET, PUT and DELETE of what was deleted
  @rfc.delete.2 @must
  Scenario: Who was deleted is gone for every operation
    Given the server has the person "Ada"
    And "Ada" was deleted
    Then "Ada" cannot be read any more
    And "Ada" cannot be replaced any more
    And "Ada" cannot be deleted any more

  # Source: RFC 7644 §3.6: a deleted resource must be left out of query results
  # Mend: leave what was deleted out of lists
  @rfc.delete.3 @must @needs:filter
  Scenario: Who was deleted is in no list
    Given the server has the person "Ada"
    And "Ada" was deleted
    When the client filters people by userName eq "{Ada.name}"
    Then the list holds exactly nobody

  # Source: RFC 7644 §3.6: a deleted userName should not be in conflict with a new one
  # Mend: free the userName when a person is deleted
  @rfc.delete.4 @should
  Scenario: A userName is free after a delete
    Given the server has the person "Ada"
    And "Ada" was deleted
    When the client creates the person "Ada"
    Then the answer is 201

  # Source: RFC 7644 §3.6: a DELETE that succeeds shall be answered with 204, and then 404
  # Mend: answer 204, then 404
  @rfc.delete.5 @must @needs:groups
  Scenario: A group can be deleted
    Given the server has the group "Team"
    When the client deletes "Team"
    Then the answer is 204
    And "Team" cannot be read any more

  # Source: RFC 7644 §3.12, table 8: 404 where the resource does not exist; §3.12: errors in the body
  # Mend: answer a DELETE of an unknown id with 404
  @rfc.delete.6 @must
  Scenario: Nobody cannot be deleted
    When the client sends DELETE "/Users/00919288221112222"
    Then the answer is 404
    And the body is the error of RFC 7644
